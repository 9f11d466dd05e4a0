"""Japanese postal codes (日本郵便): seven digits, three and four in print, told by 〒, label or address."""

import re

from kansoku.redact.caption import Captions, apart, is_other
from kansoku.redact.detector import NumberDetector, PlaceDetector, of_forms
from kansoku.redact.finding import Finding
from kansoku.redact.number import BEFORE, Number
from kansoku.redact.prefectures import PREFECTURES, ROMAJI

_CAPTIONS = Captions(
    "郵便番号|郵便|"
    + apart(*(f"{kind}[ _-]?(?:code|number|no(?![a-z]))?" for kind in ("zip", "post(?:al)?"))),
    ("郵便", "zip", "post"),
)
_MARKS = ("〒", "〠", "〶")
_PREFECTURE = "|".join(PREFECTURES)
_JOINED = r"[\s\"'’”|,、，:：;；/／<>)）】」』の]{0,6}(?:</?[a-z_-]{1,16}>){0,2}"
_ADDRESS = re.compile(
    rf"{_JOINED}(?:(?:住所|所在地|address|addr|prefecture|pref|都道府県)1?[\s:：=,「\"']{{0,5}})?(?:{_PREFECTURE})"
)
_TOWN = re.compile(rf"{_JOINED}[一-龥々ヶケヵノ]{{1,6}}[市区町村郡](?![一-龥]?(?:様|さん|氏|長))")
_ABROAD_BEFORE = re.compile(
    rf"(?<![a-z])(?:{'|'.join(ROMAJI)})(?:-(?:to|fu|ken|do|shi))?[\s,]{{1,3}}(?:japan[\s,]{{1,3}})?\Z"
)
_OF_ABROAD = re.compile(
    r"(?:-(?:ku|shi|cho|machi|mura)|city|ward),?[ ](?:[a-z-]{2,20},?[ ]){0,2}"
    rf"(?:{'|'.join(ROMAJI)})(?:-(?:to|fu|ken|do))?[ ,]{{1,2}}\Z"
)
"""A town in front of the prefecture, which tells seven digits in one piece too."""

_ABROAD_AFTER = re.compile(r"[\s,]{1,3}(?:japan(?![a-z])|tokyo(?![a-z])|osaka(?![a-z]))")
_CITY_WARD = re.compile(rf"{_JOINED}[一-龥]{{1,4}}市[一-龥]{{1,4}}区")
_DELIVERED = re.compile(r"(?:住所|(?:送付|届け?|配送|納品|送り)先|宛先?)[\s:：=はが「]{0,4}\Z")
_BEHIND = re.compile(
    rf"(?:{_PREFECTURE})[一-龥々ぁ-ヿ][一-龥々ぁ-ヿ0-9０-９\u2010-\u2015\u2212\uff0d \u3000-]{{2,36}}"
    r"(?:[ \u3000]|[ \u3000、,/]{0,2}[(（])\Z"
)
"""An address right in front of its postal code."""

_PLACE = re.compile("[都道府県市区町村郡]")
"""What an address in Japanese has one of."""

_NUMBERED = re.compile("[0-9０-９]|丁目|番")
_COUNTED = re.compile(r"[\s)）]{0,3}(?:[円人件個名台年月日回枚本点歳%％位]|世帯|店舗|千|百|万|億)")

_ADR = re.compile(r"(?:item[0-9]{1,2}\.)?ADR(?:;[^:\n]{1,80})?:", re.IGNORECASE)
_LONGEST_ADDRESS, _PLACE_IN_CARD = 240, 5
_DASHED = re.compile(r"[0-9]{3} ?[-\u2010-\u2015\u2212\uff0d\u30fc\uff70] ?[0-9]{4}\Z")
_DIGITS = 7
_PRINTED = (3, 4)
_FORMS = frozenset({_PRINTED, (_DIGITS,), (1,) * _DIGITS})
_FITS = of_forms(_FORMS)
_AFTER = 40


