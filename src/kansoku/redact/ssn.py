"""Social security numbers of the United States: area, group and serial as their administration gives them."""

import re

from kansoku.redact.caption import Captions
from kansoku.redact.detector import NumberDetector, Parts, of_forms
from kansoku.redact.number import Groups, Number

_CAPTIONS = Captions(
    r"ssn|social ?_?security|social(?= (?:is|number|no)|:)"
    r"|社会保障番号|ソーシャル(?:セキュリティ|(?=[（(「:：は]))",
    ("ssn", "social", "社会", "ソーシャル"),
)
_PRINTED = (3, 2, 4)
_SHAPES = frozenset({(9,), (1,) * 9})


_NAME = re.compile(_CAPTIONS.pattern)
_OF_GOODS = re.compile(
    r"(?:(?<![a-z])(?:part|sku|lot|ticket|item|model|serial|product|invoice|order|batch|case|catalog(?:ue)?|cat"
    r"|tracking|stock|upc|isbn|drawing)s?"
    r"(?:[ _-]?(?:number|num|no|nr|id|code|\#))?"
    r"|型番|品番|部品(?:番号)?|ロット(?:番号)?|製品番号|注文番号|伝票(?:番号)?|チケット(?:番号)?)"
    r"[\s\"'.:：=#はが]{0,4}(?:is )?\Z"
)
"""What has a number of its own right in front: goods, papers."""

_ANOTHER = re.compile(r"[0-9]{3}-[0-9]{2}-[0-9]{4}[^0-9.;\n]{1,30}\Z")
"""One of the same form in the same sentence, which tells what this is."""


def _is_of_goods(number: Number) -> bool:
    """Whether the number, or one in front, is called that of goods, and no name of a person's is near."""
    before = number.front.words
    if _NAME.search(before) is not None:
        return False
    another = _ANOTHER.search(before)
    return _OF_GOODS.search(before, 0, another.start() if another else len(before)) is not None


def is_ssn(number: Number) -> bool:
    """Whether the parts can be given out; digits in one row need the word as well."""
    area, group, serial = number.digits[:3], number.digits[3:5], number.digits[5:]
    if area in {"000", "666"} or area[0] == "9" or group == "00" or serial == "0000":
        return False
    if number.groups == _PRINTED:
        is_printed = "." not in number.written or _CAPTIONS.are_near(number)
        return is_printed and "/" not in number.written and not _is_of_goods(number)
    return number.groups in _SHAPES and _CAPTIONS.are_near(number)


def _needs(groups: Groups, _first: str) -> Parts | None:
    """Its name, but for parts in print."""
    return None if groups == _PRINTED else _CAPTIONS.hints


US_SSN = NumberDetector("US_SSN", is_ssn, frozenset({9}), fits=of_forms({_PRINTED, *_SHAPES}), needs=_needs)
