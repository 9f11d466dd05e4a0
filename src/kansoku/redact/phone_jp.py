"""Telephone numbers of Japan, by the numbering plan of the Ministry of Internal Affairs."""

import re

from kansoku.redact.context import other, told
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

PHONE_LABEL = re.compile(
    r"電話|自宅|会社|勤務先|転送|着信|発信|でんわ|tel|phone|携帯|ケータイ|けいたい|スマホ|連絡先|"
    r"fax|ファ(?:ッ)?クス|mobile|cell|直通|代表|内線|コールセンター|フリーダイヤル|"
    r"問い?合わ?せ先?[:：は]?|call|contact"
    r"|telefon|tél|cellulare|info:|joindre|rückfragen|teléfono|handy|mobil|rufnummer|anruf|fon\b|"
    r"numéro|portable|móvil|llam|número|celular|whatsapp|sms|rückruf|ring\b|dial|reach|text me|"
    r"line\b|☎|📞|📱"
)
_TEN = frozenset({(2, 4, 4), (3, 3, 4), (4, 2, 4), (5, 1, 4), (4, 3, 3), (2, 8), (3, 7), (6, 4), (4, 6)})
_ELEVEN = frozenset({(3, 4, 4), (11,), (3, 8), (7, 4)})
_MOBILE = ("050", "070", "080", "090")
_TOLL = ("0120", "0570", "0800", "0990", "0180")
_JAPAN = "81"
_TEN_DIGITS, _ELEVEN_DIGITS = 10, 11


def is_japanese_phone(number: Number) -> bool:
    """Whether the number is written as one of Japan's; digits in a row need their first three, or a word."""
    if number.before(2).endswith(("+", "+(")):
        return number.digits.startswith(_JAPAN) and _TEN_DIGITS < len(number.digits) - 0 <= _ELEVEN_DIGITS + 2
    if number.digits[0] != "0" or number.digits[1] == "0":
        return False
    if all(size == 1 for size in number.groups):
        return len(number.digits) in {10, 11} and told(number, PHONE_LABEL)
    if len(number.digits) == _ELEVEN_DIGITS:
        return _is_eleven(number)
    return _is_ten(number)


def _is_eleven(number: Number) -> bool:
    """A mobile or internet telephone number, or a toll-free one."""
    if number.groups == (4, 3, 4):
        return number.digits.startswith("0800") and not _is_called_other(number)
    return number.digits.startswith(_MOBILE) and number.groups in _ELEVEN and not _is_called_other(number)


def _is_ten(number: Number) -> bool:
    """A number of a place, or a toll-free one."""
    if len(number.digits) != _TEN_DIGITS:
        return False
    if number.groups == (10,):
        return told(number, PHONE_LABEL) or (number.digits.startswith("0120") and not other(number))
    return number.groups in _TEN and not _is_called_other(number)


def _is_called_other(number: Number) -> bool:
    """Whether a label says that it is something else, and none that it is a telephone number."""
    return other(number) and not told(number, PHONE_LABEL)


PHONE_JP = NumberDetector(
    "PHONE", is_japanese_phone, frozenset({10, 11, 12, 13}), leads=("(+", "+(", "+", "(")
)
