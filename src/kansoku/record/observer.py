"""The observer of one call: begin, items, end, then a `Call`.

It does no I/O and knows neither sync nor async: the seam calls it from either. On the calling thread
it only keeps references and two clock readings; `read` does the rest later, on another thread.

Definitions: a *call* is one logical request of the application with its retries, a stream's reading
included; an *attempt* is one HTTP request of it. The *time to first chunk* is to the first content
delta of a stream, thinking included: `message_start` arrives before the model has written anything.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, Literal, cast

from kansoku.catalog.error_types import INVALID_RESPONSE, TRUNCATED_STREAM
from kansoku.catalog.fields import CHAT
from kansoku.catalog.prices import UNKNOWN_TOKENS
from kansoku.price.book import PriceBook, billed_model
from kansoku.price.usage import NO_COST, Cost, Iteration, Usage
from kansoku.record.attempts import SENT, UNANSWERED, Attempt, Mark, attempts_of, waited_s
from kansoku.record.body import Body
from kansoku.record.events import (
    BLOCK_START,
    CONTENT_DELTA,
    ERROR,
    MESSAGE_DELTA,
    MESSAGE_START,
    MESSAGE_STOP,
    type_of,
)
from kansoku.record.facts import Call, Foreign, Place, Surroundings
from kansoku.record.failure import Failure, Raised, failure_of, raised_of, told_failure
from kansoku.record.headers import AWS_REQUEST_ID, REQUEST_ID, Headers, at_hand
from kansoku.record.limits import headroom_of, retry_after_of
from kansoku.record.maker import maker
from kansoku.record.reading import NOTHING, Json, part, parts, plain, text
from kansoku.record.said import Said, Words
from kansoku.record.tool_results import ServerToolRun, ToolUse, server_tool_runs, tool_uses
from kansoku.record.usage import merged, passed_over, served_by, told_last, usage_of, with_searches

Ending = Literal["returned", "raised", "read", "closed"]
"""How a call ended: with a response, with an exception, with its stream read out, or left early."""

_KEPT = frozenset({MESSAGE_START, MESSAGE_DELTA, MESSAGE_STOP, BLOCK_START, ERROR})

UNSEEN = object()
"""The response of a call that was answered, and whose answer could not be looked at."""

_OK = Failure("ok")

_PROSE = frozenset({"text", "thinking", "redacted_thinking"})
_TOOL_BLOCKS = frozenset({"tool_use", "server_tool_use", "mcp_tool_use"})


@dataclass(frozen=True, slots=True)
class Began:
    """What is known when a call begins."""

    place: Place
    operation: str
    provider: str
    request_model: str
    stream: bool
    around: Surroundings
    unix_ns: int
    clock_s: float
    route: str = ""
    batch_id: str = ""
    duplicates: Foreign | None = None
    results: object = None


# `list[object]` makes a list too, in eight times the time.
_no_marks = cast("Callable[[], list[Mark]]", list)


def _unread(_: "CallObserver") -> "Call":
    """Of an observer that nobody reads."""
    raise NotImplementedError


@dataclass(slots=True)
class CallObserver:
    """Watches one call; `ended` is told once, when it is over, whatever comes after.

    Called, it is what `reads` makes of it: so it can wait in a queue by itself. It keeps few objects, as each
    that waits with it is one that Python's collector looks through on the application's threads.

    None of its methods that run on the calling thread parse or format anything. `place`, where it is set, is
    that of the span that the SDK made for the call, which `owner` keeps. `answer` is the last HTTP response,
    only while the SDK's `request` runs: a stream that is dropped must not be held by what watches it.
    `is_in_hooks` is set while the application's own event hooks run for an attempt: what they raise says
    nothing of the API. `passed_over` are answers that a middleware of the client got before it asked again;
    `keeps_streams` is set where there may be one, and `passing` is then the last answer, if that is a stream.
    """

    began: Began
    clock: Callable[[], float]
    ended: Callable[["CallObserver"], None]
    reads: Callable[["CallObserver"], Call] = _unread
    events: Sequence[object] = ()
    marks: list[Mark] = field(default_factory=_no_marks)
    headers: Headers | None = None
    answer: Any = None
    place: Place | None = None
    owner: object = None
    response: object = None
    raised: Raised | None = None
    ending: Ending | None = None
    end_s: float = 0.0
    first_chunk_s: float | None = None
    is_followed: bool = False
    uses: tuple[ToolUse, ...] = ()
    tool_names: tuple[str, ...] = ()
    server_runs: tuple[ServerToolRun, ...] = ()
    words: Words | None = None
    failure: Failure = _OK
    is_in_hooks: bool = False
    passed_over: tuple[Body, ...] = ()
    keeps_streams: bool = False
    passing: Body | None = None

    def __call__(self) -> Call:
        """The call as a fact."""
        return self.reads(self)

    def attempted(self) -> None:
        """An HTTP request goes out; what an earlier one was answered is past."""
        self.marks.append((SENT, self.clock()))
        self.headers = self.answer = self.passing = None
        self.is_in_hooks = False

    def answered(self, status: int, headers: Headers) -> None:
        """An HTTP response came."""
        self.marks.append((status, self.clock()))
        self.headers = headers

    def failed(self, error: BaseException | None) -> None:
        """An attempt failed and will be made again; `error` is what it raised where it was not answered."""
        if self.is_in_hooks:  # it was not sent yet, or answered already
            self.is_in_hooks = False
            return
        cause = "" if error is None else failure_of(error).error_type
        self.marks.append((cause or UNANSWERED, self.clock()))

    def item(self, event: object) -> None:
        """A stream's event other than a content delta."""
        kind = type_of(event)
        if kind in _KEPT:
            if isinstance(self.events, list):
                self.events.append(event)
            else:
                self.events = [event]
            if self.words is not None and kind == BLOCK_START:
                self.words.block(event)

    def delta(self, event: object) -> None:
        """A content delta came; after the first one only its words matter."""
        if self.first_chunk_s is None:
            self.first_chunk()
        if self.words is not None:
            self.words.delta(event)

    def first_chunk(self) -> None:
        """The first content delta came."""
        self.first_chunk_s = self.clock()

    def end(self, how: Ending, *, response: object = None, error: BaseException | None = None) -> None:
        """The call is over. Only the first end counts."""
        if self.ending is not None:
            return
        self.end_s = self.clock()
        self.ending = how
        self.response = response
        try:
            self.raised = None if error is None else self._raised(error)
        finally:  # what the application's exceptions do when they are looked at is theirs
            self.ended(self)

    def _raised(self, error: BaseException) -> Raised:
        """What the exception says of the call."""
        return raised_of(
            error,
            is_in_hooks=self.is_in_hooks,
            is_seen=bool(self.marks) and self.marks[0][0] == SENT,
            is_answered=isinstance(self.response, Body),
        )

    def read(self, prices: PriceBook) -> Call:
        """The call as a fact, priced."""
        self.headers = at_hand(self.headers)
        if isinstance(self.response, Body) and self.response.is_stream:
            for each in self.response.events():
                if type_of(each) != CONTENT_DELTA:
                    self.item(each)
                elif self.words is not None:
                    self.words.read(each)
        message = _message(self)
        told = part(message, "usage")
        blocks = _without_prose(message)
        if blocks:
            self.uses, self.server_runs = tool_uses(blocks), server_tool_runs(blocks)
            self.tool_names = tool_names_of(blocks)
        usage = _usage(self, told)
        if self.passed_over:
            usage = replace(usage, iterations=_with_passed_over(self.passed_over, told, usage.iterations))
        self.failure = _failure(self, message)
        cost = _cost(self, message, told, usage, prices)
        return _call(self, message, told, usage, cost)

    def said(self, words: Words, call: Call) -> Said:
        """What was said; after `read`, which made the call."""
        return words.said(parts(_message(self), "content"), is_partial=call.outcome != "ok")


