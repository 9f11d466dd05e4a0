"""An open segment: a file that grows by whole messages, and is handed to the store by its name."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from kansoku.store.segments import OPEN, READY, flush_folder, varint

if TYPE_CHECKING:
    from pathlib import Path

_VECTOR = 1000  # buffers in one writev; Linux takes 1024


class Segment:
    """One open segment file. Blocking; used by one thread at a time."""

    def __init__(self, folder: Path, name: str) -> None:
        """Makes the file and its directory entry durable.

        Raises:
            OSError: If it cannot be made; nothing of it is left.
        """
        self._path = folder / f"{name}{OPEN}"
        self._descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        self._is_torn = False
        self.size = 0
        """Durable bytes."""
        try:
            flush_folder(folder)
        except OSError:
            self.close()
            with suppress(OSError):
                self._path.unlink()
            raise

    def append(self, messages: list[bytes]) -> None:
        """Puts all messages on the disk, or none.

        Raises:
            OSError: If the disk refused; the segment takes no more, and `seal` cuts the tail off.
        """
        parts = [part for message in messages for part in (varint(len(message)), message)]
        # After a flush that failed the kernel may hold the pages for clean: what is past `size` is lost
        # or not, and a second flush would tell nothing. So it goes.
        self._is_torn = True
        written = self._write(parts)
        os.fdatasync(self._descriptor)
        self._still_there()
        self._is_torn = False
        self.size += written

    def seal(self) -> None:
        """Hands the segment, as far as it is durable, to the store; an empty one is removed.

        Raises:
            OSError: If the disk refuses; call it again later.
        """
        if self._is_torn:
            os.ftruncate(self._descriptor, self.size)
            os.fsync(self._descriptor)
            self._is_torn = False
        if self.size:
            self._path.rename(self._path.with_suffix(READY))
        else:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Gives the file back, whatever becomes of it."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _write(self, parts: list[bytes]) -> int:
        total = 0
        for start in range(0, len(parts), _VECTOR):
            vector = parts[start : start + _VECTOR]
            expected = sum(map(len, vector))
            written = os.writev(self._descriptor, vector)
            if written < expected:
                rest = memoryview(b"".join(vector))[written:]
                while rest:
                    rest = rest[os.write(self._descriptor, rest) :]
            total += expected
        return total

    def _still_there(self) -> None:
        """A removed folder takes writes in silence: they would be acknowledged and gone."""
        by_path, by_descriptor = self._path.stat(), os.fstat(self._descriptor)
        if by_path.st_ino != by_descriptor.st_ino or by_path.st_dev != by_descriptor.st_dev:
            raise FileNotFoundError(errno.ENOENT, "replaced", str(self._path))
