"""PagerDuty: an event of the Events API v2 that begins or ends an incident, named by the fingerprint.

Form and limits by https://developer.pagerduty.com/docs/send-alert-event: 1,024 characters in the summary.
"""

import json

from kansoku.catalog.alerts import Severity
from kansoku.notify.clipped import clipped
from kansoku.notify.item import Item
from kansoku.notify.labels import labels, rfc3339
from kansoku.notify.message import Style, facts, links, summary
from kansoku.notify.post import Request

_SUMMARY = 1_024
_SEVERITIES: dict[Severity, str] = {"page": "critical", "ticket": "warning", "info": "info"}


def request(key: str, endpoint: str, item: Item, style: Style, *, allow_private: bool) -> Request:
    """The request that begins the incident of the item, or ends it."""
    firing = item.state == "firing"
    event: dict[str, object] = {
        "routing_key": key,
        "event_action": "trigger" if firing else "resolve",
        "dedup_key": item.fingerprint,
    }
    if firing:
        event |= {"payload": _payload(item, style), "client": "Kansoku"}
        event["links"] = [{"href": link.url, "text": link.title} for link in links(item, style)]
        if style.url:
            event["client_url"] = style.url
    body = json.dumps(event, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json"}
    return Request(endpoint, body, headers, allow_private, secrets=(key,))


def _payload(item: Item, style: Style) -> dict[str, object]:
    service = item.labels.get("service") or "kansoku"
    return {
        "summary": clipped(summary(item, style), _SUMMARY),
        "source": service,
        "severity": _SEVERITIES[item.severity],
        "timestamp": rfc3339(item.fired_at),
        "component": service,
        "group": item.group,
        "class": item.name,
        "custom_details": {**labels(item), **dict(facts(item, style)), "about": style.said(item.why)},
    }
