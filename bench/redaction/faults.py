"""The faults of a score as lines to read, for those who write detectors."""

from __future__ import annotations

from collections.abc import Iterable

from bench.redaction.score import Fault, Score

AROUND = 40


def fault_lines(score: Score, count: int, only: str = "") -> Iterable[str]:
    """The first `count` misses and false hits of each entity, each with the text around it."""
    for entity in score.by_entity():
        if only and entity != only:
            continue
        for title, faults in (("missed", score.missed), ("false hit", score.invented)):
            of_it = [each for each in faults if each.at.entity == entity]
            if of_it:
                yield f"\n{entity}: {title}, {len(of_it)} in all"
            yield from (f"  {_shown(each)}" for each in of_it[:count])


def _shown(fault: Fault) -> str:
    """The fault between brackets in its surroundings, and what the document is a case of."""
    text, at = fault.document.text, fault.at
    before, after = text[max(0, at.start - AROUND) : at.start], text[at.end : at.end + AROUND]
    where = " ".join(filter(None, (fault.document.language, fault.document.kind)))
    return f"{where}: {ascii_marks(before)}⟦{ascii_marks(text[at.start : at.end])}⟧{ascii_marks(after)}"


def ascii_marks(text: str) -> str:
    """The text with everything that cannot be seen written as an escape."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
