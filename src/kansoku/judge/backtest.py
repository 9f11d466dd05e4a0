"""Alerts run over the past, by the very tests and states of the evaluator: when would they have fired?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from kansoku.catalog.alerts import Alert, Compare, Every, Signal, Some, Test
from kansoku.catalog.measures import Count, Not, Ratio
from kansoku.catalog.slos import LEAST_BAD, Slo
from kansoku.judge.alarm import Alarm, finding, step
from kansoku.query.alert_oracle import Judged
from kansoku.query.backtest_sql import STEP_S

Testing = Callable[[Alert, range], Iterable[Mapping[str, Judged]]]
"""What an alert's test gives at each of some seconds, by the value that it is split by."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A stretch in which an alert would have fired. Times are unix seconds.

    Attributes:
        labels: The value that the alert is split by; empty if it is not.
        active_since: Since when its test held.
        fired_at: When it would have been told.
        resolved_at: When it would have ended; None where it still fires at the end.
        value: The figure that it fired with.
    """

    labels: Mapping[str, str]
    active_since: float
    fired_at: float
    resolved_at: float | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Backtest:
    """What an alert would have done.

    Attributes:
        alert: The alert.
        firings: In the order in which they would have been told.
        no_data: In how many of the `evaluations` a figure could not be had.
        evaluations: How often it was judged.
    """

    alert: Alert
    firings: tuple[Firing, ...]
    no_data: int
    evaluations: int


def backtest(alert: Alert, testing: Testing, begin: int, end: int) -> Backtest:
    """What the alert would have done from `begin` to `end`, unix seconds, judged once a minute."""
    alarms: tuple[Alarm, ...] = ()
    firings: dict[tuple[str, float], Firing] = {}
    no_data = evaluations = 0
    moments = range(-(-begin // STEP_S) * STEP_S, end + 1, STEP_S)
    for now, told in zip(moments, testing(alert, moments), strict=True):
        found = finding(alert, told)
        no_data += found.health == "no_data"
        evaluations += 1
        alarms, changes = step(alert, alarms, found, now)
        for alarm in (change.alarm for change in changes if change.alarm.fired_at is not None):
            key = alarm.fingerprint, alarm.fired_at or 0.0
            if alarm.state == "firing":
                firings[key] = Firing(dict(alarm.labels), alarm.active_since, now, None, alarm.value)
            elif alarm.state == "resolved":
                firings[key] = replace(firings[key], resolved_at=alarm.resolved_at)
    return Backtest(alert, tuple(firings.values()), no_data, evaluations)


def spending(slo: Slo) -> Alert | None:
    """An alert that fires as long as the budget goes too fast over any long window, as nobody is told of.

    None where no burn rate can be reached.
    """
    tests = tuple(_spends(slo, burn.factor, burn.long_s) for burn in slo.burns if slo.reachable(burn))
    if not tests:
        return None
    return Alert(
        f"spending {slo.name}",
        slo.title,
        slo.why,
        slo.why,
        Some(tests),
        for_s=0,
        severity="info",
        group="slo",
    )


def missed(spent: Backtest, fired: Iterable[Backtest]) -> tuple[Firing, ...]:
    """The stretches of spending in which none of the alerts fired."""
    told = [firing for one in fired for firing in one.firings]
    return tuple(stretch for stretch in spent.firings if not any(_meet(stretch, one) for one in told))


def _meet(one: Firing, other: Firing) -> bool:
    """Whether the two overlap."""
    return (other.resolved_at is None or other.resolved_at > one.fired_at) and (
        one.resolved_at is None or one.resolved_at > other.fired_at
    )


def _spends(slo: Slo, factor: float, long_s: int) -> Test:
    bad = Signal(Ratio(slo.relation, slo.eligible, Not(slo.good)), long_s)
    least = [Compare(Signal(Count(slo.relation, slo.bad), long_s), ">=", LEAST_BAD)]
    if slo.at_least:
        least.append(Compare(Signal(Count(slo.relation, slo.eligible), long_s), ">=", slo.at_least))
    return Every((Compare(bad, ">", factor * slo.budget), *least))
