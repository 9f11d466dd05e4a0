"""The JSON of alerts, their history and silences. Times are unix seconds."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from kansoku.catalog.alerts import Severity
from kansoku.catalog.measures import Unit
from kansoku.judge.alarm import AlarmState, Health
from kansoku.judge.quiet import SilenceState
from kansoku.show.shapes import Words


class AlertShape(BaseModel):
    """An alert, its gravest state, and how its last evaluation went."""

    name: str
    title: Words
    why: Words
    todo: Words
    severity: Severity
    group: str
    by: str | None
    for_s: int
    keep_firing_for_s: int
    slo: str | None
    unit: Unit
    bound: float | None
    state: AlarmState
    health: Health | Literal["unknown"]
    error: str


class CauseShape(BaseModel):
    """A value of a field and the share of what is wrong that it accounts for."""

    field: str
    value: str
    share: float


class AlarmShape(BaseModel):
    """An alert with one set of labels, by the alert's name."""

    fingerprint: str
    name: str
    labels: dict[str, str]
    state: AlarmState
    value: float | None
    active_since: float
    fired_at: float | None
    resolved_at: float | None
    causes: list[CauseShape]
    budget_left: float | None
    silenced_by: list[str]
    inhibited_by: list[str]


class CountsShape(BaseModel):
    """What the evaluator counts since its start."""

    evaluations: int
    missed: int
    failures: int
    unsaved: int
    untold: int


class AlertsShape(BaseModel):
    """Every alert, and the alarms that are pending, firing or lately resolved, the gravest first.

    `settings_error` says why the newest file of settings is not in force; empty if it is.
    """

    evaluated_at: float | None
    every_s: float
    took_s: float | None
    leads: bool
    counts: CountsShape
    set_aside: str
    settings_error: str
    alerts: list[AlertShape]
    active: list[AlarmShape]


class PastShape(BaseModel):
    """A change of an alarm's state."""

    at: float
    name: str
    title: Words
    severity: str
    group: str
    fingerprint: str
    labels: dict[str, str]
    before: AlarmState
    state: AlarmState
    value: float | None
    active_since: float
    fired_at: float | None


class HistoryShape(BaseModel):
    """Changes in a window, newest first; `truncated` when there were more than are given."""

    begin: float = Field(serialization_alias="from")
    end: float = Field(serialization_alias="to")
    changes: list[PastShape]
    truncated: bool


class MatcherShape(BaseModel):
    """A label, or `alertname`, `group` or `severity`, and the value that it must have."""

    model_config = ConfigDict(extra="forbid", strict=True)
    label: str = Field(min_length=1, max_length=200)
    value: str = Field(max_length=1000)


class SilenceShape(BaseModel):
    """A silence; `warnings` say why it can silence nothing, as long as it is not over."""

    id: str
    matchers: list[MatcherShape]
    who: str
    why: str
    begins: float
    ends: float
    made_at: float
    state: SilenceState
    warnings: list[Words]


class SilencesShape(BaseModel):
    """Every silence that is not long over, the latest to end first."""

    silences: list[SilenceShape]


class SilenceAsked(BaseModel):
    """The body of `POST /api/silences`: a new silence, or with `id` a change of one.

    Without `begins` it holds at once.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    id: str | None = Field(default=None, max_length=64)
    matchers: list[MatcherShape] = Field(min_length=1, max_length=20)
    who: str = Field(min_length=1, max_length=200)
    why: str = Field(min_length=1, max_length=1000)
    begins: float | None = None
    ends: float
