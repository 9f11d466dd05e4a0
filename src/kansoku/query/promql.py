"""Measures and the tests of alerts as PromQL over the metrics that an application exports.

A condition is read by asking the oracle which labels' rows it holds of, so no query is written by hand for an
indicator. What the labels cannot tell raises an error, and the alert is then the built-in engine's alone.
Counts are sums of `increase`, and a series that does not exist counts 0: a feature that never once succeeded
is then broken rather than silent.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never, get_args

from kansoku.catalog import instruments as i
from kansoku.catalog.alerts import (
    SPREAD,
    WEEK_S,
    Always,
    Compare,
    Every,
    Lost,
    Reported,
    Signal,
    Some,
    Test,
    Unusual,
)
from kansoku.catalog.fields import BATCH_RESULT, CALLS, CHAT, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS
from kansoku.catalog.instruments import Instrument
from kansoku.catalog.measures import (
    ALWAYS,
    AtLeast,
    AtMost,
    Both,
    Condition,
    Count,
    Either,
    Is,
    Mean,
    Measure,
    Not,
    OneOf,
    Present,
    Quantile,
    Ratio,
    Share,
    Sum,
    fields_of,
)
from kansoku.catalog.outcomes import (
    ANSWERED,
    HALLUCINATED,
    HALLUCINATION,
    IS_ANSWER,
    IS_BILLED,
    IS_CHAT,
    SUCCEEDED,
    Outcome,
    Rating,
    TaskOutcome,
)
from kansoku.errors import DefinitionError
from kansoku.query import silence
from kansoku.query.alert_oracle import before
from kansoku.query.narrowing import conjuncts, measure_apart, same
from kansoku.query.oracle import Row, holds

_OTHER = "\0other"
"""Stands for every value of a label that no condition names."""

HISTOGRAMS: Mapping[str, tuple[Instrument, Condition]] = {
    "duration_s": (i.API_LATENCY, ANSWERED),
    "ttft_s": (i.TTFT, ANSWERED),
    "rate_limit_remaining_ratio": (i.HEADROOM, IS_CHAT),
}
"""Fields whose distribution is exported, and of which calls."""

_TOTALS: Mapping[str, tuple[Instrument, str]] = {
    "cost_usd": (i.COST, ""),
    "input_tokens": (i.TOKENS, 'type="input"'),
    "output_tokens": (i.TOKENS, 'type="output"'),
    "cache_read_tokens": (i.TOKENS, 'type="cache_read"'),
    "cache_write_tokens": (i.TOKENS, 'type="cache_creation"'),
    "attempts": (i.API_ATTEMPTS, ""),
    "failed_attempts": (i.API_ATTEMPTS, 'status!~"2.."'),
}
"""Fields whose total is exported, and the labels that it has there."""

_REMEMBERED = 7
"""So many times as long as a service is known, a target that is down is known to be one of ours."""

_OF_ALL = {"attempts", "failed_attempts"}
"""Fields that every call has, however it ended."""

MODEL = "model"
"""The label of the model that answered, else of the one that was asked."""

_LABELS = {
    "response_model": MODEL,
    "tool": "tool",
    "service": "job",
    "outcome": "status",
    "error_type": "error_type",
}
"""The label that a field to split by has."""


@dataclass(frozen=True, slots=True)
class Selector:
    """Series of a counter: the instrument, or one of a histogram's parts, and its label matchers."""

    name: str
    matchers: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.name}{{{','.join(self.matchers)}}}" if self.matchers else self.name

    def within(self, only: tuple[str, ...]) -> "Selector":
        """The series among them that meet these matchers too."""
        return Selector(self.name, (*self.matchers, *only))


@dataclass(frozen=True, slots=True)
class Term:
    """Series whose rows are counted, or taken away from those that others count."""

    selector: Selector
    sign: Literal["+", "-"] = "+"


