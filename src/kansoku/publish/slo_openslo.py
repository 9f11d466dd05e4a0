"""Objects of OpenSLO v1, read: SLO, SLI, AlertPolicy and AlertCondition.

Source: the specification's types in OpenSLO's repository (pkg/openslo/v1).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import available_timezones

from kansoku.catalog.alerts import Severity
from kansoku.catalog.periods import LENGTHS_S, Calendar, Unit
from kansoku.publish.slo_spec import (
    DURATIONS,
    FIRST_PERIOD,
    MOST_LETTERS,
    Burning,
    Notes,
    Spec,
    counted_of,
    in_percent,
    own_name,
    portion_of,
    rest,
    seconds,
    target_of,
    told_in,
)
from kansoku.publish.yaml_tree import Node
from kansoku.query.promql_counts import Counted, Portion
from kansoku.settings.entry import Faults

VERSION = "openslo/v1"

_DAY_S = 86_400
_MOST_S = 90 * _DAY_S
_LONGEST_S = 30 * _DAY_S
_FOR_S = 7 * _DAY_S
_OBJECT = ("apiVersion", "kind", "metadata", "spec")
_READ = ("SLO", "SLI", "AlertPolicy", "AlertCondition")
_OTHERS = {
    "Service": "objectives are of all services' events; write service = … into one to narrow it",
    "DataSource": "Kansoku judges what it stores itself",
    "AlertNotificationTarget": "who is told stands in [[channels]]",
}
_LABELS = "Kansoku's objectives have no labels"
_SEVERITIES: Mapping[str, Severity] = {"page": "page", "ticket": "ticket", "info": "info"}
_SIGNS = {"gt": ">", "gte": ">="}
_NOT_LETTERS = re.compile(r"[^A-Za-z0-9]+")


@dataclass(slots=True)
class Objects:
    """The objects of all files, by kind and name."""

    found: dict[tuple[str, str], Node] = field(default_factory=dict[tuple[str, str], Node])
    used: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def add(self, node: Node, notes: Notes) -> None:
        """Takes in a document, or each object of one that is a list.

        Raises:
            SettingError: If it is no object, or its name is there already.
        """
        parts = node.fields(_OBJECT)
        kind = node.need(parts, "kind")
        name = _metadata(node, parts).get("name")
        if isinstance(kind.value, str) and kind.value in _OTHERS:
            notes.told.append(
                f"{node.said} is a {kind.value}, which is not taken over: {_OTHERS[kind.value]}"
            )
            return
        if kind.value not in _READ:
            raise kind.wrong(f"{kind.shown()} is not read; use one of {', '.join(_READ)}")
        if name is None:
            raise node.wrong("has no metadata.name; give it")
        key = (str(kind.value), name.text())
        if key in self.found:
            raise name.wrong(f"{name.shown()} is another {key[0]}'s; give each its own")
        self.found[key] = node

    def of(self, kind: str, reference: Node) -> Node:
        """The object of that kind that is referred to.

        Raises:
            SettingError: If it is not in the files.
        """
        key = (kind, reference.text())
        if key not in self.found:
            raise reference.wrong(
                f"names the {kind} {reference.shown()}, which is not in the files; give its file too"
            )
        self.used.add(key)
        return self.found[key]

    def specs(self, notes: Notes, faults: Faults) -> Iterator[Spec]:
        """The objectives.

        Raises:
            SettingError: If one cannot be read, unless faults are collected.
        """
        for (kind, _), node in self.found.items():
            if kind == "SLO":
                with faults.kept():
                    yield from _specs(node, self, notes)
        for key, node in self.found.items():
            if key[0] != "SLO" and key not in self.used:
                notes.told.append(f"{node.said} is not taken over: no objective that is read refers to it")


def _metadata(node: Node, parts: dict[str, Node]) -> dict[str, Node]:
    if "metadata" not in parts:
        raise node.wrong("has no metadata; give its name")
    return parts["metadata"].fields(("name", "displayName", "labels", "annotations"))


_SPEC = (
    "description",
    "service",
    "indicator",
    "indicatorRef",
    "budgetingMethod",
    "timeWindow",
    "objectives",
    "alertPolicies",
)
_OBJECTIVE = (
    "displayName",
    "op",
    "value",
    "target",
    "targetPercent",
    "timeSliceTarget",
    "timeSliceWindow",
)


@dataclass(frozen=True, slots=True)
class _Objective:
    """One of the objectives of an SLO: where it stands, what it is called, and its target."""

    node: Node
    title: Node | None
    target: float


def _specs(node: Node, objects: Objects, notes: Notes) -> list[Spec]:
    """One for each objective. Of several over the same events, each is named by its target, too."""
    parts = node.fields(_OBJECT)
    about = _metadata(node, parts)
    spec = node.need(parts, "spec")
    found = spec.fields(_SPEC)
    name = own_name(node.need(about, "name"))
    notes.left(about, {"labels": _LABELS})
    if "service" in found and found["service"].text() != "kansoku":
        notes.left(found, {"service": _OTHERS["Service"]})
    method = spec.need(found, "budgetingMethod")
    if method.value != "Occurrences":
        raise method.wrong(
            f"{method.shown()} is not counted; budgets are of events, not of slices of time: write "
            "Occurrences"
        )
    several = _objectives(spec, found, notes)
    sli = _indicator(spec, found, objects, notes)
    bad, eligible = _events(sli, notes)
    policies = found["alertPolicies"].listed() if "alertPolicies" in found else []
    alone = Spec(
        node,
        name,
        None,
        found["description"].text() if "description" in found else None,
        bad,
        eligible,
        sli,
        several[0].target,
        *_window(spec.need(found, "timeWindow")),
        told_in(about.get("annotations"), notes, "Kansoku's objectives have no annotations"),
        {"page": False, "ticket": False} if policies else {},
    )
    if len(several) == 1:
        title = about.get("displayName") or several[0].title
        burning = tuple(_burning(name, policies, objects, notes))
        return [replace(alone, title=title.text() if title else None, burning=burning)]
    return [
        replace(
            alone,
            node=one.node,
            name=(apart := _apart(one, name)),
            title=_titled(one, about.get("displayName")),
            target=one.target,
            burning=tuple(_burning(apart, policies, objects, Notes() if place else notes)),
        )
        for place, one in enumerate(several)
    ]


def _apart(one: _Objective, name: str) -> str:
    """The name with the target's percent behind it, which tells it from the SLO's other objectives."""
    made = f"{name}_{in_percent(one.target):.12g}".replace(".", "_")
    if len(made) > MOST_LETTERS:
        raise one.node.wrong(
            f"would be named {made}, over {MOST_LETTERS} letters; give the SLO a shorter name"
        )
    return made


def _titled(one: _Objective, title: Node | None) -> str | None:
    """What is promised, told apart by the objective's own name, else by its target."""
    if title is None:
        return one.title.text() if one.title else None
    return f"{title.text()}: {one.title.text() if one.title else f'{in_percent(one.target):.12g} %'}"


