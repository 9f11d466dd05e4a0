"""What changes the store besides loading: prices set again, tasks of maintenance, retention by the hour."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku.price.book import PriceBook
from kansoku.settings import settings as read_settings
from kansoku.store.upkeep.hourly import Hourly
from kansoku.store.upkeep.maintenance import completed
from kansoku.store.upkeep.reprice import Repriced, Wanted, reprice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AsyncExitStack

    from kansoku.store.clickhouse.cluster import ClusterStore
    from kansoku.store.embedded import EmbeddedStore

log = logging.getLogger("kansoku.server")


@dataclass(frozen=True, slots=True)
class Upkeep:
    """Upkeep of one store, by what `kansoku.toml` says when it is done."""

    store: EmbeddedStore | ClusterStore

    async def reprice(self, wanted: Wanted) -> Repriced:
        """Prices stored calls again.

        Raises:
            SettingError: If the file's prices cannot be used.
            StoreError: If the store fails.
        """
        book = PriceBook(overrides=(await asyncio.to_thread(read_settings)).prices)
        return await reprice(self.store, book, wanted)

    async def maintain(
        self, task: str, arguments: Mapping[str, object], told: Callable[[str], None]
    ) -> dict[str, object]:
        """Runs a task by its name; what it has to say meanwhile is told.

        Raises:
            SettingError: If the file cannot be used.
            StoreError: If the store fails.
        """
        days = (await asyncio.to_thread(read_settings)).retention
        return await self.store.maintain(task, completed(task, arguments, days, time.time()), told)

    def start(self, parts: AsyncExitStack) -> None:
        """Ends by the hour what was kept long enough, where the store leaves that to the server."""
        if self.store.keeps_days:
            retention = Hourly("retention", self._retain, leads=self.store.leads)
            ending = asyncio.create_task(retention.run(), name="retention")
            parts.callback(ending.cancel)

    async def _retain(self) -> None:
        await self.maintain("retention", {"apply": True}, log.info)
