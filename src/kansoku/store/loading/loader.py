"""The loader: takes the oldest ready segment, inserts it, removes it; sets aside what cannot be.

It polls the spool's folders, so nothing need tell it of a segment, and what a crash left is found
the same way. A segment that fails waits for a while, and the others go on.
"""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kansoku.errors import StoreUnavailable
from kansoku.store.loading.aside import set_aside
from kansoku.store.loading.halving import halve, rewrite
from kansoku.store.loading.inserts import FROM_FILE, Inserts
from kansoku.store.loading.kinds import KINDS, kinds_of
from kansoku.store.segments import LoadRefused, Signal, opened_s

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from kansoku.store.segments import Layout

_log = logging.getLogger(__name__)
_POLL_S = 0.2
_STILL_S = 0.005
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 30.0
_DOUBLINGS = 10
_TRIES_TO_SET_ASIDE = 3
_SETTLED = (Signal.TRACES, Signal.LOGS)
_MAY_BE_STORED = 8
"""A crash leaves so many stored and not removed: the oldest, one a worker, of whom there may be more."""


class Inserter(Protocol):
    """What runs one statement over a segment; `Engine` is one."""

    def load(self, statement: str, path: Path) -> None:
        """As `Engine.load` says."""
        ...


@dataclass(slots=True)
class _Waiting:
    """A segment that failed: how often, until when it waits, and how many were stored before it first did."""

    tries: int
    until: float
    stored_before: int


