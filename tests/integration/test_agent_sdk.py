"""The real Claude Agent SDK over a command line of the tests' own: each run, call and tool once."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import kansoku
from kansoku.record.facts import AgentRun, Call, ToolRun
from kansoku.testing import Captured, capture
from tests.integration import fake_cli

sdk: Any = pytest.importorskip("claude_agent_sdk", reason="claude-agent-sdk is not installed")
early_query: Any = sdk.query
"""As an application has it that imports the function before `init`."""

MODEL = "claude-sonnet-5-5"
SMALL = "claude-haiku-5-5"
Step = dict[str, Any]
Play = Callable[..., Any]
Sdk = Any
"""An object of the SDK, looked at from outside."""


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Options of the SDK whose command line plays the given turns."""
    cli = tmp_path / "claude"
    cli.write_text(f"#!{sys.executable}\n{Path(fake_cli.__file__).read_text()}")
    cli.chmod(0o755)

    def options(*turns: list[Step], env: dict[str, str] | None = None, **more: Sdk) -> Sdk:
        script = tmp_path / "script.json"
        script.write_text(json.dumps(turns))
        env = {"FAKE_CLI_SCRIPT": str(script), **(env or {})}
        return sdk.ClaudeAgentOptions(cli_path=str(cli), env=env, **more)

    return options


def ready() -> Step:
    return {
        "type": "system",
        "subtype": "init",
        "model": MODEL,
        "session_id": "s-1",
        "claude_code_version": "9.9.9",
    }


def answer(message_id: str, *blocks: Step, model: str = MODEL, **more: Sdk) -> Step:
    message = {
        "id": message_id,
        "model": model,
        "role": "assistant",
        "content": list(blocks) or [{"type": "text", "text": "Yes."}],
        "usage": more.pop("usage", {"input_tokens": 10, "cache_read_input_tokens": 100, "output_tokens": 1}),
        "stop_reason": more.pop("stop_reason", None),
    }
    return {"type": "assistant", "message": message, "session_id": "s-1", **more}


def use(tool_id: str, name: str = "Read") -> Step:
    return {"type": "tool_use", "id": tool_id, "name": name, "input": {}}


def tool_result(tool_id: str, *, is_error: bool = False, parent: str | None = None) -> Step:
    block = {"type": "tool_result", "tool_use_id": tool_id, "content": "x", "is_error": is_error}
    return {"type": "user", "message": {"role": "user", "content": [block]}, "parent_tool_use_id": parent}


def totals(usd: float, inp: int, out: int, read: int = 0) -> Step:
    return {
        "inputTokens": inp,
        "outputTokens": out,
        "cacheReadInputTokens": read,
        "cacheCreationInputTokens": 0,
        "webSearchRequests": 0,
        "costUSD": usd,
    }


def result(usage: dict[str, Step] | None, **more: Sdk) -> Step:
    return {
        "type": "result",
        "subtype": "success",
        "duration_ms": 5,
        "duration_api_ms": 4,
        "is_error": False,
        "num_turns": 2,
        "session_id": "s-1",
        "modelUsage": usage,
        "total_cost_usd": None,
        **more,
    }


def ask(options: Sdk, query: Sdk = None) -> list[Any]:
    """All messages of one query."""

    async def collect() -> list[Any]:
        return [each async for each in (query or sdk.query)(prompt="Hello", options=options)]

    return asyncio.run(collect())


def of(captured: Captured, kind: Sdk) -> list[Any]:
    assert captured.metrics["kansoku_internal_errors"] == {}
    return [each for each in captured.facts if isinstance(each, kind)]


def chats(captured: Captured) -> list[Call]:
    return [each for each in of(captured, Call) if each.operation == "chat"]


def test_a_query_is_one_run_with_its_calls_and_tools_in_one_trace(play: Play) -> None:
    options = play(
        [
            ready(),
            answer("m1", {"type": "text", "text": "I look."}),
            answer("m1", use("t1")),
            tool_result("t1"),
            answer("m2", use("t2", "Bash")),
            tool_result("t2", is_error=True),
            answer("m3"),
            result({MODEL: totals(0.5, 40, 90, 300), SMALL: totals(0.01, 7, 3)}),
        ]
    )
    with capture() as captured, kansoku.task("support", user_id="u-1"):
        messages = ask(options, early_query)
        assert type(messages[1]) is sdk.AssistantMessage
        (run,) = of(captured, AgentRun)
        calls, tools = chats(captured), of(captured, ToolRun)
    assert (run.agent, run.outcome, run.turns, run.request_model) == ("claude-code", "ok", 2, MODEL)
    assert (run.around.task, run.around.user_id, run.around.session_id) == ("support", "u-1", "s-1")
    assert [each.response_id for each in calls] == ["m1", "m2", "m3"]
    assert [each.tool_names for each in calls] == [("Read",), ("Bash",), ()]
    assert [(each.tool, each.outcome) for each in tools] == [("Read", "ok"), ("Bash", "error")]
    assert {each.place.parent_span_id for each in calls} == {run.place.span_id}
    assert [each.place.parent_span_id for each in tools] == [each.place.span_id for each in calls[:2]]
    assert {each.place.trace_id for each in (*calls, *tools)} == {run.place.trace_id}
    names = {each.name for each in captured.spans}
    assert {"invoke_agent claude-code", f"chat {MODEL}", "execute_tool Bash"} <= names


