"""What a rollup keeps, and which stretches of a question's time it answers.

What is kept follows from the catalog: every part of every measure there. A question is answered by
rollups if they keep every part of its measures and are kept apart by every field that it filters
and splits by; the time they do not cover is read from the narrow table, in the same statement.
One rollup keeps what cache dollars are reckoned of, which no measure is.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import assert_never, cast

from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import Measure
from kansoku.catalog.panels import GROUPS, Bars, Breakdown, Heatmap, Panel, Recent, Stat, TimeSeries
from kansoku.catalog.rollups import DAY_S, EXACT_S, HOUR_S, ROLLUPS, Rollup
from kansoku.catalog.slos import SLOS
from kansoku.query.answer import adds_up
from kansoku.query.cache_tokens import CACHE_PARTS
from kansoku.query.scope import Scope, moment
from kansoku.query.sql import Part, divided
from kansoku.query.statement import Cells, Statement, whole

Range = tuple[int, int]
"""From a second on, until before another, since 1970."""


@dataclass(frozen=True, slots=True)
class Held:
    """The stretches of time for which each rollup, by its name, holds what its table holds.

    A stretch that late rows have come into is not held, from when that is seen until it is made anew.
    """

    ranges: Mapping[str, Sequence[Range]] = field(default_factory=dict[str, Sequence[Range]])


MOST_RANGES = 4
"""A piece has no more of them: with hundreds, a statement takes longer to plan than the table to read.

There are many while late rows wait in scattered hours; what lies between is read from the next place then.
"""

FEW_SKETCHED = 2
"""So many coarse sums with sketches save less reading than their place in the statement takes to analyse."""

NOTHING = Held()
"""No rollup holds anything: everything is read from the narrow tables."""


def holdings(begin: int, end: int) -> Statement:
    """What tells which periods the rollups hold between two seconds; `held` reads its rows."""
    text = (
        "SELECT rollup, definition, arraySort(groupArray(at)) FROM"
        " (SELECT rollup, definition, toUnixTimestamp(begin) AS at, max(version) AS newest"
        " FROM rollup_periods"
        " WHERE begin >= {from:DateTime('UTC')} AND begin < {to:DateTime('UTC')}"
        " GROUP BY definition, rollup, begin)"
        " WHERE (rollup, definition, at, newest) NOT IN"
        " (SELECT rollup, definition, toUnixTimestamp(begin), version FROM rollup_withdrawn)"
        " GROUP BY definition, rollup"
    )
    return Statement(text, {"from": moment(begin), "to": moment(end)})


def held(rows: Iterable[Cells], now: int) -> Held:
    """What the rollups hold, by the rows that `holdings` gave at that second."""
    begins = {(str(name), str(made)): cast("list[int]", times) for name, made, times in rows}
    found = {one.name: _stretches(one, begins.get((one.name, definition(one)), []), now) for one in ROLLUPS}
    return Held({name: ranges for name, ranges in found.items() if ranges})


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Hours that late calls came into and that are not summed anew yet, and since when (unix seconds)."""

    hours: int
    since: int | None


def withdrawals() -> Statement:
    """What tells which periods are withdrawn and not made anew yet; `withdrawn` reads its rows."""
    text = (
        "SELECT rollup, definition, toUnixTimestamp(begin), toUnixTimestamp(at) FROM rollup_withdrawn"
        " WHERE (rollup, definition, begin, version) IN"
        " (SELECT rollup, definition, begin, max(version) FROM rollup_periods"
        " GROUP BY definition, rollup, begin)"
    )
    return Statement(text, {})


def withdrawn(rows: Iterable[Cells], now: int) -> Withdrawn:
    """What is withdrawn, by the rows that `withdrawals` gave at that second; of each hour it counts one."""
    hours: set[int] = set()
    since: int | None = None
    by_name = {(one.name, definition(one)): one for one in ROLLUPS}
    for name, made, begin, at in rows:
        rollup = by_name.get((str(name), str(made)))
        if rollup is None or whole(begin) < _kept_from(rollup, now):
            continue
        first = whole(begin) // HOUR_S * HOUR_S
        hours.update(range(first, whole(begin) + rollup.period_s, HOUR_S))
        since = whole(at) if since is None else min(since, whole(at))
    return Withdrawn(len(hours), since)


def _kept_from(rollup: Rollup, now: int) -> int:
    return 0 if rollup.days is None else now - rollup.days * DAY_S


def _stretches(rollup: Rollup, begins: Iterable[int], now: int) -> tuple[Range, ...]:
    """Periods that follow one another as one; what is about to be removed is left out."""
    first = _kept_from(rollup, now)
    ranges: list[Range] = []
    for begin in begins:
        if begin < first:
            continue
        if ranges and ranges[-1][1] == begin:
            ranges[-1] = (ranges[-1][0], begin + rollup.period_s)
        else:
            ranges.append((begin, begin + rollup.period_s))
    return tuple(ranges)


@dataclass(frozen=True, slots=True)
class Piece:
    """Stretches of a question's time that are read from one place: a rollup, or None for the table."""

    rollup: Rollup | None
    ranges: tuple[Range, ...]


