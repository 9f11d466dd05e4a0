"""The spool: what it returns from is on the disk, and stays, by kill -9 or power cut.

Requests that arrive together are written and flushed together: one `fdatasync` for all who wait,
in a thread of the signal's own, while the next ones gather. A segment that is full or old enough
is renamed to ready, which hands it to the store. When the disk refuses, everyone who waits is told, and
nothing more is taken before the tail that failed is cut off: what it holds was not acknowledged and
comes again.

A crash can fall between the flush and the acknowledgement; the exporter then sends the same bytes
again. So the requests found in segments that a crash left are remembered for a while, and one that
comes again is acknowledged without being stored twice.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import secrets
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku.errors import Malformed, SettingError, SpoolUnavailable
from kansoku.receive.otlp import checked
from kansoku.receive.segment import Segment
from kansoku.receive.unsure import Unsure, digest
from kansoku.store.segments import OPEN, READY, Names, Signal, frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import IO

    from kansoku.store.segments import Layout

_log = logging.getLogger(__name__)
_LOOK_S = 0.5

_CAUSES = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file size limit is reached",
    errno.EROFS: "the disk is read-only",
    errno.ENOENT: "the folder is missing",
    errno.EIO: "the disk fails",
    errno.EACCES: "the folder may not be written",
}


@dataclass(frozen=True, slots=True)
class SpoolLimits:
    """Sizes in bytes, ages in seconds.

    A segment is handed over at `segment_bytes` or `segment_s`, and where one follows another not before
    `apart` times that long after it, or `unseen` times while nobody has asked the store for `seen_s`: a small
    one costs the database as much as a large one. While `crowd` segments of its signal wait for the store, it
    grows on until `crowded_s`: few large ones are stored far sooner than many small ones.
    New requests are refused while the spool holds `total_bytes`, while the disk has less than
    `reserve_bytes` free (the database needs room to work the backlog off), or while `waiting_bytes` wait
    to be written.
    """

    segment_bytes: int = 32 << 20
    segment_s: float = 1.0
    apart: float = 3.0
    unseen: float = 10.0
    seen_s: float = 60.0
    crowd: int = 16
    crowded_s: float = 30.0
    total_bytes: int = 16 << 30
    reserve_bytes: int = 512 << 20
    waiting_bytes: int = 256 << 20


class Spool:
    """The spool of a data directory. `open` it, `append` from one event loop, `close` it."""

    def __init__(
        self,
        layout: Layout,
        limits: SpoolLimits,
        lock: IO[str],
        unsure: Unsure,
        clock: Callable[[], int],
    ) -> None:
        self._layout = layout
        self._limits = limits
        self._lock = lock
        self._unsure = unsure
        self._lanes = {
            signal: _Lane(
                layout.folder(signal), limits, Names(layout, signal, clock), self._room, self._apart
            )
            for signal in Signal
        }
        self._looked_at = 0.0
        self._seen_at = float("-inf")

    @classmethod
    def open(
        cls,
        layout: Layout,
        limits: SpoolLimits | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> Spool:
        """The spool, after what a crash left open was mended and handed to the store.

        Args:
            layout: Where it lies.
            limits: How large it may become.
            clock: The present in unix nanoseconds; it may jump.

        Raises:
            SettingError: If the folder cannot be made or another Kansoku uses it.
        """
        try:
            layout.create()
            lock = layout.lock()
            unsure = Unsure.load(layout)
            for signal in Signal:
                _recover(layout, signal, unsure)
        except OSError as error:
            raise SettingError(
                f"the data directory {layout.data} cannot be used: {_cause(error)};"
                " choose another with --data-dir"
            ) from error
        return cls(layout, limits or SpoolLimits(), lock, unsure, clock)

    async def append(self, signal: Signal, message: bytes) -> None:
        """Returns when the message is on the disk.

        Raises:
            SpoolUnavailable: If it is not, and will not be; try again later.
        """
        await self.begin(signal, message)

    def begin(self, signal: Signal, message: bytes) -> asyncio.Future[None]:
        """Begins to write it; the future is done when it is on the disk, or failed as `append` says.

        Raises:
            SpoolUnavailable: If too much waits already.
        """
        if self._unsure.has(signal, message):
            done = asyncio.get_running_loop().create_future()
            done.set_result(None)
            return done
        return self._lanes[signal].begin(message)

    def seen(self) -> None:
        """Somebody asks the store: what arrives is handed over sooner for a while. From the event loop."""
        rested = not self._is_seen()
        self._seen_at = time.monotonic()
        if rested:
            for lane in self._lanes.values():
                lane.hasten()

    def check(self) -> None:
        """Writes a byte to see whether a message could be stored now. Blocking; from any thread.

        Raises:
            SpoolUnavailable: If it could not.
        """
        probe = self._layout.spool / f"probe-{secrets.token_hex(4)}"
        try:
            self._look()
            with probe.open("wb") as file:
                file.write(b"?")
                file.flush()
                os.fdatasync(file.fileno())
            for signal in Signal:  # a folder that is gone takes nothing
                self._layout.folder(signal).stat()
        except OSError as error:
            raise SpoolUnavailable(
                f"the spool {self._layout.spool} cannot be written: {_cause(error)}"
            ) from error
        finally:
            with suppress(OSError):
                probe.unlink()

    async def close(self) -> None:
        """Flushes what waits and hands every segment to the store."""
        await asyncio.gather(*(lane.close() for lane in self._lanes.values()))
        self._lock.close()

    def _is_seen(self) -> bool:
        return time.monotonic() - self._seen_at < self._limits.seen_s

    def _apart(self) -> float:
        """Seconds from the end of a segment to the end of the next, at the least."""
        limits = self._limits
        return limits.segment_s * (limits.apart if self._is_seen() else limits.unseen)

    def _room(self) -> None:
        """Refuses when the spool or the disk is too full; looks at most twice a second."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_S:
            return
        self._look()
        self._looked_at = now

    def _look(self) -> None:
        """Refuses when the spool or the disk is too full."""
        held = self._layout.backlog().bytes
        if held > self._limits.total_bytes:
            raise SpoolUnavailable(
                f"the spool holds {held} of {self._limits.total_bytes} bytes that are not stored yet"
            )
        disk = os.statvfs(self._layout.spool)
        free = disk.f_bavail * disk.f_frsize
        if free < self._limits.reserve_bytes:
            raise SpoolUnavailable(
                f"the disk of {self._layout.data} has {free} bytes free,"
                f" less than the {self._limits.reserve_bytes} kept for the store"
            )