def test_tokens_and_cost_add_up_to_the_runs_own_totals_once(play: Play) -> None:
    options = play(
        [answer("m1"), answer("m1"), result({MODEL: totals(0.5, 10, 90, 100), SMALL: totals(0.01, 7, 3)})]
    )
    with capture() as captured:
        ask(options)
        (call,) = chats(captured)
        assert (call.usage.output_tokens, call.usage.input_tokens, call.cost.usd) == (None, 10, None)
        assert captured.metric("claude_api_calls", MODEL, "ok") == 1
        assert captured.metric("claude_tokens", MODEL, "input") == 10
        assert captured.metric("claude_tokens", MODEL, "output") == 90
        assert captured.metric("claude_tokens", MODEL, "cache_read") == 100
        assert captured.metric("claude_tokens", SMALL, "output") == 3
        assert captured.metric("claude_cost_usd", MODEL) == pytest.approx(0.5)
        assert captured.metric("claude_cost_usd", SMALL) == pytest.approx(0.01)
        assert not any(captured.metrics["claude_unpriced_calls"].values())
        rests = [each for each in of(captured, Call) if each.operation == "agent_usage"]
        assert {each.cost.source for each in rests} == {"claude-agent-sdk"}
        (run,) = of(captured, AgentRun)
        assert run.cost_usd == pytest.approx(0.51)


def test_a_streamed_final_count_is_the_calls_own_and_is_not_overwritten(play: Play) -> None:
    def event(event: Step) -> Step:
        return {"type": "stream_event", "uuid": "u", "session_id": "s-1", "event": event}

    start = {"type": "message_start", "message": {"id": "m1", "model": MODEL, "usage": {"input_tokens": 10}}}
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 42}}
    options = play(
        [event(start), answer("m1"), event(delta), answer("m1"), result({MODEL: totals(0.1, 10, 42, 100)})]
    )
    with capture() as captured:
        ask(options)
        (call,) = chats(captured)
        assert (call.usage.output_tokens, call.stop_reason) == (42, "end_turn")
        assert captured.metric("claude_tokens", MODEL, "output") == 42


def converse(options: Sdk, prompts: int, kind: Sdk = sdk.ClaudeSDKClient) -> None:
    async def talk() -> None:
        async with kind(options) as client:
            for _ in range(prompts):
                await client.query("Hello")
                assert [each async for each in client.receive_response()]

    asyncio.run(talk())


class Unhashable(sdk.ClaudeSDKClient):  # noqa: PLW1641  that is the point
    def __eq__(self, other: object) -> bool:
        return self is other


def test_a_client_without_a_hash_is_observed_and_none_the_worse(play: Play) -> None:
    options = play([answer("m1"), result({MODEL: totals(0.5, 10, 50, 100)})])
    with capture() as captured:
        converse(options, 1, Unhashable)
        assert [each.cost_usd for each in of(captured, AgentRun)] == [pytest.approx(0.5)]


def test_totals_that_run_on_over_a_client_are_taken_as_differences(play: Play) -> None:
    options = play(
        [answer("m1"), result({MODEL: totals(0.5, 10, 50, 100)})],
        [answer("m2"), result({MODEL: totals(0.8, 20, 80, 200)})],
    )
    with capture() as captured:
        converse(options, 2)
        assert [each.cost_usd for each in of(captured, AgentRun)] == [pytest.approx(0.5), pytest.approx(0.3)]
        assert captured.metric("claude_cost_usd", MODEL) == pytest.approx(0.8)
        assert captured.metric("claude_tokens", MODEL, "output") == 80
        assert captured.metric("claude_tokens", MODEL, "input") == 20


@pytest.mark.parametrize("told", [True, False])
def test_totals_zeroed_by_clear_are_taken_from_zero(play: Play, told: bool) -> None:
    reset = {"type": "conversation_reset", "new_conversation_id": "n", "uuid": "u", "session_id": "s-1"}
    second = totals(0.6, 20, 90, 200) if told else totals(0.2, 10, 20, 100)
    options = play(
        [answer("m1"), result({MODEL: totals(0.5, 10, 50, 100)})],
        [*([reset] if told else []), answer("m2"), result({MODEL: second})],
    )
    with capture() as captured:
        converse(options, 2)
        assert captured.metric("claude_cost_usd", MODEL) == pytest.approx(0.5 + second["costUSD"])
        assert captured.metric("claude_tokens", MODEL, "output") == 50 + second["outputTokens"]


