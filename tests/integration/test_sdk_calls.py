"""Every way of calling that returns at once: one call, one span, one log line, right figures, same types."""

import asyncio
import contextvars
import copy
from collections.abc import Callable, Iterator

import anthropic
import httpx2
import pytest
from anthropic._base_client import SyncAPIClient
from anthropic._response import APIResponse

import kansoku.testing
from kansoku.instrument import seam
from kansoku.testing import Captured
from kansoku_demo.answers import Raw, Reply, Text, ToolUse, Usage, WebSearch
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, COUNT, MODEL, Sdk, async_client_of, client_of, close_clients, only_call

USAGE = Usage(
    input_tokens=9,
    cache_read_tokens=2_000,
    cache_write_5m_tokens=30,
    cache_write_1h_tokens=50,
    output_tokens=40,
    thinking_tokens=12,
    web_search_requests=1,
    inference_geo="us",
    speed="fast",
)


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="t") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def create(client: Sdk) -> Sdk:
    return client.messages.create(**ASK)


def raw_create(client: Sdk) -> Sdk:
    return client.messages.with_raw_response.create(**ASK).parse()


def streaming_response(client: Sdk) -> Sdk:
    with client.messages.with_streaming_response.create(**ASK) as response:
        return response.parse()


def with_options(client: Sdk) -> Sdk:
    return client.with_options(max_retries=5).messages.create(**ASK)


def copied(client: Sdk) -> Sdk:
    return client.copy().messages.create(**ASK)


def beta(client: Sdk) -> Sdk:
    return client.beta.messages.create(**ASK)


def parse(client: Sdk) -> Sdk:
    return client.messages.parse(**ASK)


def low_level(client: Sdk) -> Sdk:
    return client.post("/v1/messages", body=copy.deepcopy(ASK), cast_to=anthropic.types.Message)


WAYS: list[Callable[[Sdk], Sdk]] = [
    create,
    raw_create,
    streaming_response,
    with_options,
    copied,
    beta,
    parse,
    low_level,
]


@pytest.mark.parametrize("way", WAYS)
def test_a_call_is_recorded_once_with_all_its_figures(
    api: MessagesServer, captured: Captured, way: Callable[[Sdk], Sdk]
) -> None:
    api.script(Reply(usage=USAGE, blocks=(Text("hi"), ToolUse("look", {"id": 1}), WebSearch("q"))))
    message = way(client_of(api))
    call = only_call(captured)
    assert (call.operation, call.provider, call.stream) == ("chat", "anthropic", False)
    assert (call.request_model, call.response_model) == (MODEL, MODEL)
    assert (call.outcome, call.error_type, call.http_status, call.attempts) == ("ok", "", 200, 1)
    assert (call.stop_reason, call.tool_names) == ("tool_use", ("look", "web_search"))
    assert call.response_id == message.id
    assert call.request_id == f"req_{message.id.removeprefix('msg_')}"
    used = call.usage
    assert (used.input_tokens, used.cache_read_tokens, used.output_tokens) == (9, 2_000, 40)
    assert (used.cache_write_5m_tokens, used.cache_write_1h_tokens) == (30, 50)
    assert (used.thinking_tokens, used.web_search_requests) == (12, 1)
    assert (call.service_tier, call.inference_geo, call.speed) == ("standard", "us", "fast")
    assert call.ttft_s is None
    assert 0 < call.duration_s < 10


@pytest.mark.parametrize("way", ["create", "raw", "streaming", "beta"])
def test_an_async_call_is_recorded_the_same(api: MessagesServer, captured: Captured, way: str) -> None:
    async def main() -> Sdk:
        async with async_client_of(api) as client:
            match way:
                case "create":
                    return await client.messages.create(**ASK)
                case "raw":
                    return await (await client.messages.with_raw_response.create(**ASK)).parse()
                case "streaming":
                    async with client.messages.with_streaming_response.create(**ASK) as response:
                        return await response.parse()
                case _:
                    return await client.beta.messages.create(**ASK)

    api.script(Reply(usage=USAGE))
    message = asyncio.run(main())
    call = only_call(captured)
    assert (call.response_id, call.attempts, call.outcome) == (message.id, 1, "ok")
    assert (call.usage.prompt_tokens, call.usage.output_tokens) == (2_089, 40)


