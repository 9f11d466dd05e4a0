"""Rankings by the same field, read in one pass: users are many, and to group them is what a ranking costs.

The statement is of one row: for each panel its largest values, in their order, and the sum of all of them.

Where rollups keep the largest values in front, the front is read first, and of all others the sums and the
largest of each stretch. No value behind can be larger than the sum of these largest, so few can be among the
first ten. If these stand in front all the time, that was the answer; else what is wanted is read of them
alone, and of all where too many may be. Nothing is guessed.
"""

# Only names and literals of the catalog are written into the text; what users give is bound.

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from kansoku.catalog.panels import Bars, Panel
from kansoku.catalog.rollups import ROLLUPS, Place
from kansoku.query.answer import Bar, Ranking, adds_up
from kansoku.query.rolled import NOTHING, Held, pieces
from kansoku.query.scope import Scope
from kansoku.query.source import Source, source
from kansoku.query.statement import Cells, Parameter, Statement, number, whole

_FRONTED = {one.by for one in ROLLUPS if one.front}
_MOST_AMONG = 128
"""Of each panel; where more can be among its largest, all are read."""
_ROUNDED = 1e-9


@dataclass(frozen=True, slots=True)
class Rankings:
    """The statement for panels that `together` put together; `answers` reads its rows.

    `front`, where there is one, is to be asked before, and `narrowed` tells what is left to ask then.
    """

    statement: Statement
    front: Statement | None = None
    _asked: tuple[Sequence[Bars], Scope, Held] | None = None
    _totals: tuple[float | None, ...] = ()

    def narrowed(self, rows: Sequence[Cells]) -> "Rankings | tuple[Ranking, ...]":
        """The answers by the rows of `front`; else the rankings of those alone that can be the largest."""
        if self._asked is None:
            return self
        panels, scope, held = self._asked
        told = [
            _Front.of(rows[0][at : at + 5], one.top) for at, one in zip(range(0, 99, 5), panels, strict=False)
        ]
        among: set[str] = set()
        for one in told:
            if one.contenders is None:
                return self
            among |= {who.name for who in one.contenders}
        if all(one.known for one in told):
            return tuple(one.ranking() for one in told)
        totals = tuple(one.total for one in told)
        return Rankings(_among(panels, scope, held, sorted(among)), None, None, totals)

    def answers(self, rows: Sequence[Cells]) -> tuple[Ranking, ...]:
        """The panels' answers, in their order."""
        cells = rows[0]
        totals = self._totals or tuple(map(number, cells[1::2]))
        return tuple(_ranking(told, total) for told, total in zip(cells[::2], totals, strict=True))


@dataclass(frozen=True, slots=True)
class _Contender:
    """Who can be among the largest: its sum in front, of how many rows, and whether that is all of it."""

    name: str
    value: float
    n: int
    known: bool


@dataclass(frozen=True, slots=True)
class _Front:
    """What the front tells of a panel. `contenders` is None if there may be too many to tell."""

    top: int
    total: float | None
    contenders: tuple[_Contender, ...] | None

    @classmethod
    def of(cls, cells: Cells, top: int) -> "_Front":
        """By the five cells of `_front`.

        What is known of a value is its sum in front; what stands behind adds or takes no more than the sum of
        the largest behind. So the last of the top has at least the last sum in front less that, and who is to
        reach it has at least that less the same. The last digits of sums depend on their order.
        """
        told, most, n_behind, stretches = cells[0], number(cells[1]), whole(cells[2]), whole(cells[3])
        first = [
            _Contender(str(who), -(number(less) or 0.0), whole(n), whole(ahead) == stretches)
            for less, who, n, ahead in cast("list[list[object]]", told)
        ]
        total = number(cells[4])
        if len(first) < top:
            return cls(top, total, None if n_behind else tuple(first))
        last = first[top - 1].value
        least = last - 2 * (most or 0.0) - _ROUNDED * abs(last)
        found = tuple(one for one in first if one.value >= least)
        any_may = n_behind > 0 and not least > 0
        return cls(top, total, None if any_may or len(found) >= _MOST_AMONG else found)

    @property
    def known(self) -> bool:
        """Whether the front tells all that is asked."""
        return self.contenders is not None and all(one.known for one in self.contenders)

    def ranking(self) -> Ranking:
        """The answer, if it is known."""
        ordered = sorted(self.contenders or (), key=lambda one: (-one.value, one.name))[: self.top]
        told = [[one.name, one.value, one.n] for one in ordered]
        return _ranking(told, self.total)


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


def shared(panels: Sequence[Bars]) -> bool:
    """Whether the panels, which stand together, are answered best by `rankings`.

    One alone is where its values are so many that rollups keep the largest in front.
    """
    return len(panels) > 1 or (_suits(panels[0]) and (panels[0].by,) in _FRONTED)


def rankings(panels: Sequence[Bars], scope: Scope, held: Held = NOTHING) -> Rankings:
    """What answers the panels, all of one table and one field.

    Raises:
        DefinitionError: If a panel or the scope names a field that its relation lacks.
    """
    of_all = _among(panels, scope, held, None)
    if not _keeps_front(panels, scope, held):
        return Rankings(of_all)
    rows = source(scope, [panel.measure for panel in panels], by=panels[0].by, held=held, front=True)
    return Rankings(of_all, _front(rows, panels), (panels, scope, held))


def _among(panels: Sequence[Bars], scope: Scope, held: Held, among: Sequence[str] | None) -> Statement:
    """What ranks these values, or all."""
    rows = source(scope, [panel.measure for panel in panels], by=panels[0].by, held=held, among=among)
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
    return Statement(text, rows.bound | _tops(panels))


def _keeps_front(panels: Sequence[Bars], scope: Scope, held: Held) -> bool:
    """Whether any of the rows come from a rollup that has a front."""
    found = pieces(scope, [panel.measure for panel in panels], (panels[0].by,), None, held)
    return any(piece.rollup is not None and piece.rollup.front for piece in found)


def _front(rows: Source, panels: Sequence[Bars]) -> Statement:
    """Of each panel the first values by their sums in front, the largest behind, the sum of all."""
    in_front, behind = f"place = {Place.FRONT:d}", f"place = {Place.MOST_BEHIND:d}"
    told = ", ".join(
        f"groupArraySortedIf({_MOST_AMONG})"
        f"((-toFloat64(v{at}), who, n{at}, ahead), n{at} > 0 AND {in_front}),"
        f" sumIf(v{at}, {behind}), sumIf(n{at}, {behind}), sumIf(ahead, {behind}),"
        f" sumIf(v{at}, n{at} > 0 AND NOT {behind})"
        for at in range(len(panels))
    )
    text = (
        f"SELECT {told} FROM (SELECT {rows.who} AS who, {rows.place} AS place, sum({rows.ahead}) AS ahead,"
        f" {rows.columns} FROM {rows.rows} GROUP BY who, place)"
    )
    return Statement(text, rows.bound)


def _tops(panels: Sequence[Bars]) -> dict[str, Parameter]:
    return {f"top{at}": one.top for at, one in enumerate(panels)}


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
