"""The name around a place of a text: an identifier, or what stands in quotes in front of a colon."""

import re
from dataclasses import dataclass

from kansoku.redact.keys import LONGEST_KEY, OTHER_NAME

_REST = re.compile(
    r"[A-Za-z0-9_\-À-ɏ]{0,100}+(?: (?:keys?|passe|string|number|card|security)(?![A-Za-z0-9_]))?",
    re.IGNORECASE,
)
_KEY_END = re.compile(r'[^"\\\n]{0,100}?(\\{0,7})"\s*+:\s*+')
_LETTERS = "_-."


@dataclass(frozen=True, slots=True)
class Name:
    """A name, and where it stands.

    Attributes:
        text: The name.
        start: Where it begins, without quotes.
        end: Behind it, without quotes.
        value: Where its value begins, if it is a key of JSON.
        escape: The backslashes in front of its quotes, if it is a key of JSON in a JSON string.
    """

    text: str
    start: int
    end: int
    value: int | None = None
    escape: str = ""


def identifier_at(text: str, at: int) -> Name:
    """The identifier around the place; of Chinese characters and kana, up to where a name of secrets ends."""
    match = (_REST if text[at].isascii() else OTHER_NAME).match(text, at)
    end = match.end() if match else at
    start = at
    least = max(0, at - LONGEST_KEY)
    while start > least and (text[start - 1].isalnum() or text[start - 1] in _LETTERS):
        start -= 1
    return Name(text[start:end], start, end)


def json_key_at(text: str, name: Name) -> Name | None:
    """The key of JSON that the identifier is in; None if it is in none."""
    end = _KEY_END.match(text, name.end)
    if end is None:
        return None
    start = text.rfind('"', max(0, name.start - LONGEST_KEY), name.start) + 1
    return Name(text[start : end.start(1)], start, end.start(1), end.end(), end[1]) if start else None
