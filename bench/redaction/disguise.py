"""Disguises: the same value as it comes out of forms, pages, PDF files, chats and encoders."""

from __future__ import annotations

import random
from collections.abc import Callable

Disguise = Callable[[str, random.Random], str]

_WIDE = {ord(" "): "\u3000"} | {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_WIDE_DIGITS = {code: chr(code + 0xFEE0) for code in range(ord("0"), ord("9") + 1)}
_DASHES = "‐‑–—−－ー"
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff"


def wide(value: str, _: random.Random) -> str:
    """Full-width, as Japanese input methods write it."""
    return value.translate(_WIDE)


def wide_digits(value: str, rng: random.Random) -> str:
    """Full-width digits with a dash of another kind between them."""
    return dashes(value, rng).translate(_WIDE_DIGITS)


def dashes(value: str, rng: random.Random) -> str:
    """Another dash for the hyphen."""
    return value.replace("-", rng.choice(_DASHES))


def zero_width(value: str, rng: random.Random) -> str:
    """An unseen character at one or two places inside."""
    return _between(value, rng, _UNSEEN)


def soft_hyphen(value: str, rng: random.Random) -> str:
    """A soft hyphen inside, where a page might have broken the line."""
    return _between(value, rng, "\u00ad")


def no_break(value: str, _: random.Random) -> str:
    """Spaces that keep a line together."""
    return value.replace(" ", "\u00a0")


def spaced(value: str, _: random.Random) -> str:
    """A space between any two digits."""
    return " ".join(value.replace(" ", "").replace("-", ""))


def percent(value: str, _: random.Random) -> str:
    """As in an address's query (RFC 3986)."""
    return value.replace("+", "%2B").replace("@", "%40")


def escaped(value: str, _: random.Random) -> str:
    """The at sign as a JSON or JavaScript escape."""
    return value.replace("@", "\\u0040")


def reference(value: str, rng: random.Random) -> str:
    """The at sign as a character reference of HTML."""
    return value.replace("@", rng.choice(("&#64;", "&#x40;", "&commat;")))


def at_word(value: str, rng: random.Random) -> str:
    """The at sign as a word in brackets, at times the dots too."""
    local, domain = value.split("@")
    sign = rng.choice(("[at]", "(at)", " [at] ", " (at) "))
    dotted = rng.choice((domain, domain.replace(".", "[dot]")))
    return f"{local}{sign}{dotted}"


def _between(value: str, rng: random.Random, unseen: str) -> str:
    """The value with an unseen character after one or two of its characters, never the last."""
    places = {rng.randrange(1, len(value)) for _ in range(2)}
    return "".join(f"{rng.choice(unseen)}{each}" if at in places else each for at, each in enumerate(value))


NUMBER = (wide, wide_digits, zero_width, soft_hyphen, dashes)
DISGUISES: dict[str, tuple[Disguise, ...]] = {
    "EMAIL": (wide, zero_width, soft_hyphen, percent, escaped, reference, at_word),
    "PHONE": (*NUMBER, no_break),
    "CREDIT_CARD": (*NUMBER, no_break, spaced),
    "MY_NUMBER": NUMBER,
    "POSTAL_CODE": (wide_digits, dashes),
    "DRIVER_LICENSE": (wide, zero_width),
    "PASSPORT": (wide, zero_width),
    "BANK_ACCOUNT": (wide_digits,),
    "US_SSN": (zero_width, soft_hyphen, dashes),
    "IBAN": (zero_width, no_break, soft_hyphen),
}
"""Which of them a value of an entity is met in."""

_JAPANESE = (wide, wide_digits)


def disguises_of(entity: str, language: str) -> list[Disguise]:
    """The disguises of an entity in texts of a language: full width is Japanese."""
    return [each for each in DISGUISES.get(entity, ()) if language == "ja" or each not in _JAPANESE]
