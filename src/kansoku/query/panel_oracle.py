"""What a panel's answer is, over rows in plain Python: the meaning that its SQL is held to."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import assert_never, cast

from kansoku.catalog.fields import Kind
from kansoku.catalog.measures import Measure, Reading
from kansoku.catalog.panels import Bars, Breakdown, Heatmap, Panel, Recent, Stat, TimeSeries
from kansoku.query.answer import (
    OTHER,
    Answer,
    Bar,
    Cell,
    Curve,
    Curves,
    Heat,
    Ranking,
    Table,
    adds_up,
    grid_of,
    label,
)
from kansoku.query.oracle import Row, belongs, holds, read, within
from kansoku.query.scope import Grid

Rows = Mapping[str, Sequence[Row]]
"""The rows by table."""


def answer(panel: Panel, rows: Rows, grid: Grid) -> Answer:
    """The panel's answer over the grid's scope; time series only from its first whole step on."""
    grid = grid_of(panel, grid)
    match panel:
        case TimeSeries():
            return _curves(panel, rows, grid)
        case Bars():
            return _ranking(panel, within(grid.scope, rows[panel.measure.relation.table]))
        case Breakdown():
            return _breakdown(panel, rows, grid)
        case Recent():
            return _recent(panel, within(grid.scope, rows[panel.relation.table]))
        case Stat(measure=measure):
            return read(measure, within(grid.scope, rows[measure.relation.table]))
        case Heatmap():
            return _heat(panel, within(grid.whole, rows[panel.relation.table]), grid)
        case _:
            assert_never(panel)


def _curves(panel: TimeSeries, rows: Rows, grid: Grid) -> Curves:
    def over(measure: Measure, of: Callable[[Row], bool]) -> tuple[float | None, ...]:
        inside = within(grid.whole, rows[measure.relation.table])
        steps: dict[int, list[Row]] = {time: [] for time in grid.times()}
        for row in inside:
            if of(row):
                steps[_step(row, grid.step_s)].append(row)
        return tuple(read(measure, held).value for held in steps.values())

    if panel.by is None:
        lines = (Curve(line.title, over(line.measure, lambda _: True)) for line in panel.lines)
        return Curves(grid.times(), tuple(lines))
    return Curves(grid.times(), tuple(_split(panel, panel.by, rows, grid, over)))


def _split(
    panel: TimeSeries,
    by: str,
    rows: Rows,
    grid: Grid,
    over: Callable[[Measure, Callable[[Row], bool]], tuple[float | None, ...]],
) -> Iterable[Curve]:
    measure = panel.lines[0].measure
    ranked = [who for who, _ in _ranked(measure, by, within(grid.whole, _table(rows, measure)))]
    named, rest = ranked[: panel.top], ranked[panel.top :]
    for who in named:
        yield Curve(label(by, who), over(measure, lambda row, who=who: _value(row, by) == who))
    if rest and adds_up(measure):
        yield Curve(OTHER, over(measure, lambda row: _value(row, by) not in named))


def _ranking(panel: Bars, rows: Sequence[Row]) -> Ranking:
    ranked = _ranked(panel.measure, panel.by, rows)
    total = sum(found.value or 0 for _, found in ranked)
    shared = panel.share and adds_up(panel.measure) and total > 0
    bars = (
        Bar(who, found.value, (found.value or 0) / total if shared else None, found.n)
        for who, found in ranked[: panel.top]
    )
    return Ranking(tuple(bars))


def _breakdown(panel: Breakdown, rows: Rows, grid: Grid) -> Table:
    inside = within(grid.scope, _table(rows, panel.lines[0].measure))
    ranked = _ranked(panel.lines[0].measure, panel.by, inside)[: panel.top]

    def cells(who: str) -> tuple[Cell, ...]:
        mine = [row for row in inside if _value(row, panel.by) == who]
        return (who or None, *(read(line.measure, mine).value for line in panel.lines))

    return Table(tuple(cells(who) for who, _ in ranked))


def _recent(panel: Recent, rows: Sequence[Row]) -> Table:
    held = [row for row in rows if belongs(panel.relation, row) and holds(panel.where, row)]
    held.sort(key=lambda row: (-_nanoseconds(row), str(row.get("span_id", ""))))
    kinds = {field.name: field.kind for field in panel.relation.fields}

    def cells(row: Row) -> tuple[Cell, ...]:
        return tuple(_cell(row, column.field, kinds[column.field]) for column in panel.columns)

    return Table(tuple(cells(row) for row in held[: panel.limit]))


def _heat(panel: Heatmap, rows: Sequence[Row], grid: Grid) -> Heat:
    counts = [dict.fromkeys(grid.times(), 0) for _ in range(len(panel.edges) + 1)]
    for row in rows:
        value = row.get(panel.field)
        if isinstance(value, int | float) and belongs(panel.relation, row) and holds(panel.where, row):
            counts[bisect_right(panel.edges, value)][_step(row, grid.step_s)] += 1
    return Heat(grid.times(), tuple(tuple(place.values()) for place in counts))


def _ranked(measure: Measure, by: str, rows: Iterable[Row]) -> list[tuple[str, Reading]]:
    """The values of the field on which anything rests, largest measure first, then by name."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(_value(row, by), []).append(row)
    found = [(who, read(measure, mine)) for who, mine in groups.items()]
    return sorted((pair for pair in found if pair[1].n > 0), key=_largest_first)


def _largest_first(pair: tuple[str, Reading]) -> tuple[bool, float, str]:
    who, found = pair
    return (found.value is None, -(found.value or 0), who)


def _table(rows: Rows, measure: Measure) -> Sequence[Row]:
    return rows[measure.relation.table]


def _value(row: Row, field: str) -> str:
    return str(row.get(field) or "")


def _nanoseconds(row: Row) -> int:
    time = row["time"]
    return time if isinstance(time, int) else 0


def _step(row: Row, step_s: int) -> int:
    return _nanoseconds(row) // 10**9 // step_s * step_s


def _cell(row: Row, field: str, kind: Kind) -> Cell:
    if field == "time":
        return _nanoseconds(row) / 10**9
    value = row.get(field)
    match kind:
        case Kind.LABEL | Kind.TEXT:
            return str(value) if value else None
        case Kind.LABELS:
            return ", ".join(cast("list[str]", value)) if value else None
        case Kind.COUNT | Kind.SECONDS | Kind.USD | Kind.SCORE:
            return float(value) if isinstance(value, int | float) else None
        case Kind.FLAG:
            return value if isinstance(value, bool) else None
        case _:
            assert_never(kind)
