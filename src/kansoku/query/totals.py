"""Counts and sums that many signals are made of, read at once: by stretches of time and groups of rows.

Windows that overlap share the rows: a statement sums them once over each stretch between two edges of
windows, and a window is put together from its stretches. Signals that differ only in a feature, a service or
the like share the expressions: the rows are grouped by these fields, and each signal takes its groups.
"""

# Only names and literals of the catalog are written into the text; values are bound.

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from operator import add
from typing import assert_never

from kansoku.catalog.alerts import Signal
from kansoku.catalog.fields import Relation
from kansoku.catalog.measures import (
    Both,
    Condition,
    Count,
    Is,
    Mean,
    Measure,
    OneOf,
    Quantile,
    Ratio,
    Reading,
    Share,
    Sum,
)
from kansoku.query import sql
from kansoku.query.memory import GRAIN_S, Key, Memory, Stretches
from kansoku.query.scope import FILTERS, Scope, moment
from kansoku.query.statement import Cells, Parameter, Statement, number, whole

Values = tuple[tuple[str, tuple[str, ...]], ...]
"""Fields, in the order of their names, and of each the values of which a row must have one."""

_FRESH_OF_EACH = 32
"""Stretches that are read of each value at a time, to be remembered."""

Window = tuple[int, int]
"""From a second on, until before another, since 1970."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A measure over those rows that have one of the values of each field."""

    measure: Measure
    values: Values

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that rows are chosen by."""
        return tuple(name for name, _ in self.values)


@cache
def chosen(measure: Measure) -> Chosen:
    """The measure, with what it asks of a feature, a service and the like taken out of its condition.

    A quantile of several groups is not made of those of each, so that it is left as it is.
    """
    values: dict[str, tuple[str, ...]] = {}
    match measure:
        case Ratio():
            left = replace(measure, eligible=_without(measure.eligible, values))
        case Count() | Quantile() | Sum() | Mean() | Share():
            left = replace(measure, where=_without(measure.where, values))
        case _:
            assert_never(measure)
    if isinstance(measure, Quantile) and any(len(told) > 1 for told in values.values()):
        return Chosen(measure, ())
    return Chosen(left, tuple(sorted(values.items())))


_divided = cache(sql.divided)


@dataclass(frozen=True, slots=True)
class Groups:
    """How the rows of a relation are grouped: by the value that alerts are split by, and by more fields.

    Of a field only the values that are asked for stay apart; all others are the group "".
    """

    relation: Relation
    by: str | None
    values: Values

    @property
    def keys(self) -> str:
        """The columns to group by: `who`, then `s0` and so on.

        Raises:
            DefinitionError: If the relation lacks one of the fields, or it is not a word.
        """
        who = "''" if self.by is None else sql.group_key(self.relation, self.by)
        return ", ".join((f"{who} AS who", *(self._key(at) for at in range(len(self.values)))))

    @property
    def names(self) -> str:
        """The names of these columns."""
        return ", ".join(("who", *(f"s{at}" for at in range(len(self.values)))))

    def _key(self, at: int) -> str:
        name, values = self.values[at]
        key = sql.group_key(self.relation, name)
        listed = ", ".join(map(sql.literal, values))
        return f"if({key} IN ({listed}), {key}, '') AS s{at}"


def grouped(relation: Relation, by: str | None, told: Iterable[Chosen]) -> Groups:
    """The groups that measures need which are chosen by the same fields."""
    values: dict[str, dict[str, None]] = {}
    for one in told:
        for name, wanted in one.values:
            values.setdefault(name, {}).update(dict.fromkeys(wanted))
    return Groups(relation, by, tuple((name, tuple(sorted(some))) for name, some in sorted(values.items())))


@dataclass(frozen=True, slots=True)
class AskTotals:
    """A statement that gives what signals are made of, over each stretch between two edges of their windows.

    Attributes:
        statement: What is asked.
        by: The field whose values are read each for itself.
        parts: The aggregates, in the order of their columns.
        signals: The signals, with the window of each.
        key: Names it among what is remembered.
        whole: The stretches that lie whole in the windows and are known, or asked for each by itself.
        known: What is remembered of some of them, so that it is not asked.
    """

    statement: Statement
    by: str | None
    parts: tuple[str, ...]
    signals: Mapping[Signal, Window]
    key: Key
    whole: tuple[int, ...] = ()
    known: Stretches = field(default_factory=dict[int, Sequence[Cells]])

    def read(self, rows: Iterable[Cells]) -> dict[str, dict[Signal, Reading]]:
        """The readings of each value that has a row in the signal's window; n is 0, as no test needs it."""
        held = _Held((*rows, *(row for some in self.known.values() for row in some)), len(self.parts))
        places = {base: at for at, base in enumerate(self.parts)}
        found: dict[str, dict[Signal, Reading]] = {}
        for signal, window in self.signals.items():
            told = chosen(signal.measure)
            columns = [places[part.base] for part in _divided(told.measure).parts]
            wanted = tuple(product(*(values for _, values in told.values)))
            for who, groups in held.over(window).items():
                sums = [groups[one] for one in wanted if one in groups]
                value = value_of(told.measure, [sum(one[at] for one in sums) for at in columns])
                finite = value is not None and math.isfinite(value)
                found.setdefault(who, {})[signal] = Reading(value if finite else None, 0)
        return found

    def found(self, rows: Iterable[Cells]) -> Stretches:
        """Of the stretches that were asked for, the rows of the answer."""
        asked: dict[int, list[Cells]] = {begin: [] for begin in self.whole if begin not in self.known}
        for row in rows:
            if (begin := whole(row[0])) in asked:
                asked[begin].append(row)
        return asked