def _cost(seen: CallObserver, message: Json, told: Json, usage: Usage, prices: PriceBook) -> Cost:
    """The call's price; one that got no message, or only counted tokens, bills nothing.

    But for answers that a middleware passed over before the last request failed.
    """
    if seen.began.operation != CHAT:
        return NO_COST
    if not message or text(message, "type") == ERROR:
        if seen.failure.outcome == "ok":
            return _UNREAD
        if not usage.iterations:
            return NO_COST
        usage = replace(usage, input_tokens=0, output_tokens=0)
    return prices.cost(
        usage,
        provider=seen.began.provider,
        model=billed_model(seen.began.provider, seen.began.request_model, text(message, "model")),
        started_unix_ns=seen.began.unix_ns,
        speed=text(told, "speed"),
        tier=text(told, "service_tier"),
        geo=text(told, "inference_geo"),
    )


def _call(seen: CallObserver, message: Json, told: Json, usage: Usage, cost: Cost) -> Call:
    """All parts put together."""
    began, failure = seen.began, seen.failure
    first = seen.first_chunk_s
    attempts = attempts_of(seen.marks)
    return _made(
        place=seen.place or began.place,
        started_unix_ns=began.unix_ns,
        duration_s=max(0.0, seen.end_s - began.clock_s),
        operation=began.operation,
        route=began.route,
        provider=began.provider,
        request_model=began.request_model,
        response_model=text(message, "model"),
        stream=began.stream,
        outcome=failure.outcome,
        error_type=failure.error_type,
        error_message=failure.message,
        http_status=_http_status(attempts, failure),
        stop_reason=text(message, "stop_reason"),
        refusal_category=text(part(message, "stop_details"), "category"),
        attempts=len(attempts) if attempts or seen.is_in_hooks else _retried(seen),
        attempt_statuses=_statuses(attempts, failure),
        retry_wait_s=waited_s(attempts),
        retry_after_s=retry_after_of(seen.headers),
        headroom=headroom_of(seen.headers),
        ttft_s=None if first is None else max(0.0, first - began.clock_s),
        usage=usage,
        cost=cost,
        service_tier=text(told, "service_tier"),
        speed=text(told, "speed"),
        inference_geo=text(told, "inference_geo"),
        request_id=_request_id(seen),
        response_id=text(message, "id"),
        tool_names=seen.tool_names,
        duplicates=began.duplicates,
        around=began.around,
    )


