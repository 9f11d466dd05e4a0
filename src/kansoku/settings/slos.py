"""The `[[slos]]` of a file of settings and its `[budget]`, checked."""

import re
from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import available_timezones

from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS, Relation
from kansoku.catalog.indicators import INDICATORS, Indicator, indicator, objective
from kansoku.catalog.measures import (
    AtMost,
    Both,
    Condition,
    Count,
    Either,
    Mean,
    Not,
    OneOf,
    Present,
    Quantile,
    Ratio,
    Share,
    Sum,
)
from kansoku.catalog.periods import LENGTHS_S, UNITS, Calendar, Unit
from kansoku.catalog.settings import BUDGET_TABLE, SLOS_TABLE
from kansoku.catalog.slos import BURNS, MONTH_S, SLOS, CostBudget, Slo, burns_over
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError
from kansoku.settings.condition import condition_of, field_of
from kansoku.settings.document import Document
from kansoku.settings.entry import Entry, Faults, entries

DAY_S = 86_400
LONGEST_S = 90 * DAY_S

RELATIONS: Mapping[str, Relation] = {
    "calls": CALLS,
    "tool_calls": TOOL_CALLS,
    "tasks": TASKS,
    "feedback": FEEDBACK,
    "evaluations": EVALUATIONS,
}
"""What users call the rows."""

FILTERS = ("service", "feature", "release", "environment", "model")
"""What both objectives and alerts can be narrowed to: a text, or a list of which one must be met."""

