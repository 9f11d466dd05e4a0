"""A made-up vocabulary whose words come as often as those of a language: varied, never constant text."""

from __future__ import annotations

import random
from typing import Final

_LETTERS = "etaoinshrdlucmfwypvbgkjqxz"
_OFTEN = tuple(1 / (place + 2) for place in range(len(_LETTERS)))


def _vocabulary(size: int) -> tuple[str, ...]:
    """Words of two to eleven letters, none twice, the same in every run."""
    rng = random.Random(7)
    found: dict[str, None] = {}
    while len(found) < size:
        found["".join(rng.choices(_LETTERS, weights=_OFTEN, k=rng.randint(2, 11)))] = None
    return tuple(found)


FLAT: Final = 20
"""Zipf's law, but flat among the first: the most frequent word is about one in a hundred."""

VOCABULARY: Final = _vocabulary(4_000)


_LONG = 1_000_000


class Text:
    """Varied text under a seed: the frequent words of the vocabulary more often."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        weights = [1 / (place + FLAT) for place in range(len(VOCABULARY))]
        self._long = " ".join(self.random.choices(VOCABULARY, weights, k=_LONG))

    def cut(self, size: int) -> str:
        """A stretch of that many letters, begun anywhere in a text of a million words."""
        begin = self.random.randrange(len(self._long) - size)
        return self._long[begin : begin + size]
