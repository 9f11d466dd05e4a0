"""The seeded plan of the demo's API: mostly healthy answers, and the faults a real API has.

The answer to the n-th request follows from the seed, n, the request and the time alone.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku_demo import incidents, wire
from kansoku_demo.answers import (
    Block,
    Disconnected,
    Ending,
    ErrorEvent,
    Failure,
    Json,
    JsonObject,
    RateLimits,
    Raw,
    Received,
    Reply,
    StopReason,
    Text,
    Thinking,
    ToolUse,
    Truncated,
    Usage,
    WebSearch,
)
from kansoku_demo.cadence import Cadence
from kansoku_demo.prompt_cache import PromptCache, PromptTokens, count

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kansoku_demo.answers import Answer
    from kansoku_demo.incidents import Trouble

_THOUGHTS = (
    "The request touches two rules. I compare them, then check the dates, and choose the stricter.",
    "まず条件を整理し、例外に当たるかを確かめてから答えを決めます。",
)
_DEFAULT_ANSWER = "Thank you. I have looked into it and everything is in order."
_DELTA_TOKENS = 8
_MOST_DELTAS = 24

# Shares of replies, of requests that offer tools, and of slow first tokens.
_REFUSED = 0.003
_CUT_OFF = 0.010
_USES_TOOL = 0.75
_USES_TOOL_AGAIN = 0.12
_SEARCHES_WEB = 0.5
_STALLED = 0.008
_STALLED_IN_INCIDENT = 0.6


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a model is: the median seconds to its first token, and tokens per second after."""

    first_token_s: float
    tokens_per_s: float


@dataclass(frozen=True, slots=True)
class FaultRates:
    """Shares of HTTP attempts that fail in a way a retry heals; by default a healthy API."""

    overloaded: float = 0.008
    rate_limited: float = 0.010
    server_error: float = 0.004


_PACES: tuple[tuple[str, Pace], ...] = (
    ("haiku", Pace(0.45, 110.0)),
    ("sonnet", Pace(0.70, 65.0)),
    ("opus", Pace(1.00, 55.0)),
)
_OTHER_PACE = Pace(0.6, 80.0)
_IN_OVERLOAD = FaultRates(overloaded=0.35)
_IN_RATE_LIMIT = FaultRates(rate_limited=0.35)


