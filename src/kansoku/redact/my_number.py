"""Japanese individual numbers (個人番号, "My Number"): twelve digits.

The last is the check digit of ordinance 85 of 2014 of the Ministry of Internal Affairs and Communications,
article 5.
"""

import re

from kansoku.redact.asked_number import Asked
from kansoku.redact.caption import Captions
from kansoku.redact.check import weighted
from kansoku.redact.detector import NumberDetector, of_forms
from kansoku.redact.number import Number

_CAPTIONS = Captions(
    r"(?:個人番号|マイナ(?:ンバー(?:カード)?)?(?![スビー])|番号法|ﾏｲﾅﾝﾊﾞｰ|まいなんばー|通知カード|"
    r"my[ _-]?number|individual[ _-]?number|kojin[ _-]?bango)(?:[ _-]?(?:番号|number|no(?![a-z])\.?))?",
    ("個人番号", "番号法", "マイナ", "ﾏｲﾅﾝ", "まいなん", "number", "bango", "通知カ"),
)
_ASKED = Asked(
    r"マイナンバー(?!カード)|個人番号(?!カード)|my[ -]number(?! is)|individual number",
    "マイナンバー",
    "個人番号",
    "b",
    "B",
)
_DIGITS = 12
_FORMS = frozenset({(12,), (4, 4, 4), (3, 3, 3, 3), (6, 6), (2,) * 6, (1,) * 12,
                    (9, 3), (8, 4), (4, 8)})  # fmt: skip
_PRINTED = frozenset({(12,), (4, 4, 4)})
_BEHIND_NUMBER = re.compile(r"[0-9][\s,]{1,8}\Z")
_BEFORE_NUMBER = re.compile(r"[\s,]{1,8}[0-9]")
_TIME = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:[0-2][0-9]|3[01])")
_WEIGHTS = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def checks(digits: str) -> bool:
    """Whether the last of the twelve digits is the check digit of the others."""
    rest = weighted(digits, _WEIGHTS) % 11
    return int(digits[-1]) == (0 if rest <= 1 else 11 - rest)


def is_my_number(number: Number) -> bool:
    """Whether the number checks, and words in front of it or behind it tell what it is."""
    if number.groups not in _FORMS or number.before(1) == "+" or not checks(number.digits):
        return False
    if _CAPTIONS.are_near(number) or _ASKED.is_told(number):
        return True
    return _CAPTIONS.tells(number.after()) and _CAPTIONS.told(number) == "nothing"


def may_be_my_number(number: Number) -> bool:
    """Whether the number is one, or checks and stands alone without a label."""
    return is_my_number(number) or (
        number.groups in _PRINTED
        and checks(number.digits)
        and stands_alone(number)
        and _CAPTIONS.told(number) == "nothing"
    )


def stands_alone(number: Number) -> bool:
    """Whether the number is no time (year, month, day, hour, minute), and one of no row of numbers."""
    among = _BEHIND_NUMBER.search(number.before()) or _BEFORE_NUMBER.match(number.after())
    return not among and _TIME.match(number.digits) is None


_FITS = of_forms(_FORMS)
MY_NUMBER = NumberDetector("MY_NUMBER", is_my_number, frozenset({_DIGITS}), fits=_FITS)
MY_NUMBER_STRICT = NumberDetector("MY_NUMBER", may_be_my_number, frozenset({_DIGITS}), fits=_FITS)
