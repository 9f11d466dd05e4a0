"""Telephone numbers with a plus (ITU-T E.164), of North America (its numbering plan), and of Europe."""

import re

from kansoku.redact.context import other, told
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number
from kansoku.redact.phone_jp import PHONE_LABEL

_AMERICAN = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")
_AMERICAN_SHAPES = frozenset({(3, 3, 4), (1, 3, 3, 4)})
_EUROPEAN = re.compile(
    r"0[1-9](?: \d\d){4}|0[1-9](?:\.\d\d){4}|07\d{3} \d{3} ?\d{3}|0(?:20|1\d\d|1\d1) \d{3,4} \d{4}|06[ -]\d{8}|0[67]\d{2}[ /]\d{6,7}"
)
"""France, Britain, the Netherlands: shapes that nothing else has."""

_LONGEST_LOCAL, _TEN = 13, 10


def is_phone(number: Number) -> bool:
    """Whether the number is written as a telephone number is."""
    before = number.before(4)
    if before.endswith(("+", "+(", "%2b")):
        return number.digits[0] != "0" and len(number.digits) <= 15  # noqa: PLR2004  E.164's longest
    if number.digits.startswith("00") and number.digits[2] != "0" and len(number.groups) > 1:
        return told(number, PHONE_LABEL) or (number.groups[0] in {4, 5} and not other(number))
    return _is_american(number) or _is_local(number)


def _is_american(number: Number) -> bool:
    """Ten digits, their area and exchange above 199; in one row with a word only."""
    if _AMERICAN.fullmatch(number.digits) is None:
        return False
    if number.groups in _AMERICAN_SHAPES:
        return not other(number) or told(number, PHONE_LABEL)
    return len(number.groups) == 1 and told(number, PHONE_LABEL)


def _is_local(number: Number) -> bool:
    """A number with its trunk zero: of a plain shape, or with a word."""
    if number.digits[0] == "0" and number.digits[1] != "0":
        if _EUROPEAN.fullmatch(number.written) is not None:
            return not other(number)
        return len(number.digits) <= _LONGEST_LOCAL and told(number, PHONE_LABEL)
    return number.digits[0] in "6789" and len(number.digits) == 9 and told(number, PHONE_LABEL)  # noqa: PLR2004  Spain's


PHONE = NumberDetector("PHONE", is_phone, frozenset(range(8, 16)), leads=("(+", "+(", "%2b", "+", "("))