class _Lane:
    """The messages of one signal on their way to its open segment.

    Everything but `_commit` runs in the event loop; `_commit` runs in the lane's one thread.
    """

    def __init__(
        self,
        folder: Path,
        limits: SpoolLimits,
        names: Names,
        room: Callable[[], None],
        apart: Callable[[], float],
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._names = names
        self._room = room
        self._apart = apart
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"spool-{folder.name}")
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._waiting_bytes = 0
        self._running: asyncio.Task[None] | None = None
        self._segment: Segment | None = None
        self._begun_at = 0.0
        self._ended_at = float("-inf")
        self._closing = False
        self._done_with: deque[Segment] = deque()
        self._due: asyncio.TimerHandle | None = None
        self._old = False

    def begin(self, message: bytes) -> asyncio.Future[None]:
        if self._waiting_bytes > self._limits.waiting_bytes:
            raise SpoolUnavailable("the disk is slower than what arrives")
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((message, done))
        self._waiting_bytes += len(message)
        self._wake()
        return done

    async def close(self) -> None:
        self._closing = True
        self._seal_soon()
        while self._running is not None:
            await self._running
        self._thread.shutdown()

    def _wake(self) -> None:
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    def _seal_soon(self) -> None:
        self._old = True
        self._wake()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting or self._old:
            batch, self._waiting, self._waiting_bytes = self._waiting, [], 0
            old, self._old = self._old, False
            messages = [message for message, _ in batch]
            try:
                await loop.run_in_executor(self._thread, self._commit, messages, old)
            except SpoolUnavailable as error:
                self._tell(batch, error)
            except Exception as error:
                _log.exception("The spool failed in a way that was not foreseen")
                self._tell(batch, SpoolUnavailable(f"the spool failed: {error!r}"))
            else:
                self._tell(batch, None)
            self._set_timer(loop)
        self._running = None

    def _tell(self, batch: list[tuple[bytes, asyncio.Future[None]]], error: SpoolUnavailable | None) -> None:
        for _, done in batch:
            if done.done():  # the exporter hung up
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(SpoolUnavailable(*error.args))

    def _set_timer(self, loop: asyncio.AbstractEventLoop) -> None:
        """One timer for each open segment, from its first messages on, and for those not handed over."""
        if self._segment is None and not self._done_with:
            if self._due is not None:
                self._due.cancel()
                self._due = None
        elif self._due is None:
            self._due = loop.call_later(self._wait_s(), self._timer_rang)

    def _wait_s(self, gathered_s: float = 0.0) -> float:
        """Seconds until the open segment is old, or handing over is tried again."""
        if self._done_with:
            return self._limits.segment_s
        after_s = self._ended_at + self._apart() - time.monotonic()
        return max(self._limits.segment_s - gathered_s, after_s)

    def hasten(self) -> None:
        """Hands the open segment over as early as it may be now."""
        if self._due is not None and self._segment is not None:
            self._due.cancel()
            left_s = self._wait_s(time.monotonic() - self._begun_at)
            self._due = asyncio.get_running_loop().call_later(max(0.0, left_s), self._timer_rang)

    def _timer_rang(self) -> None:
        self._due = None
        self._seal_soon()

    def _commit(self, messages: list[bytes], old: bool) -> None:  # noqa: FBT001 - positional for the executor
        try:
            if messages:
                self._hand_over()
                self._room()
                self._store(messages)
        except OSError as error:
            self._finish()
            raise SpoolUnavailable(f"the spool {self._folder} cannot be written: {_cause(error)}") from error
        finally:
            if old and not self._grows():
                self._finish()
            with suppress(OSError):  # the timer comes back to it
                self._hand_over()

    def _store(self, messages: list[bytes]) -> None:
        if self._segment is None:
            self._segment = Segment(self._folder, self._names.next())
            self._begun_at = time.monotonic()
        self._segment.append(messages)
        if self._segment.size >= self._limits.segment_bytes:
            self._finish()

    def _grows(self) -> bool:
        """Whether the segment takes more though it is old, as the store is behind anyway."""
        if self._closing or time.monotonic() - self._begun_at >= self._limits.crowded_s:
            return False
        with suppress(OSError):  # a folder that is gone has no crowd; whoever writes to it tells
            return sum(1 for _ in self._folder.glob(f"*{READY}")) >= self._limits.crowd
        return False

    def _finish(self) -> None:
        """Ends the segment, as it is full, old or refused something; the next messages start a new file."""
        if self._segment is not None:
            self._done_with.append(self._segment)
            self._segment, self._ended_at = None, time.monotonic()

    def _hand_over(self) -> None:
        """Gives finished segments to the store, in order.

        Raises:
            OSError: If the disk refuses; the next try goes on with the same one.
        """
        while self._done_with:
            with suppress(FileNotFoundError):  # gone with its folder; what was acknowledged went with it
                self._done_with[0].seal()
            self._done_with.popleft().close()


