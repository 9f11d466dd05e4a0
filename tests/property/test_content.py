"""Whatever is said, however nested: JSON in the conventions' form, within its room, and no planted secret."""

import json
from collections.abc import Callable
from typing import Any, cast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kansoku.catalog import content as names
from kansoku.emit.content import ContentWriter
from kansoku.record.said import Said, asked_of
from kansoku.redact.redactor import Redactor

MAIL = "taro.yamada@example.co.jp"
KEY = "sk-ant-api03-Qw3rTy9LmN4pXz7KvB2cD8fGhJ5sA1eU6iO0"
PASSWORD = "correct horse 17"
ROOMS = (1_024, names.USUAL_BYTES)
WRITERS = {room: ContentWriter(Redactor(), room) for room in ROOMS}

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from([f"x {MAIL} y", f"key {KEY}", "観測 \ud800", "", json.dumps({"password": PASSWORD})]),
    st.integers(200, 3_000).map(lambda length: "w " * length + MAIL),
)
LEAVES = st.one_of(TEXTS, st.integers(), st.floats(), st.booleans(), st.none(), st.binary(max_size=4))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.text(max_size=6), st.sampled_from(["type", "data", "source"])), inner, max_size=3
        ),
        inner.map(lambda each: {"password": PASSWORD, "also": each}),
    ),
    max_leaves=6,
)
KINDS = st.sampled_from(
    (
        "text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use",
        "tool_result", "image", "document", "search_result", "container_upload", "compaction",
        "web_search_tool_result", "new",
    )
)  # fmt: skip
FIELDS = (
    "text", "thinking", "data", "id", "name", "input", "tool_use_id", "content", "source", "title",
    "citations", "cache_control", "is_error", "file_id", "context",
)  # fmt: skip


def blocks(inner: st.SearchStrategy[object]) -> st.SearchStrategy[dict[str, object]]:
    """A block of any kind, any of its fields holding anything."""
    held = st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
    return st.tuples(KINDS, held).map(lambda one: {**one[1], "type": one[0]})


CONTENTS = st.one_of(
    TREES, st.lists(blocks(st.one_of(TREES, st.lists(blocks(TREES), max_size=2))), max_size=3)
)
MESSAGES = st.lists(
    st.one_of(
        TREES,
        st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", MAIL]), "content": CONTENTS}),
    ),
    max_size=4,
)
BODIES = st.fixed_dictionaries(
    {},
    optional={
        "messages": st.one_of(TREES, MESSAGES),
        "system": CONTENTS,
        "tools": st.one_of(TREES, st.lists(TREES, max_size=2)),
        "cache_control": TREES,
    },
)


def no_constant(name: str) -> float:
    raise AssertionError(name)


def checked_part(part: Any) -> None:  # noqa: ANN401
    """What the conventions' schemas ask of a part of each type."""
    needs: dict[str, dict[str, type]] = {
        "text": {"content": str},
        "reasoning": {"content": str},
        "tool_call_response": {"response": object},
        "blob": {"modality": str, "content": str},
        "uri": {"modality": str, "uri": str},
        "file": {"modality": str, "file_id": str},
        "server_tool_call": {"name": str, "server_tool_call": dict},
        "server_tool_call_response": {"server_tool_call_response": dict},
    }
    assert isinstance(part["type"], str)
    for name, kind in needs.get(part["type"], {}).items():
        assert isinstance(part[name], kind), part


def checked_parts(parts: list[Any]) -> None:
    for part in parts:
        checked_part(part)


def checked_messages(messages: list[Any]) -> None:
    for message in messages:
        assert isinstance(message["role"], str)
        checked_parts(message["parts"])


def checked_tools(tools: list[Any]) -> None:
    for tool in tools:
        assert isinstance(tool["type"], str)
        assert isinstance(tool["name"], str)


CHECKS: dict[str, Callable[[list[Any]], None]] = {
    names.INPUT_MESSAGES: checked_messages,
    names.OUTPUT_MESSAGES: checked_messages,
    names.SYSTEM_INSTRUCTIONS: checked_parts,
    names.TOOL_DEFINITIONS: checked_tools,
}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(BODIES, st.lists(blocks(TREES), max_size=3), st.booleans(), st.sampled_from(ROOMS))
def test_anything_said_is_valid_and_tells_no_secret(
    body: dict[str, object], answer: list[object], is_partial: bool, room: int
) -> None:
    content = WRITERS[room].content(Said(asked_of(body), answer, is_partial))
    for name, value in content.attributes.items():
        written = str(value)
        assert not [one for one in (MAIL, "taro.yamada", KEY, KEY[10:30], PASSWORD) if one in written], name
        if name in CHECKS:
            assert len(written.encode()) <= room
            CHECKS[name](cast("list[Any]", json.loads(written, parse_constant=no_constant)))
