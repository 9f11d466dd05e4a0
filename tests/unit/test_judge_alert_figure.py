"""The bound that stands beside an alarm's figure is the one that this figure is held to."""

from dataclasses import replace

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import Compare, Every, Some
from kansoku.judge.alert_figure import AlertFigure, alert_figure

ONE = next(one.test for one in alerts() if one.name == "HighErrorRate")


def compared(bound: float) -> Compare:
    first = ONE.tests[0] if isinstance(ONE, Every) else ONE
    assert isinstance(first, Compare)
    return replace(first, bound=bound)


def test_one_of_several_has_a_bound_only_where_all_have_the_same() -> None:
    assert alert_figure(Some((compared(0.05), compared(0.05)))) == AlertFigure("ratio", 0.05)
    assert alert_figure(Some((compared(0.15), compared(0.05)))) == AlertFigure("ratio")
    assert alert_figure(Some((Every((compared(0.15), compared(1.0))), compared(0.15)))).bound == 0.15


def test_all_of_several_have_the_bound_of_the_first() -> None:
    assert alert_figure(Every((compared(0.15), compared(0.05)))) == AlertFigure("ratio", 0.15)
    assert alert_figure(Some(())) == alert_figure(Every(())) == AlertFigure("count")
