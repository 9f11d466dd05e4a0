"""Requests that a crash may have kept from being acknowledged: their exporters send them again.

A digest of each is kept, in memory while a server runs and in a file for the next one, as a second
crash may come before the exporter does. After a while they are forgotten; no clock that can be set
is asked, so what is kept is what the last crashes left.

    <data>/spool/unsure/00000000000000000007      16 bytes a request
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from kansoku.store.segments import flush_folder

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kansoku.store.segments import Layout, Signal

_REMEMBER_S = 900.0  # longer than OpenTelemetry exporters retry
_CRASHES = 32
_DIGITS, _BYTES = 20, 16
_NOTHING: frozenset[bytes] = frozenset()


class Unsure:
    """The requests of the last crashes. `load` once, `add` what is found, then ask `has`."""

    def __init__(self, folder: Path, digests: frozenset[bytes]) -> None:
        self._folder = folder
        self._digests = digests
        self._forget_at = time.monotonic() + _REMEMBER_S

    @classmethod
    def load(cls, layout: Layout) -> Unsure:
        """What earlier crashes left.

        Raises:
            OSError: If the folder cannot be made or read.
        """
        folder = layout.spool / "unsure"
        if not folder.is_dir():
            folder.mkdir()
            flush_folder(layout.spool)
        files = _files(folder)
        for old in files[:-_CRASHES]:
            old.unlink()
        contents = (file.read_bytes() for file in files[-_CRASHES:])
        return cls(folder, frozenset(one for content in contents for one in _split(content)))

    def add(self, found: Iterable[bytes]) -> None:
        """Remembers more digests; they are on the disk when this returns.

        Raises:
            OSError: If the disk refuses.
        """
        new = frozenset(found) - self._digests
        if not new:
            return
        files = _files(self._folder)
        number = int(files[-1].name) + 1 if files else 1
        draft = self._folder / "draft"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            rest = memoryview(b"".join(new))
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        draft.rename(self._folder / f"{number:0{_DIGITS}d}")
        flush_folder(self._folder)
        self._digests |= new

    def has(self, signal: Signal, message: bytes) -> bool:
        """Whether the request is one of them: it is stored and need only be acknowledged."""
        if not self._digests:
            return False
        if time.monotonic() > self._forget_at:
            self._forget()
            return False
        return digest(signal, message) in self._digests

    def _forget(self) -> None:
        self._digests = _NOTHING
        with suppress(OSError):
            for file in _files(self._folder):
                file.unlink()


def digest(signal: Signal, message: bytes | memoryview) -> bytes:
    """What a request is known again by."""
    return hashlib.blake2b(message, digest_size=_BYTES, person=signal.value.encode()).digest()


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name.isdecimal())


def _split(content: bytes) -> Iterable[bytes]:
    return (content[start : start + _BYTES] for start in range(0, len(content), _BYTES))
