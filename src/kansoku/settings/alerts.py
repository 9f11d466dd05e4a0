"""The `[[alerts]]` of a file of settings, checked: shipped ones changed, and ones of the user's own."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from kansoku.catalog.alerts import (
    SEVERITIES,
    Alert,
    Always,
    Compare,
    Every,
    Lost,
    Reported,
    Sign,
    Signal,
    Some,
    Test,
    Unusual,
)
from kansoku.catalog.fields import Kind, Relation
from kansoku.catalog.measures import (
    ALWAYS,
    Both,
    Condition,
    Count,
    Mean,
    Measure,
    Present,
    Quantile,
    Ratio,
    Share,
    Sum,
)
from kansoku.catalog.settings import ALERTS_TABLE
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError
from kansoku.settings.condition import field_of
from kansoku.settings.document import Document
from kansoku.settings.entry import Entry, Faults, entries
from kansoku.settings.sentence import sentence
from kansoku.settings.slos import FILTERS, RELATIONS, indicator_of, narrowed, told_of, words_of

LEAST_CALLS = 20
"""What an alert of the user's own needs in its window where nothing else is said."""

_DAY_S = 86_400
_LONGEST_S = 30 * _DAY_S
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_WORD = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_SIGNS: tuple[Sign, ...] = (">", ">=", "<", "<=")
_WORDS = ("title", "title_ja", "why", "why_ja", "todo", "todo_ja")
_TOLD = ("for", "keep_firing_for", "severity", "group", "channel", "off")
_FIGURE = ("bound", "window", "at_least")
_SOURCE = ("indicator", "relation", "eligible", "good", "sign", "by")
_KEYS = ("name", *_WORDS, *_SOURCE, *_FIGURE, *FILTERS, *_TOLD)


@dataclass(frozen=True, slots=True)
class OwnAlerts:
    """The alerts, and by the name of each that has one the channel that is told of it.

    `lines` has the line of each that names a channel.
    """

    alerts: tuple[Alert, ...]
    channels: Mapping[str, str]
    lines: Mapping[str, int]


def alerts_of(given: object, document: Document, shipped: tuple[Alert, ...], faults: Faults) -> OwnAlerts:
    """The shipped alerts as the file changes them, and its own.

    Raises:
        SettingError: If one cannot be used, unless faults are collected.
    """
    found = {alert.name: alert for alert in shipped}
    named: set[str] = set()
    channels: dict[str, str] = {}
    lines: dict[str, int] = {}
    for entry in entries(document, ALERTS_TABLE, given):
        with faults.kept():
            name = _take(entry, found, named)
            if name in found and "channel" in entry.given:
                channels[name] = entry.text("channel")
                lines[name] = document.line("channel", ALERTS_TABLE, entry.place)
    return OwnAlerts(tuple(found.values()), channels, lines)


def _take(entry: Entry, found: dict[str, Alert], named: set[str]) -> str:
    """Takes one entry in; gives its name."""
    entry.known(_KEYS)
    name = entry.text("name")
    if not _NAME.fullmatch(name):
        raise entry.wrong("name", f"{name!r} must be letters, digits and _, a letter first, at most 80")
    if name in named:
        raise entry.wrong("name", f"{name!r} is another alert's; give each its own")
    named.add(name)
    if not entry.flag("off"):
        found[name] = _changed(entry, found[name]) if name in found else _made(entry, name, found)
    elif name in found:
        del found[name]
    else:
        raise entry.wrong("off", f"{name!r} is not shipped; remove the entry instead")
    return name


def _changed(entry: Entry, alert: Alert) -> Alert:
    """A shipped alert, changed."""
    for key in _SOURCE:
        if key in entry.given:
            raise entry.wrong(key, f"cannot be changed of {alert.name}, which ships; give a name of your own")
    test, figure = alert.test, tuple(key for key in (*_FIGURE, *FILTERS) if key in entry.given)
    if figure and alert.slo is not None:
        raise entry.wrong(figure[0], f"follows from the objective; change {alert.slo} in [[slos]]")
    if figure and not _is_plain(alert.test):
        raise entry.wrong(figure[0], f"cannot be changed of {alert.name}; turn it off and write your own")
    if "window" in entry.given:
        test = _over(test, _window(entry))
    if "bound" in entry.given:
        test = _held_to(entry, test)
    if "at_least" in entry.given:
        test = _guarded(entry, alert, test)
    test = _narrowed(entry, test)
    title, why = (alert.title, alert.why) if test == alert.test else _retold(entry, alert, test)
    return replace(
        alert,
        title=words_of(entry, "title", title),
        why=words_of(entry, "why", why),
        todo=words_of(entry, "todo", alert.todo),
        test=test,
        for_s=_time(entry, "for", alert.for_s),
        keep_firing_for_s=_time(entry, "keep_firing_for", alert.keep_firing_for_s),
        severity=entry.one_of("severity", SEVERITIES, alert.severity),
        group=_group(entry, alert.group),
    )


