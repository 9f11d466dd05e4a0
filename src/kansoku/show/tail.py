"""The live tail of the log: one search is asked once a second, however many listen to it."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from pydantic import BaseModel

from kansoku.errors import KansokuError
from kansoku.query import logs, paging
from kansoku.query.logs import LogRecord, LogSearch
from kansoku.query.statement import whole
from kansoku.show import log_shapes, shapes
from kansoku.show.refusals import RequestRefused
from kansoku.store.port import QueryLimits, Store

SEARCHES_AT_MOST = 16
LISTENERS_AT_MOST = 64
HEARTBEAT_S = 15.0
"""A listener is told so often that it is still connected: proxies end what is silent."""

LATE_S = 60
"""A record shows if it is stored within so many seconds of its own time."""

_AHEAD_S = 60  # clocks of applications may be ahead
_FIRST_S = 900
AT_ONCE = 5_000
"""About so many records a look tells at most; of more the newest, and that some were left out."""

READ_AT_MOST = 10_000
"""So many records a look reads: with what is new come those of the same seconds that are known."""

_PAGE = 1_000
_BEHIND = 32
_BEHIND_BYTES = 8 << 20
_NS = 10**9
_LIMITS = QueryLimits(seconds=5.0, rows=10_000, memory_bytes=256 << 20)
_log = logging.getLogger(__name__)


async def each_second() -> None:
    """The pause between two looks."""
    await asyncio.sleep(1.0)


@dataclass(slots=True)
class Listener:
    """Who listens: what is to be told, None for the end, its bytes, and whether some of it was lost."""

    told: asyncio.Queue[bytes | None]
    waiting_bytes: int = 0
    lost: bool = False

    def tell(self, event: bytes) -> None:
        """Keeps the event for the listener; one that reads too slowly loses it, and is told so."""
        if self.told.full() or self.waiting_bytes > _BEHIND_BYTES:
            self.lost = True
        else:
            self.told.put_nowait(event)
            self.waiting_bytes += len(event)

    async def next(self) -> bytes | None:
        """What is to be told next, as soon as there is something; None at the end."""
        event = await self.told.get()
        self.waiting_bytes -= len(event or b"")
        return event

    def end(self) -> None:
        """Ends the listening, after what was told before where there is room."""
        if self.told.full():
            self.told.get_nowait()
        self.told.put_nowait(None)


@dataclass(slots=True)
class _Left:
    """How many records a look may still tell and read, and whether there were more."""

    to_tell: int
    to_read: int
    is_short: bool = False


class Tail:
    """One search, for all who listen to it.

    A look counts the records of each of the last seconds, and reads the seconds whose count is another than
    at the look before, page by page: so a late record is found among any number of others.
    """

    def __init__(self, store: Store, search: LogSearch, clock: Callable[[], float]) -> None:
        self._store = store
        self._search = search
        self._clock = clock
        self._seen: dict[str, int] = {}
        self._counts: dict[int, int] = {}
        self._newest: deque[LogRecord] = deque(maxlen=search.limit)
        self._failing = False
        self._looked: int | None = None
        self.listeners: list[Listener] = []

    def join(self) -> Listener:
        """A new listener, who is first told the newest that is known."""
        made = Listener(asyncio.Queue(_BEHIND))
        if self._newest:
            made.tell(_batch(list(self._newest), gap=False))
        self.listeners.append(made)
        return made

    async def look(self) -> None:
        """Asks once, and tells every listener what is new."""
        try:
            found, gap = await (self._first() if self._looked is None else self._new(self._looked))
        except KansokuError as error:
            if not self._failing:
                self._tell(_event("trouble", log_shapes.TailTrouble(message=str(error))))
            self._failing = True
            return
        was_failing, self._failing = self._failing, False
        self._newest.extend(found)
        if found or gap or was_failing:
            self._tell(_batch(found, gap=gap))

    def _tell(self, event: bytes) -> None:
        for one in self.listeners:
            one.tell(event)

    async def _first(self) -> tuple[list[LogRecord], bool]:
        """The newest records, earliest first; those of the last seconds are from now on known."""
        now = int(self._clock())
        asked = self._between(now - LATE_S, now)
        counts = await self._counted(asked)
        found, _ = await self._unseen(asked, counts)
        if len(found) < self._search.limit:
            found = await self._page(self._between(now - _FIRST_S, now), self._search.limit)
        self._looked, self._counts = now, counts
        return found[-self._search.limit :], False

    async def _new(self, looked: int) -> tuple[list[LogRecord], bool]:
        """The records that were not seen before, earliest first, and whether some were left out."""
        now = int(self._clock())
        begin = max(looked - LATE_S, now - _FIRST_S)
        asked = self._between(begin, now)
        found, left_out = await self._unseen(asked, await self._counted(asked))
        self._forget(begin - LATE_S)
        self._looked = now
        return found, left_out or begin > looked

    def _between(self, begin: int, now: int) -> LogSearch:
        return replace(self._search, begin=begin, end=now + _AHEAD_S)

    async def _counted(self, asked: LogSearch) -> dict[int, int]:
        """How many records each second has."""
        statement = logs.per_second(asked)
        rows = await self._store.query(statement.text, statement.parameters, limits=_LIMITS)
        return {whole(second): whole(count) for second, count in rows.rows}

    async def _unseen(self, asked: LogSearch, counts: dict[int, int]) -> tuple[list[LogRecord], bool]:
        """What came since the look before, earliest first, and whether it was more than is told at once."""
        changed = sorted(second for second in counts if counts[second] != self._counts.get(second))
        left = _Left(AT_ONCE, READ_AT_MOST)
        found: list[LogRecord] = []
        for first, last in reversed(_stretches(changed)):
            unseen, is_whole = await self._read(replace(asked, begin=first, end=last + 1), left)
            found = unseen + found
            if is_whole:  # of others, the next look reads on
                self._counts |= {second: counts[second] for second in range(first, last + 1)}
        self._seen |= {one.id: one.time_ns for one in found}
        return found, left.is_short

    async def _read(self, asked: LogSearch, left: _Left) -> tuple[list[LogRecord], bool]:
        """Those of its records that were not told before, earliest first, and whether all of it was read."""
        found: list[LogRecord] = []
        while left.to_tell > 0 and left.to_read > 0:
            page = await self._page(asked, _PAGE)
            unseen = [one for one in page if one.id not in self._seen]
            found = unseen + found
            left.to_read -= len(page)
            left.to_tell -= len(unseen)
            if len(page) < _PAGE:
                return found, True
            asked = replace(asked, before_ns=page[0].time_ns)
        left.is_short = True
        return found, False

    async def _page(self, asked: LogSearch, limit: int) -> list[LogRecord]:
        statement = logs.statement(replace(asked, limit=limit))
        rows = await self._store.query(statement.text, statement.parameters, limits=_LIMITS)
        return [logs.record(cells) for cells in reversed(paging.rows_of(rows.rows))]

    def _forget(self, before: int) -> None:
        for own in [own for own, time in self._seen.items() if time < before * _NS]:
            del self._seen[own]
        for second in [second for second in self._counts if second < before]:
            del self._counts[second]


def _stretches(seconds: Sequence[int]) -> list[tuple[int, int]]:
    """Seconds in order as stretches without a gap, each by its first and last."""
    found: list[tuple[int, int]] = []
    for second in seconds:
        if found and found[-1][1] == second - 1:
            found[-1] = found[-1][0], second
        else:
            found.append((second, second))
    return found


class Tails:
    """Every search that somebody listens to now."""

    def __init__(
        self, store: Store, clock: Callable[[], float], pause: Callable[[], Awaitable[None]] = each_second
    ) -> None:
        self._store = store
        self._clock = clock
        self._pause = pause
        self._tails: dict[LogSearch, Tail] = {}
        self._looking: dict[LogSearch, asyncio.Task[None]] = {}
        self._ended = False

    @property
    def listeners(self) -> int:
        """How many listen."""
        return sum(len(tail.listeners) for tail in self._tails.values())

    def check(self, search: LogSearch) -> None:
        """See that one more can listen.

        Raises:
            RequestRefused: If the server ends, or as much is listened to as it takes.
        """
        if self._ended:
            raise RequestRefused("the server is stopping", status=503)
        if self.listeners >= LISTENERS_AT_MOST:
            message = f"{LISTENERS_AT_MOST} listen to the log already; end one, or search instead"
            raise RequestRefused(message, status=503)
        if _key(search) not in self._tails and len(self._tails) >= SEARCHES_AT_MOST:
            message = (
                f"{SEARCHES_AT_MOST} different searches are listened to already; end one, or search instead"
            )
            raise RequestRefused(message, status=503)

    async def listen(self, search: LogSearch) -> AsyncGenerator[bytes]:
        """Server-sent events of the records that the search finds, until the server or the listener ends."""
        key = _key(search)
        tail = self._begun(key)
        listener = tail.join()
        try:
            yield b": listening\n\n"
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT_S):
                        event = await listener.next()
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if event is None:
                    return
                yield event
                if listener.lost:
                    listener.lost = False
                    yield _batch([], gap=True)
        finally:
            tail.listeners.remove(listener)
            self._left(key, tail)

    def end(self) -> None:
        """Ends every listening, so that the server need not wait for those who would listen for ever."""
        self._ended = True
        for tail in self._tails.values():
            for listener in tail.listeners:
                listener.end()

    def _begun(self, key: LogSearch) -> Tail:
        known = self._tails.get(key)
        if known is None:
            known = self._tails[key] = Tail(self._store, key, self._clock)
            self._looking[key] = asyncio.create_task(self._look(known), name="tail")
        return known

    def _left(self, key: LogSearch, tail: Tail) -> None:
        if not tail.listeners and self._tails.get(key) is tail:
            del self._tails[key]
            self._looking.pop(key).cancel()

    async def _look(self, tail: Tail) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                try:
                    await tail.look()
                except Exception:
                    _log.exception("the tail of the log failed once; it goes on")
                await self._pause()


def _key(search: LogSearch) -> LogSearch:
    """The search without its time: the tail's is now."""
    return replace(search, begin=0, end=0, before_ns=None, after_ns=None)


def _batch(records: list[LogRecord], *, gap: bool) -> bytes:
    told = [shapes.LogRecord.model_validate(one, from_attributes=True) for one in records]
    return _event("records", log_shapes.TailBatch(records=told, gap=gap))


def _event(name: str, body: BaseModel) -> bytes:
    return f"event: {name}\ndata: {body.model_dump_json()}\n\n".encode()
