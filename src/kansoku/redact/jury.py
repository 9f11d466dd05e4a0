"""A jury: the detectors that judge numbers of some groups that begin with a certain digit."""

from collections.abc import Iterable
from dataclasses import dataclass

from kansoku.redact.caption import Hints
from kansoku.redact.column import Tables
from kansoku.redact.detector import NumberDetector
from kansoku.redact.number import Front, Groups

Judges = tuple[tuple[int, NumberDetector], ...]
"""Detectors of numbers with their ranks, in order."""


@dataclass(slots=True)  # not frozen: protocols of what may be set
class Jury:
    """Who judges a number: all, or those that need no word, where no part of a word of the others is.

    Attributes:
        judges: All of them.
        hints: The parts of which one stands at each number that the others take; None if there are no others.
        wordless: Those that need no word.
    """

    judges: Judges
    hints: Hints | None
    wordless: Judges

    @classmethod
    def of(cls, detectors: Judges, groups: Groups, first: str) -> "Jury":
        """Those of the detectors that may take a number with these groups and this first digit."""
        size = sum(groups)
        judges = tuple(
            (rank, one) for rank, one in detectors if size in one.sizes and one.fits(groups, first)
        )
        needs = {rank: one.needs(groups, first) for rank, one in judges}
        parts = [part for each in needs.values() for part in each or ()]
        wordless = tuple((rank, one) for rank, one in judges if needs[rank] is None)
        return cls(judges, Hints(shortest(parts)) if parts else None, wordless)

    def at(self, start: int, tables: Tables) -> Judges:
        """Those who judge a number at the place."""
        hints = self.hints
        if hints is None or hints.are_before(tables.text, start):
            return self.judges
        head = tables.head(start)
        return self.judges if head and hints.are_in(head) else self.wordless

    def behind(self, front: Front) -> Judges:
        """The same, where what stands in front is known already, perhaps from another number."""
        return self.judges if self.hints is None or self.hints.are_at(front) else self.wordless


def shortest(parts: Iterable[str]) -> tuple[str, ...]:
    """The parts in which no other one is, in order."""
    each = dict.fromkeys(parts)
    return tuple(part for part in each if not any(other in part for other in each if other != part))