def _made(entry: Entry, name: str, known: Mapping[str, Alert]) -> Alert:
    """An alert of the user's own."""
    if not {"indicator", "relation"} & entry.given.keys():
        raise entry.wrong(
            "indicator",
            f"is missing; give one, or relation ({', '.join(RELATIONS)}) and eligible. "
            f"To change a shipped alert name it: {', '.join(known)}",
        )
    measure = _measure(entry)
    window_s = _window(entry)
    sign: Sign = entry.one_of("sign", _SIGNS)
    compare = Compare(Signal(measure, window_s), sign, _bound(entry, measure, sign))
    rows = _rows(measure)
    default = 0 if isinstance(measure, Count | Sum) else LEAST_CALLS
    least = entry.whole("at_least", default)
    guard = Compare(Signal(rows, window_s), ">=", least)
    return Alert(
        name,
        words_of(entry, "title"),
        words_of(entry, "why", _said(entry, compare)),
        words_of(entry, "todo", Text("See its panel and what its rows share.", "パネルと共通点を確認。")),
        Every((compare, guard)) if least else compare,
        for_s=_time(entry, "for", 300),
        severity=entry.one_of("severity", SEVERITIES),
        group=_group(entry, "own"),
        by=_by(entry, measure.relation),
        keep_firing_for_s=_time(entry, "keep_firing_for", 0),
    )


def _measure(entry: Entry) -> Measure:
    """What is measured: an indicator, a share of rows that are good, or the number of rows."""
    if "indicator" in entry.given:
        for key in ("relation", "eligible", "good"):
            if key in entry.given:
                raise entry.wrong(key, "is given beside an indicator, which has it; leave one out")
        measure = indicator_of(entry).measure
        return _with(measure, narrowed(entry, measure.relation))
    relation = RELATIONS[entry.one_of("relation", tuple(RELATIONS))]
    eligible = told_of(entry, relation, "eligible") if "eligible" in entry.given else ALWAYS
    filters = narrowed(entry, relation)
    if "good" in entry.given:
        return _with(Ratio(relation, eligible, told_of(entry, relation, "good")), filters)
    return _with(Count(relation, eligible), filters)


def _rows(measure: Measure) -> Count:
    """The rows that the measure rests on."""
    match measure:
        case Count():
            return measure
        case Ratio(relation, eligible, _):
            return Count(relation, eligible)
        case Quantile(relation, field, _, where) | Mean(relation, (field, *_), where):
            return Count(relation, Both((where, Present(field))))
        case Mean(relation, _, where) | Sum(relation, _, where) | Share(relation, _, _, where):
            return Count(relation, where)
        case _:
            assert_never(measure)


def _with(measure: Measure, filters: tuple[Condition, ...]) -> Measure:
    """The measure over those of its rows that meet the filters."""
    if not filters:
        return measure
    match measure:
        case Ratio():
            return replace(measure, eligible=Both((measure.eligible, *filters)))
        case Count() | Quantile() | Sum() | Mean() | Share():
            return replace(measure, where=Both((measure.where, *filters)))
        case _:
            assert_never(measure)


def _bound(entry: Entry, measure: Measure, sign: Sign) -> float:
    """The bound, on either side of which there are values."""
    bound = entry.number("bound", "what the value is compared with, in its unit")
    share = isinstance(measure, Ratio | Share)
    if share and bound > 1:
        raise entry.wrong("bound", f"{bound:g} is no share; for {bound:g} % write {bound / 100:g}")
    if _is_timed(measure) and bound > _DAY_S:
        raise entry.wrong("bound", f"{bound:g} is in seconds, and no call takes over a day; give less")
    match sign:
        case "<" if bound == 0:
            raise entry.wrong("bound", '0 is never passed, as nothing is below it; give more, or sign = "<="')
        case ">=" if bound == 0:
            raise entry.wrong("bound", '0 is passed by every value; give more, or sign = ">"')
        case ">" if share and bound == 1:
            raise entry.wrong(
                "bound", '1 is never passed, as no share is above it; give less, or sign = ">="'
            )
        case "<=" if share and bound == 1:
            raise entry.wrong("bound", '1 is passed by every share; give less, or sign = "<"')
        case _:
            return bound