_made = maker(Call)
_UNREAD = Cost(unpriced_reason=UNKNOWN_TOKENS)
"""Of a call that was answered with what could not be read."""


def _request_id(seen: CallObserver) -> str:
    """The API's request id (on Bedrock AWS's): of the last answer, or as the SDK keeps it on what it gave."""
    if seen.headers is not None:
        told = seen.headers.get(REQUEST_ID) or seen.headers.get(AWS_REQUEST_ID)
        if isinstance(told, str):
            return told
    kept: object = getattr(seen.response, "_request_id", None)
    if isinstance(kept, str):
        return kept
    return "" if seen.raised is None else seen.raised.request_id


def _http_status(attempts: list[Attempt], failure: Failure) -> int | None:
    """The status of the last attempt, as the exception tells it or as it was seen."""
    if failure.http_status is not None or not attempts:
        return failure.http_status
    return attempts[-1].http_status


def _statuses(attempts: list[Attempt], failure: Failure) -> tuple[str, ...]:
    """How each attempt ended; the last one without an answer ended as the call did."""
    found = [each.status for each in attempts]
    if found and found[-1] == UNANSWERED:
        found[-1] = failure.outcome if failure.outcome != "error" else failure.error_type
    return tuple(found)


def _retried(seen: CallObserver) -> int | None:
    """Attempts as the SDK counted them where none was seen, or unknown."""
    return None if seen.raised is None else seen.raised.attempts


def _failure(seen: CallObserver, message: Json) -> Failure:
    """How the call ended, by its ending, its exception and, for a stream, its last event."""
    body = seen.response if isinstance(seen.response, Body) else None
    is_stream = body is not None and body.is_stream
    if seen.ending == "raised":
        return _raised(seen)
    if not is_stream and (seen.ending == "returned" or (seen.ending == "read" and body is not None)):
        return _answered(seen, body, message)
    told = next((event for event in seen.events if type_of(event) == ERROR), None)
    return _streamed(seen, body) if told is None else told_failure(plain(told))


