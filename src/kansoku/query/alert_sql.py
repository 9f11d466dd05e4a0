"""The tests of many alerts as few statements: signals of one table and split are asked together."""

# Only names and literals of the catalog are written into the text; values are bound.

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, assert_never

from kansoku.catalog.alerts import Alert, Lost, Reported, Signal
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Quantile, Reading
from kansoku.query import alert_oracle, reported, silence, sql
from kansoku.query.alert_oracle import Figures, Judged, judged
from kansoku.query.memory import Memory
from kansoku.query.scope import Scope, moment
from kansoku.query.statement import Cells, Parameter, Statement, number, whole
from kansoku.query.totals import AskTotals, chosen, grouped, totals, window

METRIC_TABLES = tuple(
    f"otel_metrics_{kind}" for kind in ("gauge", "sum", "histogram", "exponential_histogram", "summary")
)
"""A service that still sends metric points is not lost."""


SHORT_S = 7_200
"""Windows that begin no longer ago are asked together, and so are all others: the latter read more rows."""


@dataclass(frozen=True, slots=True)
class AskQuantiles:
    """A statement that gives quantiles over one window, by the values of fields."""

    statement: Statement
    signals: tuple[Signal, ...]
    by: str | None

    def read(self, rows: Iterable[Cells]) -> dict[str, dict[Signal, Reading]]:
        """The readings of each value that has a row; n is 0, as no test needs it."""
        found: dict[str, dict[Signal, Reading]] = {}
        for who, *cells in rows:
            keys = tuple(map(str, cells[: len(cells) - len(self.signals)]))
            readings = found.setdefault(str(who), dict.fromkeys(self.signals, Reading(None, 0)))
            for signal, cell in zip(self.signals, cells[len(keys) :], strict=True):
                if keys == tuple(value for _, (value,) in chosen(signal.measure).values):
                    readings[signal] = Reading(number(cell), 0)
        return found


@dataclass(frozen=True, slots=True)
class AskLost:
    """A statement that gives when each service last told anything, and whether it is usually silent now."""

    statement: Statement
    test: Lost

    def read(self, rows: Iterable[Cells], now: float) -> dict[str, float]:
        """For how many seconds each has told nothing that it usually tells."""
        silent = {str(who): (now - whole(last) / 1e9, bool(whole(usual))) for who, last, usual in rows}
        long_s = self.test.after_s
        return {who: 0.0 if usual and told >= long_s else told for who, (told, usual) in silent.items()}


@dataclass(frozen=True, slots=True)
class AskReported:
    """A statement that gives what each service reported of Kansoku in it."""

    statement: Statement
    test: Reported


@dataclass(frozen=True, slots=True)
class AskAlive:
    """A statement that gives the seconds, of those that windows begin ago, with rows in the week before."""

    statement: Statement
    signals: tuple[Signal, ...]

    def read(self, rows: Iterable[Cells]) -> set[Signal]:
        """The signals that something happened in the week before."""
        ago_s = {whole(ago_s) for (ago_s,) in rows}
        return {one for one in self.signals if one.ago_s + one.window_s in ago_s}


Ask = AskTotals | AskQuantiles | AskLost | AskReported | AskAlive


@dataclass(frozen=True, slots=True)
class Plan:
    """Every statement that the alerts need at a moment, unix seconds; each gives what several may need."""

    now: float
    asks: tuple[Ask, ...]
    needed: Mapping[str, tuple[int, ...]]

    def places(self, alert: Alert) -> tuple[int, ...]:
        """The places of the asks that the alert needs; it is one of those that were planned for."""
        return self.needed[alert.name]

    def remember(self, answers: Mapping[int, Sequence[Cells]], memory: Memory) -> None:
        """Keeps what the answers tell of stretches that are over."""
        for place, rows in answers.items():
            if isinstance(ask := self.asks[place], AskTotals) and ask.whole:
                memory.keep(ask.key, ask.found(rows), ask.whole)

    def told(self, answers: Mapping[int, Sequence[Cells]]) -> "Told":
        """What the answers to `asks`, by their places, tell."""
        return Told(self, answers)


