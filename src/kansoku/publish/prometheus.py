"""The shipped alerts as a rule file for Prometheus.

What the exported metrics cannot tell is left to the alerts of the server: `unreadable` says which, and why.
The file is YAML whose texts are written as JSON strings, which YAML reads alike.
"""

import json
from collections.abc import Iterable, Iterator

from kansoku.catalog.alerts import Alert
from kansoku.errors import DefinitionError
from kansoku.query import promql

INTERVAL_S = 30
"""Seconds between two evaluations."""

_GENERATED = "# Written by `kansoku publish prometheus` from the alerts of the catalog; change it there."


def rules(alerts: Iterable[Alert]) -> str:
    """The rule file: one group of rules for each group of alerts, in their order."""
    groups: dict[str, list[Alert]] = {}
    for alert in alerts:
        if why(alert) is None:
            groups.setdefault(alert.group, []).append(alert)
    return "\n".join(_file(groups)) + "\n"


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


def _file(groups: dict[str, list[Alert]]) -> Iterator[str]:
    yield _GENERATED
    yield "groups:"
    for name, alerts in groups.items():
        yield f"  - name: {_text(f'kansoku-{name}')}"
        yield f"    interval: {promql.span(INTERVAL_S)}"
        yield "    rules:"
        for alert in alerts:
            yield from _rule(alert)


def _rule(alert: Alert) -> Iterator[str]:
    yield f"      - alert: {alert.name}"
    yield "        expr: |-"
    yield from (f"          {line}" for line in promql.condition(alert.test, alert.by).splitlines())
    if alert.for_s:
        yield f"        for: {promql.span(alert.for_s)}"
    if alert.keep_firing_for_s:
        yield f"        keep_firing_for: {promql.span(alert.keep_firing_for_s)}"
    yield "        labels:"
    yield from _pairs(_labels(alert))
    yield "        annotations:"
    yield from _pairs(_annotations(alert))


def _labels(alert: Alert) -> dict[str, str]:
    labels = {"severity": alert.severity, "group": alert.group}
    return labels if alert.slo is None else labels | {"slo": alert.slo}


def _annotations(alert: Alert) -> dict[str, str]:
    return {
        "summary": alert.title.en,
        "summary_ja": alert.title.ja,
        "description": alert.why.en,
        "description_ja": alert.why.ja,
        "action": alert.todo.en,
        "action_ja": alert.todo.ja,
    }


def _pairs(texts: dict[str, str]) -> Iterator[str]:
    return (f"          {name}: {_text(text)}" for name, text in texts.items())


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
