"""What a detector found: where, and what kind of thing."""

from typing import NamedTuple


class Finding(NamedTuple):
    """A stretch of a text, from `start` up to `end` (code points), that is an `entity`."""

    start: int
    end: int
    entity: str