class Loader:
    """Loads segments in `workers` threads, the oldest first, each segment in one of them.

    Args:
        engine: What runs the statements.
        layout: Where the segments are.
        workers: How many are loaded at once.
        loading: Told which worker loads which segment, as `traces/….ready`, and None when it is done.
        confirm: Makes what was stored durable, before a segment is removed.
        alone: Segments that are loaded with no other beside them, as one of them may end the process.
        inserts: The statements that it runs.
        settle: Told, before a segment is removed, since which unix second its rows may have been stored.
        look: Looks whether the disk took what was written, and does not come back if it did not.
    """

    def __init__(
        self,
        engine: Inserter,
        layout: Layout,
        *,
        workers: int,
        loading: Callable[[int, str | None], None],
        confirm: Callable[[], None],
        alone: frozenset[str] = frozenset(),
        inserts: Inserts = FROM_FILE,
        settle: Callable[[int], None] = lambda _since: None,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        self._engine = engine
        self._inserts = inserts
        self._layout = layout
        self._loading = loading
        self._confirm = confirm
        self._alone = alone
        self._settle = settle
        self._look = look
        self._begun: dict[Path, int] = {}
        self._claims: set[Path] = set()
        self._failed: dict[Path, _Waiting] = {}
        self._stored = 0
        self._claiming = threading.Lock()
        self._halted = 0
        self._hurried = False
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,), name=f"loader-{number}", daemon=True)
            for number in range(workers)
        ]

    def start(self) -> None:
        """Starts loading what is there and what comes."""
        # One of these may have been stored before a crash, and not settled: no earlier than it was opened.
        left = max(_MAY_BE_STORED, len(self._threads))
        for signal in _SETTLED:
            self._begun |= {path: int(opened_s(path)) for path in self._layout.ready(signal)[:left]}
        for thread in self._threads:
            thread.start()

    def hurry(self) -> None:
        """Takes up no more segments: `stop` then ends after those that are being loaded."""
        self._hurried = True

    def stop(self, patience_s: float | None = None) -> None:
        """Ends after everything that is ready now has been tried once more, or after that many seconds.

        What is not stored by then stays in the spool.
        """
        self._stopping.set()
        deadline = None if patience_s is None else time.monotonic() + patience_s
        for thread in self._threads:
            thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
        self._hurried = True

    def _work(self, worker: int) -> None:
        failures = 0
        while True:
            last = self._stopping.is_set()
            try:
                while (claim := self._claim()) is not None:
                    self._load(worker, *claim)
                    failures = 0
                pause = _POLL_S
            except Exception as error:  # a thread that ended would leave everything unloaded
                failures += 1
                pause = _pause(failures)
                is_foreseen = isinstance(error, (StoreUnavailable, OSError))
                _log.warning("Loading waits %.0f s: %s", pause, error, exc_info=not is_foreseen)
            if last:
                return
            self._stopping.wait(pause)

    @contextmanager
    def still(self) -> Generator[None]:
        """While entered, no segment is being loaded: each is whole in the tables, or in the spool."""
        with self._claiming:
            self._halted += 1
        try:
            while self._claims:
                self._stopping.wait(_STILL_S)
            yield
        finally:
            with self._claiming:
                self._halted -= 1

    def _claim(self) -> tuple[Signal, Path] | None:
        """The oldest segment that no other worker has and need not wait; none while it is to be still."""
        now = time.monotonic()
        with self._claiming:
            if self._halted or self._hurried:
                return None
            waiting = [
                (path.name, signal, path)
                for signal in Signal
                for path in self._layout.ready(signal)
                if path not in self._claims and self._may_be_tried(path, now)
            ]
            if not waiting or any(_told(path) in self._alone for path in self._claims):
                return None
            _, signal, path = min(waiting, key=lambda one: one[0])
            if self._claims and _told(path) in self._alone:
                return None
            self._claims.add(path)
            return signal, path

    def _may_be_tried(self, path: Path, now: float) -> bool:
        failed = self._failed.get(path)
        return failed is None or now >= failed.until

    def _load(self, worker: int, signal: Signal, path: Path) -> None:
        self._loading(worker, _told(path))
        try:
            self._insert(signal, path)
        except FileNotFoundError:  # taken away by hand
            self._failed.pop(path, None)
        except Exception:
            self._wait(path)
            raise
        else:
            self._failed.pop(path, None)
        finally:
            self._claims.discard(path)
            self._loading(worker, None)

    def _insert(self, signal: Signal, path: Path) -> None:
        begun = False
        since = self._begun.setdefault(path, int(time.time()))
        try:
            for statement in self._inserts.check(signal):
                self._engine.load(statement, path)
            kinds = kinds_of(path) if signal is Signal.METRICS else KINDS
            for statement in self._inserts.of(signal, path.stem, kinds):
                self._engine.load(statement, path)
                begun = True
        except LoadRefused as refusal:
            self._look()  # it may be the database that cannot read
            self._refused(signal, path, str(refusal), begun=begun)
        else:
            if signal in _SETTLED:
                self._settle(min(since, int(time.time())))
            self._look()
            self._confirm()
            path.unlink(missing_ok=True)
            self._begun.pop(path, None)
            self._stored += 1

    def _refused(self, signal: Signal, path: Path, reason: str, *, begun: bool) -> None:
        """Mends or halves a segment whose bytes are at fault; sets aside what cannot be.

        Halves have names of their own: they would store twice what a table has of the segment already.

        Raises:
            StoreUnavailable: If it is to be tried again.
        """
        if self._can_be_read(signal, path):
            self._refused_by_a_table(signal, path, reason)
        elif not rewrite(signal, path) and (begun or not halve(path)):
            set_aside(self._layout, signal, path, reason)

    def _refused_by_a_table(self, signal: Signal, path: Path, reason: str) -> None:
        """Sets aside after some tries: its rows may be in another table, so it cannot be halved.

        While no other segment is stored either, the table is at fault and not this one, which waits.
        """
        failed = self._failed.get(path)
        if failed is None or failed.tries < _TRIES_TO_SET_ASIDE or self._stored == failed.stored_before:
            raise StoreUnavailable(f"segment {path.name} is refused by a table: {reason}")
        set_aside(self._layout, signal, path, f"refused by a table: {reason}")

    def _can_be_read(self, signal: Signal, path: Path) -> bool:
        """Whether its rows can be made without a table; if not, no INSERT came as far as its table."""
        try:
            for statement in self._inserts.reads(signal):
                self._engine.load(statement, path)
        except LoadRefused:
            return False
        return True

    def _wait(self, path: Path) -> None:
        failed = self._failed.setdefault(path, _Waiting(0, 0.0, self._stored))
        failed.tries += 1
        # Twice the worker's own pause, so that others come first once that is over.
        failed.until = time.monotonic() + 2 * _pause(failed.tries)


def _told(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def _pause(failures: int) -> float:
    return min(_FIRST_PAUSE_S * 2 ** min(failures - 1, _DOUBLINGS), _LONGEST_PAUSE_S)
