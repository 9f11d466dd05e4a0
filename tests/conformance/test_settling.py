"""Settling: the same call by two emitters counts once, and what arrives unpriced gets its price."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import pytest

from kansoku.catalog.prices import NOT_YET_PRICED, PriceRow
from kansoku.price.book import PriceBook, billed_model
from kansoku.price.usage import Usage
from kansoku.query.emitted import Raw
from kansoku.store.schema.newest import bring_up
from kansoku.store.segments import Layout, Signal
from kansoku.store.upkeep.settling import Settling, gathered, merged
from tests.conformance.conftest import emptied
from tests.conformance.emitted import hold
from tests.conformance.test_store_segments import ask, span, spool

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    from kansoku.store.embedded import EmbeddedStore
    from kansoku.store.engine import Engine

HOUR = 1_795_003_200
"""A whole hour, in unix seconds."""
KANSOKU, SDK, OTEL, OPENINFERENCE, LANGFUSE = (
    "kansoku",
    "com.anthropic.sdk.python",
    "opentelemetry.instrumentation.genai.anthropic",
    "openinference.instrumentation.langchain",
    "langfuse-sdk",
)
PRICES = (
    PriceRow(
        model="claude-*", input=3.0, output=15.0, cache_read=0.3, cache_write_5m=3.75, cache_write_1h=6.0
    ),
)
MESSAGE, REQUEST = "gen_ai.response.id", "anthropic.request.id"
BOOK = PriceBook(overrides=PRICES)


def told(
    scope: str,
    number: int,
    own: Mapping[str, str] | None = None,
    *,
    at: float = HOUR,
    trace: int = 1,
    parent: int = 0,
) -> Raw:
    """A span of a call, by the scope of who told of it; `number` is its span."""
    marks = (
        {"langfuse.observation.type": "generation"}
        if scope == LANGFUSE
        else {"gen_ai.operation.name": "chat"}
    )
    if scope == OPENINFERENCE:
        marks = {"openinference.span.kind": "LLM"}
    if scope == KANSOKU:
        marks |= {"kansoku.cost.usd": "0.5", "kansoku.cost.source": "book"}
    return Raw(
        signal="span",
        time=round(at * 1000) * 10**6,
        scope=scope,
        trace_id=f"{trace:032x}",
        span_id=f"{number:016x}",
        parent_span_id=f"{parent:016x}" if parent else "",
        own={**marks, **(own or {})},
    )


def message(scope: str, number: int, name: str, at: float = HOUR) -> Raw:
    return told(scope, number, {MESSAGE: name}, at=at)


@pytest.fixture(scope="module")
def made(engine: Engine) -> Engine:
    bring_up(emptied(engine))
    return engine


@pytest.fixture
def store(made: Engine) -> Iterator[Engine]:
    yield made
    for table in ("otel_traces", "otel_logs", "calls", "duplicate_calls"):
        made.run(f"TRUNCATE TABLE {table}")


def settle(store: Engine) -> None:
    Settling(store, lambda: BOOK, lambda _begin, _end: None).settle(0)


def kept(store: Engine) -> list[tuple[str, int]]:
    """Who told of each call that counts, and its span."""
    rows = store.rows("SELECT emitter, span_id FROM calls ORDER BY time, span_id")
    return [(str(emitter), int(str(span), 16)) for emitter, span in rows]


def taken_out(store: Engine) -> list[tuple[str, int, str, str, int]]:
    rows = store.rows(
        "SELECT emitter, span_id, why, of_emitter, of_span_id FROM duplicate_calls ORDER BY time, span_id"
    )
    return [(str(e), int(str(s), 16), str(w), str(o), int(str(f), 16)) for e, s, w, o, f in rows]


@pytest.mark.parametrize("order", ["one INSERT", "ours first", "theirs first"])
def test_a_call_that_two_told_of_counts_once_in_whichever_order_it_came(store: Engine, order: str) -> None:
    ours, theirs = message(KANSOKU, 1, "msg_a", HOUR + 0.1), message(OTEL, 2, "msg_a", HOUR - 0.1)
    other = message(OTEL, 3, "msg_b")
    match order:
        case "one INSERT":
            hold(store, [ours, theirs, other])
        case "ours first":
            hold(store, [ours])
            settle(store)
            hold(store, [theirs, other])
        case _:
            hold(store, [theirs, other])
            settle(store)
            hold(store, [ours])
    settle(store)
    assert kept(store) == [("opentelemetry", 3), ("kansoku", 1)]
    assert taken_out(store) == [("opentelemetry", 2, "response_id", "kansoku", 1)]


def test_the_most_trusted_of_three_stays_and_ids_of_the_request_tell_too(store: Engine) -> None:
    request = {REQUEST: "req_1"}
    hold(
        store,
        [
            told(SDK, 1, {MESSAGE: "msg_a", **request}),
            told(OPENINFERENCE, 2, {"output.value": '{"id": "msg_a"}'}),
            told(OTEL, 3, request),
        ],
    )
    settle(store)
    assert kept(store) == [("anthropic-sdk", 1)]
    assert taken_out(store) == [
        ("openinference", 2, "response_id", "anthropic-sdk", 1),
        ("opentelemetry", 3, "request_id", "anthropic-sdk", 1),
    ]


def test_retries_and_calls_of_one_emitter_are_different_calls(store: Engine) -> None:
    same = {MESSAGE: "msg_same"}
    hold(store, [told(SDK, 1, {REQUEST: "req_1"}), told(SDK, 2, {REQUEST: "req_2"})])
    hold(store, [told(OTEL, 3, same, trace=2), told(OTEL, 4, same, trace=2)])
    settle(store)
    assert kept(store) == [
        ("anthropic-sdk", 1),
        ("anthropic-sdk", 2),
        ("opentelemetry", 3),
        ("opentelemetry", 4),
    ]
    assert taken_out(store) == []


def test_without_ids_the_place_in_the_trace_tells_and_the_inner_one_stays(store: Engine) -> None:
    hold(store, [told(LANGFUSE, 1), told(SDK, 2, {MESSAGE: "msg_a"}, at=HOUR + 0.2, parent=1)])
    # a child that failed is an attempt of its own, and ids that differ are two calls
    hold(
        store,
        [
            message(OTEL, 3, "msg_b"),
            replace(told(OPENINFERENCE, 4, at=HOUR + 0.1, parent=3), status="Error"),
            replace(message(SDK, 5, "msg_c", HOUR + 0.3), parent_span_id=f"{3:016x}"),
        ],
    )
    settle(store)
    assert kept(store) == [
        ("opentelemetry", 3),
        ("openinference", 4),
        ("anthropic-sdk", 2),
        ("anthropic-sdk", 5),
    ]
    assert taken_out(store) == [("langfuse", 1, "place", "anthropic-sdk", 2)]


def test_a_span_that_our_call_names_as_the_other_s_is_one_call_with_it(store: Engine) -> None:
    hold(store, [told(LANGFUSE, 1), told(KANSOKU, 2, {"kansoku.duplicates.span_id": f"{1:016x}"})])
    settle(store)
    assert kept(store) == [("kansoku", 2)]
    assert taken_out(store) == [("langfuse", 1, "named", "kansoku", 2)]


def test_what_an_outer_span_repeats_of_one_taken_out_before_goes_too(store: Engine) -> None:
    hold(store, [message(SDK, 3, "msg_a"), replace(message(OTEL, 2, "msg_a"), parent_span_id=f"{1:016x}")])
    settle(store)
    hold(store, [told(LANGFUSE, 1)])  # the outer one ends, and comes, last
    settle(store)
    assert kept(store) == [("anthropic-sdk", 3)]
    assert [row[:2] for row in taken_out(store)] == [("langfuse", 1), ("opentelemetry", 2)]


@pytest.mark.parametrize("scope", [KANSOKU, OTEL])
@pytest.mark.parametrize("inserts", [1, 3])
def test_a_span_that_an_exporter_sent_again_counts_once(store: Engine, scope: str, inserts: int) -> None:
    again = [message(scope, 1, "msg_a"), message(scope, 2, "msg_b")]
    if inserts == 1:
        hold(store, again * 3)
    else:
        for number in range(inserts):
            # another span with them: ClickHouse itself drops a block that it has already
            hold(store, [*again, message(scope, 10 + number, f"msg_{number}", HOUR + 1)])
            settle(store)
    settle(store)
    assert [span for _, span in kept(store) if span < 10] == [1, 2]
    # told apart by when they were stored, so of rows of the same second one at least is counted
    assert {(row[1], row[2]) for row in taken_out(store)} == {(1, "told again"), (2, "told again")}


def test_results_of_a_batch_that_are_read_again_much_later_count_once(store: Engine) -> None:
    def result(custom: str, at: float, batch: str = "batch_1") -> Raw:
        own = {
            "gen_ai.operation.name": "batch_result",
            "kansoku.batch.id": batch,
            "kansoku.batch.custom_id": custom,
        }
        return told(KANSOKU, int(custom), own, at=at, trace=9)

    hold(store, [result("1", HOUR), result("2", HOUR), result("3", HOUR, batch="batch_2")])
    settle(store)
    hold(store, [result("1", HOUR + 90_000), result("2", HOUR + 90_000), result("4", HOUR + 90_000)])
    settle(store)
    rows = store.rows("SELECT custom_id, toUnixTimestamp(time) FROM calls ORDER BY custom_id")
    assert rows == [("1", HOUR), ("2", HOUR), ("3", HOUR), ("4", HOUR + 90_000)]


class Cut:
    """A database that ends after some of the statements that change it, as a crash would."""

    def __init__(self, engine: Engine, left: int) -> None:
        self._engine, self.left = engine, left

    def run(self, statement: str) -> None:
        if self.left == 0:
            raise InterruptedError
        self.left -= 1
        self._engine.run(statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self._engine.rows(statement)


def test_a_pass_that_is_cut_short_anywhere_and_made_again_gives_the_same_rows(store: Engine) -> None:
    spans = [
        *(message(KANSOKU, 1, "msg_a"), message(OTEL, 2, "msg_a"), message(OTEL, 3, "msg_b")),
        *(message(OTEL, 3, "msg_b"), told(LANGFUSE, 4), told(SDK, 5, parent=4)),
    ]
    outcomes: list[object] = []
    for cut in range(12):
        for table in ("otel_traces", "calls", "duplicate_calls"):
            store.run(f"TRUNCATE TABLE {table}")
        hold(store, spans)
        database = Cut(store, cut)
        try:
            Settling(database, lambda: BOOK, lambda _begin, _end: None).settle(0)
        except InterruptedError:
            settle(store)
        outcomes.append((kept(store), taken_out(store), waiting(store)))
        if database.left:
            break
    else:
        pytest.fail("a pass has more statements than were tried")
    assert len(outcomes) > 5
    assert all(each == outcomes[-1] for each in outcomes)
    assert outcomes[-1] == (
        [("kansoku", 1), ("opentelemetry", 3), ("anthropic-sdk", 5)],
        [
            ("opentelemetry", 2, "response_id", "kansoku", 1),
            ("opentelemetry", 3, "told again", "opentelemetry", 3),
            ("langfuse", 4, "place", "anthropic-sdk", 5),
        ],
        0,
    )


def waiting(store: Engine) -> int:
    ((found,),) = store.rows(f"SELECT count() FROM calls WHERE unpriced_reason = '{NOT_YET_PRICED}'")
    return int(cast("int", found))


def test_what_arrives_unpriced_gets_the_price_that_the_application_would_give(store: Engine) -> None:
    draw = random.Random(5)
    models = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-4-5", "gpt-9", "")
    spans: list[Raw] = []
    for number in range(1, 200):
        usage = {
            "gen_ai.usage.input_tokens": draw.choice(("", str(draw.randrange(1, 400_000)))),
            "gen_ai.usage.cache_read.input_tokens": draw.choice(("", "0", "40")),
            "gen_ai.usage.cache_write.input_tokens": draw.choice(("", "0", "30")),
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": draw.choice(("", "10")),
            "gen_ai.usage.output_tokens": draw.choice(("", str(draw.randrange(9000)))),
            "gen_ai.usage.details.web_search_requests": draw.choice(("", "", "2")),
            "gen_ai.request.model": draw.choice(models),
            "gen_ai.response.model": draw.choice(models),
            "gen_ai.provider.name": "anthropic",
        }
        at = HOUR + draw.choice((0, 0, -86_400 * 60)) + number / 10
        spans.append(replace(told(OTEL, number, at=at), own={"gen_ai.operation.name": "chat", **usage}))
    hold(store, spans)
    settle(store)
    columns = (
        "toUnixTimestamp64Nano(time), request_model, response_model, input_tokens, cache_read_tokens,"
        " cache_write_tokens, cache_write_1h_tokens, output_tokens, web_search_requests, cost_usd,"
        " price_source, unpriced_reason"
    )
    rows = cast("list[tuple[Any, ...]]", store.rows(f"SELECT {columns} FROM calls"))
    assert len(rows) == len(spans)
    priced = 0
    for at, asked, answered, tokens, read, write, hour, output, searches, usd, source, why in rows:
        long = min(hour or 0, write or 0)
        cost = BOOK.cost(
            Usage(tokens, read, (write or 0) - long, long, output, None, searches),
            provider="anthropic",
            model=billed_model("anthropic", asked, answered),
            started_unix_ns=at,
        )
        assert (source, why) == (cost.source, cost.unpriced_reason)
        assert usd == (None if cost.usd is None else pytest.approx(cost.usd, rel=1e-12))
        priced += usd is not None
    assert priced > 30


class Between:
    """A database in which something is stored just before a statement that has these words in it."""

    def __init__(self, engine: Engine, words: str, late: list[Raw]) -> None:
        self._engine, self._words, self._late = engine, words, late

    def run(self, statement: str) -> None:
        if self._late and self._words in statement:
            late, self._late = self._late, []
            hold(self._engine, late)
        self._engine.run(statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self._engine.rows(statement)


def test_a_call_stored_while_others_are_priced_waits_for_its_own_rates(store: Engine) -> None:
    def call(number: int, model: str) -> Raw:
        counts = {"gen_ai.usage.input_tokens": "100", "gen_ai.usage.output_tokens": "100"}
        own = {"gen_ai.request.model": model, "gen_ai.provider.name": "anthropic", **counts}
        return told(OTEL, number, own, at=HOUR + number)

    hold(store, [call(1, "claude-one")])
    between = Between(store, "UPDATE", [call(2, "claude-two"), call(3, "it's \\ a\tmodel")])
    Settling(between, lambda: BOOK, lambda _begin, _end: None).settle(0)
    assert waiting(store) == 2
    settle(store)
    prices = store.rows("SELECT request_model, unpriced_reason FROM calls ORDER BY time")
    assert prices == [("claude-one", ""), ("claude-two", ""), ("it's \\ a\tmodel", "unknown model")]


def test_new_minutes_become_few_stretches_with_a_minute_around() -> None:
    assert [(each.begin, each.end) for each in merged([600, 660, 720, 3600])] == [(540, 840), (3540, 3720)]
    assert merged([]) == []


def test_short_stretches_are_looked_at_together_and_their_gaps_are_not() -> None:
    (one,) = gathered(merged([600, 3600]))
    assert (one.begin, one.end) == (540, 3720)
    assert one.minutes == (540, 600, 660, 3540, 3600, 3660)
    assert one.where.endswith("IN (540, 600, 660, 3540, 3600, 3660)")
    many = gathered(merged(range(0, 600 * 3600, 3600)))
    assert len(many) == 8
    assert sum(len(each.minutes) for each in many) == 1800
    assert gathered(merged([600])) == merged([600])


def exported(scope: str, number: int) -> ExportTraceServiceRequest:
    request = span(
        own={"gen_ai.operation.name": "chat", MESSAGE: "msg_a", "gen_ai.request.model": "none-such"}
    )
    scoped = request.resource_spans[0].scope_spans[0]
    scoped.scope.name, scoped.spans[0].span_id = scope, number.to_bytes(8, "big")
    return request


def test_a_store_settles_what_it_loads_and_after_its_process_was_killed_too(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    spool(layout, Signal.TRACES, exported(OTEL, 1))

    async def question(store: EmbeddedStore) -> None:
        told = await store.query("SELECT emitter, unpriced_reason FROM calls")
        assert told.rows == [("opentelemetry", "tokens unknown")]
        assert store.process_id is not None
        os.kill(store.process_id, signal.SIGKILL)
        spool(layout, Signal.TRACES, exported(SDK, 2))
        async with asyncio.timeout(30):
            while store.restarts == 0 or layout.backlog().waiting:
                await asyncio.sleep(0.02)
        assert (await store.query("SELECT emitter FROM calls")).rows == [("anthropic-sdk",)]
        taken = await store.query("SELECT emitter, of_emitter, why FROM duplicate_calls")
        assert taken.rows == [("opentelemetry", "anthropic-sdk", "response_id")]

    ask(layout, question)
