"""Whom a real store answers first: slow statements that people wrote do not hold up the page's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kansoku.errors import QueryTimeout, StoreUnavailable
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.port import QueryLimits
from kansoku.store.segments import Layout
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from pathlib import Path

SLOW = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"


def test_fifty_slow_ad_hoc_questions_do_not_delay_the_page_and_each_gets_an_answer(tmp_path: Path) -> None:
    async def run() -> tuple[bool, list[object], list[object]]:
        layout = Layout(tmp_path)
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()
        limits = QueryLimits(seconds=3.0, ad_hoc=True)
        slow = [asyncio.create_task(store.query(SLOW, limits=limits)) for _ in range(50)]
        page = await asyncio.gather(
            *(store.query("SELECT {n:UInt64}", {"n": number}) for number in range(40))
        )
        # Those that found no place among the waiting are told at once; the others are under way.
        under_way = sum(not one.done() for one in slow)
        ended = await asyncio.gather(*slow, return_exceptions=True)
        await store.close()
        return under_way > 0, [answer.rows[0][0] for answer in page], list(ended)

    under_way, page, ended = asyncio.run(run())
    assert under_way
    assert page == list(range(40))
    assert sum(isinstance(one, StoreUnavailable) for one in ended) == 50 - (2 + 32)
    assert sum(isinstance(one, QueryTimeout) for one in ended) == 2 + 32


def test_a_question_that_nobody_waits_for_ends_in_the_store(tmp_path: Path) -> None:
    async def run() -> tuple[int, int]:
        layout = Layout(tmp_path)
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()

        async def running() -> int:
            told = await store.query("SELECT count() FROM system.processes WHERE query LIKE '%sipHash64%'")
            return int(str(told.rows[0][0])) - 1  # this question itself

        async def until(wanted: int) -> int:
            async with asyncio.timeout(20):
                while await running() != wanted:
                    await asyncio.sleep(0.02)
            return wanted

        # More than run at once, so that some are cancelled before their turn comes.
        limits = QueryLimits(seconds=300.0, ad_hoc=True)
        slow = [asyncio.create_task(store.query(SLOW, limits=limits)) for _ in range(6)]
        before = await until(2)
        for one in reversed(slow):  # those that wait before those that run
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        after = await until(0)
        # One that is cancelled as it begins, and what comes after, find the lane free.
        hasty = asyncio.create_task(store.query(SLOW, limits=limits))
        await asyncio.sleep(0)
        hasty.cancel()
        assert (await store.query("SELECT 7", limits=QueryLimits(seconds=20.0, ad_hoc=True))).rows == [(7,)]
        await until(0)
        await store.close()
        return before, after

    assert asyncio.run(run()) == (2, 0)