def test_counting_tokens_is_its_own_operation_and_bills_nothing(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(Reply(usage=Usage(input_tokens=77)))
    assert client_of(api).messages.count_tokens(**COUNT).input_tokens == 77
    call = only_call(captured)
    assert call.operation == "count_tokens"
    assert (call.cost.usd, call.cost.unpriced_reason) == (None, "")
    assert call.usage.output_tokens is None
    assert captured.metric("claude_api_calls", MODEL, "ok") == 0
    assert captured.spans[0].name == f"count_tokens {MODEL}"


def test_an_unknown_surface_is_recorded_generically(api: MessagesServer, captured: Captured) -> None:
    api.script(Raw(body=b'{"data": [], "has_more": false, "first_id": null, "last_id": null}'))
    assert client_of(api).models.list().data == []
    call = only_call(captured)
    assert (call.operation, call.outcome, call.usage.input_tokens) == ("other", "ok", None)
    assert captured.spans[0].name == "GET /v1/models"


def test_clients_made_before_and_after_are_recorded_alike(api: MessagesServer) -> None:
    before = client_of(api)
    with kansoku.testing.capture() as captured:
        before.messages.create(**ASK)
        client_of(api).messages.create(**ASK)
        before.messages.create(**ASK)
        assert [call.attempts for call in captured.calls] == [1, 1, 1]
        assert len({call.call_id for call in captured.calls}) == 3


def test_nothing_is_recorded_before_and_after(api: MessagesServer) -> None:
    client = client_of(api)
    original = SyncAPIClient.request
    with kansoku.testing.capture() as captured:
        pass
    client.messages.create(**ASK)
    assert captured.seen == []
    assert SyncAPIClient.request is original


def test_types_are_those_of_the_sdk(api: MessagesServer, captured: Captured) -> None:
    client = client_of(api)
    assert type(client.messages.create(**ASK)) is anthropic.types.Message
    assert type(client.messages.with_raw_response.create(**ASK)) is APIResponse
    with client.messages.with_streaming_response.create(**ASK) as response:
        assert type(response) is APIResponse
    assert len(captured.calls) == 3


def test_a_raw_response_keeps_its_bytes(api: MessagesServer, captured: Captured) -> None:
    raw = client_of(api).messages.with_raw_response.create(**ASK)
    assert raw.http_response.json()["usage"]["output_tokens"] == 7
    with client_of(api).messages.with_streaming_response.create(**ASK) as response:
        assert b"".join(response.iter_bytes()).startswith(b"{")
    assert [call.usage.output_tokens for call in captured.calls] == [7, 7]


def test_an_unread_response_is_recorded_without_figures(api: MessagesServer, captured: Captured) -> None:
    with client_of(api).messages.with_streaming_response.create(**ASK):
        pass
    call = only_call(captured)
    assert (call.outcome, call.http_status, call.usage.output_tokens, call.cost.usd) == (
        "ok",
        200,
        None,
        None,
    )


def test_a_refusal_is_an_answer(api: MessagesServer, captured: Captured) -> None:
    api.script(Reply(stop_reason="refusal", refusal_category="cyber"))
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.stop_reason, call.refusal_category) == ("ok", "refusal", "cyber")


def test_an_unknown_model_is_unpriced_and_never_free(api: MessagesServer, captured: Captured) -> None:
    client_of(api).messages.create(**{**ASK, "model": "claude-unheard-of-9"})
    call = only_call(captured)
    assert call.cost.usd is None
    assert call.cost.unpriced_reason == "unknown model"
    assert captured.metric("claude_unpriced_calls", "claude-unheard-of-9", "unknown model") == 1
    attributes = captured.spans[0].attributes or {}
    assert "kansoku.cost.usd" not in attributes
    assert attributes["kansoku.cost.unpriced_reason"] == "unknown model"


