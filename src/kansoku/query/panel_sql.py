"""A panel as statements over the narrow tables, and the way back from their rows to its answer.

Aliases (`at`, `place`, `who`, `share`, `v0`, `n0` …) are never names of columns: ClickHouse would
put the alias in the column's place.
"""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.fields import Field, Kind
from kansoku.catalog.measures import Measure
from kansoku.catalog.panels import Bars, Breakdown, Heatmap, Line, Panel, Recent, Stat, TimeSeries
from kansoku.errors import DefinitionError
from kansoku.query import sql
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
from kansoku.query.oracle import read
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Grid, Scope
from kansoku.query.source import STEP, Source, source
from kansoku.query.statement import Cells, Statement, number, reading, whole

Found = Sequence[Sequence[Cells]]
"""The rows of each statement, in the statements' order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The statements to run for a panel, and what makes its answer of their rows.

    `error` tells how far a quantile may lie off, as a share of it; None where every value is exact.
    """

    statements: tuple[Statement, ...]
    answer: Callable[[Found], Answer]
    error: float | None = None


def plan(panel: Panel, grid: Grid, held: Held = NOTHING) -> Plan:
    """How the panel is answered from the store, in which the rollups hold what `held` tells.

    Raises:
        DefinitionError: If the panel or the scope names a field that its relation lacks, or splits
            what cannot be split.
    """
    grid = grid_of(panel, grid)
    match panel:
        case TimeSeries(by=by):
            return _lines(panel, grid, held) if by is None else _split(panel, by, grid, held)
        case Bars():
            return _bars(panel, grid.scope, held)
        case Breakdown():
            return _breakdown(panel, grid.scope, held)
        case Recent():
            return _recent(panel, grid.scope)
        case Stat(measure=measure):
            return _stat(measure, grid.scope, held)
        case Heatmap():
            return _heatmap(panel, grid, held)
        case _:
            assert_never(panel)


def _lines(panel: TimeSeries, grid: Grid, held: Held) -> Plan:
    tables: dict[str, list[Line]] = {}
    for line in panel.lines:
        tables.setdefault(line.measure.relation.table, []).append(line)
    groups = list(tables.values())

    def answer(found: Found) -> Answer:
        drawn: dict[str, Curve] = {}
        for lines, rows in zip(groups, found, strict=True):
            for place, line in enumerate(lines):
                values = {whole(cells[0]): number(cells[1 + 2 * place]) for cells in rows}
                drawn[line.id] = Curve(line.title, _gapped(line.measure, values, grid))
        return Curves(grid.times(), tuple(drawn[line.id] for line in panel.lines))

    sources = [_over_time(lines, grid, held) for lines in groups]
    return Plan(tuple(map(_by_step, sources)), answer, _error(sources))


def _over_time(lines: Sequence[Line], grid: Grid, held: Held) -> Source:
    return source(grid.whole, (line.measure for line in lines), step_s=grid.step_s, held=held)


def _by_step(found: Source) -> Statement:
    return Statement(f"SELECT {found.at} AS at, {found.columns} FROM {found.rows} GROUP BY at", found.bound)


def _error(sources: Sequence[Source]) -> float | None:
    return max((found.error for found in sources if found.error is not None), default=None)


def _split(panel: TimeSeries, by: str, grid: Grid, held: Held) -> Plan:
    if len(panel.lines) != 1:
        raise DefinitionError(f"panel {panel.id}: a series that is split has one line")
    measure = panel.lines[0].measure
    found = source(grid.whole, [measure], by=by, step_s=grid.step_s, held=held)
    text = (
        f"WITH (SELECT groupArray(who) FROM ({_ranked(found)})) AS named "
        f"SELECT {found.at} AS at, indexOf(named, {found.who}) AS place, named[place] AS who, "
        f"{found.columns} FROM {found.rows} GROUP BY at, place HAVING n0 > 0"
    )

    def answer(rows: Found) -> Answer:
        return Curves(grid.times(), tuple(_ranked_curves(measure, by, rows[0], grid)))

    return Plan((Statement(text, found.bound | {"top": panel.top}),), answer, found.error)


def _ranked_curves(measure: Measure, by: str, rows: Sequence[Cells], grid: Grid) -> Sequence[Curve]:
    """The named curves by their place, then the remainder (place 0) where parts add up."""
    labels: dict[int, str] = {}
    values: dict[int, dict[int, float | None]] = {}
    for at, place, who, value, _ in rows:
        labels[whole(place)] = str(who)
        values.setdefault(whole(place), {})[whole(at)] = number(value)
    others = values.pop(0, {}) if adds_up(measure) else {}
    values.pop(0, None)
    curves = [
        Curve(label(by, labels[place]), _gapped(measure, values[place], grid)) for place in sorted(values)
    ]
    return [*curves, Curve(OTHER, _gapped(measure, others, grid))] if others else curves


def _bars(panel: Bars, scope: Scope, held: Held) -> Plan:
    rows = source(scope, [panel.measure], by=panel.by, held=held)
    shared = panel.share and adds_up(panel.measure)
    share = "v0 / nullIf(sum(v0) OVER (), 0)" if shared else "NULL"
    text = _ranked(rows, f", {share} AS share")

    def answer(found: Found) -> Answer:
        return Ranking(
            tuple(Bar(str(who), number(value), number(share), whole(n)) for who, value, n, share in found[0])
        )

    return Plan((Statement(text, rows.bound | {"top": panel.top}),), answer, rows.error)


