"""What is said in calls of the real SDK, by every surface: redacted, on spans alone, only if asked for."""

import asyncio
import copy
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import anthropic
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import kansoku
import kansoku.testing
from kansoku.catalog import content as names
from kansoku.emit import room
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Ending, ErrorEvent, Failure, Raw, Reply, Text, Thinking, ToolUse, Truncated
from kansoku_demo.messages_server import MessagesServer
from tests.integration.planted import EMAIL, PASSWORD, SAID, leaks
from tests.integration.sdk import ASK, MODEL, Sdk, async_client_of, client_of, close_clients, needs_spans

CACHED = {"type": "ephemeral", "ttl": "1h"}
ASKED: dict[str, Any] = {
    **ASK,
    "system": [{"type": "text", "text": f"You serve {EMAIL}.", "cache_control": CACHED}],
    "messages": [{"role": "user", "content": SAID}],
    "tools": [
        {"name": "look", "description": "Looks.", "input_schema": {"type": "object", "properties": {}}}
    ],
}
REPLY = Reply(
    blocks=(
        Thinking(f"I think of {EMAIL}."),
        Text(f"Dear {EMAIL}, it is on its way."),
        ToolUse("look", {"order": {"password": PASSWORD, "contact": SAID}}),
    )
)
ANSWER = [
    ("reasoning", "I think of <EMAIL>."),
    ("text", "Dear <EMAIL>, it is on its way."),
    ("tool_call", "look"),
]


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="c") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture(content=True) as captured:
        yield captured


def said(captured: Captured, number: int = -1) -> dict[str, Any]:
    """What the span of a call holds of what was said; nothing planted came out anywhere, and no fault."""
    spans = [each for each in captured.spans if each.name.startswith("chat ")]
    everything = [span.to_json() for span in captured.spans]
    assert leaks("\n".join((*everything, str(captured.logs), str(captured.metrics)))) == []
    assert captured.metrics["kansoku_internal_errors"] == {}
    if captured.session.content is not None:
        assert captured.session.content.room.taken == 0
    found = dict(spans[number].attributes or {})
    return {
        name: json.loads(cast("str", value)) if name.startswith("gen_ai.") else value
        for name, value in found.items()
        if name in CONTENT
    }


CONTENT = {
    names.INPUT_MESSAGES,
    names.OUTPUT_MESSAGES,
    names.SYSTEM_INSTRUCTIONS,
    names.TOOL_DEFINITIONS,
    names.CUT,
    names.EARLIER_LEFT_OUT,
    names.LOST,
}


def answer(found: dict[str, Any]) -> list[tuple[str, str]]:
    """The parts of the one answer: the type, and the text or the tool's name."""
    (message,) = found[names.OUTPUT_MESSAGES]
    assert message["role"] == "assistant"
    return [
        (part["type"], part["content"] if "content" in part else part["name"]) for part in message["parts"]
    ]


def created(client: Sdk) -> None:
    client.messages.create(**ASKED)


def streamed(client: Sdk) -> None:
    for _ in client.messages.create(**ASKED, stream=True):
        pass


def helped(client: Sdk) -> None:
    with client.messages.stream(**ASKED) as stream:
        stream.get_final_message()


def beta(client: Sdk) -> None:
    client.beta.messages.create(**ASKED)


def beta_helped(client: Sdk) -> None:
    with client.beta.messages.stream(**ASKED) as stream:
        stream.until_done()


def raw(client: Sdk) -> None:
    client.messages.with_raw_response.create(**ASKED).parse()


def raw_streamed(client: Sdk) -> None:
    with client.messages.with_streaming_response.create(**ASKED, stream=True) as response:
        for _ in response.iter_bytes():
            pass


def posted(client: Sdk) -> None:
    client.post("/v1/messages", body=ASKED, cast_to=anthropic.types.Message)


@pytest.mark.parametrize(
    "call",
    [created, streamed, helped, beta, beta_helped, raw, raw_streamed, posted],
    ids=lambda one: one.__name__,
)
def test_every_surface_tells_what_was_said(
    api: MessagesServer, captured: Captured, call: Callable[[Sdk], None]
) -> None:
    api.script(REPLY)
    call(client_of(api))
    found = said(captured)
    assert answer(found) == ANSWER
    arguments = found[names.OUTPUT_MESSAGES][0]["parts"][2]["arguments"]
    assert arguments["order"]["password"] == "<SECRET>"
    assert "partial" not in found[names.OUTPUT_MESSAGES][0]
    (message,) = found[names.INPUT_MESSAGES]
    assert message["parts"][0]["content"].startswith("<EMAIL> paid with <CREDIT_CARD>")
    assert found[names.SYSTEM_INSTRUCTIONS] == [
        {"type": "text", "content": "You serve <EMAIL>.", "cache_control": CACHED}
    ]
    assert found[names.TOOL_DEFINITIONS][0]["name"] == "look"
    assert found.keys().isdisjoint({names.CUT, names.EARLIER_LEFT_OUT, names.LOST})


