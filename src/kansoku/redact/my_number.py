"""Japan's individual number (My Number): 12 digits, the last one a check digit.

Formula: Ministry of Internal Affairs, ordinance 85 of 2014, article 5: weights 2 to 7, then 2 to 6, from the
right, modulo 11.
"""

import re

from kansoku.redact.check import weighted
from kansoku.redact.context import NEITHER, told
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_LABEL = re.compile(r"マイナンバー|マイナ|個人番号|個人no|my ?_?-?number|individual ?_?number|kojin_?bango")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
_SHAPES = frozenset({(12,), (4, 4, 4), (1,) * 12, (3, 3, 3, 3), (6, 6)})


def checks(digits: str) -> bool:
    """Whether the last of 12 digits is the check digit of the others."""
    rest = weighted(digits, _WEIGHTS) % 11
    return int(digits[11]) == (0 if rest <= 1 else 11 - rest)


def is_my_number(number: Number) -> bool:
    """Whether the number checks and is called one."""
    return number.groups in _SHAPES and checks(number.digits) and told(number, _LABEL)


def may_be_my_number(number: Number) -> bool:
    """Whether the number checks and is not called anything else."""
    return number.groups in _SHAPES and checks(number.digits) and NEITHER.search(number.before(24)) is None


MY_NUMBER = NumberDetector("MY_NUMBER", is_my_number, frozenset({12}))
MY_NUMBER_STRICT = NumberDetector("MY_NUMBER", may_be_my_number, frozenset({12}))
