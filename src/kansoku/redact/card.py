"""Payment card numbers: 13 to 19 digits (ISO/IEC 7812), a known issuer range, a Luhn check digit."""

import re
from collections.abc import Iterable

from kansoku.redact.finding import Finding

_CANDIDATE = re.compile(r"(?<![A-Za-z0-9_.\-])[2-6][0-9]{3}(?:[ \-]?[0-9]){9,15}(?![A-Za-z0-9_]|[\-.][0-9])")
_BRANDS = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|35(?:2[89]|[3-8])|3(?:0[0-5]|[68])|6(?:011|5|4[4-9])|62|5[06-8]"
)
"""First digits of Visa, Mastercard, American Express, JCB, Diners Club, Discover, UnionPay and Maestro."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def find_cards(text: str) -> Iterable[Finding]:
    """Every card number."""
    for match in _CANDIDATE.finditer(text):
        digits = re.sub(r"[ \-]", "", match.group())
        if _BRANDS.match(digits) and luhn(digits):
            yield Finding(match.start(), match.end(), "CREDIT_CARD")


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(_DOUBLED[value] for value in values[1::2])) % 10 == 0
