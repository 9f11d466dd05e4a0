"""The loader: takes the oldest ready segment, inserts it, removes it; sets aside what cannot be.

It polls the spool's folders, so nothing need tell it of a segment, and what a crash left is found
the same way.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from kansoku.errors import StoreUnavailable
from kansoku.store.engine import LoadRefused
from kansoku.store.inserts import check, inserts
from kansoku.store.requests import canonical
from kansoku.store.segments import READY, Signal, frames, varint

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path

    from kansoku.store.engine import Engine
    from kansoku.store.segments import Layout

_log = logging.getLogger(__name__)
_POLL_S = 0.2
_STILL_S = 0.005
_LONGEST_PAUSE_S = 30.0


class Loader:
    """Loads segments in `workers` threads, the oldest first, each segment in one of them."""

    def __init__(
        self,
        engine: Engine,
        layout: Layout,
        *,
        workers: int,
        loading: Callable[[int, str | None], None],
    ) -> None:
        self._engine = engine
        self._layout = layout
        self._loading = loading
        self._claims: set[Path] = set()
        self._claiming = threading.Lock()
        self._halted = 0
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=(number,), name=f"loader-{number}")
            for number in range(workers)
        ]

    def start(self) -> None:
        """Starts loading what is there and what comes."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ends after everything that is ready now has been tried once more."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _work(self, worker: int) -> None:
        pause = _POLL_S
        while True:
            last = self._stopping.is_set()
            try:
                while (claim := self._claim()) is not None:
                    self._load(worker, *claim)
                pause = _POLL_S
            except (StoreUnavailable, OSError) as error:
                pause = min(max(1.0, 2 * pause), _LONGEST_PAUSE_S)
                _log.warning("Loading waits %.0f s: %s", pause, error)
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
        """The oldest segment of any signal that no other worker has; none while it is to be still."""
        with self._claiming:
            if self._halted:
                return None
            waiting = [
                (path.name, signal, path)
                for signal in Signal
                for path in self._layout.ready(signal)
                if path not in self._claims
            ]
            if not waiting:
                return None
            _, signal, path = min(waiting, key=lambda one: one[0])
            self._claims.add(path)
            return signal, path

    def _load(self, worker: int, signal: Signal, path: Path) -> None:
        self._loading(worker, f"{signal.value}/{path.name}")
        try:
            for statement in (*check(signal), *inserts(signal, path.stem)):
                self._engine.load(statement, path)
            path.unlink(missing_ok=True)
        except LoadRefused as refusal:
            self._divide(signal, path, str(refusal))
        finally:
            self._claims.discard(path)
            self._loading(worker, None)

    def _divide(self, signal: Signal, path: Path, reason: str) -> None:
        """Makes a refused segment canonical; if it is, halves it and sets a request at fault aside.

        The name of the rewritten segment stays and the halves' names follow from it, so that doing
        it again after a crash stores nothing twice.
        """
        with path.open("rb") as file:
            content = file.read()
        whole = list(frames(memoryview(content)))
        messages = [bytes(message) for message, _ in whole]
        if (rewritten := _canonical(signal, messages)) not in ([], messages):
            _write(path, rewritten)
            return
        if not whole or (len(whole) == 1 and whole[0][1] == len(content)):
            set_aside(self._layout, signal, path, reason)
            return
        middle = len(messages) // 2
        for suffix, half in (("a", messages[:middle]), ("b", messages[middle:])):
            _write(path.with_name(f"{path.stem}{suffix}{READY}"), half)
        path.unlink()


def set_aside(layout: Layout, signal: Signal, path: Path, reason: str) -> None:
    """Moves a segment out of the way, with a note of why beside it."""
    place = layout.set_aside(signal)
    _log.error("Segment %s cannot be loaded and is kept in %s: %s", path.name, place, reason)
    with suppress(OSError):  # the move matters, the note is a courtesy
        (place / f"{path.stem}.txt").write_text(f"{reason}\n", encoding="utf-8")
    path.rename(place / path.name)


def _canonical(signal: Signal, messages: list[bytes]) -> list[bytes]:
    """The messages without what other readers of protobuf pass over and ClickHouse's refuses."""
    try:
        return [one for message in messages if (one := canonical(signal, message))]
    except DecodeError:  # not written by the spool: halving will find it
        return messages


def _write(path: Path, messages: list[bytes]) -> None:
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        for message in messages:
            file.write(varint(len(message)))
            file.write(message)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
