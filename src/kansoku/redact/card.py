"""Payment card numbers: 13 to 19 digits (ISO/IEC 7812), a known issuer range, a Luhn check digit."""

import re

from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Number

_BRANDS = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|35(?:2[89]|[3-8])|3(?:0[0-5]|[68])|6(?:011|5|4[4-9])|62|5[06-8]"
)
"""First digits of Visa, Mastercard, American Express, JCB, Diners Club, Discover, UnionPay and Maestro."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def is_card(number: Number) -> bool:
    """Whether the number is of a known brand, and checks."""
    return _BRANDS.match(number.digits) is not None and luhn(number.digits)


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(_DOUBLED[value] for value in values[1::2])) % 10 == 0


CARD = NumberDetector("CREDIT_CARD", is_card, frozenset(range(13, 20)))
