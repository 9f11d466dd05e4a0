"""A trace without the words of its spans: what a picture of it needs, in columns, and one span in full."""

# What users give is bound; nothing of it is written into the text.

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kansoku.query.statement import Cells, Statement, number, texts, whole
from kansoku.query.trace_hours import HOURS, OF_CALLS, OF_SPANS

SPANS_AT_MOST = 50_000

_CALL = (
    f"{HOURS} SELECT span_id, cost_usd,"
    " input_tokens + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0),"
    " output_tokens, ttft_s, attempts, toString(outcome), toString(error_type), toString(unpriced_reason)"
    f" FROM calls WHERE {OF_CALLS} LIMIT {{limit:UInt32}}"
)
_EVENTS = (
    "arrayMap(at -> toUnixTimestamp64Nano(at), Events.Timestamp),"
    " arrayMap(name -> toString(name), Events.Name), Events.Attributes"
)


@dataclass(slots=True)
class TraceShape:
    """Spans in columns, a place for each, the earliest first.

    Attributes:
        begin_ns: When the earliest began, in nanoseconds since 1970.
        ids: Each span's id.
        parents: The place of its parent; -1 for one that names none, -2 where its parent is not among them.
        starts_us: Microseconds after `begin_ns` at which it began.
        durations_us: Microseconds that it took.
        names: Places in `words`, as are `services`.
        failed: Whether it ended in an error.
        words: The texts that `names` and `services` point to.
    """

    begin_ns: int = 0
    ids: list[str] = field(default_factory=list[str])
    parents: list[int] = field(default_factory=list[int])
    starts_us: list[int] = field(default_factory=list[int])
    durations_us: list[int] = field(default_factory=list[int])
    names: list[int] = field(default_factory=list[int])
    services: list[int] = field(default_factory=list[int])
    failed: list[bool] = field(default_factory=list[bool])
    words: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True)
class CallInTrace:
    """What is known of a span that is a call; tokens in are cached ones included."""

    span_id: str
    cost_usd: float | None
    input_tokens: float | None
    output_tokens: float | None
    ttft_s: float | None
    attempts: float | None
    outcome: str
    error_type: str
    unpriced_reason: str


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened while a span ran; nanoseconds since 1970."""

    time_ns: int
    name: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """A span's own words."""

    kind: str
    scope: str
    status: str
    status_message: str
    attributes: dict[str, str]
    resource: dict[str, str]
    events: tuple[SpanEvent, ...]


def skeleton(trace_id: str) -> Statement:
    """What gives a trace's spans without their words, and one more than are shown; `shape` reads its rows."""
    text = (
        f"{HOURS} SELECT SpanId, ParentSpanId, toUnixTimestamp64Nano(Timestamp), Duration,"
        " toString(SpanName),"
        " toString(ServiceName), StatusCode = 'Error' OR StatusCode = 'STATUS_CODE_ERROR'"
        f" FROM otel_traces WHERE {OF_SPANS}"
        " ORDER BY Timestamp, SpanId LIMIT 1 BY SpanId LIMIT {limit:UInt32}"
    )
    return Statement(text, {"trace": trace_id, "limit": SPANS_AT_MOST + 1})


def shape(rows: Sequence[Cells]) -> TraceShape:
    """The trace of the rows that `skeleton` gave. A span that is above itself has no parent here."""
    made = TraceShape(begin_ns=min((whole(row[2]) for row in rows), default=0))
    places = {str(row[0]): place for place, row in enumerate(rows)}
    words: dict[str, int] = {}
    for own, parent, start, duration, name, service, failed in rows:
        made.ids.append(str(own))
        made.parents.append(places.get(str(parent), -2) if parent else -1)
        made.starts_us.append((whole(start) - made.begin_ns) // 1_000)
        made.durations_us.append(whole(duration) // 1_000)
        made.names.append(words.setdefault(str(name), len(words)))
        made.services.append(words.setdefault(str(service), len(words)))
        made.failed.append(bool(failed))
    made.words = list(words)
    _unwind(made.parents)
    return made


def _unwind(parents: list[int]) -> None:
    """Breaks circles: the span by which one is found becomes a root, so that every span can be reached."""
    rooted: set[int] = set()
    for place in range(len(parents)):
        way: dict[int, None] = {}
        at = place
        while at >= 0 and at not in rooted and at not in way:
            way[at] = None
            at = parents[at]
        if at in way:
            parents[at] = -2
        rooted.update(way)


def calls(trace_id: str) -> Statement:
    """What gives the trace's calls; `call` reads its rows."""
    return Statement(_CALL, {"trace": trace_id, "limit": SPANS_AT_MOST})


def call(cells: Cells) -> CallInTrace:
    """The call of a row that `calls` gave."""
    span_id, cost, tokens_in, tokens_out, ttft, attempts, *words = cells
    cost, tokens_in, tokens_out, ttft, attempts = map(number, (cost, tokens_in, tokens_out, ttft, attempts))
    outcome, error_type, reason = map(str, words)
    return CallInTrace(
        *(str(span_id), cost, tokens_in, tokens_out, ttft, attempts), outcome, error_type, reason
    )


def one_span(trace_id: str, span_id: str) -> Statement:
    """What gives one span in full; `detail` reads its row."""
    text = (
        f"{HOURS} SELECT toString(SpanKind), ScopeName, toString(StatusCode), StatusMessage, SpanAttributes,"
        f" ResourceAttributes, {_EVENTS} FROM otel_traces"
        f" WHERE {OF_SPANS} AND SpanId = {{span:String}} ORDER BY Timestamp LIMIT 1"
    )
    return Statement(text, {"trace": trace_id, "span": span_id})


def detail(cells: Cells) -> SpanDetail:
    """The span of the row that `one_span` gave."""
    kind, scope, status, message, attributes, resource, times, names, facts = cells
    events = zip(_list(times), _list(names), _list(facts), strict=True)
    return SpanDetail(
        *(str(kind), str(scope), str(status), str(message)),
        texts(attributes),
        texts(resource),
        tuple(SpanEvent(whole(time), str(name), texts(fact)) for time, name, fact in events),
    )


def _list(cell: object) -> Sequence[object]:
    return list(cell) if isinstance(cell, Iterable) else ()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
