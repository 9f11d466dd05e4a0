"""Each block of the API as the conventions' part: what is kept, under which name, and what is not."""

import json
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from kansoku.record import parts as making
from kansoku.record import said as saying
from kansoku.record.parts import LEFT_OUT, TOO_DEEP, bare, listed, part_of, parts_in
from kansoku.record.pieces import START, blocks_of
from kansoku.record.said import (
    Said,
    Words,
    answer_of,
    asked_of,
    instructions_of,
    message_of,
    messages_of,
    tool_of,
    tools_of,
)

Part = dict[str, Any]
CACHED = {"type": "ephemeral", "ttl": "1h"}


class Marking:
    """Marks what goes through it, so that a test sees what did not."""

    def __init__(self) -> None:
        self.values = 100_000

    def text(self, text: str) -> str:
        return f"<{text}>"

    def tree(self, value: object) -> object:
        return {"tree": value}

    def block(self, media_type: str, data: str) -> str:
        return f"{media_type} {len(data)}"

    def newest(self, blocks: Sequence[object]) -> Sequence[object]:
        return blocks


class Passing(Marking):
    """Lets everything through but base64."""

    def text(self, text: str) -> str:
        return text

    def tree(self, value: object) -> object:
        return value


def source(kind: str, **more: object) -> Mapping[str, object]:
    return {"type": kind, "media_type": "image/png", **more}


BLOCKS: list[tuple[Part, Part]] = [
    ({"type": "text", "text": "a"}, {"type": "text", "content": "<a>"}),
    ({"type": "thinking", "thinking": "a", "signature": "s"}, {"type": "reasoning", "content": "<a>"}),
    ({"type": "redacted_thinking", "data": "abc"}, {"type": "redacted_thinking", "characters": 3}),
    (
        {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
        {"type": "tool_call", "id": "<t>", "name": "<n>", "arguments": {"tree": {"a": 1}}},
    ),
    (
        {"type": "tool_use", "id": "t", "name": "n", "input": '{"a": '},
        {"type": "tool_call", "id": "<t>", "name": "<n>", "arguments": '<{"a": >'},
    ),
    (
        {"type": "server_tool_use", "id": "t", "name": "web_search", "input": {"query": "q"}},
        {
            "type": "server_tool_call",
            "id": "<t>",
            "name": "<web_search>",
            "server_tool_call": {"type": "<web_search>", "arguments": {"tree": {"query": "q"}}},
        },
    ),
    (
        {"type": "mcp_tool_use", "id": "t", "name": "n", "server_name": "s", "input": {}},
        {
            "type": "server_tool_call",
            "id": "<t>",
            "name": "<n>",
            "server_tool_call": {"type": "<n>", "server_name": "<s>", "arguments": {"tree": {}}},
        },
    ),
    (
        {"type": "web_search_tool_result", "tool_use_id": "t", "content": [{"encrypted_content": "abc"}]},
        {
            "type": "server_tool_call_response",
            "id": "<t>",
            "server_tool_call_response": {
                "type": "<web_search_tool_result>",
                "content": {"tree": [{"encrypted_content": "<3 characters>"}]},
            },
        },
    ),
    (
        {"type": "tool_result", "tool_use_id": "t", "content": "done", "is_error": True},
        {"type": "tool_call_response", "id": "<t>", "response": "<done>", "is_error": True},
    ),
    (
        {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": "a"}]},
        {"type": "tool_call_response", "id": "<t>", "response": [{"type": "text", "content": "<a>"}]},
    ),
    (
        {"type": "tool_result", "tool_use_id": "t"},
        {"type": "tool_call_response", "id": "<t>", "response": []},
    ),
    (
        {"type": "image", "source": source("base64", data="abcd")},
        {"type": "blob", "modality": "image", "mime_type": "<image/png>", "content": "image/png 4"},
    ),
    (
        {"type": "image", "source": {"type": "url", "url": "http://a"}},
        {"type": "uri", "modality": "image", "uri": "<http://a>"},
    ),
    (
        {"type": "document", "source": {"type": "file", "file_id": "f"}, "title": "t", "context": "c"},
        {"type": "file", "modality": "document", "file_id": "<f>", "title": "<t>", "context": "<c>"},
    ),
    (
        {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "a"}},
        {"type": "document", "modality": "document", "mime_type": "<text/plain>", "content": "<a>"},
    ),
    (
        {"type": "document", "source": {"type": "content", "content": [{"type": "text", "text": "a"}]}},
        {
            "type": "document",
            "modality": "document",
            "content": [{"type": "text", "content": "<a>"}],
        },
    ),
    (
        {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "a"}]},
        {
            "type": "search_result",
            "source": "<s>",
            "title": "<t>",
            "content": [{"type": "text", "content": "<a>"}],
        },
    ),
    (
        {"type": "container_upload", "file_id": "f"},
        {"type": "file", "modality": "document", "file_id": "<f>"},
    ),
    ({"type": "compaction", "content": "a"}, {"type": "compaction", "content": "<a>"}),
    ({"type": "new", "a": 1}, {"tree": {"a": 1}, "type": "<new>"}),
    (
        {"type": "new", "source": source("base64", data="abcd")},
        {"tree": {"source": source("base64", data="image/png 4")}, "type": "<new>"},
    ),
    ({}, {"tree": {}, "type": "<unknown>"}),
]


