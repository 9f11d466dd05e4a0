"""The facts kept of every call, tool run, task, feedback and evaluation, and where each lies on the wire.

One row here is one column of a narrow table, one field of what the application recorded and one
attribute of what it exported. `emit` reads the table forwards (fact to attribute), `store`
backwards (attribute to column), so neither can drift from the other.

Attribute names follow the OpenTelemetry GenAI conventions (semantic-conventions-genai, status
Development), then the names that the `anthropic` SDK gives its own spans (`anthropic.*`, since
1.14), then ours (`kansoku.*`) for what both lack.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal


class Kind(Enum):
    """What a field holds, which fixes its attribute type and its column type.

    All kinds but `LABEL`, `TEXT` and `LABELS` may be unknown (null): an unknown count is never 0.
    An unknown label or text is the empty string.
    """

    LABEL = "label"  # few distinct values
    TEXT = "text"  # many distinct values
    LABELS = "labels"  # a list of labels
    COUNT = "count"  # whole, not negative
    SECONDS = "seconds"
    USD = "usd"
    SCORE = "score"  # 0 to 1
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the span or log record; `older` are names that readers accept too, best first."""

    name: str
    older: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """An attribute of the resource; a span or log attribute named `override`, if present, wins."""

    name: str
    older: tuple[str, ...] = ()
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Intrinsic:
    """A part that every span or log record has of itself. Durations are in seconds."""

    part: Literal["time", "trace_id", "span_id", "parent_span_id", "duration_s", "scope", "name"]


@dataclass(frozen=True, slots=True)
class Uncached:
    """Input tokens without the cached ones.

    On the wire `total` includes cache reads and writes, as the GenAI conventions ask; Anthropic's
    own `input_tokens` excludes them. The conversion is made here and nowhere else.
    """

    total: Attribute
    cached: tuple[Attribute, ...]


@dataclass(frozen=True, slots=True)
class StatusOr:
    """An outcome attribute; without it, the span's status decides between `error` and `ok`."""

    attribute: Attribute
    ok: str
    error: str


@dataclass(frozen=True, slots=True)
class Constant:
    """The same value in every row of the relation."""

    value: str


Source = Attribute | Resource | Intrinsic | Uncached | StatusOr | Constant


@dataclass(frozen=True, slots=True)
class Field:
    """One fact: its column `name`, what it holds, where it lies on the wire, what it means.

    `path` is where the recorded fact has it when that differs from `name` (`usage.input_tokens`).
    """

    name: str
    kind: Kind
    source: Source
    brief: str
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Having:
    """Rows whose attribute is one of `values`, or merely there when `values` is empty."""

    attribute: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventNamed:
    """Log records that carry this event name."""

    name: str


@dataclass(frozen=True, slots=True)
class Relation:
    """Rows of one `kind`, selected from spans or log records into a narrow table.

    Relations that share a table have the same columns in the same order.
    """

    kind: str
    table: str
    signal: Literal["span", "log"]
    select: Having | EventNamed
    fields: tuple[Field, ...]

    def __hash__(self) -> int:
        # Measures are keys of many tables, and there are dozens of fields.
        return hash((self.kind, self.table))

    def field(self, name: str) -> Field:
        """The field of that column name.

        Raises:
            KeyError: If the relation has no such column.
        """
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)


OPERATION = "gen_ai.operation.name"
CHAT: Final = "chat"
COUNT_TOKENS: Final = "count_tokens"
EXECUTE_TOOL: Final = "execute_tool"
BATCH_RESULT: Final = "batch_result"
INVOKE_AGENT: Final = "invoke_agent"
AGENT_USAGE: Final = "agent_usage"
"""Tokens and cost that an agent's totals hold and its calls did not tell: no call of its own."""
CALL_OPERATIONS = (
    CHAT,
    COUNT_TOKENS,
    "text_completion",
    "generate_content",
    BATCH_RESULT,
    AGENT_USAGE,
    "other",
)
FEEDBACK_EVENT = "kansoku.feedback"
EVALUATION_EVENT = "gen_ai.evaluation.result"
DEMO = "kansoku.demo"

_TIME = Field("time", Kind.TEXT, Intrinsic("time"), "When it began, to the nanosecond (UTC).")
_TRACE = Field("trace_id", Kind.TEXT, Intrinsic("trace_id"), "Trace it belongs to, 32 hex digits.")
_SPAN = Field("span_id", Kind.TEXT, Intrinsic("span_id"), "Its span, 16 hex digits.")
_PARENT = Field("parent_span_id", Kind.TEXT, Intrinsic("parent_span_id"), "The span around it.")
_DURATION = Field("duration_s", Kind.SECONDS, Intrinsic("duration_s"), "From its begin to its end.")
_ERROR = Field(
    "error_type",
    Kind.LABEL,
    Attribute("error.type"),
    "The API's error type, or client_timeout, connection_error, truncated_stream or a class name.",
)