def test_async_calls_and_streams_are_the_same(api: MessagesServer, captured: Captured) -> None:
    async def main() -> None:
        async with async_client_of(api) as client:
            api.script(REPLY)
            await client.messages.create(**ASKED)
            api.script(REPLY)
            async for _ in await client.messages.create(**ASKED, stream=True):
                pass
            api.script(REPLY)
            async with client.messages.stream(**ASKED) as stream:
                await stream.until_done()

    asyncio.run(main())
    assert [answer(said(captured, number)) for number in range(3)] == [ANSWER] * 3


@pytest.mark.parametrize("read", [streamed, helped, raw_streamed], ids=lambda one: one.__name__)
def test_a_long_stream_is_kept_whole(
    api: MessagesServer, captured: Captured, read: Callable[[Sdk], None]
) -> None:
    text = " ".join(f"{number}番" for number in range(500))
    api.script(Reply(blocks=(Text(text),)))
    read(client_of(api))
    assert answer(said(captured)) == [("text", text)]


def test_a_stream_that_goes_on_takes_room_and_gives_it_back_when_it_is_dropped(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(Reply(blocks=(Text("word " * 600),), deltas=600))
    assert captured.session.content is not None
    room = captured.session.content.room
    stream = client_of(api).messages.create(**ASKED, stream=True)
    for _ in range(400):
        next(stream)
    assert 1_280 < room.taken < 5_000
    stream.close()
    del stream
    assert len(answer(said(captured))[0][1]) > 300 * len("word ")


def test_nothing_is_kept_unless_it_is_asked_for(api: MessagesServer) -> None:
    with kansoku.testing.capture() as captured:
        api.script(REPLY, REPLY)
        created(client_of(api))
        streamed(client_of(api))
        assert [said(captured, number) for number in range(2)] == [{}, {}]


def test_it_is_on_no_log_line_and_no_metric(
    api: MessagesServer, captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "kansoku")
    api.script(REPLY)
    created(client_of(api))
    assert "on its way" in str(said(captured))
    for elsewhere in (str(captured.logs), str(captured.metrics), caplog.text, str(captured.facts)):
        assert "on its way" not in elsewhere
        assert "paid with" not in elsewhere


def test_a_stream_that_is_left_early_keeps_what_came_and_says_so(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(REPLY)
    with client_of(api).messages.create(**ASKED, stream=True) as stream:
        for event in stream:
            if event.type == "content_block_start" and event.content_block.type == "text":
                break
    found = said(captured)
    assert captured.calls[0].outcome == "aborted"
    assert found[names.OUTPUT_MESSAGES][0]["partial"] is True
    assert answer(found) == [ANSWER[0], ("text", "")]


@pytest.mark.parametrize("ending", [Truncated(after=7), ErrorEvent(after=7)], ids=["truncated", "error"])
def test_a_stream_that_breaks_off_keeps_what_came_and_says_so(
    api: MessagesServer, captured: Captured, ending: Ending
) -> None:
    api.script(Reply(blocks=(Text("one two three four five six"),), ending=ending))
    with suppress(anthropic.APIError):
        streamed(client_of(api, max_retries=0))
    assert captured.calls[0].outcome == "error"
    (message,) = said(captured)[names.OUTPUT_MESSAGES]
    assert message["partial"] is True
    assert "one two three four five six".startswith(message["parts"][0]["content"])
    assert message["parts"][0]["content"]


def test_a_tool_s_input_that_breaks_off_is_text_without_what_was_planted(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(Reply(blocks=(ToolUse("look", {"contact": SAID, "rest": "x" * 99}),)))
    pieces = 0
    with client_of(api).messages.create(**ASKED, stream=True) as stream:
        for event in stream:
            pieces += event.type == "content_block_delta"
            if pieces == 2:
                break
    (message,) = said(captured)[names.OUTPUT_MESSAGES]
    assert message["partial"] is True
    assert message["parts"][0]["name"] == "look"


def test_a_refused_call_keeps_what_was_asked(api: MessagesServer, captured: Captured) -> None:
    api.script(Failure(status=400, type="invalid_request_error", message=SAID))
    with pytest.raises(anthropic.BadRequestError):
        created(client_of(api, max_retries=0))
    found = said(captured)
    assert names.INPUT_MESSAGES in found
    assert names.OUTPUT_MESSAGES not in found


def test_a_message_that_is_added_after_the_answer_is_not_of_that_call(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(REPLY)
    messages: list[Any] = copy.deepcopy(ASKED["messages"])
    body = {**ASKED, "messages": messages}
    client_of(api).post("/v1/messages", body=body, cast_to=anthropic.types.Message)
    messages[0]["content"] = "changed"
    messages.append({"role": "user", "content": "later"})
    (message,) = said(captured)[names.INPUT_MESSAGES]
    assert "paid with" in message["parts"][0]["content"]


def test_what_can_be_read_once_is_read_by_the_sdk_and_kept(api: MessagesServer, captured: Captured) -> None:
    client_of(api).messages.create(**{**ASK, "messages": iter(ASKED["messages"])})
    assert [each["role"] for each in said(captured)[names.INPUT_MESSAGES]] == ["user"]
    assert said(captured).keys() == {names.INPUT_MESSAGES, names.OUTPUT_MESSAGES}


def test_a_request_that_cannot_be_sent_tells_what_it_was_to_say(
    api: MessagesServer, captured: Captured
) -> None:
    used = {"type": "tool_use", "id": "t", "name": "look", "input": {"n": float("nan"), "to": EMAIL}}
    messages = [{"role": "assistant", "content": [used]}]
    with pytest.raises(ValueError, match="JSON"):
        client_of(api).messages.create(**{**ASK, "system": SAID, "messages": messages})
    found = said(captured)
    assert found.keys() == {names.INPUT_MESSAGES, names.SYSTEM_INSTRUCTIONS}


def test_the_rounds_of_a_tool_runner_tell_calls_and_results(api: MessagesServer, captured: Captured) -> None:
    def look(order: str) -> str:
        """Looks an order up."""
        return f"{order}: {EMAIL}"

    client = client_of(api)
    if not hasattr(client.beta.messages, "tool_runner"):
        pytest.skip(f"anthropic {anthropic.__version__} has no tool_runner")
    api.script(
        Reply(blocks=(ToolUse("look", {"order": "A-1"}),), stop_reason="tool_use"),
        Reply(blocks=(Text("ok"),)),
    )
    client.beta.messages.tool_runner(**ASK, tools=[anthropic.beta_tool(look)]).until_done()
    (call,) = said(captured, 0)[names.OUTPUT_MESSAGES][0]["parts"]
    *_, result = said(captured, 1)[names.INPUT_MESSAGES]
    assert call["arguments"] == {"order": "A-1"}
    assert (result["parts"][0]["id"], result["parts"][0]["type"]) == (call["id"], "tool_call_response")
    assert "A-1: <EMAIL>" in str(result["parts"][0]["response"])


def test_the_results_of_a_batch_tell_their_answers(api: MessagesServer, captured: Captured) -> None:
    message = dict(wire.body(REPLY, model=MODEL, message_id="msg_1"))
    results = [
        {"custom_id": "a", "result": {"type": "succeeded", "message": message}},
        {"custom_id": "b", "result": {"type": "expired"}},
    ]
    body = "".join(f"{json.dumps(each)}\n" for each in results).encode()
    ended = {**BATCH, "results_url": f"{api.base_url}/v1/messages/batches/batch/results"}
    api.script(Raw(body=json.dumps(ended).encode()), Raw(body=body, content_type="application/x-jsonl"))
    for _ in client_of(api).messages.batches.results("batch"):
        pass
    spans = {dict(each.attributes or {}).get("kansoku.batch.custom_id"): each for each in captured.spans}
    first = json.loads(cast("str", dict(spans["a"].attributes or {})[names.OUTPUT_MESSAGES]))
    assert [part["type"] for part in first[0]["parts"]] == [kind for kind, _ in ANSWER]
    assert leaks(str(first)) == []
    assert CONTENT.isdisjoint(dict(spans["b"].attributes or {}))


BATCH = {
    "id": "batch",
    "type": "message_batch",
    "processing_status": "ended",
    "request_counts": {"processing": 0, "succeeded": 1, "errored": 0, "canceled": 0, "expired": 1},
    "created_at": "2026-11-18T10:00:00Z",
    "expires_at": "2026-11-19T10:00:00Z",
    "ended_at": "2026-11-18T11:06:40Z",
    "archived_at": None,
    "cancel_initiated_at": None,
}


def test_no_call_fails_and_none_is_lost_where_there_is_no_room(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room.Room.__init__, "__defaults__", (100,))
    with kansoku.testing.capture(content=True) as captured:
        api.script(REPLY)
        created(client_of(api))
        assert said(captured) == {names.LOST: "queue full"}
        assert captured.metric("kansoku_dropped", "content", "queue full") == 1


def test_no_call_fails_where_writing_does(
    api: MessagesServer, captured: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError(SAID)

    content = captured.session.content
    assert content is not None
    monkeypatch.setattr(type(content.writer), "content", fails)
    api.script(REPLY)
    created(client_of(api))
    (span,) = captured.spans
    assert dict(span.attributes or {})[names.LOST] == "failed"
    assert leaks(span.to_json()) == []
    assert captured.calls[0].outcome == "ok"


@needs_spans
def test_the_sdk_s_own_span_holds_it_too(api: MessagesServer) -> None:
    memory, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(memory))
    with kansoku.testing.capture(content=True, spans="native") as captured:
        api.script(REPLY)
        created(client_of(api, open_telemetry={"tracer_provider": provider}))
        captured.session.pipeline.flush(5)
    (span,) = memory.get_finished_spans()
    found = json.loads(cast("str", dict(span.attributes or {})[names.OUTPUT_MESSAGES]))
    assert answer({names.OUTPUT_MESSAGES: found}) == ANSWER
    assert leaks(span.to_json()) == []
