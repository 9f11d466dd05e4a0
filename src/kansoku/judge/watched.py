"""What is known of every alert after an evaluation, for those who look."""

from dataclasses import dataclass

from kansoku.catalog.alerts import Alert
from kansoku.catalog.text import Text
from kansoku.judge.alarm import AlarmState, Health
from kansoku.judge.notice import Told


@dataclass(frozen=True, slots=True)
class AlertNow:
    """An alert and how its last evaluation went; `health` is None before the first one.

    Attributes:
        alert: What is tested.
        state: The gravest state of its alarms, `inactive` without any.
        health: Of the last evaluation.
        error: Why it failed, if it did.
    """

    alert: Alert
    state: AlarmState
    health: Health | None
    error: str = ""


@dataclass(frozen=True, slots=True)
class AlarmNow:
    """An alarm with what helps to understand it, and why it is not told, if it is not.

    Attributes:
        told: The alarm, its causes and the error budget that is left.
        silenced_by: The names of the silences that match it.
        inhibited_by: The names of the alerts that speak for it.
    """

    told: Told
    silenced_by: tuple[str, ...] = ()
    inhibited_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What the evaluator counts since its start.

    Attributes:
        evaluations: Evaluations of all alerts that were made.
        missed: Evaluations that were due and not made, as those before took too long.
        failures: Evaluations of single alerts that failed.
        unsaved: Times that the state could not be written.
        untold: Times that a notice could not be handed on.
    """

    evaluations: int = 0
    missed: int = 0
    failures: int = 0
    unsaved: int = 0
    untold: int = 0


@dataclass(frozen=True, slots=True)
class Watched:
    """Where all alerts stand.

    Attributes:
        evaluated_at: When they were last evaluated, in unix seconds; None if never.
        every_s: How often they are evaluated.
        took_s: How long the last evaluation took.
        leads: Whether this node evaluates; of several that share a store, one does.
        counts: What happened since the start.
        alerts: Every alert, in the catalog's order.
        alarms: The active and the lately resolved ones, the gravest first.
        set_aside: Where a state that could not be read was moved at the start, if one was.
        refused: Why the newest file of settings is not in force; empty if it is.
        heard: Whether the alarms are as the node that evaluates kept them last.
    """

    evaluated_at: float | None
    every_s: float
    took_s: float | None
    leads: bool
    counts: Counts
    alerts: tuple[AlertNow, ...]
    alarms: tuple[AlarmNow, ...]
    set_aside: str = ""
    refused: str = ""
    heard: bool = False

    @property
    def firing(self) -> tuple[AlarmNow, ...]:
        """The alarms that fire; none is known to where another node evaluates and was not heard of."""
        known = self.leads or self.heard
        return tuple(one for one in self.alarms if known and one.told.alarm.state == "firing")


@dataclass(frozen=True, slots=True)
class Past:
    """A change of an alarm's state as it was kept: its alert may have been changed or removed since.

    Attributes:
        at: When, in unix seconds.
        alert: The alert's name.
        title: What was wrong.
        severity: As it was.
        group: As it was.
        fingerprint: The alarm's.
        labels: The alarm's.
        before: The state until then.
        state: The state from then on.
        value: The figure that the test last held with.
        active_since: When the test was first found to hold.
        fired_at: When it began to fire, if it did.
    """

    at: float
    alert: str
    title: Text
    severity: str
    group: str
    fingerprint: str
    labels: dict[str, str]
    before: AlarmState
    state: AlarmState
    value: float | None
    active_since: float
    fired_at: float | None
