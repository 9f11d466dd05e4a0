"""Pricing stored calls again: the store's arithmetic is the price book's, through a crash too."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.catalog.emitters import KANSOKU
from kansoku.catalog.prices import AGENT_SDK, UNKNOWN_MODEL, UNKNOWN_TOKENS, PriceRow
from kansoku.errors import StoreUnavailable
from kansoku.price.book import PriceBook, billed_model
from kansoku.price.usage import Cost, Usage
from kansoku.store.segments import Layout, Signal
from kansoku.store.upkeep.reprice import Repriced, Wanted, reprice
from tests.conformance.test_store_segments import ask, attributes, loaded, spool, started

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kansoku.store.embedded import EmbeddedStore

BEGIN = int(datetime(2026, 10, 1, tzinfo=UTC).timestamp())
END = int(datetime(2026, 10, 25, tzinfo=UTC).timestamp())
ALL = Wanted(BEGIN, END)
OVERRIDE = PriceRow(model="claude-of-tomorrow", input=1.0, output=2.0, since=date(2026, 10, 20))
PRICES = "SELECT span_id, cost_usd, price_source, unpriced_reason FROM calls ORDER BY span_id"


UNPRICED = Cost(unpriced_reason=UNKNOWN_MODEL)


@dataclass(frozen=True, slots=True)
class Stored:
    """A call as it was exported."""

    number: int
    at: int
    usage: Usage
    provider: str = "anthropic"
    asked: str = "claude-opus-5-5"
    answered: str = "claude-opus-5-5"
    tier: str = ""
    speed: str = ""
    geo: str = ""
    operation: str = "chat"
    cost: Cost = UNPRICED
    iterations: int | None = None

    @property
    def span_id(self) -> str:
        return format(self.number + 1, "016x")

    def priced(self, book: PriceBook) -> Cost:
        """What the application would have said."""
        return book.cost(
            self.usage,
            provider=self.provider,
            model=billed_model(self.provider, self.asked, self.answered),
            started_unix_ns=self.at * 10**9,
            speed=self.speed,
            tier=self.tier,
            geo=self.geo,
        )


def exported(calls: Sequence[Stored]) -> ExportTraceServiceRequest:
    """One request of a span for each call."""
    request = ExportTraceServiceRequest()
    scoped = request.resource_spans.add().scope_spans.add()
    scoped.scope.name = KANSOKU  # calls of others would be priced on arrival
    for call in calls:
        span = scoped.spans.add(trace_id=bytes(range(16)), span_id=bytes.fromhex(call.span_id))
        span.start_time_unix_nano = span.end_time_unix_nano = call.at * 10**9
        usage = call.usage
        told = {
            "gen_ai.operation.name": call.operation,
            "gen_ai.provider.name": call.provider,
            "gen_ai.request.model": call.asked,
            "gen_ai.response.model": call.answered,
            "gen_ai.usage.input_tokens": usage.prompt_tokens,
            "gen_ai.usage.output_tokens": usage.output_tokens,
            "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens,
            "gen_ai.usage.cache_write.input_tokens": usage.cache_write_tokens,
            "anthropic.usage.cache_creation.ephemeral_1h_input_tokens": usage.cache_write_1h_tokens,
            "kansoku.usage.web_search_requests": usage.web_search_requests,
            "kansoku.usage.iterations": call.iterations,
            "kansoku.cost.usd": call.cost.usd,
            "kansoku.cost.source": call.cost.source,
            "kansoku.cost.unpriced_reason": call.cost.unpriced_reason,
            "anthropic.response.service_tier": call.tier,
            "kansoku.speed": call.speed,
            "kansoku.inference_geo": call.geo,
        }
        span.attributes.extend(attributes({name: value for name, value in told.items() if value is not None}))
    return request


def some_calls(count: int, seed: int = 7) -> list[Stored]:
    """Calls of every kind that a price depends on, over a month with two changes of prices."""
    chance = random.Random(seed)

    def tokens(most: int) -> int | None:
        return chance.choice((None, 0, chance.randrange(most)))

    calls: list[Stored] = []
    for number in range(count):
        provider, asked, answered = chance.choice(
            (
                ("anthropic", "claude-opus-5", "claude-opus-5-20260701"),
                ("anthropic", "claude-sonnet-5-5", "claude-sonnet-5-5"),
                ("anthropic", "claude-haiku-5-5", "claude-haiku-5-5"),
                ("anthropic", "claude-mythos-5-1", ""),
                ("anthropic", "claude-of-tomorrow", "claude-of-tomorrow"),
                ("anthropic", "it's\tnew\\", "it's\tnew\\"),
                ("aws.bedrock", "eu.anthropic.claude-opus-5-5-v1:0", "claude-opus-5-5"),
                ("aws.bedrock", "global.anthropic.claude-opus-5-5-v1:0", "claude-opus-5-5"),
                ("gcp.vertex_ai", "claude-opus-5@20260701", "claude-opus-5"),
            )
        )
        usage = Usage(
            input_tokens=chance.choice((0, 7, 60_000, 101_000)),
            cache_read_tokens=tokens(80_000),
            cache_write_5m_tokens=tokens(9_000),
            cache_write_1h_tokens=tokens(9_000),
            output_tokens=chance.choice((None, 1, 900, 4_000, 4_000)),
            web_search_requests=tokens(4),
        )
        tiers = ("", ""), ("standard", "standard"), ("batch", ""), ("", "fast"), ("flex", "")
        tier, speed = chance.choice(tiers)
        geo = chance.choice(("", "us", "not_available", "eu"))
        at = chance.randrange(BEGIN, END)
        calls.append(Stored(number, at, usage, provider, asked, answered, tier, speed, geo))
    return calls


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def assert_priced(rows: Sequence[tuple[object, ...]], calls: Sequence[Stored], book: PriceBook) -> None:
    for row, call in zip(rows, sorted(calls, key=lambda one: one.span_id), strict=True):
        cost = call.priced(book)
        assert row[0] == call.span_id
        assert row[1] == (None if cost.usd is None else pytest.approx(cost.usd, rel=1e-12)), call
        assert row[2:] == (cost.source, cost.unpriced_reason), call


def test_stored_calls_are_priced_as_the_price_book_prices_them(layout: Layout) -> None:
    calls = some_calls(600)
    book = PriceBook(overrides=[OVERRIDE])
    spool(layout, Signal.TRACES, exported(calls))

    async def question(store: EmbeddedStore) -> None:
        planned = await reprice(store, book, Wanted(BEGIN, END, dry_run=True))
        before = (await store.query(PRICES)).rows
        assert {row[3] for row in before} == {UNKNOWN_MODEL}
        done = await reprice(store, book, ALL)
        assert (done.changed, done.unpriced) == (planned.changed, planned.unpriced)
        assert {one.model: pytest.approx(one.usd_after) for one in planned.models} == {
            one.model: one.usd_after for one in done.models
        }
        rows = (await store.query(PRICES)).rows
        assert_priced(rows, calls, book)
        total = sum(one.usd_after for one in done.models)
        assert total == pytest.approx(sum(call.priced(book).usd or 0 for call in calls))
        assert done.calls == len(calls)
        assert sum(done.unpriced.values()) == sum(row[1] is None for row in rows)
        again = await reprice(store, book, ALL)
        assert (again.calls, again.changed) == (len(calls), 0)
        assert (await store.query(PRICES)).rows == rows

    ask(layout, question)


def test_only_what_was_asked_for_and_can_be_priced_is_changed(layout: Layout) -> None:
    used = Usage(input_tokens=1_000_000, output_tokens=0)
    old = Cost(usd=9.0, source="old table")
    noon = BEGIN + 43_200
    calls = [
        Stored(0, noon, used, cost=old),
        Stored(1, noon, used, cost=old, iterations=2),
        Stored(2, noon, used, answered="gone", cost=old),
        Stored(3, noon, used, answered="claude-opus-5"),
        Stored(4, noon - 86_400, used),
        Stored(5, noon, used, cost=Cost()),
        Stored(6, noon, used, operation="count_tokens"),
        Stored(7, noon, used, operation="batch_result", tier="batch"),
        Stored(8, noon, Usage(input_tokens=1), cost=Cost(unpriced_reason=UNKNOWN_TOKENS)),
    ]
    spool(layout, Signal.TRACES, exported(calls))

    async def question(store: EmbeddedStore) -> None:
        async def prices() -> list[object]:
            return [row[1] for row in (await store.query(PRICES)).rows]

        assert await prices() == [9.0, 9.0, 9.0, *[None] * 6]
        await reprice(store, PriceBook(), Wanted(BEGIN, END, model="claude-opus-5"))
        assert await prices() == [9.0, 9.0, 9.0, 5.0, *[None] * 5]
        await reprice(store, PriceBook(), Wanted(BEGIN, END, only_unpriced=True))
        assert await prices() == [9.0, 9.0, 9.0, 5.0, None, None, None, 2.0, None]
        done = await reprice(store, PriceBook(), ALL)
        assert await prices() == [4.0, 9.0, 9.0, 5.0, None, None, None, 2.0, None]
        assert (done.kept_iterations, done.kept_unknown) == (1, 1)
        assert done.unpriced == {UNKNOWN_TOKENS: 1}
        sources = {row[0]: row[2] for row in (await store.query(PRICES)).rows}
        assert sources[calls[2].span_id] == "old table"

    ask(layout, question)


async def answers(store: EmbeddedStore) -> None:
    """Returns when the store that is being started again answers."""
    async with asyncio.timeout(60):
        while True:
            try:
                await store.query("SELECT 1")
            except StoreUnavailable:
                await asyncio.sleep(0.02)
            else:
                return


class Dying:
    """The store, whose process is killed shortly after the given statement that rewrites has begun."""

    def __init__(self, store: EmbeddedStore, rewrite: int, pause_s: float) -> None:
        self._store = store
        self._until = rewrite
        self._pause_s = pause_s
        self.query = store.query

    async def rewrite(self, statement: str) -> None:
        self._until -= 1
        under_way = asyncio.create_task(self._store.rewrite(statement))
        if self._until == 0:
            await asyncio.sleep(self._pause_s)  # the crash comes at another moment each time
            assert self._store.process_id is not None
            os.kill(self._store.process_id, signal.SIGKILL)
        await under_way
        if self._until == 0:
            raise StoreUnavailable("killed when it had just ended")


def test_a_crash_while_pricing_leaves_each_call_as_before_or_after(
    layout: Layout,
) -> None:
    calls = some_calls(600)
    book = PriceBook(overrides=[OVERRIDE])
    after = [call.priced(book) for call in calls]
    spool(layout, Signal.TRACES, exported(calls))

    async def crashed(store: EmbeddedStore, dying: Dying) -> list[bool]:
        """Prices with a crash; gives of each call that changes whether it has."""
        with pytest.raises(StoreUnavailable):
            await reprice(dying, book, ALL)
        await answers(store)
        half = (await store.query(PRICES)).rows
        assert len(half) == len(calls)
        changes: list[bool] = []
        for (_, usd, *words), cost in zip(half, after, strict=True):
            is_after = words == [cost.source, cost.unpriced_reason]
            assert is_after or (usd is None and words == ["", UNKNOWN_MODEL])
            assert not is_after or usd == (None if cost.usd is None else pytest.approx(cost.usd, rel=1e-12))
            if cost != UNPRICED:
                changes.append(is_after)
        return changes

    async def run() -> None:
        async with started(layout) as store:
            await loaded(layout)
            assert not all(await crashed(store, Dying(store, 1, 0.0)))
            assert any(await crashed(store, Dying(store, 2, 0.2)))
            await reprice(store, book, ALL)
            assert_priced((await store.query(PRICES)).rows, calls, book)

    asyncio.run(run())


def test_what_an_agents_process_told_itself_is_left_alone(layout: Layout) -> None:
    used = Usage(input_tokens=1_000_000, output_tokens=0)
    told = Cost(usd=0.7, source=AGENT_SDK)
    noon = BEGIN + 43_200
    calls = [
        Stored(0, noon, used, cost=Cost()),  # a call of a run with totals: its amount is in the next row
        Stored(1, noon, used, operation="agent_usage", answered="", cost=told),
        Stored(2, noon, used, operation="agent_usage", answered="", cost=UNPRICED),
        Stored(3, noon, used, cost=told),
        Stored(4, noon, used),  # a call of a run without totals, as any other
    ]
    spool(layout, Signal.TRACES, exported(calls))

    async def question(store: EmbeddedStore) -> None:
        before = (await store.query(PRICES)).rows
        planned = await reprice(store, PriceBook(), Wanted(BEGIN, END, dry_run=True))
        done = await reprice(store, PriceBook(), ALL)
        assert (planned.calls, done.calls, done.changed) == (1, 1, 1)
        rows = (await store.query(PRICES)).rows
        assert rows[:4] == before[:4]
        assert [row[1] for row in rows] == [None, 0.7, None, 0.7, pytest.approx(4.0)]

    ask(layout, question)


class Late:
    """The store, in which calls are stored just before the first statement that rewrites."""

    def __init__(self, store: EmbeddedStore, layout: Layout, calls: Sequence[Stored]) -> None:
        self._store, self._layout = store, layout
        self._calls = list(calls)
        self.query = store.query

    async def rewrite(self, statement: str) -> None:
        if self._calls:
            spool(self._layout, Signal.TRACES, exported(self._calls))
            self._calls.clear()
            await loaded(self._layout)
        await self._store.rewrite(statement)


def test_calls_stored_while_others_are_priced_again_are_left_to_the_next_time(layout: Layout) -> None:
    used = Usage(input_tokens=1_000_000, output_tokens=0)
    noon = BEGIN + 43_200
    # of another model, and of a day between those that were looked up
    late = [Stored(2, noon, used, answered="claude-opus-5"), Stored(3, noon + 86_400, used)]
    spool(layout, Signal.TRACES, exported([Stored(0, noon, used), Stored(1, noon + 2 * 86_400, used)]))

    async def question(store: EmbeddedStore) -> None:
        await reprice(Late(store, layout, late), PriceBook(), ALL)
        assert [row[1:] for row in (await store.query(PRICES)).rows[2:]] == [(None, "", UNKNOWN_MODEL)] * 2
        done = await reprice(store, PriceBook(), ALL)
        assert (done.calls, done.changed) == (4, 2)
        assert [row[1] for row in (await store.query(PRICES)).rows] == [4.0, 4.0, 5.0, 4.0]

    ask(layout, question)


def test_an_amount_with_more_digits_than_are_told_today_stays_as_it_is(layout: Layout) -> None:
    used = Usage(input_tokens=120, output_tokens=44, cache_read_tokens=901)
    told = Stored(0, BEGIN + 43_200, used).priced(PriceBook())
    assert told.usd is not None
    longer = replace(told, usd=told.usd + 1e-17)
    spool(layout, Signal.TRACES, exported([Stored(0, BEGIN + 43_200, used, cost=longer)]))

    async def question(store: EmbeddedStore) -> None:
        done = await reprice(store, PriceBook(), ALL)
        assert (done.calls, done.changed) == (1, 0)
        assert [row[1] for row in (await store.query(PRICES)).rows] == [longer.usd]

    ask(layout, question)


def test_a_model_that_no_call_has_prices_nothing(layout: Layout) -> None:
    spool(layout, Signal.TRACES, exported(some_calls(3)))

    async def question(store: EmbeddedStore) -> None:
        before = (await store.query(PRICES)).rows
        done = await reprice(store, PriceBook(), Wanted(BEGIN, END, model="claude-of-nobody' OR 1 = 1 --"))
        assert done == Repriced()
        assert (await store.query(PRICES)).rows == before

    ask(layout, question)
