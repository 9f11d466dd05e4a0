"""Tokens: the database's own list of what it has stored, kept true through crashes.

Each table knows the tokens of its last blocks in files `deduplication_logs/deduplication_log_N.txt`,
a line for each: 1 (added) or 2 (dropped), the part, the token's hash. chDB 26.9 writes the line
before it gives the new part its name, and flushes neither the line nor the file (seen with strace;
ClickHouse issue 111577). So

- a process that is killed between the two leaves a token without its part: the segment, inserted
  again, would be passed over and be lost. `mend` takes such lines out before the database opens.
- a power cut could keep the part and lose the line: the segment would be stored twice. `write_through`
  has the kernel flush each line as it is written.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import struct
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku.store.segments import flush_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_log = logging.getLogger(__name__)
_LOGS = "store/*/*/deduplication_logs"
_ADDED, _FIELDS = "1", 3
_PART = re.compile(r"(?P<partition>[^_]+)_(?P<first>\d+)_(?P<last>\d+)_\d+(?:_\d+)?")
_MADE_BY_INSERT = re.compile(r"[^_-]+_(\d+)_\1_0")
_GET_FLAGS, _SET_FLAGS = 0x80086601, 0x40086602  # FS_IOC_GETFLAGS and FS_IOC_SETFLAGS on 64 bits
_SYNC = 0x8  # FS_SYNC_FL: every write is on the disk before it returns


@dataclass(frozen=True, slots=True)
class _Part:
    """A part by its name: `partition_first_last_level`, with a mutation's number at the end."""

    partition: str
    first: int
    last: int

    def holds(self, other: _Part) -> bool:
        """Whether it is the other of its partition, or was merged from it."""
        return self.first <= other.first and other.last <= self.last


def mend(database: Path) -> int:
    """Takes tokens out whose part never came to be, and a torn line; gives how many lines went.

    Only for a database that no process has open.

    Raises:
        OSError: If a file cannot be read or written.
    """
    return sum(_mended(file) for folder in _folders(database) for file in sorted(folder.glob("*.txt")))


def write_through(database: Path) -> bool:
    """Has each token on the disk before its part gets its name; False where the file system cannot.

    Files that are there and those to come in the folders that are there: call it after tables are made.
    """
    flagged = [_flag(path) for folder in _folders(database) for path in (folder, *folder.glob("*.txt"))]
    return all(flagged)


def flush(database: Path) -> None:
    """Puts the tokens written so far on the disk, for file systems that do not write through.

    Raises:
        OSError: If the disk refuses.
    """
    for folder in _folders(database):
        for file in folder.glob("*.txt"):
            descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        flush_folder(folder)


def is_untold(part: Path) -> bool:
    """Whether it is as an INSERT makes it, its table keeps tokens, and there is none of it.

    Raises:
        OSError: If a file cannot be read.
    """
    folder = part.parent / _LOGS.rpartition("/")[2]
    if not _MADE_BY_INSERT.fullmatch(part.name) or not folder.is_dir():
        return False
    lines = (line for file in folder.glob("*.txt") for line in file.read_bytes().split(b"\n")[:-1])
    return all(line.split(b"\t")[1:2] != [part.name.encode()] for line in lines)


def _folders(database: Path) -> Iterator[Path]:
    return database.glob(_LOGS)


def _mended(file: Path) -> int:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
    parts: defaultdict[str, list[_Part]] = defaultdict(list)
    for path in file.parent.parent.iterdir():
        if (part := _part(path.name)) is not None:
            parts[part.partition].append(part)
    kept = [line for line in lines if _is_true(line, parts)]
    gone = len(lines) - len(kept)
    if gone:
        _log.warning("%d tokens in %s are without their part, as a crash leaves them", gone, file)
        draft = file.with_suffix(".mended")
        with draft.open("w", encoding="utf-8") as out:
            out.writelines(kept)
            out.flush()
            os.fsync(out.fileno())
        draft.rename(file)
        flush_folder(file.parent)
    return gone


def _is_true(line: str, parts: Mapping[str, list[_Part]]) -> bool:
    fields = line.removesuffix("\n").split("\t")
    if len(fields) != _FIELDS or not line.endswith("\n"):
        return False
    if fields[0] != _ADDED:
        return True
    named = _part(fields[1])
    return named is not None and any(part.holds(named) for part in parts.get(named.partition, ()))


def _part(name: str) -> _Part | None:
    found = _PART.fullmatch(name)
    return found and _Part(found["partition"], int(found["first"]), int(found["last"]))


def _flag(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # rotated away meanwhile
        return True
    try:
        with suppress(OSError):
            flags = struct.unpack("l", fcntl.ioctl(descriptor, _GET_FLAGS, struct.pack("l", 0)))[0]
            fcntl.ioctl(descriptor, _SET_FLAGS, struct.pack("l", flags | _SYNC))
            return True
        return False
    finally:
        os.close(descriptor)
