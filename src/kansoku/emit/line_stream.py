"""The stream that lines go to, written past Python's buffers where there is a file behind it.

A daemon thread that is stuck in a buffered stream holds its lock, and the interpreter cannot end then;
one that is stuck in `os.write` holds nothing.
"""

import io
import os
import select
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TextIO, cast

from kansoku.emit.json_lines import in_ascii

AT_ONCE = 4_096
"""Bytes of one write: up to here POSIX keeps writes of several processes to one pipe apart."""

_WAIT_S = 0.2
_LOOK_AGAIN_S = 0.01


class LineStream:
    """Writes lines to a text stream. May block, so only the writing thread calls it."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoded = _encoding(stream)
        self._file = _file_of(stream)
        self._torn = False
        if self._file is not None:
            with suppress(OSError, ValueError):  # what waits in it may find no room, or no reader
                stream.flush()

    def write(self, lines: Sequence[str]) -> int:
        """Writes the lines, each with its end; says how many could not be written."""
        if self._file is None:
            return self._through(lines)
        if self._stream.closed:  # its number may be another file's by now
            return len(lines)
        lost = 0
        for group in _grouped([self._encoded(line) + b"\n" for line in lines]):
            try:
                self._write_all(self._file, b"".join(group))
            except (OSError, ValueError):
                lost += len(group)
        return lost

    def _write_all(self, file: int, data: bytes) -> None:
        """Writes all of it, waiting where the file is set not to block; a torn line is ended first."""
        rest = memoryview(b"\n" + data if self._torn else data)
        while rest:
            try:
                rest = rest[os.write(file, rest) :]
                self._torn = bool(rest)
            except BlockingIOError:
                _wait_for_room(file)

    def _through(self, lines: Sequence[str]) -> int:
        """Writes through the stream itself."""
        try:
            self._stream.write("".join(f"{self._encoded(line).decode()}\n" for line in lines))
            self._stream.flush()
        except Exception:  # a stream of the application's may raise anything
            return len(lines)
        return 0


def is_open(stream: TextIO | None) -> bool:
    """Whether lines can be written to it: it is there, and neither it nor the file behind it is closed."""
    try:
        if stream is None or stream.closed:
            return False
        file = _file_of(stream)
        if file is not None:
            os.fstat(file)
    except AttributeError:  # a stream of the application's that only writes
        return True
    except (OSError, ValueError):
        return False
    return True


def _wait_for_room(file: int) -> None:
    """Waits a little until the file takes more. `select` knows no file above 1,023, so it is not asked."""
    if not hasattr(select, "poll"):  # taken away by libraries that put their own loop in its place
        time.sleep(_LOOK_AGAIN_S)
        return
    room = select.poll()
    room.register(file, select.POLLOUT)
    room.poll(_WAIT_S * 1_000)


def _grouped(lines: list[bytes]) -> list[list[bytes]]:
    """Lines that go out in one write each."""
    groups: list[list[bytes]] = []
    room = 0
    for line in lines:
        if not groups or len(line) > room:
            groups.append([])
            room = AT_ONCE
        groups[-1].append(line)
        room -= len(line)
    return groups


def _file_of(stream: TextIO) -> int | None:
    """The descriptor behind the stream, if what is written to it is what the stream would write."""
    if os.name != "posix" or not isinstance(stream, io.TextIOWrapper):
        return None
    buffer = cast("object", stream.buffer)  # pyright: ignore[reportUnknownMemberType]
    raw = cast("object", getattr(buffer, "raw", buffer))
    encoding = stream.encoding.lower().replace("_", "-")
    plain = encoding in {"utf-8", "utf8", "ascii", "us-ascii", "ansi-x3.4-1968"}
    return stream.fileno() if plain and isinstance(raw, io.FileIO) else None


def _encoding(stream: TextIO) -> Callable[[str], bytes]:
    """How a line is encoded: as it is for UTF-8, else with escapes for what is not ASCII."""
    encoding = (getattr(stream, "encoding", None) or "utf-8").lower().replace("_", "-")
    utf8 = encoding in {"utf-8", "utf8"}
    return _as_utf8 if utf8 else _as_ascii


def _as_utf8(line: str) -> bytes:
    """UTF-8."""
    return line.encode("utf-8", "replace")


def _as_ascii(line: str) -> bytes:
    """ASCII, with JSON's escapes."""
    return in_ascii(line).encode("ascii")
