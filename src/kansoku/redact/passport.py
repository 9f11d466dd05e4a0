"""Passport numbers, where a word says so: two letters and seven digits (Japan), nine digits (America) etc."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding

_WORDS = ("passport", "パスポート", "旅券", "reisepass", "passeport", "pasaporte", "passaporto", "paspoort")
_NUMBER = re.compile(
    r"(?:[A-Z]{2} ?-?[0-9]{7}|[A-Z][0-9]{8}|[0-9]{2}[A-Z]{2}[0-9]{5}|"
    r"(?=[A-Z]*[0-9])[CFGHJKLMNPRTVWXYZ0-9]{9}[0-9]?|[A-Z]{2}[A-Z0-9]{6}[0-9]"
    r"|[0-9]{9}|[A-Z]{1,2}(?=[A-Z0-9]*[0-9][A-Z0-9]*[0-9])[A-Z0-9]{7,8}|"
    r"[A-Z]{3}[0-9]{6})(?![A-Za-z0-9]|-[A-Za-z0-9])"
)
_REACH = 48
_MARK = "<PASSPORT>"
_FREE = re.compile(r"(?<![A-Za-z0-9\-])[A-Z0-9]")


def passport_at(text: str, at: int) -> Finding | None:
    """The number that follows the word soon, unless its mark stands there already."""
    end = min(len(text), at + _REACH)
    marked = text.find(_MARK, max(0, at - 1), end)
    for start in _FREE.finditer(text, at, end if marked < 0 else marked):
        match = _NUMBER.match(text, start.start())
        if match is not None and any(character.isdigit() for character in match.group()):
            return Finding(match.start(), match.end(), "PASSPORT")
    return None


PASSPORT = PlaceDetector("PASSPORT", passport_at, words=_WORDS)
