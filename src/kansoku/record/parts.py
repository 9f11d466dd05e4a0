"""Content blocks of the Messages API as message parts of the OpenTelemetry GenAI conventions.

Every text goes through `Clean` on its way, so that no part ever exists with what was not redacted. What
the API's blocks have and the conventions lack stays beside it, which their schemas allow: `cache_control`,
`is_error`, `citations`. A block that nobody knows yet becomes a part of its own type.
"""

from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from typing import Protocol, cast

from kansoku.record.reading import Json, part, plain, text

Part = dict[str, object]

TOO_DEEP = "<TOO_DEEP>"
_DEEPEST = 40
_DEEPEST_PARTS = 4
"""A part in a part: a search result in a tool's result in a message."""


class Clean(Protocol):
    """What redacts."""

    def text(self, text: str) -> str:
        """One text."""
        ...

    def tree(self, value: object) -> object:
        """Every text in a nested value, by its key too."""
        ...

    def block(self, media_type: str, data: str) -> str:
        """What stands for base64: its size and its digest."""
        ...


def parts_of(content: object, clean: Clean, depth: int = _DEEPEST_PARTS) -> list[Part]:
    """The parts of a message's content: one text, or blocks."""
    if isinstance(content, str):
        return [{"type": "text", "content": clean.text(content)}]
    if not isinstance(content, Sequence):
        fields = plain(content)  # empty for what the SDK puts where nothing was given
        return [part_of(fields, clean, depth)] if fields else []
    return [part_of(block, clean, depth) for block in cast("Sequence[object]", content)]


def part_of(block: object, clean: Clean, depth: int = _DEEPEST_PARTS) -> Part:
    """One block as a part, with the cache's breakpoint if it has one."""
    if isinstance(block, str):
        return {"type": "text", "content": clean.text(block)}
    fields = plain(block)
    kind = text(fields, "type")
    make = _BY_TYPE.get(kind) or (_served if kind.endswith("_tool_result") else _generic)
    made = make(fields, clean, depth)
    breakpoint_ = fields.get("cache_control")
    if breakpoint_ is not None:
        made["cache_control"] = clean.tree(bare(breakpoint_))
    return made


def bare(value: object, clean: Clean | None = None, depth: int = _DEEPEST) -> object:
    """A nested value in JSON's own types: models as mappings, and numbers that JSON has not as text.

    With `clean`, a block of the API's own: base64 becomes its size and digest, and what only the API can
    read (`encrypted_content`, a signature) its size.
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else str(value)
    if depth == 0:
        return TOO_DEEP
    if isinstance(value, list | tuple):
        return [bare(each, clean, depth - 1) for each in cast("Sequence[object]", value)]
    if isinstance(value, Mapping) or hasattr(value, "model_dump"):
        return _fields(plain(cast("object", value)), clean, depth - 1)
    return str(value)


def _fields(fields: Json, clean: Clean | None, depth: int) -> Part:
    """The fields of a mapping, each bare; of a block of the API's own, what can be read."""
    if clean is None:
        return {str(name): bare(each, None, depth) for name, each in fields.items()}
    found: Part = {}
    data = fields.get("data")
    for name, each in fields.items():
        if name == "data" and isinstance(data, str) and fields.get("type") == "base64":
            found[name] = clean.block(text(fields, "media_type"), data)
        elif isinstance(each, str) and is_opaque(str(name)):
            found[name] = f"<{len(each)} characters>"
        else:
            found[str(name)] = bare(each, clean, depth)
    return found


def is_opaque(name: str) -> bool:
    """Whether a field of the API's holds what only the API can read."""
    return name == "signature" or name.startswith("encrypted_")


def _text(fields: Json, clean: Clean, _depth: int) -> Part:
    made: Part = {"type": "text", "content": clean.text(text(fields, "text"))}
    citations = fields.get("citations")
    if citations:
        made["citations"] = clean.tree(bare(citations, clean))
    return made


def _thinking(fields: Json, clean: Clean, _depth: int) -> Part:
    return {"type": "reasoning", "content": clean.text(text(fields, "thinking"))}


def _hidden_thinking(fields: Json, _clean: Clean, _depth: int) -> Part:
    """Thinking that the API encrypted: its size alone."""
    return {"type": "redacted_thinking", "characters": len(text(fields, "data"))}


def _tool_use(fields: Json, clean: Clean, _depth: int) -> Part:
    made: Part = {"type": "tool_call", **_named(fields, "id", clean), **_named(fields, "name", clean)}
    made["arguments"] = _arguments(fields, clean)
    return made