def measures(by: tuple[str, ...] | None = None) -> tuple[Measure, ...]:
    """Every measure of the catalog, with what objectives count; or those that panels split by the fields."""
    asked: list[Measure] = []
    if by is None:
        asked += [known.measure for known in INDICATORS]
        asked += [count for slo in SLOS for count in slo.counts]
    for panel in (panel for group in GROUPS for panel in group.panels):
        if by is None or getattr(panel, "by", None) in by:
            asked += _of_panel(panel)
    return tuple(dict.fromkeys(asked))


@cache
def kept(rollup: Rollup) -> tuple[Part, ...]:
    """The parts that the rollup has columns of, in their order."""
    if rollup.cache:
        return CACHE_PARTS
    asked = measures(rollup.by if rollup.narrow else None)
    parts = (part for one in asked if one.relation.table == rollup.table for part in divided(one).parts)
    return tuple(dict.fromkeys(part for part in parts if rollup.sketches or part.kind != "sketch"))


@cache
def ranked(rollup: Rollup) -> tuple[Part, ...]:
    """The parts that are what panels rank by: the front is of the largest of each."""
    asked = (one for one in measures(rollup.by) if one.relation.table == rollup.table and adds_up(one))
    return tuple(dict.fromkeys(divided(one).parts[-1] for one in asked))


@cache
def definition(rollup: Rollup) -> str:
    """Names what the rollup keeps: what was made by another definition is not read."""
    told = (rollup, *(part.base for part in kept(rollup)), *((rollup.front,) if rollup.front else ()))
    return blake2b(repr(told).encode(), digest_size=8).hexdigest()


def pieces(
    scope: Scope, asked: Iterable[Measure], by: Sequence[str], step_s: int | None, held: Held
) -> tuple[Piece, ...]:
    """Where each stretch of the scope is read for measures of one table; see `pieces_of`."""
    every = tuple(asked)
    parts = frozenset(part for one in every for part in divided(one).parts)
    return pieces_of(scope, every[0].relation.table, parts, {*by}, held, step_s=step_s)


def pieces_of(
    scope: Scope,
    table: str,
    parts: Collection[Part],
    by: Iterable[str],
    held: Held,
    *,
    step_s: int | None = None,
) -> tuple[Piece, ...]:
    """Where each stretch of the scope is read, the rollups first; the table alone where none suits."""
    whole = Piece(None, ((scope.begin, scope.end),))
    if scope.end - scope.begin <= EXACT_S:
        return (whole,)
    fields = {*by, *scope.filtered_fields}
    left: list[Range] = [(scope.begin, scope.end)]
    found: list[Piece] = []
    for rollup in ROLLUPS:
        if rollup.table != table or not _suits(rollup, parts, fields, step_s):
            continue
        ranges = held.ranges.get(rollup.name, ())
        taken, rest = _taken(left, rollup.grain_s, ranges)
        if len(taken) > MOST_RANGES:
            taken, rest = _taken(left, rollup.grain_s, _longest(taken))
        if _spared(rollup, taken, held):
            continue
        left = rest
        if taken:
            found.append(Piece(rollup, tuple(taken)))
    if not found:
        return (whole,)
    return (*found, Piece(None, tuple(left))) if left else tuple(found)


def _of_panel(panel: Panel) -> list[Measure]:
    match panel:
        case TimeSeries() | Breakdown():
            return [line.measure for line in panel.lines]
        case Bars() | Stat():
            return [panel.measure]
        case Heatmap():
            return list(panel.counts)
        case Recent():
            return []
        case _:
            assert_never(panel)


def _suits(rollup: Rollup, parts: Collection[Part], fields: set[str], step_s: int | None) -> bool:
    return (
        fields <= {*rollup.by}
        # What is kept for lists of users has a hundred times the rows of what answers everything else.
        and (not rollup.narrow or bool(fields))
        and (step_s is None or step_s % rollup.grain_s == 0)
        and {*parts} <= {*kept(rollup)}
    )


def _spared(rollup: Rollup, taken: Sequence[Range], held: Held) -> bool:
    """Whether finer sums hold all of the little that is taken."""
    few = sum(end - begin for begin, end in taken) <= FEW_SKETCHED * rollup.grain_s
    finer = (one for one in ROLLUPS if one.by == rollup.by and one.table == rollup.table)
    return (
        rollup.sketches
        and few
        and any(
            one.grain_s < rollup.grain_s and not _taken(taken, one.grain_s, held.ranges.get(one.name, ()))[1]
            for one in finer
        )
    )


def _longest(ranges: Iterable[Range]) -> list[Range]:
    """As many as are asked for in one piece, in their order."""
    by_length = sorted(ranges, key=lambda one: one[0] - one[1])
    return sorted(by_length[:MOST_RANGES])


def _taken(left: Sequence[Range], grain_s: int, held: Sequence[Range]) -> tuple[list[Range], list[Range]]:
    """What a rollup of that grain answers of what is left, and what is left then."""
    taken: list[Range] = []
    rest: list[Range] = []
    for begin, end in left:
        at = begin
        for one, other in held:
            low = -(-max(begin, one) // grain_s) * grain_s
            high = min(end, other) // grain_s * grain_s
            if low < high:
                taken.append((low, high))
                if at < low:
                    rest.append((at, low))
                at = high
        if at < end:
            rest.append((at, end))
    return taken, rest
