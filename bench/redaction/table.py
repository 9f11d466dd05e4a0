"""Scores as tables of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.redaction.score import Score, Tally

HEAD = f"{'':16}{'labels':>7}{'precision':>11}{'recall':>8}{'F1':>8}{'exact F1':>10}{'leaked':>8}{'false':>7}"


def score_lines(score: Score) -> Iterable[str]:
    """Every entity's row, then the mean, then the mean by language."""
    yield HEAD
    for entity, tally in score.by_entity().items():
        yield _row(entity, tally)
    yield f"{'mean F1':16}{share(score.mean_f1()):>34}"
    for language in score.languages:
        worst = _worst(score.by_entity(language))
        yield f"  {language:14}{share(score.mean_f1(language)):>34}   lowest: {worst}"


def _row(entity: str, tally: Tally) -> str:
    """One entity's row."""
    return (
        f"{entity:16}{tally.labels:7}{share(tally.precision):>11}{share(tally.recall):>8}{share(tally.f1):>8}"
        f"{share(tally.exact_f1):>10}{tally.leaked:8}{tally.invented:7}"
    )


def _worst(tallies: Mapping[str, Tally]) -> str:
    """The entity with the lowest F1, and it."""
    ranked = sorted((tally.f1, entity) for entity, tally in tallies.items() if tally.f1 is not None)
    return f"{ranked[0][1]} {share(ranked[0][0])}" if ranked else "none"


def share(ratio: float | None) -> str:
    """A ratio with three digits, or a dash where there is none."""
    return "-" if ratio is None else f"{ratio:.3f}"