class Told:
    """The answers to a plan's statements, each read when an alert first needs it."""

    def __init__(self, planned: Plan, answers: Mapping[int, Sequence[Cells]]) -> None:
        self._plan = planned
        self._answers = answers
        self._readings: dict[int, Mapping[str, Mapping[Signal, Reading]]] = {}

    def tested(self, alert: Alert) -> dict[str, Judged] | None:
        """As `alert_oracle.tested` gives it; None where an answer that the alert needs is missing."""
        readings: dict[str, dict[Signal, Reading]] = {} if alert.by else {"": {}}
        silent: dict[str, dict[Lost, float]] = {}
        told: dict[str, dict[Reported, float]] = {}
        alive: set[Signal] = set()
        for place in self._plan.places(alert):
            if place not in self._answers:
                return None
            ask, rows = self._plan.asks[place], self._answers[place]
            match ask:
                case AskTotals() | AskQuantiles():
                    for who, mine in self._mine(place, ask, alert):
                        readings.setdefault(who, {}).update(mine)
                case AskLost(_, test):
                    for who, silent_s in ask.read(rows, self._plan.now).items():
                        silent.setdefault(who, {})[test] = silent_s
                case AskReported(_, test):
                    for who, value in rows:
                        told.setdefault(str(who), {})[test] = number(value) or 0.0
                case AskAlive():
                    alive |= ask.read(rows)
                case _:
                    assert_never(ask)
        figures = {
            who: Figures(readings.get(who, {}), silent.get(who, {}), alive, told.get(who, {}))
            for who in {*readings, *silent, *told}
        }
        return {who: judged(alert.test, figures[who]) for who in sorted(figures)}

    def _mine(
        self, place: int, ask: AskTotals | AskQuantiles, alert: Alert
    ) -> Iterator[tuple[str, Mapping[Signal, Reading]]]:
        """The readings of the alert's own signals, by value, of those that have any."""
        signals = alert_oracle.signals(alert.test)
        for who, found in self._read(place, ask).items():
            if mine := {signal: found[signal] for signal in signals if signal in found}:
                yield who, mine

    def _read(self, place: int, ask: AskTotals | AskQuantiles) -> Mapping[str, Mapping[Signal, Reading]]:
        if place not in self._readings:
            self._readings[place] = ask.read(self._answers[place])
        return self._readings[place]


def plan(alerts: Iterable[Alert], now: float, memory: Memory | None = None) -> Plan:
    """The statements that the alerts need at `now`, unix seconds, less what is remembered of long windows.

    Raises:
        DefinitionError: If a test names a field that its relation lacks, or cannot be so split.
    """
    together: dict[_Wanted, dict[Signal, None]] = {}
    needs: dict[str, list[_Wanted]] = {}
    for alert in alerts:
        alert_oracle.check_split(alert)
        wanted: list[tuple[_Shape | _Alive, Signal]] = [
            (_shape(signal, alert.by), signal) for signal in alert_oracle.signals(alert.test)
        ]
        wanted += [(_Alive(one.measure.relation.table), one) for one in alert_oracle.or_zero(alert.test)]
        for shape, signal in wanted:
            together.setdefault(shape, {})[signal] = None
        others = (*alert_oracle.lost(alert.test), *alert_oracle.reports(alert.test))
        together |= {other: {} for other in others}
        needs[alert.name] = [*(shape for shape, _ in wanted), *others]
    asks = tuple(_asked(what, tuple(signals), now, memory) for what, signals in together.items())
    places = {what: at for at, what in enumerate(together)}
    needed = {name: tuple(sorted({places[what] for what in mine})) for name, mine in needs.items()}
    return Plan(now, asks, needed)


def _asked(what: "_Wanted", signals: tuple[Signal, ...], now: float, memory: Memory | None) -> Ask:
    match what:
        case _Shape():
            return _ask(signals, what, now, memory)
        case Lost():
            return AskLost(_last_told(what, now), what)
        case Reported():
            return AskReported(reported.at(what, now), what)
        case _Alive():
            return AskAlive(_alive(signals, now), signals)
        case _:
            assert_never(what)


@dataclass(frozen=True, slots=True)
class _Shape:
    """Signals of one shape are asked together: of quantiles those over one window, of all else any."""

    table: str
    by: str | None
    fields: tuple[str, ...]
    window: tuple[int, int] | Literal["short", "long"]


@dataclass(frozen=True, slots=True)
class _Alive:
    """Whether a table has rows of the weeks before signals' windows is asked together."""

    table: str


