"""Tool calls as the API's messages tell of them: asked for in an answer, answered in a later request.

Pure: it only reads blocks. A value of the wrong type counts as absent.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from kansoku.record.reading import Json, part, plain, text

TOOL_ERROR = "tool_error"
"""Error type of a result that only says that it is one."""

_SERVER_USES = frozenset({"server_tool_use", "mcp_tool_use"})
_RESULT = "tool_result"


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool that an answer asks the application to run."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What became of a tool; an error type where it failed."""

    id: str
    error_type: str = ""


@dataclass(frozen=True, slots=True)
class ServerToolRun:
    """A tool that the API ran itself while it answered."""

    name: str
    error_type: str = ""


def last_content(body: Json) -> object:
    """The content of a request's last message: a reference, nothing is looked through."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return None
    last: object = messages[-1]  # pyright: ignore[reportUnknownVariableType]  a `cast` is a call
    return last.get("content") if isinstance(last, dict) else None  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]


def tool_uses(blocks: Iterable[Json]) -> tuple[ToolUse, ...]:
    """The tools that the blocks of an answer ask the application for."""
    asked = (block for block in blocks if text(block, "type") == "tool_use")
    return tuple(ToolUse(text(block, "id"), text(block, "name")) for block in asked if text(block, "name"))


def tool_results(content: object) -> Iterator[ToolResult]:
    """The results that the content of a message carries."""
    for block in map(plain, cast("list[object]", content) if isinstance(content, list) else ()):
        if text(block, "type") == _RESULT:
            failed = block.get("is_error") is True
            yield ToolResult(text(block, "tool_use_id"), TOOL_ERROR if failed else "")


def server_tool_runs(blocks: Sequence[Json]) -> tuple[ServerToolRun, ...]:
    """The tools that the API ran, by their results among the blocks of the same answer."""
    names = {
        text(block, "id"): text(block, "name") for block in blocks if text(block, "type") in _SERVER_USES
    }
    done = ((names.get(text(block, "tool_use_id")), block) for block in blocks)
    return tuple(ServerToolRun(name, _error(block)) for name, block in done if name)


def _error(block: Mapping[str, object]) -> str:
    """The error code of a server tool's result, if it is an error."""
    code = text(part(block, "content"), "error_code")
    return code or (TOOL_ERROR if block.get("is_error") is True else "")