class _Held:
    """The rows of an answer, put together by window, value and group."""

    def __init__(self, rows: Iterable[Cells], parts: int) -> None:
        self._rows: list[tuple[int, str, tuple[str, ...], list[float]]] = []
        self._sums: dict[Window, dict[str, dict[tuple[str, ...], list[float]]]] = {}
        for at, who, *cells in rows:
            keys, numbers = cells[: len(cells) - parts], cells[len(cells) - parts :]
            told = [math.nan if (one := number(cell)) is None else one for cell in numbers]
            self._rows.append((whole(at), str(who), tuple(map(str, keys)), told))

    def over(self, window: Window) -> dict[str, dict[tuple[str, ...], list[float]]]:
        """The sums over the window, by value and group, of those that have a row in it."""
        if window not in self._sums:
            found = self._sums[window] = {}
            begin, end = window
            for at, who, group, told in self._rows:
                if begin <= at < end:
                    groups = found.setdefault(who, {})
                    sums = groups.get(group)
                    groups[group] = told if sums is None else list(map(add, sums, told))
        return self._sums[window]


def totals(groups: Groups, signals: Mapping[Signal, Window], memory: Memory | None = None) -> AskTotals:
    """The statement for signals of one relation, chosen by the fields of the groups. None is a quantile.

    What the memory knows of stretches that lie whole in the windows is not asked.

    Raises:
        DefinitionError: If a measure names a field that its relation lacks, or that is of another kind.
    """
    parts = (part.base for one in signals for part in _divided(chosen(one.measure).measure).parts)
    told = tuple(sorted(set(parts)))
    columns = ", ".join((groups.keys, *(f"{base} AS p{place}" for place, base in enumerate(told))))
    table, key = groups.relation.table, Key(groups.relation.table, columns)
    edges = {edge for window in signals.values() for edge in window}
    stretches = () if memory is None else _whole(united(signals.values()), edges)
    known: Stretches = {}
    if memory is not None:
        remembered = memory.known(key)
        known = {at: remembered[at] for at in stretches if at in remembered}
        fresh = [at for at in stretches if at not in known and memory.is_settled(table, at)]
        # Each value has a row for each of them, and an answer only so many rows: a few at a time, the newest.
        fresh = fresh if groups.by is None else sorted(fresh)[-_FRESH_OF_EACH:]
        edges |= {edge for at in fresh for edge in (at, at + GRAIN_S)}
        stretches = tuple(sorted({*known, *fresh}))
    where, bound = within(_less(united(signals.values()), known))
    # The edges are bound as one value, so that the text stays the same from one evaluation to the next.
    at = "roundDown(toInt64(toUnixTimestamp(time)), {edges:Array(Int64)})"
    text = f"SELECT {at} AS edge, {columns} FROM {table} WHERE {where} GROUP BY edge, {groups.names}"
    bound["edges"] = f"[{','.join(map(str, sorted(edges)))}]"
    return AskTotals(Statement(text, bound), groups.by, told, dict(signals), key, stretches, known)


