"""Segments: the files between receiving and storing, their names, folders and framing.

A segment holds OTLP export requests of one signal, each behind its length as a varint, which is
what ClickHouse reads as format `Protobuf`. It is `….open` while it grows, `….ready` when it may be
loaded, and lies in `set-aside/` when it could not be. Its name is never used twice, because the
store de-duplicates by it.

    <data>/spool/traces/01764000000000000000-9f2c4e1b.open
    <data>/spool/traces/01763999999000000000-03a1d2c4.ready
    <data>/spool/set-aside/traces/…
    <data>/store/                                            the database's own folder
"""

from __future__ import annotations

import fcntl
import math
import os
import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from kansoku.errors import SettingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import IO

OPEN = ".open"
READY = ".ready"
_VARINT_BYTES = 10
_TIME_DIGITS = 20
_MORE = 0x80  # the bit that says another byte follows


class LoadRefused(Exception):
    """A segment's bytes cannot be loaded, now or later."""


class Signal(Enum):
    """The three OTLP signals that are taken; the value is the path's last part and the folder's name."""

    TRACES = "traces"
    LOGS = "logs"
    METRICS = "metrics"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a data directory keeps what."""

    data: Path

    @property
    def database(self) -> Path:
        """The folder that only the store process opens."""
        return self.data / "store"

    @property
    def spool(self) -> Path:
        """The folder of all signals' segments."""
        return self.data / "spool"

    @property
    def snapshots(self) -> Path:
        """The folder of copies that a backup is being made from."""
        return self.data / "snapshots"

    def folder(self, signal: Signal) -> Path:
        """The folder of a signal's open and ready segments."""
        return self.spool / signal.value

    def set_aside(self, signal: Signal) -> Path:
        """The folder of a signal's segments that could not be loaded."""
        return self.spool / "set-aside" / signal.value

    def create(self) -> None:
        """Makes every folder that is missing, so that it is there after a power cut.

        Raises:
            OSError: If one cannot be made.
        """
        _make(self.database)
        for signal in Signal:
            _make(self.folder(signal))
            _make(self.set_aside(signal))

    def lock(self) -> IO[str]:
        """The spool's lock: whoever has it open may move segments; closing it gives it up.

        Raises:
            SettingError: If another Kansoku has it.
            OSError: If the file cannot be made.
        """
        file = (self.spool / "kansoku.lock").open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            raise SettingError(
                f"another Kansoku uses the data directory {self.data}: stop it, or choose another"
                " with --data-dir"
            ) from None
        return file

    def ready(self, signal: Signal) -> list[Path]:
        """A signal's segments that may be loaded, oldest first; none while the folder is missing."""
        return sorted(self.folder(signal).glob(f"*{READY}"))

    def backlog(self) -> Backlog:
        """What waits in the spool now, by looking."""
        waiting = [path for signal in Signal for path in self.folder(signal).glob("*")]
        return Backlog(
            bytes=sum(size_of(path) for path in waiting),
            waiting=sum(path.suffix == READY for path in waiting),
            set_aside=len(self._aside()),
        )

    def lag(self, now: float) -> Lag:
        """How far the store is behind at `now`, unix seconds, by the segments that may be loaded."""
        ready = [path for signal in Signal for path in self.folder(signal).glob(f"*{READY}")]
        oldest = min(map(opened_s, ready), default=now)
        return Lag(len(ready), max(0.0, now - oldest), len(self._aside()))

    def _aside(self) -> list[Path]:
        """Every segment that could not be loaded."""
        return [path for signal in Signal for path in self.set_aside(signal).glob(f"*{READY}")]


@dataclass(frozen=True, slots=True)
class Lag:
    """Segments ready to load, for how many seconds the oldest has been there, and those that could not be."""

    segments: int
    oldest_s: float
    set_aside: int = 0


def opened_s(path: Path) -> float:
    """When a segment was opened, in unix seconds, as its name tells; by hand it may have another."""
    digits = path.name.partition("-")[0]
    try:
        return int(digits) / 10**9 if digits.isdigit() else path.stat().st_mtime
    except FileNotFoundError:  # stored in the meantime
        return math.inf


@dataclass(frozen=True, slots=True)
class Backlog:
    """Acknowledged bytes not yet stored, segments ready to load, segments that could not be loaded."""

    bytes: int
    waiting: int
    set_aside: int


def new_name(now_unix_ns: int) -> str:
    """A segment name that sorts by time and does not come again, even if the clock steps back."""
    return f"{now_unix_ns:0{_TIME_DIGITS}d}-{secrets.token_hex(4)}"


class Names:
    """New segment names of a signal, each sorting after those before it, whatever the clock does."""

    def __init__(self, layout: Layout, signal: Signal, clock: Callable[[], int]) -> None:
        self._clock = clock
        names = [path.name[:_TIME_DIGITS] for path in layout.folder(signal).glob(f"*{READY}")]
        self._last = max((int(name) for name in names if name.isdecimal()), default=0)

    def next(self) -> str:
        """A name that did not come before; its time is the clock's, or just after the one before it."""
        self._last = max(self._clock(), self._last + 1)
        return new_name(self._last)


def received_at(path: Path) -> float:
    """When the first request of a segment came, in unix seconds, as its name says; 0.0 if it says nothing."""
    return received_ns(path.name) / 1e9


def received_ns(name: str) -> int:
    """The same of a segment's name, in nanoseconds since 1970; 0 if it says nothing."""
    head = name[:_TIME_DIGITS]
    return int(head) if head.isdecimal() else 0


def flush_folder(folder: Path) -> None:
    """Makes the names in a folder, as they are now, survive a power cut.

    Raises:
        OSError: If the disk refuses.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _make(folder: Path) -> None:
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    flush_folder(folder.parent)


def varint(number: int) -> bytes:
    """A length as protobuf writes it."""
    out = bytearray()
    while number >= _MORE:
        out.append(number & 0x7F | _MORE)
        number >>= 7
    out.append(number)
    return bytes(out)


def frames(segment: memoryview) -> Iterator[tuple[memoryview, int]]:
    """The whole messages of a segment, each with the offset of its end; stops at a torn one.

    A length of 0 is torn too: empty requests are never written, and a power cut can leave zeros.
    """
    start = 0
    while (head := _length(segment, start)) is not None:
        length, body = head
        end = body + length
        if length == 0 or end > len(segment):
            return
        yield segment[body:end], end
        start = end


def _length(segment: memoryview, start: int) -> tuple[int, int] | None:
    number = 0
    for index, byte in enumerate(segment[start : start + _VARINT_BYTES]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < _MORE:
            return number, start + index + 1
    return None


def size_of(path: Path) -> int:
    """The bytes of a file; 0 once it is gone."""
    try:
        return path.stat().st_size
    except FileNotFoundError:  # loaded meanwhile
        return 0
