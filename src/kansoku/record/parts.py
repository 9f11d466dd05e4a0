"""Content blocks of the Messages API as message parts of the OpenTelemetry GenAI conventions.

Every text goes through `Clean` on its way, so that no part ever exists with what was not redacted. What
the API's blocks have and the conventions lack stays beside it, which their schemas allow: `cache_control`,
`is_error`, `citations`. A block that nobody knows yet becomes a part of its own type.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Protocol, cast

from kansoku.record.reading import Json, part, plain, text

Part = dict[str, object]

TOO_DEEP = "<TOO_DEEP>"
LEFT_OUT = "earlier_parts_left_out"
"""Of a message, or of a part that holds parts: how many of the first ones are missing."""

_MOST_VALUES = 10_000
"""Values in a nested one; those beyond are left out, and how many of the list or mapping is said."""

_DEEPEST = 40
_DEEPEST_PARTS = 4
"""A part in a part: a search result in a tool's result in a message."""


class Clean(Protocol):
    """What redacts.

    Attributes:
        values: So many values in nested ones may still be looked at.
    """

    values: int

    def text(self, text: str) -> str:
        """One text."""
        ...

    def tree(self, value: object) -> object:
        """Every text in a nested value, by its key too."""
        ...

    def block(self, media_type: str, data: str) -> str:
        """What stands for base64: its size and its digest."""
        ...

    def newest(self, blocks: Sequence[object]) -> Sequence[object]:
        """As many of the last blocks as may be looked at."""
        ...


def listed(name: str, content: object, clean: Clean, depth: int = _DEEPEST_PARTS) -> Part:
    """The parts of a content under that name, and how many of its first ones are left out."""
    blocks = _blocks(content)
    newest = clean.newest(blocks)
    made: Part = {name: [part_of(each, clean, depth) for each in reversed(newest)][::-1]}  # the newest first
    left_out = len(blocks) - len(newest)
    return {**made, LEFT_OUT: left_out} if left_out else made


def parts_in(content: object, clean: Clean) -> Iterator[Part]:
    """The parts of a content, the first one first, each made as it is asked for."""
    return (part_of(each, clean) for each in _blocks(content))


def _blocks(content: object) -> Sequence[object]:
    """The blocks of a content, which may be one text, or one block."""
    if isinstance(content, Sequence) and not isinstance(content, str):
        return cast("Sequence[object]", content)
    # A mapping of no fields is what the SDK puts where nothing was given.
    return [content] if isinstance(content, str) or plain(content) else []


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
        made["cache_control"] = clean.tree(bare(breakpoint_, clean))
    return made


def bare(value: object, clean: Clean, *, is_api: bool = False) -> object:
    """A nested value in JSON's own types: models as mappings, and numbers that JSON has not as text.

    Args:
        value: The value.
        clean: What redacts; the values are counted there.
        is_api: Whether it is a block of the API's own: base64 becomes its size and digest, and what only the
            API can read (`encrypted_content`, a signature) its size.
    """
    most = min(_MOST_VALUES, clean.values)
    making = _Bare(clean, is_api, most)
    made = making.value(value, _DEEPEST)
    clean.values -= most - making.left
    return made


@dataclass(slots=True)
class _Bare:
    """Makes values bare, so many of them."""

    clean: Clean
    is_api: bool
    left: int

    def value(self, value: object, depth: int) -> object:
        """One value with those in it."""
        self.left -= 1
        if value is None or isinstance(value, str | bool | int):
            return value
        if isinstance(value, float):
            return value if isfinite(value) else str(value)
        if depth == 0:
            return TOO_DEEP
        if isinstance(value, list | tuple):
            return self._list(cast("Sequence[object]", value), depth - 1)
        if isinstance(value, Mapping) or hasattr(value, "model_dump"):
            return self._fields(plain(cast("object", value)), depth - 1)
        return str(value)

    def _list(self, values: Sequence[object], depth: int) -> list[object]:
        """The values in a list."""
        found: list[object] = []
        for each in values:
            if self.left <= 0:
                found.append(_cut(len(values) - len(found)))
                break
            found.append(self.value(each, depth))
        return found

    def _fields(self, fields: Json, depth: int) -> Part:
        """The fields of a mapping; of a block of the API's own, what can be read."""
        found: Part = {}
        for name, each in fields.items():
            if self.left <= 0:
                found["…"] = _cut(len(fields) - len(found))
                break
            mark = _unread(fields, str(name), each, self.clean) if self.is_api else None
            found[str(name)] = self.value(each, depth) if mark is None else mark
        return found


def _cut(count: int) -> str:
    """What stands for members that are left out."""
    return f"<CUT {count} members>"


def _unread(fields: Json, name: str, value: object, clean: Clean) -> str | None:
    """What stands for a field of the API's that nobody can read; None for all others."""
    if name == "data" and isinstance(value, str) and fields.get("type") == "base64":
        return clean.block(text(fields, "media_type"), value)
    return f"<{len(value)} characters>" if isinstance(value, str) and is_opaque(name) else None


def is_opaque(name: str) -> bool:
    """Whether a field of the API's holds what only the API can read."""
    return name == "signature" or name.startswith("encrypted_")


def _text(fields: Json, clean: Clean, _depth: int) -> Part:
    made: Part = {"type": "text", "content": clean.text(text(fields, "text"))}
    citations = fields.get("citations")
    if citations:
        made["citations"] = clean.tree(bare(citations, clean, is_api=True))
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
    return clean.text(given) if isinstance(given, str) else clean.tree(bare(given, clean))


def _tool_result(fields: Json, clean: Clean, depth: int) -> Part:
    content = fields.get("content")
    made: Part = {"type": "tool_call_response", **_named(fields, "tool_use_id", clean, "id")}
    if isinstance(content, str):
        made["response"] = clean.text(content)
    else:
        made |= _nested("response", content, clean, depth)
    if fields.get("is_error") is True:
        made["is_error"] = True
    return made


def _served(fields: Json, clean: Clean, _depth: int) -> Part:
    """The result of a tool that the API ran."""
    response: Part = {"type": clean.text(text(fields, "type"))}
    response["content"] = clean.tree(bare(fields.get("content"), clean, is_api=True))
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
            made = {"type": kind, **made, **_nested("content", source.get("content"), clean, depth)}
        case _:
            return _generic(fields, clean, depth)
    return {**made, **_named(fields, "title", clean), **_named(fields, "context", clean)}


def _search_result(fields: Json, clean: Clean, depth: int) -> Part:
    made: Part = {"type": "search_result"}
    made |= {**_named(fields, "title", clean), **_named(fields, "source", clean)}
    return {**made, **_nested("content", fields.get("content"), clean, depth)}


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
    held = clean.tree(bare(fields, clean, is_api=True))
    return cast("Part", held) if isinstance(held, dict) else {"content": held}


def _nested(name: str, content: object, clean: Clean, depth: int) -> Part:
    """The parts in a part, under that name."""
    return {name: TOO_DEEP} if depth <= 0 else listed(name, content, clean, depth - 1)


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
