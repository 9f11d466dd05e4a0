"""Which alarms are not told: those that somebody has silenced, and those that others speak for."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from math import isfinite
from typing import Literal

from kansoku.catalog.alerts import Alert, is_as_grave
from kansoku.catalog.inhibitions import INHIBITIONS, Inhibition, of_burns
from kansoku.catalog.text import Text
from kansoku.errors import SettingError
from kansoku.judge.alarm import Alarm

ALERT, GROUP, SEVERITY = "alertname", "group", "severity"
"""What a matcher may name besides the alarm's own labels."""

LONGEST_S = 366 * 86_400
"""A silence that lasts longer is a removed alert that nobody remembers."""

_OF_ALERTS: Mapping[str, Text] = {
    ALERT: Text("name", "名前"),
    GROUP: Text("group", "グループ"),
    SEVERITY: Text("severity", "重要度"),
}
_NO_ALERT = Text(
    "No alert has the {0} {1!r}: nothing is silenced until one has.",
    "{0}が「{1}」のアラートはありません。該当するアラートができるまで何も抑止しません。",
)
_MEANT = Text(" Is it {0}?", "「{0}」ではありませんか?")
_NEVER_TOGETHER = Text(
    "No alert has this name, group and severity at once: nothing is silenced.",
    "この名前・グループ・重要度をすべて持つアラートはありません。何も抑止しません。",
)
_HAVE = Text(
    "No alarm of these alerts has all of these labels: nothing is silenced. They have {1} and one of {0}.",
    "これらのラベルをすべて持つアラームはなく、何も抑止しません。対象のラベル: {1} と、{0} のいずれか。",
)
_HAVE_NONE = Text(
    "Alarms of these alerts have no labels: nothing is silenced. Leave the labels out.",
    "対象アラートのアラームにラベルはなく、何も抑止しません。ラベルを外してください。",
)

SilenceState = Literal["pending", "active", "expired"]


@dataclass(frozen=True, slots=True)
class Matcher:
    """Matches alarms whose label has the value; an alarm without that label has an empty value."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Alarms that all matchers match are not told from `begins` until before `ends`, unix seconds.

    Attributes:
        name: Names it, in every run.
        matchers: At least one.
        who: Who made it.
        why: Why.
        begins: From when on.
        ends: Until when.
        made_at: When it was made or last changed.
    """

    name: str
    matchers: tuple[Matcher, ...]
    who: str
    why: str
    begins: float
    ends: float
    made_at: float

    def state(self, now: float) -> SilenceState:
        """Whether it is yet to come, holds, or is over.

        What was to hold at once, or is over at once, is so for a clock too that was set back since.
        """
        if now >= self.ends or self.ends <= self.made_at:
            return "expired"
        return "active" if now >= self.begins or self.begins <= self.made_at else "pending"

    def matches(self, alarm: Alarm) -> bool:
        """Whether it is about the alarm, whenever."""
        told = known_by(alarm)
        return all(told.get(one.label, "") == one.value for one in self.matchers)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A silence as it is asked for; without `begins` it holds at once, with `name` it changes that one."""

    matchers: tuple[Matcher, ...]
    who: str
    why: str
    begins: float | None
    ends: float
    name: str | None = None

    def silence(self, name: str, now: float) -> Silence:
        """The silence, made at `now`.

        Raises:
            SettingError: If it could do nothing or too much; the message begins with the field.
        """
        begins = now if self.begins is None else self.begins
        if not all(map(isfinite, (begins, self.ends))):
            raise SettingError("ends: give times in unix seconds")
        if not any(one.value for one in self.matchers):
            raise SettingError("matchers: name at least one label with a value, such as alertname")
        if not self.who.strip() or not self.why.strip():
            raise SettingError("why: say who silences and why, for those who wonder later")
        if self.ends <= max(begins, now):
            raise SettingError("ends: a silence must end after now and after it begins")
        if self.ends - begins > LONGEST_S:
            raise SettingError("ends: a silence may last a year at most; change the alert instead")
        return Silence(name, self.matchers, self.who.strip(), self.why.strip(), begins, self.ends, now)


def expired(silence: Silence, now: float) -> Silence:
    """The silence, over from `now` on if it is not yet."""
    return replace(silence, begins=min(silence.begins, now), ends=min(silence.ends, now), made_at=now)


def known_by(alarm: Alarm) -> Mapping[str, str]:
    """The alarm's labels with its alert's name, group and severity, which no label can stand in for."""
    return {**alarm.labels, **_of_alert(alarm.alert)}


def unmet(silence: Silence, alerts: Iterable[Alert]) -> tuple[Text, ...]:
    """Which of its matchers no alarm of the alerts can meet, and what would; nothing where one can."""
    known = tuple(alerts)
    about, wrong = known, list[Text]()
    for label, what in _OF_ALERTS.items():
        wanted = [one.value for one in silence.matchers if one.label == label]
        values = dict.fromkeys(_of_alert(one)[label] for one in known)
        wrong += [_no_alert(what, value, values) for value in wanted if value not in values]
        about = tuple(one for one in about if all(_of_alert(one)[label] == value for value in wanted))
    if wrong or not about:
        return tuple(wrong) or (_NEVER_TOGETHER,)
    labels = {one.label for one in silence.matchers if one.value and one.label not in _OF_ALERTS}
    if any(labels <= {one.by} for one in about):
        return ()
    found = dict.fromkeys(one.by for one in about if one.by)
    told = ", ".join(found), ", ".join(_OF_ALERTS)
    return (_HAVE.format(told, told) if found else _HAVE_NONE,)


def _no_alert(what: Text, value: str, values: Iterable[str]) -> Text:
    told = _NO_ALERT.format((what.en, value), (what.ja, value))
    near = get_close_matches(value, list(values), 1)
    meant = _MEANT.format((near[0],), (near[0],)) if near else Text("", "")
    return Text(f"{told.en}{meant.en}", f"{told.ja}{meant.ja}")


def _of_alert(alert: Alert) -> Mapping[str, str]:
    return {ALERT: alert.name, GROUP: alert.group, SEVERITY: alert.severity}


def silenced_by(alarm: Alarm, silences: Iterable[Silence], now: float) -> tuple[Silence, ...]:
    """The silences that keep the alarm from being told at that moment."""
    return tuple(one for one in silences if one.state(now) == "active" and one.matches(alarm))


def inhibited_by(
    alarm: Alarm, alarms: Iterable[Alarm], inhibitions: Iterable[Inhibition] = INHIBITIONS
) -> tuple[Alarm, ...]:
    """The firing alarms, of all, that speak for it; they do so even where they are silenced themselves.

    None is less grave than it: whoever is paged would hear of neither.
    """
    firing = [one for one in alarms if one.state == "firing" and one.alert.name != alarm.alert.name]
    burns = of_burns((alarm.alert.name, *(one.alert.name for one in firing)))
    about = [one for one in (*inhibitions, *burns) if alarm.alert.name in one.of]
    return tuple(one for one in firing if any(_speaks(rule, one, alarm) for rule in about))


def _speaks(rule: Inhibition, by: Alarm, of: Alarm) -> bool:
    same = all(by.labels.get(label, "") == of.labels.get(label, "") for label in rule.equal)
    return by.alert.name in rule.by and same and is_as_grave(by.alert.severity, of.alert.severity)
