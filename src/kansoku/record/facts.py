"""The facts that everything else derives from: calls, tool runs, tasks, feedback, evaluations.

Each is frozen; each names its fields as `catalog.fields` does, so that attributes and columns follow.
"""

from dataclasses import dataclass

from kansoku.catalog.fields import AGENT_RUNS, CALLS, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS, Relation
from kansoku.catalog.outcomes import Outcome, Rating, TaskOutcome
from kansoku.price.usage import NO_COST, UNKNOWN_USAGE, Cost, Usage
from kansoku.record.limits import Headroom


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
class Foreign:
    """A span around a call that another instrumentor made for the same call: its id in hex, its scope."""

    span_id: str
    scope: str


@dataclass(frozen=True, slots=True)
class Place:
    """Position in a trace. Ids are integers of 128 and 64 bits; a parent of 0 is none.

    `sampled` is the flag of the application's span that this lies under, near or far; None where it lies
    under none and the trace is Kansoku's own.
    """

    trace_id: int
    span_id: int
    parent_span_id: int = 0
    sampled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One API call of the application, retries and the reading of its stream included.

    The answer to a request of a batch is one too, its operation `batch_result`; it has no duration and no
    attempts. `route` is the method and path of a call that is none of the model, without ids.
    """

    place: Place
    started_unix_ns: int
    duration_s: float
    operation: str
    provider: str
    request_model: str
    outcome: Outcome
    route: str = ""
    batch_id: str = ""
    custom_id: str = ""
    duplicates: Foreign | None = None
    response_model: str = ""
    stream: bool = False
    error_type: str = ""
    error_message: str = ""
    http_status: int | None = None
    stop_reason: str = ""
    refusal_category: str = ""
    attempts: int | None = None
    attempt_statuses: tuple[str, ...] = ()
    retry_wait_s: float | None = None
    retry_after_s: float | None = None
    headroom: tuple[Headroom, ...] = ()
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

    @property
    def failed_attempts(self) -> int | None:
        """HTTP attempts that got no good answer; None where there are none."""
        if not self.attempts:
            return None
        return self.attempts - (self.outcome != "error") or None

    @property
    def retried_statuses(self) -> tuple[str, ...]:
        """How each attempt ended, where there were several; of one alone the HTTP status tells it."""
        return self.attempt_statuses if len(self.attempt_statuses) > 1 else ()

    @property
    def tightest(self) -> Headroom | None:
        """The rate limit of which the smallest share was left."""
        return min(self.headroom, key=lambda each: each.ratio) if self.headroom else None

    @property
    def rate_limit(self) -> str:
        """The name of that limit."""
        return "" if self.tightest is None else self.tightest.name

    @property
    def rate_limit_remaining_ratio(self) -> float | None:
        """The share of it that was left, 0 to 1."""
        return None if self.tightest is None else self.tightest.ratio

    @property
    def duplicates_span_id(self) -> str:
        """The span that another instrumentor made for this call."""
        return "" if self.duplicates is None else self.duplicates.span_id

    @property
    def duplicates_scope(self) -> str:
        """That instrumentor."""
        return "" if self.duplicates is None else self.duplicates.scope


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
class AgentRun:
    """One run of an agent, from a prompt to its result. `cost_usd` repeats what its usage facts hold."""

    place: Place
    started_unix_ns: int
    duration_s: float
    agent: str
    outcome: Outcome
    request_model: str = ""
    error_type: str = ""
    error_message: str = ""
    http_status: int | None = None
    turns: int | None = None
    cost_usd: float | None = None
    stop_reason: str = ""
    cli_telemetry: bool | None = None
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


Fact = Call | ToolRun | AgentRun | TaskRun | Feedback | Evaluation

RELATION_OF: dict[type[Fact], Relation] = {
    Call: CALLS,
    ToolRun: TOOL_CALLS,
    AgentRun: AGENT_RUNS,
    TaskRun: TASKS,
    Feedback: FEEDBACK,
    Evaluation: EVALUATIONS,
}
"""The relation whose fields each kind of fact fills."""
