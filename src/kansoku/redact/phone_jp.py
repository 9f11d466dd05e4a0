"""Telephone numbers of Japan: 電気通信番号計画 of the Ministry of Internal Affairs and Communications.

Mobile (070, 080, 090), IP (050), landline with its area code, free and shared-cost numbers (0120, 0800,
0570), and each of them behind +81.
"""

import re

from kansoku.redact.area_codes import AREA_CODES
from kansoku.redact.caption import Captions, apart, is_anothers
from kansoku.redact.detector import NumberDetector, Parts
from kansoku.redact.number import Groups, Number

_HINTS = (
    "電話 でん デン ﾃﾞﾝﾜ 携帯 けい ケー ｹｰﾀｲ スマホ 連絡 ファ ﾌｧ フリ ナビ ﾌﾘｰ 着信 発信 入電 架電 直通 "
    "代表 内線 自宅 勤務 会社 実家 固定 返し ℡ ☎ ☏ 📞 📱 📠 "
    "tel fax phone mobile cell msisdn sms call whatsapp"
)
_CAPTIONS = Captions(
    r"(?:電話|でんわ|デンワ|ﾃﾞﾝﾜ|携帯|けいたい|ケータイ|ｹｰﾀｲ|スマホ|連絡先?|"
    r"ファックス|ファクシミリ|ファクス|ﾌｧｯｸｽ|"
    r"フリー(?:ダイヤル|ダイアル|コール|アクセス)|ナビダイヤル|ﾌﾘｰﾀﾞｲﾔﾙ|着信|発信者?|入電|架電|"
    r"直通|代表|内線|自宅|勤務先|会社|実家|固定|折り?返し|℡|☎\ufe0f?|☏\ufe0f?|📞\ufe0f?|📱\ufe0f?|📠\ufe0f?|"
    rf"{apart('tel', 'fax', 'phone', 'mobile', 'cell', 'msisdn', 'sms', 'call', 'caller', 'whatsapp')}|"
    r"phone|telephone)(?:[ _-]?(?:番号|number|num|no(?![a-z])\.?))?",
    tuple(_HINTS.split()),
)

_SLASHED = re.compile(r"0[5789]0/[0-9]{4}/[0-9]{4}")
_MOBILE = re.compile(r"0[5789]0")
_SHARED = re.compile(r"0120|0800|0570|0990|0180")
"""Free or shared-cost; 0800 has eleven digits, the others ten."""

_SHARED_DIGITS = {"0120": 10, "0800": 11, "0570": 10, "0990": 10, "0180": 10}
_MOBILE_GROUPS = frozenset({(3, 4, 4), (11,), (3, 8), (7, 4)})
_LANDLINE = re.compile(r"0[1-9]{2}|0[346]")
_DASHES = re.compile(
    r"(?:[(（][0-9]+[)）] ?|[0-9]+(?: ?[-\u2010-\u2015\u2212\uff0d\u30fc\uff70] ?|[(（]|[)）]|(?=\Z)))+\Z"
)
"""Groups with dashes or brackets between, of which Japanese numbers have two sorts in one."""

_JAPANESE = re.compile(r"[ぁ-ヿ一-龥]")
_PLUS = re.compile(r"(?:[+＋]|%2b)[(（]?\Z")
_PLUS_ENDS = ("+", "＋", "b", "(", "（")
_ABROAD = re.compile(r"(?:0081|01081|81)0?")
_MOST_GROUPS = 4
_LANDLINE_DIGITS, _MOBILE_DIGITS = 10, 11


def _fits(_groups: Groups, first: str) -> bool:
    """Whether it begins like one at home or behind 81."""
    return first in ("", "0", "8")


def _needs(groups: Groups, first: str) -> Parts | None:
    """A word, unless the groups are of a usual form, or a plus or two zeros may stand in front."""
    if first == "8":
        return _CAPTIONS.hints
    if not first or groups in _MOBILE_GROUPS or (len(groups) > 1 and sum(groups) > _MOBILE_DIGITS):
        return None
    is_usual = len(groups) > 1 and (groups[0] == len("0120") or groups == (groups[0], 6 - groups[0], 4))
    return None if is_usual else _CAPTIONS.hints


