"""A disk that loses power: what was written is recorded, and what may be left of it is made up.

Only what was flushed surely survives: the bytes of a file by a flush of the file, its name by a flush of
its folder. Whatever else was asked for may be there or not, each write and each name on its own, in any
order, a write also in part. A rename is there as a whole or not at all. After a flush that failed, the
writes before it may be lost for good, though a later flush succeeds.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Iterable, Sequence

    import pytest


@dataclass(frozen=True, slots=True)
class Made:
    """A file got a name."""

    path: str
    file: int


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder was made."""

    path: str


@dataclass(frozen=True, slots=True)
class Renamed:
    """A file got another name."""

    path: str
    to: str


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A name was removed."""

    path: str


@dataclass(frozen=True, slots=True)
class Wrote:
    """Bytes were written to a file; `data` is None where it was cut to `offset` bytes."""

    file: int
    offset: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class Flushed:
    """A file was flushed, or could not be."""

    file: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class FlushedFolder:
    """A folder's names were flushed."""

    path: str


@dataclass(frozen=True, slots=True)
class Told:
    """Something the outside knows, such as an acknowledgement."""

    what: str
    value: object


NameEvent = Made | Folder | Renamed | Unlinked
Event = NameEvent | Wrote | Flushed | FlushedFolder | Told


@dataclass(slots=True)
class Remains:
    """What is on the disk after a power cut, by paths below the root."""

    folders: set[str]
    files: dict[str, bytes]
    told: list[Told]

    def build(self, root: Path) -> None:
        """Puts it into an empty folder."""
        for folder in sorted(self.folders):
            (root / folder).mkdir(parents=True, exist_ok=True)
        for path, content in self.files.items():
            (root / path).write_bytes(content)


Chance = Literal["nothing", "everything"]


@dataclass(slots=True)
class _File:
    """The writes of a file in order: each sure to survive, or not."""

    writes: list[tuple[Wrote, bool]] = field(default_factory=list[tuple[Wrote, bool]])
    pending: list[int] = field(default_factory=list[int])

    def flush(self, *, failed: bool) -> None:
        if not failed:
            for place in self.pending:
                self.writes[place] = (self.writes[place][0], True)
        self.pending = []

    def content(self, keep: Callable[[int], int]) -> bytes:
        """The bytes, when `keep` says how many of so many bytes of an unsure write survive."""
        found = bytearray()
        for write, is_sure in self.writes:
            size = 1 if write.data is None else len(write.data)
            kept = size if is_sure else keep(size)
            if write.data is None:
                if kept:
                    del found[write.offset :]
            elif kept:
                found.extend(bytes(max(0, write.offset - len(found))))
                found[write.offset : write.offset + kept] = write.data[:kept]
        return bytes(found)


def remains(log: Sequence[Event], chance: Chance | random.Random) -> Remains:
    """What may be left if the power goes after the last event."""
    names: dict[str, int] = {}
    folders = {""}
    waiting: list[NameEvent] = []
    files: defaultdict[int, _File] = defaultdict(_File)
    told: list[Told] = []
    for event in log:
        match event:
            case Made() | Folder() | Renamed() | Unlinked():
                waiting.append(event)
            case Wrote():
                files[event.file].pending.append(len(files[event.file].writes))
                files[event.file].writes.append((event, False))
            case Flushed():
                files[event.file].flush(failed=event.failed)
            case FlushedFolder():
                for one in [one for one in waiting if event.path in _folders(one)]:
                    _apply(one, names, folders)
                    waiting.remove(one)
            case Told():
                told.append(event)
    for one in waiting:
        if _survives(chance):
            _apply(one, names, folders)
    there = {path: file for path, file in names.items() if _all_folders(path) <= folders}
    contents = {path: files[file].content(lambda size: _kept(size, chance)) for path, file in there.items()}
    return Remains({one for one in folders if _all_folders(one) <= folders}, contents, told)


def _survives(chance: Chance | random.Random) -> bool:
    return chance == "everything" if isinstance(chance, str) else chance.random() < 0.5


def _kept(size: int, chance: Chance | random.Random) -> int:
    if isinstance(chance, str):
        return size if chance == "everything" else 0
    return chance.choice((0, size, chance.randint(0, size)))


def _parent(path: str) -> str:
    return path.rpartition("/")[0]


def _all_folders(path: str) -> set[str]:
    found: set[str] = set()
    while path:
        path = _parent(path)
        found.add(path)
    return found


def _folders(event: NameEvent) -> Iterable[str]:
    yield _parent(event.path)
    if isinstance(event, Renamed):
        yield _parent(event.to)


