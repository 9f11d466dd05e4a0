"""Spans and log records as the bytes of OTLP requests.

Field numbers: `trace/v1/trace.proto`, `logs/v1/logs.proto` and the two `collector` services of
opentelemetry-proto 1.x. What OpenTelemetry's own encoder makes of the same fact says the same (tested).
"""

from collections.abc import Callable, Iterable
from functools import lru_cache

from opentelemetry._logs import SeverityNumber

from kansoku.emit.identity import Identity
from kansoku.emit.log_line import event_of, is_failure, kept_on_record
from kansoku.emit.protobuf import any_value, fixed32, fixed64, key_values, sized, tag, utf8, varint
from kansoku.emit.span import SpanFact, end_of, parts_of
from kansoku.emit.telemetry import Telemetry

_RESOURCE_SPANS = _RESOURCE_LOGS = tag(1, 2)
_RESOURCE, _SCOPE_SPANS, _SCHEMA_URL = tag(1, 2), tag(2, 2), tag(3, 2)
_SCOPE, _MEMBER = tag(1, 2), tag(2, 2)

_TRACE_ID, _SPAN_ID, _PARENT_ID, _NAME = tag(1, 2), tag(2, 2), tag(4, 2), tag(5, 2)
_KIND, _START, _END, _ATTRIBUTE = tag(6, 0), tag(7, 1), tag(8, 1), tag(9, 2)
_STATUS, _FLAGS = tag(15, 2), tag(16, 5)
_MESSAGE, _FAILED = tag(2, 2), tag(3, 0) + varint(2)
_SAMPLED = 0x101
"""W3C's sampled flag, and OTLP's bit that says the parent is known to be of this process."""

_TIME, _SEVERITY, _SEVERITY_TEXT, _BODY = tag(1, 1), tag(2, 0), tag(3, 2), tag(5, 2)
_LOG_ATTRIBUTE, _LOG_FLAGS, _LOG_TRACE_ID, _LOG_SPAN_ID = tag(6, 2), tag(8, 5), tag(9, 2), tag(10, 2)
_OBSERVED, _EVENT = tag(11, 1), tag(12, 2)
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
    return b"" if fact is None else _span_of(fact, one)


def _span_of(fact: SpanFact, one: Telemetry) -> bytes:
    """The fact as a `Span` message."""
    place = fact.place
    parts = parts_of(fact, one.attributes)
    pieces = [
        sized(_TRACE_ID, place.trace_id.to_bytes(16, "big")),
        sized(_SPAN_ID, place.span_id.to_bytes(8, "big")),
        sized(_PARENT_ID, place.parent_span_id.to_bytes(8, "big")) if place.parent_span_id else b"",
        sized(_NAME, utf8(parts.name)),
        _KIND + varint(parts.kind.value + 1),  # the API counts from 0, OTLP keeps 0 for "unspecified"
        fixed64(_START, fact.started_unix_ns),
        fixed64(_END, end_of(fact)),
        key_values(_ATTRIBUTE, parts.attributes),
        b"" if parts.failure is None else sized(_STATUS, sized(_MESSAGE, utf8(parts.failure)) + _FAILED),
        fixed32(_FLAGS, _SAMPLED),
    ]
    return b"".join(pieces)


def _record(one: Telemetry) -> bytes:
    """A `LogRecord` message."""
    fact = one.fact
    pieces = [
        fixed64(_TIME, fact.started_unix_ns),
        _ERROR if is_failure(fact) else _INFO,
        sized(_BODY, any_value(one.line)),
        key_values(_LOG_ATTRIBUTE, kept_on_record(fact, one.attributes)),
        fixed32(_LOG_FLAGS, 1),
        sized(_LOG_TRACE_ID, fact.place.trace_id.to_bytes(16, "big")),
        sized(_LOG_SPAN_ID, fact.place.span_id.to_bytes(8, "big")),
        fixed64(_OBSERVED, fact.started_unix_ns),
        sized(_EVENT, utf8(event_of(fact))),
    ]
    return b"".join(pieces)
