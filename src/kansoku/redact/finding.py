"""What a detector found: where, and what kind of thing."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A stretch of a text, from `start` up to `end` (code points), that is an `entity`."""

    start: int
    end: int
    entity: str


Detector = Callable[[str], Iterable[Finding]]
"""Finds one kind of entity in a text whose full-width letters and digits have been made ASCII."""

LEFT = r"(?<![A-Za-z0-9_])"
RIGHT = r"(?![A-Za-z0-9_])"
"""Edges in ASCII: `\\b` would take kana beside a letter for the middle of a word."""


def matches(pattern: re.Pattern[str], text: str, entity: str) -> Iterable[Finding]:
    """Every match of the pattern, as a finding."""
    return (Finding(match.start(), match.end(), entity) for match in pattern.finditer(text))
