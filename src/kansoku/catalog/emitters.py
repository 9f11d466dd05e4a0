"""Who else records calls of Claude, how their telemetry is recognised, and where each fact lies in it.

Each emitter was run against a fake of the API that answers with a known usage (100 tokens neither read
from nor written to the cache, 20 read, 30 written, 42 of output), and what it exported was read; the
version says which. What an emitter tells wrongly is not mended here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kansoku.catalog.error_types import BY_CLASS
from kansoku.catalog.fields import (
    CALL_OPERATIONS,
    CALLS,
    CHAT,
    EXECUTE_TOOL,
    OPERATION,
    TOOL_CALLS,
    Attribute,
    Constant,
    Having,
    Intrinsic,
    Uncached,
)
from kansoku.catalog.mapping import (
    NOT_OURS,
    AllOf,
    Among,
    AnyOf,
    Before,
    Failed,
    Listed,
    Mapping,
    Member,
    Millis,
    Not,
    Place,
    Scope,
    ScopeIs,
    SecondsBefore,
    Sourced,
    StatusError,
    Test,
    Thrown,
    Told,
    TotalKnown,
    Unpriced,
    Unqualified,
    Where,
    Words,
)
from kansoku.catalog.prices import NOT_YET_PRICED

KANSOKU: Final = "kansoku"
ANTHROPIC_SDK: Final = "anthropic-sdk"
CLAUDE_CODE: Final = "claude-code"
OPENINFERENCE: Final = "openinference"
VERCEL_AI: Final = "vercel-ai"
LANGFUSE: Final = "langfuse"
LOGFIRE: Final = "logfire"
OPENLLMETRY: Final = "openllmetry"
PYDANTIC_AI: Final = "pydantic-ai"


@dataclass(frozen=True, slots=True)
class Emitter:
    """Someone who records calls.

    Attributes:
        name: As in the column `emitter`.
        title: As people call it.
        version: What was run and read.
        source: Where its names are written down.
        scopes: Instrumentation scopes that are its own, where the scope tells it.
        tokens: What its number of input tokens holds.
        unknown: What it does not tell, or tells wrongly.
    """

    name: str
    title: str
    version: str
    source: str
    scopes: tuple[str, ...]
    tokens: str
    unknown: str


_INCLUSIVE = "with the cached ones"
_EXCLUSIVE = "without the cached ones"

EMITTERS: tuple[Emitter, ...] = (
    Emitter(
        KANSOKU,
        "Kansoku",
        "this version",
        "docs/reference/fields.md",
        (KANSOKU,),
        _INCLUSIVE,
        "",
    ),
    Emitter(
        ANTHROPIC_SDK,
        "The anthropic SDK's own spans",
        "anthropic 2.13.0 (Python)",
        "https://platform.claude.com/docs/en/manage-claude/opentelemetry/sdk",
        ("com.anthropic.sdk.python",),
        _INCLUSIVE,
        "cost, web searches, speed, place of inference, single attempts; what is not sampled",
    ),
    Emitter(
        CLAUDE_CODE,
        "Claude Code",
        "@anthropic-ai/claude-code 2.1.328",
        "https://code.claude.com/docs/en/monitoring-usage",
        ("com.anthropic.claude_code.events", "com.anthropic.claude_code.tracing"),
        _EXCLUSIVE,
        "the message's id; whether the answer streamed; in its spans the cost and the tokens written for an"
        " hour; tools in its spans",
    ),
    Emitter(
        "opentelemetry",
        "OpenTelemetry's instrumentation for Anthropic",
        "opentelemetry-instrumentation-genai-anthropic 1.3b0",
        "https://github.com/open-telemetry/semantic-conventions-genai",
        ("opentelemetry.instrumentation.genai.anthropic", "opentelemetry.instrumentation.anthropic_v2"),
        _INCLUSIVE,
        "HTTP status, request id, tokens written for an hour; a stream left early counts as ok with 1 token",
    ),
    Emitter(
        OPENLLMETRY,
        "OpenLLMetry (Traceloop), for Anthropic, LangChain and LlamaIndex",
        "opentelemetry-instrumentation-anthropic 0.62.4 and 0.33.12, -langchain 0.62.4",
        "https://github.com/traceloop/openllmetry (opentelemetry-semantic-conventions-ai 0.5.1)",
        (
            "opentelemetry.instrumentation.anthropic",
            "opentelemetry.instrumentation.langchain",
            "opentelemetry.instrumentation.llamaindex",
            "opentelemetry.instrumentation.bedrock",
        ),
        _INCLUSIVE,
        "HTTP status, request id, time to the first token; streams have one output token too many (0.62.4), "
        "and those of its LangChain part no message id; through LangChain, tokens written to the cache count "
        "as plain input",
    ),
    Emitter(
        LOGFIRE,
        "Logfire",
        "logfire 5.4.0",
        "https://logfire.pydantic.dev/docs/integrations/llms/anthropic/",
        ("logfire.anthropic",),
        _INCLUSIVE,
        "HTTP status, request id, time to the first token; of a stream only the record of its end is a call",
    ),
    Emitter(
        PYDANTIC_AI,
        "Pydantic AI",
        "pydantic-ai-slim 2.68.0",
        "https://ai.pydantic.dev/logfire/",
        ("pydantic-ai",),
        _INCLUSIVE,
        "HTTP status, request id, time to the first token, whether the answer streamed",
    ),
    Emitter(
        OPENINFERENCE,
        "OpenInference (Arize), for Anthropic, LangChain and LlamaIndex",
        "openinference-instrumentation-anthropic 3.1.0, -langchain 0.1.80",
        "https://github.com/Arize-ai/openinference/blob/main/spec/semantic_conventions.md",
        ("openinference.instrumentation.anthropic", "openinference.instrumentation.langchain"),
        _INCLUSIVE,
        "HTTP status, request id, time to the first token, tokens written for an hour; the message's id only"
        " where outputs are not hidden",
    ),
    Emitter(
        VERCEL_AI,
        "Vercel AI SDK",
        "ai 6.0.326 and 5.0.277",
        "https://ai-sdk.dev/docs/ai-sdk-core/telemetry",
        ("ai",),
        _INCLUSIVE,
        "HTTP status, request id, error types",
    ),
    Emitter(
        LANGFUSE,
        "Langfuse",
        "langfuse 5.0.4 (LangChain callback)",
        "https://langfuse.com/integrations/native/opentelemetry",
        ("langfuse-sdk",),
        _EXCLUSIVE,
        "the message's id, so that the same call by another is told only by its place in the trace; HTTP"
        " status, request id, whether it streamed, time to the first token, why the model stopped",
    ),
)
"""The most trusted first: of the same call by two of them, the one further up is kept."""

TELLERS = (PYDANTIC_AI, OPENINFERENCE, LANGFUSE, CLAUDE_CODE)
"""Who may tell an amount of money; it stands in the call's price source, and no table here changes it."""

