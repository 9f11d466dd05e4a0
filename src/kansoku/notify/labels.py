"""An alarm as Alertmanager has it: labels that name it, annotations that explain it, times in RFC 3339."""

from datetime import UTC, datetime

from kansoku.notify.item import Item
from kansoku.notify.message import Style, facts, page, summary

NO_TIME = "0001-01-01T00:00:00Z"
"""What Alertmanager writes where a time is not known."""


def labels(item: Item) -> dict[str, str]:
    """What names the alarm; the same as long as it lasts."""
    own = {"alertname": item.name, "severity": item.severity, "group": item.group}
    if item.slo is not None:
        own["slo"] = item.slo
    return {**{name: value for name, value in item.labels.items() if value}, **own}


def annotations(item: Item, style: Style) -> dict[str, str]:
    """What explains the alarm, in the style's language."""
    known = "\n".join(f"{heading}: {text}" for heading, text in facts(item, style))
    found = {
        "summary": summary(item, style),
        "description": f"{style.said(item.why)}\n{known}",
        "action": style.said(item.todo),
        "value": "" if item.value is None else repr(item.value),
        "budget_left": "" if item.budget_left is None else repr(item.budget_left),
        "runbook_url": f"{style.runbook}{item.name}" if style.runbook else "",
    }
    return {name: text for name, text in found.items() if text}


def rfc3339(seconds: float) -> str:
    """A time with its offset: Alertmanager takes one without it for whatever it likes."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def alert(item: Item, style: Style, ends_at: str) -> dict[str, object]:
    """The alarm as one alert of Alertmanager."""
    return {
        "labels": labels(item),
        "annotations": annotations(item, style),
        "startsAt": rfc3339(item.fired_at),
        "endsAt": ends_at,
        "generatorURL": page(item, style),
    }
