"""What a panel's question is answered with, whichever reader answered it."""

from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.fields import Relation
from kansoku.catalog.measures import Count, Measure, Reading, Sum
from kansoku.catalog.outcomes import TITLES
from kansoku.catalog.panels import Bars, Breakdown, Heatmap, Panel, Recent, Stat, TimeSeries
from kansoku.catalog.text import Text
from kansoku.catalog.windows import step_seconds
from kansoku.query.scope import Grid, Scope

Cell = str | float | bool | None
"""A cell of a table: times are unix seconds, unknown is None."""

OTHER = Text("Other", "その他")
UNKNOWN = Text("Unknown", "不明")


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a time series; None where there is no data."""

    label: Text
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Curves:
    """Lines over the same times, in unix seconds."""

    times: tuple[int, ...]
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One value of the field and its measure; `share` of the whole, where parts add up to one."""

    label: str
    value: float | None
    share: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Bars, largest first; the empty label is unknown."""

    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, one for each column of the panel."""

    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Heat:
    """Rows by step (unix seconds) and place: below the first edge, from each edge on, lowest first."""

    times: tuple[int, ...]
    counts: tuple[tuple[int, ...], ...]


Answer = Curves | Ranking | Table | Reading | Heat


def adds_up(measure: Measure) -> bool:
    """Whether the measure of a whole is the sum of its parts' measures."""
    return isinstance(measure, Count | Sum)


def relations_of(panel: Panel) -> tuple[Relation, ...]:
    """What the panel's rows are of."""
    match panel:
        case TimeSeries() | Breakdown():
            return tuple(line.measure.relation for line in panel.lines)
        case Bars() | Stat():
            return (panel.measure.relation,)
        case Recent() | Heatmap():
            return (panel.relation,)
        case _:
            assert_never(panel)


def grid_of(panel: Panel, grid: Grid) -> Grid:
    """The steps of the panel: those of the grid, unless it has a time of its own up to the same end."""
    if not isinstance(panel, TimeSeries) or panel.window_s is None:
        return grid
    end = grid.scope.end
    scope = Scope(end - panel.window_s, end, grid.scope.filters)
    return Grid(scope, panel.step_s or step_seconds(panel.window_s))


def nothing(panel: Panel, grid: Grid) -> Answer:
    """The panel's answer over no rows that could be known."""
    match panel:
        case TimeSeries():
            return Curves(grid_of(panel, grid).times(), ())
        case Bars():
            return Ranking(())
        case Breakdown() | Recent():
            return Table(())
        case Stat():
            return Reading(None, 0)
        case Heatmap():
            return Heat(grid.times(), ())
        case _:
            assert_never(panel)


def label(field: str, value: str) -> Text:
    """A field's value as a title: in both languages where it is a word of Kansoku's, else as it is."""
    named = TITLES.get(field, {}).get(value) or Text(value, value)
    return named if value else UNKNOWN