@dataclass(frozen=True, slots=True)
class Window:
    """What a signal looks at.

    Attributes:
        seconds: For how long, in seconds; or a name in whose place whoever asks puts it.
        ago_s: How long ago that ended.
        by: The label to split by, if any.
        only: Matchers that all series must meet.
        at_end: Whether, of a query over a range of times, only the last is looked at.
    """

    seconds: int | str
    ago_s: int = 0
    by: str | None = None
    only: tuple[str, ...] = ()
    at_end: bool = False

    @property
    def over(self) -> str:
        """The range and the offset behind a selector."""
        length = self.seconds if isinstance(self.seconds, str) else span(self.seconds)
        at = " @ end()" if self.at_end else ""
        return f"[{length}]{at}{_offset(self.ago_s)}"

    @property
    def total(self) -> str:
        """The aggregation in front of a range."""
        return "sum" if self.by is None else f"sum by ({self.by})"

    def increase(self, selector: Selector) -> str:
        """How much the counters grew; nothing where there are none."""
        return f"{self.total}(increase({selector.within(self.only)}{self.over}))"


@dataclass(frozen=True, slots=True)
class Given:
    """What an expression may build on.

    Attributes:
        only: Matchers that all series must meet.
        recorded: Series that recording rules keep, by the measure and the seconds of its window.
        weeks: Series that they keep of the weeks before, by the test that compares with them.
    """

    only: tuple[str, ...] = ()
    recorded: Mapping[tuple[Measure, int], str] = field(default_factory=dict[tuple[Measure, int], str])
    weeks: Mapping[Unusual, str] = field(default_factory=dict[Unusual, str])


def of_service(service: str | None) -> tuple[str, ...]:
    """The matchers of a service's series; without a name, of those of all services."""
    return () if service is None else (_among(_LABELS["service"], (service,)),)


def label(field: str) -> str:
    """The label that has the field.

    Raises:
        DefinitionError: If no metric can be split by it.
    """
    if field not in _LABELS:
        raise DefinitionError(f"no metric has {field} as a label")
    return _LABELS[field]


def _offset(ago_s: int) -> str:
    return f" offset {span(ago_s)}" if ago_s else ""


NOTHING = Given()


def condition(asked: Test, by: str | None, given: Given = NOTHING) -> str:
    """The test as an expression that has a result exactly where it holds, split by that field.

    Raises:
        DefinitionError: If the exported metrics cannot tell it; the message says what they lack.
    """
    match asked:
        case Compare(signal, sign, bound):
            return f"{_in_brackets(value(signal, by, given))} {sign} {bound:.10g}"
        case Every(tests):
            return "\nand\n".join(_in_brackets(condition(one, by, given)) for one in tests)
        case Some(tests):
            return "\nor\n".join(_in_brackets(condition(one, by, given)) for one in tests)
        case Unusual():
            return _unusual(asked, by, given)
        case Lost():
            return _lost(asked, given.only)
        case Reported():
            return _reported(asked, given.only)
        case Always():
            return "vector(1)"
        case _:
            assert_never(asked)


def value(signal: Signal, by: str | None = None, given: Given = NOTHING) -> str:
    """The signal's value.

    Raises:
        DefinitionError: As `condition` says.
    """
    kept = given.recorded.get((signal.measure, signal.window_s))
    if kept is not None and by is None:
        return f"{kept}{_offset(signal.ago_s)}"
    return measure(signal.measure, _window(signal, by, given.only))


def _window(signal: Signal, by: str | None, only: tuple[str, ...]) -> Window:
    return Window(signal.window_s, signal.ago_s, None if by is None else label(by), only)


