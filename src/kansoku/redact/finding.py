"""What a detector found: where, and what kind of thing."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A stretch of a text, from `start` up to `end` (code points), that is an `entity`."""

    start: int
    end: int
    entity: str