def is_japanese_phone(number: Number) -> bool:
    """Whether the number is a telephone number of Japan: by its form, or by its form and a label."""
    if "/" in number.written:
        return _SLASHED.fullmatch(number.written) is not None and _is_labelled(number)
    if number.digits.startswith(("81", "0081", "01081")):
        return _is_from_abroad(number)
    if number.digits[0] != "0" or _is_behind_plus(number) or _is_money(number):
        return False
    if _is_mobile(number):
        return _is_free_of_labels(number)
    return _is_plain(number) or (_is_dialled(number.digits) and _is_in_form(number) and _is_labelled(number))


def _is_behind_plus(number: Number) -> bool:
    """Whether a plus, and a bracket perhaps, stands right in front."""
    return number.before(1) in _PLUS_ENDS and _PLUS.search(number.before(4)) is not None


def _is_mobile(number: Number) -> bool:
    """Whether the number is a mobile or IP number in a usual form."""
    return (
        len(number.digits) == _MOBILE_DIGITS
        and number.groups in _MOBILE_GROUPS
        and _MOBILE.match(number.digits) is not None
    )


def _is_plain(number: Number) -> bool:
    """Whether the groups alone tell that it is one, and no label says otherwise."""
    if not (_is_shared(number) or _is_landline(number.digits, number.groups)):
        return False
    dashes = _DASHES.match(number.written) is not None
    return (dashes or _JAPANESE.search(number.before() + number.after()) is not None) and _is_free_of_labels(
        number
    )


def _is_shared(number: Number) -> bool:
    """Whether it is a free or shared-cost number, in groups of which the first is its prefix."""
    digits = number.digits
    return (
        number.groups[0] == len("0120")
        and 1 < len(number.groups) <= len(("0120", "123", "456"))
        and _SHARED_DIGITS.get(digits[:4]) == len(digits)
    )


def _is_landline(digits: str, groups: tuple[int, ...]) -> bool:
    """Whether the groups are an area code, the exchange that fills it up to six digits, and four more."""
    first = groups[0]
    return (
        len(digits) == _LANDLINE_DIGITS and groups == (first, 6 - first, 4) and digits[:first] in AREA_CODES
    )


def _is_dialled(digits: str) -> bool:
    """Whether the digits are as many as their beginning wants, and none that nobody has."""
    if _MOBILE.match(digits) or digits.startswith(("0800", "020")):
        return len(digits) == _MOBILE_DIGITS
    return len(digits) == _LANDLINE_DIGITS and (
        digits[:4] in _SHARED_DIGITS or _LANDLINE.match(digits) is not None
    )


def _is_money(number: Number) -> bool:
    """Whether a sign of a currency makes an amount of digits in one piece."""
    return len(number.groups) == 1 and number.before(1) in ("¥", "￥", "$", "€")


def _is_in_form(number: Number) -> bool:
    """Whether it is written in few groups, or each digit alone."""
    return len(number.groups) <= _MOST_GROUPS or len(number.groups) == len(number.digits)


def _is_free_of_labels(number: Number) -> bool:
    """Whether no label right at it says that it is something else."""
    return not is_anothers(number) or _CAPTIONS.are_beside(number)


def _is_labelled(number: Number) -> bool:
    """Whether a label says that it is a telephone number, and no other one stands between."""
    return _CAPTIONS.are_near(number)


def _is_from_abroad(number: Number) -> bool:
    """Whether the number is one behind +81, with or without the zero that is dialled at home."""
    home = "0" + number.digits[_ABROAD.match(number.digits).end() :]  # pyright: ignore[reportOptionalMemberAccess]
    if not _is_dialled(home):
        return False
    return (
        _is_behind_plus(number)
        or (number.digits[0] == "0" and len(number.groups) > 1)
        or _is_labelled(number)
    )


PHONE_JP = NumberDetector(
    "PHONE",
    is_japanese_phone,
    frozenset(range(10, 17)),
    leads=("+(", "＋(", "+（", "＋（", "%2b(", "(+", "(＋", "（+", "（＋", "%2b", "+", "＋", "(", "（"),
    fits=_fits,
    needs=_needs,
)
