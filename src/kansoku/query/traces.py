"""One trace's spans, and the newest traces in which calls were made."""

# What users give is bound; nothing of it is written into the text.

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kansoku.catalog.fields import CALLS
from kansoku.query import paging, sql
from kansoku.query.scope import Scope
from kansoku.query.statement import Cells, Parameter, Statement, number, texts, whole
from kansoku.query.trace_hours import HOURS, OF_SPANS

SPANS_AT_MOST = 10_000

_SPAN = (
    "toUnixTimestamp64Nano(Timestamp), Duration, SpanId, ParentSpanId, toString(SpanName),"
    " toString(SpanKind), toString(ServiceName), toString(StatusCode), StatusMessage, SpanAttributes,"
    " ResourceAttributes"
)


@dataclass(frozen=True, slots=True)
class SpanRow:
    """One span; times in nanoseconds, the start since 1970."""

    start_ns: int
    duration_ns: int
    span_id: str
    parent_span_id: str
    name: str
    kind: str
    service: str
    status: str
    status_message: str
    attributes: dict[str, str]
    resource: dict[str, str]


def spans(trace_id: str) -> Statement:
    """What gives a trace's spans, the earliest first, and one more than are shown; `span` reads its rows."""
    text = (
        f"{HOURS} SELECT {_SPAN} FROM otel_traces WHERE {OF_SPANS}"
        " ORDER BY Timestamp, SpanId LIMIT {limit:UInt32}"
    )
    return Statement(text, {"trace": trace_id, "limit": SPANS_AT_MOST + 1})


def span(cells: Cells) -> SpanRow:
    """The span of a row that `spans` gave."""
    start, duration, *words, attributes, resource = cells
    own, parent, name, kind, service, status, message = map(str, words)
    return SpanRow(
        whole(start),
        whole(duration),
        *(own, parent, name, kind, service, status, message),
        texts(attributes),
        texts(resource),
    )


