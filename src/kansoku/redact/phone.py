"""Telephone numbers of Japan and North America, and international ones written with a plus.

Formats: the numbering plan of Japan's Ministry of Internal Affairs, the North American Numbering Plan,
and ITU-T E.164 (8 to 15 digits).

A bare run of digits is a number only where its first digits say so (Japanese mobiles): anything
looser would eat ids and epoch times.
"""

import re
from collections.abc import Iterable

from kansoku.redact.finding import Finding

_EDGE_LEFT = r"(?<![A-Za-z0-9_.\-+/:])"
_EDGE_RIGHT = r"(?![A-Za-z0-9_]|[\-.:/][0-9])"
_GAP = r"[ \-.]"

_NUMBER = re.compile(
    _EDGE_LEFT
    + "(?:"
    + r"\+[1-9](?:[ \-.()]{0,2}[0-9]){7,14}"
    + rf"|0(?:[0-9]{_GAP}[0-9]{{4}}|[0-9]{{2}}{_GAP}[0-9]{{3,4}}"
    + rf"|[0-9]{{3}}{_GAP}[0-9]{{2,3}}|[0-9]{{4}}{_GAP}[0-9]){_GAP}[0-9]{{4}}"
    + r"|\(0[0-9]{1,4}\) ?[0-9]{1,4}-[0-9]{4}"
    + r"|0[5789]0[0-9]{8}"
    + rf"|0120{_GAP}?[0-9]{{3}}{_GAP}?[0-9]{{3}}"
    + rf"|(?:1{_GAP})?[2-9][0-9]{{2}}{_GAP}[2-9][0-9]{{2}}{_GAP}[0-9]{{4}}"
    + r"|\([2-9][0-9]{2}\) ?[2-9][0-9]{2}[\-. ][0-9]{4}"
    + ")"
    + _EDGE_RIGHT
)


def find_phones(text: str) -> Iterable[Finding]:
    """Every telephone number."""
    return (Finding(match.start(), match.end(), "PHONE") for match in _NUMBER.finditer(text))