@pytest.mark.parametrize(("block", "part"), BLOCKS, ids=[str(one.get("type")) for one, _ in BLOCKS])
def test_a_block_becomes_its_part_with_all_texts_cleaned(block: Part, part: Part) -> None:
    assert part_of(block, Marking()) == part
    with_breakpoint = part_of({**block, "cache_control": CACHED}, Marking())
    assert with_breakpoint == {**part, "cache_control": {"tree": CACHED}}


@pytest.mark.parametrize(("block", "part"), BLOCKS, ids=[str(one.get("type")) for one, _ in BLOCKS])
def test_a_model_is_read_as_its_fields_are(block: Part, part: Part) -> None:
    def modelled(value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            fields: Any = {name: modelled(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
            return SimpleNamespace(**fields, model_dump=None)
        return [modelled(each) for each in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]

    if part["type"] not in {
        "tool_call",
        "server_tool_call",
        "server_tool_call_response",
        "<new>",
        "<unknown>",
    }:
        assert part_of(modelled(block), Marking()) == part


def test_citations_are_kept_beside_their_text() -> None:
    made = part_of({"type": "text", "text": "a", "citations": [{"cited_text": "b"}]}, Marking())
    assert made == {"type": "text", "content": "<a>", "citations": {"tree": [{"cited_text": "b"}]}}


def test_a_content_may_be_one_text_or_none_or_what_nobody_foresaw() -> None:
    for content in ("a", ["a"], {"type": "text", "text": "a"}):
        assert listed("parts", content, Passing()) == {"parts": [{"type": "text", "content": "a"}]}
        assert list(parts_in(content, Passing())) == [{"type": "text", "content": "a"}]
    nothing: list[object] = [None, 7, [], {}]
    for content in nothing:
        assert listed("parts", content, Passing()) == {"parts": []}


def test_of_a_list_that_is_too_long_the_last_parts_are_made_and_the_others_told() -> None:
    class Two(Passing):
        def newest(self, blocks: Sequence[object]) -> Sequence[object]:
            return blocks[-2:]

    blocks = [{"type": "text", "text": each} for each in "abc"]
    texts = [{"type": "text", "content": each} for each in "bc"]
    assert listed("parts", blocks, Two()) == {"parts": texts, LEFT_OUT: 1}
    result = {"type": "tool_result", "tool_use_id": "t", "content": blocks}
    assert part_of(result, Two()) == {"type": "tool_call_response", "id": "t", "response": texts, LEFT_OUT: 1}


def test_of_a_nested_value_with_too_many_values_the_first_ones_are_kept_and_the_others_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(making, "_MOST_VALUES", 5)
    clean, given = Passing(), {"a": [1, 2, 3, 4, 5], "b": 6}
    assert bare(given, clean) == {"a": [1, 2, 3, "<CUT 2 members>"], "…": "<CUT 1 members>"}
    assert clean.values == 100_000 - 5
    clean.values = 3
    assert bare(given, clean) == {"a": [1, "<CUT 4 members>"], "…": "<CUT 1 members>"}
    assert bare(given, clean) == {"…": "<CUT 2 members>"}


def test_parts_in_parts_end_somewhere() -> None:
    block: Part = {"type": "text", "text": "a"}
    for _ in range(9):
        block = {"type": "tool_result", "tool_use_id": "t", "content": [block]}
    assert TOO_DEEP in str(part_of(block, Passing()))


def test_what_json_has_not_becomes_text() -> None:
    value = {"a": (1.5, float("nan"), b"x"), 2: {3}}
    assert bare(value, Passing()) == {"a": [1.5, "nan", "b'x'"], "2": "{3}"}
    deep: object = "a"
    for _ in range(99):
        deep = [deep]
    assert TOO_DEEP in str(bare(deep, Passing()))


BODY: Part = {
    "system": "be kind",
    "messages": [{"role": "user", "content": "a"}],
    "tools": [
        {"name": "look", "description": "d", "input_schema": {"type": "object"}, "cache_control": CACHED},
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    ],
    "metadata": {"user_id": "u-17"},
    "mcp_servers": [{"authorization_token": "t"}],
}


def test_of_a_request_only_what_it_says_is_taken_and_what_is_added_later_is_not() -> None:
    body = {**BODY, "messages": list(BODY["messages"])}
    asked = asked_of(body)
    body["messages"].append({"role": "assistant", "content": "later"})
    assert asked == {name: BODY[name] for name in ("system", "messages", "tools")}


def test_a_request_in_the_conventions_form() -> None:
    said = Said(asked_of(BODY), ({"type": "text", "text": "b"},), is_partial=True)
    clean = Passing()
    assert list(instructions_of(said, clean)) == [{"type": "text", "content": "be kind"}]
    assert [message_of(one, clean) for one in messages_of(said)] == [
        {"role": "user", "parts": [{"type": "text", "content": "a"}]}
    ]
    assert answer_of(said, clean) == [
        {"role": "assistant", "parts": [{"type": "text", "content": "b"}], "partial": True}
    ]
    assert answer_of(Said({}, ()), clean) == []
    assert [tool_of(one, clean) for one in tools_of(said)] == [
        {
            "type": "function",
            "name": "look",
            "description": "d",
            "cache_control": CACHED,
            "parameters": {"type": "object"},
        },
        {"type": "web_search_20250305", "name": "web_search", "max_uses": 3},
    ]


def delta(index: int, kind: str, **more: object) -> Part:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def event(index: int, kind: str, **more: object) -> Any:  # noqa: ANN401
    """The same as the SDK gives it."""
    return SimpleNamespace(index=index, delta=SimpleNamespace(**{"type": kind, **more}))


def begun(index: int, **block: object) -> Part:
    return {"type": "content_block_start", "index": index, "content_block": block}


def test_a_stream_is_put_together_by_its_indexes() -> None:
    words = Words({})
    words.block(begun(0, type="thinking", thinking=""))
    words.delta(event(0, "thinking_delta", thinking="th"))
    words.block(begun(1, type="text", text=""))
    words.delta(event(0, "thinking_delta", thinking="ink"))
    words.delta(event(0, "signature_delta", signature="s"))
    words.delta(event(1, "text_delta", text="a"))
    words.delta(event(1, "citations_delta", citation={"cited_text": "c"}))
    words.block(begun(2, type="tool_use", id="t", name="n", input={}))
    words.delta(event(2, "input_json_delta", partial_json='{"a":'))
    words.delta(event(2, "input_json_delta", partial_json=" 1}"))
    words.block(begun(3, type="tool_use", id="t", name="n", input={}))
    words.delta(event(3, "input_json_delta", partial_json='{"a":'))
    words.delta(event(9, "text_delta", text="of no block"))
    words.delta(event(1, "text_delta", text="b"))
    assert blocks_of(words.runs) == [
        {"type": "thinking", "thinking": "think"},
        {"type": "text", "text": "ab", "citations": [{"cited_text": "c"}]},
        {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}},
        {"type": "tool_use", "id": "t", "name": "n", "input": '{"a":'},
    ]


def test_what_was_sent_is_what_was_asked_whatever_became_of_the_applications_lists() -> None:
    sent: Any = SimpleNamespace(content=json.dumps(BODY).encode())
    assert Words({"messages": []}, sent).said((), is_partial=False) == Said(asked_of(BODY), ())
    unreadable: Any = SimpleNamespace(content=b"\x1f\x8b")
    assert Words({"messages": []}, unreadable).said((), is_partial=False) == Said({"messages": []}, ())


def test_of_what_was_never_sent_a_circle_is_nothing_and_what_was_not_given_neither() -> None:
    circle: dict[str, object] = {}
    circle |= {"a": circle, "b": [circle, circle]}
    with pytest.raises(ValueError, match="Circular"):
        Words({"messages": [circle]}).said((), is_partial=False)
    given = {
        "system": object(),
        "messages": (each for each in "ab"),
        "tools": [SimpleNamespace(model_dump=1)],
    }
    said = Words(given).said((), is_partial=False)
    assert (list(instructions_of(said, Passing())), messages_of(said)) == ([], [])
    assert tools_of(said) == [{"model_dump": 1}]


def test_of_a_stream_without_end_the_beginning_is_kept_and_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(saying, "MOST", 20_000)
    words = Words({})
    words.block(begun(0, type="text", text=""))
    for number in range(300):
        words.delta(event(0, "text_delta", text=f"{number:03}" * 30))
    words.block(begun(1, type="text", text=""))
    words.delta(event(1, "text_delta", text="e"))
    whole = "".join(f"{number:03}" * 30 for number in range(256))
    assert words.said((), is_partial=False) == Said({}, [{"type": "text", "text": whole}], is_partial=True)


def test_of_bytes_without_end_the_beginning_is_kept_and_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saying, "MOST", 20_000)
    words = Words({})
    words.read(begun(0, type="text", text=""))
    for _ in range(9):
        words.read(delta(0, "text_delta", text="x" * 9_000))
    said = words.said((), is_partial=False)
    assert said == Said({}, [{"type": "text", "text": "x" * 27_000}], is_partial=True)


def test_events_read_from_bytes_say_what_those_of_the_sdk_do() -> None:
    told = [delta(1, "text_delta", text="a"), delta(1, "compaction_delta", content="c"), delta(1, "new", a=1)]
    words, read = Words({}), Words({})
    for each in told:
        words.delta(event(1, each["delta"]["type"], **each["delta"]))
        read.read(each)
    read.read(begun(2, type="text"))
    words.block(begun(2, type="text"))
    assert (
        words.runs == read.runs == [(1, "text", ["a"]), (1, "content", ["c"]), (2, START, [{"type": "text"}])]
    )


def test_an_index_that_begins_again_is_another_block() -> None:
    words = Words({})
    for block, text in (({"type": "text", "text": "x"}, "a"), ({"type": "text"}, "b")):
        words.block(begun(0, **block))
        words.delta(event(0, "text_delta", text=text))
    assert blocks_of(words.runs) == [
        {"type": "text", "text": "xa"},
        {"type": "text", "text": "b"},
    ]


def test_a_block_that_the_application_adds_to_is_kept_as_it_came() -> None:
    citations: list[str] = []
    block: dict[str, object] = {"type": "text", "text": "", "citations": citations}
    words = Words({})
    words.block({"type": "content_block_start", "index": 0, "content_block": block})
    words.runs.append((0, "text", ["Hello ", "world"]))
    block["text"] = "Hello world"
    citations.append("c")
    assert blocks_of(words.runs) == [{"type": "text", "text": "Hello world", "citations": []}]
