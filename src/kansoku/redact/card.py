"""Payment card numbers: 13 to 19 digits (ISO/IEC 7812), a known issuer range, a Luhn check digit."""

import re
from collections.abc import Iterable

from kansoku.redact.finding import Finding

_CANDIDATE = re.compile(r"(?<![A-Za-z0-9_.\-])[2-6][0-9]{3}(?:[ \-]?[0-9]){9,15}(?![A-Za-z0-9_]|[\-.][0-9])")
_GAP = re.compile(r"[ \-]")
_SHORTEST, _LONGEST = 13, 19
_BRANDS = re.compile(
    r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|3[47]|35(?:2[89]|[3-8])|3(?:0[0-5]|[68])|6(?:011|5|4[4-9])|62|5[06-8]"
)
"""First digits of Visa, Mastercard, American Express, JCB, Diners Club, Discover, UnionPay and Maestro."""

_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def find_cards(text: str) -> Iterable[Finding]:
    """Every card number. A year, date or security code beside one is not part of it."""
    at = 0
    while (candidate := _CANDIDATE.search(text, at)) is not None:
        at = candidate.start() + 1
        for end in _ends(candidate):
            if _is_card(_GAP.sub("", text[candidate.start() : end])):
                yield Finding(candidate.start(), end, "CREDIT_CARD")
                at = end
                break


def _ends(candidate: re.Match[str]) -> Iterable[int]:
    """Where the number may end: at the candidate's own end, then before each gap in it, the longest first."""
    gaps = [candidate.start() + gap.start() for gap in _GAP.finditer(candidate.group())]
    return (candidate.end(), *reversed(gaps))


def _is_card(digits: str) -> bool:
    """Whether the digits are as many as a card has, of a known brand, and check."""
    return _SHORTEST <= len(digits) <= _LONGEST and bool(_BRANDS.match(digits)) and luhn(digits)


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    values = [int(digit) for digit in reversed(digits)]
    return (sum(values[::2]) + sum(_DOUBLED[value] for value in values[1::2])) % 10 == 0
