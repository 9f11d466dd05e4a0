"""Spans and log records as the bytes of OTLP requests.

Field numbers: `trace/v1/trace.proto`, `logs/v1/logs.proto` and the two `collector` services of
opentelemetry-proto 1.x. What OpenTelemetry's own encoder makes of the same fact says the same (tested).
"""

from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from opentelemetry._logs import SeverityNumber

from kansoku.emit.attributes import MARKS, WIRE, Values, writer
from kansoku.emit.content import Content
from kansoku.emit.identity import Identity
from kansoku.emit.log_line import ON_RECORD, event_of, is_failure
from kansoku.emit.protobuf import (
    attribute_encoder,
    fixed32,
    fixed64,
    key_values,
    sized,
    tag,
    utf8,
    varint,
)
from kansoku.emit.span import SpanFact, conventional, end_of, failure_of, kind_of, name_of
from kansoku.emit.telemetry import Telemetry
from kansoku.record.facts import Call

_RESOURCE_SPANS = _RESOURCE_LOGS = tag(1, 2)
_RESOURCE, _SCOPE_SPANS, _SCHEMA_URL = tag(1, 2), tag(2, 2), tag(3, 2)
_SCOPE, _MEMBER = tag(1, 2), tag(2, 2)

_TRACE_ID, _SPAN_ID, _PARENT_ID = tag(1, 2) + varint(16), tag(2, 2) + varint(8), tag(4, 2) + varint(8)
_NAME = tag(5, 2)
_KIND, _START, _END, _ATTRIBUTE = tag(6, 0), tag(7, 1), tag(8, 1), tag(9, 2)
_STATUS = tag(15, 2)
_MESSAGE, _FAILED = tag(2, 2), tag(3, 0) + varint(2)
_FLAGS = fixed32(tag(16, 5), 0x101)
"""W3C's sampled flag, and OTLP's bit that says the parent is known to be of this process."""


_WRITE_ATTRIBUTES = {
    fact: writer(fact, reading, lambda key, _: attribute_encoder(_ATTRIBUTE, key), b"".join)
    for fact, reading in WIRE.items()
}
_SPAN_MARKS = {fact: key_values(_ATTRIBUTE, marks) for fact, marks in MARKS.items()}

_TIME, _SEVERITY, _SEVERITY_TEXT, _BODY = tag(1, 1), tag(2, 0), tag(3, 2), tag(5, 2)
_LOG_ATTRIBUTE, _LOG_FLAGS = tag(6, 2), fixed32(tag(8, 5), 1)
_LOG_TRACE_ID, _LOG_SPAN_ID = tag(9, 2) + varint(16), tag(10, 2) + varint(8)
_OBSERVED, _EVENT = tag(11, 1), tag(12, 2)
_TEXT = tag(1, 2)  # of an `AnyValue`
_WRITE_FACETS = {
    fact: writer(fact, reading, lambda key, _: attribute_encoder(_LOG_ATTRIBUTE, key), b"".join)
    for fact, reading in ON_RECORD.items()
}
_INFO = _SEVERITY + varint(SeverityNumber.INFO.value) + sized(_SEVERITY_TEXT, b"INFO")
_ERROR = _SEVERITY + varint(SeverityNumber.ERROR.value) + sized(_SEVERITY_TEXT, b"ERROR")


def spans_request(who: Identity, batch: Iterable[Telemetry]) -> bytes:
    """An `ExportTraceServiceRequest` with the span of each fact that makes one."""
    return _request(who, batch, _span)


def logs_request(who: Identity, batch: Iterable[Telemetry]) -> bytes:
    """An `ExportLogsServiceRequest` with the log record of each fact."""
    return _request(who, batch, _record)


def _request(who: Identity, batch: Iterable[Telemetry], member: Callable[[Telemetry], bytes]) -> bytes:
    """Members under their scope and resource: both requests have the same shape and numbers."""
    members = b"".join([sized(_MEMBER, member(each)) for each in batch])
    resource, scope = _heads(who)
    return sized(_RESOURCE_SPANS, resource + sized(_SCOPE_SPANS, scope + members))


@lru_cache(maxsize=8)
def _heads(who: Identity) -> tuple[bytes, bytes]:
    """The resource field of a request, with its schema, and the scope field of its members."""
    resource = sized(_RESOURCE, key_values(tag(1, 2), who.resource.attributes))
    if who.resource.schema_url:
        resource += sized(_SCHEMA_URL, utf8(who.resource.schema_url))
    scope = sized(tag(1, 2), utf8(who.scope.name)) + sized(tag(2, 2), utf8(who.scope.version or ""))
    return resource, sized(_SCOPE, scope)


def _span(one: Telemetry) -> bytes:
    """A `Span` message."""
    fact = one.span_fact
    return b"" if fact is None else _span_of(fact, one.values, one.content)


def _span_of(fact: SpanFact, values: Values, content: Content | None) -> bytes:
    """The fact as a `Span` message."""
    place = fact.place
    failure = failure_of(fact)
    head, more = _repeated(fact)
    pieces = [
        _TRACE_ID + place.trace_id.to_bytes(16, "big"),
        _SPAN_ID + place.span_id.to_bytes(8, "big"),
        _PARENT_ID + place.parent_span_id.to_bytes(8, "big") if place.parent_span_id else b"",
        head,
        fixed64(_START, fact.started_unix_ns),
        fixed64(_END, end_of(fact)),
        _SPAN_MARKS[type(fact)],
        _WRITE_ATTRIBUTES[type(fact)](values),
        more,
        b"" if content is None else key_values(_ATTRIBUTE, content.attributes),
        b"" if failure is None else sized(_STATUS, sized(_MESSAGE, utf8(failure)) + _FAILED),
        _FLAGS,
    ]
    return b"".join(pieces)


def _repeated(fact: SpanFact) -> tuple[bytes, bytes]:
    """Name and kind, and what the conventions ask for beside the fields; most calls have the same."""
    if not isinstance(fact, Call):
        return _made(fact)
    key = fact.operation, fact.request_model, fact.route, fact.outcome, fact.stop_reason, fact.attempts
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[key] = _made(fact)
    return found


def _made(fact: SpanFact) -> tuple[bytes, bytes]:
    """The same, made now. The API counts kinds from 0, and OTLP keeps 0 for "unspecified"."""
    head = sized(_NAME, utf8(name_of(fact))) + _KIND + varint(kind_of(fact).value + 1)
    return head, key_values(_ATTRIBUTE, conventional(fact))


_known: dict[tuple[object, ...], tuple[bytes, bytes]] = {}
_MOST_KNOWN = 1024


def _record(one: Telemetry) -> bytes:
    """A `LogRecord` message."""
    fact = one.fact
    at = fixed64(b"", fact.started_unix_ns)
    pieces = [
        _TIME + at,
        _ERROR if is_failure(fact) else _INFO,
        sized(_BODY, sized(_TEXT, utf8(one.line))),
        _WRITE_FACETS[type(fact)](one.values),
        _LOG_FLAGS,
        _LOG_TRACE_ID + fact.place.trace_id.to_bytes(16, "big"),
        _LOG_SPAN_ID + fact.place.span_id.to_bytes(8, "big"),
        _OBSERVED + at,
        _event(event_of(fact)),
    ]
    return b"".join(pieces)


@cache
def _event(name: str) -> bytes:
    """The field with the event's name, of which there are few."""
    return sized(_EVENT, utf8(name))
