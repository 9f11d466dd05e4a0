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

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OPEN = ".open"
READY = ".ready"
_VARINT_BYTES = 10
_MORE = 0x80  # the bit that says another byte follows


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

    def folder(self, signal: Signal) -> Path:
        """The folder of a signal's open and ready segments."""
        return self.spool / signal.value

    def set_aside(self, signal: Signal) -> Path:
        """The folder of a signal's segments that could not be loaded."""
        return self.spool / "set-aside" / signal.value

    def create(self) -> None:
        """Makes every folder that is missing.

        Raises:
            OSError: If one cannot be made.
        """
        self.database.mkdir(parents=True, exist_ok=True)
        for signal in Signal:
            self.folder(signal).mkdir(parents=True, exist_ok=True)
            self.set_aside(signal).mkdir(parents=True, exist_ok=True)

    def ready(self, signal: Signal) -> list[Path]:
        """A signal's segments that may be loaded, oldest first; none while the folder is missing."""
        return sorted(self.folder(signal).glob(f"*{READY}"))

    def backlog(self) -> Backlog:
        """What waits in the spool now, by looking."""
        waiting = [path for signal in Signal for path in self.folder(signal).glob("*")]
        aside = [path for signal in Signal for path in self.set_aside(signal).glob(f"*{READY}")]
        return Backlog(
            bytes=sum(_size(path) for path in waiting),
            waiting=sum(path.suffix == READY for path in waiting),
            set_aside=len(aside),
        )


@dataclass(frozen=True, slots=True)
class Backlog:
    """Acknowledged bytes not yet stored, segments ready to load, segments that could not be loaded."""

    bytes: int
    waiting: int
    set_aside: int


def new_name(now_unix_ns: int) -> str:
    """A segment name that sorts by time and does not come again, even if the clock steps back."""
    return f"{now_unix_ns:020d}-{secrets.token_hex(4)}"


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


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # loaded meanwhile
        return 0
