"""The facts that everything else derives from: calls, tool runs, tasks, feedback, evaluations.

Each is frozen; each names its fields as `catalog.fields` does, so that attributes and columns follow.
"""

from dataclasses import dataclass

from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS, Relation
from kansoku.catalog.outcomes import Outcome, Rating, TaskOutcome


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where a fact happened: the task and the people around it. Empty strings are unknown."""

    task: str = ""
    feature: str = ""
    user_id: str = ""
    session_id: str = ""
    release: str = ""


NOWHERE = Surroundings()


@dataclass(frozen=True, slots=True)
class Place:
    """Position in a trace. Ids are integers of 128 and 64 bits; a parent of 0 is none."""

    trace_id: int
    span_id: int
    parent_span_id: int = 0


@dataclass(frozen=True, slots=True)
class Iteration:
    """Tokens billed inside one call that its top-level usage leaves out (compaction, advisor, fallback)."""

    kind: str
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. None is unknown, never 0 by guess.

    `input_tokens` are the uncached ones only, as Anthropic counts them.
    """

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    output_tokens: int | None = None
    thinking_tokens: int | None = None
    web_search_requests: int | None = None
    iterations: tuple[Iteration, ...] = ()

    @property
    def cache_write_tokens(self) -> int | None:
        """Tokens written to the cache, for five minutes and for an hour together."""
        if self.cache_write_5m_tokens is None and self.cache_write_1h_tokens is None:
            return None
        return (self.cache_write_5m_tokens or 0) + (self.cache_write_1h_tokens or 0)

    @property
    def prompt_tokens(self) -> int | None:
        """The whole prompt: uncached, read and written."""
        if self.input_tokens is None:
            return None
        return self.input_tokens + (self.cache_read_tokens or 0) + (self.cache_write_tokens or 0)


UNKNOWN_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, in USD, by which price table; or no amount, and why.

    A call that bills nothing (a failed one, a token count) has neither amount nor reason.
    """

    usd: float | None = None
    source: str = ""
    unpriced_reason: str = ""


NO_COST = Cost()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call of the application, retries and the reading of its stream included."""

    place: Place
    started_unix_ns: int
    duration_s: float
    operation: str
    provider: str
    request_model: str
    outcome: Outcome
    response_model: str = ""
    stream: bool = False
    error_type: str = ""
    error_message: str = ""
    http_status: int | None = None
    stop_reason: str = ""
    refusal_category: str = ""
    attempts: int | None = None
    ttft_s: float | None = None
    usage: Usage = UNKNOWN_USAGE
    cost: Cost = NO_COST
    service_tier: str = ""
    speed: str = ""
    inference_geo: str = ""
    request_id: str = ""
    response_id: str = ""
    tool_names: tuple[str, ...] = ()
    around: Surroundings = NOWHERE

    @property
    def call_id(self) -> str:
        """The call's own id: its span id in hex, which no other call has."""
        return format(self.place.span_id, "016x")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolRun:
    """One run of a tool by the application."""

    place: Place
    started_unix_ns: int
    duration_s: float
    tool: str
    outcome: Outcome
    error_type: str = ""
    around: Surroundings = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRun:
    """One task that the application began and ended."""

    place: Place
    started_unix_ns: int
    duration_s: float
    name: str
    label: TaskOutcome
    comment: str = ""
    score: float | None = None
    attributes: tuple[tuple[str, object], ...] = ()
    around: Surroundings = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a user thought of an answer."""

    place: Place
    started_unix_ns: int
    label: Rating
    score: float | None = None
    comment: str = ""
    response_id: str = ""
    around: Surroundings = NOWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What an evaluator found in an answer."""

    place: Place
    started_unix_ns: int
    name: str
    label: str = ""
    score: float | None = None
    comment: str = ""
    response_id: str = ""
    around: Surroundings = NOWHERE


Fact = Call | ToolRun | TaskRun | Feedback | Evaluation

RELATION_OF: dict[type[Fact], Relation] = {
    Call: CALLS,
    ToolRun: TOOL_CALLS,
    TaskRun: TASKS,
    Feedback: FEEDBACK,
    Evaluation: EVALUATIONS,
}
"""The relation whose fields each kind of fact fills."""