_JUDGED = ("tasks", "feedback", "evaluations")
_LEAST_JUDGED = 30
_PERCENT = 100
_MOST_TARGET = 0.999999
"""Of no application so many events are seen in a window that a stricter promise could be told kept."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_SOURCE = ("indicator", "at_most", "relation", "eligible", "good")
_KEYS = (
    "name",
    "title",
    "title_ja",
    "why",
    "why_ja",
    *_SOURCE,
    "target",
    "window",
    "timezone",
    "at_least",
    "off",
    *FILTERS,
)


def slos_of(given: object, document: Document, faults: Faults) -> tuple[Slo, ...]:
    """The shipped objectives as the file changes them, and its own.

    Raises:
        SettingError: If one cannot be used, unless faults are collected.
    """
    found = {slo.name: slo for slo in SLOS}
    named: set[str] = set()
    for entry in entries(document, SLOS_TABLE, given):
        with faults.kept():
            _take(entry, found, named)
    return tuple(found.values())


def _take(entry: Entry, found: dict[str, Slo], named: set[str]) -> None:
    """Takes one entry in."""
    entry.known(_KEYS)
    name = entry.text("name")
    if not _NAME.fullmatch(name):
        raise entry.wrong("name", f"{name!r} must be a-z, 0-9 and _, a letter first, at most 60")
    if name in named:
        raise entry.wrong("name", f"{name!r} is another objective's; give each its own")
    named.add(name)
    if not entry.flag("off"):
        found[name] = _changed(entry, found[name]) if name in found else _made(entry, name)
    elif name in found:
        del found[name]
    else:
        raise entry.wrong("off", f"{name!r} is not shipped; remove the entry instead")


def budget_of(given: object, document: Document) -> CostBudget | None:
    """What a month may cost; None where nothing is said.

    Raises:
        SettingError: If it cannot be used.
    """
    if given is None:
        return None
    table = document.table(given, BUDGET_TABLE, ("monthly_usd", "hour_share", "day_share"))
    entry = Entry(document, BUDGET_TABLE, 0, table)
    usd = entry.number("monthly_usd", "USD that a calendar month may cost, as in 5000")
    if not usd:
        raise entry.wrong("monthly_usd", "0 leaves nothing to spend; give USD, or remove [budget]")
    shares = {key: entry.number(key, "a share of the month") for key in table if key != "monthly_usd"}
    for key, share in shares.items():
        if not 0 < share <= 1:
            raise entry.wrong(key, f"{share:g} is no share of the month; give one above 0 and at most 1")
    return CostBudget(usd, **shares)


def narrowed(entry: Entry, relation: Relation) -> tuple[Condition, ...]:
    """The entry's filters as conditions on the relation's rows.

    Raises:
        SettingError: If the relation cannot be so filtered.
    """
    return tuple(_filter(entry, key, relation) for key in FILTERS if key in entry.given)


def told_of(entry: Entry, relation: Relation, key: str) -> Condition:
    """The condition that the key says of the relation's rows.

    Raises:
        SettingError: If it says none.
    """
    try:
        return condition_of(entry.text(key), relation)
    except DefinitionError as error:
        raise entry.refused(key, error) from None


def indicator_of(entry: Entry) -> Indicator:
    """The indicator that is named.

    Raises:
        SettingError: If there is none of that name.
    """
    name = entry.text("indicator")
    if name not in {known.name for known in INDICATORS}:
        names = ", ".join(known.name for known in INDICATORS)
        raise entry.wrong("indicator", f"{name!r} is not known; use one of {names}")
    return indicator(name)


def words_of(entry: Entry, key: str, default: Text | None = None) -> Text:
    """A text in both languages; where only one is given, it stands for both.

    Raises:
        SettingError: If it is no text, or missing without a default.
    """
    if key not in entry.given and f"{key}_ja" not in entry.given and default is not None:
        return default
    first = key if key in entry.given or f"{key}_ja" not in entry.given else f"{key}_ja"
    en = entry.text(first)
    return Text(en, entry.text(f"{key}_ja") if f"{key}_ja" in entry.given else en)


def _filter(entry: Entry, key: str, relation: Relation) -> Condition:
    values = entry.texts(key)
    if any("*" in value for value in values):
        raise entry.wrong(key, f"{entry.given[key]!r} has *, which is not read; list the values")
    names = ("response_model", "request_model") if key == "model" else (key,)
    try:
        fields = [field_of(relation, name).name for name in names]
    except DefinitionError:
        raise entry.wrong(key, f"does not fit: rows of {relation.kind!r} have none; leave it out") from None
    told = tuple(OneOf(field, values) for field in fields)
    return told[0] if len(told) == 1 else Either(told)


def _changed(entry: Entry, slo: Slo) -> Slo:
    """A shipped objective, changed."""
    for key in ("indicator", "relation", "at_most"):
        if key in entry.given:
            raise entry.wrong(key, f"cannot be changed of {slo.name}, which ships; give a name of your own")
    told = {key for key in ("eligible", "good") if key in entry.given}
    if told and "title" not in entry.given:
        raise entry.wrong("title", f"is missing; say what {slo.name} promises now, as {min(told)} changes it")
    eligible = told_of(entry, slo.relation, "eligible") if "eligible" in told else slo.eligible
    good = told_of(entry, slo.relation, "good") if "good" in told else slo.good
    calendar = _calendar(entry)
    window_s = _window(entry, slo.window_s)
    burns = slo.burns if window_s == slo.window_s else burns_over(window_s, slo.burns)
    return replace(
        slo,
        title=_named(entry, words_of(entry, "title", slo.title)),
        why=words_of(entry, "why", slo.why),
        eligible=_both(eligible, narrowed(entry, slo.relation)),
        good=good,
        target=_target(entry, slo.target),
        window_s=window_s,
        at_least=entry.whole("at_least", slo.at_least),
        burns=burns,
        calendar=calendar,
    )


def _made(entry: Entry, name: str) -> Slo:
    """An objective of the user's own."""
    relation, eligible, good, default = _events(entry)
    window_s = _window(entry, MONTH_S)
    least = _LEAST_JUDGED if relation in [RELATIONS[one] for one in _JUDGED] else 0
    title = words_of(entry, "title", default and default.title)
    return Slo(
        name,
        _named(entry, title),
        words_of(entry, "why", default.why if default else title),
        relation,
        _both(eligible, narrowed(entry, relation)),
        good,
        _target(entry),
        window_s,
        entry.whole("at_least", least),
        burns_over(window_s, BURNS),
        _calendar(entry),
    )