def test_a_subagents_calls_nest_under_the_tool_that_runs_it(play: Play) -> None:
    options = play(
        [
            answer("m1", use("t1", "Task")),
            answer("m2", model=SMALL, parent_tool_use_id="t1"),
            tool_result("t1"),
            result({MODEL: totals(0.5, 10, 50, 100), SMALL: totals(0.1, 10, 5, 100)}),
        ]
    )
    with capture() as captured:
        ask(options)
        (tool,) = of(captured, ToolRun)
        assert [each.request_model for each in chats(captured)] == [MODEL, SMALL]
        assert chats(captured)[1].place.parent_span_id == tool.place.span_id


def test_a_failed_call_is_an_error_of_the_call_and_of_the_run(play: Play) -> None:
    failed = answer(
        "m1", {"type": "text", "text": "API Error: 529"}, model="<synthetic>", error="server_error"
    )
    options = play([ready(), failed, result({}, is_error=True, api_error_status=529), {"exit": 1}])
    with capture() as captured:
        with pytest.raises(sdk.ClaudeSDKError):
            ask(options)
        (call,), (run,) = chats(captured), of(captured, AgentRun)
        assert (call.outcome, call.error_type, call.http_status) == ("error", "api_error", 529)
        assert (call.request_model, call.usage.output_tokens, call.cost.usd) == (MODEL, None, None)
        assert (run.outcome, run.error_type, run.http_status) == ("error", "overloaded_error", 529)


def test_a_run_that_hit_its_limit_says_so(play: Play) -> None:
    options = play(
        [answer("m1"), result({MODEL: totals(0.1, 10, 5, 100)}, subtype="error_max_turns", is_error=True)]
    )
    with capture() as captured:
        ask(options)
        (run,) = of(captured, AgentRun)
        assert (run.outcome, run.error_type) == ("error", "error_max_turns")
        assert chats(captured)[0].outcome == "ok"


def test_a_query_left_early_is_one_aborted_run(play: Play) -> None:
    async def leave(options: Sdk) -> None:
        messages = sdk.query(prompt="Hello", options=options)
        async for message in messages:
            if isinstance(message, sdk.AssistantMessage):
                break
        await messages.aclose()
        await asyncio.sleep(0)  # the turn of the loop in which what was dropped is closed
        await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}), return_exceptions=True)

    with capture() as captured:
        asyncio.run(leave(play([answer("m1", use("t1")), {"wait": True}])))
        (run,), (call,), (tool,) = of(captured, AgentRun), chats(captured), of(captured, ToolRun)
        assert (run.outcome, call.outcome, tool.outcome) == ("aborted", "aborted", "aborted")
        assert (call.usage.output_tokens, call.cost.unpriced_reason) == (None, "tokens unknown")


def test_a_cancelled_query_is_one_cancelled_run(play: Play) -> None:
    async def cancel(options: Sdk) -> None:
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in sdk.query(prompt="Hello", options=options):
                begun.set()

        reading = asyncio.create_task(read())
        await begun.wait()
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    with capture() as captured:
        asyncio.run(cancel(play([answer("m1"), {"wait": True}])))
        (run,) = of(captured, AgentRun)
        assert (run.outcome, run.error_type) == ("cancelled", "CancelledError")


def test_a_command_line_that_dies_or_is_missing_is_an_error(play: Play) -> None:
    with capture() as captured:
        with pytest.raises(sdk.ClaudeSDKError):
            ask(play([answer("m1"), {"exit": 3}]))
        with pytest.raises(sdk.CLINotFoundError):
            ask(sdk.ClaudeAgentOptions(cli_path="/nowhere/claude"))
        assert [(each.outcome, each.error_type) for each in of(captured, AgentRun)] == [
            ("error", "ProcessError"),
            ("error", "CLINotFoundError"),
        ]


def test_a_client_left_early_may_read_on_and_is_aborted_only_when_it_disconnects(play: Play) -> None:
    async def talk(options: Sdk) -> None:
        async with sdk.ClaudeSDKClient(options) as client:
            await client.query("Hello")
            async for _ in client.receive_response():
                break
            assert [each async for each in client.receive_response()]
            await client.query("Again")
            async for _ in client.receive_response():
                break

    with capture() as captured:
        asyncio.run(
            talk(
                play([answer("m1"), result({MODEL: totals(0.1, 10, 5, 100)})], [answer("m2"), {"wait": True}])
            )
        )
        assert [each.outcome for each in of(captured, AgentRun)] == ["ok", "aborted"]
        assert [each.response_id for each in chats(captured)] == ["m1", "m2"]


