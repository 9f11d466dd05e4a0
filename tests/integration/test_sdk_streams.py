"""Every way of reading and of leaving a stream: one call, the totals of its last event, never a guess."""

import asyncio
import gc
import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace

import anthropic
import httpx2
import pytest
from anthropic.lib.streaming import AsyncMessageStream, MessageStream

import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import (
    Disconnected,
    ErrorEvent,
    Event,
    Events,
    JsonObject,
    Pause,
    Raw,
    Reply,
    Text,
    Thinking,
    ToolUse,
    Truncated,
    Usage,
)
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, Sdk, async_client_of, client_of, close_clients, only_call

FINAL = Usage(
    input_tokens=320,
    cache_read_tokens=2_000,
    cache_write_1h_tokens=50,
    output_tokens=40,
    thinking_tokens=12,
    web_search_requests=1,
)
REPLY = Reply(
    usage=FINAL,
    start_usage=Usage(input_tokens=1, output_tokens=8, inference_geo="us", cache_write_1h_tokens=50),
    blocks=(Text("a b c"), ToolUse("look", {"id": 1})),
)


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="s") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def read_all(client: Sdk) -> None:
    for _ in client.messages.create(**ASK, stream=True):
        pass


def read_by_next(client: Sdk) -> None:
    stream = client.messages.create(**ASK, stream=True)
    assert next(stream).type == "message_start"
    while next(stream, None) is not None:
        pass


def read_to_message_stop(client: Sdk) -> None:
    with client.messages.create(**ASK, stream=True) as stream:
        for event in stream:
            if event.type == "message_stop":
                break


def helper_events(client: Sdk) -> None:
    with client.messages.stream(**ASK) as stream:
        assert [event.type for event in stream][-1] == "message_stop"


def helper_text(client: Sdk) -> None:
    with client.messages.stream(**ASK) as stream:
        assert "".join(stream.text_stream) == "a b c"


def helper_final(client: Sdk) -> None:
    with client.messages.stream(**ASK) as stream:
        assert stream.get_final_message().usage.output_tokens == 40


def beta_helper(client: Sdk) -> None:
    with client.beta.messages.stream(**ASK) as stream:
        stream.until_done()


def raw_parsed(client: Sdk) -> None:
    for _ in client.messages.with_raw_response.create(**ASK, stream=True).parse():
        pass


