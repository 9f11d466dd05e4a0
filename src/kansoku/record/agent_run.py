"""An agent's run as facts: the run, its calls of the model, its tools, and what its totals hold beyond.

How tokens and cost are counted once:

- A call is one API message; its parts carry one id, and the usage of a later part overwrites. Its output
  is known only when a part told why the model stopped or a raw event told the final count: what the SDK
  gives before that is a placeholder.
- The result's totals run on over the process, so the ledger takes differences by model. What they hold
  beyond the calls (placeholders, subagents and side calls that send no message) becomes one
  `agent_usage` fact a model. Calls and these facts together are the run's own totals.
- Cost is the process's own difference in `costUSD`, source `claude-agent-sdk`: it knows what the messages
  do not tell (side calls, final output, the hour's cache). Calls then carry no price. Only where a run
  ended without totals are they priced by the price book; a later total of that process is cut by it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from kansoku.catalog.error_types import of_status
from kansoku.catalog.fields import AGENT_USAGE, CHAT
from kansoku.catalog.outcomes import Outcome
from kansoku.catalog.prices import AGENT_SDK
from kansoku.price.book import PriceBook
from kansoku.record.agent_ledger import Amounts
from kansoku.record.agent_message import AgentItem
from kansoku.record.agent_observer import ObservedRun
from kansoku.record.facts import (
    NO_COST,
    UNKNOWN_USAGE,
    AgentRun,
    Call,
    Cost,
    Fact,
    Place,
    Surroundings,
    ToolRun,
    Usage,
)
from kansoku.record.reading import NOTHING, Json, plain, text
from kansoku.record.usage import merged, usage_of

AGENT = "claude-code"
"""The agent that the SDK runs."""

_ANTHROPIC = "anthropic"
_SYNTHETIC = "<synthetic>"
"""The model of messages that the command line wrote itself."""

_ERROR_TYPES = {
    "authentication_failed": "authentication_error",
    "rate_limit": "rate_limit_error",
    "invalid_request": "invalid_request_error",
    "server_error": "api_error",
}
"""The API's error type by the SDK's word for it; every other word stays."""

_INTERRUPTED = frozenset({"aborted_streaming", "aborted_tools"})


@dataclass(slots=True)
class _Message:
    """One API message, put together from its parts."""

    place: Place
    parent: str
    began_s: float
    model: str = ""
    usage: Json = field(default_factory=lambda: NOTHING)
    is_complete: bool = False
    ended_s: float = 0.0
    stop_reason: str = ""
    error: str = ""
    error_text: str = ""
    tools: dict[str, None] = field(default_factory=dict[str, None])


@dataclass(slots=True)
class _Tool:
    """A tool that was asked for."""

    place: Place
    name: str
    began_s: float
    ended_s: float | None = None
    failed: bool = False


@dataclass(slots=True)
class _Reading:
    """What the items of one run add up to."""

    run: ObservedRun
    span_id: Callable[[], int]
    messages: dict[str, _Message] = field(default_factory=dict[str, _Message])
    tools: dict[str, _Tool] = field(default_factory=dict[str, _Tool])
    model: str = ""
    session_id: str = ""
    _latest: dict[str, float] = field(default_factory=dict[str, float])
    _streaming: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, item: AgentItem) -> None:
        """Reads one item."""
        self.session_id = item.session_id or self.session_id
        match item.kind:
            case "answer":
                self._answer(item)
            case "event":
                self._event(item)
            case "input":
                self._results(item)
            case "ready":
                self.model = item.model or self.model
            case "result" | "reset":
                pass
        self._latest[item.parent] = item.at_s

    def _answer(self, item: AgentItem) -> None:
        """A part of a message. One that the command line wrote itself is a call only where it failed."""
        if item.model == _SYNTHETIC and not item.error:
            return
        message = self._message(item, item.message_id or f"unnamed {len(self.messages)}")
        message.error = item.error or message.error
        message.error_text = item.message or message.error_text
        for tool_id, name in item.tools:
            message.tools[name] = None
            place = self._under(message.place)
            self.tools.setdefault(tool_id, _Tool(place, name, item.at_s))
        message.tools.update(dict.fromkeys(item.server_tools))

    def _event(self, item: AgentItem) -> None:
        """A raw event: it belongs to the message that last began in its thread."""
        if item.message_id:
            self._streaming[item.parent] = item.message_id
        message_id = self._streaming.get(item.parent)
        if message_id is not None:
            self._message(item, message_id)

    def _message(self, item: AgentItem, message_id: str) -> _Message:
        """The message, with what the item tells of it. A final count is never overwritten by an older one."""
        message = self.messages.get(message_id)
        if message is None:
            began_s = self._latest.get(item.parent, self._asked_s(item.parent))
            message = _Message(self._place(item.parent), item.parent, began_s)
            self.messages[message_id] = message
        if not message.is_complete:
            message.usage = merged(message.usage, item.usage)
        message.is_complete |= bool(item.stop_reason)
        message.model = item.model if item.model not in {"", _SYNTHETIC} else message.model
        message.stop_reason = item.stop_reason or message.stop_reason
        message.ended_s = item.at_s
        return message

    def _results(self, item: AgentItem) -> None:
        """Tools ended."""
        for tool_id, failed in item.results:
            tool = self.tools.get(tool_id)
            if tool is not None and tool.ended_s is None:
                tool.ended_s, tool.failed = item.at_s, failed

    def _asked_s(self, parent: str) -> float:
        """When the thread began: with the tool that runs the subagent, or with the run."""
        tool = self.tools.get(parent)
        return self.run.began.clock_s if tool is None else tool.began_s

    def _place(self, parent: str) -> Place:
        """A call's place: under the run, or under the tool that runs the subagent."""
        tool = self.tools.get(parent)
        return self._under(self.run.began.place if tool is None else tool.place)

    def _under(self, place: Place) -> Place:
        """A new place under the other."""
        return Place(place.trace_id, self.span_id(), place.span_id)


