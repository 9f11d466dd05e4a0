"""Numbers that Japanese offices give a person, told by their names right in front of them.

基礎年金番号 has four and six digits (日本年金機構), 雇用保険被保険者番号 four, six and one (厚生労働省),
住民票コード eleven (住民基本台帳法), numbers of the insured seven to ten.
"""

from kansoku.redact.caption import Captions
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_CAPTIONS = Captions(
    r"(?:(?:基礎|国民|厚生)?年金(?:手帳)?の?(?:記号)?番号|被保険者(?:証)?の?番号|雇用保険(?:の?番号)?|保険証の?番号|"
    r"住民票コード|(?<![a-z])(?:basic )?pension number)",
    ("年金", "保険", "住民票", "pension"),
)
_FORMS = frozenset({(4, 6), (4, 6, 1), (7,), (8,), (10,), (11,)})


def is_japanese_id(number: Number) -> bool:
    """Whether it has one of the forms, and a name of it stands right at it."""
    return number.groups in _FORMS and _CAPTIONS.are_beside(number)


NATIONAL_ID_JP = NumberDetector("NATIONAL_ID", is_japanese_id, frozenset({7, 8, 10, 11}))