_BY_SCOPE = tuple((scope, each.name) for each in EMITTERS for scope in each.scopes)

PROVIDERS = (
    ("Anthropic", "anthropic"),
    ("anthropic.messages", "anthropic"),
    ("firstParty", "anthropic"),
    ("AWS", "aws.bedrock"),
    ("aws", "aws.bedrock"),
    ("bedrock", "aws.bedrock"),
    ("amazon-bedrock", "aws.bedrock"),
    ("vertex", "gcp.vertex_ai"),
    ("vertex.anthropic.messages", "gcp.vertex_ai"),
    ("googleVertex.anthropic.messages", "gcp.vertex_ai"),
    ("foundry", "azure.foundry"),
)
"""Others' words for who serves the model, and ours."""

STOPS = (
    ("tool_call", "tool_use"),
    ("tool_calls", "tool_use"),
    ("tool-calls", "tool_use"),
    ("length", "max_tokens"),
    ("content_filter", "refusal"),
    ("content-filter", "refusal"),
)
"""Others' words for why the model stopped. Their `stop` stays: it is an end of turn or a stop sequence."""

_ERRORS = tuple(BY_CLASS.items())

_COST = "kansoku.cost.usd"
_COST_SOURCE = "kansoku.cost.source"
_REASON = "kansoku.cost.unpriced_reason"


def _priced(name: str, amount: Place) -> tuple[tuple[str, Place], ...]:
    """The columns of the price, where the emitter may tell an amount."""
    return (
        ("cost_usd", amount),
        ("price_source", Sourced(_COST_SOURCE, _COST, name)),
        ("unpriced_reason", Unpriced(_REASON, NOT_YET_PRICED)),
    )