def _objectives(spec: Node, found: dict[str, Node], notes: Notes) -> list[_Objective]:
    """The objectives, of which there is at least one."""
    told = spec.need(found, "objectives")
    several = [
        _Objective(node, parts.get("displayName"), _target(node, parts, notes))
        for node in told.listed()
        for parts in (node.fields(_OBJECTIVE),)
    ]
    if not several:
        raise told.wrong("is empty; give an objective")
    return several


def _target(node: Node, parts: dict[str, Node], notes: Notes) -> float:
    """The objective's target."""
    slices = dict.fromkeys(("timeSliceTarget", "timeSliceWindow"), "events are counted, not slices of time")
    ratio = dict.fromkeys(("op", "value"), "it is about thresholdMetric alone")
    notes.left(parts, {**slices, **ratio})
    if "targetPercent" in parts and "target" not in parts:
        percent = parts["targetPercent"]
        return target_of(percent, round(percent.number() / 100, 12), "99.5")
    target = node.need(parts, "target")
    return target_of(target, target.number(), "0.995")


def _window(node: Node) -> tuple[int, Calendar | None]:
    """The seconds of a rolling window, or about those of calendar periods, and these."""
    listed = node.listed()
    if len(listed) != 1:
        raise node.wrong("must be one window; keep one")
    parts = listed[0].fields(("duration", "isRolling", "calendar"))
    rolling = parts.get("isRolling")
    if "calendar" in parts:
        if rolling is not None and rolling.flag():
            raise rolling.wrong(
                "is true beside a calendar; write isRolling: false, or leave the calendar out"
            )
        calendar = _calendar(listed[0].need(parts, "duration"), parts["calendar"])
        return LENGTHS_S[calendar.unit], calendar
    if rolling is None or not rolling.flag():
        at = rolling or listed[0]
        raise at.wrong("is no rolling window and has no calendar; give one, or write isRolling: true")
    duration = listed[0].need(parts, "duration")
    found = seconds(duration, _DAY_S, _MOST_S)
    if found % _DAY_S:
        raise duration.wrong(f"{duration.shown()} must be whole days; write one as 28d")
    return found, None


