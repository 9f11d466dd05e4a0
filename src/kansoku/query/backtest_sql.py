"""What alerts test over a long stretch of time, asked of the store: each table is read once.

Counts and totals come in buckets, of which a window is the sum. A quantile has no such parts: its rows are
given to each minute whose window they lie in. `past` judges every minute from that.
"""

# Only names and literals of the catalog and of checked settings are written into the text; values are bound.

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from kansoku.catalog.alerts import WEEK_S, Alert, Reported, Signal
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Quantile
from kansoku.query import alert_oracle, reported, sql
from kansoku.query.alert_sql import METRIC_TABLES
from kansoku.query.scope import Scope
from kansoku.query.statement import Statement

STEP_S = 60
"""Every so many seconds it is judged."""

_DAY_S = 86_400
"""Of quantiles so many seconds are asked at once, as a row counts in every minute whose window it is in."""

ROWS = "count()"
"""The part that says how many rows a bucket has."""


@dataclass(frozen=True, slots=True)
class AskBuckets:
    """A statement that gives counts and totals of a table by bucket, by the value of a field if split."""

    statement: Statement
    table: str
    by: str | None
    parts: tuple[str, ...]
    bucket_s: int


@dataclass(frozen=True, slots=True)
class AskQuantile:
    """A statement that gives a quantile at each step that has rows."""

    statement: Statement
    signal: Signal
    by: str | None


@dataclass(frozen=True, slots=True)
class AskTold:
    """A statement that gives when each service last told anything, by minute."""

    statement: Statement


@dataclass(frozen=True, slots=True)
class AskReports:
    """A statement that gives what each service reported of Kansoku in it, by minute."""

    statement: Statement
    test: Reported


@dataclass(frozen=True, slots=True)
class AskAlive:
    """A statement that gives the buckets in which a table has rows."""

    statement: Statement
    table: str
    bucket_s: int


AskPast = AskBuckets | AskQuantile | AskTold | AskReports | AskAlive


def asks(alerts: Sequence[Alert], begin: int, end: int) -> tuple[AskPast, ...]:
    """The statements that tell all that the alerts test from `begin` until `end`, unix seconds.

    Raises:
        DefinitionError: If a test names a field that its relation lacks, or cannot be so split.
    """
    together: dict[tuple[str, str | None], dict[Signal, None]] = {}
    quantiles: dict[tuple[Signal, str | None], None] = {}
    alive: dict[str, dict[Signal, None]] = {}
    told: dict[Reported, None] = {}
    reach_s = 0
    for alert in alerts:
        alert_oracle.check_split(alert)
        for signal in alert_oracle.signals(alert.test):
            if isinstance(signal.measure, Quantile):
                quantiles[signal, alert.by] = None
            else:
                together.setdefault((signal.measure.relation.table, alert.by), {})[signal] = None
        reach_s = max([reach_s, *(one.reach_s for one in alert_oracle.lost(alert.test))])
        told |= dict.fromkeys(alert_oracle.reports(alert.test))
        for signal in alert_oracle.or_zero(alert.test):
            alive.setdefault(signal.measure.relation.table, {})[signal] = None
    buckets = (_buckets(tuple(signals), by, begin, end) for (_, by), signals in together.items())
    return (
        *buckets,
        *(
            _quantile(signal, by, since, min(since + _DAY_S - 1, end))
            for signal, by in quantiles
            for since in range(begin, end + 1, _DAY_S)
        ),
        *(
            AskReports(reported.by_step(one, since, min(since + _DAY_S - 1, end), STEP_S), one)
            for one in told
            for since in range(begin, end + 1, _DAY_S)
        ),
        *(_alive(tuple(signals), begin, end) for signals in alive.values()),
        *((_told(begin - reach_s, end),) if reach_s else ()),
    )


