"""Segments set aside: why each could not be loaded, and the way back.

A segment keeps its name on both ways, and the store de-duplicates by it, so nothing is stored twice
however often one is given back.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from kansoku.errors import QueryRefused, StoreUnavailable
from kansoku.store.segments import READY, Signal, flush_folder, received_at, size_of

if TYPE_CHECKING:
    from pathlib import Path

    from kansoku.store.segments import Layout
    from kansoku.store.task import Answer, Arguments, Work

_log = logging.getLogger(__name__)
_REASON_CHARACTERS = 500
_LOOK_S = 0.1
RETRY_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Aside:
    """A segment that could not be loaded: when it was begun, in unix seconds, and why it lies here."""

    signal: Signal
    name: str
    bytes: int
    received_at: float
    reason: str


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


def retry(work: Work, arguments: Arguments) -> Answer:
    """Gives every segment set aside back to be loaded, and says what became of them.

    The task `retry`. `stored` segments are, those in `again` are set aside once more, and `waiting` ones
    were not done with within the time that is waited for; loading goes on after it.

    Raises:
        QueryRefused: If there are arguments.
        StoreUnavailable: If a segment cannot be moved, or the store is to end.
    """
    if arguments:
        raise QueryRefused(f"retry takes no arguments, not {', '.join(arguments)}")
    try:
        given = _give_back(work.layout)
    except OSError as error:
        raise StoreUnavailable(f"a segment cannot be given back: {error}") from error
    deadline = time.monotonic() + RETRY_PATIENCE_S
    while _waiting(work.layout, given) and time.monotonic() < deadline:
        work.wait(_LOOK_S)
    waiting = _waiting(work.layout, given)
    again = [one for one in list_aside(work.layout) if _is_of(one.name, given)]
    refused = {stem for stem in given if any(one.name.startswith(stem) for one in again)}
    return {
        "segments": len(given),
        "stored": len(given - refused - waiting),
        "waiting": len(waiting - refused),
        "again": [{**asdict(one), "signal": one.signal.value} for one in again],
    }


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
