"""Alerts over a long stretch of time: each table is read once, and every minute is judged from that.

Counts and totals come in buckets, of which a window is the sum. A quantile has no such parts: its rows are
given to each minute whose window they lie in.
"""

# Only names and literals of the catalog and of checked settings are written into the text; values are bound.

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import gcd
from typing import assert_never, cast

from kansoku.catalog.alerts import Alert, Lost, Signal
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Count, Mean, Measure, Quantile, Ratio, Reading, Share, Sum
from kansoku.query import alert_oracle, sql
from kansoku.query.alert_oracle import Figures, Judged, judged
from kansoku.query.alert_sql import METRIC_TABLES
from kansoku.query.scope import Scope
from kansoku.query.statement import Cells, Statement, number, whole

STEP_S = 60
"""Every so many seconds it is judged."""

_ROWS = "count()"


@dataclass(frozen=True, slots=True)
class Series:
    """A number that grows with time: after each of the `ends` (buckets) it stands at a total."""

    ends: Sequence[int]
    totals: Sequence[float]

    @classmethod
    def of(cls, ends: Sequence[int], amounts: Iterable[float]) -> "Series":
        """From the amount of each bucket."""
        return cls(ends, (0.0, *accumulate(amounts)))

    def between(self, before: int, until: int) -> float:
        """What the buckets after `before` up to `until` add."""
        return self.totals[bisect_right(self.ends, until)] - self.totals[bisect_right(self.ends, before)]


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
class AskFirst:
    """A statement that gives how many rows a table has, and the time of the first."""

    statement: Statement
    table: str


AskPast = AskBuckets | AskQuantile | AskTold | AskFirst


def asks(alerts: Sequence[Alert], begin: int, end: int) -> tuple[AskPast, ...]:
    """The statements that tell all that the alerts test from `begin` until `end`, unix seconds.

    Raises:
        DefinitionError: If a test names a field that its relation lacks, or cannot be so split.
    """
    together: dict[tuple[str, str | None], dict[Signal, None]] = {}
    quantiles: dict[tuple[Signal, str | None], None] = {}
    tables: dict[str, None] = {}
    known_s = 0
    for alert in alerts:
        alert_oracle.check_split(alert)
        for signal in alert_oracle.signals(alert.test):
            if isinstance(signal.measure, Quantile):
                quantiles[signal, alert.by] = None
            else:
                together.setdefault((signal.measure.relation.table, alert.by), {})[signal] = None
        known_s = max([known_s, *(one.known_s for one in alert_oracle.lost(alert.test))])
        tables |= dict.fromkeys(alert_oracle.tables(alert.test))
    buckets = (_buckets(tuple(signals), by, begin, end) for (_, by), signals in together.items())
    return (
        *buckets,
        *(_quantile(signal, by, begin, end) for signal, by in quantiles),
        *map(_first, tables),
        *((_told(begin - known_s, end),) if known_s else ()),
    )


