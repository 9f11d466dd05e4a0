"""Alerts over a long stretch of time, judged minute by minute from what each table was asked for once.

The figures of many minutes are computed at once, and a test is made into a function of them: over a month
a minute may take no more than some microseconds. It means what `alert_oracle.judged` says.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median
from typing import assert_never, cast

from kansoku.catalog.alerts import (
    SPREAD,
    WEEK_S,
    Alert,
    Always,
    Compare,
    Every,
    Lost,
    Reported,
    Signal,
    Some,
    Test,
    Unusual,
)
from kansoku.catalog.measures import Count, Quantile
from kansoku.query import alert_oracle, silence, sql
from kansoku.query.alert_oracle import SIGNS, Judged
from kansoku.query.backtest_sql import (
    ROWS,
    STEP_S,
    AskAlive,
    AskBuckets,
    AskPast,
    AskQuantile,
    AskReports,
    AskTold,
)
from kansoku.query.statement import Cells, number, whole
from kansoku.query.totals import value_of

_CHUNK = 1_440
"""So many minutes are computed at once: a day needs some megabytes, however many values there are."""

_Wanted = Signal | Lost | Reported
_Figures = Sequence[float | None]
_Held = tuple[bool, float | None, bool, Test | None]
_Testing = Callable[[_Figures], _Held]


@dataclass(frozen=True, slots=True)
class Buckets:
    """Numbers that grow with time: after each of the `ends` (buckets) each of the parts stands at a total."""

    ends: Sequence[int]
    totals: "dict[str, array[float]]"


@dataclass(frozen=True, slots=True)
class _Column:
    """A signal's figure at each of some moments, and whether it had rows there."""

    values: list[float | None]
    there: bytearray


