"""The figure that an alert's test is told by: its unit, and the bound that it is held to."""

from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.alerts import Always, Compare, Every, Lost, Reported, Some, Test, Unusual
from kansoku.catalog.fields import Kind
from kansoku.catalog.measures import Count, Mean, Measure, Quantile, Ratio, Share, Sum, Unit


@dataclass(frozen=True, slots=True)
class AlertFigure:
    """The unit of an alarm's value, and its bound; None where it is not held to one."""

    unit: Unit
    bound: float | None = None


def alert_figure(test: Test) -> AlertFigure:
    """Of the test's first figure, which is the one that an alarm tells."""
    match test:
        case Compare(signal, _, bound):
            return AlertFigure(unit_of(signal.measure), bound)
        case Every(tests) | Some(tests):
            return alert_figure(tests[0]) if tests else AlertFigure("count")
        case Unusual(signal):
            return AlertFigure(unit_of(signal.measure))
        case Lost(after_s):
            return AlertFigure("s", after_s)
        case Reported(_, _, _, bound):
            return AlertFigure("count", bound)
        case Always():
            return AlertFigure("count")
        case _:
            assert_never(test)


def unit_of(measure: Measure) -> Unit:
    """What the measure's values are counted in."""
    match measure:
        case Ratio() | Share():
            return "ratio"
        case Count(relation):
            return "calls" if relation.kind == "call" else "count"
        case Quantile(relation, field) | Mean(relation, (field, *_)) | Sum(relation, (field, *_)):
            return _of_kind(relation.field(field).kind, field)
        case Mean() | Sum():
            return "count"
        case _:
            assert_never(measure)


def _of_kind(kind: Kind, field: str) -> Unit:
    match kind:
        case Kind.SECONDS:
            return "s"
        case Kind.USD:
            return "usd"
        case Kind.SCORE:
            return "ratio" if field.endswith("_ratio") else "score"
        case Kind.COUNT:
            return "tokens" if field.endswith("_tokens") else "count"
        case Kind.LABEL | Kind.TEXT | Kind.LABELS | Kind.FLAG:
            return "count"
        case _:
            assert_never(kind)
