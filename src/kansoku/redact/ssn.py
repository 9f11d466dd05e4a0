"""Social security numbers of the United States: area, group and serial as their administration gives them."""

from kansoku.redact.caption import Captions
from kansoku.redact.detector import NumberDetector, of_forms
from kansoku.redact.number import Number

_CAPTIONS = Captions(
    r"ssn|social ?_?security|社会保障番号|ソーシャルセキュリティ", ("ssn", "social", "社会", "ソーシャル")
)
_PRINTED = (3, 2, 4)
_SHAPES = frozenset({(9,), (1,) * 9})


def is_ssn(number: Number) -> bool:
    """Whether the parts can be given out; digits in one row need the word as well."""
    area, group, serial = number.digits[:3], number.digits[3:5], number.digits[5:]
    if area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000":
        return False
    if number.groups == _PRINTED:
        return "." not in number.written and "/" not in number.written
    return number.groups in _SHAPES and _CAPTIONS.are_near(number)


US_SSN = NumberDetector("US_SSN", is_ssn, frozenset({9}), fits=of_forms({_PRINTED, *_SHAPES}))
