"""What the rollups hold, as those who ask a store need it before they ask."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from kansoku.errors import QueryRefused
from kansoku.query.rolled import NOTHING, Held, held, holdings
from kansoku.store.port import DEFAULT_LIMITS

if TYPE_CHECKING:
    from kansoku.store.port import QueryLimits, Store

_HOLDINGS_S = 31 * 86_400
_FRESH_S = 5.0


class Holdings:
    """What the rollups hold, asked for at most every few seconds."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._known = NOTHING
        self._asked: float | None = None
        self._asking: asyncio.Task[Held] | None = None

    async def at(self, now: float, limits: QueryLimits = DEFAULT_LIMITS) -> Held:
        """What they hold at that moment, in unix seconds; nothing, if the store cannot tell.

        Whoever asks meanwhile waits for the same answer: a page asks a dozen questions at once.

        Raises:
            StoreError: If the store is not there or too slow.
        """
        if self._asked is not None and 0 <= now - self._asked < _FRESH_S:
            return self._known
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(now, limits))
            self._asking.add_done_callback(self._answered)
        # Whoever asked first may go away: the others still wait.
        return await asyncio.shield(self._asking)

    async def _ask(self, now: float, limits: QueryLimits) -> Held:
        asked = holdings(int(now) - _HOLDINGS_S, int(now))
        try:
            rows = (await self._store.query(asked.text, asked.parameters, limits=limits)).rows
        except QueryRefused:  # it has no rollups
            rows = []
        self._known, self._asked = held(rows, int(now)), now
        return self._known

    def _answered(self, asking: asyncio.Task[Held]) -> None:
        self._asking = None
        if not asking.cancelled():
            asking.exception()  # told to whoever waits; nobody may
