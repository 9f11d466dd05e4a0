"""A fact as a log line, and as an OTLP log record with that line as its body."""

import json
from collections.abc import Callable
from math import isfinite
from typing import assert_never, cast

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import NonRecordingSpan, set_span_in_context
from opentelemetry.util.types import Attributes

from kansoku.catalog.fields import AGENT_USAGE, EVALUATION_EVENT, FEEDBACK_EVENT, Kind
from kansoku.emit.attributes import FACETS, OWN, WIRE, Encoder, Values, writer
from kansoku.emit.current import context_of
from kansoku.record.facts import AgentRun, Call, Evaluation, Fact, Feedback, TaskRun, ToolRun

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
            return AGENT_USAGE if fact.operation == AGENT_USAGE else _CALL_EVENTS[fact.outcome]
        case ToolRun():
            return "tool_call"
        case AgentRun():
            return "agent_run"
        case TaskRun():
            return "task"
        case Feedback():
            return FEEDBACK_EVENT
        case Evaluation():
            return EVALUATION_EVENT
        case _:
            assert_never(fact)


def line_of(fact: Fact, values: Values, service: str) -> str:
    """The log line: one JSON object, its keys short and without dots.

    `timestamp` is seconds since 1970; ids are hex; the rest is the fact's known fields.
    """
    level = "ERROR" if is_failure(fact) else "INFO"
    return "".join(
        (
            f'{{"timestamp":{fact.started_unix_ns / _NANOS},"level":"{level}","event":"{event_of(fact)}",',
            f'"service":{_quoted(service)},"trace_id":"{fact.place.trace_id:032x}",',
            f'"span_id":"{fact.place.span_id:016x}"',
            _WRITE_MEMBERS[type(fact)](values),
            "}",
        )
    )


def _member(name: str, kind: Kind) -> Encoder[str]:
    """Makes a member of the line, its comma before it, of a field's value."""
    head = f',"{name}":'
    match kind:
        case Kind.TEXT:
            return lambda value: head + _quoted(value)
        case Kind.SECONDS:
            return lambda value: head + _number(_rounded(value, 6))
        case Kind.USD | Kind.SCORE | Kind.COUNT:
            return lambda value: f"{head}{value}" if value.__class__ is int else head + _number(value)
        case Kind.LABEL | Kind.LABELS | Kind.FLAG:
            return lambda value: head + _json(value)
        case _:
            assert_never(kind)


def _number(value: object) -> str:
    """A number as JSON; Python's own encoder takes ten times as long for one alone."""
    if value.__class__ is int or (value.__class__ is float and _is_finite(value)):
        return repr(value)
    return _json(value)


# What a field holds is known by its kind; a `cast` at each value would be a call.
_is_finite = cast("Callable[[object], bool]", isfinite)
_rounded = cast("Callable[[object, int], float]", round)
_quoted = cast("Callable[[object], str]", json.encoder.encode_basestring)
_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode
_WRITE_MEMBERS = {fact: writer(fact, reading, _member, "".join) for fact, reading in OWN.items()}


def record_of(fact: Fact, line: str, resource: Resource, scope: InstrumentationScope) -> ReadableLogRecord:
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
            attributes=cast("Attributes", ON_RECORD[type(fact)].known(fact)),
            event_name=event_of(fact),
        ),
        resource,
        scope,
    )


ON_RECORD = {**FACETS, **{kind: WIRE[kind] for kind in (Feedback, Evaluation)}}
"""A judgement's attributes, which become rows; of other facts the few that logs are filtered by."""


def is_failure(fact: Fact) -> bool:
    """Whether the fact is a failure."""
    match fact:
        case Call() | ToolRun() | AgentRun():
            return fact.outcome == "error"
        case TaskRun():
            return fact.label == "failed"
        case Feedback() | Evaluation():
            return False
        case _:
            assert_never(fact)
