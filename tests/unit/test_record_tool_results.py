"""Tool calls read from messages, of any shape."""

from kansoku.record.reading import parts
from kansoku.record.tool_results import (
    ServerToolRun,
    ToolResult,
    ToolUse,
    last_content,
    server_tool_runs,
    tool_results,
    tool_uses,
)

Json = dict[str, object]


def test_only_the_last_message_is_looked_at_and_only_referred_to() -> None:
    content: list[Json] = [{"type": "tool_result", "tool_use_id": "a"}]
    messages: list[Json] = [{"content": "earlier"}, {"content": content}]
    assert last_content({"messages": messages}) is content
    odd: tuple[Json, ...] = (
        {},
        {"messages": None},
        {"messages": []},
        {"messages": ["x"]},
        {"messages": [{}]},
    )
    assert [last_content(body) for body in odd] == [None] * 5


def test_results_are_read_and_other_things_passed_over() -> None:
    content = [
        {"type": "tool_result", "tool_use_id": "a"},
        {"type": "text", "text": "hi"},
        None,
        {"type": "tool_result", "tool_use_id": "b", "is_error": True},
    ]
    assert list(tool_results(content)) == [ToolResult("a"), ToolResult("b", "tool_error")]
    assert list(tool_results("text")) == []


def test_uses_and_server_runs_are_told_apart() -> None:
    message: Json = {
        "content": [
            {"type": "tool_use", "id": "a", "name": "lookup"},
            {"type": "server_tool_use", "id": "s", "name": "web_search"},
            {"type": "web_search_tool_result", "tool_use_id": "s", "content": {"error_code": "unavailable"}},
            {"type": "mcp_tool_use", "id": "m", "name": "read"},
            {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": True, "content": []},
            {"type": "server_tool_use", "id": "n", "name": "unfinished"},
        ]
    }
    assert tool_uses(parts(message, "content")) == (ToolUse("a", "lookup"),)
    assert server_tool_runs(parts(message, "content")) == (
        ServerToolRun("web_search", "unavailable"),
        ServerToolRun("read", "tool_error"),
    )