def measure(asked: Measure, window: Window) -> str:
    """The measure over the window: no result, or NaN, is no data.

    Raises:
        DefinitionError: As `condition` says.
    """
    asked, only = apart(asked)
    window = replace(window, only=(*window.only, *only))
    match asked:
        case Count(relation, where):
            return _count(relation.kind, where, window)
        case Ratio(relation, eligible, good):
            part = _count(relation.kind, Both((eligible, good)), window)
            return f"{_in_brackets(part)} / {_in_brackets(_count(relation.kind, eligible, window))}"
        case Quantile(_, field, q, where):
            return _quantile(field, q, where, window)
        case Sum(_, fields, where):
            only_whole(where)
            return _sum(fields, window)
        case Mean(relation, fields, where):
            counted = _count(relation.kind, mean_rows(fields, where), window)
            return f"{_in_brackets(_sum(fields, window))} / {_in_brackets(counted)}"
        case Share(_, part, whole, where):
            only_whole(where)
            return f"{_in_brackets(_sum(part, window))} / {_in_brackets(_sum(whole, window))}"
        case _:
            assert_never(asked)


def apart(asked: Measure) -> tuple[Measure, tuple[str, ...]]:
    """The measure of all models and services, and the matchers of those that it is about."""
    rest, narrowings = measure_apart(asked)
    return rest, tuple(_among(_LABELS[one.field], one.words, unlike=one.unlike) for one in narrowings)


def span(seconds: int) -> str:
    """The time as PromQL writes it: 90s, 5m, 6h, 7d."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def _count(kind: str, where: Condition, window: Window) -> str:
    """How many rows hold: a sum over the series whose labels they have, 0 where there are none."""
    if window.by == _LABELS["error_type"]:
        return window.increase(_by_error(kind, where))
    parts = list(conjuncts(where))
    slow = [one for one in parts if isinstance(one, Not) and isinstance(one.condition, AtMost)]
    if slow:
        rest = Both(tuple(one for one in parts if one not in slow))
        within = Both((rest, *(one.condition for one in slow), *_present(slow)))
        rest = Both((rest, *_present(slow)))
        return f"{_count(kind, rest, window)} - {_count(kind, within, window)}"
    found = list(terms(kind, where))
    if not found:
        return "vector(0)"
    text = " ".join(f"{one.sign} {_or_zero(one.selector, window, kind)}" for one in found)
    return text.removeprefix("+ ")


def _present(slow: list[Not]) -> Iterator[Present]:
    """That the times are known, which every answered call's are that a histogram has."""
    for one in slow:
        if isinstance(one.condition, AtMost):
            yield Present(one.condition.field)


def _or_zero(selector: Selector, window: Window, kind: str) -> str:
    """The increase, 0 where the series is not there, at the same labels as the whole."""
    if window.by is None:
        return f"({window.increase(selector)} or vector(0))"
    whole = window.increase(Selector(_counter(_WHOLE[kind])))
    return f"({window.increase(selector)} or 0 * {whole})"


_WHOLE: Mapping[str, Instrument] = {
    CALLS.kind: i.API_CALLS,
    TOOL_CALLS.kind: i.TOOL_CALLS,
    TASKS.kind: i.TASKS,
    FEEDBACK.kind: i.FEEDBACK,
    EVALUATIONS.kind: i.EVALUATIONS,
}
"""The counter that every row of the relation moves."""


def terms(kind: str, where: Condition) -> Iterator[Term]:
    """The series whose rows hold.

    Raises:
        DefinitionError: If no labels tell it.
    """
    timed = [one for one in conjuncts(where) if isinstance(one, Present | AtMost) and one.field in HISTOGRAMS]
    if timed:
        yield Term(_timed(where, timed))
        return
    if kind == CALLS.kind:
        yield from _calls(where)
        return
    yield from _judged(where) if kind == EVALUATIONS.kind else _one_label(kind, where)


def _judged(where: Condition) -> Iterator[Term]:
    """Judged answers. Of other evaluations nothing is known here that an alert could be about."""
    _only(where, {"name", "label", "score"})
    if Is("name", HALLUCINATION) not in conjuncts(where):
        raise DefinitionError(f"of evaluations only {HALLUCINATION!r} can be read from the metrics")
    rows: dict[str, Row] = {
        word: {"name": HALLUCINATION, "label": word}
        for word in (HALLUCINATED, *_words(where, "label"), _OTHER)
    }
    held = [word for word, row in rows.items() if holds(where, row)]
    name = _among("evaluation", (HALLUCINATION,))
    if held:
        yield Term(Selector(_counter(i.EVALUATIONS), (name, *_label_of("label", held, tuple(rows)))))


