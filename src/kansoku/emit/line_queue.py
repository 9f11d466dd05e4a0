"""The queue between threads that log and the stream: bounded, never blocking, written by one thread.

Whatever goes wrong below it is counted, and never logged: that would come back here.
"""

import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from kansoku.catalog.losses import Reason
from kansoku.emit import forks
from kansoku.emit.json_lines import Entry, LineWriter, failed_line

QUEUE_LIMIT = 10_000
"""Entries that wait at most."""

TEXT_LIMIT = 32_000_000
"""Characters of messages, fields and exceptions that wait at most."""

WRITE_EVERY_S = 0.1
_BATCH = 256
_EXIT_S = 2.0

QUEUE_FULL: Final = "queue full"
STREAM_FAILED: Final = "stream failed"
RECURSION: Final = "logged while logging"


class Lines(Protocol):
    """Takes lines away; may block."""

    def write(self, lines: list[str], /) -> int:
        """Writes them; says how many were lost."""
        ...


class LineQueue:
    """Takes entries from any thread and has them written.

    Args:
        writer: Makes the lines.
        stream: Takes them.
        lost: Told on the writing thread why and how many entries were lost.
        fault: Told on the writing thread that a line could not be made.
    """

    def __init__(
        self,
        writer: Callable[[], LineWriter],
        stream: Lines,
        lost: Callable[[Reason, int], None],
        fault: Callable[[], None],
    ) -> None:
        self._writer = writer
        self._stream = stream
        self._lost = lost
        self._fault = fault
        self.dropped: dict[str, int] = {}
        self._reset()
        ref = weakref.WeakMethod(self._reset)
        forks.in_child(lambda: (again := ref()) and again())

    @property
    def is_own_thread(self) -> bool:
        """Whether the caller is writing lines just now."""
        return getattr(self._own, "writing", False)

    def put(self, entry: Entry, *, urgent: bool = False) -> None:
        """Queues an entry, or drops and counts it. `urgent` has it written at once."""
        length = entry.length
        with self._lock:
            if len(self._queue) >= QUEUE_LIMIT or self._held - self._written > TEXT_LIMIT:
                self._drop(QUEUE_FULL)
                return
            self._held += length
            self._queue.append(entry)
            if self._thread is None and not self._starting:
                self._start()
        if urgent or len(self._queue) == QUEUE_LIMIT // 2:
            self._call()

    def drop(self, why: Reason) -> None:
        """Counts an entry that was not taken."""
        with self._lock:
            self._drop(why)

    def flush(self, timeout_s: float) -> bool:
        """Waits until what was put has been written; False if it was not within the time."""
        if self.is_own_thread or self._thread is None:
            return not self._queue
        done = threading.Event()
        self._queue.append(done)
        self._call()
        return done.wait(timeout_s)

    def close(self, timeout_s: float) -> bool:
        """Flushes and ends the thread; entries put afterwards are written by a new one."""
        flushed = self.flush(timeout_s)
        with self._lock:
            self._stopping.set()
            self._call()
            self._thread = None
        return flushed

    def _reset(self) -> None:
        """Everything fresh; in a forked child what was waiting belongs to the parent."""
        self._lock = threading.RLock()  # a signal handler may log in the middle of a `put`
        self._working = threading.Lock()
        self._own = threading.local()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._queue: deque[Entry | threading.Event] = deque()
        self._untold: dict[Reason, int] = {}
        self._held = self._written = 0
        self._calling = self._starting = False
        self._thread: threading.Thread | None = None

    def _call(self) -> None:
        """Wakes the thread, but not within itself: there a signal handler would wait for what it holds up."""
        if not self._calling:
            self._calling = True
            try:
                self._wake.set()
            finally:
                self._calling = False

    def _drop(self, why: Reason) -> None:
        """Counts under the lock."""
        self.dropped[why] = self.dropped.get(why, 0) + 1
        self._untold[why] = self._untold.get(why, 0) + 1

    def _start(self) -> None:
        """Starts the thread; where none can start any more, what is queued is written by `flush`."""
        self._stopping = threading.Event()
        thread = threading.Thread(target=self._run, args=(self._stopping,), name="kansoku-lines", daemon=True)
        self._starting = True
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending
            self._guarded()
            return
        finally:
            self._starting = False
        self._thread = thread
        workers = sys.modules.get("multiprocessing.util")
        if workers is not None:  # its processes end without the interpreter's exit functions
            workers.Finalize(None, self.flush, args=(_EXIT_S,), exitpriority=0)

    def _run(self, stopping: threading.Event) -> None:
        """Writes every tenth of a second, or when woken."""
        while not stopping.is_set():
            self._wake.wait(WRITE_EVERY_S)
            self._wake.clear()
            self._guarded()
        self._guarded()  # what was put while it was told to stop

    def _guarded(self) -> None:
        """Works; no fault may end the thread, or reach who logs."""
        if not self._working.acquire(timeout=_EXIT_S):
            return
        self._own.writing = True
        try:
            self._work()
        except Exception:
            self._fault()
        finally:
            self._own.writing = False
            self._working.release()

    def _work(self) -> None:
        """Writes all that is queued, and tells what was lost."""
        while self._queue:
            batch: list[Entry] = []
            done: threading.Event | None = None
            while self._queue and done is None and len(batch) < _BATCH:
                item = self._queue.popleft()
                if isinstance(item, Entry):
                    batch.append(item)
                else:
                    done = item
            try:
                self._write(batch)
                self._tell()
            finally:
                if done is not None:
                    done.set()
        self._tell()

    def _write(self, batch: list[Entry]) -> None:
        """A batch's lines into the stream."""
        if not batch:
            return
        writer = self._writer()
        lines = [self._line(writer, entry) for entry in batch]
        missing = self._stream.write(lines)
        self._written += sum(entry.length for entry in batch)
        for _ in range(missing):
            self.drop(STREAM_FAILED)

    def _line(self, writer: LineWriter, entry: Entry) -> str:
        """The entry's line; one that cannot be made gives a line that says so, without its content."""
        try:
            return writer.line(entry)
        except Exception:
            self._fault()
            return failed_line(entry)

    def _tell(self) -> None:
        """Passes on what was lost since the last time."""
        if self._untold:
            with self._lock:
                untold, self._untold = self._untold, {}
            for why, count in untold.items():
                self._lost(why, count)
