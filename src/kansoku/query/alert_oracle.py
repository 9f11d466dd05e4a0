"""What an alert's test means, over figures and over rows in plain Python.

Figures may come from anywhere: the SQL reader (`query/alert_sql.py`) brings those of the store to the same
`judged`, so that what is compared between the readers is each figure and each set of labels.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import assert_never

from kansoku.catalog.alerts import (
    SPREAD,
    WEEK_S,
    Alert,
    Always,
    Compare,
    Every,
    Lost,
    Reported,
    Sign,
    Signal,
    Some,
    Test,
    Unusual,
)
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Count, Measure, Reading
from kansoku.errors import DefinitionError
from kansoku.query import oracle, reported, silence
from kansoku.query.scope import Scope

Rows = Mapping[str, Sequence[oracle.Row]]
"""The rows by the name of their table; those of metric points, `POINTS`, have `time` and `service`, and of
Kansoku's own what `reported.of` says."""

POINTS = "points"

SIGNS: Mapping[Sign, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
"""What a comparison's sign asks of a value and a bound."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a test is judged by, for one set of labels.

    Attributes:
        readings: Of each signal; one that is not there had no row.
        silent_s: For how many seconds it has told nothing, of each `Lost`, 0 where it usually tells nothing
            then; without any telling, not there.
        reported: What it reported, of each `Reported`; without any report, not there.
        alive: Those of `or_zero` that something happened in the week before.
    """

    readings: Mapping[Signal, Reading] = field(default_factory=dict[Signal, Reading])
    silent_s: Mapping[Lost, float] = field(default_factory=dict[Lost, float])
    alive: Collection[Signal] = ()
    reported: Mapping[Reported, float] = field(default_factory=dict[Reported, float])

    def value(self, signal: Signal) -> float | None:
        """The signal's value; None for no data."""
        return self.readings.get(signal, _of_nothing(signal.measure)).value

    def total(self, signal: Signal) -> float | None:
        """The value of a total: 0 where nothing happened, unless nothing did in the week before either."""
        value = self.value(signal)
        return 0.0 if value is None and signal in self.alive else value


@dataclass(frozen=True, slots=True)
class Judged:
    """Whether a test holds, the first figure in it, and whether every figure could be had.

    `first` is the test of that figure: of alternatives, one of those that hold, if any does.
    """

    holds: bool
    value: float | None
    known: bool
    first: Test | None = None


def signals(test: Test) -> tuple[Signal, ...]:
    """Every signal that the test needs, once."""
    match test:
        case Compare(signal):
            return (signal,)
        case Every(tests) | Some(tests):
            return tuple(dict.fromkeys(signal for one in tests for signal in signals(one)))
        case Unusual(signal):
            return (signal, *before(test))
        case Lost() | Reported() | Always():
            return ()
        case _:
            assert_never(test)


def before(test: Unusual) -> tuple[Signal, ...]:
    """The signal in each of the weeks before."""
    told = test.signal
    return tuple(replace(told, ago_s=told.ago_s + week * WEEK_S) for week in range(1, test.weeks + 1))


def or_zero(test: Test) -> tuple[Signal, ...]:
    """Every signal that is 0 where nothing happened, if its table has rows of the week before its window."""
    match test:
        case Every(tests) | Some(tests):
            return tuple(dict.fromkeys(signal for one in tests for signal in or_zero(one)))
        case Unusual():
            return signals(test)
        case Compare() | Lost() | Reported() | Always():
            return ()
        case _:
            assert_never(test)


def unusual(test: Test) -> tuple[Unusual, ...]:
    """Every `Unusual` in the test."""
    match test:
        case Every(tests) | Some(tests):
            return tuple(dict.fromkeys(found for one in tests for found in unusual(one)))
        case Unusual():
            return (test,)
        case Compare() | Lost() | Reported() | Always():
            return ()
        case _:
            assert_never(test)


def lost(test: Test) -> tuple[Lost, ...]:
    """Every `Lost` in the test."""
    match test:
        case Every(tests) | Some(tests):
            return tuple(dict.fromkeys(found for one in tests for found in lost(one)))
        case Lost():
            return (test,)
        case Compare() | Unusual() | Reported() | Always():
            return ()
        case _:
            assert_never(test)


def reports(test: Test) -> tuple[Reported, ...]:
    """Every `Reported` in the test."""
    match test:
        case Every(tests) | Some(tests):
            return tuple(dict.fromkeys(found for one in tests for found in reports(one)))
        case Reported():
            return (test,)
        case Compare() | Unusual() | Lost() | Always():
            return ()
        case _:
            assert_never(test)


def judged(test: Test, figures: Figures) -> Judged:
    """Whether the test holds by the figures."""
    match test:
        case Compare(signal, sign, bound):
            value = figures.value(signal)
            holds = value is not None and SIGNS[sign](value, bound)
            return Judged(holds, value, value is not None, test)
        case Every(tests):
            told = [judged(one, figures) for one in tests]
            return _judged(all(one.holds for one in told), told, told)
        case Some(tests):
            told = [judged(one, figures) for one in tests]
            held = [one for one in told if one.holds]
            return _judged(bool(held), held or told, told)
        case Unusual():
            return _unusual(test, figures)
        case Lost(after_s):
            silent_s = figures.silent_s.get(test)
            return Judged(silent_s is not None and silent_s >= after_s, silent_s, silent_s is not None, test)
        case Reported(_, _, sign, bound):
            told = figures.reported.get(test)
            return Judged(told is not None and SIGNS[sign](told, bound), told, told is not None, test)
        case Always():
            return Judged(holds=True, value=1.0, known=True, first=test)
        case _:
            assert_never(test)


def tested(alert: Alert, rows: Rows, now: float) -> dict[str, Judged]:
    """The alert's test at `now` (unix seconds), by the value that it is split by; by "" if it is not.

    Raises:
        DefinitionError: If what it asks cannot be split so.
    """
    values = {""} if alert.by is None else _values(alert, rows, now)
    return {value: judged(alert.test, _figures(alert, value, rows, now)) for value in sorted(values)}


def check_split(alert: Alert) -> None:
    """See that what is lost or reported is asked for each service.

    Raises:
        DefinitionError: If it is not.
    """
    if lost(alert.test) and alert.by != "service":
        raise DefinitionError(f"{alert.name}: a service that is lost can be told by service alone")
    if reports(alert.test) and alert.by != "service":
        raise DefinitionError(f"{alert.name}: what a service reports can be told by service alone")


def scope(signal: Signal, now: float) -> Scope:
    """The rows that the signal is about at `now`."""
    return Scope.until(now - signal.ago_s, signal.window_s)


def week_before(signal: Signal, now: float) -> Scope:
    """The week that ends where the signal's window at `now` begins."""
    return Scope.until(now - signal.ago_s - signal.window_s, WEEK_S)


def _figures(alert: Alert, value: str, rows: Rows, now: float) -> Figures:
    readings = {
        signal: oracle.read(signal.measure, _mine(alert, value, signal, rows, now))
        for signal in signals(alert.test)
    }
    silent = {one: _silent_s(one, value, rows, now) for one in lost(alert.test)}
    alive = [one for one in or_zero(alert.test) if oracle.within(week_before(one, now), _rows_of(one, rows))]
    told = {one: reported.of(one, rows.get(POINTS, ()), now).get(value) for one in reports(alert.test)}
    return Figures(
        readings,
        {one: seconds for one, seconds in silent.items() if seconds is not None},
        alive,
        {one: figure for one, figure in told.items() if figure is not None},
    )


def _rows_of(signal: Signal, rows: Rows) -> Sequence[oracle.Row]:
    return rows.get(signal.measure.relation.table, ())


def _mine(alert: Alert, value: str, signal: Signal, rows: Rows, now: float) -> list[oracle.Row]:
    held = oracle.within(scope(signal, now), _rows_of(signal, rows))
    return [row for row in held if alert.by is None or row.get(alert.by, "") == value]


def _values(alert: Alert, rows: Rows, now: float) -> set[str]:
    """The values that there are in the time of any signal."""
    check_split(alert)
    found: set[str] = set()
    for signal in signals(alert.test):
        held = oracle.within(scope(signal, now), _rows_of(signal, rows))
        found |= {str(row.get(alert.by or "", "")) for row in held}
    for one in lost(alert.test):
        found |= {*_told(one, rows, now)}
    for one in reports(alert.test):
        found |= {*reported.of(one, rows.get(POINTS, ()), now)}
    return found


def _silent_s(test: Lost, service: str, rows: Rows, now: float) -> float | None:
    """For how many seconds it has told nothing that it usually tells; None where it is not known."""
    last = _told(test, rows, now).get(service)
    if last is None:
        return None
    silent_s = now - last / 1e9
    telling = _telling(Scope.until(now, test.reach_s), rows)
    seconds = {time // 10**9 for who, time in telling if who == service}
    return 0.0 if silent_s >= test.after_s and silence.is_usual(test, seconds, now) else silent_s


def _told(test: Lost, rows: Rows, now: float) -> dict[str, int]:
    """When each service last told anything, in nanoseconds since 1970."""
    found: dict[str, int] = {}
    for service, time in _telling(Scope.until(now, test.known_s), rows):
        found[service] = max(time, found.get(service, 0))
    return found


def _telling(scope: Scope, rows: Rows) -> Iterator[tuple[str, int]]:
    """Each service that told something, and when."""
    telling = (row for table in (CALLS.table, POINTS) for row in rows.get(table, ()))
    for row in oracle.within(scope, telling):
        service, time = row.get("service"), row["time"]
        if isinstance(service, str) and service and isinstance(time, int):
            yield service, time


def _unusual(test: Unusual, figures: Figures) -> Judged:
    value = figures.total(test.signal)
    past = [told for signal in before(test) if (told := figures.total(signal)) is not None]
    if value is None or len(past) < test.weeks_known:
        return Judged(holds=False, value=value, known=False, first=test)
    usual = median(past)
    spread = SPREAD * median(abs(told - usual) for told in past)
    above = value - usual
    held = above > test.deviations * spread and above >= test.floor and above >= test.share * usual
    return Judged(held, value, known=True, first=test)


def _of_nothing(measure: Measure) -> Reading:
    """What the measure gives over no rows."""
    return Reading(0.0 if isinstance(measure, Count) else None, 0)


def _judged(holds: bool, telling: Sequence[Judged], every: Iterable[Judged]) -> Judged:  # noqa: FBT001
    """Of several tests: the figure is that of the first of those that tell one."""
    known = all(one.known for one in every)
    return Judged(holds, telling[0].value, known, telling[0].first) if telling else Judged(holds, None, known)
