"""Task groups and cancel scopes, on asyncio and on trio: what they end is no fault of the API."""

from collections.abc import Awaitable, Callable, Iterator

import anyio
import pytest

import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, Sdk, async_client_of, only_call

BACKENDS = ["asyncio", "trio"]

Way = Callable[[Sdk], Awaitable[None]]


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="g") as server:
        yield server


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def run(api: MessagesServer, backend: str, way: Way) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await way(client)

    anyio.run(main, backend=backend)


async def created(client: Sdk) -> None:
    await client.messages.create(**ASK)


async def streamed(client: Sdk) -> None:
    async with client.messages.stream(**ASK) as stream:
        async for _ in stream.text_stream:
            pass


async def cancelled(client: Sdk) -> None:
    with anyio.move_on_after(0):
        await client.messages.create(**ASK)


async def failed_beside(client: Sdk) -> None:
    """A sibling of the stream's reader fails, and the group cancels the reader."""
    opened = anyio.Event()

    async def read() -> None:
        async with client.messages.stream(**ASK) as stream:
            async for _ in stream:
                opened.set()
                await anyio.sleep_forever()

    async def fail() -> None:
        await opened.wait()
        raise ValueError("the application's own")

    async with anyio.create_task_group() as group:
        group.start_soon(read)
        group.start_soon(fail)


async def failed_within(client: Sdk) -> None:
    """A group inside of the loop over a stream raises its exception group."""

    async def fail() -> None:
        raise ValueError("the application's own")

    async with client.messages.stream(**ASK) as stream:
        async for _ in stream:
            async with anyio.create_task_group() as group:
                group.start_soon(fail)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("way", [created, streamed])
def test_a_call_is_recorded_on_either_loop(
    api: MessagesServer, captured: Captured, way: Way, backend: str
) -> None:
    run(api, backend, way)
    call = only_call(captured)
    assert (call.outcome, call.attempts, call.usage.input_tokens is not None) == ("ok", 1, True)
    assert call.cost.usd


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_cancel_scope_cancels_a_call(api: MessagesServer, captured: Captured, backend: str) -> None:
    run(api, backend, cancelled)
    assert only_call(captured).outcome == "cancelled"


# Trio tells of the iterator within the SDK's stream, which nobody but the SDK could close.
@pytest.mark.filterwarnings("ignore:Exception ignored in. <async_generator object AsyncMessageStream")
@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("way", [failed_beside, failed_within])
def test_what_a_group_raises_is_not_blamed_on_the_api(
    api: MessagesServer, captured: Captured, way: Way, backend: str
) -> None:
    with pytest.raises(ExceptionGroup) as raised:
        run(api, backend, way)
    assert raised.group_contains(ValueError, match="the application's own")
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.usage.output_tokens) == ("aborted", "", None)
