"""The metric instruments: name, kind, labels and buckets of everything the application counts.

`claude_*` names are the original requirement's and are always exported; `gen_ai_*` follow the
OpenTelemetry GenAI conventions (status Development). Names are given without the suffixes that an
exposition adds (`_total`, `_bucket`). A user id is never a label: its values are without bound.
"""

from dataclasses import dataclass
from typing import Literal

InstrumentKind = Literal["counter", "gauge", "histogram"]

LATENCY_BUCKETS_S = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0)
"""The requirement's bounds, extended to the SDK's own time-out of ten minutes."""

FIRST_CHUNK_BUCKETS_S = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""2.5 s is a bound because the objective on the time to first chunk is judged there."""

GEN_AI_DURATION_BUCKETS_S = (
    0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12,
    10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 655.36,
)  # fmt: skip
"""The convention's bounds, doubled on from 81.92 s because calls run to ten minutes."""

GEN_AI_TOKEN_BUCKETS = tuple(float(4**power) for power in range(14))
"""The convention's bounds: 1, 4, 16 … 67,108,864 tokens."""

HEADROOM_BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0)
"""0.1 is a bound because the alert on a rate limit that is nearly used up is judged there."""

SCORE_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Instrument:
    """One metric instrument. `otel_name` is its name over OTLP where that differs (dots)."""

    name: str
    kind: InstrumentKind
    unit: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    otel_name: str | None = None
    exemplars: bool = False
    """Whether its cells keep the latest call, as a link from the number to a trace."""
    across: Literal["sum", "least"] = "sum"
    """What several workers' values make together."""

    @property
    def wire_name(self) -> str:
        """The name over OTLP."""
        return self.otel_name or self.name

    @property
    def datadog_name(self) -> str:
        """The name at Datadog: dots between words, no unit of time at the end."""
        return self.name.removesuffix("_seconds").replace("_", ".")


