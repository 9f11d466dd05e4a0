"""Blocks of base64 (RFC 4648): what a `data:` URL holds (RFC 2397), and long runs without a break."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_SHORTEST_RUN = 512
_SHORTEST_DATA = 256

_BEFORE = ('["]', "[']", "[=]", "[:][ ]")
"""What a run begins behind: to look for one anywhere would take ten times as long."""

_HEAD = re.compile(r"data:[A-Za-z0-9.+/\-]{0,100}(?:;[A-Za-z0-9.=+\-]{1,64}){0,4}\Z", re.IGNORECASE)
_DATA = re.compile(rf";base64,(?:[A-Za-z0-9+/_=\-]|%2[BF]|%3D|\\/){{{_SHORTEST_DATA},}}+", re.IGNORECASE)
_RUN = re.compile(rf"(?:{'|'.join(_BEFORE)})([A-Za-z0-9+/]{{{_SHORTEST_RUN},}}+={{0,2}})")


def data_at(text: str, at: int) -> Finding | None:
    """The `data:` URL around `;base64,`."""
    data = _DATA.match(text, at)
    head = _HEAD.search(text, max(0, at - 160), at) if data else None
    return Finding(head.start(), data.end(), "BASE64") if head and data else None


def run_at(text: str, at: int) -> Finding | None:
    """The long run behind a sign; of letters in both cases and digits, else it is something else."""
    match = _RUN.match(text, at)
    if match is None:
        return None
    start = match[1][:_SHORTEST_RUN]
    is_mixed = all(any(map(is_kind, start)) for is_kind in (str.islower, str.isupper, str.isdecimal))
    return Finding(*match.span(1), "BASE64") if is_mixed else None


DATA_URL = PlaceDetector("BASE64", data_at, words=(";base64,",))
BASE64_RUN = PlaceDetector(
    "BASE64", run_at, shapes=tuple(f"{before}[A-Za-z0-9+/]{{{_SHORTEST_RUN}}}" for before in _BEFORE)
)