def _apply(event: NameEvent, names: dict[str, int], folders: set[str]) -> None:
    match event:
        case Made():
            names[event.path] = event.file
        case Folder():
            folders.add(event.path)
        case Renamed():
            if event.path in names:
                names[event.to] = names.pop(event.path)
        case Unlinked():
            names.pop(event.path, None)


class Recorder:
    """Records what is done to files below a folder, through the functions of `os`."""

    def __init__(self, root: Path, patch: pytest.MonkeyPatch, start: Remains | None = None) -> None:
        self.log: list[Event] = []
        self.fail_flush = False
        """Whether the next flush of a file fails."""
        self._root = root
        self._lock = threading.RLock()
        self._names: dict[str, int] = {}
        self._open: dict[int, list[Any]] = {}
        self._count = 0
        for path in sorted(start.folders if start else ()):
            self.log += [Folder(path), FlushedFolder(_parent(path))] if path else []
        for path, content in (start.files if start else {}).items():
            file = self._new(path)
            self.log += [Wrote(file, 0, content), Flushed(file), FlushedFolder(_parent(path))]
        self.log += start.told if start else []
        notes = {
            "open": self._opened,
            "close": self._closed,
            "write": self._wrote,
            "writev": self._wrote_many,
            "ftruncate": self._cut,
            "rename": self._renamed,
            "unlink": self._unlinked,
            "mkdir": self._made_folder,
        }
        for name, note in notes.items():
            patch.setattr(os, name, self._recorded(getattr(os, name), note))
        for name in ("fsync", "fdatasync"):
            patch.setattr(os, name, self._flush)

    def tell(self, what: str, value: object) -> None:
        """Notes something that the outside knows from now on."""
        with self._lock:
            self.log.append(Told(what, value))

    def _recorded(self, real: Callable[..., Any], note: Callable[..., None]) -> Callable[..., Any]:
        def call(*args: Any, **keywords: Any) -> Any:  # noqa: ANN401
            with self._lock:
                result = real(*args, **keywords)
                note(result, *args)
                return result

        return call

    def _below(self, path: object) -> str | None:
        """The path below the root, if it is."""
        found = Path(str(path))
        return str(found.relative_to(self._root)) if found.is_relative_to(self._root) else None

    def _new(self, path: str) -> int:
        self._count += 1
        self._names[path] = self._count
        self.log.append(Made(path, self._count))
        return self._count

    def _opened(self, descriptor: int, name: object, flags: int, *_: object) -> None:
        if (path := self._below(name)) is None:
            return
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self._open[descriptor] = ["" if path == "." else path]
            return
        known = self._names.get(path)
        file = self._new(path) if known is None else known
        if known is not None and flags & os.O_TRUNC:
            self.log.append(Wrote(file, 0, None))
        self._open[descriptor] = [file, 0]

    def _closed(self, _: None, descriptor: int) -> None:
        self._open.pop(descriptor, None)

    def _wrote(self, written: int, descriptor: int, data: bytes) -> None:
        self._grew(descriptor, bytes(data)[:written])

    def _wrote_many(self, written: int, descriptor: int, parts: Sequence[bytes]) -> None:
        self._grew(descriptor, b"".join(parts)[:written])

    def _grew(self, descriptor: int, data: bytes) -> None:
        if descriptor in self._open:
            file, offset = self._open[descriptor]
            self.log.append(Wrote(file, offset, data))
            self._open[descriptor][1] += len(data)

    def _cut(self, _: None, descriptor: int, size: int) -> None:
        self.log.append(Wrote(self._open[descriptor][0], size, None))

    def _renamed(self, _: None, path: object, to: object) -> None:
        if (old := self._below(path)) is not None and (new := self._below(to)) is not None:
            self._names[new] = self._names.pop(old)
            self.log.append(Renamed(old, new))

    def _unlinked(self, _: None, path: object) -> None:
        if (name := self._below(path)) is not None and self._names.pop(name, None) is not None:
            self.log.append(Unlinked(name))

    def _made_folder(self, _: None, path: object, *__: object) -> None:
        if (name := self._below(path)) is not None:
            self.log.append(Folder(name))

    def _flush(self, descriptor: int) -> None:
        with self._lock:
            if descriptor not in self._open:
                return
            what = self._open[descriptor][0]
            if isinstance(what, str):
                self.log.append(FlushedFolder(what))
                return
            failed, self.fail_flush = self.fail_flush, False
            self.log.append(Flushed(what, failed))
            if failed:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
