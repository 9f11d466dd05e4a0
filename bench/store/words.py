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


class Text:
    """Varied text under a seed: the frequent words of the vocabulary more often."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._upto = [0.0]
        for place in range(len(VOCABULARY)):
            self._upto.append(self._upto[-1] + 1 / (place + FLAT))

    def words(self, count: int) -> str:
        """That many words."""
        return " ".join(self.random.choices(VOCABULARY, cum_weights=self._upto[1:], k=count))
