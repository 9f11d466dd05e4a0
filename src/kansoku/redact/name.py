"""The name around a place of a text: an identifier, or what stands in quotes in front of a colon."""

import re
from dataclasses import dataclass
from string import ascii_letters, digits

from kansoku.redact.keys import LONGEST_KEY, OTHER_NAME

_REST = re.compile(
    r"[A-Za-z0-9_\-À-ɏ]{0,100}+(?: (?:keys?|passe|string|number|card|security|code)(?![A-Za-z0-9_]))?",
    re.IGNORECASE,
)
_KEY_END = re.compile(r'[^"\\\n]{0,100}?(\\{0,7})"\s*+:\s*+')
_LONGEST_END = 108
"""Code points up to and with the quote that may end a key."""

_COLON = re.compile(r"\s*+:")
_LETTERS = "_-." + ascii_letters + digits + "".join(map(chr, range(0xC0, 0x250)))
_FARTHEST = 12
"""How far in front of a word in kana its name may begin."""


@dataclass(slots=True)  # not frozen: that would triple what it costs to make one
class Name:
    """A name, from `start` up to `end` of a text."""

    text: str
    start: int
    end: int


@dataclass(slots=True)
class JsonKey:
    """A key of JSON, from `start` up to `end` of a text, without its quotes.

    Attributes:
        text: The key.
        start: Where it begins.
        end: Behind it.
        value: Where its value begins.
        escape: The backslashes in front of its quotes, if it stands in a string of JSON itself.
    """

    text: str
    start: int
    end: int
    value: int
    escape: str


def end_at(text: str, at: int) -> int:
    """Where the identifier around the place ends; in kana, where a name of secrets ends."""
    match = (_REST if text[at].isascii() else OTHER_NAME).match(text, at)
    return match.end() if match else at


def is_in_key(text: str, end: int) -> bool:
    """Whether a quote and a colon end a key of JSON not far behind."""
    quote = text.find('"', end, end + LONGEST_KEY)
    return quote >= 0 and _COLON.match(text, quote + 1) is not None


def identifier_at(text: str, at: int, end: int) -> Name:
    """The identifier around the place, which ends there."""
    is_ascii = text[at].isascii()
    before = text[max(0, at - LONGEST_KEY) : at]
    start = at - len(before) + len(before.rstrip(_LETTERS)) if is_ascii else _start_in_kana(text, at)
    return Name(text[start:end], start, end)


def _start_in_kana(text: str, at: int) -> int:
    """Where the name begins that goes on with a word in kana: letters of any script."""
    start = at
    while start > 0 and at - start < _FARTHEST and (text[start - 1].isalnum() or text[start - 1] in "_-"):
        start -= 1
    return start


def json_key_at(text: str, name: Name) -> JsonKey | None:
    """The key of JSON that the identifier is in; None if it is in none."""
    is_far = text.find('"', name.end, name.end + _LONGEST_END) < 0
    end = None if is_far else _KEY_END.match(text, name.end)
    if end is None:
        return None
    start = text.rfind('"', max(0, name.start - LONGEST_KEY), name.start) + 1
    return JsonKey(text[start : end.start(1)], start, end.start(1), end.end(), end[1]) if start else None
