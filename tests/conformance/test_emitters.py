"""Anyone's spans and events become calls: as captured from each emitter, and as the mappings mean it."""

from __future__ import annotations

import math
import random
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.catalog.emitters import EMITTERS, MAPPINGS
from kansoku.catalog.fields import CALLS, RELATIONS, Attribute, Intrinsic, Kind
from kansoku.catalog.prices import NOT_YET_PRICED
from kansoku.query import emitted as meaning
from kansoku.query.emitted import Raw, Row, Value
from kansoku.store.schema.newest import bring_up
from tests.conformance.conftest import emptied
from tests.conformance.emitted import CAPTURED, TIME, USAGE, captured, hold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kansoku.store.engine import Engine

TABLES = {relation.table: relation for relation in RELATIONS}


@pytest.fixture(scope="module")
def filled(engine: Engine) -> Engine:
    bring_up(emptied(engine))
    hold(engine, [raw for name in CAPTURED for raw in captured(name)])
    return engine


def held(engine: Engine, raws: list[Raw], table: str = "calls") -> list[Row]:
    """The rows of the table that these raw rows became, by time."""
    columns_of = TABLES[table].fields
    columns = ", ".join(
        f"toUnixTimestamp64Nano({each.name})" if each.source == Intrinsic("time") else each.name
        for each in columns_of
    )
    traces = ", ".join(f"'{raw.trace_id}'" for raw in raws)
    found = engine.rows(f"SELECT {columns} FROM {table} WHERE trace_id IN ({traces}) ORDER BY time, trace_id")
    return [{each.name: _value(value) for each, value in zip(columns_of, row, strict=True)} for row in found]


def _value(value: object) -> Value:
    return tuple(cast("list[str]", value)) if isinstance(value, list) else cast("Value", value)


def known(row: Row, *names: str) -> dict[str, object]:
    return {name: row[name] for name in names}


