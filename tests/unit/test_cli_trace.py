"""`kansoku trace`: the order of spans as a property, the picture against a server on a real socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.cli.app import run
from kansoku.cli.table import fitted, json_text, width
from kansoku.cli.trace import lasting
from kansoku.cli.waterfall import Known, Place, bar, places
from tests.unit.test_cli_commands import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN = 1_790_000_000_123_456_789
MS = 10**6
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.fixture(name="server", scope="module")
def fixture_server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


def span(name: str, own: str, parent: str, start: int, lasted: int, **changed: object) -> dict[str, object]:
    told: dict[str, object] = {
        "start_ns": str(BEGIN + start * MS),
        "duration_ns": lasted * MS,
        "span_id": own,
        "parent_span_id": parent,
        "name": name,
        "kind": "Client",
        "service": "shop",
        "status": "Unset",
        "status_message": "",
        "attributes": {},
        "resource": {},
    }
    return {**told, **changed}


FAILED = {"error.type": "overloaded_error", "gen_ai.usage.input_tokens": "7", "kansoku.cost.usd": "7"}
CALLS = [
    {"span_id": "b", "input_tokens": 2112.0, "output_tokens": 11.0, "cost_usd": 0.0123},
    {"span_id": "d", "input_tokens": None, "output_tokens": None, "cost_usd": None},
    {"span_id": "gone", "input_tokens": 5.0, "output_tokens": 5.0, "cost_usd": 5.0},
]
SPANS = [
    span("answer", "a", "", 0, 2_000),
    span("chat claude-x", "b", "a", 500, 1_000),
    span("execute_tool 検索", "c", "b", 700, 100),
    span(
        "chat \x1b[31mclaude-y",
        "d",
        "a",
        1_500,
        500,
        attributes=FAILED,
        status="Error",
        status_message="try\nlater",
    ),
]


def told(server: Scripted, capsys: pytest.CaptureFixture[str], *words: str, spans: list[object]) -> list[str]:
    server.answers({"trace_id": TRACE, "spans": spans, "calls": CALLS, "truncated": False})
    assert run(["trace", TRACE, "--url", server.url, *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_a_trace_is_drawn_as_a_tree_beside_its_time(
    server: Scripted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    assert told(server, capsys, "--lang", "en", spans=[*SPANS]) == [
        f"{TRACE}  2026-09-21 14:13:20.123 UTC  2.00 s",
        "spans: 4  errors: 1  tokens: 2,112→11  cost: $0.012  shop",
        "",
        "  SPAN                      START      TIME                       TOKENS    COST",
        "  answer                   0.0 ms    2.00 s  █████████████████",
        "    chat claude-x        500.0 ms    1.00 s      █████████      2,112→11  $0.012",
        "      execute_tool 検索  700.0 ms  100.0 ms       ██",
        "✗   chat  [31mclaude-y     1.50 s  500.0 ms              █████",
        "      overloaded_error: try later",
    ]
    assert [path for _, path, _ in server.asked[-2:]] == [
        f"/api/traces/{TRACE}",
        f"/api/traces/{TRACE}/shape",
    ]


def said_in(*parts: object, cut: bool = False, **more: object) -> dict[str, str]:
    """The attributes of a call that one question and one answer were said in."""
    asked = {"role": "user", "parts": [{"type": "text", "content": "Where?\n\x1b[31mNow"}]}
    answered = {"role": "assistant", "parts": parts, **more}
    return {
        "gen_ai.system_instructions": json.dumps(
            [{"type": "text", "content": "Be kind.", "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
        ),
        "gen_ai.input.messages": json.dumps([asked]),
        "gen_ai.output.messages": json.dumps([answered]),
        **({"kansoku.content.cut": '["gen_ai.input.messages"]'} if cut else {}),
    }


def test_what_was_said_stands_below_with_breakpoints_and_the_cost_of_each_step(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    first = said_in(
        {"type": "reasoning", "content": "hm"},
        {"type": "tool_call", "name": "look", "arguments": {"order": "A-1"}},
        {"type": "tool_call_response", "response": [{"type": "text", "content": "no"}], "is_error": True},
        {"type": "blob", "modality": "image", "content": "<BASE64 image/png 5 bytes>"},
        {"type": "redacted_thinking", "characters": 3},
        {"type": "novel", "a": 1},
        cut=True,
    )
    second = {
        **said_in({"type": "text", "content": "There."}, partial=True),
        "kansoku.content.lost": "failed",
    }
    spans = [span("chat", "b", "", 5, 10, attributes=first), span("chat", "d", "", 20, 10, attributes=second)]
    lines = told(server, capsys, "--lang", "en", "--messages", spans=[*spans, span("task", "a", "", 0, 40)])
    assert lines[lines.index("Step 1  chat  10.0 ms  2,112→11  $0.012") :] == [
        "Step 1  chat  10.0 ms  2,112→11  $0.012",
        '  ! cut: ["gen_ai.input.messages"]',
        "  system",
        "    Be kind.",
        "    ── cache breakpoint (1h)",
        "  user",
        "    Where?",
        "     [31mNow",
        "  assistant",
        "    (thinking) hm",
        '    → calls look {"order": "A-1"}',
        "    ← result, failed no",
        "    [image] <BASE64 image/png 5 bytes>",
        "    (thinking that the API keeps to itself)",
        '    {"type": "novel", "a": 1}',
        "",
        "Step 2  chat  10.0 ms",
        "  ! not kept: failed",
        "  … 2 messages as in the step before",
        "  assistant",
        "    There.",
        "    ! the answer broke off here",
        "",
    ]
    lines = told(server, capsys, "--lang", "ja", "--messages", spans=[*SPANS])
    assert lines[-1] == "メッセージは記録されていません。kansoku.init(content=True) で記録されます。"


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_no_line_is_wider_than_the_terminal(
    server: Scripted,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    columns: int,
    language: str,
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    deep = [span("段" * 90, str(depth), str(depth - 1), depth, 9, status="Error", status_message="誤" * 99)
            for depth in range(40)]  # fmt: skip
    lines = told(server, capsys, "--lang", language, spans=[*SPANS, *deep])
    assert len(lines) == 3 + 1 + 5 + 80 + 2
    assert max(map(width, lines)) <= columns
    assert lines[-1][0] == "?"


def test_orphans_and_cycles_are_shown_and_said(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    lost = [
        span("late", "x", "gone", 10, 1),
        span("egg", "e", "h", 30, 1),
        span("hen", "h", "e", 20, 1),
        span("self", "s", "s", 40, 1),
        span("chick", "k", "e", 15, 1),
    ]
    lines = told(server, capsys, "--lang", "ja", spans=[*lost])
    assert [line[:9].rstrip() for line in lines[4:9]] == [" ?late", " @hen", "    egg", "      chi", " @self"]
    assert lines[9:] == ["", "? 親スパンが保存されていません", "@ 親子関係が循環しています"]


IDS = st.sampled_from(["", "a", "b", "c", "d", "e"])
KNOWN = st.builds(Known, st.integers(0, 9), st.integers(0, 9), IDS, IDS)


@given(st.lists(KNOWN, max_size=12))
def test_every_span_stands_once_and_below_a_span_that_it_names(spans: list[Known]) -> None:
    order = places(spans)
    assert sorted(place.index for place in order) == list(range(len(spans)))
    around: list[Place] = []
    for place in order:
        assert place.depth <= len(around)
        around[place.depth :] = [place]
        parent = spans[place.index].parent_span_id
        named = bool(parent) and parent in {span.span_id for span in spans}
        assert place.lost == ("" if place.depth or not parent else "cycle" if named else "orphan")
        if place.depth:
            assert spans[around[-2].index].span_id == parent


def test_a_chain_of_ten_thousand_spans_is_no_recursion() -> None:
    spans = [Known(place, 1, str(place), str(place - 1)) for place in range(10_000)]
    assert places(spans)[-1] == Place(9_999, 9_999)
    around = [Known(place, 1, str(place), str((place + 1) % 10_000)) for place in range(10_000)]
    assert places(around)[0] == Place(0, 0, "cycle")


@given(st.floats(0, 1), st.floats(0, 1), st.integers(1, 200))
def test_a_bar_has_its_columns_and_is_never_nothing(one: float, other: float, columns: int) -> None:
    start, end = sorted((one, other))
    drawn = bar(start, end, columns)
    assert len(drawn) == columns
    assert drawn.strip()


@given(st.text(max_size=30), st.integers(0, 20))
def test_what_is_fitted_has_its_width(text: str, columns: int) -> None:
    assert width(fitted(text, columns)) == columns


def test_times_are_told_in_the_unit_that_fits() -> None:
    shown = [lasting(ns) for ns in (0, 41_000, 12_340_000, 999_000_000, 1_500_000_000, 125 * 10**9)]
    assert shown == ["0.0 ms", "0.04 ms", "12.3 ms", "999.0 ms", "1.50 s", "2m05s"]


def test_a_trace_as_json_is_the_servers_answer_that_no_terminal_obeys(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = span("\x9b31m \u202e \U000e0041 漢\ud800", "a", "", 0, 1)
    server.answers({"trace_id": TRACE, "spans": [wild], "calls": CALLS, "truncated": True})
    assert run(["trace", TRACE.upper(), "--url", server.url, "--json"]) == 0
    printed = capsys.readouterr().out
    assert json.loads(printed)["spans"][0]["name"] == wild["name"]
    assert json.loads(printed)["calls"] == CALLS
    assert r"\u009b31m \u202e \udb40\udc41 漢\ud800" in printed
    assert json_text({"a": ["b\n"]}, 1) == '{\n "a": [\n  "b\\n"\n ]\n}'


def test_a_trace_that_is_not_kept_and_an_id_that_is_none_are_refused(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers({"error": {"message": "trace_id: no span of ab is kept", "field": "trace_id"}}, 404)
    assert run(["trace", "ab", "--url", server.url]) == 1
    assert capsys.readouterr().err == "kansoku: trace_id: no span of ab is kept\n"
    assert run(["trace", "../status", "--url", server.url]) == 64
