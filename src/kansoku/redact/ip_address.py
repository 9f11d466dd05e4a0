"""Internet addresses, of version 4 and 6 (RFC 791, RFC 4291), but for loopback and unspecified ones."""

import re
from ipaddress import ip_address

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_FORM = re.compile(
    r"(?<![A-Za-z0-9.:])(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9A-Fa-f:]{2,39})(?![A-Za-z0-9]|"
    r"\.[0-9]|:[0-9A-Fa-f])"
)
_START = re.compile(r"[0-9A-Fa-f:.]{0,39}\Z")


def ip_at(text: str, at: int) -> Finding | None:
    """The address around a point or colon between digits."""
    start = _START.search(text, max(0, at - 39), at + 1)
    match = _FORM.match(text, start.start()) if start else None
    if match is None or not match.start() <= at < match.end():
        return None
    try:
        address = ip_address(match.group())
    except ValueError:
        return None
    plain = address.is_loopback or address.is_unspecified
    return None if plain else Finding(match.start(), match.end(), "IP_ADDRESS")


IP_ADDRESS = PlaceDetector(
    "IP_ADDRESS", ip_at, words=("::",), shapes=("[0-9][.][0-9]", "[0-9A-Fa-f][:][0-9A-Fa-f]")
)