def _events(entry: Entry) -> tuple[Relation, Condition, Condition, Indicator | None]:
    """Which rows count, which of them are good, and the indicator if one says so."""
    if "indicator" in entry.given:
        for key in ("relation", "eligible", "good"):
            if key in entry.given:
                raise entry.wrong(key, "is given beside an indicator, which has it; leave one out")
        return _of_indicator(entry, indicator_of(entry))
    if "at_most" in entry.given:
        raise entry.wrong("at_most", "belongs to an indicator such as latency_p95; write it into good")
    if "relation" not in entry.given:
        raise entry.wrong(
            "indicator", f"is missing; give one, or relation ({', '.join(RELATIONS)}), eligible and good"
        )
    relation = RELATIONS[entry.one_of("relation", tuple(RELATIONS))]
    return relation, told_of(entry, relation, "eligible"), told_of(entry, relation, "good"), None


def _of_indicator(entry: Entry, told: Indicator) -> tuple[Relation, Condition, Condition, Indicator | None]:
    match told.measure:
        case Ratio(relation, eligible, good):
            if "at_most" in entry.given:
                raise entry.wrong("at_most", f"does not fit {told.name}, which counts rows; leave it out")
            held_to = objective(told.name)
            bad = held_to is not None and held_to.keep == "below"
            return relation, eligible, Not(good) if bad else good, None if bad else told
        case Quantile(relation, field, _, where):
            bound = entry.number("at_most", f"seconds that {told.name} is held to, as in 5.0")
            if not 0 < bound <= DAY_S:
                raise entry.wrong(
                    "at_most", f"{bound:g} s is met by no call, or by all; give seconds, as in 5.0"
                )
            return relation, Both((where, Present(field))), AtMost(field, bound), None
        case Count() | Sum() | Mean() | Share():
            raise entry.wrong(
                "indicator", f"{told.name} counts no good events; give relation, eligible and good instead"
            )


def _both(eligible: Condition, filters: tuple[Condition, ...]) -> Condition:
    return Both((eligible, *filters)) if filters else eligible


def _named(entry: Entry, title: Text) -> Text:
    """The title with what it is narrowed to."""
    told = ", ".join(value for key in FILTERS if key in entry.given for value in entry.texts(key))
    return (
        Text(f"{title.en} ({told})", f"{title.ja} ({told})") if told and "title" not in entry.given else title
    )


def _target(entry: Entry, default: float | None = None) -> float:
    if "target" not in entry.given and default is not None:
        return default
    target = entry.number("target", "the share that must be good, as in 0.995")
    if target == 1:
        raise entry.wrong("target", "1 leaves no error budget, so the first bad event breaks it; give 0.9999")
    if 1 - _MOST_TARGET > 1 - target > 0:
        raise entry.wrong(
            "target", f"{target!r} allows less than one bad event in a million; give {_MOST_TARGET} at most"
        )
    if not 0 < target < 1:
        hint = f"; for {target:g} % write {target / _PERCENT:g}" if 1 < target < _PERCENT else ""
        raise entry.wrong("target", f"{target:g} is no share between 0 and 1{hint}")
    return target


def _calendar(entry: Entry) -> Calendar | None:
    """The calendar periods that the budget is of; None where its window rolls."""
    unit: Unit | None = next((one for one in UNITS if entry.given.get("window") == one), None)
    if unit is None:
        if "timezone" in entry.given:
            names = ", ".join(UNITS)
            raise entry.wrong(
                "timezone", f"is of a calendar period; give a window of {names}, or leave it out"
            )
        return None
    zone = entry.text("timezone", "UTC")
    if zone != "UTC" and zone not in available_timezones():
        raise entry.wrong("timezone", f'{zone!r} is not known; write one such as "Asia/Tokyo"')
    return Calendar(unit, zone)


def _window(entry: Entry, default: int) -> int:
    if "window" not in entry.given:
        return default
    if calendar := _calendar(entry):
        return LENGTHS_S[calendar.unit]
    window = entry.given["window"]
    if isinstance(window, str) and window.isalpha():
        raise entry.wrong(
            "window", f"{window!r} is no period; write one of {', '.join(UNITS)}, or days as 28d"
        )
    window_s = entry.span("window", DAY_S, LONGEST_S, "28d")
    if window_s % DAY_S:
        raise entry.wrong("window", "must be whole days, as in 28d")
    return window_s