def _buckets(signals: Sequence[Signal], by: str | None, begin: int, end: int) -> AskBuckets:
    relation = signals[0].measure.relation
    bucket_s = _bucket_s(signals)
    parts = (part.base for one in signals for part in sql.divided(one.measure).parts)
    told = tuple(dict.fromkeys((ROWS, *parts)))
    where, bound = sql.scoped(Scope(begin - _longest_s(signals), end + 1), relation)
    who = "''" if by is None else sql.group_key(relation, by)
    sums = ", ".join(f"toFloat64({base}) AS p{at}" for at, base in enumerate(told))
    arrays = ", ".join(f"groupArray(p{at})" for at in range(len(told)))
    text = (
        f"SELECT who, groupArray(bucket), {arrays} FROM (SELECT {who} AS who,"
        f" {_bucket(bucket_s)} AS bucket, {sums}"
        f" FROM {relation.table} WHERE {where} GROUP BY who, bucket) GROUP BY who"
    )
    return AskBuckets(Statement(text, bound), relation.table, by, told, bucket_s)


def _bucket_s(signals: Sequence[Signal]) -> int:
    """The longest that steps and the edges of the windows are multiples of."""
    return gcd(STEP_S, *(each for one in signals for each in (one.window_s, one.ago_s)))


def _longest_s(signals: Sequence[Signal]) -> int:
    return max(one.window_s + one.ago_s for one in signals)


def _bucket(bucket_s: int) -> str:
    """The bucket that a row lies in; one ends where a moment's window does."""
    return f"intDiv(toUnixTimestamp(time) + {bucket_s - 1}, {bucket_s})"


def _quantile(signal: Signal, by: str | None, begin: int, end: int) -> AskQuantile:
    relation = signal.measure.relation
    where, bound = sql.scoped(Scope(begin - signal.window_s - signal.ago_s, end + 1), relation)
    who, told = "''" if by is None else sql.group_key(relation, by), sql.measure(signal.measure)
    first, last = STEP_S - 1 + signal.ago_s, signal.window_s - 1 + signal.ago_s
    at = f"toUnixTimestamp(time) + {first}, {STEP_S}), intDiv(toUnixTimestamp(time) + {last}, {STEP_S}) + 1"
    steps = f"step BETWEEN {-(-begin // STEP_S)} AND {end // STEP_S}"
    text = (
        f"SELECT who, groupArray((step, v, n)) FROM (SELECT {who} AS who, step,"
        f" {told.value} AS v, {told.n} AS n FROM {relation.table} ARRAY JOIN range(intDiv({at}) AS step"
        f" WHERE {where} AND {steps} GROUP BY who, step) GROUP BY who"
    )
    return AskQuantile(Statement(text, bound), signal, by)


def _alive(signals: Sequence[Signal], begin: int, end: int) -> AskAlive:
    relation, bucket_s = signals[0].measure.relation, _bucket_s(signals)
    where, bound = sql.scoped(Scope(begin - _longest_s(signals) - WEEK_S, end + 1), relation)
    text = f"SELECT groupUniqArray({_bucket(bucket_s)}) FROM {relation.table} WHERE {where}"
    return AskAlive(Statement(text, bound), relation.table, bucket_s)


def _told(begin: int, end: int) -> AskTold:
    where, bound = sql.scoped(Scope(begin, end + 1), CALLS)
    tables = [("calls", "service", "time"), *((one, "ServiceName", "TimeUnix") for one in METRIC_TABLES)]
    every = " UNION ALL ".join(
        f"SELECT toString({service}) AS who, max({time}) AS last,"
        f" intDiv(toUnixTimestamp({time}) + {STEP_S - 1}, {STEP_S}) AS minute"
        f" FROM {table} WHERE {where.replace('time ', f'{time} ')} GROUP BY who, minute"
        for table, service, time in tables
    )
    text = (
        "SELECT who, groupArray(minute), groupArray(toUnixTimestamp64Nano(newest)) FROM"
        f" (SELECT who, minute, max(last) AS newest FROM ({every}) WHERE who != '' GROUP BY who, minute)"
        " GROUP BY who"
    )
    return AskTold(Statement(text, bound))