@dataclass(frozen=True, slots=True)
class TraceSearch:
    """Traces with a call in the scope that has the given values, the newest first.

    Attributes:
        scope: Time and filters, as of a panel.
        outcome: How the call ended.
        error_type: Of what kind its error was.
        session: The session it belongs to.
        tool: A tool that its answer asked for.
        one_id: The id of its trace, span, session, user, request, response or batch: whole, not a part. Where
            a trace, session, user or batch has it, others are not looked for.
        text: Stands somewhere in its error's text, in any case of A to Z.
        slower_than_s: It took at least so many seconds.
        before_ns: Only calls older than this, in nanoseconds since 1970: where the page before ended.
        limit: How many; those of the very nanosecond of the last come along.
    """

    scope: Scope
    outcome: str = ""
    error_type: str = ""
    session: str = ""
    tool: str = ""
    one_id: str = ""
    text: str = ""
    slower_than_s: float = 0.0
    before_ns: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A trace by its newest call that was asked for; tokens in are cached ones included."""

    trace_id: str
    time_ns: int
    service: str
    feature: str
    operation: str
    model: str
    outcome: str
    error_type: str
    error_message: str
    user_id: str
    session_id: str
    duration_s: float | None
    ttft_s: float | None
    cost_usd: float | None
    input_tokens: float | None
    output_tokens: float | None
    attempts: float | None
    unpriced_reason: str
    """Why there is no cost though there was something to price; empty where a call costs nothing."""


_ROW = (
    *("trace_id", "toUnixTimestamp64Nano(time)", "toString(service)", "toString(feature)"),
    *("toString(operation)", "if(response_model != '', toString(response_model), toString(request_model))"),
    *("toString(outcome)", "toString(error_type)", "error_message", "user_id", "session_id"),
    *("duration_s", "ttft_s", "cost_usd"),
    "input_tokens + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0)",
    *("output_tokens", "attempts", "toString(unpriced_reason)"),
)
_TIME_AT = 1
_LOOKS = 3, 30
"""So many times as many calls as traces are wanted are looked at first, and if they are of too few, next."""
_IDS = ("trace_id", "span_id", "session_id", "user_id", "request_id", "response_id", "batch_id")
_INDEXED_IDS = ("trace_id", "session_id", "user_id", "batch_id")
"""Those that an index finds. With one of the others among them, all of the time is read."""


def newest(asked: TraceSearch) -> tuple[Statement, ...]:
    """What gives the traces; `trace` reads the rows of the first one that gives a page (`paging.rows_of`).

    Each looks at more calls than the one before, the last at all of them.

    Raises:
        DefinitionError: If the calls cannot be so filtered.
    """
    where, bound = sql.scoped(asked.scope, CALLS)
    held = " AND ".join((where, "trace_id != ''", *_tests(asked)))
    given = (
        *((name, getattr(asked, name)) for name in ("outcome", "error_type", "session", "tool")),
        *(("one_id", asked.one_id), ("text", asked.text), ("slower", asked.slower_than_s)),
        ("before", asked.before_ns),
    )
    bound |= {name: value for name, value in given if value}
    bound["limit"] = asked.limit
    sizes = [{"looked": times * asked.limit} for times in _LOOKS]
    by_index = f"{held} AND {_is_any_of(_INDEXED_IDS)}"
    first = [_look(by_index, bound | size, "count() > 0") for size in (*sizes, {})] if asked.one_id else []
    held = f"{held} AND {_is_any_of(_IDS)}" if asked.one_id else held
    return (*first, *(_look(held, bound | size) for size in (*sizes, {})))


def _is_any_of(ids: Sequence[str]) -> str:
    return f"({' OR '.join(f'{name} = {{one_id:String}}' for name in ids)})"


def _look(held: str, bound: dict[str, Parameter], enough: str = "true") -> Statement:
    """A page of the newest so many calls, or of all; an emptied one where they are of too few traces."""
    looked = ""
    if "looked" in bound:
        looked = " LIMIT {looked:UInt32}"
        enough += " AND (any(n) < {looked:UInt32} OR count() >= {limit:UInt32})"
    page = (
        f"SELECT ({enough}, groupArray(time)) FROM (SELECT time, count() OVER () AS n FROM ("
        f"SELECT time, trace_id FROM calls WHERE {held} ORDER BY time DESC{looked}"
        ") ORDER BY time DESC LIMIT 1 BY trace_id LIMIT {limit:UInt32})"
    )
    # Of each trace its newest call alone: for one row thousands are read of each column.
    rows = (
        f"FROM calls WHERE {held} AND time IN (SELECT arrayJoin(times))"
        " ORDER BY time DESC LIMIT 1 BY trace_id LIMIT {limit:UInt32} WITH TIES"
    )
    goes_on = "(NOT page.1 OR length(times) >= {limit:UInt32})"
    second_step = paging.second_step(_ROW, rows, goes_on, "times[-1]")
    return Statement(f"WITH ({page}) AS page, if(page.1, page.2, []) AS times {second_step}", bound)


def _tests(asked: TraceSearch) -> Iterator[str]:
    """What the calls are held to but the one id; its places are named as in `newest`."""
    for name in ("outcome", "error_type"):
        if getattr(asked, name):
            yield f"{name} = {{{name}:String}}"
    if asked.session:
        yield "session_id = {session:String}"
    if asked.tool:
        yield "has(tool_names, {tool:String})"
    if asked.text:
        yield "positionCaseInsensitive(error_message, {text:String}) > 0"
    if asked.slower_than_s:
        yield "ifNull(duration_s >= {slower:Float64}, false)"
    if asked.before_ns:
        yield "time < fromUnixTimestamp64Nano({before:Int64}, 'UTC')"


def trace(cells: Cells) -> TraceRow:
    """The trace of a row that `newest` gave."""
    trace_id, time, *words = cells[:11]
    service, feature, operation, model, outcome, error_type, message, user, session = map(str, words)
    names = (service, feature, operation, model, outcome, error_type, message, user, session)
    duration, ttft, cost, tokens_in, tokens_out, attempts = map(number, cells[11:17])
    numbers = (duration, ttft, cost, tokens_in, tokens_out, attempts)
    return TraceRow(str(trace_id), whole(time), *names, *numbers, str(cells[17]))


def next_page(asked: TraceSearch, found: Sequence[Cells]) -> int | None:
    """Where the next page begins, for `before_ns`, by the rows of this one; None if it was the last."""
    return paging.next_page(found, asked.limit, _TIME_AT)