_ONE_LABEL: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    TOOL_CALLS.kind: ("status", "outcome", ("ok", "error")),
    TASKS.kind: ("outcome", "label", get_args(TaskOutcome)),
    FEEDBACK.kind: ("rating", "label", get_args(Rating)),
}
"""Of relations that one label tells all of: the label, its field, and its values."""


def _one_label(kind: str, where: Condition) -> Iterator[Term]:
    """The series of a relation whose rows differ by one label."""
    if kind not in _ONE_LABEL:
        raise DefinitionError(f"no metric counts rows of {kind!r}")
    label, field, values = _ONE_LABEL[kind]
    _only(where, {field})
    held = [value for value in values if holds(where, {field: value})]
    if held:
        yield Term(Selector(_counter(_WHOLE[kind]), (_among(label, held),)))


def _calls(where: Condition) -> Iterator[Term]:
    """The series of calls: by operation, by how they ended, and failed ones by their error type."""
    if unpriced := [one for one in conjuncts(where) if _is_of_price(one)]:
        yield _unpriced(where, unpriced[0])
        return
    if stops := _words(where, "stop_reason"):
        yield _stopped(where, stops)
        return
    _only(where, {"operation", "outcome", "error_type"})
    whole: list[str] = []
    apart: list[Term] = []
    outcomes = get_args(Outcome)
    for outcome in outcomes:
        errors = _errors(where, outcome)
        held = [error for error in errors if holds(where, _call(CHAT, outcome, error))]
        if held and held[-1] == errors[-1]:
            whole.append(outcome)
            apart += _of_errors([error for error in errors if error not in held], "-")
        else:
            apart += _of_errors(held, "+")
    if whole:
        yield Term(Selector(_counter(i.API_CALLS), _label_of("status", whole, outcomes)))
    yield from apart
    batch = [outcome for outcome in outcomes if holds(where, _call(BATCH_RESULT, outcome, ""))]
    if batch:
        yield Term(Selector(_counter(i.BATCH_RESULTS), _label_of("status", batch, outcomes)))


def _is_of_price(one: Condition) -> bool:
    """Whether it tells calls without a price."""
    return isinstance(one, Present | OneOf) and one.field == "unpriced_reason"


def _unpriced(where: Condition, told: Condition) -> Term:
    """Calls without a price, of any reason or of some."""
    if not (same(where, told) or same(where, Both((IS_ANSWER, told)))):
        raise DefinitionError("calls without a price are counted of all calls only")
    reasons = told.values if isinstance(told, OneOf) else ()
    return Term(Selector(_counter(i.UNPRICED_CALLS), (_among("reason", reasons),) if reasons else ()))


def _stopped(where: Condition, known: tuple[str, ...]) -> Term:
    """Answers by why the model stopped. Of those that do not tell it, nothing is counted."""
    _only(where, {"operation", "outcome", "stop_reason"})
    rows = {
        (outcome, word): {**_call(CHAT, outcome, ""), "stop_reason": word}
        for outcome in get_args(Outcome)
        for word in (*known, _OTHER)
    }
    held = [told for told, row in rows.items() if holds(where, row)]
    if any(outcome != "ok" or word == _OTHER for outcome, word in held):
        raise DefinitionError("stop reasons are counted of answers, and only where they are named")
    return Term(Selector(_counter(i.STOP_REASONS), (_among("stop_reason", [word for _, word in held]),)))