_EMITTER = Field(
    "emitter",
    Kind.LABEL,
    Intrinsic("scope"),
    "Who recorded it: a name of `catalog.emitters`, else the instrumentation scope.",
)

CONTEXT = (
    Field("service", Kind.LABEL, Resource("service.name"), "The application."),
    Field(
        "environment",
        Kind.LABEL,
        Resource("deployment.environment.name", ("deployment.environment",)),
        "Where it runs: production, staging …",
    ),
    Field(
        "release",
        Kind.LABEL,
        Resource("service.version", override="kansoku.release"),
        "The application's version.",
        "around.release",
    ),
    Field("feature", Kind.LABEL, Attribute("kansoku.feature"), "The AI feature it serves.", "around.feature"),
    Field("task", Kind.LABEL, Attribute("kansoku.task.name"), "The task around it.", "around.task"),
    Field(
        "user_id",
        Kind.TEXT,
        Attribute("user.id", ("enduser.id",)),
        "The application's user.",
        "around.user_id",
    ),
    Field(
        "session_id",
        Kind.TEXT,
        Attribute("session.id", ("gen_ai.conversation.id",)),
        "The user's session or conversation.",
        "around.session_id",
    ),
)

_RESPONSE = Attribute("gen_ai.response.id")
_READ = Attribute("gen_ai.usage.cache_read.input_tokens", ("gen_ai.usage.cache_read_input_tokens",))
_WRITE = Attribute(
    "gen_ai.usage.cache_write.input_tokens",
    ("gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"),
)

