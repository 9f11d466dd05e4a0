"""Residence cards of Japan: two letters, eight digits, two letters (出入国在留管理庁).

Hardly anything else is written so; a word of the stay of foreigners around it, or over its column, tells it.
"""

import re

from kansoku.redact.column import Tables
from kansoku.redact.detector import FREE, PlaceDetector, found
from kansoku.redact.finding import Finding

_FORM = re.compile(r"(?<![A-Za-z0-9_])[A-Z]{2}[0-9]{8}[A-Z]{2}(?![A-Za-z0-9_-])")
_WRITTEN = re.compile(
    r"(?<![A-Za-z0-9_])(?:[A-Z]{2}([ -])[0-9]{8}\1[A-Z]{2}|[a-z]{2}[0-9]{8}[a-z]{2})(?![A-Za-z0-9_-])"
)
"""Written otherwise, which is looked for right at the name alone."""

_TOLD = re.compile(r"在留|永住|(?:[Rr]esidence|RESIDENCE)[ _-]?(?:[Cc]ard|[Pp]ermit|CARD)|[Zz]airyu")
_FAR, _NEAR = 320, 80
_IN_FRONT, _BEHIND = 24, 40


def card_at(text: str, at: int) -> Finding | None:
    """The number that begins here, if it is one."""
    match = _FORM.match(text, at)
    if match is None:
        return None
    is_told = _TOLD.search(text, max(0, at - _FAR), match.end() + _NEAR)
    return found(match, "NATIONAL_ID") if is_told or _TOLD.search(Tables(text).head(at)) else None


def written_at(text: str, at: int) -> Finding | None:
    """The number in small letters, or with signs between, around the name that begins here."""
    return found(_WRITTEN.search(text, max(0, at - _IN_FRONT), at + _BEHIND), "NATIONAL_ID")


RESIDENCE_CARDS = (
    PlaceDetector("NATIONAL_ID", card_at, shapes=(FREE + "[A-Z]{2}[0-9]{7}",)),
    PlaceDetector(
        "NATIONAL_ID",
        written_at,
        words=("在留カード", "residence card", "residence_card", "residencecard", "zairyu"),
    ),
)
