"""A recognizer of names and addresses by Microsoft Presidio, for those who have an analyzer of theirs.

Nothing is imported: the analyzer is built by the application, with the models of its choice. The interface
is `AnalyzerEngine.analyze` as Presidio's documentation has it; offsets are code points of the text.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from kansoku.redact.finding import Finding

ENTITIES: Mapping[str, str] = {"PERSON": "PERSON", "LOCATION": "ADDRESS"}
"""Presidio's names of what it adds, with the names that findings have here."""


class Result(Protocol):
    """One `RecognizerResult`."""

    @property
    def entity_type(self) -> str:
        """Presidio's name of the entity."""
        ...

    @property
    def start(self) -> int:
        """Where it begins."""
        ...

    @property
    def end(self) -> int:
        """Where it ends, exclusive."""
        ...

    @property
    def score(self) -> float:
        """How sure it is, from 0 to 1."""
        ...


class Analyzer(Protocol):
    """The part of an `AnalyzerEngine` that is used."""

    def analyze(
        self,
        text: str,
        language: str,
        entities: list[str] | None = None,
        score_threshold: float | None = None,
    ) -> Sequence[Result]:
        """What is in the text."""
        ...


def presidio_recognizer(
    analyzer: Analyzer,
    *,
    language: str = "en",
    entities: Mapping[str, str] | Sequence[str] = ENTITIES,
    threshold: float = 0.5,
) -> Callable[[str], list[Finding]]:
    """A recognizer for `Redactor(recognizers=…)`. What the analyzer raises, masks the text whole.

    Models take milliseconds a text: use it where nobody waits, such as the redactor of a batch job.

    Args:
        analyzer: The engine, with recognizers and models loaded; it must stand being used by several threads.
        language: The language of the texts.
        entities: Presidio's names of what to look for, or those with the names that findings are to have.
        threshold: How sure it must be, from 0 to 1.
    """
    named = {one: entities[one] if isinstance(entities, Mapping) else one for one in entities}
    wanted = list(named)

    def recognize(text: str) -> list[Finding]:
        found = analyzer.analyze(text=text, language=language, entities=wanted, score_threshold=threshold)
        return [
            Finding(one.start, one.end, named[one.entity_type])
            for one in found
            if one.entity_type in named and one.score >= threshold
        ]

    return recognize