_Wanted = _Shape | _Alive | Lost | Reported


def _shape(signal: Signal, by: str | None) -> _Shape:
    measure, told = signal.measure, chosen(signal.measure)
    if isinstance(measure, Quantile):
        window = signal.window_s, signal.ago_s
    else:
        window = "short" if signal.window_s + signal.ago_s <= SHORT_S else "long"
    return _Shape(measure.relation.table, by, told.fields, window)


def _alive(signals: tuple[Signal, ...], now: float) -> Statement:
    """One row of a week is enough, so that no week is read."""
    relation, parameters = signals[0].measure.relation, dict[str, Parameter]()
    parts: list[str] = []
    for ago_s, one in {each.ago_s + each.window_s: each for each in signals}.items():
        week = alert_oracle.week_before(one, now)
        parameters |= {f"from{ago_s}": moment(week.begin), f"to{ago_s}": moment(week.end)}
        begin, end = (f"{{{edge}{ago_s}:DateTime64(9, 'UTC')}}" for edge in ("from", "to"))
        where = f"time >= {begin} AND time < {end}"
        parts.append(f"(SELECT {ago_s} AS ago FROM {relation.table} WHERE {where} LIMIT 1)")
    return Statement(" UNION ALL ".join(parts), parameters)


def _ask(
    signals: tuple[Signal, ...], shape: _Shape, now: float, memory: Memory | None
) -> AskTotals | AskQuantiles:
    told = [chosen(signal.measure) for signal in signals]
    groups = grouped(signals[0].measure.relation, shape.by, told)
    scopes = [alert_oracle.scope(signal, now) for signal in signals]
    if not isinstance(signals[0].measure, Quantile):
        windows = dict(zip(signals, map(window, scopes), strict=True))
        return totals(groups, windows, memory if shape.window == "long" else None)
    where, bound = sql.scoped(scopes[0], groups.relation)
    values = ", ".join(f"{sql.measure(one.measure).value} AS v{at}" for at, one in enumerate(told))
    text = (
        f"SELECT {groups.keys}, {values} FROM {groups.relation.table} WHERE {where} GROUP BY {groups.names}"
    )
    return AskQuantiles(Statement(text, bound), signals, shape.by)


def _last_told(test: Lost, now: float) -> Statement:
    where, bound = sql.scoped(Scope.until(now, test.known_s), CALLS)
    wanted, usual = [where], ["0"]
    for place, ago_s in enumerate(test.usual_ago_s):
        here, known = silence.around(test, ago_s, now), silence.before(test, ago_s, now)
        edges = {"known": known.begin, "begin": here.begin, "until": here.end}
        bound |= {f"{name}{place}": moment(second) for name, second in edges.items()}
        wanted.append(f"time >= {_edge('known', place)} AND time < {_edge('until', place)}")
        usual.append(_was_silent(test, place))
    rows = f"SELECT toString(WHO) AS who, time AS at FROM TABLE WHERE {' OR '.join(f'({w})' for w in wanted)}"
    tables = (
        (CALLS.table, "service", "time "),
        *((one, "ServiceName", "TimeUnix ") for one in METRIC_TABLES),
    )
    every = " UNION ALL ".join(
        rows.replace("WHO", who).replace("TABLE", table).replace("time ", time) for table, who, time in tables
    )
    text = (
        f"SELECT who, toUnixTimestamp64Nano(max(at)) AS newest, {' OR '.join(usual)} AS usual FROM ({every})"
        f" WHERE who != '' GROUP BY who HAVING max(at) >= {{from:DateTime64(9, 'UTC')}}"
    )
    return Statement(text, bound)


def _was_silent(test: Lost, place: int) -> str:
    """Whether a service was known then, told nothing in a slot of the time about it, and has told since."""
    known, begin, until = (_edge(name, place) for name in ("known", "begin", "until"))
    slot = f"intDiv(dateDiff('second', at, {until}) - 1, {silence.slot_s(test)})"
    here = f"at >= {begin} AND at < {until}"
    return (
        f"(countIf(at >= {known} AND at < {begin}) > 0 AND max(at) >= {until}"
        f" AND uniqExactIf({slot}, {here}) < {silence.slots(test)})"
    )


def _edge(name: str, place: int) -> str:
    return f"{{{name}{place}:DateTime64(9, 'UTC')}}"