def _by_error(kind: str, where: Condition) -> Selector:
    """Failed calls, to be split by their error type. Of batches' results it is not exported."""
    others = (word for word in get_args(Outcome) if word != "error")
    if kind != CALLS.kind or any(holds(where, _call(CHAT, word, "")) for word in others):
        raise DefinitionError("only failed calls have an error type")
    _only(where, {"operation", "outcome", "error_type"})
    errors = _errors(where, "error")
    held = [error for error in errors if holds(where, _call(CHAT, "error", error))]
    return Selector(_counter(i.API_ERRORS), _label_of("error_type", held, errors))


def _call(operation: str, outcome: str, error: str) -> Row:
    return {"operation": operation, "outcome": outcome, "error_type": error}


def _errors(where: Condition, outcome: str) -> tuple[str, ...]:
    """The error types to be told apart: those the condition names, and all others as one, the last."""
    return (*_words(where, "error_type"), _OTHER) if outcome == "error" else ("",)


def _of_errors(types: list[str], sign: Literal["+", "-"]) -> list[Term]:
    """Failed calls of those error types.

    Where most types count, the others are taken from all that failed: an error type has no series before its
    first error, so that a first burst of a new one would be missed.
    """
    matchers = (_among("error_type", types),) if types else ()
    return [Term(Selector(_counter(i.API_ERRORS), matchers), sign)] if types else []