API_CALLS = Instrument(
    "claude_api_calls",
    "counter",
    "{call}",
    "Calls that ended, by how they ended.",
    ("model", "status"),
)
API_ERRORS = Instrument(
    "claude_api_errors",
    "counter",
    "{call}",
    "Failed calls, by the API's error type.",
    ("model", "error_type"),
    exemplars=True,
)
API_LATENCY = Instrument(
    "claude_api_latency_seconds",
    "histogram",
    "s",
    "Time that answered calls took, retries included.",
    ("model",),
    LATENCY_BUCKETS_S,
    exemplars=True,
)
API_ATTEMPTS = Instrument(
    "claude_api_attempts",
    "counter",
    "{attempt}",
    "HTTP attempts of the calls that ended, by HTTP status, or by why there was none.",
    ("model", "status"),
)
RETRY_WAIT = Instrument(
    "claude_retry_wait_seconds",
    "counter",
    "s",
    "Time that calls waited between attempts.",
    ("model",),
)
RATE_LIMIT_REMAINING = Instrument(
    "claude_rate_limit_remaining_ratio",
    "gauge",
    "1",
    "Share of a rate limit that was left after the last answer.",
    ("model", "limit"),
    across="least",
)
HEADROOM = Instrument(
    "claude_rate_limit_headroom_ratio",
    "histogram",
    "1",
    "Share of the tightest rate limit that was left after the last answer of a call.",
    ("model",),
    HEADROOM_BUCKETS,
)
STOP_REASONS = Instrument(
    "claude_stop_reasons",
    "counter",
    "{answer}",
    "Answers, by why the model stopped.",
    ("model", "stop_reason"),
)
BATCH_RESULTS = Instrument(
    "claude_batch_results",
    "counter",
    "{result}",
    "Results of batches that were read for the first time, by how they ended.",
    ("model", "status"),
)
TTFT = Instrument(
    "claude_ttft_seconds",
    "histogram",
    "s",
    "Time to the first content delta of an answered stream, thinking included.",
    ("model",),
    FIRST_CHUNK_BUCKETS_S,
    exemplars=True,
)
ACTIVE_STREAMS = Instrument("claude_active_streams", "gauge", "{stream}", "Streams being read now.")
COST = Instrument(
    "claude_cost_usd",
    "counter",
    "{USD}",
    "Price of the calls that could be priced.",
    ("model",),
    exemplars=True,
)
CACHE_SAVED = Instrument(
    "claude_cache_saved_usd",
    "counter",
    "{USD}",
    "What tokens read from the prompt cache would have cost more as uncached input, of calls with a price.",
    ("model",),
)
CACHE_PREMIUM = Instrument(
    "claude_cache_premium_usd",
    "counter",
    "{USD}",
    "What tokens written to the prompt cache cost more than uncached input, of calls with a price.",
    ("model",),
)
CACHE_HIT_RATE = Instrument(
    "claude_cache_hit_rate",
    "gauge",
    "1",
    "Prompt tokens read from the cache over all prompt tokens since the process began; a convenience, "
    "rules compute it from claude_tokens_total.",
)
TOKENS = Instrument(
    "claude_tokens",
    "counter",
    "{token}",
    "Tokens: input (uncached), output, cache_read and cache_creation.",
    ("model", "type"),
)
UNPRICED_CALLS = Instrument(
    "claude_unpriced_calls",
    "counter",
    "{call}",
    "Calls without a known price.",
    ("model", "reason"),
)
TOOL_CALLS = Instrument(
    "claude_tool_calls", "counter", "{call}", "Tools that the application ran.", ("tool", "status")
)
TASKS = Instrument("claude_tasks", "counter", "{task}", "Tasks that ended.", ("task", "outcome"))
FEEDBACK = Instrument("claude_feedback", "counter", "{rating}", "Ratings that users gave.", ("rating",))
FEEDBACK_SCORE = Instrument(
    "claude_feedback_score", "histogram", "1", "Scores that users gave, 0 to 1.", (), SCORE_BUCKETS
)
EVALUATIONS = Instrument(
    "claude_evaluations",
    "counter",
    "{evaluation}",
    "Answers judged, by label.",
    ("evaluation", "label"),
)
GEN_AI_DURATION = Instrument(
    "gen_ai_client_operation_duration_seconds",
    "histogram",
    "s",
    "Duration of GenAI operations, as the OpenTelemetry conventions define it.",
    ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "error.type"),
    GEN_AI_DURATION_BUCKETS_S,
    "gen_ai.client.operation.duration",
)
GEN_AI_TOKENS = Instrument(
    "gen_ai_client_token_usage",
    "histogram",
    "{token}",
    "Tokens of one operation; input includes cached ones.",
    ("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.token.type"),
    GEN_AI_TOKEN_BUCKETS,
    "gen_ai.client.token.usage",
)
INTERNAL_ERRORS = Instrument(
    "kansoku_internal_errors",
    "counter",
    "{error}",
    "Faults of Kansoku's own that were kept from the application.",
    ("where",),
)
DROPPED = Instrument(
    "kansoku_dropped",
    "counter",
    "{record}",
    "Records not exported, by where and why they were lost.",
    ("pillar", "reason"),
)
REDACTED = Instrument(
    "kansoku_redacted",
    "counter",
    "{record}",
    "Facts and log lines in which something was masked before they left the application.",
    ("pillar",),
)

INSTRUMENTED = Instrument(
    "kansoku_instrumented",
    "gauge",
    "1",
    "1 where every part of the SDK that calls are seen by is in its place, or no SDK is installed, else 0.",
    across="least",
)

INSTRUMENTS: tuple[Instrument, ...] = (
    API_CALLS,
    API_ERRORS,
    API_LATENCY,
    API_ATTEMPTS,
    RETRY_WAIT,
    RATE_LIMIT_REMAINING,
    HEADROOM,
    STOP_REASONS,
    BATCH_RESULTS,
    TTFT,
    ACTIVE_STREAMS,
    COST,
    CACHE_SAVED,
    CACHE_PREMIUM,
    CACHE_HIT_RATE,
    TOKENS,
    UNPRICED_CALLS,
    TOOL_CALLS,
    TASKS,
    FEEDBACK,
    FEEDBACK_SCORE,
    EVALUATIONS,
    GEN_AI_DURATION,
    GEN_AI_TOKENS,
    INTERNAL_ERRORS,
    DROPPED,
    REDACTED,
    INSTRUMENTED,
)

