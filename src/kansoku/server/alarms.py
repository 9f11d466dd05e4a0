"""The evaluation of alerts and the queue of notices, as parts of a server."""

import asyncio
import socket
import time
from contextlib import AsyncExitStack

from kansoku.catalog.alert_pack import OWN
from kansoku.notify.queue import Queue
from kansoku.server.storage import Storage
from kansoku.settings.channels import NotifySettings
from kansoku.settings.defined import Defined
from kansoku.watch.loop import run as beat
from kansoku.watch.nodes import Nodes
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch


async def watching(parts: AsyncExitStack, storage: Storage, queue: Queue, held_to: Defined) -> Watch:
    """The evaluation of alerts, which ends before the store does.

    Raises:
        SettingError: If its state cannot be opened.
    """
    store = storage.store
    state = await asyncio.to_thread(WatchState.open, storage.layout.data / "watch.sqlite3", store.ledger)
    parts.callback(state.close)
    queue.expect((*held_to.alerts, *OWN))
    ledger = store.ledger("nodes")
    name = f"{socket.gethostname()}:{storage.layout.data.resolve()}"
    watch = Watch(
        store,
        state,
        held_to.alerts,
        tell=queue.told,
        leads=store.leads,
        ready=queue.lead,
        slos=held_to.slos,
        lag=storage.layout.lag,
        untold=queue.lost_since,
        nodes=Nodes(name, ledger),
    )
    beating = asyncio.create_task(beat(watch), name="alerts")

    async def end() -> None:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
        await asyncio.to_thread(watch.leave, time.time())

    parts.push_async_callback(end)
    return watch


async def notices(parts: AsyncExitStack, storage: Storage, told: NotifySettings) -> Queue:
    """What tells people of alarms, as `kansoku.toml` says; of a demo's alarms nobody is told.

    Raises:
        SettingError: If a secret that the file names cannot be used.
    """
    ledger = storage.store.ledger("notices")
    queue = await asyncio.to_thread(Queue.open, storage.layout.data, told, ledger)
    parts.push_async_callback(asyncio.to_thread, queue.close)
    queue.start()
    return queue
