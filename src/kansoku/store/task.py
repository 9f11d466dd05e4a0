"""A task of maintenance: long, one at a time, run in the store process beside loading and asking."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event

from kansoku.errors import StoreUnavailable
from kansoku.store.database import Database
from kansoku.store.segments import Layout

Answer = dict[str, object]
Arguments = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Work:
    """What a task works with.

    Attributes:
        database: Runs its statements.
        layout: Where the data directory keeps what.
        told: Told in a few words how far it is.
        stopping: Set when the store is to end; a task that waits must then stop.
        still: While entered, no segment is being loaded.
        changing: Told the time, in unix seconds, whose rows are about to be removed or changed.
    """

    database: Database
    layout: Layout
    told: Callable[[str], None]
    stopping: Event
    still: Callable[[], AbstractContextManager[None]]
    changing: Callable[[int, int], None] = lambda _begin, _end: None

    def wait(self, seconds: float) -> None:
        """Waits that long.

        Raises:
            StoreUnavailable: If the store is to end.
        """
        if self.stopping.wait(seconds):
            raise StoreUnavailable("the store is being stopped; start this again afterwards")


Task = Callable[[Work, Arguments], Answer]