ALL_TOKENS = tuple(USAGE)
WITHOUT_HOUR = {**USAGE, "cache_write_1h_tokens": None}
ONE_MORE = {**WITHOUT_HOUR, "output_tokens": 43}
NOTHING: dict[str, int | None] = dict.fromkeys(USAGE)
LANGCHAIN = {**WITHOUT_HOUR, "input_tokens": 130, "cache_write_tokens": 0}
EXPECTED: dict[str, tuple[str, list[tuple[str, dict[str, Any]]]]] = {
    "native": ("anthropic-sdk", [*(("ok", dict(USAGE)),) * 3, ("error", NOTHING), ("ok", dict(USAGE))]),
    "otel": ("opentelemetry", [*(("ok", WITHOUT_HOUR),) * 3, ("error", NOTHING), ("ok", WITHOUT_HOUR)]),
    "openllmetry-0.62": (
        "openllmetry",
        [("ok", WITHOUT_HOUR), *(("ok", ONE_MORE),) * 2, ("error", NOTHING), ("ok", WITHOUT_HOUR)],
    ),
    # its streams tell no usage, the helper's 0 of everything
    "openllmetry-0.33": (
        "openllmetry",
        [("ok", WITHOUT_HOUR), *(("ok", NOTHING),) * 2, ("ok", WITHOUT_HOUR)],
    ),
    "tl-langchain": (
        "openllmetry",
        [("ok", LANGCHAIN), ("ok", WITHOUT_HOUR), ("ok", LANGCHAIN), ("error", NOTHING), ("ok", LANGCHAIN)],
    ),
    "logfire": (
        "logfire",
        [*(("ok", dict(USAGE)),) * 3, ("error", NOTHING), ("ok", dict(USAGE))],
    ),
    "pydantic-ai": ("pydantic-ai", [*(("ok", dict(USAGE)),) * 4, ("error", NOTHING)]),
    "openinference": (
        "openinference",
        [*(("ok", WITHOUT_HOUR),) * 3, ("error", NOTHING), ("ok", WITHOUT_HOUR)],
    ),
    "oi-langchain": (
        "openinference",
        [*(("ok", WITHOUT_HOUR),) * 3, ("error", NOTHING), *(("ok", WITHOUT_HOUR),) * 2],
    ),
    "vercel": (
        "vercel-ai",
        [("ok", dict(USAGE)), ("ok", dict(USAGE)), ("error", NOTHING), *(("ok", dict(USAGE)),) * 2],
    ),
    "vercel5": (
        "vercel-ai",
        [("ok", dict(USAGE)), ("ok", dict(USAGE)), ("error", NOTHING), *(("ok", dict(USAGE)),) * 2],
    ),
    "claude-code-spans": ("claude-code", [("ok", WITHOUT_HOUR), ("error", NOTHING)]),
    "claude-code-events": ("claude-code", [("ok", dict(USAGE)), ("error", NOTHING)]),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_the_calls_of_an_emitter_and_nothing_else_are_kept_with_their_tokens(
    filled: Engine, name: str
) -> None:
    rows = held(filled, captured(name))
    emitter, wanted = EXPECTED[name]
    assert [(row["outcome"], known(row, *ALL_TOKENS)) for row in rows] == wanted
    assert {row["emitter"] for row in rows} == {emitter}
    assert {row["operation"] for row in rows} == {"chat"}
    assert {row["request_model"] for row in rows} <= {"claude-sonnet-5-5", "fail", "claude-opus-5-5"}
    assert {row["provider"] for row in rows} == {"anthropic"}


def test_langfuse_generations_are_calls_of_tokens_told_apart(filled: Engine) -> None:
    rows = held(filled, captured("langfuse-langchain"))
    told = [known(row, *ALL_TOKENS) for row in rows]
    # while it streams, LangChain tells it no split
    assert told[:4] == [dict(USAGE), WITHOUT_HOUR, dict(USAGE), NOTHING]
    assert rows[3]["outcome"] == "error"
    assert rows[3]["cost_usd"] is None, "its cost of 0 says that it knows none"


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("native", ["msg_0001", "msg_0002", "msg_0003", "", "msg_0005"]),
        ("otel", ["msg_0001", "msg_0002", "msg_0003", "", "msg_0005"]),
        ("logfire", ["msg_0001", "msg_0002", "msg_0003", "", "msg_0005"]),
        ("openinference", ["msg_0001", "msg_0002", "msg_0003", "", "msg_0005"]),
        ("vercel", ["msg_0001", "msg_0002", "", "msg_0004", "msg_0005"]),
    ],
)
def test_the_message_s_id_is_found_wherever_an_emitter_has_it(
    filled: Engine, name: str, names: list[str]
) -> None:
    assert [row["response_id"] for row in held(filled, captured(name))] == names


def test_what_only_some_emitters_tell_is_read_in_our_words(filled: Engine) -> None:
    ok, *_, failed = held(filled, captured("claude-code-spans"))
    assert known(ok, "ttft_s", "request_id", "response_id", "stop_reason", "speed") == {
        "ttft_s": 0.073,
        "request_id": "req_0001",
        "response_id": "",
        "stop_reason": "tool_use",
        "speed": "standard",
    }
    assert known(failed, "http_status", "error_type") == {
        "http_status": 400,
        "error_type": "invalid_request_error",
    }
    vercel = held(filled, captured("vercel"))
    assert [row["stream"] for row in vercel] == [False, True, False, False, False]
    assert vercel[1]["ttft_s"] == pytest.approx(0.17333, abs=1e-5)
    assert vercel[3]["stop_reason"] == "tool_use"
    assert {(row["feature"], row["user_id"]) for row in vercel} == {("support", "u1")}
    assert held(filled, captured("otel"))[3]["error_type"] == "not_found_error"
    assert held(filled, captured("openinference"))[3]["error_type"] == "not_found_error"
    assert held(filled, captured("openinference"))[0]["web_search_requests"] == 1


