"""Tool calls that the SDK's own messages show, with the real SDK over a socket."""

import asyncio
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest

import kansoku
import kansoku.testing
from kansoku.record.facts import ToolRun
from kansoku.testing import Captured
from kansoku_demo.answers import Reply, Text, ToolUse, WebSearch
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, async_client_of, client_of, close_clients


@pytest.fixture
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="t") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def runs_of(captured: Captured) -> list[ToolRun]:
    assert captured.metrics["kansoku_internal_errors"] == {}
    return [fact for fact in captured.facts if isinstance(fact, ToolRun)]


def asks(*names: str) -> Reply:
    return Reply(blocks=tuple(ToolUse(name, {}, id=f"toolu_{name}") for name in names))


def results(*ids: str, failed: tuple[str, ...] = ()) -> dict[str, Any]:
    blocks = [
        {"type": "tool_result", "tool_use_id": f"toolu_{each}", "content": "x", "is_error": each in failed}
        for each in ids
    ]
    return {"role": "user", "content": blocks}


def turn(*messages: dict[str, Any]) -> dict[str, Any]:
    return {**ASK, "messages": [*ASK["messages"], *messages]}


def test_results_in_a_later_request_are_tool_calls_each_once(api: MessagesServer, captured: Captured) -> None:
    api.script(asks("lookup", "refund"), Reply(), Reply())
    client = client_of(api)
    with kansoku.task("answer", user_id="u-1") as task:
        answer = client.messages.create(**ASK)
        history = (
            {"role": "assistant", "content": answer.content},
            results("lookup", "refund", failed=("refund",)),
        )
        client.messages.create(**turn(*history))
        client.messages.create(**turn(*history))
    runs = runs_of(captured)
    assert [(run.tool, run.outcome, run.error_type) for run in runs] == [
        ("lookup", "ok", ""),
        ("refund", "error", "tool_error"),
    ]
    first, second, _ = captured.calls
    gap_ns = second.started_unix_ns - first.started_unix_ns - int(first.duration_s * 1e9)
    assert all(abs(run.duration_s * 1e9 - gap_ns) < 50e6 for run in runs)
    assert all(run.duration_s > 0 for run in runs)
    assert {run.around.user_id for run in runs} == {"u-1"}
    assert {format(run.place.parent_span_id, "016x") for run in runs} == {task.id}
    assert captured.metric("claude_tool_calls", "refund", "error") == 1
    assert len(captured.session.tools) == 0


def test_a_decorated_run_takes_the_place_of_its_messages(api: MessagesServer, captured: Captured) -> None:
    @kansoku.tool
    def lookup() -> dict[str, bool]:
        return {"is_error": True}

    api.script(asks("lookup", "other"), Reply())
    client = client_of(api)
    with kansoku.task("answer"):
        client.messages.create(**ASK)
        lookup()
        client.messages.create(**turn(results("lookup", "other")))
    assert [(run.tool, run.outcome) for run in runs_of(captured)] == [("lookup", "error"), ("other", "ok")]


def test_streams_ask_for_tools_as_well(api: MessagesServer, captured: Captured) -> None:
    api.script(asks("lookup"), Reply())
    client = client_of(api)
    with client.messages.stream(**ASK) as stream:
        stream.get_final_message()
    client.messages.create(**turn(results("lookup")))
    (run,) = runs_of(captured)
    assert run.tool == "lookup"
    assert run.place.parent_span_id == captured.calls[0].place.span_id


def test_server_tools_are_calls_of_their_answer(api: MessagesServer, captured: Captured) -> None:
    api.script(Reply(blocks=(WebSearch("orders"), Text("found"))))
    client_of(api).messages.create(**ASK)
    (run,) = runs_of(captured)
    (call,) = captured.calls
    assert (run.tool, run.outcome, run.duration_s) == ("web_search", "ok", call.duration_s)
    assert run.place.parent_span_id == call.place.span_id


def test_what_is_never_answered_is_forgotten(captured: Captured) -> None:
    from kansoku.instrument.tool_memory import ToolMemory
    from kansoku.record.observer import Began, CallObserver
    from kansoku.record.tool_results import ToolUse as Asked
    from tests.unit.test_emit_pipeline import call

    del captured
    memory, fact = ToolMemory(limit=3), call(1)
    assert isinstance(fact, kansoku.testing.Call)
    began = Began(
        fact.place, "chat", "anthropic", "m", stream=False, around=fact.around, unix_ns=0, clock_s=0
    )
    for number in range(10):
        seen = CallObserver(began, lambda: 0.0, lambda _: None)
        seen.uses = (Asked(str(number), "lookup"),)
        assert list(memory.follow(seen, fact, lambda: 1)) == []
    assert len(memory) == 3


def test_the_tool_runner_is_covered_sync_and_async(api: MessagesServer, captured: Captured) -> None:
    @anthropic.beta_tool
    def lookup() -> str:
        """Looks up."""
        return "there"

    @anthropic.beta_async_tool
    async def refund() -> str:
        """Refunds."""
        raise LookupError

    async def main() -> None:
        async with async_client_of(api) as client:
            await client.beta.messages.tool_runner(tools=[refund], **ASK).until_done()

    api.script(asks("lookup"), Reply(), asks("refund"), Reply())
    client_of(api).beta.messages.tool_runner(tools=[lookup], **ASK).until_done()
    asyncio.run(main())
    assert [(run.tool, run.outcome) for run in runs_of(captured)] == [("lookup", "ok"), ("refund", "error")]
