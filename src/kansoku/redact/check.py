"""Check digits, each by the standard or office that set it."""

from operator import mul

_ZERO = ord("0")
_VALUES = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
"""The sum of the digits of twice each digit; bytes are summed ten times as fast as numbers made of them."""

_VERHOEFF = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)
"""Verhoeff's permutation, applied 0 to 7 times."""


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1, annex B)."""
    written = digits.encode()
    total = sum(written[-1::-2]) + sum(written[-2::-2].translate(_DOUBLED)) - _ZERO * len(digits)
    return total % 10 == 0


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    """The sum of the digits, each times its weight."""
    return sum(map(mul, digits.encode().translate(_VALUES), weights))


def mod_11_10(digits: str) -> bool:
    """Whether the last digit checks by ISO/IEC 7064, MOD 11,10."""
    product = 10
    for digit in digits[:-1]:
        product = (int(digit) + product) % 10 or 10
        product = product * 2 % 11
    return (11 - product) % 10 == int(digits[-1])


def verhoeff(digits: str) -> bool:
    """Whether the digits check by Verhoeff's scheme (J. Verhoeff, 1969)."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _dihedral(check, _VERHOEFF[place % 8][int(digit)])
    return check == 0


def _dihedral(one: int, other: int) -> int:
    """The product in the symmetry group of the pentagon."""
    if one < 5:  # noqa: PLR2004  five turns, then five reflections
        return (one + other) % 5 if other < 5 else 5 + (one + other) % 5  # noqa: PLR2004
    return 5 + (one - other) % 5 if other < 5 else (one - other) % 5  # noqa: PLR2004


def mod_97(text: str) -> bool:
    """Whether letters and digits check by ISO/IEC 7064, MOD 97-10, its first four characters moved behind."""
    moved = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def is_date(digits: str) -> bool:
    """Whether six digits can be year, month and day."""
    return "01" <= digits[2:4] <= "12" and "01" <= digits[4:6] <= "31"
