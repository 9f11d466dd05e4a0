"""The objectives as specifications for others: Sloth's `prometheus/v1` and OpenSLO v1.

What a format cannot say is told, never left out in silence. The files are YAML in the form of JSON.
Sources: the schema of Sloth 0.16 (sloth.dev) and the specification of OpenSLO v1 (openslo.com).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kansoku.catalog.alerts import Severity
from kansoku.catalog.measures import Count
from kansoku.catalog.slos import LEAST_BAD, Slo, burns_over
from kansoku.errors import DefinitionError
from kansoku.publish.slo_spec import ANNOTATION, DURATIONS, FIRST_PERIOD, in_percent
from kansoku.query import promql
from kansoku.query.promql import Window, span
from kansoku.settings.condition import written
from kansoku.settings.slos import RELATIONS

Format = Literal["sloth", "openslo"]

_SLOTH_WINDOW = "{{.window}}"
_SLOTH_DAYS = (28, 30)
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Specs:
    """The files by name, and what they do not say: by the objective's name, each a reason.

    `left_out` objectives are not in the files at all; `unsaid` ones are, without something of theirs.
    """

    files: dict[str, str]
    left_out: dict[str, str]
    unsaid: dict[str, str]


def specs(slos: Iterable[Slo], how: Format, service: str) -> Specs:
    """The objectives in that format, as those of the service."""
    left_out: dict[str, str] = {}
    told: list[tuple[Slo, dict[str, object]]] = []
    for slo in slos:
        try:
            told.append((slo, _sloth(slo) if how == "sloth" else _openslo(slo, service)))
        except DefinitionError as error:
            left_out[slo.name] = str(error)
    if how == "sloth":
        every = {"version": "prometheus/v1", "service": service, "slos": [one for _, one in told]}
        files = {"kansoku.sloth.yaml": _text(every)} if told else {}
    else:
        files = {f"{_dashed(slo.name)}.openslo.yaml": _text(one) for slo, one in told}
    return Specs(files, left_out, {slo.name: _unsaid(slo, how) for slo, _ in told})


def _sloth(slo: Slo) -> dict[str, object]:
    if slo.calendar is not None:
        raise DefinitionError(
            f"window: {slo.calendar.unit}, and Sloth has no calendar periods; set 28d or 30d"
        )
    days = slo.window_s / _DAY_S
    if days not in _SLOTH_DAYS:
        raise DefinitionError(f"window: {span(slo.window_s)}, and Sloth has 28d and 30d; set one of them")
    severities: set[Severity] = {burn.severity for burn in slo.burns if slo.reachable(burn)}
    bad, eligible = _queries(slo, _SLOTH_WINDOW)
    return {
        "name": _dashed(slo.name),
        "objective": in_percent(slo.target),
        "description": slo.title.en,
        "sli": {"events": {"error_query": bad, "total_query": eligible}},
        "alerting": {
            "name": f"SloBurn-{_dashed(slo.name)}",
            "annotations": {**_annotations(slo), f"{ANNOTATION}window": span(slo.window_s)},
            "page_alert": _alert("page", severities),
            "ticket_alert": _alert("ticket", severities),
        },
    }


def _openslo(slo: Slo, service: str) -> dict[str, object]:
    bad, eligible = (
        {"metricSource": {"type": "Prometheus", "spec": {"query": query}}}
        for query in _queries(slo, span(slo.window_s))
    )
    name = _dashed(slo.name)
    indicator = {"ratioMetric": {"counter": False, "bad": bad, "total": eligible}}
    return {
        "apiVersion": "openslo/v1",
        "kind": "SLO",
        "metadata": {"name": name, "displayName": slo.title.en, "annotations": _annotations(slo)},
        "spec": {
            "service": service,
            "description": slo.why.en,
            "indicator": {"metadata": {"name": f"{name}-events"}, "spec": indicator},
            "timeWindow": [_time_window(slo)],
            "budgetingMethod": "Occurrences",
            "objectives": [{"displayName": slo.title.en, "target": slo.target}],
        },
    }


def _time_window(slo: Slo) -> dict[str, object]:
    """The rolling window, or the calendar's periods, one of which began at the time that is told."""
    if slo.calendar is None:
        return {"duration": span(slo.window_s), "isRolling": True}
    return {
        "duration": DURATIONS[slo.calendar.unit],
        "isRolling": False,
        "calendar": {"startTime": FIRST_PERIOD, "timeZone": slo.calendar.timezone},
    }


def _queries(slo: Slo, window: str) -> tuple[str, str]:
    """The bad events, and all that count.

    Raises:
        DefinitionError: If the exported metrics cannot tell them.
    """
    over = Window(window)
    counts = (Count(slo.relation, slo.bad), Count(slo.relation, slo.eligible))
    bad, eligible = (promql.measure(one, over) for one in counts)
    return bad, eligible


def _alert(severity: Severity, severities: set[Severity]) -> dict[str, object]:
    return {"labels": {"severity": severity}} if severity in severities else {"disable": True}


def _unsaid(slo: Slo, how: Format) -> str:
    """What the objective has that the format does not."""
    least = [f"that {LEAST_BAD} bad events are the fewest to alert"]
    if slo.at_least:
        least.append(f"at_least = {slo.at_least}")
    if how == "openslo":
        return "; ".join((*least, "which burn rates alert"))
    own = {burn for burn in slo.burns if burn not in burns_over(slo.window_s)}
    dead = [burn for burn in burns_over(slo.window_s) if burn not in slo.burns or not slo.reachable(burn)]
    if own or dead:
        least.append("its burn rates (Sloth has four of its own)")
    return "; ".join(least)


def _annotations(slo: Slo) -> dict[str, str]:
    """What the format itself does not say of the objective, for who reads it back.

    Raises:
        DefinitionError: If Prometheus, which has them as annotations of alerts, would read one as a template.
    """
    told = {
        "title_ja": slo.title.ja,
        "why": slo.why.en,
        "why_ja": slo.why.ja,
        "relation": next(name for name, one in RELATIONS.items() if one == slo.relation),
        "eligible": written(slo.eligible),
        "good": written(slo.good),
        "at_least": str(slo.at_least),
    }
    for key, text in told.items():
        if "{{" in text:
            raise DefinitionError(f"{key}: {{{{ begins a template in Prometheus; write it otherwise")
    return {ANNOTATION + key: text for key, text in told.items()}


def _dashed(name: str) -> str:
    """A name as both formats take it."""
    return name.replace("_", "-")


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