def test_an_event_of_claude_code_is_a_call_that_began_its_duration_before(filled: Engine) -> None:
    answered, failed = held(filled, captured("claude-code-events"))
    assert known(answered, "duration_s", "ttft_s", "cost_usd", "price_source", "unpriced_reason") == {
        "duration_s": 0.228,
        "ttft_s": 0.073,
        "cost_usd": 0.011424,
        "price_source": "claude-code",
        "unpriced_reason": "",
    }
    at = next(raw.time for raw in captured("claude-code-events") if raw.own["event.name"] == "api_request")
    assert answered["time"] == at - 228_000_000
    assert (answered["span_id"], answered["parent_span_id"]) != ("", "")
    assert answered["span_id"] == ""
    assert known(failed, "http_status", "error_type", "unpriced_reason") == {
        "http_status": 400,
        "error_type": "invalid_request_error",
        "unpriced_reason": "",
    }


@pytest.mark.parametrize(
    ("name", "status", "error_type"),
    [
        ("claude-code-events", "503", "http_503"),
        ("claude-code-events", "529", "overloaded_error"),
        ("claude-code-events", "undefined", ""),
        ("claude-code-spans", "503", "http_503"),
        ("claude-code-spans", "undefined", "client_error"),
        ("claude-code-spans", "200", "client_error"),
    ],
)
def test_a_status_that_claude_code_tells_becomes_our_word_for_the_error(
    filled: Engine, name: str, status: str, error_type: str
) -> None:
    (failed,) = (each for each in captured(name) if each.own.get("status_code"))
    told = replace(failed, trace_id=f"{name} {status}", own={**failed.own, "status_code": status})
    hold(filled, [told])
    (row,) = held(filled, [told])
    assert row["error_type"] == error_type
    assert row["http_status"] == (int(status) if status.isdigit() else None)


def test_the_record_of_a_stream_s_end_tells_when_the_stream_began(filled: Engine) -> None:
    rows = held(filled, captured("logfire"))
    streamed = [row for row in rows if row["stream"]]
    assert len(streamed) == 2
    (first, _) = streamed
    told = next(raw for raw in captured("logfire") if raw.own["logfire.span_type"] == "log")
    assert first["duration_s"] == float(told.own["duration"])
    assert first["time"] == told.time - round(float(told.own["duration"]) * 1e9)


@pytest.mark.parametrize(
    ("name", "runs"),
    [
        ("oi-langchain", 2),
        ("tl-langchain", 2),
        ("pydantic-ai", 1),
        ("vercel", 1),
        ("langfuse-langchain", 2),
        ("claude-code-spans", 0),
        ("claude-code-events", 1),
    ],
)
def test_tools_run_are_told_by_their_names(filled: Engine, name: str, runs: int) -> None:
    rows = held(filled, captured(name), "tool_calls")
    assert len(rows) == runs
    assert {row["tool"] for row in rows} <= {"get_weather", "Bash"}
    assert {row["outcome"] for row in rows} <= {"ok"}


def test_what_should_have_a_price_and_has_none_waits_for_one(filled: Engine) -> None:
    rows = held(filled, captured("otel"))
    assert [row["unpriced_reason"] for row in rows] == [*(NOT_YET_PRICED,) * 3, "", NOT_YET_PRICED]
    paid = held(filled, captured("pydantic-ai"))[0]
    assert known(paid, "cost_usd", "price_source") == {"cost_usd": 0.010712, "price_source": "pydantic-ai"}


def test_every_captured_row_is_read_as_it_is_meant(filled: Engine) -> None:
    for name in CAPTURED:
        for table in ("calls", "tool_calls"):
            same(held(filled, captured(name), table), captured(name), table)


# --- random rows