def _streamed(seen: CallObserver, body: Body | None) -> Failure:
    """How a stream ended that told no error."""
    if body is not None and body.is_broken:
        return Failure("error", INVALID_RESPONSE, message="the frames of the stream are broken")
    is_known = bool(seen.events) or body is None or (body.is_stream and body.is_readable)
    stopped = any(type_of(event) == MESSAGE_STOP for event in seen.events)
    if stopped or not is_known or seen.began.operation != CHAT:
        return _OK
    if seen.ending == "closed":
        return Failure("aborted")
    return Failure("error", TRUNCATED_STREAM, message="the stream ended before message_stop")


def _answered(seen: CallObserver, body: Body | None, message: Json) -> Failure:
    """How a call ended that was answered in one piece: with a message, with an error, or with neither."""
    if seen.began.operation != CHAT:
        return _OK
    if text(message, "type") == ERROR:
        return told_failure(message)
    is_read = isinstance(seen.response, _ANSWERS) or bool(message) if body is None else body.is_readable
    if not is_read or not _OF_MESSAGES.isdisjoint(message):
        return _OK
    return Failure("error", INVALID_RESPONSE, message="the answer is no message")


_ANSWERS = (str, list, dict, type(None))
"""What the SDK makes of an answer that is no message; of what else it was asked for nothing is known."""

_OF_MESSAGES = frozenset({"id", "type", "content", "usage", "model"})


def _raised(seen: CallObserver) -> Failure:
    """How the call ended that raised, maybe when its message was there already, whole."""
    if seen.raised is None:
        return Failure("error")
    answer = seen.response
    is_answered = isinstance(answer, Body) and not answer.is_stream and bool(text(answer.message(), "id"))
    return seen.raised.if_answered if is_answered else seen.raised.failure


def _message(seen: CallObserver) -> Json:
    """The message: as returned, or put together from the stream's events; empty when there is none."""
    if isinstance(seen.response, Body) and not seen.response.is_stream:
        return seen.response.message()
    return _assembled(map(plain, seen.events)) if seen.events else plain(seen.response)


def _assembled(events: Iterable[Json]) -> Json:
    """The message that a stream's events tell."""
    message: Json = NOTHING
    usage: Json = NOTHING
    blocks: list[Json] = []
    for event in events:
        match text(event, "type"):
            case "message_start":
                message = merged(message, part(event, "message"))
                usage = merged(usage, part(message, "usage"))
            case "message_delta":
                message = merged(message, part(event, "delta"))
                usage = merged(usage, part(event, "usage"))
            case "message_stop":
                usage = merged(told_last(event), usage)
            case "content_block_start":
                blocks.append(part(event, "content_block"))
            case _:
                pass
    if not message:
        return NOTHING
    model = served_by(usage) or message.get("model")
    return {**message, "model": model, "usage": usage, "content": blocks}


def _with_passed_over(
    bodies: tuple[Body, ...], told: Json, inner: tuple[Iteration, ...]
) -> tuple[Iteration, ...]:
    """What is billed beside the usage, with the answers that a middleware passed over.

    Where the SDK joined streams, the usage tells their tokens already, and only their searches are added.
    """
    messages = [_assembled(each.events()) if each.is_stream else each.message() for each in bodies]
    if served_by(told) and all(each.is_stream for each in bodies):
        return with_searches(inner, messages)
    return (*chain.from_iterable(map(passed_over, messages)), *inner)


def _without_prose(message: Json) -> list[Json]:
    """The message's blocks but for those that only hold words: of the others much is asked."""
    return [each for each in parts(message, "content") if text(each, "type") not in _PROSE]


def _usage(seen: CallObserver, told: Json) -> Usage:
    """The call's usage; the output of a stream is unknown until a `message_delta` told it."""
    if not seen.events:
        return usage_of(told)
    return usage_of(told, output_known=any(type_of(event) == MESSAGE_DELTA for event in seen.events))


def tool_names_of(blocks: Iterable[Json]) -> tuple[str, ...]:
    """Names of the tools that the model asked for, each once, in order."""
    names = (text(block, "name") for block in blocks if text(block, "type") in _TOOL_BLOCKS)
    return tuple(dict.fromkeys(filter(None, names)))
