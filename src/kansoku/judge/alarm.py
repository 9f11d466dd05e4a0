"""An alert's state for each set of labels, step by step, as Prometheus keeps it.

`RULES` is the whole of the state machine, as data, and `step` follows it. As in Prometheus
(rules/alerting.go), the time that a test must hold counts from the first evaluation that found it to hold; an
evaluation that was missed changes nothing by itself; what is no longer found is resolved. An evaluation that
failed found nothing out, so that every state stays.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Literal

from kansoku.catalog.alerts import Alert, Test
from kansoku.query.alert_oracle import Judged

AlarmState = Literal["inactive", "pending", "firing", "resolved"]
"""`inactive` is never kept: it is where an alarm comes from and where a pending one falls back to."""

Health = Literal["ok", "no_data", "failed"]
"""Of an alert's last evaluation. `no_data`: a figure that it tests could not be had, and it does not hold."""

RESOLVED_KEPT_S = 15 * 60
"""For so many seconds an alarm is kept as resolved, as Prometheus does, so that nobody misses its end."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alert with one set of labels. Times are unix seconds of evaluations.

    Attributes:
        alert: What is tested.
        labels: The value that the alert is split by; empty if it is not.
        fingerprint: Names the alert and the labels, in every run.
        state: Where it stands.
        value: The figure that the test last held with.
        active_since: When the test was first found to hold, without a break since.
        fired_at: When it began to fire.
        resolved_at: When it ceased.
        health: Of the alert's last evaluation.
        kept_since: Since when it fires only because `keep_firing_for_s` says so.
    """

    alert: Alert
    labels: Mapping[str, str]
    fingerprint: str
    state: AlarmState
    value: float | None
    active_since: float
    fired_at: float | None = None
    resolved_at: float | None = None
    health: Health = "ok"
    kept_since: float | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """An alarm that changed its state, as it is since."""

    alarm: Alarm
    before: AlarmState
    at: float


@dataclass(frozen=True, slots=True)
class Holding:
    """A set of labels for which an alert's test holds, the figure that it holds with, and whose that is."""

    labels: Mapping[str, str]
    value: float | None
    first: Test | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """What one evaluation of an alert found: where it holds, and how far it can be trusted."""

    holdings: tuple[Holding, ...] = ()
    health: Health = "ok"


FAILED = Finding(health="failed")
"""An evaluation that failed."""


def finding(alert: Alert, told: Mapping[str, Judged]) -> Finding:
    """What the test gave, by the value that the alert is split by, as a finding."""
    holdings = tuple(
        Holding({alert.by: who} if alert.by and who else {}, one.value, one.first)
        for who, one in told.items()
        if one.holds
    )
    known = bool(holdings) or any(one.known for one in told.values())
    return Finding(holdings, "ok" if known else "no_data")


Seen = Literal["holds", "holds_long", "ceased", "ceased_kept", "forgotten"]
"""What an evaluation sees of one set of labels.

`holds`: the test holds, for less than `for_s` so far. `holds_long`: for that long or longer. `ceased`: it
does not hold. `ceased_kept`: it does not, for less than `keep_firing_for_s` so far. `forgotten`: it has been
resolved for longer than `RESOLVED_KEPT_S`.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """From a state, by what is seen, to a state."""

    before: AlarmState
    seen: Seen
    after: AlarmState


RULES: tuple[Rule, ...] = (
    Rule("inactive", "holds", "pending"),
    Rule("inactive", "holds_long", "firing"),
    Rule("pending", "holds", "pending"),
    Rule("pending", "holds_long", "firing"),
    Rule("pending", "ceased", "inactive"),
    Rule("firing", "holds", "firing"),
    Rule("firing", "holds_long", "firing"),
    Rule("firing", "ceased_kept", "firing"),
    Rule("firing", "ceased", "resolved"),
    Rule("resolved", "holds", "pending"),
    Rule("resolved", "holds_long", "firing"),
    Rule("resolved", "ceased", "resolved"),
    Rule("resolved", "forgotten", "inactive"),
)
_AFTER: Mapping[tuple[AlarmState, Seen], AlarmState] = {
    (rule.before, rule.seen): rule.after for rule in RULES
}


def fingerprint(alert: Alert, labels: Mapping[str, str]) -> str:
    """Names an alert with its labels."""
    told = repr((alert.name, sorted(labels.items())))
    return blake2b(told.encode(), digest_size=8).hexdigest()


def step(
    alert: Alert, alarms: Iterable[Alarm], finding: Finding, now: float
) -> tuple[tuple[Alarm, ...], tuple[Transition, ...]]:
    """The alert's alarms after an evaluation at `now`, and those that changed their state by it."""
    known = {alarm.fingerprint: alarm for alarm in alarms}
    if finding.health == "failed":
        return tuple(replace(alarm, health="failed") for alarm in known.values()), ()
    held = {fingerprint(alert, one.labels): one for one in finding.holdings}
    kept: list[Alarm] = []
    changes: list[Transition] = []
    for name in dict.fromkeys((*known, *held)):
        before: AlarmState = known[name].state if name in known else "inactive"
        alarm = _stepped(alert, known.get(name), held.get(name), now)
        alarm = replace(alarm, alert=alert, health=finding.health)
        if alarm.state != before:
            changes.append(Transition(alarm, before, now))
        if alarm.state != "inactive":
            kept.append(alarm)
    return tuple(kept), tuple(changes)


def _stepped(alert: Alert, alarm: Alarm | None, held: Holding | None, now: float) -> Alarm:
    """One set of labels after the evaluation; it is known, or it holds, or both."""
    if held is None:
        assert alarm is not None  # noqa: S101
        return _ceased(alert, alarm, now)
    if alarm is None or alarm.state == "resolved":
        before: AlarmState = "inactive" if alarm is None else "resolved"
        name = fingerprint(alert, held.labels)
        alarm = Alarm(alert, dict(held.labels), name, before, held.value, active_since=now)
    seen: Seen = "holds_long" if now - alarm.active_since >= alert.for_s else "holds"
    after = _AFTER[alarm.state, seen]
    fired_at = now if after == "firing" and alarm.fired_at is None else alarm.fired_at
    return replace(alarm, state=after, value=held.value, fired_at=fired_at, kept_since=None)


def _ceased(alert: Alert, alarm: Alarm, now: float) -> Alarm:
    """An alarm whose test does not hold."""
    seen, kept_since = _seen_ceased(alert, alarm, now)
    after = _AFTER[alarm.state, seen]
    resolved_at = now if after == "resolved" and alarm.resolved_at is None else alarm.resolved_at
    return replace(alarm, state=after, resolved_at=resolved_at, kept_since=kept_since)


def _seen_ceased(alert: Alert, alarm: Alarm, now: float) -> tuple[Seen, float | None]:
    """What is seen of it, and since when it is kept."""
    if alarm.state == "resolved" and now - (alarm.resolved_at or now) > RESOLVED_KEPT_S:
        return "forgotten", None
    if alarm.state == "firing" and alert.keep_firing_for_s > 0:
        since = now if alarm.kept_since is None else alarm.kept_since
        return ("ceased_kept", since) if now - since < alert.keep_firing_for_s else ("ceased", None)
    return "ceased", None