SERVER_INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument(
        "kansoku_requests_accepted", "counter", "{request}", "OTLP requests acknowledged since the start."
    ),
    Instrument(
        "kansoku_requests_rejected",
        "counter",
        "{request}",
        "OTLP requests refused since the start, by why.",
        ("reason",),
    ),
    Instrument(
        "kansoku_items_rejected",
        "counter",
        "{item}",
        "Spans, log records and data points left out of accepted requests since the start, by why.",
        ("reason",),
    ),
    Instrument(
        "kansoku_texts_redacted",
        "counter",
        "{text}",
        "Texts of foreign emitters in which something was masked at the door since the start.",
    ),
    Instrument("kansoku_spool_bytes", "gauge", "By", "Acknowledged bytes that are not stored yet."),
    Instrument("kansoku_segments_waiting", "gauge", "{segment}", "Spool segments ready to be stored."),
    Instrument(
        "kansoku_segments_set_aside", "gauge", "{segment}", "Spool segments that could not be stored."
    ),
    Instrument(
        "kansoku_notices_sent",
        "counter",
        "{message}",
        "Messages about alarms that arrived since the start, by channel.",
        ("channel",),
    ),
    Instrument(
        "kansoku_notices_failed",
        "counter",
        "{attempt}",
        "Attempts to send a message that failed since the start, by channel.",
        ("channel",),
    ),
    Instrument(
        "kansoku_notices_waiting",
        "gauge",
        "{notice}",
        "Alarms' news that were not sent yet, by channel.",
        ("channel",),
    ),
    Instrument(
        "kansoku_notices_lost",
        "gauge",
        "{notice}",
        "Alarms' news of the last eight days that were refused or given up, by channel.",
        ("channel",),
    ),
    Instrument(
        "kansoku_config_last_reload_successful",
        "gauge",
        "1",
        "1 where the file of settings could be used when it was read last, else 0.",
        across="least",
    ),
    Instrument(
        "kansoku_config_last_reload_success_timestamp_seconds",
        "gauge",
        "s",
        "When the settings that count were read, in unix seconds.",
    ),
)
"""What the server says of what it receives at `/metrics`, in this order."""

WATCH_INSTRUMENTS: tuple[Instrument, ...] = (
    Instrument(
        "kansoku_alert_evaluations", "counter", "{evaluation}", "Evaluations of all alerts since the start."
    ),
    Instrument(
        "kansoku_alert_evaluations_missed",
        "counter",
        "{evaluation}",
        "Evaluations that were due while one before them still ran.",
    ),
    Instrument(
        "kansoku_alert_evaluations_failed",
        "counter",
        "{evaluation}",
        "Evaluations of single alerts that failed: the store did not answer.",
    ),
    Instrument(
        "kansoku_alert_state_unsaved",
        "counter",
        "{evaluation}",
        "Evaluations whose state could not be written at once.",
    ),
    Instrument(
        "kansoku_alert_notices_failed",
        "counter",
        "{notice}",
        "Notices that could not be handed on at once.",
    ),
    Instrument("kansoku_alert_evaluation_seconds", "gauge", "s", "How long the last evaluation took."),
    Instrument(
        "kansoku_alert_evaluated_timestamp_seconds",
        "gauge",
        "s",
        "When alerts were last evaluated, in unix seconds.",
    ),
    Instrument("kansoku_alerts_firing", "gauge", "{alarm}", "Alarms that fire, by severity.", ("severity",)),
)
"""What it says there of the evaluation of alerts, in this order; without an evaluator nothing."""
