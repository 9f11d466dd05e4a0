"""The shipped alerts as a rule file for Prometheus, with recording rules for objectives and indicators.

What the exported metrics cannot tell is left to the alerts of the server: `unreadable` says which, and why.
The file is YAML whose texts are written as JSON strings, which YAML reads alike.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kansoku.catalog.alerts import Alert
from kansoku.catalog.indicators import INDICATORS, Indicator
from kansoku.catalog.slos import SLOS, Slo
from kansoku.errors import DefinitionError
from kansoku.publish import recording
from kansoku.publish.annotations import annotations, literal
from kansoku.publish.recording import About, Recording
from kansoku.query import promql
from kansoku.query.promql import Given

INTERVAL_S = 30
"""Seconds between two evaluations."""

BUDGET_INTERVAL_S = 240
"""Of what looks back for a month, too much to be read each half minute. Five minutes make a series stale."""

SEASONAL_INTERVAL_S = 60
"""Of what is compared with the weeks before, which are read to see whether anything was told in them."""

_BUDGETS, _SEASONAL = "budgets", "seasonal"
_EVERY_S = {_BUDGETS: BUDGET_INTERVAL_S, _SEASONAL: SEASONAL_INTERVAL_S}
"""How often groups are evaluated that are not as the others."""

_GENERATED = "# Written by `kansoku publish prometheus` from the alerts of the catalog; change it there."


def rules(
    alerts: Iterable[Alert],
    slos: Sequence[Slo] = SLOS,
    indicators: Sequence[Indicator] = INDICATORS,
    service: str | None = None,
) -> str:
    """The rule file: a group for each objective, its alerts behind what they build on, then the other alerts.

    With a service, all rules are about that one, and their series and alerts have the label `service`.
    """
    about, told = About.service(service), [alert for alert in alerts if why(alert) is None]
    known = [slo for slo in slos if recording.is_told(slo)]
    given = {slo.name: recording.given(slo, about) for slo in known}
    groups: dict[str, list[str]] = {}
    for slo in known:
        groups[f"slo-{slo.name}"] = [*_recorded(recording.of_burns(slo, about))]
        if kept := [*_recorded(recording.of_budget(slo, about))]:
            groups.setdefault(_BUDGETS, []).extend(kept)
    if measured := [*_recorded(recording.of_indicators(indicators, about))]:
        groups["indicators"] = measured
    for alert in told:
        name = f"slo-{alert.slo}" if f"slo-{alert.slo}" in groups else alert.group
        # What is recorded has the objective's label: joined with series without it nothing would fire.
        builds_on = given.get(alert.slo or "", Given(about.only))
        if weeks := [*_recorded(recording.of_weeks(alert, about))]:
            name, builds_on = _SEASONAL, replace(builds_on, weeks=recording.weeks(alert, about))
            groups.setdefault(name, []).extend(weeks)
        groups.setdefault(name, []).extend(_rule(alert, builds_on, about))
    prefix = "kansoku" if service is None else f"kansoku-{service}"
    lines = [_GENERATED, "groups:"]
    for name, found in groups.items():
        lines += _group(f"{prefix}-{name}", _EVERY_S.get(name, INTERVAL_S))
        lines += found
    return "\n".join(lines) + "\n"


def unkept(slos: Iterable[Slo]) -> dict[str, str]:
    """The objectives whose budget left no series tells by name, each with the reason."""
    why = "no range of PromQL begins with a calendar period; its burn rates and alerts are in the file"
    return {slo.name: why for slo in slos if slo.calendar is not None and recording.is_told(slo)}


def unreadable(alerts: Iterable[Alert]) -> dict[str, str]:
    """The alerts that are not in the file by name, each with the reason."""
    reasons = ((alert.name, why(alert)) for alert in alerts)
    return {name: reason for name, reason in reasons if reason is not None}


def why(alert: Alert) -> str | None:
    """Why Prometheus cannot judge the alert by the exported metrics; None where it can."""
    try:
        promql.condition(alert.test, alert.by)
    except DefinitionError as error:
        return str(error)
    return None


def _recorded(found: Iterable[Recording]) -> Iterator[str]:
    for one in found:
        yield f"      - record: {one.name}"
        yield from _expression(one.text)
        yield "        labels:"
        yield from _pairs(one.labels)


def _group(name: str, every_s: int) -> Iterator[str]:
    yield f"  - name: {promql.quoted(name)}"
    yield f"    interval: {promql.span(every_s)}"
    yield "    rules:"


def _expression(text: str) -> Iterator[str]:
    yield "        expr: |-"
    yield from (f"          {line}" for line in text.splitlines())


def _rule(alert: Alert, given: Given, about: About) -> Iterator[str]:
    yield f"      - alert: {alert.name}"
    yield from _expression(promql.condition(alert.test, alert.by, given))
    if alert.for_s:
        yield f"        for: {promql.span(alert.for_s)}"
    if alert.keep_firing_for_s:
        yield f"        keep_firing_for: {promql.span(alert.keep_firing_for_s)}"
    yield "        labels:"
    labels = {**_labels(alert), **about.labels}
    yield from _pairs({name: literal(text) for name, text in labels.items()})
    yield "        annotations:"
    yield from _pairs(annotations(alert, about))


def _labels(alert: Alert) -> dict[str, str]:
    labels = {"severity": alert.severity, "group": alert.group}
    return labels if alert.slo is None else labels | {"slo": alert.slo}


def _pairs(texts: Mapping[str, str]) -> Iterator[str]:
    return (f"          {name}: {promql.quoted(text)}" for name, text in texts.items())
