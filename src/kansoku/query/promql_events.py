"""PromQL queries that count events of the exported metrics, read back as conditions on rows.

What is read: sums of `increase`, `rate` or a bare counter, joined by `+`, `-` and `or vector(0)`, and shares
`a / b` and `1 - a / b` of such. A query is parsed, never compared as text, so that brackets, order and spaces
do not matter. Everything else is refused with what it is and what to write instead.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never, get_args

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
from kansoku.query.promql import HISTOGRAMS

_TOKEN = re.compile(
    r"""\s*(?:\#[^\n]*\s*)*(?:
    (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)
    |(?P<range>\[[^\]]*\])
    |(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<name>[A-Za-z_:][\w:]*)
    |(?P<sign>=~|!~|!=|==|<=|>=|[-+*/%^=<>(){},@])
    )""",
    re.VERBOSE,
)
_WHOLE_GROUP = re.compile(r"\((?:\?:)?([^()]*)\)")
_MATCHER = 'write label="value"'
_MATCHES = ("=", "!=", "=~", "!~")
_OTHER = "\0other"
_DEEPEST = 60
_MOST_ROWS = 50_000

Growth = Literal["increase", "rate", ""]


@dataclass(frozen=True, slots=True)
class Matcher:
    """A label that is one of the values, or none of them; or, with `pattern`, that a pattern fits."""

    label: str
    values: frozenset[str]
    unlike: bool = False
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """The series of a metric that meet the matchers."""

    metric: str
    matchers: frozenset[Matcher] = frozenset()


@dataclass(frozen=True, slots=True)
class Counted:
    """How many events series tell: each series with how often it counts, and over what."""

    series: tuple[tuple[Series, int], ...]
    growth: Growth = ""
    over: str = ""

    def plus(self, other: "Counted", sign: int) -> "Counted":
        """Both together; with a sign of -1, what the other leaves.

        Raises:
            DefinitionError: If they count over different times.
        """
        if self.series and other.series and (self.growth, self.over) != (other.growth, other.over):
            raise DefinitionError(
                f"{_told(self)} and {_told(other)} stand in one query; use one function and one range"
            )
        total = Counter(dict(self.series))
        for one, times in other.series:
            total[one] += sign * times
        kept = tuple((one, times) for one, times in total.items() if times)
        whose = self if self.series else other
        return Counted(kept, whose.growth, whose.over)

    def same(self, other: "Counted") -> bool:
        """Whether they count the same events, whatever over."""
        return dict(self.series) == dict(other.series)


@dataclass(frozen=True, slots=True)
class Portion:
    """A share: these events of those."""

    part: Counted
    whole: Counted


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


_MODEL = {"model": "response_model", "job": "service"}
_OUTCOMES = {"status": get_args(Outcome)}


def _known() -> Iterator[tuple[str, _Metric]]:
    """The metrics whose series count rows, by the name that they are exposed by."""
    status = {"status": "outcome", **_MODEL}
    calls = (
        (i.API_CALLS, _Metric(CALLS, IS_CHAT, status, _OUTCOMES)),
        (i.API_ERRORS, _Metric(CALLS, Both((IS_CHAT, FAILED)), {"error_type": "error_type", **_MODEL})),
        (i.BATCH_RESULTS, _Metric(CALLS, Is("operation", BATCH_RESULT), status, _OUTCOMES)),
        (
            i.STOP_REASONS,
            _Metric(
                CALLS,
                Both((ANSWERED, Present("stop_reason"))),
                {"stop_reason": "stop_reason", **_MODEL},
                {"stop_reason": STOP_REASONS},
            ),
        ),
        (
            i.UNPRICED_CALLS,
            _Metric(
                CALLS, Both((IS_ANSWER, Present("unpriced_reason"))), {"reason": "unpriced_reason", **_MODEL}
            ),
        ),
        (
            i.TOOL_CALLS,
            _Metric(
                TOOL_CALLS,
                ALWAYS,
                {"tool": "tool", "status": "outcome", "job": "service"},
                {"status": ("ok", "error")},
            ),
        ),
        (
            i.TASKS,
            _Metric(
                TASKS,
                ALWAYS,
                {"task": "name", "outcome": "label", "job": "service"},
                {"outcome": get_args(TaskOutcome)},
            ),
        ),
        (
            i.FEEDBACK,
            _Metric(
                FEEDBACK,
                Present("label"),
                {"rating": "label", "job": "service"},
                {"rating": get_args(Rating)},
            ),
        ),
        (
            i.EVALUATIONS,
            _Metric(
                EVALUATIONS,
                Either((Present("label"), Present("score"))),
                {"evaluation": "name", "label": "label", "job": "service"},
            ),
        ),
    )
    for instrument, metric in calls:
        yield f"{instrument.name}_total", metric
    for name, (instrument, where) in HISTOGRAMS.items():
        timed = _Metric(CALLS, Both((where, Present(name))), _MODEL)
        yield f"{instrument.name}_count", timed
        yield f"{instrument.name}_bucket", replace(timed, bucket_of=name)


_METRICS = dict(_known())
_BUCKETS = {name: instrument.buckets for name, (instrument, _) in HISTOGRAMS.items()}


def query(text: str) -> Counted | Portion:
    """What a query counts, or the share that it is.

    Raises:
        DefinitionError: If it is none of what is read; the message says what to write.
    """
    reader = _Reader(tuple(_tokens(text)))
    found = reader.either()
    reader.ended()
    if isinstance(found, Counted | Portion):
        return found
    if found == 0:
        return Counted(())
    raise DefinitionError("it is a number, and counts no events")


def counted(text: str) -> Counted:
    """How many events a query counts.

    Raises:
        DefinitionError: If it is no such query.
    """
    found = query(text)
    if isinstance(found, Portion):
        raise DefinitionError("it is a share; give how many events there are")
    return found


def events(bad: Counted, eligible: Counted) -> Events:
    """The rows that both queries are about.

    Raises:
        DefinitionError: If no condition on rows says the same.
    """
    if bad.series and (bad.growth, bad.over) != (eligible.growth, eligible.over):
        raise DefinitionError(
            f"the two queries count over {_told(bad)} and {_told(eligible)}; use one function and one range"
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


def _told(one: Counted) -> str:
    return f"{one.growth}(…{one.over})" if one.growth else "a counter as it stands"


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
        found.append(Is(where, *named) if len(named) == 1 else OneOf(where, named))
    if "" in values:
        found.append(Not(Present(where)))
    one = found[0] if len(found) == 1 else Either(tuple(found))
    if not told.unlike:
        return one
    return one.condition if isinstance(one, Not) else Not(one)


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


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            if text[at:].lstrip().startswith("#"):
                return
            rest = text[at:].lstrip()
            raise DefinitionError(f"{rest[:1]!r} at {len(text) - len(rest) + 1} is not PromQL that is read")
        yield _Token(found.lastgroup, found[found.lastgroup], found.start(found.lastgroup) + 1)
        at = found.end()


_Value = Counted | Portion | float


class _Reader:
    """Reads tokens from left to right, by PromQL's precedence."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    def ended(self) -> None:
        """See that nothing is left."""
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            raise DefinitionError(f"{token.text!r} at {token.at} is not read; {_READ}")

    def either(self) -> _Value:
        """A value, or 0 where it is not there."""
        found = self._sum()
        while self._takes("or"):
            if self._takes("on"):
                self._must("(")
                self._must(")")
            other = self._sum()
            if other != 0.0:
                raise DefinitionError(f"or is read before vector(0) alone; {_READ}")
        return found

    def _sum(self) -> _Value:
        found = self._product()
        while (sign := self._one_of("+", "-")) is not None:
            found = _added(found, self._product(), 1 if sign == "+" else -1)
        return found

    def _product(self) -> _Value:
        found = self._one()
        while self._takes("/"):
            other = self._one()
            if not isinstance(found, Counted) or not isinstance(other, Counted):
                raise DefinitionError(f"only events are divided by events; {_READ}")
            found = Portion(found, other)
        return found

    def _one(self) -> _Value:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DefinitionError(f"it lies over {_DEEPEST} brackets deep; write it flatter")
        found = self._bare()
        self._depth -= 1
        return found

    def _bare(self) -> _Value:
        token = self._taken()
        if token.kind == "number":
            return float(token.text)
        if token.text == "(":
            found = self.either()
            self._must(")")
            return found
        if token.text == "{":
            self._next -= 1
            return self._selector("")
        if token.kind != "name":
            raise DefinitionError(f"{token.text!r} at {token.at} is not read; {_READ}")
        match token.text:
            case "sum":
                return self._summed()
            case "increase" | "rate":
                return self._grown(token.text)
            case "vector":
                self._must("(")
                found = self.either()
                self._must(")")
                return found
            case _:
                if self._is("("):
                    raise DefinitionError(f"the function {token.text} at {token.at} is not read; {_READ}")
                return self._selector(token.text)

    def _summed(self) -> _Value:
        self._by()
        self._must("(")
        found = self.either()
        self._must(")")
        self._by()
        return found

    def _by(self) -> None:
        """Sees that a sum is of all series."""
        if self._is("by") or self._is("without"):
            token = self._taken()
            self._must("(")
            if token.text == "without" or not self._is(")"):
                raise DefinitionError(f"{token.text} at {token.at} splits the sum; leave it out")
            self._must(")")

    def _grown(self, growth: Literal["increase", "rate"]) -> Counted:
        self._must("(")
        name = self._taken() if self._next < len(self._tokens) and self._is_name() else None
        found = self._selector(name.text if name else "")
        over = self._taken()
        if over.kind != "range":
            raise DefinitionError(f"{growth} has no range; write one behind the metric, as in [5m]")
        self._must(")")
        return Counted(found.series, growth, re.sub(r"\s", "", over.text))

    def _is_name(self) -> bool:
        return self._tokens[self._next].kind == "name"

    def _selector(self, name: str) -> Counted:
        matchers: list[Matcher] = []
        if self._takes("{"):
            while not self._takes("}"):
                label, sign, value = self._taken(), self._taken(), self._taken()
                if label.kind != "name" or sign.text not in _MATCHES or value.kind != "text":
                    raise DefinitionError(f"{label.text!r} at {label.at} is no matcher; {_MATCHER}")
                if label.text == "__name__" and sign.text == "=":
                    name = _unquoted(value.text)
                else:
                    matchers.append(_matcher(label.text, sign.text, _unquoted(value.text)))
                if not self._takes(",") and not self._is("}"):
                    self._must("}")
        if not name:
            raise DefinitionError("a selector without a metric is not read; name the metric")
        return Counted(((Series(name, frozenset(matchers)), 1),))

    def _taken(self) -> _Token:
        if self._next >= len(self._tokens):
            raise DefinitionError("it ends too soon; close what is open")
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _is(self, text: str) -> bool:
        """Whether the next token is that word or sign."""
        if self._next >= len(self._tokens):
            return False
        token = self._tokens[self._next]
        return token.kind in ("name", "sign") and token.text == text

    def _takes(self, text: str) -> bool:
        found = self._is(text)
        self._next += found
        return found

    def _one_of(self, *signs: str) -> str | None:
        return next((sign for sign in signs if self._takes(sign)), None)

    def _must(self, text: str) -> None:
        if not self._takes(text):
            left = self._tokens[self._next :]
            where = f"{left[0].text!r} at {left[0].at} stands" if left else "it ends"
            raise DefinitionError(f"{where} where {text} must stand; {_READ}")