def _calendar(duration: Node, node: Node) -> Calendar:
    """The periods, one of which began at the time that is told."""
    unit: Unit | None = next((unit for unit, told in DURATIONS.items() if duration.value == told), None)
    if unit is None:
        names = ", ".join(DURATIONS.values())
        raise duration.wrong(f"{duration.shown()} is no calendar period that is read; use one of {names}")
    parts = node.fields(("startTime", "timeZone"))
    zone = parts["timeZone"].text() if "timeZone" in parts else "UTC"
    if zone != "UTC" and zone not in available_timezones():
        raise parts["timeZone"].wrong(f"{parts['timeZone'].shown()} is not known; write one as Asia/Tokyo")
    calendar, began = Calendar(unit, zone), node.need(parts, "startTime")
    try:
        told = datetime.fromisoformat(str(began.value))
        at = told.replace(tzinfo=calendar.zone).timestamp()
        begins = calendar.period(at)[0] == at
    except (ValueError, OverflowError):
        raise began.wrong(f"{began.shown()} is no time; write one as {FIRST_PERIOD}") from None
    if told.tzinfo is not None:
        raise began.wrong(f"{began.shown()} has a zone of its own; write it without, and timeZone beside it")
    if not begins:
        raise began.wrong(
            f"{began.shown()} begins no {unit} of the calendar, which all begin at 00:00 of their first day "
            f"(weeks on Monday); write {FIRST_PERIOD}"
        )
    return calendar


def _indicator(spec: Node, found: dict[str, Node], objects: Objects, notes: Notes) -> Node:
    """The specification of the indicator, given in place or referred to."""
    if ("indicator" in found) == ("indicatorRef" in found):
        raise spec.wrong("must have one of indicator and indicatorRef; give one")
    if "indicatorRef" in found:
        node = objects.of("SLI", found["indicatorRef"])
        parts = node.fields(_OBJECT)
        notes.left(_metadata(node, parts), {"labels": _LABELS, "annotations": _LABELS})
    else:
        node = found["indicator"]
        parts = node.fields(_OBJECT)
    told = node.need(parts, "spec")
    inner = told.fields(("description", "thresholdMetric", "ratioMetric"))
    notes.left(inner, {"description": "an objective has one sentence, which the SLO gives"})
    if "thresholdMetric" in inner:
        raise inner["thresholdMetric"].wrong(
            "is one value over time, and no events are counted by it; write ratioMetric: events within "
            "the bound as good, all as total"
        )
    return told.need(inner, "ratioMetric")


def _events(node: Node, notes: Notes) -> tuple[Counted, Counted]:
    """Bad events and all events."""
    parts = node.fields(("counter", "good", "bad", "total", "rawType", "raw"))
    counter = parts["counter"].flag() if "counter" in parts else False
    if "raw" in parts:
        return _of_raw(node, parts)
    if ("good" in parts) == ("bad" in parts):
        raise node.wrong("must have one of good and bad; give one")
    whole_at = _query(node.need(parts, "total"), notes)
    part_at = _query(parts["bad"] if "bad" in parts else parts["good"], notes)
    whole, part = counted_of(whole_at), counted_of(part_at)
    for at, one in ((whole_at, whole), (part_at, part)):
        if one.growth == "" and not counter:
            raise at.wrong("is a counter as it stands; write increase(…[30d]), or counter: true")
        if one.growth and counter:
            raise at.wrong("has its growth taken already; write counter: false")
    return (part if "bad" in parts else rest(part_at, whole, part)), whole


def _of_raw(node: Node, parts: dict[str, Node]) -> tuple[Counted, Counted]:
    kind = node.need(parts, "rawType")
    if kind.value not in ("success", "failure"):
        raise kind.wrong(f"{kind.shown()} is not known; use one of success, failure")
    at = _query(parts["raw"], Notes())
    share: Portion = portion_of(at)
    bad = share.part if kind.value == "failure" else rest(at, share.whole, share.part)
    return bad, share.whole