CALLS = Relation(
    kind="call",
    table="calls",
    signal="span",
    select=Having(OPERATION, CALL_OPERATIONS),
    fields=(
        _TIME,
        _TRACE,
        _SPAN,
        _PARENT,
        _DURATION,
        Field("operation", Kind.LABEL, Attribute(OPERATION), "chat, count_tokens, batch_result …"),
        Field(
            "route",
            Kind.LABEL,
            Attribute("kansoku.route"),
            "Of an operation that is none of the model: method and path, ids replaced.",
        ),
        Field(
            "provider",
            Kind.LABEL,
            Attribute("gen_ai.provider.name", ("gen_ai.system",)),
            "anthropic, aws.bedrock, gcp.vertex_ai or azure.foundry.",
        ),
        Field("request_model", Kind.LABEL, Attribute("gen_ai.request.model"), "The model asked for."),
        Field(
            "response_model",
            Kind.LABEL,
            Attribute("gen_ai.response.model"),
            "The model that answered.",
        ),
        Field("stream", Kind.FLAG, Attribute("gen_ai.request.stream"), "Whether the answer streamed."),
        Field(
            "outcome",
            Kind.LABEL,
            StatusOr(Attribute("kansoku.outcome"), ok="ok", error="error"),
            "ok, error, cancelled (by the application) or aborted (a stream left early).",
        ),
        _ERROR,
        Field(
            "http_status",
            Kind.COUNT,
            Attribute("http.response.status_code"),
            "Status of the last attempt.",
        ),
        Field(
            "stop_reason",
            Kind.LABEL,
            Attribute("anthropic.message.stop_reason"),
            "Why the model stopped.",
        ),
        Field("refusal_category", Kind.LABEL, Attribute("kansoku.refusal.category"), "Why it refused."),
        Field(
            "attempts",
            Kind.COUNT,
            Attribute("kansoku.attempts"),
            "HTTP attempts made, retries included.",
        ),
        Field(
            "failed_attempts",
            Kind.COUNT,
            Attribute("kansoku.attempts.failed"),
            "Attempts without a good answer; null where every one got it.",
        ),
        Field(
            "attempt_statuses",
            Kind.LABELS,
            Attribute("kansoku.attempts.statuses"),
            "Where there were several: each one's HTTP status, or why it got none.",
            "retried_statuses",
        ),
        Field(
            "retry_wait_s",
            Kind.SECONDS,
            Attribute("kansoku.retry.wait"),
            "Waited between the attempts, of the duration; null where nothing was tried again.",
        ),
        Field(
            "retry_after_s",
            Kind.SECONDS,
            Attribute("kansoku.retry.after"),
            "After how long the last answer asked to try again.",
        ),
        Field(
            "rate_limit",
            Kind.LABEL,
            Attribute("kansoku.rate_limit.name"),
            "The rate limit with the smallest share left: requests, tokens, input-tokens, output-tokens.",
        ),
        Field(
            "rate_limit_remaining_ratio",
            Kind.SCORE,
            Attribute("kansoku.rate_limit.remaining_ratio"),
            "The share of it that was left after the last answer, 0 to 1.",
        ),
        Field(
            "ttft_s",
            Kind.SECONDS,
            Attribute("gen_ai.response.time_to_first_chunk"),
            "To the first content delta of a stream, thinking included.",
        ),
        Field(
            "input_tokens",
            Kind.COUNT,
            Uncached(
                Attribute("gen_ai.usage.input_tokens", ("gen_ai.usage.prompt_tokens",)),
                (_READ, _WRITE),
            ),
            "Input tokens that were neither read from nor written to the cache.",
            path="usage.input_tokens",
        ),
        Field(
            "cache_read_tokens",
            Kind.COUNT,
            _READ,
            "Input tokens read from the cache.",
            "usage.cache_read_tokens",
        ),
        Field(
            "cache_write_tokens",
            Kind.COUNT,
            _WRITE,
            "Input tokens written to the cache, for five minutes or an hour.",
            "usage.cache_write_tokens",
        ),
        Field(
            "cache_write_1h_tokens",
            Kind.COUNT,
            Attribute("anthropic.usage.cache_creation.ephemeral_1h_input_tokens"),
            "Of those, the ones written for an hour.",
            "usage.cache_write_1h_tokens",
        ),
        Field(
            "output_tokens",
            Kind.COUNT,
            Attribute("gen_ai.usage.output_tokens", ("gen_ai.usage.completion_tokens",)),
            "Tokens the model wrote, thinking included; null when the call ended before they were told.",
            "usage.output_tokens",
        ),
        Field(
            "thinking_tokens",
            Kind.COUNT,
            Attribute("gen_ai.usage.reasoning.output_tokens"),
            "Of those, thinking.",
            "usage.thinking_tokens",
        ),
        Field(
            "web_search_requests",
            Kind.COUNT,
            Attribute("kansoku.usage.web_search_requests"),
            "Web searches billed with the call.",
            "usage.web_search_requests",
        ),
        Field(
            "iterations",
            Kind.COUNT,
            Attribute("kansoku.usage.iterations"),
            "Parts billed with the call that its tokens leave out: compaction, advisor, fallback.",
            "usage.iteration_count",
        ),
        Field(
            "cost_usd",
            Kind.USD,
            Attribute("kansoku.cost.usd"),
            "Price of the call; null when unpriced.",
            "cost.usd",
        ),
        Field(
            "price_source",
            Kind.LABEL,
            Attribute("kansoku.cost.source"),
            "Price table and its version.",
            "cost.source",
        ),
        Field(
            "unpriced_reason",
            Kind.LABEL,
            Attribute("kansoku.cost.unpriced_reason"),
            "Why there is no price.",
            "cost.unpriced_reason",
        ),
        Field(
            "service_tier",
            Kind.LABEL,
            Attribute("anthropic.response.service_tier"),
            "standard, priority, batch.",
        ),
        Field("speed", Kind.LABEL, Attribute("kansoku.speed"), "standard or fast."),
        Field(
            "inference_geo",
            Kind.LABEL,
            Attribute("kansoku.inference_geo"),
            "Where it was computed.",
        ),
        Field(
            "request_id",
            Kind.TEXT,
            Attribute("anthropic.request.id"),
            "The API's id of the request.",
        ),
        Field("response_id", Kind.TEXT, _RESPONSE, "The message's id."),
        Field("tool_names", Kind.LABELS, Attribute("kansoku.tool.names"), "Tools the model asked for."),
        Field(
            "error_message",
            Kind.TEXT,
            Attribute("kansoku.error.message"),
            "The error's text, redacted.",
        ),
        Field("batch_id", Kind.TEXT, Attribute("kansoku.batch.id"), "The batch that it is a result of."),
        Field(
            "custom_id",
            Kind.TEXT,
            Attribute("kansoku.batch.custom_id"),
            "The application's id of the request in its batch, redacted.",
        ),
        Field(
            "duplicates_span_id",
            Kind.TEXT,
            Attribute("kansoku.duplicates.span_id"),
            "The span that another instrumentor made for the same call.",
        ),
        Field(
            "duplicates_scope",
            Kind.LABEL,
            Attribute("kansoku.duplicates.scope"),
            "That instrumentor.",
        ),
        _EMITTER,
        *CONTEXT,
    ),
)

