"""What is kept of one message of the Claude Agent SDK: names, counts and times, none of its content.

Messages are told apart by the names of their classes, so that every version of the SDK is understood
without importing it. A kind that is not known is passed over.
"""

from dataclasses import dataclass, field
from typing import Literal, cast

from kansoku.record.reading import NOTHING, Json, part, plain, text

AgentItemKind = Literal["answer", "input", "event", "result", "reset", "ready"]

_KINDS: dict[str, AgentItemKind] = {
    "AssistantMessage": "answer",
    "UserMessage": "input",
    "StreamEvent": "event",
    "ResultMessage": "result",
    "ConversationResetMessage": "reset",
    "SystemMessage": "ready",
}
_EVENTS = frozenset({"message_start", "message_delta"})
_INIT = "init"


@dataclass(frozen=True, slots=True)
class AgentItem:
    """One message, as far as it is read.

    Attributes:
        at_s: When it came, on the run's clock.
        kind: An answer of the model, input to it (tool results), a raw event, the run's result, a reset of
            the conversation, or the session's first word.
        parent: The id of the tool use that runs the subagent it is from; empty for the agent itself.
        tools: Tools asked for: id and name.
        server_tools: Names of tools that the API ran itself.
        results: Tools that ended: id, and whether they failed.
        message_id: The API's id of the message.
        model: The model that answered, or that the session begins with.
        usage: The API's usage object, as told with this message.
        stop_reason: Why the model stopped, where this message tells.
        error: The SDK's word for a call that failed.
        message: The error's text.
        session_id: The session's id, as the SDK has it.
    """

    at_s: float
    kind: AgentItemKind
    parent: str = ""
    tools: tuple[tuple[str, str], ...] = ()
    server_tools: tuple[str, ...] = ()
    results: tuple[tuple[str, bool], ...] = ()
    message_id: str = ""
    model: str = ""
    usage: Json = field(default_factory=lambda: NOTHING)
    stop_reason: str = ""
    error: str = ""
    message: str = ""
    session_id: str = ""


def item_of(message: object, at_s: float) -> AgentItem | None:
    """What is kept of the message; None where nothing is. Runs in the application's task: a few µs."""
    kind = _KINDS.get(type(message).__name__)
    match kind:
        case "answer":
            return _answer(message, at_s)
        case "input":
            return AgentItem(at_s, kind, _text(message, "parent_tool_use_id"), results=_results(message))
        case "event":
            return _event(message, at_s)
        case "ready" if getattr(message, "subtype", "") == _INIT:
            told = plain(getattr(message, "data", None))
            return AgentItem(at_s, kind, model=text(told, "model"), session_id=text(told, "session_id"))
        case "result" | "reset":
            return AgentItem(at_s, kind, session_id=_text(message, "session_id"))
        case "ready" | None:
            return None


def _answer(message: object, at_s: float) -> AgentItem:
    """A message of the model, or a part of one."""
    error = _text(message, "error")
    blocks = _blocks(message)
    return AgentItem(
        at_s,
        "answer",
        _text(message, "parent_tool_use_id"),
        tools=tuple((_text(each, "id"), _text(each, "name")) for each in blocks if _is(each, "ToolUseBlock")),
        server_tools=tuple(_text(each, "name") for each in blocks if _is(each, "ServerToolUseBlock")),
        message_id=_text(message, "message_id") or _text(message, "uuid"),
        model=_text(message, "model"),
        usage=plain(getattr(message, "usage", None)),
        stop_reason=_text(message, "stop_reason"),
        error=error,
        message=_first_text(blocks) if error else "",
        session_id=_text(message, "session_id"),
    )


def _event(message: object, at_s: float) -> AgentItem | None:
    """A raw event of the API's stream, where it tells usage."""
    event = plain(getattr(message, "event", None))
    if text(event, "type") not in _EVENTS:
        return None
    begun = part(event, "message")
    return AgentItem(
        at_s,
        "event",
        _text(message, "parent_tool_use_id"),
        message_id=text(begun, "id"),
        model=text(begun, "model"),
        usage=part(event, "usage") or part(begun, "usage"),
        stop_reason=text(part(event, "delta"), "stop_reason"),
        session_id=_text(message, "session_id"),
    )


def _results(message: object) -> tuple[tuple[str, bool], ...]:
    """The tools whose results the message holds."""
    return tuple(
        (_text(each, "tool_use_id"), bool(getattr(each, "is_error", None)))
        for each in _blocks(message)
        if _is(each, "ToolResultBlock")
    )


def _blocks(message: object) -> list[object]:
    """The message's blocks; none where its content is a text."""
    content = getattr(message, "content", None)
    return cast("list[object]", content) if isinstance(content, list) else []


def _is(block: object, kind: str) -> bool:
    """Whether the block is of the class of that name."""
    return type(block).__name__ == kind


def _first_text(blocks: list[object]) -> str:
    """The first text in the blocks."""
    return next(filter(None, (_text(each, "text") for each in blocks)), "")


def _text(holder: object, name: str) -> str:
    """The string of that name, or the empty one."""
    value = getattr(holder, name, None)
    return value if isinstance(value, str) else ""