def test_values_that_the_sdk_does_not_know_are_recorded_without_a_warning(
    api: MessagesServer, captured: Captured
) -> None:
    body = (
        b'{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-5-5","content":'
        b'[{"type":"hologram","depth":3}],"stop_reason":"bored","stop_sequence":null,"usage":'
        b'{"input_tokens":3,"output_tokens":4,"service_tier":"cosmic"}}'
    )
    api.script(Raw(body=body))
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert (call.stop_reason, call.service_tier, call.usage.output_tokens) == ("bored", "cosmic", 4)


def test_figures_of_the_wrong_type_count_as_unknown(api: MessagesServer, captured: Captured) -> None:
    body = (
        b'{"id":7,"type":"message","role":"assistant","model":"claude-sonnet-5-5","content":[],'
        b'"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":"many","output_tokens":-1}}'
    )
    api.script(Raw(body=body))
    client_of(api).messages.create(**ASK)
    call = only_call(captured)
    assert (call.usage.input_tokens, call.usage.output_tokens, call.response_id) == (None, None, "")
    assert call.cost.unpriced_reason == "tokens unknown"


def test_a_page_instead_of_an_answer_is_no_fault_of_ours(api: MessagesServer, captured: Captured) -> None:
    api.script(Raw(body=b"<html>hello</html>", content_type="text/html"))
    client_of(api).messages.create(**ASK)
    assert only_call(captured).usage.input_tokens is None


def test_the_metrics_of_a_call(api: MessagesServer, captured: Captured) -> None:
    api.script(Reply(usage=Usage(input_tokens=100, cache_read_tokens=300, output_tokens=50)))
    client_of(api).messages.create(**ASK)
    (call,) = captured.calls
    assert captured.metric("claude_api_calls", MODEL, "ok") == 1
    assert captured.metrics["claude_api_calls"][(MODEL, "error")] == 0
    assert captured.metric("claude_api_latency_seconds", MODEL) == 1
    assert captured.metric("claude_tokens", MODEL, "input") == 100
    assert captured.metric("claude_tokens", MODEL, "output") == 50
    assert captured.metric("claude_tokens", MODEL, "cache_read") == 300
    assert captured.metrics["claude_tokens"][(MODEL, "cache_creation")] == 0
    assert captured.metric("claude_cost_usd", MODEL) == call.cost.usd
    assert captured.metric("claude_cache_hit_rate") == 0.75
    assert captured.metric("gen_ai_client_token_usage", "chat", "anthropic", MODEL, "input") == 1


def test_a_model_has_its_metrics_at_zero_before_its_first_call_ends(
    api: MessagesServer, captured: Captured
) -> None:
    stream = client_of(api).messages.create(**ASK, stream=True)
    assert captured.metrics["claude_api_calls"] == {
        (MODEL, outcome): 0 for outcome in ("ok", "error", "cancelled", "aborted")
    }
    assert captured.metrics["claude_cost_usd"] == {(MODEL,): 0}
    stream.close()


def test_attaching_twice_wraps_once(api: MessagesServer, captured: Captured) -> None:
    seam.attach()
    client_of(api).messages.create(**ASK)
    only_call(captured)


def test_a_coroutine_closed_in_another_context_raises_nothing(captured: Captured) -> None:
    async def never(_: httpx2.Request) -> httpx2.Response:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def main() -> None:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(never))
        client: Sdk = anthropic.AsyncAnthropic(api_key="local", http_client=http)
        coroutine = client.messages.create(**ASK)
        contextvars.copy_context().run(coroutine.send, None)
        coroutine.close()

    asyncio.run(main())
    assert only_call(captured).outcome == "cancelled"
