"""What a server keeps data in: a folder, the spool there, and the store behind it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku.receive.spool import Spool
from kansoku.server.seen import Seen
from kansoku.server.settings import ServerSettings, clickhouse
from kansoku.settings import settings as read_settings
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout

if TYPE_CHECKING:
    from contextlib import AsyncExitStack

    from kansoku.store.clickhouse.address import Address
    from kansoku.store.clickhouse.cluster import ClusterStore


@dataclass(frozen=True, slots=True)
class Storage:
    """Where data is kept.

    Attributes:
        layout: The folder.
        spool: What was received and is not stored yet.
        store: What stores it.
        seen: The store as people ask it; alerts, which ask all the time, do not count as that.
        address: The ClickHouse that it is stored in, None for the embedded store.
    """

    layout: Layout
    spool: Spool
    store: EmbeddedStore | ClusterStore
    seen: Seen
    address: Address | None


async def opened(settings: ServerSettings, parts: AsyncExitStack) -> Storage:
    """Opens it; at the end the spool is closed first, and the store loads what is ready.

    Raises:
        SettingError: If the spool, or the address of the ClickHouse, cannot be used.
        StoreUnavailable: If the store cannot be opened.
    """
    layout = Layout(settings.data_dir)
    spool = Spool.open(layout)
    address = clickhouse(settings)
    if address is None:
        store = EmbeddedStore(layout)
    else:
        from kansoku.store.clickhouse.cluster import ClusterStore  # its client is slow to load

        store = ClusterStore(layout, address, (await asyncio.to_thread(read_settings)).prices)
    await store.start()
    parts.push_async_callback(store.close)
    parts.push_async_callback(spool.close)
    return Storage(layout, spool, store, Seen(store, spool.seen), address)
