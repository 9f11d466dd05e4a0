"""Events that PromQL queries count of the exported metrics, as conditions on rows.

Labels become conditions on fields. That the conditions say what the queries count is checked on a row of each
kind that they can tell apart.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import assert_never, get_args

from kansoku.catalog import instruments as i
from kansoku.catalog.fields import (
    BATCH_RESULT,
    CALLS,
    EVALUATIONS,
    FEEDBACK,
    TASKS,
    TOOL_CALLS,
    Relation,
)
from kansoku.catalog.filters import of_models
from kansoku.catalog.measures import (
    ALWAYS,
    AtLeast,
    AtMost,
    Both,
    Condition,
    Either,
    Is,
    Not,
    OneOf,
    Present,
)
from kansoku.catalog.outcomes import (
    ANSWERED,
    FAILED,
    IS_ANSWER,
    IS_CHAT,
    STOP_REASONS,
    Outcome,
    Rating,
    TaskOutcome,
)
from kansoku.errors import DefinitionError
from kansoku.query.oracle import Row, holds
from kansoku.query.promql import HISTOGRAMS, MODEL
from kansoku.query.promql_counts import Counted, Matcher, Series

_OTHER = "\0other"
_MOST_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Events:
    """What two queries say of rows: which count, and which of those are bad."""

    relation: Relation
    eligible: Condition
    bad: Condition


@dataclass(frozen=True, slots=True)
class _Metric:
    """What the rows are that a metric counts, and the fields that its labels tell."""

    relation: Relation
    where: Condition
    fields: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    bucket_of: str = ""


_MODEL = {MODEL: "response_model", "job": "service"}
_OUTCOMES = {"status": get_args(Outcome)}


_STATUS = {"status": "outcome", **_MODEL}
_SERVICE = {"job": "service"}
_WORDS_OF_TOOLS, _WORDS_OF_TASKS, _WORDS_OF_RATINGS = (
    {"status": ("ok", "error")},
    {"outcome": get_args(TaskOutcome)},
    {"rating": get_args(Rating)},
)
_STOPPED, _WITHOUT_PRICE = (
    Both((ANSWERED, Present("stop_reason"))),
    Both((IS_ANSWER, Present("unpriced_reason"))),
)
_COUNTERS: tuple[tuple[i.Instrument, _Metric], ...] = (
    (i.API_CALLS, _Metric(CALLS, IS_CHAT, _STATUS, _OUTCOMES)),
    (i.API_ERRORS, _Metric(CALLS, Both((IS_CHAT, FAILED)), {"error_type": "error_type", **_MODEL})),
    (i.BATCH_RESULTS, _Metric(CALLS, Is("operation", BATCH_RESULT), _STATUS, _OUTCOMES)),
    (
        i.STOP_REASONS,
        _Metric(CALLS, _STOPPED, {"stop_reason": "stop_reason", **_MODEL}, {"stop_reason": STOP_REASONS}),
    ),
    (i.UNPRICED_CALLS, _Metric(CALLS, _WITHOUT_PRICE, {"reason": "unpriced_reason", **_MODEL})),
    (
        i.TOOL_CALLS,
        _Metric(TOOL_CALLS, ALWAYS, {"tool": "tool", "status": "outcome", **_SERVICE}, _WORDS_OF_TOOLS),
    ),
    (
        i.TASKS,
        _Metric(TASKS, ALWAYS, {"task": "name", "outcome": "label", **_SERVICE}, _WORDS_OF_TASKS),
    ),
    (i.FEEDBACK, _Metric(FEEDBACK, Present("label"), {"rating": "label", **_SERVICE}, _WORDS_OF_RATINGS)),
    (
        i.EVALUATIONS,
        _Metric(
            EVALUATIONS,
            Either((Present("label"), Present("score"))),
            {"evaluation": "name", "label": "label", **_SERVICE},
        ),
    ),
)
"""Counters, and what their rows and labels are."""


def _known() -> Iterator[tuple[str, _Metric]]:
    """The metrics whose series count rows, by the name that they are exposed by."""
    for instrument, metric in _COUNTERS:
        yield f"{instrument.name}_total", metric
    for name, (instrument, where) in HISTOGRAMS.items():
        timed = _Metric(CALLS, Both((where, Present(name))), _MODEL)
        yield f"{instrument.name}_count", timed
        yield f"{instrument.name}_bucket", replace(timed, bucket_of=name)


_METRICS = dict(_known())
_BUCKETS = {name: instrument.buckets for name, (instrument, _) in HISTOGRAMS.items()}


def events(bad: Counted, eligible: Counted) -> Events:
    """The rows that both queries are about.

    Raises:
        DefinitionError: If no condition on rows says the same.
    """
    if bad.series and (bad.growth, bad.over) != (eligible.growth, eligible.over):
        raise DefinitionError(
            f"the two queries count over {bad.said} and {eligible.said}; use one function and one range"
        )
    relation = _relation(bad, eligible)
    whole, part = _rows_of(eligible), _rows_of(bad)
    rows = _every_row((*(one for one, _ in whole), *(one for one, _ in part)))
    which = _sets(whole, rows, "all events")
    worse = _sets(part, rows, "bad events")
    for row in rows:
        if holds(worse, row) and not holds(which, row):
            raise DefinitionError(
                f"bad events are counted that are not among all events ({_spoken(row)}); narrow them alike"
            )
    among = [row for row in rows if holds(which, row)]
    return Events(relation, _shortened(which, rows), _shortened(worse, among))


def _relation(bad: Counted, eligible: Counted) -> Relation:
    if not eligible.series:
        raise DefinitionError("the query of all events counts none; name a metric")
    found = {_metric(one).relation.kind: _metric(one).relation for one, _ in (*eligible.series, *bad.series)}
    if len(found) > 1:
        raise DefinitionError(
            f"rows of {' and '.join(sorted(found))} are counted together; count one kind of them"
        )
    return next(iter(found.values()))


def _metric(series: Series) -> _Metric:
    found = _METRICS.get(series.metric)
    if found is None:
        raise DefinitionError(
            f"{series.metric} counts no events that Kansoku stores; use one of {', '.join(sorted(_METRICS))}"
        )
    return found


def _rows_of(counted: Counted) -> list[tuple[Condition, int]]:
    """The conditions that series stand for, and how often each counts; those that add come first."""
    found = [(_condition(one), times) for one, times in counted.series]
    return sorted(found, key=lambda told: -told[1])


def _condition(series: Series) -> Condition:
    metric = _metric(series)
    parts: list[Condition] = [metric.where]
    bounds = [one for one in series.matchers if one.label == "le" and metric.bucket_of]
    if metric.bucket_of and len(bounds) != 1:
        raise DefinitionError(f'{series.metric} needs one bound, as in le="10"; give it')
    parts += [AtMost(metric.bucket_of, _bound(series.metric, metric, one)) for one in bounds]
    rest = sorted(series.matchers - set(bounds), key=lambda one: (one.label, sorted(one.values)))
    parts += [_matched(series.metric, metric, one) for one in rest]
    return Both(tuple(_flat(parts)))


def _flat(parts: Sequence[Condition]) -> Iterator[Condition]:
    for one in parts:
        if isinstance(one, Both):
            yield from _flat(one.conditions)
        else:
            yield one


def _bound(name: str, metric: _Metric, told: Matcher) -> float:
    (text,) = told.values or ("",)
    buckets = _BUCKETS[metric.bucket_of]
    if told.unlike or text not in {f"{one:g}" for one in buckets}:
        known = ", ".join(f"{one:g}" for one in buckets)
        raise DefinitionError(f"le is no bucket of {name}; use one of {known}")
    return float(text)


def _matched(name: str, metric: _Metric, told: Matcher) -> Condition:
    """The condition that a matcher is."""
    if told.label not in metric.fields:
        known = ", ".join(sorted(metric.fields))
        raise DefinitionError(f"{name} has no label {told.label} that Kansoku stores; it has {known}")
    where, words = metric.fields[told.label], metric.words.get(told.label, ())
    values = told.values
    if told.pattern:
        if not words:
            raise DefinitionError(
                f"the pattern {told.pattern!r} of {told.label} is not read; list the values, as in a|b"
            )
        values = frozenset(one for one in words if re.fullmatch(told.pattern, one))
    found: list[Condition] = []
    if named := tuple(sorted(one for one in values if one)):
        found.append(_is_one_of(told.label, where, named))
    if "" in values:
        found.append(Not(Present(where)))
    one = found[0] if len(found) == 1 else Either(tuple(found))
    if not told.unlike:
        return one
    return one.condition if isinstance(one, Not) else Not(one)


def _is_one_of(label: str, where: str, named: tuple[str, ...]) -> Condition:
    if label == MODEL:
        return of_models(named)
    return Is(where, *named) if len(named) == 1 else OneOf(where, named)


def _sets(parts: list[tuple[Condition, int]], rows: Sequence[Row], what: str) -> Condition:
    """The condition of rows that are counted exactly once.

    Raises:
        DefinitionError: If a row is counted otherwise than once or never.
    """
    for row in rows:
        times = sum(often for one, often in parts if holds(one, row))
        if times not in (0, 1):
            raise DefinitionError(
                f"of {what} some are counted {times} times ({_spoken(row)}); count each once"
            )
    more = tuple(one for one, often in parts if often > 0)
    less = tuple(Not(one) for one, often in parts if often < 0)
    if not more:
        return Either(())
    one = more[0] if len(more) == 1 else Either(more)
    return Both(tuple(_flat((one, *less)))) if less else one


def _shortened(condition: Condition, among: Sequence[Row]) -> Condition:
    """The condition without what makes no difference to any of these rows."""
    parts = list(_flat([condition]))
    for one in tuple(parts):
        fewer = [each for each in parts if each is not one]
        if _alike(fewer, condition, among):
            parts = fewer
    for at, one in enumerate(parts):
        if isinstance(one, Not) and isinstance(one.condition, Both):
            parts[at] = _narrowest(one.condition, [*parts[:at], *parts[at + 1 :]], among)
    return parts[0] if len(parts) == 1 else Both(tuple(parts))


def _narrowest(inner: Both, others: list[Condition], among: Sequence[Row]) -> Condition:
    """What is taken away, without what the other conditions say of it anyway."""
    kept, whole = list(inner.conditions), Both((*others, Not(inner)))
    for one in inner.conditions:
        fewer = [each for each in kept if each is not one]
        if fewer and _alike([*others, Not(Both(tuple(fewer)))], whole, among):
            kept = fewer
    return Not(kept[0] if len(kept) == 1 else Both(tuple(kept)))


def _alike(parts: list[Condition], condition: Condition, among: Sequence[Row]) -> bool:
    return all(holds(Both(tuple(parts)), row) == holds(condition, row) for row in among)


def _every_row(conditions: Sequence[Condition]) -> list[Row]:
    """A row of each kind that the conditions can tell apart."""
    words: dict[str, set[str]] = {}
    bounds: dict[str, set[float]] = {}
    for one in conditions:
        _named(one, words, bounds)
    choices: dict[str, list[object]] = {name: [None, *sorted(told), _OTHER] for name, told in words.items()}
    for name, told in bounds.items():
        choices[name] = [None, *sorted(told), max(told) + 1]
    size = 1
    for told in choices.values():
        size *= len(told)
    if size > _MOST_ROWS:
        raise DefinitionError("it names too many values to be checked; narrow by fewer")
    made = itertools.product(*choices.values())
    return [dict(zip(choices, values, strict=True)) for values in made]


def _named(condition: Condition, words: dict[str, set[str]], bounds: dict[str, set[float]]) -> None:
    match condition:
        case Both(conditions) | Either(conditions):
            for one in conditions:
                _named(one, words, bounds)
        case Not(inner):
            _named(inner, words, bounds)
        case Is(name, value):
            words.setdefault(name, set()).add(str(value))
        case OneOf(name, values):
            words.setdefault(name, set()).update(values)
        case AtLeast(name, bound) | AtMost(name, bound):
            bounds.setdefault(name, set()).add(bound)
        case Present(name):
            if name in _BUCKETS:
                bounds.setdefault(name, {0.0})
            else:
                words.setdefault(name, set())
        case _:
            assert_never(condition)


def _spoken(row: Row) -> str:
    """A row as an example."""
    told = (f"{name} {value}" for name, value in row.items() if value not in (None, _OTHER))
    return ", ".join(told) or "of no named value"
