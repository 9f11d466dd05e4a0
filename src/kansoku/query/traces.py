"""One trace's spans, and the newest traces in which calls were made."""

# What users give is bound; nothing of it is written into the text.

from collections.abc import Sequence
from dataclasses import dataclass

from kansoku.catalog.fields import CALLS
from kansoku.query import sql
from kansoku.query.scope import Scope
from kansoku.query.statement import Cells, Statement, number, texts, whole

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
    """What gives a trace's spans, the earliest first; `span` reads its rows."""
    text = (
        f"SELECT {_SPAN} FROM otel_traces WHERE TraceId = {{trace:String}}"
        " ORDER BY Timestamp, SpanId LIMIT {limit:UInt32}"
    )
    return Statement(text, {"trace": trace_id, "limit": SPANS_AT_MOST})


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
        model: The model that answered or was asked.
        outcome: How the call ended.
        error_type: Of what kind its error was.
        slower_than_s: It took at least so many seconds.
        before_ns: Only calls older than this, in nanoseconds since 1970: where the page before ended.
        limit: How many; those of the very nanosecond of the last come along.
    """

    scope: Scope
    model: str = ""
    outcome: str = ""
    error_type: str = ""
    slower_than_s: float = 0.0
    before_ns: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A trace by its newest call that was asked for."""

    trace_id: str
    time_ns: int
    service: str
    feature: str
    model: str
    outcome: str
    error_type: str
    duration_s: float | None
    cost_usd: float | None


def newest(asked: TraceSearch) -> Statement:
    """What gives the traces; `trace` reads its rows.

    Raises:
        DefinitionError: If the calls cannot be so filtered.
    """
    where, bound = sql.scoped(asked.scope, CALLS)
    tests = [where, "trace_id != ''"]
    for name in ("outcome", "error_type"):
        if value := getattr(asked, name):
            tests.append(f"{name} = {{{name}:String}}")
            bound[name] = value
    if asked.model:
        tests.append("(response_model = {model:String} OR request_model = {model:String})")
        bound["model"] = asked.model
    if asked.slower_than_s:
        tests.append("ifNull(duration_s >= {slower:Float64}, false)")
        bound["slower"] = asked.slower_than_s
    if asked.before_ns is not None:
        tests.append("time < fromUnixTimestamp64Nano({before:Int64}, 'UTC')")
        bound["before"] = asked.before_ns
    text = (
        "SELECT trace_id, toUnixTimestamp64Nano(time), toString(service), toString(feature),"
        " if(response_model != '', toString(response_model), toString(request_model)), toString(outcome),"
        " toString(error_type), duration_s, cost_usd"
        f" FROM calls WHERE {' AND '.join(tests)}"
        " ORDER BY time DESC LIMIT 1 BY trace_id LIMIT {limit:UInt32} WITH TIES"
    )
    return Statement(text, bound | {"limit": asked.limit})


def trace(cells: Cells) -> TraceRow:
    """The trace of a row that `newest` gave."""
    trace_id, time, service, feature, model, outcome, error_type, duration, cost = cells
    words = (str(service), str(feature), str(model), str(outcome), str(error_type))
    return TraceRow(str(trace_id), whole(time), *words, number(duration), number(cost))


def next_page(asked: TraceSearch, found: Sequence[TraceRow]) -> int | None:
    """Where the next page begins, for `before_ns`; None if this one was the last."""
    return found[-1].time_ns if len(found) >= asked.limit else None
