"""E-mail addresses: the everyday part of RFC 5322 (local part at most 64 characters, a dotted domain)."""

import re
from collections.abc import Iterable

from kansoku.redact.finding import Finding, matches

_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-])"
)


def find_emails(text: str) -> Iterable[Finding]:
    """Every e-mail address."""
    return matches(_ADDRESS, text, "EMAIL") if "@" in text else ()
