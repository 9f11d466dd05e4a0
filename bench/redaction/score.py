"""What a finder got right: per entity the labels found, missed and invented.

A label and a finding match if they name the same entity and share at least half of their union; each
matches once. `exact` are the matches with the very same span. `leaked` are the labels of which some code
point lies in no finding of any entity: what would have left the process, whatever it was called.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field

from bench.redaction.document import Document
from kansoku.redact.finding import Finding

Find = Callable[[str], Sequence[Finding]]
HALF = 0.5


@dataclass(slots=True)
class Tally:
    """Counts for one entity. A ratio without a denominator is None."""

    matched: int = 0
    exact: int = 0
    missed: int = 0
    invented: int = 0
    leaked: int = 0

    @property
    def labels(self) -> int:
        """How many labels there were."""
        return self.matched + self.missed

    @property
    def precision(self) -> float | None:
        """The share of findings that are right."""
        return _ratio(self.matched, self.matched + self.invented)

    @property
    def recall(self) -> float | None:
        """The share of labels that were found."""
        return _ratio(self.matched, self.labels)

    @property
    def f1(self) -> float | None:
        """The harmonic mean of both; None where there is no label."""
        return self._harmonic(self.matched)

    @property
    def exact_f1(self) -> float | None:
        """The same, of exact spans alone."""
        return self._harmonic(self.exact)

    def _harmonic(self, right: int) -> float | None:
        """F1 where so many are called right."""
        both = 2 * self.matched + self.missed + self.invented
        return _ratio(2 * right, both) if self.labels else None

    def add(self, other: Tally) -> None:
        """Adds the other's counts."""
        self.matched += other.matched
        self.exact += other.exact
        self.missed += other.missed
        self.invented += other.invented
        self.leaked += other.leaked


@dataclass(frozen=True, slots=True)
class Fault:
    """A label that was missed, or a finding that was invented, in its document."""

    document: Document
    at: Finding


@dataclass(slots=True)
class Score:
    """Tallies by language and entity, and each fault behind them."""

    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict[tuple[str, str], Tally])
    missed: list[Fault] = field(default_factory=list[Fault])
    invented: list[Fault] = field(default_factory=list[Fault])

    def tally(self, language: str, entity: str) -> Tally:
        """The tally to count into."""
        return self.tallies.setdefault((language, entity), Tally())

    @property
    def languages(self) -> list[str]:
        """The languages seen, in order."""
        return sorted({language for language, _ in self.tallies})

    def by_entity(self, language: str | None = None) -> dict[str, Tally]:
        """The tallies by entity, of one language or of all."""
        found: dict[str, Tally] = {}
        for (spoken, entity), tally in sorted(self.tallies.items()):
            if language in (None, spoken):
                found.setdefault(entity, Tally()).add(tally)
        return dict(sorted(found.items()))

    def mean_f1(self, language: str | None = None, within: Container[str] | None = None) -> float | None:
        """The mean over the entities that have labels, each entity counting alike."""
        tallies = self.by_entity(language).items()
        ratios = [tally.f1 for entity, tally in tallies if within is None or entity in within]
        known = [ratio for ratio in ratios if ratio is not None]
        return sum(known) / len(known) if known else None


def scored(documents: Iterable[Document], find: Find, entities: Container[str]) -> Score:
    """The score of a finder over the documents. Labels and findings of other entities are not looked at."""
    score = Score()
    for document in documents:
        _judge(document, [each for each in find(document.text) if each.entity in entities], entities, score)
    return score


def _judge(document: Document, found: list[Finding], entities: Container[str], score: Score) -> None:
    """Adds one document to the score."""
    free = list(found)
    for label in document.entities:
        if label.entity not in entities:
            continue
        tally = score.tally(document.language, label.entity)
        tally.leaked += not covered(label, found)
        match = _best(label, free)
        if match is None:
            tally.missed += 1
            score.missed.append(Fault(document, label))
            continue
        free.remove(match)
        tally.matched += 1
        tally.exact += match == label
    for finding in free:
        score.tally(document.language, finding.entity).invented += 1
        score.invented.append(Fault(document, finding))


def _best(label: Finding, found: Iterable[Finding]) -> Finding | None:
    """The finding that matches the label best, if one does."""
    matching = [each for each in found if each.entity == label.entity and overlap(label, each) >= HALF]
    return max(matching, key=lambda each: overlap(label, each), default=None)


def overlap(one: Finding, other: Finding) -> float:
    """How much of their union two stretches share, from 0 to 1."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return max(0, shared) / (max(one.end, other.end) - min(one.start, other.start))


def covered(label: Finding, found: Iterable[Finding]) -> bool:
    """Whether every code point of the label lies in some finding."""
    at = label.start
    for each in sorted(found):
        if each.start <= at:
            at = max(at, each.end)
    return at >= label.end


def _ratio(part: int, whole: int) -> float | None:
    """The ratio, if there is one."""
    return part / whole if whole else None
