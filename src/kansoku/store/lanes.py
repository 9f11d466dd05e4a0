"""Lanes: how many questions of each sort run at once, and how many may wait for their turn.

The page asks some dozens of quick questions at a time. What a person asks in SQL may take ten
seconds, and a dozen of those must not make the page wait: they have slots of their own, fewer, and
ClickHouse lets the page's go first. What changes the store has its own slot too, and so
has maintenance, which may take hours. Ending a question must not wait behind it, so that has slots, too.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock
from typing import TYPE_CHECKING, Final

from kansoku.errors import QueryTimeout, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from kansoku.store.port import QueryLimits

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Lane:
    """Questions of one sort: `slots` run at once, `waiting` more may wait for one."""

    name: str
    slots: int
    waiting: int


PAGE: Final = Lane("page", slots=8, waiting=1024)
AD_HOC: Final = Lane("ad-hoc", slots=2, waiting=32)
UPKEEP: Final = Lane("upkeep", slots=1, waiting=32)
MAINTENANCE: Final = Lane("maintenance", slots=1, waiting=8)
CANCEL: Final = Lane("cancel", slots=2, waiting=1024)


class Lanes:
    """Runs questions, each in its lane. Safe to use from many threads."""

    def __init__(self, *lanes: Lane, clock: Callable[[], float] = time.monotonic) -> None:
        self._pools = {lane: ThreadPoolExecutor(lane.slots, thread_name_prefix=lane.name) for lane in lanes}
        # Not the pools' own queues: what is taken out of those would stay there until a slot is free.
        self._waiting: dict[Lane, deque[_Question]] = {lane: deque() for lane in lanes}
        self._running = dict.fromkeys(lanes, 0)
        self._counting = Lock()
        self._clock = clock

    def submit(self, lane: Lane, limits: QueryLimits, run: Callable[[Turn], None]) -> Callable[[], bool]:
        """Has `run` called when its turn comes, at once if too many wait: its `Turn` tells which.

        Returns:
            What takes it out again, and tells whether it did: not once its turn has come.
        """
        question = _Question(run, Turn(limits, self._clock(), self._clock))
        with self._counting:
            begins = self._running[lane] < lane.slots
            question.turn.crowded = not begins and len(self._waiting[lane]) >= lane.waiting
            self._running[lane] += begins
            if not begins and not question.turn.crowded:
                self._waiting[lane].append(question)
                return partial(self._take_out, lane, question)
        if begins:
            self._pools[lane].submit(self._run, lane, question)
        else:
            run(question.turn)
        return too_late

    def close(self) -> None:
        """Returns when every question that was submitted has ended."""
        for pool in self._pools.values():
            pool.shutdown()

    def _take_out(self, lane: Lane, question: _Question) -> bool:
        with self._counting:
            waits = question in self._waiting[lane]
            if waits:
                self._waiting[lane].remove(question)
        return waits

    def _run(self, lane: Lane, first: _Question) -> None:
        """Runs a question in a slot, and those that wait for one after it."""
        question: _Question | None = first
        while question is not None:
            try:
                question.run(question.turn)
            except Exception:
                _log.exception("A question ended without an answer")
            question = self._next(lane)

    def _next(self, lane: Lane) -> _Question | None:
        with self._counting:
            if self._waiting[lane]:
                return self._waiting[lane].popleft()
            self._running[lane] -= 1
            return None


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """What is run, once its turn comes."""

    run: Callable[[Turn], None]
    turn: Turn


def too_late() -> bool:
    """Takes nothing out: its turn has come."""
    return False


@dataclass(slots=True)
class Turn:
    """A question's turn: since when it has waited, and what is left of its time."""

    limits: QueryLimits
    since: float
    clock: Callable[[], float]
    crowded: bool = False

    def left(self) -> QueryLimits:
        """The limits, less the time that was waited.

        Raises:
            StoreUnavailable: If too many of its sort wait already.
            QueryTimeout: If it waited longer than it was allowed to take: nobody waits for it now.
        """
        if self.crowded:
            raise StoreUnavailable("too many questions wait for their turn; ask again in a moment")
        left = self.limits.seconds - (self.clock() - self.since)
        if left <= 0:
            raise QueryTimeout(f"its turn did not come within {self.limits.seconds} s: others take long")
        return replace(self.limits, seconds=left)
