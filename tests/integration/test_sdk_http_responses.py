"""Calls that ask for the HTTP library's own response: what it says is told, and it stays what it is."""

import asyncio
from collections.abc import Callable, Iterator

import httpx2
import pytest

import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo.answers import Failure, Raw
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, Sdk, async_client_of, client_of, close_clients, only_call
from tests.integration.test_sdk_batches import BATCH, RESULTS

HTTP: dict[str, Sdk] = {"body": dict(ASK), "cast_to": httpx2.Response}
STREAM: dict[str, Sdk] = {**HTTP, "body": {**ASK, "stream": True}, "stream": True, "stream_cls": None}


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="h") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def whole(client: Sdk) -> None:
    response = client.post("/v1/messages", **HTTP)
    assert type(response) is httpx2.Response
    assert response.json()["usage"]["output_tokens"] == 7


def lines(client: Sdk) -> None:
    response = client.post("/v1/messages", **STREAM)
    assert type(response) is httpx2.Response
    assert not response.is_closed
    assert any("message_stop" in line for line in response.iter_lines())


def read_at_once(client: Sdk) -> None:
    assert b"message_stop" in client.post("/v1/messages", **STREAM).read()


@pytest.mark.parametrize("way", [whole, lines, read_at_once])
def test_a_response_of_the_http_library_has_its_figures(
    api: MessagesServer, captured: Captured, way: Callable[[Sdk], None]
) -> None:
    way(client_of(api))
    call = only_call(captured)
    assert (call.outcome, call.http_status, call.response_model) == ("ok", 200, MODEL)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.stop_reason) == (12, 7, "end_turn")
    assert call.cost.usd is not None
    assert call.request_id
    assert captured.metric("claude_active_streams") == 0


@pytest.mark.parametrize("options", [HTTP, STREAM], ids=["whole", "stream"])
def test_an_async_response_of_the_http_library_has_its_figures(
    api: MessagesServer, captured: Captured, options: dict[str, Sdk]
) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            response = await client.post("/v1/messages", **options)
            assert type(response) is httpx2.Response
            assert b"end_turn" in await response.aread()

    asyncio.run(main())
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens, call.cost.unpriced_reason) == ("ok", 7, "")


def test_a_response_that_is_closed_early_is_aborted(api: MessagesServer, captured: Captured) -> None:
    response = client_of(api).post("/v1/messages", **STREAM)
    next(response.iter_bytes())
    response.close()
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens) == ("aborted", None)


def test_an_error_is_told(api: MessagesServer, captured: Captured) -> None:
    api.script(Failure.overloaded())
    with pytest.raises(Exception, match="529"):
        client_of(api, max_retries=0).post("/v1/messages", **HTTP)
    assert only_call(captured).error_type == "overloaded_error"


def test_results_of_a_batch_that_are_fetched_as_a_response_are_told_once(
    api: MessagesServer, captured: Captured
) -> None:
    client = client_of(api)
    for _ in range(2):
        api.script(RESULTS)
        response = client.get(f"/v1/messages/batches/{BATCH}/results", cast_to=httpx2.Response)
        assert len(response.text.splitlines()) == 4
    results = [call for call in captured.calls if call.operation == "batch_result"]
    assert [call.custom_id for call in results] == ["first", "second", "third", "fourth"]
    assert results[0].usage.output_tokens == 500_000
    assert captured.metrics["kansoku_internal_errors"] == {}


def test_a_file_is_the_applications_alone(api: MessagesServer, captured: Captured) -> None:
    api.script(Raw(body=b"\x00" * 100, content_type="image/png"))
    response = client_of(api).get("/v1/files/file_1/content", cast_to=httpx2.Response)
    assert response.content == b"\x00" * 100
    call = only_call(captured)
    assert (call.operation, call.outcome, call.usage.input_tokens) == ("other", "ok", None)
