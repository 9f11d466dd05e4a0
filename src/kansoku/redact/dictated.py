"""Telephone numbers of Japan as they are dictated: `090ハイフン1234ハイフン5678`, `080の1234の5678`."""

import re

from kansoku.redact.area_codes import AREA_CODES
from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_JOINT = r"(?:[ \u3000、]?(?:ハイフン|ダッシュ|マイナス|の)[ \u3000、]?|、)"
_SPOKEN = re.compile(
    rf"(?<![0-9A-Za-z.,-])(0[0-9]{{1,4}}){_JOINT}([0-9]{{1,4}}){_JOINT}([0-9]{{3,4}})"
    r"(?![0-9A-Za-z]|[.,-][0-9]|[円件個人年月日番回])"
)
_MOBILE = frozenset({"090", "080", "070", "050"})
_SHARED = {"0120": 10, "0800": 11, "0570": 10}
_LANDLINE, _MOBILE_GROUPS = 10, (3, 4, 4)
_FARTHEST = 5
"""Digits of the longest area code."""


def spoken_at(text: str, at: int) -> Finding | None:
    """The number of which a joint, or the digits in front of one, begin here."""
    begin = at
    while begin and at - begin < _FARTHEST and text[begin - 1] in "0123456789 \u3000、":
        begin -= 1
    match = _SPOKEN.search(text, begin, begin + 48)
    if match is None or not _is_phone(match[1], match[2], match[3]):
        return None
    return Finding(match.start(), match.end(), "PHONE")


def _is_phone(area: str, exchange: str, rest: str) -> bool:
    """Whether the groups are those of a telephone number."""
    digits = len(area) + len(exchange) + len(rest)
    if area in _MOBILE:
        return (len(area), len(exchange), len(rest)) == _MOBILE_GROUPS
    if area in _SHARED:
        return digits == _SHARED[area]
    return area in AREA_CODES and digits == _LANDLINE and len(rest) == 4  # noqa: PLR2004  as all at home have


DICTATED = PlaceDetector(
    "PHONE",
    spoken_at,
    words=(
        "ハイフン",
        *(f"{area}の" for area in ("03", "06", *sorted(_MOBILE), "0120")),
        *(f"{area}、" for area in sorted(_MOBILE)),
    ),
)