def _whole(windows: Iterable[Window], edges: Collection[int]) -> tuple[int, ...]:
    """The stretches that lie whole in the windows, and that no edge of a window cuts in two."""
    cut = {edge // GRAIN_S * GRAIN_S for edge in edges if edge % GRAIN_S}
    every = (at for begin, end in windows for at in range(-(-begin // GRAIN_S) * GRAIN_S, end, GRAIN_S))
    return tuple(at for at in every if at not in cut)


def _less(windows: Iterable[Window], known: Collection[int]) -> tuple[Window, ...]:
    """The windows without the stretches that are known."""
    left: list[Window] = []
    for begin, end in windows:
        at = begin
        for one in sorted(one for one in known if begin <= one < end):
            left += [(at, one)] if at < one else []
            at = one + GRAIN_S
        left += [(at, end)] if at < end else []
    return tuple(left)


def value_of(measure: Measure, parts: Sequence[float]) -> float | None:
    """The measure's value from its parts, in the order that `sql.divided` has them."""
    n = round(parts[0])
    match measure:
        case Count():
            return float(n)
        case Ratio() | Mean():
            return parts[1] / n if n else None
        case Sum():
            return parts[1] if n else None
        case Share():
            return parts[1] / parts[2] if parts[2] else None
        case Quantile():
            raise AssertionError("a quantile has no parts")
        case _:
            assert_never(measure)


def window(scope: Scope) -> Window:
    """The scope's stretch of time."""
    return scope.begin, scope.end


def united(windows: Iterable[Window]) -> tuple[Window, ...]:
    """The stretches that the windows cover together, apart from one another, in order."""
    found: list[Window] = []
    for begin, end in sorted(windows):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return tuple(found)


def within(windows: Sequence[Window]) -> tuple[str, dict[str, Parameter]]:
    """The rows of these stretches as a WHERE expression, and the values bound to it."""
    tests: list[str] = []
    bound: dict[str, Parameter] = {}
    for at, (begin, end) in enumerate(windows):
        tests.append(
            f"(time >= {{from{at}:DateTime64(9, 'UTC')}} AND time < {{to{at}:DateTime64(9, 'UTC')}})"
        )
        bound |= {f"from{at}": moment(begin), f"to{at}": moment(end)}
    return (f"({' OR '.join(tests)})" if tests else "false"), bound


def _without(where: Condition, values: dict[str, tuple[str, ...]]) -> Condition:
    """The condition less its demands on grouping fields, which are put into `values`."""
    match where:
        case Both(conditions):
            left = tuple(one for each in conditions if (one := _left(each, values)) is not None)
            if len(left) == len(conditions):
                return Both(left)
            return left[0] if len(left) == 1 else Both(left)
        case _:
            left_one = _left(where, values)
            return Both() if left_one is None else left_one


def _left(where: Condition, values: dict[str, tuple[str, ...]]) -> Condition | None:
    """What is left of one of several conditions; None if it only demands values of a grouping field."""
    match where:
        case Is(name, str(value)):
            wanted: tuple[str, ...] = (value,)
        case OneOf(name, some):
            wanted = some
        case Both():
            return _without(where, values)
        case _:
            return where
    known = tuple(dict.fromkeys(value for value in wanted if value))
    if name not in FILTERS or name in values or not known:
        return where
    values[name] = known
    return None
