"""Bedrock's streams with the real SDK, whose bytes are frames: read as bytes, and read as events."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from botocore.eventstream import ChecksumMismatch  # pyright: ignore[reportMissingTypeStubs]

import kansoku.testing
from kansoku.record.facts import Call
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Reply, Usage
from tests.aws_frames import chunk, exception, told
from tests.integration.sdk import Sdk, only_call

CLIENT: Callable[..., Sdk] = anthropic.__dict__["AnthropicBedrock"]
ASYNC_CLIENT: Callable[..., Sdk] = anthropic.__dict__["AsyncAnthropicBedrock"]
KEYS: dict[str, Any] = {
    "aws_access_key": "AKIDEXAMPLE",
    "aws_secret_key": "secret",
    "aws_region": "us-east-1",
}
MODEL = "anthropic.claude-sonnet-5-5-v1:0"
ASK: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "x"}],
    "stream": True,
}
REPLY = Reply(usage=Usage(input_tokens=12, cache_read_tokens=30, output_tokens=7))
FRAMES = [
    chunk(wire.dump(each.data)) for each in wire.events(REPLY, model="claude-sonnet-5-5", message_id="msg_1")
]
WHOLE = b"".join(FRAMES)
BROKEN = b"".join((FRAMES[0], FRAMES[1][:-1] + bytes([FRAMES[1][-1] ^ 1]), *FRAMES[2:]))


class Pieces(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Bytes that come in small pieces, none of them a whole frame."""

    def __init__(self, whole: bytes) -> None:
        self._pieces = [whole[at : at + 37] for at in range(0, len(whole), 37)]

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def answer(body: bytes) -> httpx2.Response:
    headers = {"content-type": "application/vnd.amazon.eventstream", "x-amzn-RequestId": "aws_1"}
    return httpx2.Response(200, headers=headers, stream=Pieces(body))


def client_of(body: bytes) -> Sdk:
    transport = httpx2.MockTransport(lambda _: answer(body))
    return CLIENT(**KEYS, http_client=httpx2.Client(transport=transport))


def async_client_of(body: bytes) -> Sdk:
    async def answered(_: httpx2.Request) -> httpx2.Response:
        return answer(body)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(answered))
    return ASYNC_CLIENT(**KEYS, http_client=http)


def by_bytes(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK) as response:
        for _ in response.iter_bytes():
            pass


def by_chunks(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK) as response:
        for _ in response.iter_bytes(1024):
            pass


def by_raw(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK) as response:
        for _ in response.http_response.iter_raw():
            pass


def at_once(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK) as response:
        response.read()


def parsed(client: Sdk) -> None:
    for _ in client.messages.with_raw_response.create(**ASK).parse():
        pass


def raw_bytes(client: Sdk) -> None:
    for _ in client.messages.with_raw_response.create(**ASK).http_response.iter_bytes():
        pass


READ = [by_bytes, by_chunks, by_raw, at_once, parsed, raw_bytes]


def assert_read(captured: Captured) -> None:
    call = only_call(captured)
    assert (call.provider, call.outcome, call.stream) == ("aws.bedrock", "ok", True)
    used = call.usage
    assert (used.input_tokens, used.cache_read_tokens, used.output_tokens) == (12, 30, 7)
    assert (call.response_id, call.stop_reason, call.request_id) == ("msg_1", "end_turn", "aws_1")
    assert call.ttft_s is not None
    assert call.cost.usd is not None


@pytest.mark.parametrize("read", READ)
def test_frames_that_are_read_as_bytes_have_their_figures(
    captured: Captured, read: Callable[[Sdk], None]
) -> None:
    read(client_of(WHOLE))
    assert_read(captured)


@pytest.mark.parametrize("way", ["bytes", "raw", "parse"])
def test_frames_that_are_read_as_bytes_by_a_task_have_their_figures(captured: Captured, way: str) -> None:
    async def main() -> None:
        client = async_client_of(WHOLE)
        if way == "parse":
            raw = await client.messages.with_raw_response.create(**ASK)
            async for _ in await raw.parse():
                pass
            return
        async with client.messages.with_streaming_response.create(**ASK) as response:
            http = response.http_response
            async for _ in response.iter_bytes() if way == "bytes" else http.aiter_raw():
                pass

    asyncio.run(main())
    assert_read(captured)


def read_events(client: Sdk) -> None:
    for _ in client.messages.create(**ASK):
        pass


def told_by(captured: Captured, body: bytes, read: Callable[[Sdk], None]) -> Call:
    """The call whose stream was these bytes; whether reading it raises, and what, is the SDK's matter."""
    try:
        read(client_of(body))
    except (anthropic.APIError, ChecksumMismatch, ValueError):
        assert read is not by_bytes
    return only_call(captured)


EXCEPTIONS = [
    ("throttlingException", "rate_limit_error"),
    ("modelStreamErrorException", "api_error"),
    ("internalServerException", "api_error"),
    ("modelTimeoutException", "timeout_error"),
    ("serviceUnavailableException", "http_503"),
    ("validationException", "invalid_request_error"),
]