def recover(signal: Signal, path: Path) -> None:
    """Cuts an open segment after its last whole message and hands it to the store.

    Only what was never acknowledged can be torn: a flush ends before the next write begins.

    Raises:
        OSError: If the file cannot be mended.
    """
    content = path.read_bytes()
    whole = _whole(signal, content)
    if whole == 0:
        path.unlink()
        return
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        os.ftruncate(descriptor, whole)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    path.rename(path.with_suffix(READY))
    _log.info("Recovered %s: kept %d of %d bytes", path.name, whole, len(content))


def _recover(layout: Layout, signal: Signal, unsure: Unsure) -> None:
    """Mends what a crash left open, and remembers the requests that it may have kept from an answer.

    They lie in the segments left open, or in the newest one, handed over just before. They are
    remembered before a name changes: another crash may follow.
    """
    left = sorted(layout.folder(signal).glob(f"*{OPEN}"))
    newest = layout.ready(signal)[-1:]
    unsure.add(
        digest(signal, message)
        for path in (*newest, *left)
        for message, _ in frames(memoryview(path.read_bytes()))
    )
    for path in left:
        recover(signal, path)


def _whole(signal: Signal, content: bytes) -> int:
    whole = 0
    for message, end in frames(memoryview(content)):
        try:
            checked(signal, bytes(message))
        except Malformed:
            break
        whole = end
    return whole


def _cause(error: OSError) -> str:
    return _CAUSES.get(error.errno or 0, error.strerror or str(error))
