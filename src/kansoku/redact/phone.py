"""Telephone numbers of Japan (numbering plan of the Ministry of Internal Affairs) and E.164 with a plus."""

from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_JAPANESE = frozenset({(2, 4, 4), (3, 4, 4), (3, 3, 4), (4, 2, 4), (5, 1, 4), (4, 3, 3)})
_MOBILE_DIGITS = 11


def is_phone(number: Number) -> bool:
    """Whether the number is written as a telephone number is."""
    if number.before(1) == "+":
        return number.digits[0] != "0"
    if number.digits[0] != "0":
        return False
    return number.groups in _JAPANESE or (len(number.digits) == _MOBILE_DIGITS and number.digits[1] in "5789")


PHONE = NumberDetector("PHONE", is_phone, frozenset(range(8, 16)), leads=("+(", "+", "("))
