"""What accounts for most of what is wrong: the rows that an alarm is about, by the values of a field."""

# Only names and literals of the catalog are written into the text; values are bound.

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.alerts import Always, Compare, Every, Lost, Sign, Signal, Some, Test, Unusual
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
from kansoku.catalog.slos import Slo
from kansoku.query import alert_oracle, sql
from kansoku.query.rolled import Held
from kansoku.query.scope import Scope
from kansoku.query.source import source
from kansoku.query.statement import Cells, Statement, number

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
    """A statement that gives the values of a field which account for most of what is wrong."""

    statement: Statement
    field: str

    def read(self, rows: Iterable[Cells]) -> tuple[tuple[str, float], ...]:
        """Each value and its share, the largest first; an unknown value is nobody's fault."""
        found = ((str(who), number(amount), number(every)) for who, amount, every in rows)
        shares = ((who, (amount or 0.0) / every) for who, amount, every in found if who and every)
        return tuple((who, share) for who, share in shares if share >= LEAST_SHARE)[:MOST]


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
        case Lost() | Always():
            return None
        case _:
            assert_never(test)


def asks(found: Wrong, labels: Mapping[str, str]) -> tuple[AskCauses, ...]:
    """The statements, one for each field that the rows have and that the labels do not fix."""
    known = {field.name: field.kind for field in found.amount.relation.fields}
    fields = (name for name in FIELDS if name not in labels and known.get(name) in (Kind.LABEL, Kind.TEXT))
    return tuple(_ask(found, name) for name in fields)


def tally(slo: Slo, now: float, held: Held) -> Statement:
    """The events of the objective's window, all and the bad ones: two cells, each followed by its n."""
    measures = (Count(slo.relation, slo.eligible), Count(slo.relation, slo.bad))
    told = source(Scope.until(now, slo.window_s), measures, held=held)
    return Statement(f"SELECT {told.columns} FROM {told.rows}", told.bound)


def _ask(found: Wrong, field: str) -> AskCauses:
    relation = found.amount.relation
    where, bound = sql.scoped(found.scope, relation)
    amount = sql.measure(found.amount).value
    by_value = (
        f"SELECT {sql.group_key(relation, field)} AS who, {amount} AS amount"
        f" FROM {relation.table} WHERE {where} GROUP BY who"
    )
    text = (
        f"SELECT who, amount, sum(amount) OVER () AS every FROM ({by_value})"
        f" WHERE amount > 0 ORDER BY amount DESC, who LIMIT {MOST + 1}"
    )
    return AskCauses(Statement(text, bound), field)


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