def _query(node: Node, notes: Notes) -> Node:
    """The text of a query."""
    source = node.need(node.fields(("metricSource",)), "metricSource")
    parts = source.fields(("metricSourceRef", "type", "spec"))
    kind = parts.get("type")
    if kind is not None and str(kind.value).lower() != "prometheus":
        raise kind.wrong(f"{kind.shown()} is not read; write the query for Prometheus")
    notes.left(parts, {"metricSourceRef": _OTHERS["DataSource"]})
    spec = source.need(parts, "spec")
    found = spec.fields(("query", "promql"))
    key = "promql" if "promql" in found else "query"
    return spec.need(found, key)


_POLICY = (
    "description",
    "alertWhenNoData",
    "alertWhenBreaching",
    "alertWhenResolved",
    "conditions",
    "notificationTargets",
)


def _burning(name: str, policies: Sequence[Node], objects: Objects, notes: Notes) -> Iterator[Burning]:
    """The alerts of the policies."""
    for each in policies:
        node = _policy(each, objects)
        parts = node.fields(_OBJECT)
        policy = _metadata(node, parts)
        spec = node.need(parts, "spec")
        found = spec.fields(_POLICY)
        notes.left(found, {"notificationTargets": _OTHERS["AlertNotificationTarget"]})
        if "alertWhenBreaching" not in found or not found["alertWhenBreaching"].flag():
            at = found.get("alertWhenBreaching") or spec
            raise at.wrong("does not alert when the objective is breached; write alertWhenBreaching: true")
        if "alertWhenResolved" in found and not found["alertWhenResolved"].flag():
            notes.left(found, {"alertWhenResolved": "that an alert is resolved is always told"})
        told = spec.need(found, "conditions")
        conditions = told.listed()
        if not conditions:
            raise told.wrong("is empty; give a condition")
        for one in conditions:
            yield _condition(name, node.need(policy, "name").text(), one, objects)


def _policy(node: Node, objects: Objects) -> Node:
    """The policy, which is given by its name, by a reference or in place."""
    if not isinstance(node.value, dict):
        return objects.of("AlertPolicy", node)
    reference = node.value.get("alertPolicyRef")
    return node if reference is None else objects.of("AlertPolicy", reference)


def _condition(name: str, policy: str, node: Node, objects: Objects) -> Burning:
    reference = node.mapping().get("conditionRef")
    if reference is not None:
        node = objects.of("AlertCondition", reference)
    parts = node.fields(_OBJECT)
    about = _metadata(node, parts) if "metadata" in parts else {}
    spec = node.need(parts, "spec")
    found = spec.fields(("description", "severity", "condition"))
    severity = spec.need(found, "severity")
    known = _SEVERITIES.get(str(severity.value))
    if known is None:
        raise severity.wrong(f"{severity.shown()} is not known; use one of {', '.join(_SEVERITIES)}")
    at = spec.need(found, "condition")
    told = at.fields(("kind", "op", "threshold", "lookbackWindow", "alertAfter"))
    kind = at.need(told, "kind")
    if str(kind.value).lower() != "burnrate":
        raise kind.wrong(f"{kind.shown()} is not read; write burnrate")
    sign = told.get("op")
    if sign is not None and sign.value not in _SIGNS:
        raise sign.wrong(f"{sign.shown()} alerts when all is well; use one of {', '.join(_SIGNS)}")
    threshold = at.need(told, "threshold")
    if threshold.number() <= 0:
        raise threshold.wrong(f"{threshold.shown()} is always burned; write a rate above 0")
    condition = about["name"].text() if "name" in about else ""
    title = about.get("displayName") or found.get("description")
    return Burning(
        "".join(map(_camel, (name, policy, condition))),
        title.text() if title else " ".join(one for one in (policy, condition) if one),
        _SIGNS[str(sign.value)] if sign is not None else ">=",
        threshold.number(),
        seconds(at.need(told, "lookbackWindow"), 60, _LONGEST_S),
        _after(told.get("alertAfter")),
        known,
        node,
    )


def _after(node: Node | None) -> int:
    return 0 if node is None or node.value in ("0m", "0s", "0h", 0) else seconds(node, 60, _FOR_S)


def _camel(name: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in _NOT_LETTERS.split(name))
