"""Specifications for Sloth, read: `prometheus/v1` and its Kubernetes form `sloth.slok.dev/v1`.

Source: the specification's types in Sloth's repository (pkg/prometheus/api/v1, pkg/kubernetes/api/sloth/v1).
"""

import re
from collections.abc import Iterator, Mapping

from kansoku.catalog.alerts import Severity
from kansoku.publish.slo_spec import (
    Notes,
    Spec,
    counted_of,
    of_percent,
    own_name,
    portion_of,
    seconds,
    told_in,
)
from kansoku.publish.yaml_tree import Node
from kansoku.query.promql_counts import Counted
from kansoku.settings.entry import Faults

VERSION = "prometheus/v1"
KUBERNETES = "sloth.slok.dev/v1"

_DAY_S = 86_400
_MOST_S = 90 * _DAY_S
_WINDOW = re.compile(r"\[\{\{-?\.window-?\}\}\]")
_LABELS = "Kansoku's alerts have no labels of the user's; route them by severity, alert or group"
_ANNOTATIONS = "Kansoku's messages say what, how bad and since when of themselves"
_SERVICE = "an objective is of all services' events; write service = … into it to narrow it"


def specs_of(node: Node, window_s: int, notes: Notes, faults: Faults) -> Iterator[Spec]:
    """The objectives of a document.

    Args:
        node: The document.
        window_s: Over how many seconds they are held; the format does not say it.
        notes: Hears what is not taken over.
        faults: Hears what cannot be.

    Raises:
        SettingError: If one cannot be read, unless faults are collected.
    """
    if "apiVersion" in node.mapping():
        node = _of_kubernetes(node, notes)
    found = node.fields(("version", "service", "labels", "slos"))
    if "service" in found and found["service"].text() != "kansoku":
        notes.left(found, {"service": _SERVICE})
    notes.left(found, {"labels": _LABELS})
    listed = node.need(found, "slos").listed()
    if not listed:
        raise found["slos"].wrong("is empty; give an objective")
    for each in listed:
        with faults.kept():
            yield _spec(each, window_s, notes)


def _of_kubernetes(node: Node, notes: Notes) -> Node:
    found = node.fields(("apiVersion", "kind", "metadata", "spec"))
    kind = node.need(found, "kind")
    if kind.value != "PrometheusServiceLevel":
        raise kind.wrong(f"{kind.shown()} is not read; give a PrometheusServiceLevel")
    about = found["metadata"].mapping() if "metadata" in found else {}
    notes.left(about, {"labels": _LABELS, "annotations": _ANNOTATIONS})
    return node.need(found, "spec")


def _spec(node: Node, window_s: int, notes: Notes) -> Spec:
    found = node.fields(("name", "description", "objective", "labels", "sli", "alerting"))
    name = own_name(node.need(found, "name"))
    target = of_percent(node.need(found, "objective"))
    sli = node.need(found, "sli")
    bad, eligible = _events(sli)
    alerting = found.get("alerting")
    parts = alerting.fields(_ALERTING) if alerting else {}
    told = told_in(parts.get("annotations"), notes, _ANNOTATIONS)
    notes.left(found, {"labels": _LABELS})
    notes.left(parts, {"labels": _LABELS})
    if "name" in parts and parts["name"].text() != f"SloBurn-{name.replace('_', '-')}":
        notes.left(parts, {"name": "Kansoku names the alerts of an objective itself"})
    return Spec(
        node,
        name,
        found["description"].text() if "description" in found else None,
        None,
        bad,
        eligible,
        sli,
        target,
        seconds(told["window"], _DAY_S, _MOST_S) if "window" in told else window_s,
        None,
        told,
        _wanted(parts, notes),
    )


_PAGE, _TICKET = ("page_alert", "pageAlert"), ("ticket_alert", "ticketAlert")
_ALERTING = ("name", "labels", "annotations", *_PAGE, *_TICKET)


def _wanted(parts: Mapping[str, Node], notes: Notes) -> dict[Severity, bool]:
    """Whether each severity alerts."""
    found: dict[Severity, bool] = {"page": True, "ticket": True}
    severities: tuple[tuple[Severity, tuple[str, ...]], ...] = (("page", _PAGE), ("ticket", _TICKET))
    for severity, names in severities:
        for node in (parts[name] for name in names if name in parts):
            told = node.fields(("disable", "labels", "annotations"))
            found[severity] = not ("disable" in told and told["disable"].flag())
            labels = told["labels"].mapping() if "labels" in told else {}
            if any(key != "severity" or one.value != severity for key, one in labels.items()):
                notes.left(told, {"labels": _LABELS})
            notes.left(told, {"annotations": _ANNOTATIONS})
    return found


def _events(node: Node) -> tuple[Counted, Counted]:
    """Bad events and all events."""
    found = node.fields(("events", "raw", "plugin"))
    if len(found) != 1:
        raise node.wrong("must have one of events and raw; give one")
    ((kind, told),) = found.items()
    match kind:
        case "events":
            parts = told.fields(("error_query", "total_query", "errorQuery", "totalQuery"))
            return counted_of(_query(told, parts, "error")), counted_of(_query(told, parts, "total"))
        case "raw":
            parts = told.fields(("error_ratio_query", "errorRatioQuery"))
            share = portion_of(_query(told, parts, "error_ratio"))
            return share.part, share.whole
        case _:
            raise told.wrong("names code of Sloth's, which is not run; write its queries as events")


def _query(told: Node, parts: dict[str, Node], what: str) -> Node:
    """The query of that name, in either way of writing it, which leaves its range to Sloth."""
    words = f"{what}_query"
    first, *others = words.split("_")
    camel = first + "".join(one.capitalize() for one in others)
    node = parts[camel] if camel in parts else told.need(parts, words)
    if not _WINDOW.search(node.text().replace(" ", "")):
        raise node.wrong("has no [{{.window}}]; write it as the range, as Sloth asks")
    return node