def _label_of(label: str, held: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    """The matcher of the values that are held; none where all are."""
    others = [word for word in known if word not in held]
    if not others:
        return ()
    if _OTHER in held:
        return (_among(label, others, unlike=True),)
    return (_among(label, held),)


def _among(label: str, words: Collection[str], *, unlike: bool = False) -> str:
    """The matcher of a label that is one of the words, or none of them."""
    if len(words) == 1:
        return f"{label}{'!=' if unlike else '='}{quoted(*words)}"
    every = "|".join(re.sub(r"[\\.+*?()|\[\]{}^$]", r"\\\g<0>", word) for word in sorted(words))
    return f"{label}{'!~' if unlike else '=~'}{quoted(every)}"


def quoted(text: str) -> str:
    """The text as PromQL and YAML write it, with no control character as such."""
    plain = json.dumps(text, ensure_ascii=False)
    return re.sub(r"[\x7f-\x9f\u2028\u2029\ufeff]", lambda found: f"\\u{ord(found[0]):04x}", plain)


def _timed(where: Condition, timed: list[Present | AtMost]) -> Selector:
    """Answered calls whose time is known, or at most a bucket's bound."""
    rest = Both(tuple(one for one in conjuncts(where) if one not in timed))
    instrument, of_which = HISTOGRAMS[timed[0].field]
    if _outcomes(rest) != _outcomes(of_which):
        raise DefinitionError(f"{instrument.name} is not exported of these calls alone")
    bounds = [one.bound for one in timed if isinstance(one, AtMost)]
    if not bounds:
        return Selector(f"{instrument.name}_count")
    if min(bounds) not in instrument.buckets:
        raise DefinitionError(f"{min(bounds):g} is no bucket of {instrument.name}")
    return Selector(f"{instrument.name}_bucket", ("le=~" + quoted(rf"{min(bounds):g}(\.0)?"),))


def _outcomes(where: Condition) -> set[str]:
    """The outcomes of which a call holds."""
    _only(where, {"operation", "outcome"})
    return {word for word in get_args(Outcome) if holds(where, _call(CHAT, word, _OTHER))}


def _quantile(field: str, q: float, where: Condition, window: Window) -> str:
    """Interpolated within the bucket that the quantile lies in."""
    if field not in HISTOGRAMS or not same(where, HISTOGRAMS[field][1]):
        raise DefinitionError(f"no histogram of {field} is exported for these calls")
    by = "le" if window.by is None else f"le, {window.by}"
    name = Selector(f"{HISTOGRAMS[field][0].name}_bucket")
    return f"histogram_quantile({q:g}, sum by ({by}) (increase({name.within(window.only)}{window.over})))"


def _sum(fields: tuple[str, ...], window: Window) -> str:
    """The totals together; one that was never counted adds nothing."""
    found = totals(fields)
    zero = "vector(0)"
    if window.by is not None:
        zero = f"0 * {window.increase(Selector(found[0].name))}"
    return " + ".join(f"({window.increase(one)} or {zero})" for one in found)


def totals(fields: tuple[str, ...]) -> list[Selector]:
    """The series whose growth is the fields' total.

    Raises:
        DefinitionError: If no metric has one of them.
    """
    unknown = [name for name in fields if name not in _TOTALS]
    if unknown:
        raise DefinitionError(f"no metric has the total of {unknown[0]}")
    told = (_TOTALS[name] for name in fields)
    return [Selector(_counter(one), (labels,) if labels else ()) for one, labels in told]


def only_whole(where: Condition) -> None:
    """Sees that a total is of all rows: what it is exported of, no label of it can narrow.

    Raises:
        DefinitionError: If it is of some only.
    """
    if not any(same(where, one) for one in (ALWAYS, IS_BILLED, IS_CHAT)):
        raise DefinitionError("totals are exported of all calls only")


def weeks_before(asked: Unusual, by: str | None, only: tuple[str, ...]) -> tuple[str, ...]:
    """The signal in each of the weeks before, the last week first; no result where nothing is known.

    Raises:
        DefinitionError: As `condition` says.
    """
    return tuple(_known(signal, by, only) for signal in before(asked))


def _unusual(asked: Unusual, by: str | None, given: Given) -> str:
    """Against the same signal in the weeks before: their median, and how far they lie from it."""
    now = _in_brackets(value(asked.signal, by, Given(given.only)))
    past = (
        f'label_replace({text}, "week", "{week}", "", "")'
        for week, text in enumerate(weeks_before(asked, by, given.only), start=1)
    )
    weeks = given.weeks.get(asked) or f"({' or '.join(past)})"
    around = "" if by is None else f" by ({label(by)})"
    median = f"quantile{around}(0.5, {weeks})"
    match_on = "on ()" if by is None else f"on ({label(by)})"
    away = f"abs({weeks} - {match_on} group_left () {median})"
    spread = f"{SPREAD:g} * quantile{around}(0.5, {away})"
    return (
        f"{now} > {median} + {asked.deviations:g} * {spread}\n"
        f"and {now} >= {median} + {asked.floor:g}\n"
        f"and {now} >= {1 + asked.share:g} * {median}\n"
        f"and count{around}({weeks}) >= {asked.weeks_known}"
    )


def _known(signal: Signal, by: str | None, only: tuple[str, ...]) -> str:
    """A total that is 0 where nothing happened, and no result if the week before had no series either.

    A service that is scaled to zero has no series by night, and is known then to spend nothing.
    """
    fields = signal.measure.fields if isinstance(signal.measure, Sum) else ()
    if len(fields) != 1:
        raise DefinitionError("only the total of one field is compared with the weeks before")
    _, narrowed = apart(signal.measure)
    instrument, labels = _TOTALS[fields[0]]
    selector = Selector(_counter(instrument), (labels,) if labels else ())
    window = _window(signal, by, (*only, *narrowed))
    before = replace(window, seconds=WEEK_S, ago_s=signal.ago_s + signal.window_s)
    there = f"{before.total}(last_over_time({selector.within(before.only)}{before.over}))"
    return f"({window.increase(selector)} or 0 * {there})"


def _lost(asked: Lost, only: tuple[str, ...]) -> str:
    """Services that a scrape saw and that none sees any more, and that are not usually silent at such a time.

    A target that stays down is known for longer than one that is gone, and a service that is asked for by its
    name even if it was never seen. What is silent for longer than that is usual for it, too, if it was then.
    """
    job, after, known_s = _LABELS["service"], span(asked.after_s), asked.known_s
    told = Selector(i.INSTRUMENTED.name, only)
    down = f"max by ({job}) (max_over_time({Selector('up', only)}[{after}])) == 0"
    ours = _seen(told, _REMEMBERED * known_s)
    gone = f"({_seen(told, known_s)}\nunless\n{_seen(told, asked.after_s)})"
    stays = f"({down}\nand on ({job})\n{ours})"
    if only:
        stays = f"({stays}\nor\nabsent_over_time({told}[{after}]))"
    if long := [ago_s for ago_s in asked.usual_ago_s if ago_s >= _REMEMBERED * known_s]:
        away = "\nor\n".join(_usual(asked, ago_s, told, _REMEMBERED * known_s) for ago_s in long)
        stays = f"({stays}\nunless on ({job})\n({away}))"
    found = f"{gone}\nor\n{stays}"
    usual = "\nor\n".join(_usual(asked, ago_s, told, known_s) for ago_s in asked.usual_ago_s)
    return f"({found})\nunless on ({job})\n({usual})" if usual else found


def _seen(told: Selector, window_s: int, ago_s: int = 0) -> str:
    """The services that a scrape saw in that time."""
    return f"count by ({_LABELS['service']}) (count_over_time({told}[{span(window_s)}]{_offset(ago_s)}))"


def _usual(asked: Lost, ago_s: int, told: Selector, known_s: int) -> str:
    """The services that were known so long ago, were not seen for a while about then, and were since."""
    job, about_s = _LABELS["service"], asked.about_s
    # A second less, as a range with both its ends would have one slot more.
    slots = f"[{2 * about_s - 1}s:{span(silence.slot_s(asked))}]{_offset(ago_s - about_s)}"
    every = f"count_over_time({_seen(told, silence.slot_s(asked))}{slots}) >= {silence.slots(asked)}"
    known, since = _seen(told, known_s, ago_s + about_s), _seen(told, ago_s - about_s)
    return f"(({known}\nunless\n{every})\nand on ({job})\n{since})"


def _reported(asked: Reported, only: tuple[str, ...]) -> str:
    """What Kansoku reports of itself in a service: a gauge's least value, or a counter's growth."""
    job, over = _LABELS["service"], f"[{span(asked.window_s)}]"
    if asked.instrument.kind == "gauge":
        told = f"min by ({job}) (min_over_time({Selector(asked.instrument.name, only)}{over}))"
    else:
        told = f"sum by ({job}) (increase({Selector(_counter(asked.instrument), only)}{over}))"
    return f"{told} {asked.sign} {asked.bound:.10g}"


def mean_rows(fields: tuple[str, ...], where: Condition) -> Condition:
    """A mean's rows: what no label tells, that its field is known, is true of those that succeeded."""
    if fields[0] in _OF_ALL:
        return where
    known = [one for one in conjuncts(where) if not isinstance(one, Present)]
    return Both((*known, SUCCEEDED))


def _only(where: Condition, known: set[str]) -> None:
    """Sees that the condition is about exported labels alone."""
    for name in fields_of(where):
        if name not in known:
            raise DefinitionError(_without(name))


def _without(name: str) -> str:
    if name in ("response_model", "request_model"):
        return f"no metric has {name} alone as a label; narrow by model instead, which is either"
    return f"no metric has {name} as a label"


def _words(where: Condition, field: str) -> tuple[str, ...]:
    """The values that the condition names of the field."""
    match where:
        case Both(conditions) | Either(conditions):
            return tuple(dict.fromkeys(word for one in conditions for word in _words(one, field)))
        case Not(inner):
            return _words(inner, field)
        case Is(name, told):
            return (told,) if name == field and isinstance(told, str) else ()
        case OneOf(name, values):
            return values if name == field else ()
        case Present() | AtLeast() | AtMost():
            return ()
        case _:
            assert_never(where)


def _counter(instrument: Instrument) -> str:
    """The name that a counter is exposed by."""
    return f"{instrument.name}_total"


def _in_brackets(text: str) -> str:
    """The expression as one operand; one that is in brackets already stays as it is."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and at < len(text) - 1:
            return f"({text})"
    return text
