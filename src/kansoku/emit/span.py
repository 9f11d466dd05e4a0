"""A fact as a finished span, in the names of the OpenTelemetry GenAI conventions."""

from collections.abc import Mapping

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode

from kansoku.catalog.fields import CHAT, EXECUTE_TOOL, INVOKE_AGENT
from kansoku.emit.attributes import attributes_of
from kansoku.emit.content import Content
from kansoku.emit.current import context_of
from kansoku.emit.protobuf import Value
from kansoku.record.facts import AgentRun, Call, Place, TaskRun, ToolRun

SpanFact = Call | ToolRun | AgentRun | TaskRun

_UNSET = Status(StatusCode.UNSET)


def end_of(fact: SpanFact) -> int:
    """When it ended, in nanoseconds since 1970."""
    return fact.started_unix_ns + round(fact.duration_s * 1e9)


def span_of(
    fact: SpanFact, resource: Resource, scope: InstrumentationScope, content: Content | None = None
) -> ReadableSpan:
    """The span as OpenTelemetry's exporters and processors take it, with what was said, redacted."""
    failure = failure_of(fact)
    return ReadableSpan(
        name=name_of(fact),
        context=context_of(fact.place.trace_id, fact.place.span_id),
        parent=_parent(fact.place),
        resource=resource,
        attributes={**attributes_of(fact), **conventional(fact), **said_in(content)},
        kind=kind_of(fact),
        status=_UNSET if failure is None else Status(StatusCode.ERROR, failure),
        start_time=fact.started_unix_ns,
        end_time=end_of(fact),
        instrumentation_scope=scope,
    )


def said_in(content: Content | None) -> Mapping[str, Value]:
    """What was said, as attributes."""
    return {} if content is None else content.attributes


def name_of(fact: SpanFact) -> str:
    """`chat {model}`, `GET /v1/models`, `execute_tool {tool}`, `invoke_agent {agent}` or `task {name}`."""
    match fact:
        case Call(route=route) if route:
            return route
        case Call():
            return f"{fact.operation} {fact.request_model}".rstrip()
        case ToolRun():
            return f"{EXECUTE_TOOL} {fact.tool}"
        case AgentRun():
            return f"{INVOKE_AGENT} {fact.agent}"
        case TaskRun():
            return f"task {fact.name}"


def kind_of(fact: SpanFact) -> SpanKind:
    """A call goes out to an API; the rest happens inside."""
    return SpanKind.CLIENT if isinstance(fact, Call) else SpanKind.INTERNAL


def conventional(fact: SpanFact) -> dict[str, Value]:
    """Attributes that the conventions ask for beside the catalog's fields."""
    match fact:
        case Call(operation=operation) if operation == CHAT:
            more: dict[str, Value] = {}
            if fact.outcome == "aborted" or fact.stop_reason:
                more["gen_ai.response.finish_reasons"] = (fact.stop_reason or "error",)
            if fact.attempts is not None and fact.attempts > 1:
                more["http.request.resend_count"] = fact.attempts - 1
            return more
        case TaskRun():
            return {f"kansoku.task.attribute.{key}": _flat(value) for key, value in fact.attributes}
        case _:
            return {}


def _flat(value: object) -> Value:
    """A task attribute as something a span can hold."""
    return value if isinstance(value, str | bool | int | float) else str(value)


def failure_of(fact: SpanFact) -> str | None:
    """What failed, or None: a call that the application stopped is neither good nor bad."""
    match fact:
        case Call(outcome="error") | AgentRun(outcome="error"):
            return fact.error_message or fact.error_type
        case ToolRun(outcome="error"):
            return fact.error_type
        case TaskRun(label="failed"):
            return fact.comment
        case _:
            return None


def _parent(place: Place) -> SpanContext | None:
    """The context of the span around it."""
    return context_of(place.trace_id, place.parent_span_id) if place.parent_span_id else None
