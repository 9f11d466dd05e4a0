"""Payment card numbers: 13 to 19 digits (ISO/IEC 7812) of a known brand's range and length, a Luhn digit."""

import re

from kansoku.redact.caption import Captions
from kansoku.redact.check import luhn
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Groups, Number

_BRANDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|(?:5[1-5]|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720))\d{12,}"
    r"|3[47]\d{13}"
    r"|35(?:2[89]|[3-8]\d)\d{12}"
    r"|3(?:0[0-5]|[689]\d)\d{11,16}"
    r"|6(?:011|5\d\d|4[4-9]\d)\d{12,15}"
    r"|62\d{14,17}"
    r"|(?:5[06-8]|6[37])\d{11,17}"
)
"""Visa, Mastercard, American Express, JCB, Diners Club, Discover, UnionPay and Maestro."""
_FIRST = "23456"
"""The digits that they begin with."""

_CAPTIONS = Captions(
    r"カード|クレジット|card|credit|visa|master|amex|jcb|diners|karte|carte|tarjeta|pan\b|決済|支払",
    (
        *("カード", "クレジット", "card", "credit", "visa", "master", "amex", "jcb", "diners"),
        *("karte", "carte", "tarjeta", "pan", "決済", "支払"),
    ),
)
_FIRST_GROUPS, _BARCODE, _LONGEST_BARE = frozenset({4, 6, 8, 12}), 13, 16
"""Visa gave out cards of 13 digits until the 1990s; what has as many today is a bar code. Longer cards
are rare and ids of databases many: without a word they are none."""

_OTHER = re.compile(
    r"(?:注文|受注|伝票|送り状|追跡|問い?合わ?せ|受付|整理|管理|会員|顧客|お客様|請求書?|契約|予約|取引|決済|管理|案件|製造|商品|シリアル)(?:番号|id|no)"
    r"|imei|iccid|isbn|bahncard|eref|order|tracking|transaction|txn|request|trace|invoice|serial|"
    r"session|shipment|parcel|reference|"
    r"bestell|sendung|auftrag|rechnung|ticket|epoch|timestamp|客|通番"
)


def _fits(groups: Groups, first: str) -> bool:
    """Whether any brand's numbers begin so, and it is not in one piece as long as a bar code."""
    return groups != (_BARCODE,) and (not first or first in _FIRST)


def is_card(number: Number) -> bool:
    """Whether the number is of a known brand, checks, and is not called something else."""
    digits = number.digits
    if number.before(1) == "+" or not _fits(number.groups, digits[0]):
        return False
    if _BRANDS.fullmatch(digits) is None or not luhn(digits) or len(set(digits)) == 1:
        return False
    if len(number.groups) > 1 and max(number.groups) == min(number.groups) == 1:
        return True
    return _CAPTIONS.are_near(number) or (_is_in_form(number) and _OTHER.search(number.before(32)) is None)


def _is_in_form(number: Number) -> bool:
    """Whether it is in one piece, or in groups of four that no codes stand around."""
    if len(number.groups) == 1:
        return len(number.digits) <= _LONGEST_BARE
    return number.groups[0] in _FIRST_GROUPS and not number.is_among_codes()


CARD = NumberDetector("CREDIT_CARD", is_card, frozenset(range(13, 20)), fits=_fits)