def is_postal_code(number: Number) -> bool:
    """Whether a mark, a label or an address beside the number tells that it is one."""
    if number.groups not in _FORMS:
        return False
    before = number.front.words
    if before.rstrip(" \t\n\u3000:：")[-1:] in _MARKS or (before.endswith(";") and _is_in_card(number)):
        return True
    if _CAPTIONS.are_beside(number):
        return True
    return _has_address(number, before)


def _is_in_card(number: Number) -> bool:
    """Whether it stands in the address of a card, where its place is the sixth (vCard, RFC 6350)."""
    begin = number.text.rfind("\n", max(0, number.start - _LONGEST_ADDRESS), number.start) + 1
    field = _ADR.match(number.text, begin, number.start)
    return field is not None and number.text.count(";", field.end(), number.start) == _PLACE_IN_CARD


def _has_address(number: Number, before: str) -> bool:
    """Whether an address stands beside the number, which without a dash must name its prefecture."""
    after = number.after(_AFTER)
    if _PLACE.search(number.text, max(0, number.start - BEFORE), number.end + _AFTER) is None:
        return _is_abroad(before, after) if _is_dashed(number) else _is_in_town(before)
    if _ADDRESS.match(after):
        return not is_other(before)
    if not _is_dashed(number):
        is_delivered = _DELIVERED.search(before) is not None and _TOWN.match(after) is not None
        is_delivered = is_delivered or _is_in_town(before)
        return is_delivered or (_CITY_WARD.match(after) is not None and not is_other(before))
    if _is_behind_address(before, after):
        return True
    if _is_abroad(before, after):
        return True
    return _TOWN.match(after) is not None and not is_other(before)


def _is_abroad(before: str, after: str) -> bool:
    """Whether a prefecture in Latin letters stands in front, or the country or a city of it behind."""
    is_behind = _is_open(before) and _ABROAD_BEFORE.search(before) is not None
    return is_behind or _ABROAD_AFTER.match(after) is not None


def _is_in_town(before: str) -> bool:
    """Whether a town and its prefecture in Latin letters stand in front."""
    return _is_open(before) and _OF_ABROAD.search(before) is not None


def _is_open(before: str) -> bool:
    """Whether a blank or a comma stands in front of the number."""
    return before.endswith(",") or before[-1:].isspace()


def _is_behind_address(before: str, after: str) -> bool:
    """Whether an address with the number of a house stands right in front, and no counter behind."""
    address = _BEHIND.search(before)
    is_full = address is not None and _NUMBERED.search(address.group()) is not None
    return is_full and _COUNTED.match(after) is None and not is_other(before)


def _is_dashed(number: Number) -> bool:
    """Whether the number is three digits, a dash and four digits."""
    return number.groups == _PRINTED and _DASHED.match(number.written) is not None


def may_be_postal_code(number: Number) -> bool:
    """Whether it is one, or is written as one with a dash, and no label says that it is something else."""
    return is_postal_code(number) or (_is_dashed(number) and _CAPTIONS.told(number) == "nothing")


_IN_KANJI = "[〇零一二三四五六七八九]"
_KANJI = re.compile(
    r"(?:〒|郵便番号[\s:：はが、「]{0,3})\s?"
    rf"({_IN_KANJI}{{3}}[-－ー‐−の]?{_IN_KANJI}{{4}}|[0-9]{{3}}[、 ]?(?:の|ハイフン)[、 ]?[0-9]{{4}})"
    rf"(?![0-9]|{_IN_KANJI})"
)


def kanji_at(text: str, at: int) -> Finding | None:
    """The postal code in kanji, or as it is dictated, that stands behind a mark or a label."""
    match = _KANJI.match(text, at)
    return Finding(match.start(1), match.end(1), "POSTAL_CODE") if match else None


POSTAL_CODES = (
    NumberDetector("POSTAL_CODE", is_postal_code, frozenset({_DIGITS}), fits=_FITS),
    PlaceDetector("POSTAL_CODE", kanji_at, words=("〒", "郵便番号")),
)
POSTAL_CODE_STRICT = NumberDetector("POSTAL_CODE", may_be_postal_code, frozenset({_DIGITS}), fits=_FITS)
