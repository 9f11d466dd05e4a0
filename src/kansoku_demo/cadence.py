"""A rare event that comes at an even pace, so that a short demo shows the rate a long one has."""

from __future__ import annotations


class Cadence:
    """Due at the `first` count, and then once in every `every` counts."""

    def __init__(self, *, every: int, first: int) -> None:
        self._every = every
        self._left = first

    def due(self) -> bool:
        """Count one; True when it is the turn of the rare event."""
        self._left -= 1
        if self._left > 0:
            return False
        self._left = self._every
        return True
