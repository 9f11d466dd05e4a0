"""What the rollups hold, as those who ask a store need it before they ask."""

from __future__ import annotations

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

    async def at(self, now: float, limits: QueryLimits = DEFAULT_LIMITS) -> Held:
        """What they hold at that moment, in unix seconds; nothing, if the store cannot tell.

        Raises:
            StoreError: If the store is not there or too slow.
        """
        if self._asked is None or not 0 <= now - self._asked < _FRESH_S:
            asked = holdings(int(now) - _HOLDINGS_S, int(now))
            try:
                rows = (await self._store.query(asked.text, asked.parameters, limits=limits)).rows
            except QueryRefused:  # it has no rollups
                rows = []
            self._known, self._asked = held(rows, int(now)), now
        return self._known
