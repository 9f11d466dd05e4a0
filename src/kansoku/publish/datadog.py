"""The shipped alerts as monitors of Datadog, in the order in which they are to be created.

A monitor asks one question. An alert that asks several is a composite monitor over one for each; Datadog
names those by ids that exist only once they are created, so here a composite names them as `{part}`.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import assert_never

from kansoku.catalog.alerts import Alert, Always, Compare, Every, Lost, Reported, Some, Test, Unusual
from kansoku.catalog.text import Language
from kansoku.errors import DefinitionError
from kansoku.query import datadog, promql
from kansoku.query.datadog import Grouped

MOST_PARTS = 10
"""Monitors of one composite, at most."""

_PRIORITIES: Mapping[str, int] = {"page": 1, "ticket": 3, "info": 5}

Monitor = dict[str, object]


def monitors(alerts: Iterable[Alert], language: Language, service: str | None = None) -> str:
    """The monitors of the alerts that can be told, as a JSON list.

    Raises:
        DefinitionError: If no tag can hold the service.
    """
    tags = () if service is None else (datadog.tag("service", service),)
    made = [one for alert in alerts if why(alert) is None for one in _of(alert, language, tags)]
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def untold(alerts: Iterable[Alert]) -> dict[str, str]:
    """The alerts that are left out by name, each with the reason."""
    reasons = ((alert.name, why(alert)) for alert in alerts)
    return {name: reason for name, reason in reasons if reason is not None}


def why(alert: Alert) -> str | None:
    """Why no monitor can tell the alert; None where one can."""
    try:
        parts = dict.fromkeys(_parts(_of_now(alert.test)))
        for one in parts:
            datadog.comparison(one, _grouped(alert, ()))
    except DefinitionError as error:
        return str(error)
    return None if len(parts) <= MOST_PARTS else f"a composite monitor has {MOST_PARTS} parts at most"


def _of(alert: Alert, language: Language, tags: tuple[str, ...]) -> Iterator[Monitor]:
    """The alert's monitors, the composite of them last."""
    test = _of_now(alert.test)
    parts = list(dict.fromkeys(_parts(test)))
    grouped, told = _grouped(alert, tags), _told(alert, language, tags)
    if len(parts) == 1:
        query = datadog.comparison(parts[0], grouped)
        yield told | {"type": "query alert", "query": query, "options": _options(parts[0])}
        return
    names = {one: f"{alert.name}.{at}" for at, one in enumerate(parts, start=1)}
    for one, name in names.items():
        yield _part(name, datadog.comparison(one, grouped), one, tags)
    yield told | {"type": "composite", "query": _composed(test, names)}


def _told(alert: Alert, language: Language, tags: tuple[str, ...]) -> Monitor:
    """What people read of the alert, and route it by."""
    title, means, todo = (text.as_dict()[language] for text in (alert.title, alert.why, alert.todo))
    return {
        "name": f"{alert.name}: {title}",
        "message": f"{means}\n{todo}",
        "tags": ["kansoku", f"severity:{alert.severity}", f"group:{alert.group}", *tags],
        "priority": _PRIORITIES[alert.severity],
    }


def _part(name: str, query: str, asked: Compare, tags: tuple[str, ...]) -> Monitor:
    """A monitor that tells nobody: the composite that it is a part of does."""
    return {
        "name": name,
        "type": "query alert",
        "query": query,
        "message": "",
        "tags": ["kansoku", "part", *tags],
        "options": _options(asked),
    }


def _options(asked: Compare) -> dict[str, object]:
    return {"thresholds": {"critical": asked.bound}, "notify_no_data": False, "include_tags": True}


def _grouped(alert: Alert, tags: tuple[str, ...]) -> Grouped:
    if alert.by is None:
        return Grouped(tags)
    label = promql.label(alert.by)
    return Grouped(tags, "service" if alert.by == "service" else label)


def _of_now(test: Test) -> Test:
    """The test without alternatives that ask of earlier, which no monitor can, where another remains."""
    match test:
        case Every(tests):
            return Every(tuple(map(_of_now, tests)))
        case Some(tests):
            kept = tuple(_of_now(one) for one in tests if not _asks_earlier(one))
            return test if not kept else kept[0] if len(kept) == 1 else Some(kept)
        case Compare() | Unusual() | Lost() | Reported() | Always():
            return test
        case _:
            assert_never(test)


def _asks_earlier(test: Test) -> bool:
    match test:
        case Compare(signal):
            return signal.ago_s > 0
        case Every(tests) | Some(tests):
            return any(map(_asks_earlier, tests))
        case Unusual() | Lost() | Reported() | Always():
            return False
        case _:
            assert_never(test)


def _parts(test: Test) -> Iterator[Compare]:
    """The questions that the test asks.

    Raises:
        DefinitionError: If it is none that a monitor asks.
    """
    match test:
        case Compare():
            yield test
        case Every(tests) | Some(tests):
            for one in tests:
                yield from _parts(one)
        case Unusual():
            raise DefinitionError("a monitor knows no median of the weeks before")
        case Lost():
            raise DefinitionError("an application sends nothing where it makes no calls")
        case Reported():
            raise DefinitionError("what Kansoku reports of itself is not asked of a monitor")
        case Always():
            raise DefinitionError("a monitor asks about a metric")
        case _:
            assert_never(test)


def _composed(test: Test, names: Mapping[Compare, str]) -> str:
    """The test over the monitors' names."""
    match test:
        case Compare():
            return f"{{{names[test]}}}"
        case Every(tests):
            return " && ".join(_bracketed(one, names) for one in tests)
        case Some(tests):
            return " || ".join(_bracketed(one, names) for one in tests)
        case Unusual() | Lost() | Reported() | Always():
            raise DefinitionError("no monitor")
        case _:
            assert_never(test)


def _bracketed(test: Test, names: Mapping[Compare, str]) -> str:
    text = _composed(test, names)
    return text if isinstance(test, Compare) else f"({text})"
