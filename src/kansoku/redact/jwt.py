"""JSON Web Tokens (RFC 7519) in compact form: a header that is JSON with an algorithm, claims, a signature.

Signed ones (RFC 7515) have three parts, encrypted ones (RFC 7516) five; without its signature a token still
tells its claims.
"""

import json
import re
from base64 import urlsafe_b64decode
from typing import cast

from kansoku.redact.detector import LEFT, PlaceDetector, found
from kansoku.redact.finding import Finding

_PART = r"[A-Za-z0-9_\-]"
_TOKEN = re.compile(rf"{LEFT}(eyJ{_PART}{{8,4096}}+)\.{_PART}{{4,65536}}+(?:\.{_PART}{{0,65536}}+){{0,3}}")


def jwt_at(text: str, at: int) -> Finding | None:
    """The token that begins here."""
    match = _TOKEN.match(text, at)
    return found(match, "SECRET") if match is not None and _is_header(match[1]) else None


def _is_header(part: str) -> bool:
    """Whether a part decodes to a JSON object that names an algorithm."""
    try:
        header: object = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(header, dict) and isinstance(cast("dict[str, object]", header).get("alg"), str)


JWT = PlaceDetector("SECRET", jwt_at, words=("eyj",))
