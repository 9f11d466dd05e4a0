"""Scores, hits and times as tables of text, and scores as figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bench.redaction.reach import Hits
from bench.redaction.score import Score, Tally
from bench.redaction.timing import PATIENCE_S, Times

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


def score_values(score: Score) -> dict[str, Any]:
    """The score as figures."""
    entities = {
        entity: {
            "labels": tally.labels,
            "precision": tally.precision,
            "recall": tally.recall,
            "f1": tally.f1,
            "exact f1": tally.exact_f1,
            "leaked": tally.leaked,
            "false": tally.invented,
        }
        for entity, tally in score.by_entity().items()
    }
    languages = {language: score.mean_f1(language) for language in score.languages}
    return {"mean f1": score.mean_f1(), "by language": languages, "by entity": entities}


def peer_lines(scores: Mapping[str, Score]) -> Iterable[str]:
    """F1 by entity, side by side; then the mean over all, and over what the peer names at all."""
    yield f"{'F1':22}" + "".join(f"{name:>14}" for name in scores)
    entities = sorted({entity for score in scores.values() for entity in score.by_entity()})
    tallies = {name: score.by_entity() for name, score in scores.items()}
    for entity in entities:
        cells = [tallies[name].get(entity, Tally()).f1 for name in scores]
        yield f"{entity:22}" + "".join(f"{share(cell):>14}" for cell in cells)
    yield f"{'mean':22}" + "".join(f"{share(score.mean_f1()):>14}" for score in scores.values())
    named = [score.mean_f1(within=_named(score)) for score in scores.values()]
    yield f"{'mean of what it names':22}" + "".join(f"{share(mean):>14}" for mean in named)


def _named(score: Score) -> set[str]:
    """The entities of which there is a finding at all."""
    return {entity for entity, tally in score.by_entity().items() if tally.matched or tally.invented}


def ordinary_lines(kind: str, root: Path, hits: Hits) -> Iterable[str]:
    """False hits in ordinary text of a kind, and what was read."""
    yield f"{kind}: {hits.files:,} files, {hits.size / 1e6:.1f} MB, of {root}"
    kinds = ", ".join(f"{entity} {count}" for entity, count in hits.by_entity.most_common()) or "none"
    others = f"authors' addresses: {hits.authors}; refused: {hits.refused}"
    yield f"  false hits: {hits.rate:.2f} per MB ({kinds}); {others}"


def time_lines(title: str, found: Mapping[str, Times], sizes: Mapping[str, int]) -> Iterable[str]:
    """CPU microseconds side by side; the ratio is of Presidio to Kansoku."""
    names = list(next(iter(found.values())))
    ratio = f"{'presidio/kansoku':>18}" if "presidio" in names else ""
    yield f"{title:24}" + "".join(f"{name:>15}" for name in names) + ratio
    for case, times in found.items():
        label = f"{case} ({sizes[case]:,} B)" if case in sizes and "KB" not in case else case
        cells = "".join(f"{micros(times[name]):>15}" for name in names)
        yield f"{label:24}{cells}" + (f"{_ratio(times):>18}" if ratio else "")


def micros(time: float | None) -> str:
    """Microseconds; or that our patience ended."""
    if time is None:
        return f"> {PATIENCE_S * 1e6:,.0f}"
    return f"{time:,.1f}" if time < 100 else f"{time:,.0f}"


def _ratio(times: Times) -> str:
    """How many times longer Presidio takes."""
    own, peer = times.get("kansoku"), times.get("presidio")
    if own is None:
        return "-"
    return f"> {PATIENCE_S * 1e6 / own:,.0f}" if peer is None else f"{peer / own:,.0f}"
