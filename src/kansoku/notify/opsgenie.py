"""Opsgenie: an alert that is created, and closed by its alias, the fingerprint.

Limits by https://docs.opsgenie.com/docs/alert-api: 130 characters in the message, 15,000 in the description,
20 tags of 50. Jira Service Management takes the same requests at an address of its own.
"""

import json

from kansoku.catalog.alerts import Severity
from kansoku.notify.clipped import clipped
from kansoku.notify.item import Item
from kansoku.notify.labels import labels
from kansoku.notify.message import Style, message, summary
from kansoku.notify.post import Request

_MESSAGE, _DESCRIPTION, _TAG, _TAGS, _DETAIL = 130, 15_000, 50, 20, 500
_PRIORITIES: dict[Severity, str] = {"page": "P1", "ticket": "P3", "info": "P5"}


def request(key: str, endpoint: str, item: Item, style: Style, *, allow_private: bool) -> Request:
    """The request that creates the alert of the item, or closes it."""
    if item.state == "firing":
        url, body = endpoint, _created(item, style)
    else:
        url = f"{endpoint}/{item.fingerprint}/close?identifierType=alias"
        body = {"source": "Kansoku", "note": message([item], style).text()[:_DESCRIPTION]}
    headers = {"Content-Type": "application/json", "Authorization": f"GenieKey {key}"}
    return Request(url, json.dumps(body, ensure_ascii=False).encode(), headers, allow_private, secrets=(key,))


def _created(item: Item, style: Style) -> dict[str, object]:
    tags = ("kansoku", item.severity, item.group, item.name)
    return {
        "message": clipped(summary(item, style), _MESSAGE),
        "alias": item.fingerprint,
        "description": clipped(message([item], style).text(), _DESCRIPTION),
        "tags": [clipped(tag, _TAG) for tag in tags][:_TAGS],
        "details": {name: clipped(text, _DETAIL) for name, text in labels(item).items()},
        "entity": item.labels.get("service") or "kansoku",
        "source": "Kansoku",
        "priority": _PRIORITIES[item.severity],
    }