def attributes(value: object) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every attribute that a mapping names, with the values that it names of it."""
    if isinstance(value, tuple):
        for each in value:  # pyright: ignore[reportUnknownVariableType]
            yield from attributes(each)  # pyright: ignore[reportUnknownArgumentType]
    elif isinstance(value, Attribute):
        yield from ((name, ()) for name in (value.name, *value.older))
    elif is_dataclass(value):
        if (named := getattr(value, "attribute", None)) and isinstance(named, str):
            yield named, getattr(value, "values", ())
        for each in fields(value):
            yield from attributes(getattr(value, each.name))


NAMED: dict[str, set[str]] = {}
for known_name, known_values in attributes((MAPPINGS, tuple(each.fields for each in RELATIONS))):
    NAMED.setdefault(known_name, set()).update(known_values)
LISTS = {
    field.source.name
    for field in CALLS.fields
    if field.kind is Kind.LABELS and isinstance(field.source, Attribute)
}
SCOPES = ("", "mine", *(scope for each in EMITTERS for scope in each.scopes))
TEXTS = (
    *("", "0", "7", "150", "3.25", "-1", "18446744073709551616", "true", "false", "stop", "length", "normal"),
    *(
        "anthropic.NotFoundError",
        "RateLimitError",
        "not_found_error",
        "429",
        "503",
        "200",
        "4290",
        "undefined",
        '["stop"]',
        '["a","b"]',
        "[]",
        "[broken",
    ),
    *(
        '{"id":"msg_1","input":5,"output":"6","stream":true,"total":0.5,"input_tokens":null}',
        '"anthropic"',
        "null",
    ),
    '{"anthropic":{"usage":{"input_tokens":3,"cache_creation":{"ephemeral_1h_input_tokens":2}}}}',
    '{"generations":[[{"message":{"kwargs":{"response_metadata":{"id":"msg_2"}}}}]]}',
    "{broken",
    "it's \\ a\ttext 観",
)


def raw(draw: random.Random, number: int) -> Raw:
    """A row that is often recognised: a marker or two, and any of the attributes that are known."""
    markers = [name for name, values in NAMED.items() if values]
    own = {name: draw.choice(sorted(NAMED[name])) for name in draw.sample(markers, draw.randrange(1, 3))}
    for name in draw.sample(sorted(NAMED), draw.randrange(25)):
        own.setdefault(name, draw.choice(('["x"]', "")) if name in LISTS else draw.choice(TEXTS))
    return Raw(
        signal=draw.choice(("span", "span", "log")),
        time=TIME + number * 10**12,
        scope=draw.choice(SCOPES),
        name=draw.choice(("chat", "")),
        trace_id=f"{draw.getrandbits(128):032x}",
        span_id=f"{number:016x}",
        parent_span_id=draw.choice(("", f"{draw.getrandbits(64):016x}")),
        duration_ns=draw.randrange(2**40),
        status=draw.choice(("Unset", "Ok", "Error")),
        thrown=draw.choice(("", "anthropic.APITimeoutError", "KeyError")),
        own=own,
        resource=draw.choice(({}, {"service.name": "bot", "deployment.environment": "prod"})),
    )


def same(found: list[Row], raws: list[Raw], table: str) -> None:
    """Asserts that the rows are what the raw rows mean."""
    meant = [row for each in raws for name, row in meaning.rows(each) if name == table]
    meant.sort(key=lambda row: (row["time"], row["trace_id"]))  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert len(found) == len(meant)
    for one, other in zip(found, meant, strict=True):
        for name, value in other.items():
            read = one[name]
            if isinstance(value, float) and isinstance(read, int | float):
                assert math.isclose(read, value, rel_tol=1e-12), (name, read, value, other)
            else:
                assert read == value, (name, read, value, other)


def test_any_row_is_read_by_the_views_as_it_is_meant(filled: Engine) -> None:
    draw = random.Random(20261127)
    raws = [raw(draw, number) for number in range(1, 1501)]
    hold(filled, raws)
    for table in ("calls", "tool_calls"):
        same(held(filled, raws, table), raws, table)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_row_is_two_calls(seed: int) -> None:
    draw = random.Random(seed)
    for number in range(200):
        made = [table for table, _ in meaning.rows(raw(draw, number)) if table in ("calls", "tool_calls")]
        assert len(made) == len(set(made))
