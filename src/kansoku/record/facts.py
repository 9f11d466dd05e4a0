"""The facts that everything else derives from: calls, tool runs, tasks, feedback, evaluations.

Each is frozen; each names its fields as `catalog.fields` does, so that attributes and columns follow.
"""

from dataclasses import dataclass

from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS, TOOL_CALLS, Relation
from kansoku.catalog.outcomes import Outcome, Rating, TaskOutcome
from kansoku.price.usage import NO_COST, UNKNOWN_USAGE, Cost, Usage


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