class SeededPlan:
    """Gives `MessagesServer` its answers.

    `known_answers` maps a user's text to the text of the reply. No incident starts before
    `quiet_until_s` (unix seconds), so that a first look meets a healthy app. `speed` divides
    every wait: a test passes a large number.
    """

    def __init__(
        self,
        seed: int,
        known_answers: Mapping[str, str],
        *,
        clock: Callable[[], float] = time.time,
        quiet_until_s: float = 0.0,
        speed: float = 1.0,
    ) -> None:
        self._seed = seed
        self._known_answers = known_answers
        self._clock = clock
        self._quiet_until_s = quiet_until_s
        self._speed = speed
        self._cache = PromptCache()
        self._asked = 0
        # What no retry heals comes at an even pace: about three calls in a thousand.
        self._invalid = Cadence(every=900, first=310)
        self._error_event = Cadence(every=330, first=60)
        self._truncated = Cadence(every=900, first=420)
        self._disconnected = Cadence(every=1_800, first=910)

    def __call__(self, request: Received) -> Answer:
        """The answer to the next request."""
        self._asked += 1
        rng = random.Random(f"{self._seed}:{self._asked}")  # noqa: S311 - a plan, not a secret
        now_s = self._clock()
        trouble = self._trouble(now_s)
        failure = self._failure(rng, request, trouble)
        if failure is not None:
            return failure
        tokens = self._cache.split(request.body, now_s)
        if request.path == wire.COUNT_TOKENS_PATH:
            total = tokens.uncached + tokens.read + tokens.written_5m + tokens.written_1h
            return Raw(body=wire.dump({"input_tokens": total}), delay_s=0.08 / self._speed)
        return self._reply(rng, request, tokens, trouble)

    def _trouble(self, now_s: float) -> Trouble | None:
        if now_s < self._quiet_until_s:
            return None
        incident = incidents.at(self._seed, now_s)
        return None if incident is None else incident.trouble

    def _failure(self, rng: random.Random, request: Received, trouble: Trouble | None) -> Failure | None:
        if request.retry_count == 0 and self._invalid.due():
            return Failure.invalid_request("prompt is too long: 1048601 tokens > 1000000 maximum")
        rates = _rates(trouble)
        draw = rng.random()
        delay_s = rng.uniform(0.05, 0.3) / self._speed
        if draw < rates.overloaded:
            return Failure.overloaded(retry_after_ms=None, delay_s=delay_s)
        draw -= rates.overloaded
        if draw < rates.rate_limited:
            return Failure.rate_limited(retry_after_ms=rng.uniform(300, 1_500) / self._speed)
        draw -= rates.rate_limited
        if draw < rates.server_error:
            return Failure.server_error(retry_after_ms=None, delay_s=delay_s)
        return None

    def _reply(
        self,
        rng: random.Random,
        request: Received,
        tokens: PromptTokens,
        trouble: Trouble | None,
    ) -> Reply:
        blocks, stop_reason = self._message(rng, request.body)
        usage = _usage(request.body, tokens, blocks)
        pace = _pace(request.model)
        deltas = max(2, min(_MOST_DELTAS, usage.output_tokens // _DELTA_TOKENS // len(blocks)))
        writing_s = usage.output_tokens / (pace.tokens_per_s * rng.uniform(0.8, 1.2))
        first_token_s = _first_token_s(rng, pace, tokens, trouble)
        refused = stop_reason == "refusal"
        return Reply(
            blocks=blocks,
            usage=usage,
            stop_reason=stop_reason,
            refusal_category=rng.choice(("cyber", "general_harms")) if refused else None,
            deltas=deltas,
            delay_s=0.25 * first_token_s / self._speed,
            first_token_s=0.75 * first_token_s / self._speed,
            delta_s=writing_s / (deltas * len(blocks)) / self._speed,
            ending=self._ending(request),
            rate_limits=_rate_limits(rng),
        )

    def _ending(self, request: Received) -> Ending | None:
        if not request.stream:
            return None
        if self._error_event.due():
            return ErrorEvent(after=5)
        if self._truncated.due():
            return Truncated(after=5)
        return Disconnected(after=5) if self._disconnected.due() else None

    def _message(self, rng: random.Random, body: JsonObject) -> tuple[tuple[Block, ...], StopReason | None]:
        draw = rng.random()
        if draw < _REFUSED:
            return (Text("I cannot help with this request."),), "refusal"
        text = self._known_answers.get(_question(body), _DEFAULT_ANSWER)
        if draw < _REFUSED + _CUT_OFF:
            return (Text(text[: len(text) * 2 // 3]),), "max_tokens"
        thinking = (Thinking(rng.choice(_THOUGHTS)),) if body.get("thinking") else ()
        tool = _tool_to_use(rng, body)
        if tool is not None:
            return (*thinking, tool), None
        return (*thinking, *_web_searches(rng, body), Text(text)), None


def _rates(trouble: Trouble | None) -> FaultRates:
    if trouble == "overloaded":
        return _IN_OVERLOAD
    return _IN_RATE_LIMIT if trouble == "rate_limited" else FaultRates()


def _pace(model: str) -> Pace:
    return next((pace for family, pace in _PACES if family in model), _OTHER_PACE)


def _first_token_s(rng: random.Random, pace: Pace, tokens: PromptTokens, trouble: Trouble | None) -> float:
    uncached = tokens.uncached + tokens.written_5m + tokens.written_1h
    seconds = pace.first_token_s * rng.lognormvariate(0, 0.3) + uncached / 20_000
    if trouble == "slow_first_token" and rng.random() < _STALLED_IN_INCIDENT:
        return seconds + rng.uniform(4, 9)
    return seconds + (rng.uniform(2, 5) if rng.random() < _STALLED else 0.0)


def _rate_limits(rng: random.Random) -> RateLimits:
    return RateLimits(
        requests_remaining=rng.randint(3_300, 3_900),
        input_tokens_remaining=rng.randint(1_500_000, 1_900_000),
        output_tokens_remaining=rng.randint(330_000, 390_000),
    )


def _usage(body: JsonObject, tokens: PromptTokens, blocks: tuple[Block, ...]) -> Usage:
    thinking = sum(3 * count(b.thinking) for b in blocks if isinstance(b, Thinking))
    searches = sum(isinstance(block, WebSearch) for block in blocks)
    geo = body.get("inference_geo")
    return Usage(
        # What the API finds on the web is read by the model, too.
        input_tokens=tokens.uncached + 900 * searches,
        output_tokens=thinking + sum(_written(block) for block in blocks),
        cache_read_tokens=tokens.read,
        cache_write_5m_tokens=tokens.written_5m,
        cache_write_1h_tokens=tokens.written_1h,
        thinking_tokens=thinking,
        web_search_requests=searches,
        inference_geo=geo if isinstance(geo, str) else "global",
        speed="fast" if body.get("speed") == "fast" else "standard",
    )


def _written(block: Block) -> int:
    match block:
        case Text(text):
            return count(text) + 4
        case ToolUse(_, tool_input):
            return count(wire.dump(tool_input).decode()) + 25
        case WebSearch(query):
            return count(query) + 20
        case Thinking():
            return 0


def _question(body: JsonObject) -> str:
    """The last text of the user, past any tool results."""
    messages = body.get("messages")
    for message in reversed(messages if isinstance(messages, list) else []):
        match message:
            case {"role": "user", "content": str(text)}:
                return text
            case {"role": "user", "content": [{"type": "text", "text": str(text)}, *_]}:
                return text
            case _:
                continue
    return ""


def _tool_to_use(rng: random.Random, body: JsonObject) -> ToolUse | None:
    tools = body.get("tools")
    own = [
        tool
        for tool in (tools if isinstance(tools, list) else [])
        if isinstance(tool, dict) and "input_schema" in tool
    ]
    wanted = _USES_TOOL_AGAIN if _after_tool_result(body) else _USES_TOOL
    if not own or rng.random() >= wanted:
        return None
    tool = rng.choice(own)
    return ToolUse(str(tool.get("name")), _tool_input(rng, tool.get("input_schema")))


def _after_tool_result(body: JsonObject) -> bool:
    match body.get("messages"):
        case [*_, {"content": [{"type": "tool_result"}, *_]}]:
            return True
        case _:
            return False


def _tool_input(rng: random.Random, schema: Json) -> JsonObject:
    """A value for each property, from the schema's `examples`."""
    match schema:
        case {"properties": dict(properties)}:
            return {name: _example(rng, value) for name, value in properties.items()}
        case _:
            return {}


def _example(rng: random.Random, schema: Json) -> Json:
    match schema:
        case {"examples": [*examples]} if examples:
            return rng.choice(examples)
        case _:
            return "demo"


def _web_searches(rng: random.Random, body: JsonObject) -> tuple[WebSearch, ...]:
    tools = body.get("tools")
    offered = any(
        isinstance(tool, dict) and str(tool.get("type")).startswith("web_search")
        for tool in (tools if isinstance(tools, list) else [])
    )
    if not offered or rng.random() >= _SEARCHES_WEB:
        return ()
    return (WebSearch(_question(body)[:60], ("Shop guide", "Buyers' forum")),)
