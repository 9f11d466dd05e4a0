"""Where a person's money is: cards (ISO/IEC 7812), IBANs (ISO 13616), account numbers."""

import random
from collections.abc import Callable

from bench.redaction.values.check import digits, iban, luhn

BRANDS = (
    ("4", 16, (4, 4, 4, 4)),
    ("4", 16, (4, 4, 4, 4)),
    ("51", 16, (4, 4, 4, 4)),
    ("55", 16, (4, 4, 4, 4)),
    ("2221", 16, (4, 4, 4, 4)),
    ("34", 15, (4, 6, 5)),
    ("37", 15, (4, 6, 5)),
    ("3528", 16, (4, 4, 4, 4)),
    ("3566", 16, (4, 4, 4, 4)),
    ("36", 14, (4, 6, 4)),
    ("6011", 16, (4, 4, 4, 4)),
    ("62", 16, (4, 4, 4, 4)),
)
"""First digits, length and printed groups of the brands; those of Visa twice, as most cards are."""

BANKS = ("DEUTDEFF", "COBA", "NWBK", "BARC", "INGB", "ABNA")


def card(rng: random.Random) -> str:
    """A card number, together or in its groups."""
    prefix, length, groups = rng.choice(BRANDS)
    number = prefix + "".join(rng.choices("0123456789", k=length - len(prefix) - 1))
    return grouped(number + luhn(number), groups, rng.choice(("", " ", " ", "-")))


def grouped(number: str, groups: tuple[int, ...], gap: str) -> str:
    """The number in groups."""
    parts: list[str] = []
    for size in groups:
        parts, number = [*parts, number[:size]], number[size:]
    return gap.join(filter(None, (*parts, number)))


def iban_number(rng: random.Random) -> str:
    """An IBAN, in fours or together."""
    made = rng.choice(
        (
            iban("DE", digits(rng, 18)),
            iban("DE", digits(rng, 18)),
            iban("AT", digits(rng, 16)),
            iban("CH", digits(rng, 17)),
            iban("GB", f"{rng.choice(BANKS)[:4]}{digits(rng, 14)}"),
            iban("NL", f"{rng.choice(BANKS)[:4]}{digits(rng, 10)}"),
            iban("FR", f"{digits(rng, 10)}{digits(rng, 13)}"),
            iban("DK", digits(rng, 14)),
        )
    )
    return grouped(made, (4,) * 9, rng.choice(("", " ")))


def account_ja(rng: random.Random) -> str:
    """A Japanese account number: seven digits."""
    return f"{rng.randrange(10_000_000):07}"


def account_post_ja(rng: random.Random) -> str:
    """Symbol and number of an account at Japan Post Bank."""
    return f"1{rng.randrange(1000):03}0-{digits(rng, 7)}1"


def account_us(rng: random.Random) -> str:
    """An account number of the United States: 8 to 12 digits."""
    return digits(rng, rng.randrange(9, 13))


def account_de(rng: random.Random) -> str:
    """A German account number of before SEPA."""
    return digits(rng, rng.randrange(8, 11))


MAKERS: dict[str, tuple[str, Callable[[random.Random], str]]] = {
    "card": ("CREDIT_CARD", card),
    "iban": ("IBAN", iban_number),
    "account_ja": ("BANK_ACCOUNT", account_ja),
    "account_post_ja": ("BANK_ACCOUNT", account_post_ja),
    "account_us": ("BANK_ACCOUNT", account_us),
    "account_de": ("BANK_ACCOUNT", account_de),
}
