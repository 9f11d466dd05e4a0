"""Numbers that Japanese offices give a person, told by their names right in front of them.

基礎年金番号 has four and six digits (日本年金機構), 雇用保険被保険者番号 four, six and one (厚生労働省),
住民票コード eleven (住民基本台帳法), numbers of the insured seven to ten.
"""

import re

from kansoku.redact.caption import Captions
from kansoku.redact.detector import Area, AreaDetector, NumberDetector, of_forms
from kansoku.redact.finding import Finding
from kansoku.redact.number import Number

_CAPTIONS = Captions(
    r"(?:(?:基礎|国民|厚生)?年金(?:手帳)?の?(?:記号)?番号|被保険者(?:証)?[の \u3000]?番号|雇用保険の?番号|"
    r"保険証[の \u3000]?番号|住民票コード|(?<![a-z])(?:basic )?pension number)",
    ("年金", "保険", "住民票", "pension"),
)
_COUNTED = re.compile(r"[ \u3000]?[円件人名個回]")
_DATE = re.compile(r"(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])")
_FORMS = frozenset({(4, 6), (4, 6, 1), (7,), (8,), (10,), (11,)})


def is_japanese_id(number: Number) -> bool:
    """Whether it has one of the forms, and a name of it stands right at it."""
    if number.groups not in _FORMS or not _CAPTIONS.are_beside(number):
        return False
    return _COUNTED.match(number.after(2)) is None and _DATE.fullmatch(number.digits) is None


_INSURED = re.compile(r"(?:保険|被保)[^。\n]{0,16}(?:\n[^。\n]{0,4})?\Z")
_SIGN_AND_NUMBER = re.compile(
    r"記号[\s:：はがの「]{0,4}([0-9]{1,8})(?![0-9])[^0-9\n]{0,6}(?:\n[^0-9\n]{0,4})?"
    r"番号[\s:：はがの「]{0,4}([0-9]{1,8})(?![0-9])"
)
_AROUND = 24


def insured_at(text: str, at: int) -> Area | None:
    """The sign and the number of an insured person, behind the name of the sign that begins here."""
    match = _SIGN_AND_NUMBER.match(text, at)
    if match is None or _INSURED.search(text, max(0, at - _AROUND), at) is None:
        return None
    findings = tuple(Finding(*match.span(group), "NATIONAL_ID") for group in (1, 2))
    return Area(findings, match.end())


INSURED = AreaDetector("NATIONAL_ID", insured_at, words=("記号",))
NATIONAL_ID_JP = NumberDetector(
    "NATIONAL_ID", is_japanese_id, frozenset({7, 8, 10, 11}), fits=of_forms(_FORMS), needs=_CAPTIONS.need
)
