"""What the rollups hold: asked for once, however many want to know it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.query.rolled import NOTHING
from kansoku.store.holdings import Holdings
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kansoku.store.port import Parameter

NOW = 1_790_000_000.0


class SlowStore:
    """Answers when it is let, and counts what it is asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.asked = 0
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self._error = error

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        assert "rollup_periods" in statement
        assert parameters is not None
        assert limits == DEFAULT_LIMITS
        self.asked += 1
        self.begun.set()
        await self.let.wait()
        if self._error is not None:
            raise self._error
        return Rows((), [])


def test_those_who_ask_at_once_wait_for_one_answer_even_if_the_first_of_them_goes_away() -> None:
    async def told() -> None:
        store = SlowStore()
        holdings = Holdings(store)
        first, *others = [asyncio.create_task(holdings.at(NOW)) for _ in range(5)]
        await store.begun.wait()
        first.cancel()
        store.let.set()
        assert await asyncio.gather(*others) == [NOTHING] * 4
        assert first.cancelled()
        assert await holdings.at(NOW + 1) == NOTHING
        assert store.asked == 1
        await holdings.at(NOW + 6)
        assert store.asked == 2

    asyncio.run(told())


def test_an_answer_that_fails_fails_for_all_who_wait_and_is_asked_for_again() -> None:
    async def told() -> None:
        store = SlowStore(StoreUnavailable("away"))
        holdings = Holdings(store)
        waiting = [asyncio.create_task(holdings.at(NOW)) for _ in range(3)]
        await store.begun.wait()
        store.let.set()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(one, StoreUnavailable) for one in found)
        assert store.asked == 1
        with pytest.raises(StoreUnavailable):
            await holdings.at(NOW)
        assert store.asked == 2

    asyncio.run(told())