def facts_of(run: ObservedRun, prices: PriceBook, span_id: Callable[[], int]) -> list[Fact]:
    """The run's facts, calls first. Runs of one process must be read in their order: they share a ledger."""
    reading = _Reading(run, span_id)
    for item in run.items:
        reading.take(item)
    around = run.began.around
    around = replace(around, session_id=around.session_id or reading.session_id)
    if run.cleared:
        run.ledger.clear()
    totals = plain(getattr(run.result, "model_usage", None))
    calls = list(_calls(reading, around, None if totals else prices))
    rests = list(_rests(reading, around, totals)) if totals else []
    costs = [each.cost.usd for each in (*calls, *rests) if each.cost.usd is not None]
    tools = _tool_runs(reading, around)
    return [*calls, *tools, *rests, _agent_run(reading, around, sum(costs) if costs else None)]


def _calls(reading: _Reading, around: Surroundings, prices: PriceBook | None) -> Iterator[Call]:
    """The calls, each told to the ledger."""
    last = list(reading.messages.values())[-1:]
    for message_id, message in reading.messages.items():
        model = message.model or reading.model
        usage = usage_of(message.usage, output_known=message.is_complete)
        usage = UNKNOWN_USAGE if message.error else usage
        status = _status_told(reading) if message.error and message in last else None
        cost = NO_COST if prices is None or message.error else _priced(reading, message, usage, prices)
        reading.run.ledger.tell(model, usage, cost.usd)
        yield Call(
            place=message.place,
            started_unix_ns=_unix_ns(reading, message.began_s),
            duration_s=max(0.0, message.ended_s - message.began_s),
            operation=CHAT,
            provider=_ANTHROPIC,
            request_model=model,
            response_model=message.model,
            outcome=_outcome(reading, message, is_last=message in last),
            error_type=_ERROR_TYPES.get(message.error, message.error),
            error_message=message.error_text,
            http_status=status,
            stop_reason=message.stop_reason,
            usage=usage,
            cost=cost,
            service_tier=text(message.usage, "service_tier"),
            speed=text(message.usage, "speed"),
            inference_geo=text(message.usage, "inference_geo"),
            response_id="" if message.error else message_id,
            tool_names=tuple(message.tools),
            around=around,
        )


def _outcome(reading: _Reading, message: _Message, *, is_last: bool) -> Outcome:
    """How a call ended. The one under way when the run was stopped was stopped with it."""
    if message.error:
        return "error"
    outcome, _, _ = _ended(reading.run)
    if message.is_complete or not is_last or outcome == "ok":
        return "ok"
    if outcome == "cancelled":
        return "cancelled"
    return "ok" if reading.run.ending == "result" else "aborted"


def _priced(reading: _Reading, message: _Message, usage: Usage, prices: PriceBook) -> Cost:
    """The call's price by the price book."""
    return prices.cost(
        usage,
        provider=_ANTHROPIC,
        model=message.model,
        started_unix_ns=_unix_ns(reading, message.began_s),
        speed=text(message.usage, "speed"),
        tier=text(message.usage, "service_tier"),
        geo=text(message.usage, "inference_geo"),
    )