def _is_timed(measure: Measure) -> bool:
    match measure:
        case Quantile(relation, field) | Mean(relation, (field, *_)):
            return relation.field(field).kind is Kind.SECONDS
        case Count() | Ratio() | Mean() | Sum() | Share():
            return False
        case _:
            assert_never(measure)


def _is_plain(test: Test) -> bool:
    """Whether it is a comparison, or several that must all hold: of others no single figure is changed."""
    match test:
        case Compare():
            return True
        case Every(tests):
            return bool(tests) and all(map(_is_plain, tests))
        case Some() | Unusual() | Lost() | Reported() | Always():
            return False
        case _:
            assert_never(test)


def _compares(test: Test) -> tuple[Compare, ...]:
    """The comparisons of a plain test: the figure that it tells, then its guards."""
    match test:
        case Compare():
            return (test,)
        case Every(tests):
            return tuple(one for inner in tests for one in _compares(inner))
        case Some() | Unusual() | Lost() | Reported() | Always():
            return ()
        case _:
            assert_never(test)


def _each(test: Test, change: Callable[[int, Compare], Compare]) -> Test:
    """The plain test with every comparison changed; they are counted from 0."""
    told = _compares(test)
    made = tuple(change(at, one) for at, one in enumerate(told))
    return made[0] if isinstance(test, Compare) else Every(made)


def _over(test: Test, window_s: int) -> Test:
    """Over another window, with those guards that had the window of the figure."""
    before = _compares(test)[0].signal.window_s
    return _each(
        test,
        lambda _, one: (
            replace(one, signal=replace(one.signal, window_s=window_s))
            if one.signal.window_s == before
            else one
        ),
    )


def _held_to(entry: Entry, test: Test) -> Test:
    figure = _compares(test)[0]
    bound = _bound(entry, figure.signal.measure, figure.sign)
    return _each(test, lambda at, one: one if at else replace(one, bound=bound))


def _guarded(entry: Entry, alert: Alert, test: Test) -> Test:
    guards = [
        at
        for at, one in enumerate(_compares(test))
        if at and one.sign == ">=" and not one.signal.ago_s and isinstance(one.signal.measure, Count | Sum)
    ]
    if len(guards) != 1:
        raise entry.wrong("at_least", f"does not fit {alert.name}; turn it off and write your own")
    least = entry.whole("at_least", 0)
    return _each(test, lambda at, one: replace(one, bound=least) if at == guards[0] else one)


def _narrowed(entry: Entry, test: Test) -> Test:
    if not any(key in entry.given for key in FILTERS):
        return test

    def change(_: int, one: Compare) -> Compare:
        measure = one.signal.measure
        return replace(
            one, signal=replace(one.signal, measure=_with(measure, narrowed(entry, measure.relation)))
        )

    return _each(test, change)


def _retold(entry: Entry, alert: Alert, test: Test) -> tuple[Text, Text]:
    """Title and sentence of an alert whose own would no longer be true."""
    told = ", ".join(value for key in FILTERS if key in entry.given for value in entry.texts(key))
    title = Text(f"{alert.title.en} ({told})", f"{alert.title.ja} ({told})") if told else alert.title
    return title, sentence(_compares(test)[0], _compares(alert.test)[0].signal.measure)


def _said(entry: Entry, compare: Compare) -> Text:
    """What an alert of the user's own says of itself."""
    if "indicator" in entry.given:
        return sentence(compare, indicator_of(entry).measure)
    told = (entry.text(key) if key in entry.given else "" for key in ("eligible", "good"))
    return sentence(compare, compare.signal.measure, *told)


def _window(entry: Entry) -> int:
    return entry.span("window", 60, _LONGEST_S, "5m")


def _time(entry: Entry, key: str, default: int) -> int:
    return entry.span(key, 0, 7 * _DAY_S, "5m") if key in entry.given else default


def _group(entry: Entry, default: str) -> str:
    group = entry.text("group", default)
    if not _WORD.fullmatch(group):
        raise entry.wrong("group", f"{group!r} must be a-z, 0-9, _ and -, a letter first, at most 40")
    return group


def _by(entry: Entry, relation: Relation) -> str | None:
    if "by" not in entry.given:
        return None
    name = entry.text("by")
    try:
        field = field_of(relation, name)
    except DefinitionError as error:
        raise entry.refused("by", error) from None
    if field.kind is not Kind.LABEL:
        raise entry.wrong("by", f"{name} has too many values to split by; use one such as feature")
    return name
