"""What the local Messages API may answer: plain data, with no socket and no clock in it.

`Answer` is the closed union of the kinds. Every field has a usable default, so that a test names
only what it is about: `Reply()`, `Reply(usage=Usage(output_tokens=3))`, `Failure.overloaded()`.
"""

from __future__ import annotations

import concurrent.futures
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

StopReason: TypeAlias = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
]
ServiceTier: TypeAlias = Literal["standard", "priority", "batch"]
Speed: TypeAlias = Literal["standard", "fast"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text block."""

    text: str


@dataclass(frozen=True, slots=True)
class Thinking:
    """A thinking block with its signature."""

    thinking: str
    signature: str = "c2lnbmF0dXJlLW9mLXRoZS1kZW1v"


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A request of the model to run a tool of the caller; `id=None` gets an id from the server."""

    name: str
    input: JsonObject
    id: str | None = None


@dataclass(frozen=True, slots=True)
class WebSearch:
    """One web search run by the API: on the wire a `server_tool_use` block and its result block."""

    query: str
    titles: tuple[str, ...] = ("Result",)


Block: TypeAlias = Text | Thinking | ToolUse | WebSearch


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer. `input_tokens` counts uncached tokens only, as on the wire.

    `service_tier`, `inference_geo` and `speed` are left out of the body when `None`.
    """

    input_tokens: int = 12
    output_tokens: int = 7
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    thinking_tokens: int = 0
    web_search_requests: int = 0
    service_tier: ServiceTier | None = "standard"
    inference_geo: str | None = None
    speed: Speed | None = None

    @property
    def prompt_tokens(self) -> int:
        """All tokens of the prompt, cached or not."""
        return (
            self.input_tokens
            + self.cache_read_tokens
            + self.cache_write_5m_tokens
            + self.cache_write_1h_tokens
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """The figures of the `anthropic-ratelimit-*` headers; `reset_s` is seconds from now."""

    requests_limit: int = 4_000
    requests_remaining: int = 3_999
    input_tokens_limit: int = 2_000_000
    input_tokens_remaining: int = 1_990_000
    output_tokens_limit: int = 400_000
    output_tokens_remaining: int = 399_000
    reset_s: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorEvent:
    """After `after` events of the stream an `error` event comes; the HTTP status stays 200."""

    type: str = "overloaded_error"
    message: str = "Overloaded"
    after: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Truncated:
    """After `after` events the body ends as if complete: no `message_stop`, no transport error."""

    after: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnected:
    """After `after` events (a JSON body: after half of it) the connection is closed."""

    after: int = 4


Ending: TypeAlias = ErrorEvent | Truncated | Disconnected


class Pause:
    """A point where the server waits for the test: instead of a sleep.

    The server stops after `after` events of the stream (0: before the status line; a JSON answer
    always stops there), lets `wait_until_reached()` return, and goes on at `release()`.
    """

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self._reached = threading.Event()
        self._released: concurrent.futures.Future[None] = concurrent.futures.Future()

    def wait_until_reached(self, timeout_s: float = 10.0) -> None:
        """Block until the server stands at the pause; `TimeoutError` when it never comes there."""
        if not self._reached.wait(timeout_s):
            raise TimeoutError(f"the server did not reach the pause within {timeout_s} s")

    def release(self) -> None:
        """Let the server go on; calling it again does nothing."""
        if not self._released.done():
            self._released.set_result(None)

    def reach(self) -> concurrent.futures.Future[None]:
        """Called by the server: tell that the pause is reached, and get what to wait for."""
        self._reached.set()
        return self._released


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A message (HTTP 200), sent as JSON or as SSE, as the request asks.

    The SSE events are, in order: `message_start`, then per block `content_block_start`, (once)
    `ping`, `deltas` x `content_block_delta`, `content_block_stop`, and last `message_delta`,
    `message_stop`.
    On `/count_tokens` it gives `usage.prompt_tokens`.

    `stop_reason=None` is read from the blocks: `tool_use` if there is a `ToolUse`, else `end_turn`.
    `model=None` is the model of the request. `start_usage` is what `message_start` says where that
    differs from the final `usage` (default: the same with `output_tokens` 1, as the API does).
    Waits are in seconds: `delay_s` before the status line, `first_token_s` before the first delta,
    `delta_s` before each later delta; a JSON answer waits for their sum.
    """

    blocks: tuple[Block, ...] = (Text("Hello from the local Messages API."),)
    usage: Usage = field(default_factory=Usage)
    start_usage: Usage | None = None
    stop_reason: StopReason | None = None
    stop_sequence: str | None = None
    refusal_category: str | None = None
    refusal_explanation: str | None = None
    model: str | None = None
    message_id: str | None = None
    deltas: int = 3
    delay_s: float = 0.0
    first_token_s: float = 0.0
    delta_s: float = 0.0
    ending: Ending | None = None
    pause: Pause | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    rate_limits: RateLimits | None = field(default_factory=RateLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An error answer: `status`, the API's error `type`, and the retry headers when given.

    `retry_after_s` and `retry_after_ms` become `retry-after` and `retry-after-ms`; `should_retry`
    becomes `x-should-retry`, which the SDK obeys before it looks at the status.
    """

    status: int
    type: str
    message: str
    retry_after_s: float | None = None
    retry_after_ms: float | None = None
    should_retry: bool | None = None
    delay_s: float = 0.0
    pause: Pause | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    rate_limits: RateLimits | None = None

    @classmethod
    def overloaded(cls, *, retry_after_ms: float | None = 1, delay_s: float = 0.0) -> Failure:
        """529 `overloaded_error`. The 1 ms default keeps the SDK's back-off out of tests."""
        return cls(
            status=529,
            type="overloaded_error",
            message="Overloaded",
            retry_after_ms=retry_after_ms,
            delay_s=delay_s,
        )

    @classmethod
    def rate_limited(cls, *, retry_after_s: float | None = None, retry_after_ms: float | None = 1) -> Failure:
        """429 `rate_limit_error`, with the request limit used up in the rate-limit headers."""
        return cls(
            status=429,
            type="rate_limit_error",
            message="This request would exceed the rate limit of your organization.",
            retry_after_s=retry_after_s,
            retry_after_ms=retry_after_ms,
            rate_limits=RateLimits(requests_remaining=0),
        )

    @classmethod
    def server_error(cls, *, retry_after_ms: float | None = 1, delay_s: float = 0.0) -> Failure:
        """500 `api_error`."""
        return cls(
            status=500,
            type="api_error",
            message="Internal server error",
            retry_after_ms=retry_after_ms,
            delay_s=delay_s,
        )

    @classmethod
    def invalid_request(cls, message: str = "messages: at least one message is required") -> Failure:
        """400 `invalid_request_error`, which the SDK does not retry."""
        return cls(status=400, type="invalid_request_error", message=message)


@dataclass(frozen=True, slots=True)
class Event:
    """One server-sent event: its name, and its data as a JSON object."""

    name: str
    data: JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """An SSE answer given event by event, for what `Reply` has no field for.

    Start from `wire.events(Reply(...))` and change, drop or add. The body then ends normally;
    `disconnect=True` closes the connection instead.
    """

    events: tuple[Event, ...]
    delta_s: float = 0.0
    disconnect: bool = False
    pause: Pause | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """Bytes as they are: another endpoint's answer, a proxy's HTML page, a broken body."""

    body: bytes
    status: int = 200
    content_type: str = "application/json"
    delay_s: float = 0.0
    pause: Pause | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class HangUp:
    """The connection is closed without a byte: the SDK sees a connection error."""

    delay_s: float = 0.0


Answer: TypeAlias = Reply | Failure | Events | Raw | HangUp


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One HTTP request as the server read it. Header names are lower case; `number` starts at 1."""

    number: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: JsonObject

    @property
    def stream(self) -> bool:
        """Whether the body asks for server-sent events."""
        return self.body.get("stream") is True

    @property
    def model(self) -> str:
        """The model asked for, or an empty string."""
        model = self.body.get("model")
        return model if isinstance(model, str) else ""

    @property
    def retry_count(self) -> int:
        """How many attempts of the same SDK call came before this one."""
        return int(self.headers.get("x-stainless-retry-count", "0"))
