"""An alarm as it is told: plain data, complete in itself, that outlives a restart in the queue.

Only names and figures are in it, never what users or the model wrote.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, cast
from unicodedata import category

from kansoku.catalog.alerts import SEVERITIES, Severity
from kansoku.catalog.text import Text
from kansoku.judge.notice import Cause, Told
from kansoku.notify.figure import figure

ItemState = Literal["firing", "resolved"]

MOST_LETTERS = 120
"""A longer value of a label is cut: nobody reads it, and services refuse it."""

HIDDEN = "…"
"""Stands for the id of a person that is no pseudonym."""

_PEOPLE = ("user_id", "session_id")
_PSEUDONYM = re.compile(r"[us]_[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class Item:
    """One alarm. Times are unix seconds.

    Attributes:
        name: The alert's name.
        title: What is wrong.
        why: What it means for users.
        todo: What to look at first.
        severity: Who is told, and when.
        group: Alerts of one group are told together.
        labels: What the alert is split by.
        fingerprint: Names the alert and the labels.
        state: Whether it fires or has ended.
        value: The figure that the test last held with.
        figure: The figure beside its bound, in words; empty where there is none.
        fired_at: When it began to fire.
        resolved_at: When it ended; None while it fires.
        active_since: When the test was first found to hold.
        causes: Who or what caused it, the largest share first.
        budget_left: The share of the error budget that is left.
        slo: The objective that it guards.
        turn: How often it was told before that it fires.
        test: Whether it is only a test of the channel.
    """

    name: str
    title: Text
    why: Text
    todo: Text
    severity: Severity
    group: str
    labels: Mapping[str, str]
    fingerprint: str
    state: ItemState
    value: float | None
    figure: Text
    fired_at: float
    resolved_at: float | None
    active_since: float
    causes: tuple[Cause, ...] = ()
    budget_left: float | None = None
    slo: str | None = None
    turn: int = 0
    test: bool = False

    @property
    def gravity(self) -> int:
        """0 for what is gravest."""
        return SEVERITIES.index(self.severity)

    @property
    def at(self) -> float:
        """When it came into its state."""
        return self.fired_at if self.resolved_at is None else self.resolved_at

    def dumps(self) -> str:
        """The item as JSON."""
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))


def loads(text: str) -> Item:
    """The item of its JSON."""
    found = cast("dict[str, object]", json.loads(text))
    for key in ("title", "why", "todo", "figure"):
        found[key] = Text(**cast("dict[str, str]", found[key]))
    causes = cast("list[dict[str, object]]", found["causes"])
    found["causes"] = tuple(
        Cause(str(one["field"]), str(one["value"]), float(cast("float", one["share"]))) for one in causes
    )
    return Item(**found)  # type: ignore[arg-type]


def item_of(told: Told) -> Item:
    """What is told of an alarm that fires or has ended."""
    alarm, alert = told.alarm, told.alarm.alert
    fired_at = alarm.active_since if alarm.fired_at is None else alarm.fired_at
    ended = alarm.state == "resolved"
    resolved_at = alarm.resolved_at if alarm.resolved_at is not None else fired_at
    return Item(
        alert.name,
        alert.title,
        alert.why,
        alert.todo,
        alert.severity,
        alert.group,
        {name: shown(name, value) for name, value in alarm.labels.items()},
        alarm.fingerprint,
        "resolved" if ended else "firing",
        alarm.value,
        figure(alert.test, alarm.value),
        fired_at,
        resolved_at if ended else None,
        alarm.active_since,
        tuple(replace(one, value=shown(one.field, one.value)) for one in told.causes),
        told.budget_left,
        alert.slo,
    )


def shown(field: str, value: str) -> str:
    """A value as it may leave the server: in one line, cut, and of people only their pseudonyms."""
    if field in _PEOPLE and value and not _PSEUDONYM.fullmatch(value):
        return HIDDEN
    line = "".join(" " if category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter for letter in value)
    return line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 1]}…"
