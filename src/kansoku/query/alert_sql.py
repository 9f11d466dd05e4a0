"""The tests of many alerts as few statements: signals of one table, time and split are asked together."""

# Only names and literals of the catalog are written into the text; values are bound.

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.alerts import Alert, Lost, Signal
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Quantile, Reading
from kansoku.query import alert_oracle
from kansoku.query.alert_oracle import Figures, Judged, judged
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Scope
from kansoku.query.source import source
from kansoku.query.sql import scoped
from kansoku.query.statement import Cells, Statement, number, whole

METRIC_TABLES = tuple(
    f"otel_metrics_{kind}" for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary")
)
"""A service that still sends metric points is not lost."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A statement that gives the signals, by the values of a field if they are split."""

    statement: Statement
    signals: tuple[Signal, ...]
    by: str | None

    def read(self, rows: Iterable[Cells]) -> dict[str, dict[Signal, Reading]]:
        """The readings by value, from the rows that the statement gave; by "" if they are not split.

        No test needs the rows that a value rests on, so they are not asked for, and n is 0.
        """
        return {
            str(who): {signal: Reading(number(cells[at]), 0) for at, signal in enumerate(self.signals)}
            for who, *cells in rows
        }


@dataclass(frozen=True, slots=True)
class AskLost:
    """A statement that gives when each service last told anything."""

    statement: Statement
    test: Lost


@dataclass(frozen=True, slots=True)
class AskSince:
    """A statement that gives how many rows a table has, and the time of the first."""

    statement: Statement
    table: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Every statement that the alerts need at a moment, unix seconds; each gives what several may need."""

    now: float
    asks: tuple[Ask | AskLost | AskSince, ...]

    def places(self, alert: Alert) -> tuple[int, ...]:
        """The places of the asks that the alert needs."""
        return tuple(place for place, ask in enumerate(self.asks) if _needed(ask, alert))

    def tested(self, alert: Alert, answers: Mapping[int, Sequence[Cells]]) -> dict[str, Judged] | None:
        """As `alert_oracle.tested` gives it, by the answers to `asks` by their places.

        None where an answer that it needs is missing.
        """
        readings: dict[str, dict[Signal, Reading]] = {} if alert.by else {"": {}}
        silent: dict[str, dict[Lost, float]] = {}
        known: dict[str, float] = {}
        for place, ask in enumerate(self.asks):
            if not _needed(ask, alert):
                continue
            if place not in answers:
                return None
            match ask:
                case Ask():
                    for who, found in ask.read(answers[place]).items():
                        readings.setdefault(who, {}).update(found)
                case AskLost(_, test):
                    for who, last in answers[place]:
                        silent.setdefault(str(who), {})[test] = self.now - whole(last) / 1e9
                case AskSince(_, table):
                    ((rows, first),) = answers[place]
                    known |= {table: self.now - whole(first) / 1e9} if whole(rows) else {}
                case _:
                    assert_never(ask)
        told = {
            who: Figures(readings.get(who, {}), silent.get(who, {}), known) for who in {*readings, *silent}
        }
        return {who: judged(alert.test, told[who]) for who in sorted(told)}


def plan(alerts: Iterable[Alert], now: float, held: Held = NOTHING) -> Plan:
    """The statements that the alerts need at `now`, unix seconds.

    Raises:
        DefinitionError: If a test names a field that its relation lacks, or cannot be so split.
    """
    together: dict[tuple[str, str | None, int, int], dict[Signal, None]] = {}
    lost: dict[Lost, None] = {}
    tables: dict[str, None] = {}
    for alert in alerts:
        alert_oracle.check_split(alert)
        for signal in alert_oracle.signals(alert.test):
            key = (signal.measure.relation.table, alert.by, signal.window_s, signal.ago_s)
            together.setdefault(key, {})[signal] = None
        lost |= dict.fromkeys(alert_oracle.lost(alert.test))
        tables |= dict.fromkeys(alert_oracle.tables(alert.test))
    asks = [_ask(tuple(signals), by, now, held) for (_, by, _, _), signals in together.items()]
    silent = (AskLost(_last_told(one, now), one) for one in lost)
    return Plan(now, (*asks, *silent, *(AskSince(_since(table), table) for table in tables)))


def _needed(ask: Ask | AskLost | AskSince, alert: Alert) -> bool:
    match ask:
        case Ask(_, signals, by):
            wanted = alert_oracle.signals(alert.test)
            return by == alert.by and any(signal in wanted for signal in signals)
        case AskLost(_, test):
            return test in alert_oracle.lost(alert.test)
        case AskSince(_, table):
            return table in alert_oracle.tables(alert.test)
        case _:
            assert_never(ask)


def _since(table: str) -> Statement:
    return Statement(f"SELECT count(), toUnixTimestamp64Nano(min(time)) FROM {table}", {})


def _ask(signals: tuple[Signal, ...], by: str | None, now: float, held: Held) -> Ask:
    """Rollups answer where they are exact: they keep sketches of quantiles."""
    measures = [signal.measure for signal in signals]
    exact = not any(isinstance(measure, Quantile) for measure in measures)
    asked = source(alert_oracle.scope(signals[0], now), measures, by=by, held=held if exact else NOTHING)
    who, grouped = (asked.who, " GROUP BY who") if by else ("''", "")
    text = f"SELECT {who} AS who, {asked.values} FROM {asked.rows}{grouped}"
    return Ask(Statement(text, asked.bound), signals, by)


def _last_told(test: Lost, now: float) -> Statement:
    where, bound = scoped(Scope.until(now, test.known_s), CALLS)
    calls = f"SELECT toString(service) AS who, max(time) AS last FROM calls WHERE {where} GROUP BY who"
    points = (
        f"SELECT toString(ServiceName) AS who, max(TimeUnix) AS last FROM {table}"
        f" WHERE {where.replace('time ', 'TimeUnix ')} GROUP BY who"
        for table in METRIC_TABLES
    )
    every = " UNION ALL ".join((calls, *points))
    text = f"SELECT who, toUnixTimestamp64Nano(max(last)) FROM ({every}) WHERE who != '' GROUP BY who"
    return Statement(text, bound)