TOOL_CALLS = Relation(
    kind="tool_call",
    table="tool_calls",
    signal="span",
    select=Having(OPERATION, (EXECUTE_TOOL,)),
    fields=(
        _TIME,
        _TRACE,
        _SPAN,
        _PARENT,
        _DURATION,
        Field("tool", Kind.LABEL, Attribute("gen_ai.tool.name"), "The tool."),
        Field(
            "outcome",
            Kind.LABEL,
            StatusOr(Attribute("kansoku.outcome"), ok="ok", error="error"),
            "ok or error.",
        ),
        _ERROR,
        _EMITTER,
        *CONTEXT,
    ),
)

AGENT_RUNS = Relation(
    kind="agent_run",
    table="agent_runs",
    signal="span",
    select=Having(OPERATION, (INVOKE_AGENT,)),
    fields=(
        _TIME,
        _TRACE,
        _SPAN,
        _PARENT,
        _DURATION,
        Field("agent", Kind.LABEL, Attribute("gen_ai.agent.name"), "The agent."),
        Field("request_model", Kind.LABEL, Attribute("gen_ai.request.model"), "The model asked for."),
        Field(
            "outcome",
            Kind.LABEL,
            StatusOr(Attribute("kansoku.outcome"), ok="ok", error="error"),
            "ok, error, cancelled (by the application) or aborted (left early).",
        ),
        _ERROR,
        Field("error_message", Kind.TEXT, Attribute("kansoku.error.message"), "The error's text, redacted."),
        Field(
            "http_status", Kind.COUNT, Attribute("http.response.status_code"), "Status of the failed call."
        ),
        Field(
            "turns", Kind.COUNT, Attribute("kansoku.agent.turns"), "Turns of the run, as the agent counts."
        ),
        Field(
            "cost_usd", Kind.USD, Attribute("kansoku.agent.cost_usd"), "The run's cost, as it told itself."
        ),
        Field("stop_reason", Kind.LABEL, Attribute("kansoku.agent.stop_reason"), "Why the run ended."),
        Field(
            "cli_telemetry",
            Kind.FLAG,
            Attribute("kansoku.agent.cli_telemetry"),
            "Whether the command line exports telemetry of its own beside ours.",
        ),
        *CONTEXT,
    ),
)
"""Runs of an agent. Not among `RELATIONS`: they are kept as spans and have no narrow table."""


def _outcome_fields(
    kind: str, *, name: Source, label: Source, score: Source, comment: Source, response_id: Source
) -> tuple[Field, ...]:
    """The columns of `outcomes`, filled from the given places for one kind of row."""
    return (
        _TIME,
        _TRACE,
        _SPAN,
        Field("kind", Kind.LABEL, Constant(kind), "task, feedback or evaluation."),
        Field("name", Kind.LABEL, name, "The task or evaluation; empty for feedback."),
        Field(
            "label", Kind.LABEL, label, "completed, failed or cancelled; up or down; the evaluation's label."
        ),
        Field("score", Kind.SCORE, score, "0 (worst) to 1, where one was given."),
        Field("comment", Kind.TEXT, comment, "The user's words or the evaluator's reason, redacted."),
        Field("response_id", Kind.TEXT, response_id, "The message that was judged."),
        *CONTEXT,
    )


TASK_OUTCOME = "kansoku.task.outcome"
TASKS = Relation(
    kind="task",
    table="outcomes",
    signal="span",
    select=Having(TASK_OUTCOME),
    fields=_outcome_fields(
        "task",
        name=Attribute("kansoku.task.name"),
        label=Attribute(TASK_OUTCOME),
        score=Attribute("kansoku.task.score"),
        comment=Attribute("kansoku.task.reason"),
        response_id=Constant(""),
    ),
)
FEEDBACK = Relation(
    kind="feedback",
    table="outcomes",
    signal="log",
    select=EventNamed(FEEDBACK_EVENT),
    fields=_outcome_fields(
        "feedback",
        name=Constant(""),
        label=Attribute("kansoku.feedback.rating"),
        score=Attribute("kansoku.feedback.score"),
        comment=Attribute("kansoku.feedback.comment"),
        response_id=_RESPONSE,
    ),
)
EVALUATIONS = Relation(
    kind="evaluation",
    table="outcomes",
    signal="log",
    select=EventNamed(EVALUATION_EVENT),
    fields=_outcome_fields(
        "evaluation",
        name=Attribute("gen_ai.evaluation.name"),
        label=Attribute("gen_ai.evaluation.score.label"),
        score=Attribute("gen_ai.evaluation.score.value"),
        comment=Attribute("gen_ai.evaluation.explanation"),
        response_id=_RESPONSE,
    ),
)

RELATIONS: tuple[Relation, ...] = (CALLS, TOOL_CALLS, TASKS, FEEDBACK, EVALUATIONS)
