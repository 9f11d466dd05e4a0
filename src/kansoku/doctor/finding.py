"""What one look of the doctor found."""

from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.text import Text

State = Literal["good", "bad", "neutral"]
"""Neutral: not set up here, or nothing to judge."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: what was looked at, how it is, what is seen, and what to do where that is not good."""

    name: str
    title: Text
    state: State
    seen: Text
    remedy: Text | None = None


def same(text: str) -> Text:
    """A text of names and numbers, the same in both languages."""
    return Text(text, text)
