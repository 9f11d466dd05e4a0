"""What a server has to confess of what came in, put together from its parts."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from kansoku.notify.queue import Queue
from kansoku.receive.door import Door
from kansoku.receive.receiver import Receiver
from kansoku.server.storage import Storage
from kansoku.show.honesty import Intake
from kansoku.show.reload import Reloaded
from kansoku.store.loading.aside import oldest_aside
from kansoku.store.parts import aside_since, put_aside


@dataclass(frozen=True, slots=True)
class Intakes:
    """Reads it from the spool, the receiver, its door, the store and the queue of notices."""

    storage: Storage
    receiver: Receiver
    queue: Queue
    door: Door | None
    settings: Callable[[], Reloaded]

    async def now(self) -> Intake:
        """How it stands."""
        layout, receiver = self.storage.layout, self.receiver
        backlog = await asyncio.to_thread(layout.backlog)
        faults = {fault.name.lower(): count for fault, count in receiver.faults.items()}
        oldest = await asyncio.to_thread(oldest_aside, layout) if backlog.set_aside else None
        aside = await asyncio.to_thread(put_aside, layout.database)
        notices = await asyncio.to_thread(self.queue.numbers)
        return Intake(
            backlog.bytes,
            backlog.waiting,
            backlog.set_aside,
            dict(receiver.refusals),
            faults,
            set_aside_since=oldest and oldest.received_at,
            set_aside_reason=oldest.reason if oldest else "",
            store_restarts=self.storage.store.restarts,
            notices_sent=notices.sent,
            notices_failed=notices.failed,
            notices_waiting=notices.waiting,
            notices_lost=notices.lost,
            settings_error=self.settings().error,
            settings_read_at=self.settings().at,
            parts_cut_short=len(aside),
            cut_short_since=min(map(aside_since, aside), default=None),
            texts_redacted=self.door and self.door.texts_masked,
        )