_NONE = Attribute(_COST)
_ERROR: tuple[str, Place] = (
    "error_type",
    Words((StatusError("error.type"), Unqualified("error.type"), Thrown()), _ERRORS),
)
_CLAUDE_CODE_SPANS = ScopeIs(("com.anthropic.claude_code.tracing",))
_CLAUDE_CODE_EVENTS = ScopeIs(("com.anthropic.claude_code.events",))
_IS_CALL = Having(OPERATION, CALL_OPERATIONS)
_OPENINFERENCE = "openinference.span.kind"
_VERCEL = "ai.operationId"
_LANGFUSE = "langfuse.observation.type"
_LOGFIRE = ScopeIs(("logfire.anthropic",))
_LOGFIRE_END = AllOf((_LOGFIRE, Having("logfire.span_type", ("log",))))
_LOGFIRE_BEGIN = AllOf(
    (_LOGFIRE, Having("logfire.span_type", ("span",)), Not(Having("gen_ai.response.id")), Not(Failed()))
)
"""Of a stream Logfire makes two spans; the first ends with the headers and knows neither end nor usage."""


def _none_of(*attributes: str) -> tuple[Test, ...]:
    return tuple(Not(Having(each)) for each in attributes)


_PROMPT = Attribute("gen_ai.usage.input_tokens", ("gen_ai.usage.prompt_tokens",))
_CONVENTIONAL: tuple[tuple[str, Place], ...] = (
    ("emitter", Words((Scope(),), _BY_SCOPE)),
    ("provider", Words((Attribute("gen_ai.provider.name"), Attribute("gen_ai.system")), PROVIDERS)),
    ("time", Where(_LOGFIRE_END, SecondsBefore(Attribute("duration")), Intrinsic("time"))),
    ("duration_s", Where(_LOGFIRE_END, Attribute("duration"), Intrinsic("duration_s"))),
    (
        "stream",
        Where(
            _LOGFIRE_END,
            Constant("true"),
            Attribute("gen_ai.request.stream", ("gen_ai.is_streaming", "llm.is_streaming")),
        ),
    ),
    # older OpenLLMetry names none
    ("operation", Words((Attribute(OPERATION), Constant(CHAT)))),
    (
        "stop_reason",
        Words(
            (
                Attribute("anthropic.message.stop_reason"),
                Listed("gen_ai.response.finish_reasons"),
                Attribute("gen_ai.completion.0.finish_reason"),
            ),
            STOPS,
        ),
    ),
    _ERROR,
    ("input_tokens", TotalKnown("input_tokens", _PROMPT)),
    ("cache_read_tokens", TotalKnown("cache_read_tokens", _PROMPT)),
    ("cache_write_tokens", TotalKnown("cache_write_tokens", _PROMPT)),
    ("output_tokens", TotalKnown("output_tokens", _PROMPT)),
    (
        "user_id",
        Attribute("user.id", ("enduser.id", "traceloop.association.properties.user_id")),
    ),
    (
        "session_id",
        Attribute("session.id", ("gen_ai.conversation.id", "traceloop.association.properties.session_id")),
    ),
    ("task", Attribute("kansoku.task.name", ("traceloop.workflow.name",))),
    (
        "cache_write_1h_tokens",
        Words(
            (
                Attribute(
                    "anthropic.usage.cache_creation.ephemeral_1h_input_tokens",
                    ("gen_ai.usage.details.ephemeral_1h_input_tokens",),
                ),
                Member("gen_ai.usage.raw", (("cache_creation", "ephemeral_1h_input_tokens"),)),
            )
        ),
    ),
    (
        "web_search_requests",
        Words(
            (
                Attribute("kansoku.usage.web_search_requests", ("gen_ai.usage.details.web_search_requests",)),
                Member("gen_ai.usage.raw", (("server_tool_use", "web_search_requests"),)),
            )
        ),
    ),
    *_priced(PYDANTIC_AI, Told(Attribute("operation.cost"), _COST)),
)

_OI_READ = Attribute(
    "llm.token_count.prompt_details.cache_read", ("llm.token_count.prompt_details.cache_input",)
)
_OI_WRITE = Attribute("llm.token_count.prompt_details.cache_write")
_LANGCHAIN_ID = ("generations", 1, 1, "message", "kwargs", "response_metadata", "id")
_LF_USAGE = "langfuse.observation.usage_details"
_AI_USAGE = ("ai.response.providerMetadata", "anthropic", "usage")


def _ai_usage(*path: str) -> Member:
    attribute, *above = _AI_USAGE
    return Member(attribute, ((*above, *path),))


