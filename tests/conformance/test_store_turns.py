"""Whom a real store answers first: slow statements that people wrote do not hold up the page's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kansoku.errors import QueryTimeout, StoreUnavailable
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.port import QueryLimits
from kansoku.store.segments import Layout

if TYPE_CHECKING:
    from pathlib import Path

SLOW = "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1"


def test_fifty_slow_ad_hoc_questions_do_not_delay_the_page_and_each_gets_an_answer(tmp_path: Path) -> None:
    async def run() -> tuple[bool, list[object], list[object]]:
        layout = Layout(tmp_path)
        layout.create()
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
