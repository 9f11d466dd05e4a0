"""Japanese addresses from the prefecture (ISO 3166-2:JP) to the block number (住居表示に関する法律)."""

import re

from kansoku.redact.detector import PlaceDetector
from kansoku.redact.finding import Finding
from kansoku.redact.prefectures import PREFECTURES

_KANJI = "[一二三四五六七八九十百]{1,4}"
_NUMERAL = rf"(?:[0-9]{{1,4}}|{_KANJI})"
_DASH = r"[-\u2010-\u2015\u2212\uff0d\u30fc\uff70のノ]"
_FIRST = rf"(?:[0-9]{{1,4}}|{_KANJI}(?=丁目|番地))"
"""Kanji count from a 丁目 on only: 三宮町 and 北一条 are names."""

_BLOCK = rf"{_FIRST}(?:(?:丁目|番地の?|番|号|{_DASH}){_NUMERAL}?){{0,6}}"
_ADDRESS = re.compile(
    rf"({'|'.join(PREFECTURES)})[ \u3000]?"
    r"[一-龥々ぁ-んァ-ヶー]{1,8}?[市区町村郡][一-龥々ぁ-んァ-ヶー \u3000]{0,24}?" + _BLOCK
)
_BEFORE = 3
_MARKS = ("都", "道", "府", "県")


def address_at(text: str, at: int) -> Finding | None:
    """The address whose prefecture ends with the mark that stands here."""
    for begin in (at - _BEFORE, at - _BEFORE + 1):
        match = _ADDRESS.match(text, begin) if begin >= 0 else None
        if match is not None and match.end(1) == at + 1:
            return Finding(match.start(), match.end(), "ADDRESS")
    return None


ADDRESS = PlaceDetector("ADDRESS", address_at, words=_MARKS)