MAPPINGS: tuple[Mapping, ...] = (
    Mapping(
        "call",
        CALLS.kind,
        "span",
        AllOf((ScopeIs((KANSOKU,)), _IS_CALL)),
        (("emitter", Constant(KANSOKU)),),
        newest=True,
    ),
    Mapping(
        "genai_call",
        CALLS.kind,
        "span",
        AllOf(
            (
                NOT_OURS,
                AnyOf((_IS_CALL, Having("llm.request.type", ("chat", "completion")))),
                Not(_CLAUDE_CODE_SPANS),
                *_none_of(_OPENINFERENCE, _VERCEL, _LANGFUSE),
                Not(_LOGFIRE_BEGIN),
            )
        ),
        _CONVENTIONAL,
    ),
    Mapping(
        "openinference_call",
        CALLS.kind,
        "span",
        AllOf((NOT_OURS, Having(_OPENINFERENCE, ("LLM",)), Not(_CLAUDE_CODE_SPANS))),
        (
            ("emitter", Constant(OPENINFERENCE)),
            ("operation", Constant(CHAT)),
            (
                "provider",
                Words(
                    (Attribute("llm.provider"), Attribute("llm.system"), Attribute("gen_ai.provider.name")),
                    PROVIDERS,
                ),
            ),
            (
                "request_model",
                Attribute("llm.request.model_name", ("llm.model_name", "gen_ai.request.model")),
            ),
            ("response_model", Attribute("llm.response.model_name", ("gen_ai.response.model",))),
            ("stream", Member("llm.invocation_parameters", (("stream",),))),
            _ERROR,
            (
                "stop_reason",
                Words((Attribute("llm.finish_reason"), Listed("gen_ai.response.finish_reasons")), STOPS),
            ),
            ("input_tokens", Uncached(Attribute("llm.token_count.prompt"), (_OI_READ, _OI_WRITE))),
            ("cache_read_tokens", _OI_READ),
            ("cache_write_tokens", _OI_WRITE),
            ("output_tokens", Attribute("llm.token_count.completion")),
            ("thinking_tokens", Attribute("llm.token_count.completion_details.reasoning")),
            ("web_search_requests", Member("metadata", (("server_tool_use", "web_search_requests"),))),
            (
                "response_id",
                Words((Attribute("gen_ai.response.id"), Member("output.value", (("id",), _LANGCHAIN_ID)))),
            ),
            *_priced(OPENINFERENCE, Told(Attribute("llm.cost.total"), _COST)),
        ),
        conventional=False,
    ),
    Mapping(
        "vercel_ai_call",
        CALLS.kind,
        "span",
        AllOf(
            (
                NOT_OURS,
                Having(
                    _VERCEL,
                    (
                        "ai.generateText.doGenerate",
                        "ai.streamText.doStream",
                        "ai.generateObject.doGenerate",
                        "ai.streamObject.doStream",
                    ),
                ),
                *_none_of(_OPENINFERENCE),
                Not(_CLAUDE_CODE_SPANS),
            )
        ),
        (
            ("emitter", Constant(VERCEL_AI)),
            ("operation", Constant(CHAT)),
            ("provider", Words((Attribute("ai.model.provider"), Attribute("gen_ai.system")), PROVIDERS)),
            ("request_model", Attribute("ai.model.id", ("gen_ai.request.model",))),
            ("response_model", Attribute("ai.response.model", ("gen_ai.response.model",))),
            ("response_id", Attribute("ai.response.id", ("gen_ai.response.id",))),
            ("stream", Among(_VERCEL, ("ai.streamText.doStream", "ai.streamObject.doStream"))),
            ("ttft_s", Millis(Attribute("ai.response.msToFirstChunk"))),
            _ERROR,
            (
                "stop_reason",
                Words(
                    (Attribute("ai.response.finishReason"), Listed("gen_ai.response.finish_reasons")), STOPS
                ),
            ),
            (
                "input_tokens",
                Attribute(
                    "ai.usage.inputTokenDetails.noCacheTokens",
                    ("ai.usage.inputTokens", "ai.usage.promptTokens"),
                ),
            ),
            (
                "cache_read_tokens",
                Words(
                    (
                        Attribute(
                            "ai.usage.inputTokenDetails.cacheReadTokens", ("ai.usage.cachedInputTokens",)
                        ),
                        _ai_usage("cache_read_input_tokens"),
                    )
                ),
            ),
            (
                "cache_write_tokens",
                Words(
                    (
                        Attribute("ai.usage.inputTokenDetails.cacheWriteTokens"),
                        _ai_usage("cache_creation_input_tokens"),
                    )
                ),
            ),
            ("cache_write_1h_tokens", _ai_usage("cache_creation", "ephemeral_1h_input_tokens")),
            ("output_tokens", Attribute("ai.usage.outputTokens", ("ai.usage.completionTokens",))),
            (
                "thinking_tokens",
                Attribute("ai.usage.outputTokenDetails.reasoningTokens", ("ai.usage.reasoningTokens",)),
            ),
            ("web_search_requests", _ai_usage("server_tool_use", "web_search_requests")),
            ("service_tier", _ai_usage("service_tier")),
            ("feature", Attribute("kansoku.feature", ("ai.telemetry.functionId",))),
            ("user_id", Attribute("user.id", ("ai.telemetry.metadata.userId",))),
            ("session_id", Attribute("session.id", ("ai.telemetry.metadata.sessionId",))),
            *_priced(VERCEL_AI, _NONE),
        ),
        conventional=False,
    ),
    Mapping(
        "langfuse_call",
        CALLS.kind,
        "span",
        AllOf(
            (
                NOT_OURS,
                Having(_LANGFUSE, ("generation",)),
                *_none_of(_OPENINFERENCE, _VERCEL),
                Not(_CLAUDE_CODE_SPANS),
            )
        ),
        (
            ("emitter", Constant(LANGFUSE)),
            ("operation", Constant(CHAT)),
            (
                "provider",
                Words(
                    (
                        Attribute("gen_ai.provider.name"),
                        Attribute("gen_ai.system"),
                        Member("langfuse.observation.metadata.ls_provider", ((),)),
                    ),
                    PROVIDERS,
                ),
            ),
            ("request_model", Attribute("langfuse.observation.model.name", ("gen_ai.request.model",))),
            _ERROR,
            ("input_tokens", Member(_LF_USAGE, (("input",), ("input_tokens",)))),
            ("cache_read_tokens", Member(_LF_USAGE, (("cache_read_input_tokens",), ("input_cache_read",)))),
            (
                "cache_write_tokens",
                Member(_LF_USAGE, (("cache_creation_input_tokens",), ("input_cache_creation",))),
            ),
            ("cache_write_1h_tokens", Member(_LF_USAGE, (("cache_creation_ephemeral_1h_input_tokens",),))),
            ("output_tokens", Member(_LF_USAGE, (("output",), ("output_tokens",)))),
            ("user_id", Attribute("user.id", ("langfuse.user.id",))),
            ("session_id", Attribute("session.id", ("langfuse.session.id",))),
            *_priced(LANGFUSE, Told(Member("langfuse.observation.cost_details", (("total",),)), _COST)),
        ),
        conventional=False,
    ),
    Mapping(
        "claude_code_span_call",
        CALLS.kind,
        "span",
        AllOf((NOT_OURS, _CLAUDE_CODE_SPANS, Having("span.type", ("llm_request",)))),
        (
            ("emitter", Constant(CLAUDE_CODE)),
            ("operation", Constant(CHAT)),
            (
                "provider",
                Words((Attribute("anthropic.provider"), Attribute("gen_ai.provider.name")), PROVIDERS),
            ),
            ("request_model", Attribute("gen_ai.request.model", ("model",))),
            ("error_type", Words((StatusError("status_code"), Attribute("error_class")))),
            ("http_status", Attribute("status_code")),
            ("stop_reason", Words((Attribute("stop_reason"),), STOPS)),
            ("attempts", Attribute("attempt")),
            ("ttft_s", Millis(Attribute("ttft_ms"))),
            ("input_tokens", Attribute("input_tokens")),
            ("cache_read_tokens", Attribute("cache_read_tokens")),
            ("cache_write_tokens", Attribute("cache_creation_tokens")),
            ("output_tokens", Attribute("output_tokens")),
            ("speed", Words((Attribute("speed"),), (("normal", "standard"),))),
            ("request_id", Attribute("request_id")),
            # What it writes as the response's id is the request's.
            ("response_id", Constant("")),
            *_priced(CLAUDE_CODE, _NONE),
        ),
        conventional=False,
    ),
    Mapping(
        "claude_code_call",
        CALLS.kind,
        "log",
        AllOf((_CLAUDE_CODE_EVENTS, Having("event.name", ("api_request", "api_error")))),
        (
            ("time", Before(Attribute("duration_ms"))),
            ("span_id", Constant("")),
            ("parent_span_id", Intrinsic("span_id")),
            ("duration_s", Millis(Attribute("duration_ms"))),
            ("emitter", Constant(CLAUDE_CODE)),
            ("operation", Constant(CHAT)),
            ("provider", Words((Attribute("anthropic.provider"), Constant("anthropic")), PROVIDERS)),
            ("request_model", Attribute("model")),
            ("outcome", Words((Attribute("event.name"),), (("api_request", "ok"), ("api_error", "error")))),
            ("error_type", Words((StatusError("status_code"),))),
            ("http_status", Attribute("status_code")),
            ("attempts", Attribute("attempt")),
            ("ttft_s", Millis(Attribute("ttft_ms"))),
            ("input_tokens", Attribute("input_tokens")),
            ("cache_read_tokens", Attribute("cache_read_tokens")),
            ("cache_write_tokens", Attribute("cache_creation_tokens")),
            ("cache_write_1h_tokens", Attribute("cache_creation_1h_tokens")),
            ("output_tokens", Attribute("output_tokens")),
            ("speed", Words((Attribute("speed"),), (("normal", "standard"),))),
            ("request_id", Attribute("request_id")),
            ("response_id", Constant("")),
            *_priced(CLAUDE_CODE, Told(Attribute("cost_usd"), _COST)),
        ),
        conventional=False,
    ),
    Mapping(
        "tool_call",
        TOOL_CALLS.kind,
        "span",
        AllOf((Having(OPERATION, (EXECUTE_TOOL,)), Not(_CLAUDE_CODE_SPANS))),
        (("emitter", Words((Scope(),), _BY_SCOPE)),),
    ),
    Mapping(
        "openinference_tool_call",
        TOOL_CALLS.kind,
        "span",
        AllOf(
            (
                NOT_OURS,
                Having(_OPENINFERENCE, ("TOOL",)),
                Not(Having(OPERATION, (EXECUTE_TOOL,))),
                Not(_CLAUDE_CODE_SPANS),
            )
        ),
        (("emitter", Constant(OPENINFERENCE)), ("tool", Attribute("tool.name")), _ERROR),
        conventional=False,
    ),
    Mapping(
        "vercel_ai_tool_call",
        TOOL_CALLS.kind,
        "span",
        AllOf(
            (
                NOT_OURS,
                Having(_VERCEL, ("ai.toolCall",)),
                Not(Having(OPERATION, (EXECUTE_TOOL,))),
                *_none_of(_OPENINFERENCE),
                Not(_CLAUDE_CODE_SPANS),
            )
        ),
        (
            ("emitter", Constant(VERCEL_AI)),
            ("tool", Attribute("ai.toolCall.name")),
            _ERROR,
            ("feature", Attribute("kansoku.feature", ("ai.telemetry.functionId",))),
            ("user_id", Attribute("user.id", ("ai.telemetry.metadata.userId",))),
            ("session_id", Attribute("session.id", ("ai.telemetry.metadata.sessionId",))),
        ),
        conventional=False,
    ),
    Mapping(
        "langfuse_tool_call",
        TOOL_CALLS.kind,
        "span",
        AllOf(
            (
                NOT_OURS,
                Having(_LANGFUSE, ("tool",)),
                Not(Having(OPERATION, (EXECUTE_TOOL,))),
                *_none_of(_OPENINFERENCE, _VERCEL),
                Not(_CLAUDE_CODE_SPANS),
            )
        ),
        (("emitter", Constant(LANGFUSE)), ("tool", Intrinsic("name")), _ERROR),
        conventional=False,
    ),
    Mapping(
        "claude_code_tool_call",
        TOOL_CALLS.kind,
        "log",
        AllOf((_CLAUDE_CODE_EVENTS, Having("event.name", ("tool_result",)))),
        (
            ("time", Before(Attribute("duration_ms"))),
            ("span_id", Constant("")),
            ("parent_span_id", Intrinsic("span_id")),
            ("duration_s", Millis(Attribute("duration_ms"))),
            ("emitter", Constant(CLAUDE_CODE)),
            ("tool", Attribute("tool_name")),
            ("outcome", Words((Attribute("success"),), (("true", "ok"), ("false", "error")))),
            ("error_type", Constant("")),
        ),
        conventional=False,
    ),
)
"""Every kind of row that becomes a call or a tool run. No row is recognised by two of one relation."""
