"""The rarer ways of calling, sync and async: tool runners, parsing, counting, low-level posts, new paths."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from pydantic import BaseModel, ValidationError

import kansoku
import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Pause, Raw, Reply, Text, ToolUse, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, COUNT, MODEL, Sdk, async_client_of, client_of, close_clients, only_call

USED = Usage(input_tokens=11, output_tokens=6)


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="w") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def need(holder: Sdk, name: str) -> None:
    """Skips, with the reason, what this version of the SDK lacks."""
    if not hasattr(holder, name):
        pytest.skip(f"anthropic {anthropic.__version__} has no {name}")


class Order(BaseModel):
    number: int


async def create(client: Sdk) -> None:
    await client.messages.create(**ASK)


async def parse(client: Sdk) -> None:
    await client.messages.parse(**ASK, output_format=Order)


async def beta_parse(client: Sdk) -> None:
    await client.beta.messages.parse(**ASK, output_format=Order)


async def with_options(client: Sdk) -> None:
    await client.with_options(max_retries=1).messages.create(**ASK)


async def low_level(client: Sdk) -> None:
    await client.post("/v1/messages", body=copy.deepcopy(ASK), cast_to=anthropic.types.Message)


async def raw(client: Sdk) -> None:
    await (await client.beta.messages.with_raw_response.create(**ASK)).parse()


ASYNC_WAYS: list[Callable[[Sdk], Awaitable[None]]] = [create, parse, beta_parse, with_options, low_level, raw]


@pytest.mark.parametrize("way", ASYNC_WAYS)
def test_each_async_way_is_one_call(
    api: MessagesServer, captured: Captured, way: Callable[[Sdk], Awaitable[None]]
) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await way(client)

    api.script(Reply(usage=USED, blocks=(Text('{"number": 7}'),)))
    asyncio.run(main())
    call = only_call(captured)
    assert (call.operation, call.outcome, call.stream, call.request_model) == ("chat", "ok", False, MODEL)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.attempts) == (11, 6, 1)


@pytest.mark.parametrize("is_beta", [False, True])
def test_a_parsed_answer_is_one_call_and_stays_what_it_is(
    api: MessagesServer, captured: Captured, is_beta: bool
) -> None:
    api.script(Reply(usage=USED, blocks=(Text('{"number": 7}'),)))
    client = client_of(api)
    messages = client.beta.messages if is_beta else client.messages
    need(messages, "parse")
    assert messages.parse(**ASK, output_format=Order).parsed_output == Order(number=7)
    assert only_call(captured).usage.output_tokens == 6


@pytest.mark.parametrize("is_async", [False, True])
def test_an_answer_that_does_not_fit_its_schema_is_billed(
    api: MessagesServer, captured: Captured, is_async: bool
) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await client.messages.parse(**ASK, output_format=Order)

    api.script(Reply(usage=USED, blocks=(Text('{"number": 7'),), stop_reason="max_tokens"))
    client = client_of(api)
    need(client.messages, "parse")
    with pytest.raises(ValidationError):
        asyncio.run(main()) if is_async else client.messages.parse(**ASK, output_format=Order)
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.http_status) == ("ok", "ValidationError", 200)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.stop_reason) == (11, 6, "max_tokens")
    assert call.cost.usd is not None
    assert call.response_id
    assert call.request_id
    assert captured.metrics["claude_api_errors"] == {}
    assert captured.metric("claude_api_calls", MODEL, "ok") == 1


@pytest.mark.parametrize("is_beta", [False, True])
def test_counting_tokens_is_an_operation_of_its_own_sync_and_async(
    api: MessagesServer, captured: Captured, is_beta: bool
) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await (client.beta if is_beta else client).messages.count_tokens(**COUNT)

    client = client_of(api)
    (client.beta if is_beta else client).messages.count_tokens(**COUNT)
    asyncio.run(main())
    assert [(call.operation, call.outcome, call.cost.usd) for call in captured.calls] == [
        ("count_tokens", "ok", None)
    ] * 2


def weather(city: str) -> str:
    """Tells the weather.

    Args:
        city: Where.
    """
    return f"sunny in {city}"


async def async_weather(city: str) -> str:
    """Tells the weather.

    Args:
        city: Where.
    """
    return f"sunny in {city}"


ROUNDS = (
    Reply(usage=USED, blocks=(ToolUse("weather", {"city": "Nara"}),), stop_reason="tool_use"),
    Reply(usage=USED, blocks=(Text("sunny"),)),
)


def assert_rounds(captured: Captured, *, stream: bool) -> None:
    """Two calls of a tool runner, each with its figures, under one task."""
    assert captured.metrics["kansoku_internal_errors"] == {}
    calls = captured.calls
    assert [(call.stop_reason, call.tool_names) for call in calls] == [
        ("tool_use", ("weather",)),
        ("end_turn", ()),
    ]
    assert {(call.outcome, call.stream, call.usage.output_tokens, call.around.task) for call in calls} == {
        ("ok", stream, 6, "ask")
    }


@pytest.mark.parametrize("stream", [False, True])
def test_a_tool_runner_is_one_call_a_round(api: MessagesServer, captured: Captured, stream: bool) -> None:
    client = client_of(api)
    need(client.beta.messages, "tool_runner")
    api.script(*ROUNDS)
    tools = [anthropic.beta_tool(weather)]
    with kansoku.task("ask"):
        runner = client.beta.messages.tool_runner(**ASK, tools=tools, stream=stream)
        for each in runner:
            if stream:
                each.until_done()
    assert_rounds(captured, stream=stream)


@pytest.mark.parametrize("stream", [False, True])
def test_an_async_tool_runner_is_one_call_a_round(
    api: MessagesServer, captured: Captured, stream: bool
) -> None:
    async def main() -> None:
        async with async_client_of(api) as client, kansoku.task("ask"):
            tools = [anthropic.beta_async_tool(async_weather, name="weather")]
            runner = client.beta.messages.tool_runner(**ASK, tools=tools, stream=stream)
            async for each in runner:
                if stream:
                    await each.until_done()

    api.script(*ROUNDS)
    asyncio.run(main())
    assert_rounds(captured, stream=stream)


@pytest.mark.parametrize("way", ["final_text", "until_done", "beta_events", "current"])
def test_the_helpers_other_ways_of_reading(api: MessagesServer, captured: Captured, way: str) -> None:
    api.script(Reply(usage=USED, blocks=(Text("a b"),)))
    client = client_of(api)
    with (client.beta if way == "beta_events" else client).messages.stream(**ASK) as stream:
        match way:
            case "final_text":
                assert stream.get_final_text() == "a b"
            case "until_done":
                stream.until_done()
            case "current":
                for _ in stream:
                    assert stream.current_message_snapshot.usage.input_tokens == 11
            case _:
                assert [event.type for event in stream][-1] == "message_stop"
    call = only_call(captured)
    assert (call.outcome, call.usage.output_tokens, call.stream) == ("ok", 6, True)


@pytest.mark.parametrize("way", ["final_text", "until_done", "beta", "close", "left"])
def test_the_async_helpers_other_ways(api: MessagesServer, captured: Captured, way: str) -> None:
    async def main() -> None:
        async with (
            async_client_of(api) as client,
            (client.beta if way == "beta" else client).messages.stream(**ASK) as stream,
        ):
            match way:
                case "final_text":
                    assert await stream.get_final_text() == "a b"
                case "close":
                    await anext(stream)
                    await stream.close()
                case "left":
                    pass
                case _:
                    await stream.until_done()

    pause = Pause(after=3)
    is_left = way in {"close", "left"}
    api.script(Reply(usage=USED, blocks=(Text("a b"),), pause=pause if is_left else None))
    asyncio.run(main())
    pause.release()
    call = only_call(captured)
    told = ("aborted", None) if is_left else ("ok", 6)
    assert (call.outcome, call.usage.output_tokens) == told


def test_a_call_by_a_gateways_whole_url_is_one_of_the_messages_api(captured: Captured) -> None:
    def answer(request: httpx2.Request) -> httpx2.Response:
        assert str(request.url) == "https://gw.example/anthropic/v1/messages"
        return httpx2.Response(200, json=wire.body(Reply(), model=MODEL, message_id="msg_1"))

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        anthropic.Anthropic(api_key="local", http_client=http).post(
            "https://gw.example/anthropic/v1/messages",
            body=copy.deepcopy(ASK),
            cast_to=anthropic.types.Message,
        )
    call = only_call(captured)
    assert (call.operation, call.route, call.usage.output_tokens) == ("chat", "", 7)
    assert call.cost.usd is not None
    assert captured.metric("claude_api_calls", MODEL, "ok") == 1


def test_a_surface_to_come_is_recorded_under_its_path_without_ids(
    api: MessagesServer, captured: Captured
) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            await client.post("/v1/oracles/orc_9f3/visions", body={"model": MODEL}, cast_to=dict[str, Any])

    client = client_of(api)
    for number in range(3):
        api.script(Raw(body=b'{"vision": 1}'))
        client.post(f"/v1/oracles/orc_{number}/visions", body={"model": MODEL}, cast_to=dict[str, Any])
    api.script(Raw(body=b'{"vision": 1}'))
    asyncio.run(main())
    api.script(Raw(body=b'{"error": {"type": "not_found_error", "message": "no"}}', status=404))
    with pytest.raises(anthropic.NotFoundError):
        client.get("/v1/oracles/orc_1", cast_to=dict[str, Any])
    calls = captured.calls
    assert [call.route for call in calls] == [
        *["POST /v1/oracles/{id}/visions"] * 4,
        "GET /v1/oracles/{id}",
    ]
    assert [span.name for span in captured.spans] == [call.route for call in calls]
    assert {(call.operation, call.request_model) for call in calls} == {("other", MODEL), ("other", "")}
    assert (calls[-1].outcome, calls[-1].error_type, calls[-1].http_status) == (
        "error",
        "not_found_error",
        404,
    )
    assert "orc_" not in str(captured.metrics)
    assert captured.metric("claude_api_calls", MODEL, "ok") == 0


def test_a_stream_to_come_that_has_no_message_stop_is_no_failure(
    api: MessagesServer, captured: Captured
) -> None:
    sse = b'event: tick\ndata: {"type": "tick"}\n\n'
    api.script(Raw(body=sse * 2, content_type="text/event-stream"))
    stream = client_of(api).get(
        "/v1/oracles", cast_to=dict[str, Any], stream=True, stream_cls=anthropic.Stream[dict[str, Any]]
    )
    for _ in stream:
        pass
    assert only_call(captured).outcome == "ok"
