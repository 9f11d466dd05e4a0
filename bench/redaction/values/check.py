"""Check digits, by the rule of each issuer. Written apart from the detectors' own, to catch their slips."""

import random

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VERHOEFF_PERMUTED = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
_VERHOEFF_INVERSE = (0, 4, 3, 2, 1, 5, 6, 7, 8, 9)


def digits(rng: random.Random, count: int) -> str:
    """So many digits, the first of them no zero."""
    return str(rng.randrange(10 ** (count - 1), 10**count))


def weighted(number: str, weights: str) -> int:
    """The digits, each times its weight (a digit as well), summed."""
    return sum(int(digit) * int(weight) for digit, weight in zip(number, weights, strict=True))


def luhn(number: str) -> str:
    """ISO/IEC 7812-1, annex B: the digit to append."""
    total = 0
    for at, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 - at % 2)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


def mod97(text: str) -> int:
    """The remainder of a text whose letters count from 10 (ISO/IEC 7064)."""
    return int("".join(str(int(each, 36)) for each in text)) % 97


def iban(country: str, account: str) -> str:
    """ISO 13616: country, two check digits, account."""
    return f"{country}{98 - mod97(f'{account}{country}00'):02}{account}"


def my_number(eleven: str) -> str:
    """Japan, ordinance 85 of 2014 of the Ministry of Internal Affairs, article 5."""
    rest = weighted(eleven, "65432765432") % 11
    return str(0 if rest <= 1 else 11 - rest)


def corporate(twelve: str) -> str:
    """Japan's corporate number (法人番号): the digit to put in front."""
    return str(9 - weighted(twelve, "212121212121") % 9)


def ean(twelve: str) -> str:
    """EAN-13, and so ISBN-13 and JAN."""
    return str(-weighted(twelve, "131313131313") % 10)


def iso7064_11_10(number: str) -> str:
    """ISO/IEC 7064, MOD 11,10: Germany's tax id."""
    product = 10
    for digit in number:
        product = ((int(digit) + product) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def verhoeff(number: str) -> str:
    """J. Verhoeff, 1969: India's Aadhaar."""
    state = 0
    for at, digit in enumerate(reversed(number), 1):
        value = int(digit)
        for _ in range(at % 8):
            value = _VERHOEFF_PERMUTED[value]
        state = _dihedral(state, value)
    return str(_VERHOEFF_INVERSE[state])


def _dihedral(one: int, other: int) -> int:
    """The product in the group of the pentagon's symmetries, which Verhoeff's table is of."""
    if one < 5:
        return (one + other) % 5 if other < 5 else 5 + (one + other) % 5
    return 5 + (one - other) % 5 if other < 5 else (one - other) % 5
