"""What is kept of alarms as JSON, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter

from kansoku.catalog.alerts import Alert, Always, Severity
from kansoku.catalog.text import Text
from kansoku.judge.alarm import Alarm, AlarmState, Health, Transition
from kansoku.judge.notice import Cause, Told
from kansoku.judge.quiet import Silence
from kansoku.judge.telling import Mark
from kansoku.judge.watched import Past


@dataclass(frozen=True, slots=True)
class AlertWords:
    """What is still told of an alarm after its alert has been removed from the settings."""

    name: str
    title: Text
    why: Text
    todo: Text
    severity: Severity
    group: str
    by: str | None
    slo: str | None

    @classmethod
    def of(cls, alert: Alert) -> Self:
        """Of an alert."""
        return cls(
            alert.name,
            alert.title,
            alert.why,
            alert.todo,
            alert.severity,
            alert.group,
            alert.by,
            alert.slo,
        )

    def alert(self) -> Alert:
        """The alert, without its test."""
        return Alert(
            self.name,
            self.title,
            self.why,
            self.todo,
            Always(),
            for_s=0,
            severity=self.severity,
            group=self.group,
            by=self.by,
            slo=self.slo,
        )


@dataclass(frozen=True, slots=True)
class AlarmRecord:
    """An alarm with all that must survive a restart."""

    alert: AlertWords
    labels: dict[str, str]
    fingerprint: str
    state: AlarmState
    value: float | None
    active_since: float
    fired_at: float | None
    resolved_at: float | None
    health: Health
    kept_since: float | None
    causes: tuple[Cause, ...]
    budget_left: float | None
    mark: Mark | None

    @classmethod
    def of(cls, told: Told, mark: Mark | None) -> Self:
        """Of an alarm and what was told of it."""
        alarm = told.alarm
        return cls(
            AlertWords.of(alarm.alert),
            dict(alarm.labels),
            alarm.fingerprint,
            alarm.state,
            alarm.value,
            alarm.active_since,
            alarm.fired_at,
            alarm.resolved_at,
            alarm.health,
            alarm.kept_since,
            told.causes,
            told.budget_left,
            mark,
        )

    def told(self, alerts: Mapping[str, Alert]) -> Told:
        """The alarm, of the alert of that name if there still is one."""
        alarm = Alarm(
            alerts.get(self.alert.name) or self.alert.alert(),
            self.labels,
            self.fingerprint,
            self.state,
            self.value,
            self.active_since,
            self.fired_at,
            self.resolved_at,
            self.health,
            self.kept_since,
        )
        return Told(alarm, self.causes, self.budget_left)


def past(change: Transition) -> Past:
    """The change as it is kept."""
    alarm, alert = change.alarm, change.alarm.alert
    return Past(
        change.at,
        alert.name,
        alert.title,
        alert.severity,
        alert.group,
        alarm.fingerprint,
        dict(alarm.labels),
        change.before,
        alarm.state,
        alarm.value,
        alarm.active_since,
        alarm.fired_at,
    )


ALARM, PAST, SILENCE = TypeAdapter(AlarmRecord), TypeAdapter(Past), TypeAdapter(Silence)