@pytest.mark.parametrize("read", [by_bytes, parsed, read_events])
@pytest.mark.parametrize(("kind", "error_type"), EXCEPTIONS)
def test_an_exception_in_the_middle_is_told_in_the_apis_words(
    captured: Captured, read: Callable[[Sdk], None], kind: str, error_type: str
) -> None:
    call = told_by(captured, FRAMES[0] + exception(kind, "Too many tokens"), read)
    assert (call.outcome, call.error_type, call.http_status) == ("error", error_type, 200)
    assert "Too many tokens" in call.error_message
    assert (call.usage.input_tokens, call.usage.output_tokens) == (12, None)


def test_an_exception_or_error_that_nobody_foresaw_keeps_its_name(captured: Captured) -> None:
    call = told_by(captured, exception("newException", "new"), by_bytes)
    assert (call.outcome, call.error_type, call.error_message) == ("error", "newException", "new")


def test_an_error_frame_is_told(captured: Captured) -> None:
    frame = told(b"", message_type="error", error_code="InternalError", error_message="An internal error")
    call = told_by(captured, FRAMES[0] + frame, by_bytes)
    assert (call.outcome, call.error_type, call.error_message) == (
        "error",
        "InternalError",
        "An internal error",
    )


def test_an_exception_that_the_sdk_does_not_know_is_no_status_of_200(captured: Captured) -> None:
    call = told_by(captured, exception("newException", "new"), read_events)
    assert (call.outcome, call.error_type) in {("error", "invalid_response"), ("error", "newException")}


@pytest.mark.parametrize("read", [by_bytes, parsed, read_events])
def test_frames_that_break_are_an_invalid_response(captured: Captured, read: Callable[[Sdk], None]) -> None:
    call = told_by(captured, BROKEN, read)
    assert (call.outcome, call.error_type) == ("error", "invalid_response")
    assert (call.usage.input_tokens, call.usage.output_tokens) == (12, None)


@pytest.mark.parametrize("read", [by_bytes, parsed, read_events])
def test_frames_that_end_too_early_are_a_truncated_stream(
    captured: Captured, read: Callable[[Sdk], None]
) -> None:
    call = told_by(captured, WHOLE[:-3], read)
    assert (call.outcome, call.error_type) == ("error", "truncated_stream")


def test_frames_that_are_left_early_are_aborted(captured: Captured) -> None:
    with client_of(WHOLE).messages.with_streaming_response.create(**ASK) as response:
        next(response.iter_bytes(len(FRAMES[0])))
    call = only_call(captured)
    assert (call.outcome, call.usage.input_tokens, call.usage.output_tokens) == ("aborted", 12, None)


METRICS = {
    "inputTokenCount": 12,
    "outputTokenCount": 7,
    "cacheReadInputTokenCount": 30,
    "cacheWriteInputTokenCount": 40,
    "invocationLatency": 900,
}


def with_metrics(begun: dict[str, int], **last: object) -> bytes:
    """A stream that begins with this usage, and whose last event tells Bedrock's own."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5"}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**message, "content": [], "usage": begun}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": METRICS, **last},
    ]
    return b"".join(chunk(json.dumps(each).encode()) for each in events)


@pytest.mark.parametrize("read", [by_bytes, parsed, read_events])
@pytest.mark.parametrize("told", [0, 1, None])
def test_the_metrics_of_the_last_event_tell_what_was_not_told_and_are_never_added(
    captured: Captured, read: Callable[[Sdk], None], told: int | None
) -> None:
    cached = {} if told is None else {"cache_read_input_tokens": told, "cache_creation_input_tokens": told}
    read(client_of(with_metrics({"input_tokens": 12, "output_tokens": 1, **cached})))
    used = only_call(captured).usage
    assert (used.input_tokens, used.output_tokens) == (12, 7)
    expected = (30, 40) if told is None else (told, told)
    assert (used.cache_read_tokens, used.cache_write_tokens) == expected


def test_the_usage_of_the_last_event_goes_before_its_metrics(captured: Captured) -> None:
    usage = {"output_tokens": 5, "cache_read_input_tokens": 31}
    by_bytes(client_of(with_metrics({"input_tokens": 12, "output_tokens": 1}, usage=usage)))
    used = only_call(captured).usage
    assert (used.cache_read_tokens, used.cache_write_tokens, used.output_tokens) == (31, 40, 7)


def test_what_is_said_in_frames_is_kept_where_it_is_asked_for() -> None:
    with kansoku.testing.capture(content=True) as captured:
        by_bytes(client_of(WHOLE))
    (span,) = captured.spans
    assert span.attributes is not None
    (message,) = json.loads(str(span.attributes["gen_ai.output.messages"]))
    assert message["parts"][0]["type"] == "text"
    assert message["parts"][0]["content"]
