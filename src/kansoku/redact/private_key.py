r"""Private keys in the textual encoding of RFC 7468, and those of OpenSSH, PGP and older PEM (RFC 1421).

A block is found whole, also with its line breaks written as `\n`; one that nothing ends, up to where the
text ends. Certificates and public keys are no secrets.
"""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_BEGIN = re.compile(
    r"-----BEGIN (?:[A-Z0-9]{1,16} ){0,3}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:\s|\\)[\s\\nrt\"'+,]{0,64}+[A-Za-z0-9+/=:\-, ]{16}"
)
_END = re.compile(r"-----END [A-Z0-9 ]{1,64}-----")


def private_key_at(text: str, at: int) -> Finding | None:
    """The block that begins here; none where only its first line is spoken of."""
    if _BEGIN.match(text, at) is None:
        return None
    end = _END.search(text, at)
    return Finding(at, end.end() if end else len(text), "SECRET")


PRIVATE_KEY = PlaceDetector("SECRET", private_key_at, words=("-----begin",))
