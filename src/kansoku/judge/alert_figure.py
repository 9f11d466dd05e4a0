"""The figure that an alert's test is told by: its unit, and the bound that it is held to."""

from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.alerts import Always, Compare, Every, Lost, Reported, Some, Test, Unusual
from kansoku.catalog.measures import Unit
from kansoku.catalog.units import unit_of


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
