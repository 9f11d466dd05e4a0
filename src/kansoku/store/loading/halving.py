"""Halving: a segment whose bytes are refused is rewritten, then split until the request at fault lies alone.

The name of a rewritten segment stays and the halves' names follow from it, so that doing it again
after a crash stores nothing twice.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError

from kansoku.store.loading.requests import canonical
from kansoku.store.segments import READY, flush_folder, frames, varint

if TYPE_CHECKING:
    from pathlib import Path

    from kansoku.store.segments import Signal

DRAFT = ".part"


def rewrite(signal: Signal, path: Path) -> bool:
    """Makes the segment canonical; False if it is so already.

    Raises:
        OSError: If the disk refuses; the segment is as it was.
    """
    messages, _ = _content(path)
    rewritten = _canonical(signal, messages)
    if rewritten in ([], messages):
        return False
    _write(path, rewritten)
    return True


def halve(path: Path) -> bool:
    """Puts two halves in the segment's place; False if it cannot be split.

    Only for a segment of which nothing is stored.

    Raises:
        OSError: If the disk refuses; the segment is there, or its halves are.
    """
    messages, is_torn = _content(path)
    if not messages or (len(messages) == 1 and not is_torn):
        return False
    middle = len(messages) // 2
    for suffix, half in (("a", messages[:middle]), ("b", messages[middle:])):
        if half:
            _write(path.with_name(f"{path.stem}{suffix}{READY}"), half)
    path.unlink()
    return True


def _content(path: Path) -> tuple[list[bytes], bool]:
    """The whole messages of a segment, and whether more bytes follow them."""
    content = path.read_bytes()
    whole = list(frames(memoryview(content)))
    end = whole[-1][1] if whole else 0
    return [bytes(message) for message, _ in whole], end < len(content)


def _canonical(signal: Signal, messages: list[bytes]) -> list[bytes]:
    """The messages without what other readers of protobuf pass over and ClickHouse's refuses."""
    try:
        return [one for message in messages if (one := canonical(signal, message))]
    except DecodeError:  # not written by the spool: halving will find it
        return messages


def _write(path: Path, messages: list[bytes]) -> None:
    """Puts a segment in place, its bytes and then its name on the disk."""
    draft = path.with_suffix(DRAFT)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(b"".join(part for message in messages for part in (varint(len(message)), message)))
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    draft.rename(path)
    flush_folder(path.parent)