def _breakdown(panel: Breakdown, scope: Scope, held: Held) -> Plan:
    relation = panel.lines[0].measure.relation
    if any(line.measure.relation.table != relation.table for line in panel.lines):
        raise DefinitionError(f"panel {panel.id}: the lines of a table are about one relation")
    rows = source(scope, (line.measure for line in panel.lines), by=panel.by, held=held)

    def answer(found: Found) -> Answer:
        return Table(tuple((str(row[0]) or None, *map(number, row[1::2])) for row in found[0]))

    statement = Statement(_ranked(rows), rows.bound | {"top": panel.top})
    return Plan((statement,), answer, rows.error)


def _recent(panel: Recent, scope: Scope) -> Plan:
    relation = panel.relation
    fields = [sql.field_of(relation, column.field) for column in panel.columns]
    where, bound = sql.scoped(scope, relation)
    columns = ", ".join(f"{_shown(field)} AS c{at}" for at, field in enumerate(fields))
    rows = f"{relation.table} WHERE {where} AND {sql.rows_of(relation, panel.where)}"
    # By its time alone the table is read backwards and no further than needed; ties are for these few rows.
    oldest = f"SELECT min(time) FROM (SELECT time FROM {rows} ORDER BY time DESC LIMIT {{limit:UInt32}})"
    text = (
        f"SELECT {columns} FROM {rows} AND time >= ({oldest}) "
        "ORDER BY time DESC, span_id LIMIT {limit:UInt32}"
    )

    def answer(found: Found) -> Answer:
        return Table(tuple(tuple(map(_cell, fields, row)) for row in found[0]))

    return Plan((Statement(text, bound | {"limit": panel.limit}),), answer)


def _stat(measure: Measure, scope: Scope, held: Held) -> Plan:
    rows = source(scope, [measure], held=held)

    def answer(found: Found) -> Answer:
        return reading(*found[0][0])

    statement = Statement(f"SELECT {rows.columns} FROM {rows.rows}", rows.bound)
    return Plan((statement,), answer, rows.error)


def _heatmap(panel: Heatmap, grid: Grid, held: Held) -> Plan:
    """By a column for each place where rollups suit; of the table, a row for each is quicker."""
    found = source(grid.whole, panel.counts, step_s=grid.step_s, held=held)
    if found.is_table:
        return _heatmap_of_table(panel, grid)
    statement = Statement(
        f"SELECT {found.at} AS at, {found.values} FROM {found.rows} GROUP BY at", found.bound
    )

    def answer(rows: Found) -> Answer:
        counts = {whole(at): tuple(map(whole, each)) for at, *each in rows[0]}
        nothing = (0,) * len(panel.counts)
        return Heat(grid.times(), tuple(zip(*grid.spread(counts, nothing), strict=True)))

    return Plan((statement,), answer)


def _heatmap_of_table(panel: Heatmap, grid: Grid) -> Plan:
    relation = panel.relation
    value = sql.number_of(relation, panel.field)
    where, bound = sql.scoped(grid.whole, relation)
    edges = ", ".join(map(repr, panel.edges))
    text = (
        f"SELECT {STEP.format(time='time')} AS at, arrayCount(edge -> {value} >= edge, [{edges}]) AS place, "
        f"count() AS n0 FROM {relation.table} WHERE {where} AND {sql.rows_of(relation, panel.where)} "
        f"AND isNotNull({panel.field}) GROUP BY at, place"
    )

    def answer(found: Found) -> Answer:
        held = {(whole(at), whole(place)): whole(n) for at, place, n in found[0]}
        times = grid.times()
        places = range(len(panel.edges) + 1)
        return Heat(times, tuple(tuple(held.get((at, place), 0) for at in times) for place in places))

    return Plan((Statement(text, bound | {"step": grid.step_s}),), answer)


def _ranked(found: Source, more: str = "") -> str:
    """The groups on which anything rests, largest measure first, then by name."""
    return (
        f"SELECT {found.who} AS who, {found.columns}{more} FROM {found.rows} GROUP BY who HAVING n0 > 0 "
        "ORDER BY v0 DESC NULLS LAST, who LIMIT {top:UInt32}"
    )


def _gapped(measure: Measure, values: dict[int, float | None], grid: Grid) -> tuple[float | None, ...]:
    """The values on the grid; a step without rows is what the measure means over nothing."""
    return tuple(grid.spread(values, read(measure, ()).value))


def _shown(field: Field) -> str:
    if sql.is_time(field):
        return f"toUnixTimestamp64Nano({field.name})"
    match field.kind:
        case Kind.LABEL | Kind.TEXT:
            return f"toString({field.name})"
        case Kind.LABELS:
            return f"arrayStringConcat({field.name}, ', ')"
        case Kind.COUNT | Kind.SECONDS | Kind.USD | Kind.SCORE | Kind.FLAG:
            return field.name
        case _:
            assert_never(field.kind)


def _cell(field: Field, cell: object) -> Cell:
    if sql.is_time(field):
        return whole(cell) / 10**9
    match field.kind:
        case Kind.LABEL | Kind.TEXT | Kind.LABELS:
            return str(cell) or None
        case Kind.COUNT | Kind.SECONDS | Kind.USD | Kind.SCORE:
            return number(cell)
        case Kind.FLAG:
            return None if cell is None else bool(cell)
        case _:
            assert_never(field.kind)
