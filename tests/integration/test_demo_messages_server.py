"""The local Messages API against the real SDK, over a real socket."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import anthropic
import httpx2
import pytest

from kansoku_demo import wire
from kansoku_demo.answers import (
    Answer,
    Disconnected,
    ErrorEvent,
    Event,
    Events,
    Failure,
    HangUp,
    Pause,
    RateLimits,
    Raw,
    Received,
    Reply,
    Text,
    Thinking,
    ToolUse,
    Truncated,
    Usage,
    WebSearch,
)
from kansoku_demo.messages_server import MessagesServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anthropic.types import Message, MessageParam

MODEL = "claude-sonnet-5-5"
MESSAGES: list[MessageParam] = [{"role": "user", "content": "hello"}]
FULL = Reply(
    blocks=(Thinking("two rules"), Text("観測 works"), ToolUse("look", {"id": 7}), WebSearch("q")),
    usage=Usage(
        input_tokens=9,
        output_tokens=40,
        cache_read_tokens=2_000,
        cache_write_5m_tokens=30,
        cache_write_1h_tokens=50,
        thinking_tokens=12,
        web_search_requests=1,
        inference_geo="us",
        speed="fast",
    ),
)


@pytest.fixture
def server() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="t") as server:
        yield server


@pytest.fixture
def client(server: MessagesServer) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=server.base_url, api_key="local") as client:
        yield client


def create(client: anthropic.Anthropic) -> Message:
    return client.messages.create(model=MODEL, max_tokens=64, messages=MESSAGES)


def stream_kinds(client: anthropic.Anthropic) -> list[str]:
    with client.messages.create(model=MODEL, max_tokens=64, messages=MESSAGES, stream=True) as events:
        return [event.type for event in events]


def check_full(message: Message) -> None:
    kinds = [block.type for block in message.content]
    assert kinds == ["thinking", "text", "tool_use", "server_tool_use", "web_search_tool_result"]
    assert message.content[1].to_dict()["text"] == "観測 works"
    assert message.content[2].to_dict()["input"] == {"id": 7}
    assert message.model == MODEL
    assert message.stop_reason == "tool_use"
    usage = message.usage
    assert (usage.input_tokens, usage.output_tokens) == (9, 40)
    assert (usage.cache_read_input_tokens, usage.cache_creation_input_tokens) == (2_000, 80)
    assert usage.cache_creation is not None
    assert usage.cache_creation.ephemeral_1h_input_tokens == 50
    assert usage.server_tool_use is not None
    assert usage.server_tool_use.web_search_requests == 1
    assert usage.output_tokens_details is not None
    assert usage.output_tokens_details.thinking_tokens == 12
    assert (usage.service_tier, usage.inference_geo, usage.speed) == ("standard", "us", "fast")


def test_a_message_arrives_whole(server: MessagesServer, client: anthropic.Anthropic) -> None:
    server.script(FULL)
    check_full(create(client))


def test_a_streamed_message_adds_up_to_the_same(server: MessagesServer, client: anthropic.Anthropic) -> None:
    server.script(FULL)
    with client.messages.stream(model=MODEL, max_tokens=64, messages=MESSAGES) as stream:
        assert "".join(stream.text_stream) == "観測 works"
        check_full(stream.get_final_message())


def test_the_async_client_gets_the_same_both_ways(server: MessagesServer) -> None:
    async def use() -> None:
        async with anthropic.AsyncAnthropic(base_url=server.base_url, api_key="local") as client:
            server.script(FULL, FULL)
            check_full(await client.messages.create(model=MODEL, max_tokens=64, messages=MESSAGES))
            async with client.messages.stream(model=MODEL, max_tokens=64, messages=MESSAGES) as stream:
                check_full(await stream.get_final_message())

    asyncio.run(use())


def test_calls_at_the_same_time_each_get_their_own_answer(server: MessagesServer) -> None:
    async def use() -> None:
        async with anthropic.AsyncAnthropic(base_url=server.base_url, api_key="local") as client:
            calls = (client.messages.create(model=MODEL, max_tokens=64, messages=MESSAGES) for _ in range(30))
            messages = await asyncio.gather(*calls)
        assert len({message.id for message in messages}) == 30

    asyncio.run(use())


def test_count_tokens_gives_all_tokens_of_the_prompt(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.script(FULL)
    assert client.messages.count_tokens(model=MODEL, messages=MESSAGES).input_tokens == 2_089


def test_an_answer_has_a_request_id_and_rate_limit_headers(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.script(Reply(rate_limits=RateLimits(requests_remaining=17), headers={"x-own": "1"}))
    raw = client.messages.with_raw_response.create(model=MODEL, max_tokens=64, messages=MESSAGES)
    assert raw.headers["request-id"] == "req_01t00000001"
    assert raw.headers["anthropic-ratelimit-requests-remaining"] == "17"
    assert raw.headers["x-own"] == "1"
    assert raw.parse().id == "msg_01t00000001"


@pytest.mark.parametrize(
    ("failure", "error", "error_type"),
    [
        (Failure.rate_limited(), anthropic.RateLimitError, "rate_limit_error"),
        (Failure.overloaded(), anthropic.InternalServerError, "overloaded_error"),
        (Failure.server_error(), anthropic.InternalServerError, "api_error"),
    ],
)
def test_a_retried_failure_takes_one_answer_an_attempt(
    server: MessagesServer,
    client: anthropic.Anthropic,
    failure: Failure,
    error: type[anthropic.APIStatusError],
    error_type: str,
) -> None:
    server.script(failure, failure, Reply(), failure, failure, failure)
    assert create(client).stop_reason == "end_turn"
    assert [request.retry_count for request in server.requests] == [0, 1, 2]
    with pytest.raises(error) as raised:
        create(client)
    assert raised.value.status_code == failure.status
    assert raised.value.type == error_type
    assert raised.value.request_id == "req_01t00000006"
    assert server.unused_answers == 0


def test_a_bad_request_is_not_retried(server: MessagesServer, client: anthropic.Anthropic) -> None:
    server.script(Failure.invalid_request("max_tokens: too large"))
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: too large"):
        create(client)
    assert len(server.requests) == 1


def test_a_failure_may_tell_the_sdk_not_to_retry(server: MessagesServer, client: anthropic.Anthropic) -> None:
    server.script(Failure(status=500, type="api_error", message="no", should_retry=False))
    with pytest.raises(anthropic.InternalServerError):
        create(client)
    assert len(server.requests) == 1


def test_an_error_event_raises_in_mid_stream_with_status_200(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.script(Reply(ending=ErrorEvent(type="overloaded_error", after=4)))
    with pytest.raises(anthropic.APIStatusError) as raised:
        stream_kinds(client)
    assert raised.value.status_code == 200
    assert raised.value.type == "overloaded_error"


def test_a_truncated_stream_ends_without_an_error_and_without_message_stop(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.script(Reply(ending=Truncated(after=4)))
    assert stream_kinds(client) == ["message_start", "content_block_start", "content_block_delta"]


def test_a_closed_connection_is_a_transport_error_in_mid_stream(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.script(Reply(ending=Disconnected(after=4)))
    with pytest.raises(httpx2.RemoteProtocolError):
        stream_kinds(client)


def test_half_a_json_body_and_no_answer_are_connection_errors(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    once = client.with_options(max_retries=0)
    server.script(Reply(ending=Disconnected()), HangUp())
    for _ in range(2):
        with pytest.raises(anthropic.APIConnectionError):
            create(once)
    assert create(once).stop_reason == "end_turn"


def test_a_refusal_is_a_message_with_details_both_ways(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    refusal = Reply(stop_reason="refusal", refusal_category="cyber", refusal_explanation="no")
    server.script(refusal, refusal)
    with client.messages.stream(model=MODEL, max_tokens=64, messages=MESSAGES) as stream:
        streamed = stream.get_final_message()
    for message in (create(client), streamed):
        assert message.stop_reason == "refusal"
        assert message.stop_details is not None
        assert message.stop_details.category == "cyber"


def test_events_and_raw_bytes_are_sent_as_given(server: MessagesServer, client: anthropic.Anthropic) -> None:
    new_kind = Event("new_kind", {"type": "new_kind"})
    server.script(
        Events(events=(new_kind, *wire.events(Reply(deltas=1)))),
        Raw(body=b"<html>bad gateway</html>", status=502, content_type="text/html"),
    )
    assert stream_kinds(client)[:2] == ["new_kind", "message_start"]
    with pytest.raises(anthropic.InternalServerError) as raised:
        create(client.with_options(max_retries=0))
    assert raised.value.status_code == 502


def test_a_pause_holds_the_stream_where_it_says_until_it_is_released(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    pause = Pause(after=2)
    server.script(Reply(pause=pause))
    with client.messages.create(model=MODEL, max_tokens=64, messages=MESSAGES, stream=True) as events:
        before = [event.type for event in itertools.islice(events, 2)]
        pause.wait_until_reached()
        assert before == ["message_start", "content_block_start"]
        pause.release()
        assert [event.type for event in events][-1] == "message_stop"


def test_a_pause_before_the_status_line_lets_the_client_time_out(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    pause = Pause()
    server.script(Reply(pause=pause))
    with pytest.raises(anthropic.APITimeoutError):
        create(client.with_options(max_retries=0, timeout=0.05))
    pause.wait_until_reached()
    pause.release()


def test_a_pause_that_is_never_reached_is_told() -> None:
    with pytest.raises(TimeoutError, match="did not reach the pause"):
        Pause().wait_until_reached(timeout_s=0.01)


def test_the_server_closes_with_a_stream_still_open(client: anthropic.Anthropic) -> None:
    with MessagesServer() as short_lived:
        short_lived.script(Reply(pause=Pause(after=2)))
        stays = client.with_options(base_url=short_lived.base_url, max_retries=0)
        events = stays.messages.create(model=MODEL, max_tokens=64, messages=MESSAGES, stream=True)
        assert next(events).type == "message_start"
    with pytest.raises(httpx2.HTTPError):
        list(events)


def test_the_requests_are_kept_as_they_came(server: MessagesServer, client: anthropic.Anthropic) -> None:
    create(client)
    (request,) = server.requests
    assert (request.method, request.path, request.number) == ("POST", "/v1/messages", 1)
    assert (request.model, request.stream) == (MODEL, False)
    assert request.headers["authorization"] == "Bearer local"
    assert request.body["messages"] == [{"role": "user", "content": "hello"}]


def test_a_plan_answers_by_the_request_and_a_script_goes_first() -> None:
    def plan(request: Received) -> Answer:
        return Reply(blocks=(Text(f"I am {request.model}"),))

    with (
        MessagesServer(plan) as server,
        anthropic.Anthropic(base_url=server.base_url, api_key="local") as client,
    ):
        server.script(Reply(blocks=(Text("scripted"),)))
        texts = [create(client).content[0].to_dict()["text"] for _ in range(2)]
    assert texts == ["scripted", f"I am {MODEL}"]


def test_a_plan_that_raises_is_shown_to_the_caller_at_once() -> None:
    def plan(_request: Received) -> Answer:
        raise KeyError("forgotten")

    with (
        MessagesServer(plan) as server,
        anthropic.Anthropic(base_url=server.base_url, api_key="local") as client,
        pytest.raises(anthropic.InternalServerError, match="KeyError\\('forgotten'\\)"),
    ):
        create(client)


def test_an_ending_that_needs_a_stream_is_refused_without_one(
    server: MessagesServer, client: anthropic.Anthropic
) -> None:
    server.script(Reply(ending=Truncated()))
    with pytest.raises(anthropic.BadRequestError, match="needs `stream: true`"):
        create(client)


def test_another_path_is_not_found(server: MessagesServer) -> None:
    with httpx2.Client(base_url=server.base_url) as client:
        assert client.get("/v1/models").status_code == 404
        assert client.post("/v1/messages", content=b"[1").status_code == 400
        assert client.post("/v1/messages", content=b"[1]").json()["error"]["message"] == (
            "body: a JSON object is required"
        )


def test_a_taken_port_is_an_error_of_the_caller(server: MessagesServer) -> None:
    port = int(server.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match="address already in use"), MessagesServer(port=port):
        pass
