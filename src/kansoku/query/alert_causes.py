"""What accounts for most of what is wrong: the rows that an alarm is about, by the values of a field."""

# Only names and literals of the catalog are written into the text; values are bound.

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.alerts import Always, Compare, Every, Lost, Reported, Sign, Signal, Some, Test, Unusual
from kansoku.catalog.fields import Kind, Relation
from kansoku.catalog.measures import (
    AtLeast,
    AtMost,
    Both,
    Condition,
    Count,
    Is,
    Mean,
    Measure,
    Not,
    Quantile,
    Ratio,
    Share,
    Sum,
)
from kansoku.query import alert_oracle, sql
from kansoku.query.scope import Scope
from kansoku.query.statement import Cells, Statement, number, whole

FIELDS = ("feature", "request_model", "user_id", "error_type", "tool")
"""What may be to blame."""

LEAST_SHARE = 0.2
"""A value that accounts for less than this stands for nothing."""

MOST = 3
"""So many values of one field are told at most."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, as an amount that rows add up to, over a stretch of time."""

    amount: Count | Sum
    scope: Scope


@dataclass(frozen=True, slots=True)
class AskCauses:
    """A statement that gives, of each field, the values which account for most of what is wrong."""

    statement: Statement
    fields: tuple[str, ...]

    def read(self, rows: Iterable[Cells]) -> dict[str, tuple[tuple[str, float], ...]]:
        """By the field, each value and its share, the largest first; an unknown value is nobody's fault."""
        found: dict[str, list[tuple[str, float]]] = {field: [] for field in self.fields}
        for others, who, amount, every in rows:
            share = (number(amount) or 0.0) / (number(every) or math.inf)
            if who and share >= LEAST_SHARE:
                found[self._grouped_by(whole(others))].append((str(who), share))
        return {field: tuple(shares[:MOST]) for field, shares in found.items()}

    def _grouped_by(self, others: int) -> str:
        """The field of a row by what `grouping` gave: a bit for each field that it is not of."""
        mine = (1 << len(self.fields)) - 1 - others
        return self.fields[len(self.fields) - mine.bit_length()]


def wrong(test: Test, labels: Mapping[str, str], now: float) -> Wrong | None:
    """What is wrong where the test holds for the labels, by its first figure; None if no row is to blame.

    Of alternatives it is the first, which need not be the one that holds: give the one that does
    (`Judged.first`) instead.
    """
    match test:
        case Compare(signal, sign, bound):
            return _of(signal, _amount(signal.measure, sign, bound), labels, now)
        case Every(tests) | Some(tests):
            return wrong(tests[0], labels, now) if tests else None
        case Unusual(signal):
            return _of(signal, _amount(signal.measure, ">", 0.0), labels, now)
        case Lost() | Reported() | Always():
            return None
        case _:
            assert_never(test)


def ask(found: Wrong, labels: Mapping[str, str]) -> AskCauses | None:
    """The statement for all fields that the rows have and that the labels do not fix; None without any.

    The rows that are wrong are read once, and those alone.
    """
    relation = found.amount.relation
    known = {field.name: field.kind for field in relation.fields}
    fields = [name for name in FIELDS if name not in labels and known.get(name) in (Kind.LABEL, Kind.TEXT)]
    if not fields:
        return None
    where, bound = sql.scoped(found.scope, relation)
    keys = ", ".join(f"{sql.group_key(relation, name)} AS s{at}" for at, name in enumerate(fields))
    names = [f"s{at}" for at in range(len(fields))]
    by_value = (
        f"SELECT {keys}, grouping({', '.join(names)}) AS others, concat('', {', '.join(names)}) AS who,"
        f" {sql.measure(found.amount).value} AS amount FROM {relation.table}"
        f" WHERE {where} AND {sql.rows_of(relation, found.amount.where)}"
        f" GROUP BY GROUPING SETS ({', '.join(f'({name})' for name in names)})"
    )
    text = (
        f"SELECT others, who, amount, sum(amount) OVER (PARTITION BY others) AS every FROM ({by_value})"
        f" WHERE amount > 0 ORDER BY amount DESC, who LIMIT {MOST + 1} BY others"
    )
    return AskCauses(Statement(text, bound), tuple(fields))


def _of(signal: Signal, amount: Count | Sum | None, labels: Mapping[str, str], now: float) -> Wrong | None:
    if amount is None:
        return None
    narrowed = Both((amount.where, *(Is(name, value) for name, value in labels.items())))
    scope = alert_oracle.scope(signal, now)
    match amount:
        case Count(relation):
            return Wrong(Count(relation, narrowed), scope)
        case Sum(relation, fields):
            return Wrong(Sum(relation, fields, narrowed), scope)
        case _:
            assert_never(amount)


def _amount(measure: Measure, sign: Sign, bound: float) -> Count | Sum | None:
    """The rows that bring the value to where the test holds; None where it is the want of rows."""
    above = sign in (">", ">=")
    match measure:
        case Ratio(relation, eligible, good):
            return Count(relation, Both((eligible, good if above else Not(good))))
        case Quantile(relation, field, _, where):
            beyond: Condition = AtLeast(field, bound) if above else AtMost(field, bound)
            return Count(relation, Both((where, beyond)))
        case Share(relation, part, whole, where):
            return _part(relation, part if above else tuple(one for one in whole if one not in part), where)
        case Mean(relation, fields, where):
            return Sum(relation, fields, where) if above else None
        case Count() | Sum():
            return measure if above else None
        case _:
            assert_never(measure)


def _part(relation: Relation, fields: Sequence[str], where: Condition) -> Sum | None:
    return Sum(relation, tuple(fields), where) if fields else None
