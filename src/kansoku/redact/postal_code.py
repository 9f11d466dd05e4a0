"""Japanese postal codes (Japan Post): seven digits with the postal mark or its word, or with an address."""

import re

from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_MARK = re.compile(
    r"(?:〒|郵便番号|post(?:al)?[ _-]?code|zip(?:[ _-]?code)?|郵便)[\s:：=\"'>“」|)）は,、]*\Z", re.IGNORECASE
)
_ADDRESS = re.compile(
    r"[\s　,、\"'|\n）)]*(?:住所[:：\s]*)?(?:北海道|東京都|大阪府|京都府|.{2,3}県|"
    r"[^\s\d]{1,6}?[市区郡町村][^\s長民場役内立営])"
)
_PREFECTURE = re.compile(
    r"[\s　,、]?(?:北海道|東京都|大阪府|京都府|(?!\d)[^\s、。]{2,3}県)[^\s、。]{1,6}[市区郡町村]"
)


def is_postal_code(number: Number) -> bool:
    """Whether the number is written as one, and a mark in front or an address behind says that it is one."""
    if number.groups not in {(3, 4), (7,), (1,) * 7} or number.digits == "0" * 7:
        return False
    if _MARK.search(number.before(20)) is not None:
        return True
    address = _ADDRESS if number.groups == (3, 4) else _PREFECTURE
    return address.match(number.text, number.end, number.end + 24) is not None


POSTAL_CODE = NumberDetector("POSTAL_CODE", is_postal_code, frozenset({7}))
