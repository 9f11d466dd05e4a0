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
    """Of the test's first figure, which is the one that an alarm tells.

    Where one of several tests is enough, an alarm tells the figure of one that holds: a bound that is not
    that of all would stand beside a figure that is held to another.
    """
    match test:
        case Compare(signal, _, bound):
            return AlertFigure(unit_of(signal.measure), bound)
        case Every(tests) | Some(tests):
            figures = [alert_figure(one) for one in tests] or [AlertFigure("count")]
            is_held = isinstance(test, Every) or len({one.bound for one in figures}) == 1
            return figures[0] if is_held else AlertFigure(figures[0].unit)
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
