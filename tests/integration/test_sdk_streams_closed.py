"""Streams that are closed while they are read, by another thread or task, or with their client."""

import asyncio
import inspect
import json
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anthropic
import httpx2
import pytest

import kansoku
import kansoku.testing
from kansoku.testing import Captured
from tests.integration.sdk import ASK, MODEL, Sdk, only_call

_EVENTS: tuple[dict[str, Any], ...] = (
    {
        "type": "message_start",
        "message": {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": MODEL,
            "content": [],
            "usage": {"input_tokens": 5, "output_tokens": 1},
        },
    },
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
)
START = "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in _EVENTS).encode()
TYPE = {"content-type": "text/event-stream"}


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


class Cut(httpx2.SyncByteStream):
    """Bytes that fail at the second read, once they are closed."""

    def __init__(self, waits: bool) -> None:
        self.waits = waits
        self.is_read = threading.Event()
        self.is_closed = threading.Event()

    def __iter__(self) -> Iterator[bytes]:
        yield START
        self.is_read.set()
        if self.waits:
            assert self.is_closed.wait(10)
        raise httpx2.ReadError("bad file descriptor")

    def close(self) -> None:
        self.is_closed.set()


class AsyncCut(httpx2.AsyncByteStream):
    """The same for an async client."""

    def __init__(self) -> None:
        self.is_read = asyncio.Event()
        self.is_closed = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield START
        self.is_read.set()
        await self.is_closed.wait()
        raise httpx2.ReadError("closed")

    async def aclose(self) -> None:
        self.is_closed.set()


def client_with(stream: httpx2.SyncByteStream) -> Sdk:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=TYPE, stream=stream))
    http = httpx2.Client(transport=transport)
    return anthropic.Anthropic(base_url="http://api.local", api_key="local", http_client=http)


def from_another_thread() -> None:
    cut = Cut(waits=True)
    stream = client_with(cut).messages.create(**ASK, stream=True)

    def stop() -> None:
        assert cut.is_read.wait(10)
        stream.close()

    stopping = threading.Thread(target=stop)
    stopping.start()
    with pytest.raises(httpx2.ReadError):
        list(stream)
    stopping.join()


def from_another_task() -> None:
    async def main() -> None:
        cut = AsyncCut()
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=TYPE, stream=cut))
        http = httpx2.AsyncClient(transport=transport)
        client: Sdk = anthropic.AsyncAnthropic(base_url="http://api.local", api_key="local", http_client=http)
        stream = await client.messages.create(**ASK, stream=True)

        async def stop() -> None:
            await cut.is_read.wait()
            await stream.close()

        stopping = asyncio.create_task(stop())
        with pytest.raises(httpx2.ReadError):
            async for _ in stream:
                pass
        await stopping

    asyncio.run(main())


def with_the_client() -> None:
    client = client_with(Cut(waits=False))
    stream = client.messages.create(**ASK, stream=True)
    next(stream)
    client.close()
    with pytest.raises(httpx2.ReadError):
        list(stream)


@pytest.mark.parametrize("close", [from_another_thread, from_another_task, with_the_client])
def test_a_stream_that_the_application_closes_while_it_is_read_is_aborted(
    captured: Captured, close: Callable[[], None]
) -> None:
    close()
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.usage.input_tokens) == ("aborted", "", 5)
    assert captured.metrics["claude_api_errors"] == {}
    assert captured.metric("claude_active_streams") == 0


def test_a_stream_that_the_network_cuts_is_an_error(captured: Captured) -> None:
    client = client_with(Cut(waits=False))
    with pytest.raises(httpx2.ReadError):
        list(client.messages.create(**ASK, stream=True))
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "connection_error")


def test_nothing_of_ours_is_a_generator_that_a_loop_closes_by_itself(captured: Captured) -> None:
    async def main() -> None:
        transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=TYPE, stream=AsyncCut()))
        http = httpx2.AsyncClient(transport=transport)
        client: Sdk = anthropic.AsyncAnthropic(base_url="http://api.local", api_key="local", http_client=http)
        stream = await client.messages.create(**ASK, stream=True)
        assert not inspect.isasyncgen(stream._iterator)
        assert not inspect.isasyncgen(stream.response.stream.__aiter__())
        assert (await anext(stream)).type == "message_start"
        await stream._iterator.aclose()

    asyncio.run(main())
    assert only_call(captured).outcome == "aborted"