def _server_tool_use(fields: Json, clean: Clean, _depth: int) -> Part:
    name = clean.text(text(fields, "name"))
    call: Part = {"type": name, **_named(fields, "server_name", clean)}
    call["arguments"] = _arguments(fields, clean)
    return {"type": "server_tool_call", **_named(fields, "id", clean), "name": name, "server_tool_call": call}


def _arguments(fields: Json, clean: Clean) -> object:
    """A tool's input: an object, or the text of one that was cut off."""
    given = fields.get("input")
    return clean.text(given) if isinstance(given, str) else clean.tree(bare(given))


def _tool_result(fields: Json, clean: Clean, depth: int) -> Part:
    content = fields.get("content")
    made: Part = {"type": "tool_call_response", **_named(fields, "tool_use_id", clean, "id")}
    made["response"] = clean.text(content) if isinstance(content, str) else _nested(content, clean, depth)
    if fields.get("is_error") is True:
        made["is_error"] = True
    return made


def _served(fields: Json, clean: Clean, _depth: int) -> Part:
    """The result of a tool that the API ran."""
    response: Part = {"type": clean.text(text(fields, "type"))}
    response["content"] = clean.tree(bare(fields.get("content"), clean))
    made: Part = {"type": "server_tool_call_response", **_named(fields, "tool_use_id", clean, "id")}
    made["server_tool_call_response"] = response
    if fields.get("is_error") is True:
        made["is_error"] = True
    return made


def _media(fields: Json, clean: Clean, depth: int) -> Part:
    """An image or a document: by its size and digest, by its address or id, or a document's text."""
    kind = text(fields, "type")
    source = part(fields, "source")
    made: Part = {"modality": kind, **_named(source, "media_type", clean, "mime_type")}
    match text(source, "type"):
        case "base64":
            mark = clean.block(text(source, "media_type"), text(source, "data"))
            made = {"type": "blob", **made, "content": mark}
        case "url":
            made = {"type": "uri", **made, "uri": clean.text(text(source, "url"))}
        case "file":
            made = {"type": "file", **made, "file_id": clean.text(text(source, "file_id"))}
        case "text":
            made = {"type": kind, **made, "content": clean.text(text(source, "data"))}
        case "content":
            made = {"type": kind, **made, "content": _nested(source.get("content"), clean, depth)}
        case _:
            return _generic(fields, clean, depth)
    return {**made, **_named(fields, "title", clean), **_named(fields, "context", clean)}


def _search_result(fields: Json, clean: Clean, depth: int) -> Part:
    made: Part = {"type": "search_result"}
    made |= {**_named(fields, "title", clean), **_named(fields, "source", clean)}
    return {**made, "content": _nested(fields.get("content"), clean, depth)}


def _upload(fields: Json, clean: Clean, _depth: int) -> Part:
    return {"type": "file", "modality": "document", "file_id": clean.text(text(fields, "file_id"))}


def _compaction(fields: Json, clean: Clean, _depth: int) -> Part:
    return {"type": "compaction", **_named(fields, "content", clean)}


def _generic(fields: Json, clean: Clean, _depth: int) -> Part:
    """A block without a part of its own in the conventions: its type, and what it holds."""
    rest = {name: each for name, each in fields.items() if name not in ("type", "cache_control")}
    return {**cleaned(rest, clean), "type": clean.text(text(fields, "type") or "unknown")}


def cleaned(fields: Json, clean: Clean) -> Part:
    """Fields of the API's own, redacted; one mark where they are too much to look at."""
    held = clean.tree(bare(fields, clean))
    return cast("Part", held) if isinstance(held, dict) else {"content": held}


def _nested(content: object, clean: Clean, depth: int) -> object:
    """The parts in a part."""
    return TOO_DEEP if depth <= 0 else parts_of(content, clean, depth - 1)


def _named(fields: Json, key: str, clean: Clean, name: str = "") -> Part:
    """The text under the key as a member, under that name or its own; none where there is no text."""
    found = text(fields, key)
    return {name or key: clean.text(found)} if found else {}


_BY_TYPE: dict[str, Callable[[Json, Clean, int], Part]] = {
    "text": _text,
    "thinking": _thinking,
    "redacted_thinking": _hidden_thinking,
    "tool_use": _tool_use,
    "server_tool_use": _server_tool_use,
    "mcp_tool_use": _server_tool_use,
    "tool_result": _tool_result,
    "image": _media,
    "document": _media,
    "search_result": _search_result,
    "container_upload": _upload,
    "compaction": _compaction,
}
