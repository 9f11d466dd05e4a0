"""What was said, written: redacted, then cut, valid JSON whatever the room, and bounded while it waits."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest

from kansoku.catalog import content as names
from kansoku.catalog.instruments import DROPPED, INSTRUMENTS
from kansoku.emit import content as contents
from kansoku.emit.cells import Cells
from kansoku.emit.content import Content, ContentWriter, Told
from kansoku.emit.guard import Guard
from kansoku.emit.pipeline import _batch  # pyright: ignore[reportPrivateUsage]
from kansoku.emit.room import Room
from kansoku.emit.telemetry import Telemetry
from kansoku.instrument.content import ContentCapture
from kansoku.record.body import Body
from kansoku.record.facts import Call, Place
from kansoku.record.said import Said, Words
from kansoku.redact.redactor import TOO_LONG, Redactor

MAIL = "taro@example.com"
REDACTOR = Redactor()
CALL = Call(
    place=Place(1, 2),
    started_unix_ns=1,
    duration_s=1.0,
    operation="chat",
    provider="anthropic",
    request_model="m",
    outcome="ok",
)


def asked(*texts: str, **more: object) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": each} for each in texts], **more}


def written(said: Said, most: int = names.USUAL_BYTES) -> dict[str, Any]:
    """The attributes, those that are JSON parsed; each holds its room."""
    content = ContentWriter(REDACTOR, most).content(said)
    for name, value in content.attributes.items():
        if name.startswith("gen_ai."):
            assert len(str(value).encode()) <= most, name
    return {
        name: json.loads(cast("str", value)) if name.startswith("gen_ai.") else value
        for name, value in content.attributes.items()
    }


def texts_of(messages: list[dict[str, Any]]) -> list[str]:
    return [part["content"] for message in messages for part in message["parts"]]


def test_all_four_attributes_are_there_redacted_and_nothing_is_said_to_be_cut() -> None:
    said = Said(
        asked(f"I am {MAIL}", system=f"mail {MAIL}", tools=[{"name": "look", "description": MAIL}]),
        ({"type": "tool_use", "id": "t", "name": "look", "input": {"password": "hunter2", "to": [MAIL]}},),
    )
    found = written(said)
    assert MAIL not in str(found)
    assert "hunter2" not in str(found)
    assert list(found) == [
        names.OUTPUT_MESSAGES,
        names.INPUT_MESSAGES,
        names.SYSTEM_INSTRUCTIONS,
        names.TOOL_DEFINITIONS,
    ]
    (call,) = found[names.OUTPUT_MESSAGES][0]["parts"]
    assert call["arguments"] == {"password": "<SECRET>", "to": ["<EMAIL>"]}


@pytest.mark.parametrize("key", ["a\n", "\n", "a: \n"])
def test_json_in_a_text_is_redacted_whatever_its_key(key: str) -> None:
    block = {"type": "tool_use", "id": "t", "name": "n", "input": {key: '{"password": "correct horse 17"}'}}
    assert "correct horse" not in str(written(Said({}, (block,))))


def test_nothing_said_is_nothing_written() -> None:
    assert written(Said({}, ())) == {}
    assert ContentWriter(REDACTOR).content(Said(asked("a"), ())).size > 0


def test_the_newest_messages_are_kept_and_the_cut_is_told() -> None:
    found = written(Said(asked(*(f"{number} " + "x" * 300 for number in range(9))), ()), 1_024)
    kept = texts_of(found[names.INPUT_MESSAGES])
    assert kept[-1] == "8 " + "x" * 300
    assert kept[-2].startswith("7 x")
    assert found[names.EARLIER_LEFT_OUT] == 9 - len(kept) > 0
    assert found[names.CUT] == (names.INPUT_MESSAGES,)


def test_a_long_text_is_cut_after_redaction_so_that_no_half_of_a_secret_is_left() -> None:
    for lead in range(900, 1_000):
        (text,) = texts_of(
            written(Said(asked("x " * (lead // 2) + MAIL + " y" * 900), ()), 1_024)[names.INPUT_MESSAGES]
        )
        assert "… <CUT " in text
        assert "taro" not in text


def test_of_a_message_with_many_parts_the_last_ones_are_kept() -> None:
    blocks = [{"type": "text", "text": f"part {number}"} for number in range(200)]
    found = written(Said({"messages": [{"role": "user", "content": blocks}]}, ()), 1_024)
    (message,) = found[names.INPUT_MESSAGES]
    assert message["parts"][-1]["content"] == "part 199"
    assert message["earlier_parts_left_out"] == 200 - len(message["parts"])


def test_japanese_is_counted_in_bytes_and_stays_readable() -> None:
    content = ContentWriter(REDACTOR, 1_024).content(Said(asked("観測" * 2_000), ()))
    assert "観測観測" in str(content.attributes[names.INPUT_MESSAGES])
    assert len(str(content.attributes[names.INPUT_MESSAGES]).encode()) <= 1_024


def test_what_is_too_much_to_be_redacted_is_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_LONGEST", 100)
    monkeypatch.setattr(contents, "_MOST", 150)
    long = {"type": "tool_use", "name": "n", "input": {"a": ["y" * 60, "z" * 60]}}
    assert texts_of(written(Said(asked("x" * 101), ()))[names.INPUT_MESSAGES]) == [TOO_LONG]
    assert texts_of(written(Said(asked("a " * 45, "b " * 45), ()))[names.INPUT_MESSAGES]) == [
        TOO_LONG,
        "b " * 45,
    ]
    assert written(Said({}, (long,)))[names.OUTPUT_MESSAGES][0]["parts"][0]["arguments"] == TOO_LONG


def test_a_cache_breakpoint_of_the_whole_request_stands_on_its_last_message() -> None:
    found = written(Said(asked("a", "b", cache_control={"type": "ephemeral"}), ()))
    assert [one.get("cache_control") for one in found[names.INPUT_MESSAGES]] == [None, {"type": "ephemeral"}]


def test_a_text_that_was_redacted_before_is_not_searched_again_and_not_kept_as_it_was() -> None:
    seen: list[str] = []

    def watching(text: str) -> Iterator[tuple[int, int, str]]:
        seen.append(text)
        return iter(())

    writer = ContentWriter(Redactor(recognizers=[watching]))
    said = Said(asked(f"{MAIL} " + "x" * 100), ())
    first, again = writer.content(said), writer.content(said)
    assert first == again
    assert sum("xxx" in text for text in seen) == 1
    assert MAIL not in str(vars(writer._texts))  # pyright: ignore[reportPrivateUsage]


def captured(room: Room) -> tuple[ContentCapture, Cells, Guard]:
    cells, guard = Cells(INSTRUMENTS), Guard()
    return ContentCapture(ContentWriter(REDACTOR), room, cells, guard), cells, guard


def held(words: Words, answer: object = None) -> int:
    """Bytes that the words of a call that ended are counted as; they are given back."""
    room = Room(1 << 30)
    capture, _, _ = captured(room)
    capture.hold(words, answer)
    taken = room.taken
    assert taken == words.held
    capture.release(words)
    assert room.taken == 0
    return taken


def test_words_that_find_no_room_are_let_go_and_counted_and_the_call_says_so() -> None:
    room = Room(15_000)
    capture, cells, _ = captured(room)
    first, second = Words(asked("a" * 9_000)), Words(asked("b" * 9_000))
    capture.hold(first, None)
    capture.hold(second, None)
    assert 9_000 < room.taken == first.held < 10_000
    assert cells.value(DROPPED, "content", "queue full") == 1
    assert second.asked == {}
    told = capture.told(CALL, second, lambda: second.said((), is_partial=False))
    assert told == Told(CALL, Content({names.LOST: "queue full"}))
    assert (
        names.INPUT_MESSAGES
        in capture.told(CALL, first, lambda: first.said((), is_partial=False)).content.attributes
    )
    assert room.taken == 0


BIG = "x" * 1_000_000
RESULT = {"type": "web_search_tool_result", "content": [{"title": "t", "encrypted_content": BIG}]}
ANSWERS: list[object] = [
    {"content": [RESULT], "usage": {"output_tokens": 25}},
    {"content": [{"type": "tool_use", "input": {"a": [{"b": BIG}]}}]},
    SimpleNamespace(model_dump=1, content=[SimpleNamespace(model_dump=1, type="text", text=BIG)]),
    Body("application/json", bytearray(BIG, "ascii")),
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_counted_by_all_that_it_holds(answer: object) -> None:
    assert 1_000_000 < held(Words({}), answer) < 1_003_000


def test_a_request_is_counted_by_its_body_and_the_application_s_own_objects_do_not_wait_with_it() -> None:
    body = json.dumps(asked(BIG)).encode()
    words = Words(asked(BIG), cast("Any", SimpleNamespace(content=body)))
    assert len(body) <= held(words) < len(body) + 100
    assert words.asked == {}
    assert words.said((), is_partial=False).asked == asked(BIG)


def test_a_request_that_was_not_sent_is_counted_by_its_first_values_while_the_application_waits() -> None:
    seen = 0

    class Watched(dict[str, object]):
        def values(self) -> Any:  # noqa: ANN401
            nonlocal seen
            seen += 1
            return super().values()

    assert 8 * 800_000 < held(Words({"messages": [Watched(a=0.5) for _ in range(100_000)]})) < 64 << 20
    assert 0 < seen < 5_000
    circle: list[object] = []
    circle.append(circle)
    assert held(Words({"messages": circle})) < 1 << 20
    doubled: object = "x"
    for _ in range(40):
        doubled = [doubled, doubled]
    assert held(Words({"messages": doubled})) < 4 << 20


def delta(text: object, kind: str = "text_delta", name: str = "text") -> object:
    return SimpleNamespace(index=0, delta=SimpleNamespace(**{"type": kind, name: text}))


def begun(**block: object) -> object:
    return {"type": "content_block_start", "index": 0, "content_block": block}


def test_a_stream_that_goes_on_is_counted_while_it_does() -> None:
    room = Room()
    capture, _, _ = captured(room)
    words = capture.begin({})
    assert words is not None
    words.block(begun(type="text", text=""))
    for _ in range(20_000):
        words.delta(delta("abcd"))
    assert 80_000 < room.taken < 100_000
    words.block(begun(**RESULT))
    assert 1_080_000 < room.taken < 1_105_000
    words.delta(delta({"cited_text": BIG}, "citations_delta", "citation"))
    assert 2_080_000 < room.taken < 2_110_000
    capture.hold(words, None)
    said = words.said((), is_partial=False)
    assert [len(cast("Any", each).get("text", "")) for each in said.answer] == [80_000, 0]
    capture.release(words)
    assert room.taken == 0


def test_short_runs_of_a_stream_are_counted_when_the_next_begins_and_the_last_one_at_the_end() -> None:
    room = Room()
    capture, _, _ = captured(room)
    words = capture.begin({})
    assert words is not None
    for each in ("text", "thinking", "text"):
        words.delta(delta("x" * 1_000, f"{each}_delta", each))
    assert 2_000 < room.taken < 2_200
    capture.hold(words, None)
    assert 3_000 < room.taken < 3_400


def test_a_stream_that_finds_no_room_lets_go_while_it_goes_on_and_is_counted_once() -> None:
    room = Room(20_000)
    capture, cells, guard = captured(room)
    words = capture.begin(asked("a"))
    assert words is not None
    words.block(begun(type="text", text=""))
    for _ in range(400):
        words.delta(delta("x" * 100))
    assert (words.lost, words.runs, room.taken) == ("queue full", [], 0)
    words.block(begun(type="text", text=""))
    for _ in range(400):
        words.delta(delta("y" * 100))
    words.delta(object())
    capture.hold(words, {"content": "z"})
    assert (words.lost, words.runs, room.taken, guard.faults) == ("queue full", [], 0, {})
    assert cells.value(DROPPED, "content", "queue full") == 1
    assert cells.value(DROPPED, "content", "failed") == 0


def many(lead: str = "") -> list[object]:
    return [{"type": "text", "text": f"{lead}{number}"} for number in range(30_000)]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (Said({"messages": [{"role": "user", "content": many()}]}, ()), names.INPUT_MESSAGES),
        (Said({}, many()), names.OUTPUT_MESSAGES),
        (Said({}, ({"type": "tool_result", "content": many()},)), names.OUTPUT_MESSAGES),
        (
            Said({}, [{"type": "tool_result", "content": many(each)} for each in "abcdefghij"]),
            names.OUTPUT_MESSAGES,
        ),
        (Said({"system": many()}, ()), names.SYSTEM_INSTRUCTIONS),
    ],
)
def test_of_very_many_parts_only_those_that_may_fit_are_searched_and_the_others_told(
    said: Said, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[str] = []
    redacted = Redactor.text

    def watched(redactor: Redactor, text: str) -> str:
        searched.append(text)
        return redacted(redactor, text)

    monkeypatch.setattr(Redactor, "text", watched)
    found = written(said)
    assert name in found[names.CUT]
    assert len(searched) < 5_000
    assert "29999" in searched or "j29999" in searched or name == names.SYSTEM_INSTRUCTIONS
    if name != names.SYSTEM_INSTRUCTIONS:
        assert "earlier_parts_left_out" in json.dumps(found[name])


def test_of_many_results_of_many_parts_the_newest_are_kept() -> None:
    results = [{"type": "tool_result", "tool_use_id": f"{number}", "content": many()} for number in range(20)]
    (message,) = written(Said({"messages": [{"role": "user", "content": results}]}, ()))[names.INPUT_MESSAGES]
    assert message["parts"][-1]["id"] == "19"
    assert len(message["parts"][-1]["response"]) > 1_000


def test_a_field_of_a_tool_s_own_with_the_name_of_ours_is_a_field() -> None:
    tools = [
        {"name": "a", "earlier_parts_left_out": "x"},
        {"name": "c", "earlier_parts_left_out": 3},
        {"name": "b"},
    ]
    found = written(Said({"tools": tools}, ()))
    assert [each["name"] for each in found[names.TOOL_DEFINITIONS]] == ["a", "c", "b"]
    assert names.CUT not in found


def test_parts_that_are_kept_and_parts_left_out_make_all_of_them() -> None:
    long = [{"type": "text", "text": f"{number} " + "x" * 90} for number in range(30_000)]
    (message,) = written(Said({}, long))[names.OUTPUT_MESSAGES]
    assert message["parts"][-1]["content"].startswith("29999 x")
    assert message["earlier_parts_left_out"] + len(message["parts"]) == 30_000
    assert len(message["parts"]) > 400


def test_of_a_nested_value_so_much_is_searched_as_takes_its_time() -> None:
    said = Said({}, [{"type": "tool_use", "name": "n", "input": {"a": [0] * 3_000_000, "b": "c"}}])
    (message,) = written(said)[names.OUTPUT_MESSAGES]
    given = message["parts"][0]["arguments"]
    assert len(given["a"]) < 10_000
    assert given["a"][-1] == f"<CUT {3_000_001 - len(given['a'])} members>"
    assert given["…"] == "<CUT 1 members>"


def test_of_many_nested_values_so_many_are_searched_in_one_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "_VALUES", 300)
    uses = [{"type": "tool_use", "name": "n", "input": {"a": [0] * 98}} for _ in "abcd"]
    (message,) = written(Said({}, uses))[names.OUTPUT_MESSAGES]
    given = [each["arguments"] for each in message["parts"]]
    assert given == [{"…": "<CUT 1 members>"}] + [{"a": [0] * 98}] * 3


def test_a_request_whose_body_cannot_be_read_again_costs_what_was_said_alone() -> None:
    class Streamed:
        @property
        def content(self) -> bytes:
            raise RuntimeError("the body was streamed")

    capture, _, guard = captured(Room())
    words = Words(asked("a"), Streamed())
    capture.hold(words, None)
    assert (words.lost, guard.faults) == ("failed", {"content": 1})


def test_an_event_that_nobody_foresaw_costs_what_was_said_alone() -> None:
    room = Room()
    capture, cells, _ = captured(room)
    words = capture.begin(asked("a"))
    assert words is not None
    words.delta(object())
    capture.hold(words, None)
    assert (words.lost, room.taken) == ("failed", 0)
    assert cells.value(DROPPED, "content", "failed") == 1


def test_a_fault_keeps_the_call_and_nothing_of_what_was_said() -> None:
    room = Room()
    capture, cells, guard = captured(room)
    words = Words(asked(MAIL))
    capture.hold(words, None)

    def fails() -> Said:
        raise RuntimeError(MAIL)

    assert capture.told(CALL, words, fails) == Told(CALL, Content({names.LOST: "failed"}))
    assert (guard.faults, room.taken) == ({"content": 1}, 0)
    assert cells.value(DROPPED, "content", "failed") == 1
    assert capture.begin(cast("Any", 7)) is None


def test_a_request_is_ended_by_what_was_said_in_it() -> None:
    large = Telemetry(CALL, (), "", Content({}, 1_500_000))
    small = Telemetry(CALL, (), "")
    assert [len(_batch(cast("Any", each), 3)) for each in ([large] * 9, [small] * 9)] == [2, 3]


def test_room_is_not_taken_beyond_its_end_and_a_child_begins_anew() -> None:
    room = Room(10)
    assert room.take(10)
    assert not room.take(1)
    room.give(4)
    assert room.take(4)
    room.forked()
    assert room.taken == 0


def test_words_of_a_call_that_cannot_be_read_give_their_room_back() -> None:
    room = Room()
    capture = ContentCapture(ContentWriter(REDACTOR), room, Cells(INSTRUMENTS), Guard())
    words = Words(asked("a"))
    capture.hold(words, None)
    assert room.taken > 0

    def broken() -> Call:
        raise OverflowError

    with pytest.raises(OverflowError):
        capture.read(words, broken, lambda _: words.said((), is_partial=False))
    assert room.taken == 0
