"""Counts and sums that many signals are made of, read at once: by stretches of time and groups of rows.

Windows that overlap share the rows: a statement sums them once over each stretch between two edges of
windows, and a window is put together from its stretches. Signals that differ only in a feature, a service or
the like share the expressions: the rows are grouped by these fields, and each signal takes its groups.
"""

# Only names and literals of the catalog are written into the text; values are bound.

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product
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
from kansoku.query.scope import FILTERS, Scope, moment
from kansoku.query.statement import Cells, Parameter, Statement, number, whole

Values = tuple[tuple[str, tuple[str, ...]], ...]
"""Fields, in the order of their names, and of each the values of which a row must have one."""

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
        field, values = self.values[at]
        key = sql.group_key(self.relation, field)
        listed = ", ".join(map(sql.literal, values))
        return f"if({key} IN ({listed}), {key}, '') AS s{at}"


def grouped(relation: Relation, by: str | None, told: Iterable[Chosen]) -> Groups:
    """The groups that measures need which are chosen by the same fields."""
    values: dict[str, dict[str, None]] = {}
    for one in told:
        for field, wanted in one.values:
            values.setdefault(field, {}).update(dict.fromkeys(wanted))
    return Groups(relation, by, tuple((field, tuple(wanted)) for field, wanted in sorted(values.items())))


@dataclass(frozen=True, slots=True)
class AskTotals:
    """A statement that gives what signals are made of, over each stretch between two edges of their windows.

    Attributes:
        statement: What is asked.
        by: The field whose values are read each for itself.
        parts: The aggregates, in the order of their columns.
        signals: The signals, with the window of each.
    """

    statement: Statement
    by: str | None
    parts: tuple[str, ...]
    signals: Mapping[Signal, Window]

    def read(self, rows: Iterable[Cells]) -> dict[str, dict[Signal, Reading]]:
        """The readings of each value that has a row in the signal's window; n is 0, as no test needs it."""
        held = _Held(rows, len(self.parts))
        places = {base: at for at, base in enumerate(self.parts)}
        found: dict[str, dict[Signal, Reading]] = {}
        for signal, window in self.signals.items():
            told = chosen(signal.measure)
            columns = [places[part.base] for part in sql.divided(told.measure).parts]
            wanted = tuple(product(*(values for _, values in told.values)))
            for who in held.whos(window):
                value = value_of(told.measure, held.totals(who, wanted, window, columns))
                finite = value is not None and math.isfinite(value)
                found.setdefault(who, {})[signal] = Reading(value if finite else None, 0)
        return found


class _Held:
    """The rows of an answer, by value and group."""

    def __init__(self, rows: Iterable[Cells], parts: int) -> None:
        self._rows: dict[str, dict[tuple[str, ...], list[tuple[int, list[float]]]]] = {}
        for at, who, *cells in rows:
            keys, numbers = cells[: len(cells) - parts], cells[len(cells) - parts :]
            told = [math.nan if (one := number(cell)) is None else one for cell in numbers]
            groups = self._rows.setdefault(str(who), {})
            groups.setdefault(tuple(map(str, keys)), []).append((whole(at), told))

    def whos(self, window: Window) -> list[str]:
        """The values that have a row in the window."""
        begin, end = window
        return [
            who
            for who, groups in self._rows.items()
            if any(begin <= at < end for rows in groups.values() for at, _ in rows)
        ]

    def totals(
        self, who: str, groups: Iterable[tuple[str, ...]], window: Window, columns: Sequence[int]
    ) -> list[float]:
        """The sums of these columns over the groups and the window."""
        begin, end = window
        sums = [0.0] * len(columns)
        for group in groups:
            for at, told in self._rows[who].get(group, ()):
                if begin <= at < end:
                    for place, column in enumerate(columns):
                        sums[place] += told[column]
        return sums


def totals(groups: Groups, signals: Mapping[Signal, Window]) -> AskTotals:
    """The statement for signals of one relation, chosen by the fields of the groups. None is a quantile.

    Raises:
        DefinitionError: If a measure names a field that its relation lacks, or that is of another kind.
    """
    parts = (part.base for one in signals for part in sql.divided(chosen(one.measure).measure).parts)
    told = tuple(dict.fromkeys(parts))
    edges = sorted({edge for window in signals.values() for edge in window})
    where, bound = within(united(signals.values()))
    # The edges are bound as one value, so that the text stays the same from one evaluation to the next.
    at = "roundDown(toInt64(toUnixTimestamp(time)), {edges:Array(Int64)})"
    columns = ", ".join(f"{base} AS p{place}" for place, base in enumerate(told))
    text = (
        f"SELECT {at} AS edge, {groups.keys}, {columns} FROM {groups.relation.table}"
        f" WHERE {where} GROUP BY edge, {groups.names}"
    )
    bound["edges"] = f"[{','.join(map(str, edges))}]"
    return AskTotals(Statement(text, bound), groups.by, told, dict(signals))


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
    return f"({' OR '.join(tests)})", bound


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
        case Is(field, str(value)):
            wanted: tuple[str, ...] = (value,)
        case OneOf(field, some):
            wanted = some
        case Both():
            return _without(where, values)
        case _:
            return where
    known = tuple(dict.fromkeys(value for value in wanted if value))
    if field not in FILTERS or field in values or not known:
        return where
    values[field] = known
    return None
