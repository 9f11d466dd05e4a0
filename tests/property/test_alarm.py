"""Alarms against a tiny model of Prometheus' own rule, on random evaluations at random times."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.alert_pack import alerts
from kansoku.judge.alarm import FAILED, RULES, Alarm, Finding, Holding, fingerprint, step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kansoku.catalog.alerts import Alert
    from kansoku.judge.alarm import Transition

ALERT = next(one for one in alerts() if one.name == "HighLatency")
FAST = replace(ALERT, for_s=0)


def of(*models: str) -> Finding:
    return Finding(tuple(Holding({"response_model": model}, 12.5) for model in models))


def run(alert: Alert, steps: Sequence[tuple[float, Finding]]) -> tuple[tuple[Alarm, ...], list[Transition]]:
    alarms: tuple[Alarm, ...] = ()
    told: list[Transition] = []
    for now, finding in steps:
        alarms, changes = step(alert, alarms, finding, now)
        told += changes
    return alarms, told


# --- the model: `Eval` of rules/alerting.go, line by line, with its zero times


@dataclass
class Active:
    state: str
    active_at: float
    fired_at: float = 0
    resolved_at: float = 0
    keep_firing_since: float = 0


def model(  # noqa: C901
    for_s: int, keep_s: int, active: dict[str, Active], result: frozenset[str], ts: float
) -> None:
    for label in result:
        if label in active and active[label].state != "inactive":
            continue
        active[label] = Active("pending", ts)
    for label in list(active):
        a = active[label]
        if label not in result:
            keep = False
            if a.state == "firing" and keep_s > 0:
                if not a.keep_firing_since:
                    a.keep_firing_since = ts
                if ts - a.keep_firing_since < keep_s:
                    keep = True
            if a.state == "pending" or (a.state == "inactive" and a.resolved_at and ts - a.resolved_at > 900):
                del active[label]
            if a.state != "inactive" and not keep:
                a.state = "inactive"
                a.resolved_at = ts
            if not keep:
                continue
        else:
            a.keep_firing_since = 0
        if a.state == "pending" and ts - a.active_at >= for_s:
            a.state = "firing"
            a.fired_at = ts


evaluation = st.tuples(st.integers(1, 400), st.none() | st.frozensets(st.sampled_from("abc")))


@given(
    for_s=st.sampled_from([0, 15, 60, 300]),
    keep_s=st.sampled_from([0, 15, 120]),
    evaluations=st.lists(evaluation, max_size=40),
)
def test_alarms_stand_as_prometheus_has_them(
    for_s: int, keep_s: int, evaluations: list[tuple[int, frozenset[str] | None]]
) -> None:
    alert = replace(ALERT, for_s=for_s, keep_firing_for_s=keep_s)
    alarms: tuple[Alarm, ...] = ()
    active: dict[str, Active] = {}
    now = 1_800_000_000.0
    for pause, result in evaluations:
        now += pause
        before = {alarm.fingerprint: alarm.state for alarm in alarms}
        alarms, changes = step(alert, alarms, FAILED if result is None else of(*result), now)
        if result is not None:
            model(for_s, keep_s, active, result, now)
        names = {"inactive": "resolved"}
        meant = {
            label: (names.get(a.state, a.state), a.active_at, a.fired_at or None, a.resolved_at or None)
            for label, a in active.items()
        }
        assert {
            alarm.labels["response_model"]: (
                alarm.state,
                alarm.active_since,
                alarm.fired_at,
                alarm.resolved_at,
            )
            for alarm in alarms
        } == meant
        after = {alarm.fingerprint: alarm.state for alarm in alarms}
        told = {one.alarm.fingerprint: (one.before, one.alarm.state) for one in changes}
        names_of = {*before, *after}
        moved = {
            name: (before.get(name, "inactive"), after.get(name, "inactive"))
            for name in names_of
            if before.get(name) != after.get(name)
        }
        assert told == moved


@given(evaluations=st.lists(evaluation, max_size=40))
def test_no_step_is_taken_that_the_table_does_not_have(
    evaluations: list[tuple[int, frozenset[str] | None]],
) -> None:
    steps = {(rule.before, rule.after) for rule in RULES}
    now = 0.0
    timed: list[tuple[float, Finding]] = []
    for pause, result in evaluations:
        now += pause
        timed.append((now, FAILED if result is None else of(*result)))
    _, told = run(replace(ALERT, keep_firing_for_s=30), timed)
    assert {(one.before, one.alarm.state) for one in told} <= steps


def test_it_fires_when_it_has_held_for_its_time_though_evaluations_were_missed() -> None:
    alarms, told = run(ALERT, [(0, of("a")), (599, of("a")), (600, of("a"))])
    assert [(one.before, one.alarm.state, one.at) for one in told] == [
        ("inactive", "pending", 0),
        ("pending", "firing", 600),
    ]
    assert (alarms[0].active_since, alarms[0].fired_at) == (0, 600)


def test_an_evaluation_that_failed_neither_resolves_nor_counts_anew() -> None:
    alarms, told = run(FAST, [(0, of("a")), (15, FAILED)])
    assert [(alarm.state, alarm.health) for alarm in alarms] == [("firing", "failed")]
    assert len(told) == 1
    alarms, told = run(ALERT, [(0, of("a")), (300, FAILED), (600, of("a"))])
    assert [(alarm.state, alarm.health) for alarm in alarms] == [("firing", "ok")]


def test_no_data_resolves_as_absence_does_and_says_so() -> None:
    alarms, told = run(FAST, [(0, of("a")), (15, Finding(health="no_data"))])
    assert [(alarm.state, alarm.health) for alarm in alarms] == [("resolved", "no_data")]
    assert told[-1].at == 15


def test_one_alarm_for_each_set_of_labels_under_a_name_that_stays() -> None:
    alarms, _ = run(FAST, [(0, of("a", "b"))])
    assert len({alarm.fingerprint for alarm in alarms}) == 2
    assert fingerprint(ALERT, {"x": "1", "y": "2"}) == fingerprint(ALERT, {"y": "2", "x": "1"})
    assert alarms[0].fingerprint == fingerprint(ALERT, {"response_model": "a"})