def raw_bytes(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        assert b"message_stop" in b"".join(response.iter_bytes())


def raw_lines(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        for _ in response.iter_lines():
            pass


READ: list[Callable[[Sdk], None]] = [
    read_all,
    read_by_next,
    read_to_message_stop,
    helper_events,
    helper_text,
    helper_final,
    beta_helper,
    raw_parsed,
    raw_bytes,
    raw_lines,
]


def assert_read(captured: Captured) -> None:
    """The figures of `REPLY`, read to its end."""
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.stream, call.http_status) == ("ok", "", True, 200)
    assert (call.stop_reason, call.tool_names, call.response_model) == ("tool_use", ("look",), MODEL)
    used = call.usage
    assert (used.input_tokens, used.output_tokens, used.cache_read_tokens) == (320, 40, 2_000)
    assert (used.cache_write_1h_tokens, used.thinking_tokens, used.web_search_requests) == (50, 12, 1)
    assert (call.service_tier, call.inference_geo) == ("standard", "us")
    assert call.ttft_s is not None
    assert 0 < call.ttft_s <= call.duration_s
    assert call.response_id == f"msg_{call.request_id.removeprefix('req_')}"
    assert captured.metric("claude_active_streams") == 0
    assert captured.metric("claude_ttft_seconds", MODEL) == 1


@pytest.mark.parametrize("read", READ)
def test_a_stream_read_to_its_end(
    api: MessagesServer, captured: Captured, read: Callable[[Sdk], None]
) -> None:
    api.script(REPLY)
    read(client_of(api))
    assert_read(captured)


@pytest.mark.parametrize("way", ["create", "next", "events", "text", "final", "raw", "bytes"])
def test_an_async_stream_read_to_its_end(api: MessagesServer, captured: Captured, way: str) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            match way:
                case "create":
                    async for _ in await client.messages.create(**ASK, stream=True):
                        pass
                case "next":
                    stream = await client.messages.create(**ASK, stream=True)
                    while await anext(stream, None) is not None:
                        pass
                case "raw":
                    raw = await client.messages.with_raw_response.create(**ASK, stream=True)
                    async for _ in await raw.parse():
                        pass
                case "bytes":
                    async with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
                        async for _ in response.iter_bytes():
                            pass
                case _:
                    async with client.messages.stream(**ASK) as helper:
                        await read_helper(helper, way)

    api.script(REPLY)
    asyncio.run(main())
    assert_read(captured)


async def read_helper(stream: Sdk, way: str) -> None:
    match way:
        case "events":
            async for _ in stream:
                pass
        case "text":
            assert "".join([text async for text in stream.text_stream]) == "a b c"
        case _:
            await stream.get_final_message()


def unconsumed(client: Sdk) -> None:
    with client.messages.stream(**ASK):
        pass


def early_break(client: Sdk) -> None:
    with client.messages.stream(**ASK) as stream:
        for event in stream:
            if event.type == "content_block_delta":
                break


def closed(client: Sdk) -> None:
    stream = client.messages.create(**ASK, stream=True)
    next(stream)
    stream.close()
    stream.close()


def dropped_unread(client: Sdk) -> None:
    client.messages.create(**ASK, stream=True)
    gc.collect()


def dropped_half_read(client: Sdk) -> None:
    stream = client.messages.create(**ASK, stream=True)
    next(stream)
    del stream
    gc.collect()


def exception_in_the_block(client: Sdk) -> None:
    with pytest.raises(ZeroDivisionError), client.messages.stream(**ASK):
        _ = 1 / 0


def raw_left_early(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        next(response.iter_bytes(16))


LEFT: list[Callable[[Sdk], None]] = [
    unconsumed,
    early_break,
    closed,
    dropped_unread,
    dropped_half_read,
    exception_in_the_block,
    raw_left_early,
]


@pytest.mark.parametrize("leave", LEFT)
def test_a_stream_left_early_is_aborted_and_its_output_unknown(
    api: MessagesServer, captured: Captured, leave: Callable[[Sdk], None]
) -> None:
    pause = Pause(after=4)
    api.script(replace(REPLY, pause=pause))
    leave(client_of(api))
    pause.release()
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("aborted", "")
    assert call.usage.output_tokens is None
    assert call.cost.usd is None
    assert captured.metric("claude_api_calls", MODEL, "aborted") == 1
    assert captured.metrics["claude_api_errors"] == {}
    assert captured.metrics["claude_tokens"][(MODEL, "output")] == 0
    assert captured.metric("claude_active_streams") == 0
    assert captured.spans[0].status.is_unset


@pytest.mark.parametrize("way", ["unconsumed", "break", "dropped", "exception"])
def test_an_async_stream_left_early_is_aborted(api: MessagesServer, captured: Captured, way: str) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            match way:
                case "unconsumed":
                    async with client.messages.stream(**ASK):
                        pass
                case "break":
                    async with client.messages.stream(**ASK) as stream:
                        async for _ in stream:
                            break
                case "exception":
                    with pytest.raises(ZeroDivisionError):
                        async with client.messages.stream(**ASK) as stream:
                            _ = 1 / 0
                case _:
                    await client.messages.create(**ASK, stream=True)
                    gc.collect()

    pause = Pause(after=4)
    api.script(replace(REPLY, pause=pause))
    asyncio.run(main())
    pause.release()
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens) == ("aborted", None)
    assert captured.metric("claude_active_streams") == 0


def test_what_the_start_told_is_kept_when_a_stream_is_left_early(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(Reply(usage=Usage(input_tokens=31, cache_read_tokens=7)))
    early_break(client_of(api))
    call = only_call(captured)
    assert (call.usage.input_tokens, call.usage.cache_read_tokens) == (31, 7)
    assert call.cost.unpriced_reason == "tokens unknown"
    assert call.ttft_s is not None


def test_streams_keep_their_types(api: MessagesServer, captured: Captured) -> None:
    client = client_of(api)
    with client.messages.create(**ASK, stream=True) as stream:
        assert type(stream) is anthropic.Stream
    with client.messages.stream(**ASK) as helper:
        assert type(helper) is MessageStream

    async def main() -> None:
        async with async_client_of(api) as client:
            async with await client.messages.create(**ASK, stream=True) as stream:
                assert type(stream) is anthropic.AsyncStream
            async with client.messages.stream(**ASK) as helper:
                assert type(helper) is AsyncMessageStream

    asyncio.run(main())
    assert len(captured.calls) == 4


def test_open_streams_are_counted_while_they_are_read(api: MessagesServer, captured: Captured) -> None:
    first = client_of(api).messages.create(**ASK, stream=True)
    second = client_of(api).messages.create(**ASK, stream=True)
    assert captured.metric("claude_active_streams") == 2
    first.close()
    assert captured.metric("claude_active_streams") == 1
    for _ in second:
        pass
    assert captured.metric("claude_active_streams") == 0


def test_thinking_is_the_first_chunk(api: MessagesServer, captured: Captured) -> None:
    pause = Pause(after=4)  # message_start, content_block_start, ping, one thinking delta
    api.script(Reply(blocks=(Thinking("first"), Text("then")), pause=pause))
    stream = client_of(api).messages.create(**ASK, stream=True)
    next(stream)
    next(stream)
    last = next(stream)
    assert last.type == "content_block_delta"
    assert last.delta.type == "thinking_delta"
    stream.close()
    pause.release()
    assert only_call(captured).ttft_s is not None


def test_a_stream_without_content_has_no_first_chunk(api: MessagesServer, captured: Captured) -> None:
    events = wire.events(Reply(blocks=()))
    api.script(Events(events=events))
    read_all(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.ttft_s) == ("ok", None)


def deltas(*usages: JsonObject) -> Events:
    """A stream with one `message_delta` for each usage."""
    *before, _, stop = wire.events(Reply(usage=Usage(input_tokens=5)))
    told = [
        Event(
            "message_delta", {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
        )
        for usage in usages
    ]
    return Events(events=(*before, *told, stop))


def test_several_cumulative_deltas_are_never_added(api: MessagesServer, captured: Captured) -> None:
    api.script(deltas({"output_tokens": 10, "input_tokens": 6}, {"output_tokens": 25}, {"output_tokens": 31}))
    read_all(client_of(api))
    usage = only_call(captured).usage
    assert (usage.output_tokens, usage.input_tokens) == (31, 6)


def test_a_stale_split_of_cache_writes_is_corrected_to_the_total(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(
        Reply(
            usage=Usage(cache_write_5m_tokens=3_068, cache_write_1h_tokens=269),
            start_usage=Usage(cache_write_1h_tokens=269),
        )
    )
    read_all(client_of(api))
    usage = only_call(captured).usage
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (3_068, 269)
    assert usage.cache_write_tokens == 3_337


def test_iterations_on_another_model_are_billed(api: MessagesServer, captured: Captured) -> None:
    advisor: JsonObject = {
        "type": "advisor_message",
        "model": "claude-opus-5-5",
        "input_tokens": 1_000_000,
        "output_tokens": 0,
    }
    own: JsonObject = {"type": "message", "input_tokens": 5, "output_tokens": 9}
    api.script(deltas({"output_tokens": 9, "iterations": [own, advisor]}))
    with client_of(api).beta.messages.stream(**ASK) as stream:
        stream.until_done()
    call = only_call(captured)
    assert [each.model for each in call.usage.iterations] == ["claude-opus-5-5"]
    assert call.cost.usd == pytest.approx(4 + (5 * 2 + 9 * 10) / 1e6)


@pytest.mark.parametrize("read", [read_all, helper_events, raw_parsed, beta_helper])
def test_an_error_in_the_middle_of_a_stream_is_the_apis(
    api: MessagesServer, captured: Captured, read: Callable[[Sdk], None]
) -> None:
    api.script(Reply(ending=ErrorEvent(type="overloaded_error", after=4)))
    with pytest.raises(anthropic.APIStatusError):
        read(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.http_status) == ("error", "overloaded_error", 200)
    assert call.usage.output_tokens is None
    assert captured.metric("claude_api_errors", MODEL, "overloaded_error") == 1
    assert captured.logs[0]["event"] == "api_call_error"


def test_an_error_in_the_middle_of_raw_bytes_is_the_apis(api: MessagesServer, captured: Captured) -> None:
    api.script(Reply(ending=ErrorEvent(type="overloaded_error", after=4)))
    with client_of(api).messages.with_streaming_response.create(**ASK, stream=True) as response:
        response.read()
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "overloaded_error")


@pytest.mark.parametrize("read", [read_all, raw_lines])
def test_a_truncated_stream_is_an_error(
    api: MessagesServer, captured: Captured, read: Callable[[Sdk], None]
) -> None:
    api.script(Reply(ending=Truncated(after=5)))
    read(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "truncated_stream")
    assert call.usage.output_tokens is None


@pytest.mark.parametrize("read", [read_all, raw_lines])
def test_a_disconnected_stream_is_an_error(
    api: MessagesServer, captured: Captured, read: Callable[[Sdk], None]
) -> None:
    api.script(Reply(ending=Disconnected(after=5)))
    with pytest.raises((httpx2.HTTPError, anthropic.APIConnectionError)):
        read(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "truncated_stream")


def test_broken_data_in_a_stream_is_the_apis(api: MessagesServer, captured: Captured) -> None:
    api.script(Raw(body=b"event: message_start\ndata: {oops\n\n", content_type="text/event-stream"))
    with pytest.raises(ValueError, match="property name"):
        read_all(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "invalid_response")


def test_cancelling_a_read_is_the_applications_doing(api: MessagesServer, captured: Captured) -> None:
    pause = Pause(after=5)
    api.script(Reply(pause=pause))

    async def read(client: Sdk) -> None:
        async for _ in await client.messages.create(**ASK, stream=True):
            pass

    async def main() -> None:
        async with async_client_of(api) as client:
            reading = asyncio.create_task(read(client))
            await asyncio.to_thread(pause.wait_until_reached)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading

    asyncio.run(main())
    pause.release()
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("cancelled", "CancelledError")
    assert captured.metrics["claude_api_errors"] == {}
    assert captured.metric("claude_active_streams") == 0


def compressed(body: bytes, content_type: str, encoding: str) -> Sdk:
    """A client whose answers are compressed, as those of the real API are."""
    headers = {"content-type": content_type, "content-encoding": encoding}
    http = httpx2.Client(
        transport=httpx2.MockTransport(
            lambda _: httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(body))
        )
    )
    return anthropic.Anthropic(api_key="local", http_client=http)


SSE = b"".join(map(wire.encode, wire.events(Reply())))


@pytest.mark.parametrize(
    ("body", "encoding"), [(gzip.compress(SSE, mtime=0), "gzip"), (zlib.compress(SSE), "deflate")]
)
def test_a_compressed_stream_read_raw_has_its_figures(captured: Captured, body: bytes, encoding: str) -> None:
    client = compressed(body, "text/event-stream", encoding)
    with client.messages.with_streaming_response.create(**ASK, stream=True) as response:
        assert b"message_stop" in response.read()
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens) == ("ok", 7)


def test_a_compressed_answer_read_as_a_streaming_response_has_its_figures(captured: Captured) -> None:
    message: JsonObject = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": MODEL,
        "content": [],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 1_000, "output_tokens": 100},
    }
    client = compressed(gzip.compress(json.dumps(message).encode()), "application/json", "gzip")
    with client.messages.with_streaming_response.create(**ASK) as response:
        assert response.parse().id == "msg_1"
    call = only_call(captured)
    assert (call.response_model, call.usage.input_tokens, call.usage.output_tokens) == (MODEL, 1_000, 100)
    assert call.cost.usd == pytest.approx((1_000 * 2 + 100 * 10) / 1e6)
