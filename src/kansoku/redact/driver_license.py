"""Japanese driver's licence numbers: twelve digits (道路交通法施行規則, form 14 of its annex).

The first two are the code of the public safety commission that issued the first licence, the next two the
year; the eleventh is a check digit (modulus 11), the twelfth counts reissues.
"""

import re

from kansoku.redact.asked_number import Asked
from kansoku.redact.caption import Captions
from kansoku.redact.check import weighted
from kansoku.redact.detector import NumberDetector, Parts, of_forms
from kansoku.redact.my_number import stands_alone
from kansoku.redact.number import Groups, Number

_CAPTIONS = Captions(
    r"(?:運転免許証?|免(?<!業免)(?<!師免)(?<!士免)許証?|driv(?:er'?s?|ing)[ _-]?licen[sc]e|"
    r"(?:doc(?:ument)?|id|card)_?type[\"']\s?:\s?[\"']"
    r"driv(?:er'?s?|ing)[ _-]?licen[sc]e(?:[_-][a-z]{2,5})?[\"'],\s?[\"']"
    r"(?:doc(?:ument)?|id|card)_?(?:number|num|no|id)|"
    r"licen[sc]e[ _-]?(?:number|num|no|id)(?![a-z])|menkyo)(?:[ _-]?(?:番号|number|no(?![a-z])\.?))?",
    ("免許", "licen", "menkyo"),
)
_NORTH = "10 11 12 13 14 20 21 22 23 24 25 30 40 41 42 43 44 45 46 47 48 49"
_SOUTH = "50 51 52 53 54 55 60 61 62 63 64 65 70 71 72 73 74 80 81 82 83 90 91 92 93 94 95 96 97"
_COMMISSIONS = frozenset(f"{_NORTH} {_SOUTH}".split())
_DIGITS = 12
_FORMS = frozenset({(12,), (4, 4, 4), (2, 2, 6, 2), (2, 2, 5, 1, 2), (2,) * 6, (3,) * 4, (1,) * 12,
                    (2, 2, 4, 4), (9, 3), (10, 2), (2, 10), (6, 6), (4, 8), (8, 4)})  # fmt: skip
_USUAL = frozenset({(12,), (4, 4, 4)})
_OF_PAPER = frozenset({(12,), (9, 3)})
_NUMBER_SIGN = re.compile(r"(?<![一-龥])番号\s{0,3}第\s{0,2}\Z")
_ASKED = Asked(r"免許(?:証)?の?番号|driv(?:er['’]?s?|ing) licen[sc]e (?:number|no)", "免許", "v", "V")
_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)


def checks(digits: str) -> bool:
    """Whether the eleventh digit is the check digit of the first ten."""
    rest = weighted(digits, _WEIGHTS) % 11
    return int(digits[10]) == (0 if rest <= 1 else 11 - rest)


def is_license(number: Number) -> bool:
    """Whether a label tells that it is one: right at it, or nearby if a commission issued it."""
    if number.groups not in _FORMS:
        return False
    is_issued = number.digits[:2] in _COMMISSIONS
    if _CAPTIONS.are_beside(number) or (is_issued and _CAPTIONS.are_near(number)):
        return True
    is_printed = is_issued and number.groups in _OF_PAPER and _is_between_signs(number)
    return is_printed or (number.groups in _USUAL and _ASKED.is_told(number))


def _is_between_signs(number: Number) -> bool:
    """Whether it stands as on the licence itself: `番号 第 … 号`."""
    return number.after(2).lstrip().startswith("号") and _NUMBER_SIGN.search(number.before()) is not None


def may_be_license(number: Number) -> bool:
    """Whether the number is one, or has a commission and check digit, and stands alone without a label."""
    return is_license(number) or (
        len(number.groups) == 1
        and number.digits[:2] in _COMMISSIONS
        and checks(number.digits)
        and stands_alone(number)
        and _CAPTIONS.told(number) == "nothing"
    )


def _needs(groups: Groups, _first: str) -> Parts | None:
    """Its name, but for usual groups, which a turn far above may ask for."""
    return None if groups in _USUAL or groups in _OF_PAPER else _CAPTIONS.hints


_FITS = of_forms(_FORMS)
DRIVER_LICENSE = NumberDetector("DRIVER_LICENSE", is_license, frozenset({_DIGITS}), fits=_FITS, needs=_needs)
DRIVER_LICENSE_STRICT = NumberDetector("DRIVER_LICENSE", may_be_license, frozenset({_DIGITS}), fits=_FITS)
