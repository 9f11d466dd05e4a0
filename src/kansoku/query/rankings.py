"""Rankings by the same field, read in one pass: users are many, and to group them is what a ranking costs.

The statement is of one row: for each panel its largest values, in their order, and the sum of all of them.
"""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from kansoku.catalog.panels import Bars, Panel
from kansoku.query.answer import Bar, Ranking, adds_up
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Scope
from kansoku.query.source import source
from kansoku.query.statement import Cells, Statement, number, whole


@dataclass(frozen=True, slots=True)
class Rankings:
    """The statement for panels that `together` put together; `answers` reads its rows."""

    statement: Statement

    def answers(self, rows: Sequence[Cells]) -> tuple[Ranking, ...]:
        """The panels' answers, in their order."""
        cells = rows[0]
        return tuple(
            _ranking(told, number(total)) for told, total in zip(cells[::2], cells[1::2], strict=True)
        )


def together(panels: Iterable[Panel]) -> list[tuple[Panel, ...]]:
    """The panels in their order; those that are answered in one pass stand with the first of them."""
    found: list[tuple[Panel, ...]] = []
    places: dict[tuple[str, str], int] = {}
    for panel in panels:
        key = (panel.measure.relation.table, panel.by) if isinstance(panel, Bars) and _suits(panel) else None
        if key is not None and key in places:
            found[places[key]] += (panel,)
            continue
        if key is not None:
            places[key] = len(found)
        found.append((panel,))
    return found


def rankings(panels: Sequence[Bars], scope: Scope, held: Held = NOTHING) -> Rankings:
    """What answers the panels, all of one table and one field.

    Raises:
        DefinitionError: If a panel or the scope names a field that its relation lacks.
    """
    rows = source(scope, [panel.measure for panel in panels], by=panels[0].by, held=held)
    # A value that rests on nothing is below every other, and is left out at the end.
    values = ", ".join(
        f"if(n{at} > 0, ifNull(toFloat64(v{at}), -inf), -inf), n{at}" for at in range(len(panels))
    )
    sums = ", ".join(f"sumIf(v{at}, n{at} > 0) AS sum{at}" for at in range(len(panels)))
    told = ", ".join(f"{_largest(at)}, sum{at}" for at in range(len(panels)))
    text = (
        f"SELECT {told} FROM (SELECT groupArray((who, {values})) AS every, {sums} FROM"
        f" (SELECT {rows.who} AS who, {rows.columns} FROM {rows.rows} GROUP BY who))"
    )
    return Rankings(Statement(text, rows.bound | {f"top{at}": one.top for at, one in enumerate(panels)}))


def _suits(panel: Bars) -> bool:
    return panel.share and adds_up(panel.measure)


def _largest(at: int) -> str:
    """The largest of a panel by size, then by name: all as large as the last of them are looked at."""
    top, value, n = f"{{top{at}:UInt32}}", f"one.{2 + 2 * at}", f"one.{3 + 2 * at}"
    least = f"arrayPartialReverseSort({top}, every.{2 + 2 * at})[least({top}, length(every))]"
    return (
        f"arraySlice(arraySort(one -> (-one.2, one.1), arrayMap(one -> (one.1, {value}, {n}),"
        f" arrayFilter(one -> {value} >= {least} AND {value} > -inf, every))), 1, {top})"
    )


def _ranking(told: object, total: float | None) -> Ranking:
    bars: list[Bar] = []
    for who, cell, n in cast("list[list[object]]", told):
        value = number(cell)
        bars.append(Bar(str(who), value, value / total if value is not None and total else None, whole(n)))
    return Ranking(tuple(bars))
