"""Segments set aside: why each could not be loaded, and the way back.

A segment keeps its name on both ways, and the store de-duplicates by it, so nothing is stored twice
however often one is given back.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku.store.segments import READY, Signal, flush_folder, received_at, size_of

if TYPE_CHECKING:
    from pathlib import Path

    from kansoku.store.segments import Layout

_log = logging.getLogger(__name__)
_REASON_CHARACTERS = 500
_LOOK_S = 0.1
RETRY_PATIENCE_S = 60.0
"""How long a retry is waited for; loading goes on after it."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A segment that could not be loaded: when it was begun, in unix seconds, and why it lies here."""

    signal: Signal
    name: str
    bytes: int
    received_at: float
    reason: str


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of segments given back: stored, set aside once more, or not tried yet."""

    segments: int
    stored: int
    again: tuple[Aside, ...]
    waiting: int


def set_aside(layout: Layout, signal: Signal, path: Path, reason: str) -> None:
    """Moves a segment out of the way, with a note of why beside it.

    Raises:
        OSError: If it cannot be moved.
    """
    place = layout.set_aside(signal)
    _log.error("Segment %s cannot be loaded and is kept in %s: %s", path.name, place, reason)
    with suppress(OSError):  # the move matters, the note is a courtesy
        _note(place / path.name).write_text(f"{reason}\n", encoding="utf-8")
    path.rename(place / path.name)
    flush_folder(place)


def list_aside(layout: Layout) -> list[Aside]:
    """Every segment set aside, oldest first."""
    found = [(path, signal) for signal in Signal for path in _of(layout, signal)]
    return [_seen(signal, path) for path, signal in sorted(found, key=lambda one: one[0].name)]


def oldest_aside(layout: Layout) -> Aside | None:
    """The oldest segment set aside, if there is one."""
    found = [(path, signal) for signal in Signal for path in _of(layout, signal)]
    if not found:
        return None
    path, signal = min(found, key=lambda one: one[0].name)
    return _seen(signal, path)


async def retry(layout: Layout, patience_s: float = RETRY_PATIENCE_S) -> Retried:
    """Gives every segment set aside back to the store, and says what became of them.

    Raises:
        OSError: If one cannot be moved; those before it are given back.
    """
    given = await asyncio.to_thread(_give_back, layout)
    deadline = time.monotonic() + patience_s
    while _waiting(layout, given) and time.monotonic() < deadline:
        await asyncio.sleep(_LOOK_S)
    waiting = _waiting(layout, given)
    again = tuple(one for one in await asyncio.to_thread(list_aside, layout) if _is_of(one.name, given))
    refused = {stem for stem in given if any(one.name.startswith(stem) for one in again)}
    return Retried(len(given), len(given - refused - waiting), again, len(waiting - refused))


def _give_back(layout: Layout) -> frozenset[str]:
    """The names, without their endings, of the segments that were moved back."""
    given: set[str] = set()
    for signal in Signal:
        moved = _of(layout, signal)
        for path in moved:
            path.rename(layout.folder(signal) / path.name)
            _note(path).unlink(missing_ok=True)
            given.add(path.stem)
        if moved:
            flush_folder(layout.folder(signal))
            flush_folder(layout.set_aside(signal))
    return frozenset(given)


def _waiting(layout: Layout, given: frozenset[str]) -> frozenset[str]:
    """Those of the given that still wait, or halves of theirs."""
    ready = [path.stem for signal in Signal for path in layout.ready(signal)]
    return frozenset(stem for stem in given if any(one.startswith(stem) for one in ready))


def _is_of(name: str, given: frozenset[str]) -> bool:
    return any(name.startswith(stem) for stem in given)


def _of(layout: Layout, signal: Signal) -> list[Path]:
    return list(layout.set_aside(signal).glob(f"*{READY}"))


def _seen(signal: Signal, path: Path) -> Aside:
    try:
        reason = _note(path).read_text(encoding="utf-8").strip()[:_REASON_CHARACTERS]
    except (OSError, UnicodeDecodeError):
        reason = ""
    return Aside(signal, path.name, size_of(path), received_at(path), reason)


def _note(path: Path) -> Path:
    return path.with_suffix(".txt")