class Past:
    """All that was asked for, and what an alert's test gives at any minute of it."""

    def __init__(self, answers: Iterable[tuple[AskPast, Sequence[Cells]]]) -> None:
        self._buckets: dict[tuple[str, str | None], tuple[AskBuckets, dict[str, Buckets]]] = {}
        self._quantiles: dict[tuple[Signal, str | None], dict[str, dict[int, float | None]]] = {}
        self._reports: dict[Reported, dict[str, dict[int, float | None]]] = {}
        self._told: dict[str, tuple[list[int], list[int]]] = {}
        self._alive: dict[str, tuple[int, list[int]]] = {}
        for ask, rows in answers:
            match ask:
                case AskBuckets(_, table, by):
                    self._buckets[table, by] = ask, _buckets(ask, rows)
                case AskQuantile(_, signal, by):
                    known = self._quantiles.setdefault((signal, by), {})
                    for who, cells in rows:
                        known.setdefault(str(who), {}).update(_readings(cells))
                case AskReports(_, test):
                    reports = self._reports.setdefault(test, {})
                    for who, steps, values in rows:
                        reports.setdefault(str(who), {}).update(_pairs(steps, values))
                case AskTold():
                    self._told = {str(who): _sorted(cells) for who, *cells in rows}
                case AskAlive(_, table, bucket_s):
                    ((ends,),) = rows
                    self._alive[table] = bucket_s, sorted(map(whole, cast("list[object]", ends)))
                case _:
                    assert_never(ask)

    def tested(self, alert: Alert, now: int) -> dict[str, Judged]:
        """As `alert_oracle.tested` gives it at that second, a multiple of `STEP_S`."""
        return next(self.over(alert, range(now, now + 1, STEP_S)))

    def over(self, alert: Alert, moments: range) -> Iterator[dict[str, Judged]]:
        """As `alert_oracle.tested` gives it at each of those seconds, multiples of `STEP_S`."""
        plan = _Plan()
        testing = plan.compiled(alert.test)
        for at in range(0, len(moments), _CHUNK):
            yield from self._judged(alert, plan, testing, moments[at : at + _CHUNK])

    def _judged(
        self, alert: Alert, plan: "_Plan", testing: _Testing, moments: range
    ) -> Iterator[dict[str, Judged]]:
        columns = [self._column(one, alert.by, moments) for one in plan.wanted]
        whos = sorted({who for column in columns for who in column} | ({""} if alert.by is None else set()))
        none = [_nothing(one, len(moments)) for one in plan.wanted]
        rows = {
            who: [column.get(who, empty) for column, empty in zip(columns, none, strict=True)] for who in whos
        }
        for at, signal in plan.totals.items():
            bucket_s, ends = self._alive[signal.measure.relation.table]
            for told in rows.values():
                told[at] = _or_zero(told[at], signal, bucket_s, ends, moments)
        for place in range(len(moments)):
            found: dict[str, Judged] = {}
            for who, told in rows.items():
                if alert.by is None or any(one.there[place] for one in told):
                    found[who] = Judged(*testing([one.values[place] for one in told]))
            yield found

    def _column(self, wanted: _Wanted, by: str | None, moments: range) -> dict[str, _Column]:
        """The figure at each of the moments, by the values that there are in them."""
        if isinstance(wanted, Lost):
            return self._silent(wanted, moments)
        if isinstance(wanted, Reported):
            return {who: _of_steps(steps, moments) for who, steps in self._reports.get(wanted, {}).items()}
        if isinstance(wanted.measure, Quantile):
            found = self._quantiles[wanted, by]
            return {who: _of_steps(steps, moments) for who, steps in found.items()}
        ask, series = self._buckets[wanted.measure.relation.table, by]
        return {who: _of_buckets(wanted, ask.bucket_s, one, moments) for who, one in series.items()}

    def _silent(self, test: Lost, moments: range) -> dict[str, _Column]:
        found: dict[str, _Column] = {}
        for who, (minutes, last) in self._told.items():
            column = found[who] = _Column([None] * len(moments), bytearray(len(moments)))
            for place, now in enumerate(moments):
                at = bisect_right(minutes, now // STEP_S) - 1
                if at >= 0 and last[at] >= (now + 1 - test.known_s) * 10**9:
                    silent_s = now - last[at] / 1e9
                    usual = silent_s >= test.after_s and _is_usual(test, minutes, now)
                    column.values[place], column.there[place] = 0.0 if usual else silent_s, True
        return found


class _Plan:
    """What a test needs, each by its place, and the test as a function of those figures."""

    def __init__(self) -> None:
        self.wanted: list[_Wanted] = []
        self.totals: dict[int, Signal] = {}
        """Places of signals that are 0 where nothing happened, if that much is known."""

    def compiled(self, test: Test) -> _Testing:
        """The test as a function, which gives what `alert_oracle.judged` gives."""
        match test:
            case Compare(signal, sign, bound):
                return _comparing(test, self._place(signal), SIGNS[sign], bound)
            case Every(tests):
                return _every([self.compiled(one) for one in tests])
            case Some(tests):
                return _some([self.compiled(one) for one in tests])
            case Unusual(signal):
                weeks = [self._total(one) for one in alert_oracle.before(test)]
                return _unusual(test, self._total(signal), weeks)
            case Lost(after_s):
                return _lost(test, self._place(test), after_s)
            case Reported(_, _, sign, bound):
                return _comparing(test, self._place(test), SIGNS[sign], bound)
            case Always():
                return lambda _: (True, 1.0, True, test)
            case _:
                assert_never(test)

    def _place(self, wanted: _Wanted) -> int:
        for at, one in enumerate(self.wanted):
            if one == wanted and at not in self.totals:
                return at
        self.wanted.append(wanted)
        return len(self.wanted) - 1

    def _total(self, signal: Signal) -> int:
        self.wanted.append(signal)
        self.totals[len(self.wanted) - 1] = signal
        return len(self.wanted) - 1


def _comparing(
    test: Compare | Reported, at: int, sign: Callable[[float, float], bool], bound: float
) -> _Testing:
    def held(figures: _Figures) -> _Held:
        value = figures[at]
        return (False, None, False, test) if value is None else (sign(value, bound), value, True, test)

    return held


def _every(tests: list[_Testing]) -> _Testing:
    def held(figures: _Figures) -> _Held:
        told = [one(figures) for one in tests]
        holds, known = all(one[0] for one in told), all(one[2] for one in told)
        return (holds, told[0][1], known, told[0][3]) if told else (True, None, True, None)

    return held


def _some(tests: list[_Testing]) -> _Testing:
    def held(figures: _Figures) -> _Held:
        told = [one(figures) for one in tests]
        known = all(one[2] for one in told)
        first = next((one for one in told if one[0]), told[0] if told else (False, None, known, None))
        return first[0], first[1], known, first[3]

    return held


def _lost(test: Lost, at: int, after_s: float) -> _Testing:
    def held(figures: _Figures) -> _Held:
        silent_s = figures[at]
        return silent_s is not None and silent_s >= after_s, silent_s, silent_s is not None, test

    return held


def _is_usual(test: Lost, minutes: list[int], now: int) -> bool:
    """Whether a service that told something in these minutes is usually silent at that moment."""
    first = bisect_right(minutes, (now - test.reach_s) // STEP_S)
    return silence.is_usual(test, [minute * STEP_S for minute in minutes[first:]], now)


def _unusual(test: Unusual, at: int, weeks: list[int]) -> _Testing:
    def held(figures: _Figures) -> _Held:
        value = figures[at]
        past = [told for one in weeks if (told := figures[one]) is not None]
        if value is None or len(past) < test.weeks_known:
            return False, value, False, test
        usual = median(past)
        above = value - usual
        if above < test.floor or above < test.share * usual:
            return False, value, True, test
        spread = SPREAD * median(abs(told - usual) for told in past)
        return above > test.deviations * spread, value, True, test

    return held


def _nothing(wanted: _Wanted, size: int) -> _Column:
    """A column of a value that has no rows."""
    none = 0.0 if isinstance(wanted, Signal) and isinstance(wanted.measure, Count) else None
    return _Column([none] * size, bytearray(size))


def _or_zero(column: _Column, signal: Signal, bucket_s: int, ends: Sequence[int], moments: range) -> _Column:
    """The column with 0 for each time in which nothing happened, if something did in the week before."""
    values = list(column.values)
    for place, now in enumerate(moments):
        if values[place] is None:
            until = (now - signal.ago_s - signal.window_s) // bucket_s
            at = bisect_right(ends, until) - 1
            values[place] = 0.0 if at >= 0 and ends[at] > until - WEEK_S // bucket_s else None
    return _Column(values, column.there)


def _of_steps(steps: dict[int, float | None], moments: range) -> _Column:
    found = _Column([None] * len(moments), bytearray(len(moments)))
    for place, now in enumerate(moments):
        step = now // STEP_S
        if step in steps:
            found.values[place], found.there[place] = steps[step], True
    return found


def _of_buckets(signal: Signal, bucket_s: int, told: Buckets, moments: range) -> _Column:
    found = _nothing(signal, len(moments))
    ends, length = told.ends, signal.window_s // bucket_s
    rows = told.totals[ROWS]
    parts = [told.totals[part.base] for part in sql.divided(signal.measure).parts]
    until = (moments[0] - signal.ago_s) // bucket_s
    low, high = bisect_right(ends, until - length), bisect_right(ends, until)
    for place, now in enumerate(moments):
        until = (now - signal.ago_s) // bucket_s
        while high < len(ends) and ends[high] <= until:
            high += 1
        while low < high and ends[low] <= until - length:
            low += 1
        if rows[high] - rows[low]:
            found.there[place] = True
            found.values[place] = value_of(signal.measure, [one[high] - one[low] for one in parts])
    return found


def _buckets(ask: AskBuckets, rows: Sequence[Cells]) -> dict[str, Buckets]:
    found: dict[str, Buckets] = {}
    for who, *cells in rows:
        ends, *columns = (cast("list[object]", cell) for cell in cells)
        order = sorted(range(len(ends)), key=lambda at, ends=ends: whole(ends[at]))
        totals = {
            base: array("d", (0.0, *accumulate(number(column[at]) or 0.0 for at in order)))
            for base, column in zip(ask.parts, columns, strict=True)
        }
        found[str(who)] = Buckets([whole(ends[at]) for at in order], totals)
    return found


def _readings(cells: object) -> Iterator[tuple[int, float | None]]:
    for step, value, _ in cast("Sequence[Sequence[object]]", cells):
        yield whole(step), number(value)


def _pairs(steps: object, values: object) -> Iterator[tuple[int, float | None]]:
    told = zip(cast("list[object]", steps), cast("list[object]", values), strict=True)
    return ((whole(step), number(value)) for step, value in told)


def _sorted(cells: Cells) -> tuple[list[int], list[int]]:
    minutes, last = (cast("list[object]", cell) for cell in cells)
    pairs = sorted((whole(minute), whole(time)) for minute, time in zip(minutes, last, strict=True))
    return [minute for minute, _ in pairs], [time for _, time in pairs]
