"""A fact as a log line, and as an OTLP log record with that line as its body."""

from typing import assert_never, cast

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, set_span_in_context
from opentelemetry.util.types import Attributes

from kansoku.catalog.fields import EVALUATION_EVENT, FEEDBACK_EVENT
from kansoku.emit.attributes import fields_of
from kansoku.emit.current import context_of
from kansoku.emit.protobuf import Value
from kansoku.record.facts import Call, Evaluation, Fact, Feedback, TaskRun, ToolRun

_NANOS = 1_000_000_000
_NO_CONTEXT = Context()

_CALL_EVENTS = {
    "ok": "api_call_success",
    "error": "api_call_error",
    "cancelled": "api_call_cancelled",
    "aborted": "api_call_aborted",
}


def event_of(fact: Fact) -> str:
    """The name of the event that the fact is."""
    match fact:
        case Call():
            return _CALL_EVENTS[fact.outcome]
        case ToolRun():
            return "tool_call"
        case TaskRun():
            return "task"
        case Feedback():
            return FEEDBACK_EVENT
        case Evaluation():
            return EVALUATION_EVENT
        case _:
            assert_never(fact)


def line_of(fact: Fact, service: str) -> dict[str, object]:
    """The log line as a mapping, its keys short and without dots.

    `timestamp` is seconds since 1970; ids are hex; the rest is the fact's known fields.
    """
    return {
        "timestamp": fact.started_unix_ns / _NANOS,
        "level": "ERROR" if is_failure(fact) else "INFO",
        "event": event_of(fact),
        "service": service,
        "trace_id": format(fact.place.trace_id, "032x"),
        "span_id": format(fact.place.span_id, "016x"),
        **_known(fact),
    }


def record_of(
    fact: Fact, line: str, attributes: dict[str, Value], resource: Resource, scope: InstrumentationScope
) -> ReadableLogRecord:
    """The OTLP log record, the line as its body."""
    failed = is_failure(fact)
    context = context_of(fact.place.trace_id, fact.place.span_id)
    return ReadableLogRecord(
        LogRecord(
            timestamp=fact.started_unix_ns,
            observed_timestamp=fact.started_unix_ns,
            context=set_span_in_context(NonRecordingSpan(context), _NO_CONTEXT),
            severity_text="ERROR" if failed else "INFO",
            severity_number=SeverityNumber.ERROR if failed else SeverityNumber.INFO,
            body=line,
            attributes=cast("Attributes", kept_on_record(fact, attributes)),
            event_name=event_of(fact),
        ),
        resource,
        scope,
    )


_FACETS = ("kansoku.feature", "gen_ai.request.model", "error.type", "user.id", "session.id")


def kept_on_record(fact: Fact, attributes: dict[str, Value]) -> dict[str, Value]:
    """A judgement's attributes, which become rows; of other facts the few that logs are filtered by."""
    if isinstance(fact, Feedback | Evaluation):
        return attributes
    return {name: attributes[name] for name in _FACETS if name in attributes}


def is_failure(fact: Fact) -> bool:
    """Whether the fact is a failure."""
    match fact:
        case Call() | ToolRun():
            return fact.outcome == "error"
        case TaskRun():
            return fact.label == "failed"
        case Feedback() | Evaluation():
            return False
        case _:
            assert_never(fact)


def _known(fact: Fact) -> dict[str, object]:
    """The fact's known fields under the names of the catalog, except what every line has already."""
    known = fields_of(fact)
    if "duration_s" in known:
        known["duration_s"] = round(cast("float", known["duration_s"]), 6)
    return known
