"""E-mail addresses: the everyday part of RFC 5322 (local part at most 64 characters, a dotted domain)."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_LOCAL = re.compile(r"[A-Za-z0-9._%+-]{1,64}\Z")
_DOMAIN = re.compile(r"@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])")


def email_at(text: str, at: int) -> Finding | None:
    """The address around an at sign."""
    domain = _DOMAIN.match(text, at)
    local = _LOCAL.search(text, max(0, at - 64), at) if domain else None
    return Finding(local.start(), domain.end(), "EMAIL") if local and domain else None


EMAIL = PlaceDetector("EMAIL", email_at, words=("@",))