_READ = (
    "read are sums of increase or rate over counters, joined by +, - and or vector(0), and a / b or 1 - a / b"
)


def _added(found: _Value, other: _Value, sign: int) -> _Value:
    match (found, other):
        case (Counted(), Counted()):
            return found.plus(other, sign)
        case (1.0, Portion(part, whole)) if sign < 0:
            return Portion(whole.plus(part, -1), whole)
        case (Counted(), 0.0):
            return found
        case _:
            raise DefinitionError(f"these are not added to one another; {_READ}")


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]
    escapes = {"n": "\n", "t": "\t", "r": "\r"}
    return re.sub(r"\\(.)", lambda told: escapes.get(told[1], told[1]), text[1:-1], flags=re.DOTALL)


def _matcher(label: str, sign: str, value: str) -> Matcher:
    """The matcher; a pattern that only lists values is a list of them."""
    unlike = sign in ("!=", "!~")
    if label == "le":
        value = value.removesuffix(r"(\.0)?").replace(r"\.", ".").replace(".", r"\." if "~" in sign else ".")
    values = (value,) if sign in ("=", "!=") else _alternatives(value)
    if values is None:
        try:
            re.compile(value)
        except re.error as error:
            raise DefinitionError(f"{value!r} is no pattern: {error}") from None
        return Matcher(label, frozenset(), unlike, value)
    if label == "le":
        values = tuple(_as_bound(one) for one in values)
    return Matcher(label, frozenset(values), unlike)


def _as_bound(text: str) -> str:
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def _alternatives(pattern: str) -> tuple[str, ...] | None:
    """The values that a pattern lists; None where it does more than that."""
    inner = _WHOLE_GROUP.fullmatch(pattern)
    found = [""]
    signs = iter(inner[1] if inner else pattern)
    for sign in signs:
        if sign == "|":
            found.append("")
        elif sign == "\\":
            escaped = next(signs, "a")
            if escaped.isalnum():
                return None
            found[-1] += escaped
        elif sign in ".+*?()[]{}^$":
            return None
        else:
            found[-1] += sign
    return tuple(found)