def _rests(reading: _Reading, around: Surroundings, totals: Json) -> Iterator[Call]:
    """By model, what the totals hold beyond the calls. It has no duration: it is no call."""
    place = reading.run.began.place
    for model, rest in reading.run.ledger.rest(totals).items():
        yield Call(
            place=Place(place.trace_id, reading.span_id(), place.span_id),
            started_unix_ns=_unix_ns(reading, reading.run.end_s),
            duration_s=0.0,
            operation=AGENT_USAGE,
            provider=_ANTHROPIC,
            request_model=model,
            outcome="ok",
            usage=_usage_of_rest(rest),
            cost=NO_COST if rest.usd is None else Cost(usd=rest.usd, source=AGENT_SDK),
            around=around,
        )


def _usage_of_rest(rest: Amounts) -> Usage:
    """The rest's tokens. The totals do not split cache writes, so all count as written for five minutes."""
    return Usage(
        input_tokens=rest.input_tokens,
        cache_read_tokens=rest.cache_read_tokens,
        cache_write_5m_tokens=rest.cache_write_tokens,
        output_tokens=rest.output_tokens,
        web_search_requests=rest.web_search_requests,
    )


def _tool_runs(reading: _Reading, around: Surroundings) -> Iterator[ToolRun]:
    """The tools, from being asked for to their result; without one they were aborted with the run."""
    for tool in reading.tools.values():
        ended_s = reading.run.end_s if tool.ended_s is None else tool.ended_s
        yield ToolRun(
            place=tool.place,
            started_unix_ns=_unix_ns(reading, tool.began_s),
            duration_s=max(0.0, ended_s - tool.began_s),
            tool=tool.name,
            outcome="aborted" if tool.ended_s is None else "error" if tool.failed else "ok",
            error_type="tool_error" if tool.failed else "",
            around=around,
        )


def _agent_run(reading: _Reading, around: Surroundings, cost_usd: float | None) -> AgentRun:
    """The run itself."""
    run = reading.run
    outcome, error_type, message = _ended(run)
    turns = getattr(run.result, "num_turns", None)
    return AgentRun(
        place=run.began.place,
        started_unix_ns=run.began.unix_ns,
        duration_s=max(0.0, run.end_s - run.began.clock_s),
        agent=AGENT,
        outcome=outcome,
        request_model=reading.model or next((each.model for each in reading.messages.values()), ""),
        error_type=error_type,
        error_message=message,
        http_status=_status_told(reading),
        turns=turns if isinstance(turns, int) else None,
        cost_usd=cost_usd,
        stop_reason=_told(run.result, "terminal_reason") or _told(run.result, "stop_reason"),
        cli_telemetry=run.began.cli_telemetry or None,
        around=around,
    )


def _ended(run: ObservedRun) -> tuple[Outcome, str, str]:
    """How the run ended: outcome, error type, message. Cancelling and interrupting are the application's."""
    match run.ending:
        case "closed":
            return "aborted", "", ""
        case "raised" if isinstance(run.error, Exception):
            return "error", type(run.error).__name__, str(run.error)
        case "raised":
            return "cancelled", type(run.error).__name__, ""
        case "result" if _told(run.result, "terminal_reason") in _INTERRUPTED:
            return "cancelled", "", ""
        case "result" if getattr(run.result, "is_error", False):
            return "error", _error_type(run.result), _errors(run.result)
        case "result":
            return "ok", "", ""


def _error_type(result: object) -> str:
    """The API's error type by the status told, else the result's own word (`error_max_turns`)."""
    status = getattr(result, "api_error_status", None)
    return of_status(status) if isinstance(status, int) else _told(result, "subtype")


def _errors(result: object) -> str:
    """The texts of the errors."""
    errors: object = getattr(result, "errors", None)
    return "; ".join(map(str, errors)) if isinstance(errors, list) else ""  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]


def _status_told(reading: _Reading) -> int | None:
    """The HTTP status of the call that failed the run."""
    status = getattr(reading.run.result, "api_error_status", None)
    return status if isinstance(status, int) else None


def _told(result: object, name: str) -> str:
    """A word of the result."""
    value = getattr(result, name, None)
    return value if isinstance(value, str) else ""


def _unix_ns(reading: _Reading, at_s: float) -> int:
    """A time of the run's clock as nanoseconds since 1970."""
    began = reading.run.began
    return began.unix_ns + round(max(0.0, at_s - began.clock_s) * 1e9)