def test_a_client_whose_reader_was_cancelled_may_read_on(play: Play) -> None:
    async def talk(options: Sdk) -> None:
        async with sdk.ClaudeSDKClient(options) as client:
            begun = asyncio.Event()

            async def read() -> None:
                async for _ in client.receive_response():
                    begun.set()

            await client.query("Hello")
            reading = asyncio.create_task(read())
            await begun.wait()
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await client.query("Go on")
            assert [each async for each in client.receive_response()]

    with capture() as captured:
        asyncio.run(talk(play([answer("m1")], [answer("m2"), result({MODEL: totals(0.1, 20, 5, 200)})])))
        assert [each.outcome for each in of(captured, AgentRun)] == ["ok"]
        assert [each.response_id for each in chats(captured)] == ["m1", "m2"]


def test_a_client_that_connects_again_begins_its_totals_again(play: Play) -> None:
    async def talk() -> None:
        client = sdk.ClaudeSDKClient(play([answer("m1"), result({MODEL: totals(0.5, 10, 50, 100)})]))
        for usd in (0.5, 0.7):
            client.options = play([answer(f"m{usd}"), result({MODEL: totals(usd, 10, 90, 100)})])
            await client.connect()
            await client.query("Hello")
            assert [each async for each in client.receive_response()]
            await client.disconnect()

    with capture() as captured:
        asyncio.run(talk())
        assert captured.metric("claude_cost_usd", MODEL) == pytest.approx(1.2)
        assert captured.metric("claude_tokens", MODEL, "output") == 180


def test_the_users_hooks_and_environment_reach_the_command_line_untouched(play: Play, tmp_path: Path) -> None:
    async def hook(*_: Sdk) -> dict[str, Any]:
        return {}

    note = tmp_path / "note.json"
    hooks = {"PreToolUse": [sdk.HookMatcher(matcher="Bash", hooks=[hook])]}
    env = {"FAKE_CLI_NOTE": str(note), "CLAUDE_CODE_ENABLE_TELEMETRY": "1"}
    with capture() as captured:
        ask(play([answer("m1"), result({MODEL: totals(0.1, 10, 5, 100)})], env=env, hooks=hooks))
        (run,) = of(captured, AgentRun)
        assert run.cli_telemetry is True
        assert captured.metric("claude_cost_usd", MODEL) == pytest.approx(0.1)
    seen = json.loads(note.read_text())
    assert list(seen["hooks"]) == ["PreToolUse"]
    assert seen["hooks"]["PreToolUse"] == [{"matcher": "Bash", "hookCallbackIds": ["hook_0"]}]
    assert seen["telemetry"] == "1"


def test_a_changed_sdk_is_counted_and_its_calls_go_on(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    from claude_agent_sdk._internal.client import InternalClient

    options = play([answer("m1"), result({MODEL: totals(0.1, 10, 5, 100)})])
    process_query: Any = InternalClient.process_query
    monkeypatch.delattr(sdk.ClaudeSDKClient, "receive_messages")
    with capture() as captured:
        assert process_query is InternalClient.process_query
        assert len(ask(options)) == 2
        assert captured.metric("kansoku_internal_errors", "attach agent sdk") == 1
        assert captured.facts == []


def test_a_message_that_cannot_be_read_costs_the_application_nothing(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kansoku.record import agent_observer

    def broken(*_: object) -> None:
        raise TypeError

    monkeypatch.setattr(agent_observer, "item_of", broken)
    with capture() as captured:
        assert len(ask(play([answer("m1"), result(None)]))) == 2
        assert captured.metric("kansoku_internal_errors", "agent sdk") == 2


def test_detaching_puts_the_sdks_own_functions_back() -> None:
    from claude_agent_sdk._internal.client import InternalClient

    before = (InternalClient.process_query, sdk.ClaudeSDKClient.receive_messages)
    with capture():
        assert before[0] is not InternalClient.process_query
    assert before == (InternalClient.process_query, sdk.ClaudeSDKClient.receive_messages)


@pytest.mark.parametrize("first", ["kansoku", "sdk"])
def test_either_may_be_imported_first_and_kansoku_never_imports_the_sdk(first: str) -> None:
    program = f"""
import sys
if {first!r} == "sdk":
    import claude_agent_sdk
from kansoku.testing import capture
with capture():
    assert ("claude_agent_sdk" in sys.modules) is ({first!r} == "sdk")
    from claude_agent_sdk import query
    from claude_agent_sdk._internal.client import InternalClient
    assert InternalClient.process_query.__module__ == "claude_agent_sdk._internal.client"
    assert InternalClient.process_query.__wrapped__
assert not hasattr(InternalClient.process_query, "__wrapped__")
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