class Past:
    """All that was asked for, and what an alert's test gives at any minute of it."""

    def __init__(self, answers: Iterable[tuple[AskPast, Sequence[Cells]]]) -> None:
        self._buckets: dict[tuple[str, str | None], tuple[AskBuckets, dict[str, dict[str, Series]]]] = {}
        self._quantiles: dict[tuple[Signal, str | None], dict[str, dict[int, Reading]]] = {}
        self._told: dict[str, tuple[list[int], list[int]]] = {}
        self._first: dict[str, float] = {}
        for ask, rows in answers:
            match ask:
                case AskBuckets(_, table, by):
                    self._buckets[table, by] = ask, _series(ask, rows)
                case AskQuantile(_, signal, by):
                    self._quantiles[signal, by] = _readings(rows)
                case AskTold():
                    self._told = {str(who): _sorted(cells) for who, *cells in rows}
                case AskFirst(_, table):
                    ((count, first),) = rows
                    self._first |= {table: whole(first) / 1e9} if whole(count) else {}
                case _:
                    assert_never(ask)

    def tested(self, alert: Alert, now: int) -> dict[str, Judged]:
        """As `alert_oracle.tested` gives it at that second, a multiple of `STEP_S`."""
        signals, lost = alert_oracle.signals(alert.test), alert_oracle.lost(alert.test)
        readings: dict[str, dict[Signal, Reading]] = {} if alert.by else {"": {}}
        for signal in signals:
            for who, reading in self._read(signal, alert.by, now):
                readings.setdefault(who, {})[signal] = reading
        silent: dict[str, dict[Lost, float]] = {}
        for one in lost:
            for who, silent_s in self._silent(one, now):
                silent.setdefault(who, {})[one] = silent_s
        known = {table: now - first for table, first in self._first.items() if first <= now}
        return {
            who: judged(alert.test, Figures(readings.get(who, {}), silent.get(who, {}), known))
            for who in sorted({*readings, *silent})
        }

    def _read(self, signal: Signal, by: str | None, now: int) -> Iterable[tuple[str, Reading]]:
        """The readings of every value that has rows in the signal's window."""
        if isinstance(signal.measure, Quantile):
            for who, steps in self._quantiles[signal, by].items():
                if now // STEP_S in steps:
                    yield who, steps[now // STEP_S]
            return
        ask, found = self._buckets[signal.measure.relation.table, by]
        until = (now - signal.ago_s) // ask.bucket_s
        before = until - signal.window_s // ask.bucket_s
        bases = [part.base for part in sql.divided(signal.measure).parts]
        for who, series in found.items():
            if series[_ROWS].between(before, until):
                yield who, _reading(signal.measure, [series[base].between(before, until) for base in bases])

    def _silent(self, test: Lost, now: int) -> Iterable[tuple[str, float]]:
        for who, (minutes, last) in self._told.items():
            at = bisect_right(minutes, now // STEP_S) - 1
            if at >= 0 and last[at] >= (now + 1 - test.known_s) * 10**9:
                yield who, now - last[at] / 1e9


def _buckets(signals: Sequence[Signal], by: str | None, begin: int, end: int) -> AskBuckets:
    relation = signals[0].measure.relation
    bucket_s = gcd(STEP_S, *(each for one in signals for each in (one.window_s, one.ago_s)))
    parts = (part.base for one in signals for part in sql.divided(one.measure).parts)
    told = tuple(dict.fromkeys((_ROWS, *parts)))
    longest = max(one.window_s + one.ago_s for one in signals)
    where, bound = sql.scoped(Scope(begin - longest, end + 1), relation)
    who = "''" if by is None else sql.group_key(relation, by)
    sums = ", ".join(f"toFloat64({base}) AS p{at}" for at, base in enumerate(told))
    arrays = ", ".join(f"groupArray(p{at})" for at in range(len(told)))
    text = (
        f"SELECT who, groupArray(bucket), {arrays} FROM (SELECT {who} AS who,"
        f" intDiv(toUnixTimestamp(time) + {bucket_s - 1}, {bucket_s}) AS bucket, {sums}"
        f" FROM {relation.table} WHERE {where} GROUP BY who, bucket) GROUP BY who"
    )
    return AskBuckets(Statement(text, bound), relation.table, by, told, bucket_s)


def _quantile(signal: Signal, by: str | None, begin: int, end: int) -> AskQuantile:
    relation = signal.measure.relation
    where, bound = sql.scoped(Scope(begin - signal.window_s - signal.ago_s, end + 1), relation)
    who, told = "''" if by is None else sql.group_key(relation, by), sql.measure(signal.measure)
    first, last = STEP_S - 1 + signal.ago_s, signal.window_s - 1 + signal.ago_s
    at = f"toUnixTimestamp(time) + {first}, {STEP_S}), intDiv(toUnixTimestamp(time) + {last}, {STEP_S}) + 1"
    text = (
        f"SELECT who, groupArray((step, v, n)) FROM (SELECT {who} AS who, step,"
        f" {told.value} AS v, {told.n} AS n FROM {relation.table} ARRAY JOIN range(intDiv({at}) AS step"
        f" WHERE {where} GROUP BY who, step) GROUP BY who"
    )
    return AskQuantile(Statement(text, bound), signal, by)


def _first(table: str) -> AskFirst:
    return AskFirst(Statement(f"SELECT count(), toUnixTimestamp64Nano(min(time)) FROM {table}", {}), table)


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


def _series(ask: AskBuckets, rows: Sequence[Cells]) -> dict[str, dict[str, Series]]:
    found: dict[str, dict[str, Series]] = {}
    for who, *cells in rows:
        ends, *columns = (cast("list[object]", cell) for cell in cells)
        order = sorted(range(len(ends)), key=lambda at, ends=ends: whole(ends[at]))
        times = [whole(ends[at]) for at in order]
        found[str(who)] = {
            base: Series.of(times, [number(column[at]) or 0.0 for at in order])
            for base, column in zip(ask.parts, columns, strict=True)
        }
    return found


def _readings(rows: Sequence[Cells]) -> dict[str, dict[int, Reading]]:
    found: dict[str, dict[int, Reading]] = {}
    for who, cells in rows:
        told = cast("Sequence[Sequence[object]]", cells)
        found[str(who)] = {whole(step): Reading(number(value), whole(n)) for step, value, n in told}
    return found


def _sorted(cells: Cells) -> tuple[list[int], list[int]]:
    minutes, last = (cast("list[object]", cell) for cell in cells)
    pairs = sorted((whole(minute), whole(time)) for minute, time in zip(minutes, last, strict=True))
    return [minute for minute, _ in pairs], [time for _, time in pairs]


def _reading(measure: Measure, parts: Sequence[float]) -> Reading:
    """The measure from its parts, in the order that `sql.divided` has them."""
    n = round(parts[0])
    match measure:
        case Count():
            return Reading(float(n), n)
        case Ratio() | Mean():
            return Reading(parts[1] / n if n else None, n)
        case Sum():
            return Reading(parts[1] if n else None, n)
        case Share():
            return Reading(parts[1] / parts[2] if parts[2] else None, n)
        case Quantile():
            raise AssertionError("a quantile has no parts")
        case _:
            assert_never(measure)
