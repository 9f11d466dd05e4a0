"""Erases one person from segments that could not be loaded: items that mention the id are cut out.

A request that cannot be read, which may be why it lies there, goes whole if the id is anywhere in its
bytes; so does the note beside a segment.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from google.protobuf.message import DecodeError, Message

from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import READY, Signal, frames, varint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from kansoku.store.segments import Layout
    from kansoku.store.task import Answer

_ITEMS = {
    Signal.TRACES: ("resource_spans", "scope_spans", "spans"),
    Signal.LOGS: ("resource_logs", "scope_logs", "log_records"),
    Signal.METRICS: ("resource_metrics", "scope_metrics", "metrics"),
}


def erase_set_aside(layout: Layout, pattern: str, traces: frozenset[str], *, dry_run: bool) -> Answer:
    """Cuts what mentions the person, or is of the traces, out of every segment set aside.

    Raises:
        OSError: If a file cannot be rewritten.
    """
    finder = _Finder(re.compile(pattern), traces)
    segments = items = 0
    for signal in Signal:
        for path in sorted(layout.set_aside(signal).glob(f"*{READY}")):
            cut, messages = _without(signal, path.read_bytes(), finder)
            segments += cut > 0
            items += cut
            if cut and not dry_run:
                _rewrite(path, messages)
        _erase_notes(layout.set_aside(signal), finder, dry_run=dry_run)
    left = 0 if dry_run else _left(layout, finder)
    return {"segments": segments, "items": items, "left": left}


def _left(layout: Layout, finder: _Finder) -> int:
    """Items that are still found."""
    return sum(
        _without(signal, path.read_bytes(), finder)[0]
        for signal in Signal
        for path in layout.set_aside(signal).glob(f"*{READY}")
    )


class _Finder:
    """Says whether something is the person's."""

    def __init__(self, pattern: re.Pattern[str], traces: frozenset[str]) -> None:
        self._pattern = pattern
        self._traces = frozenset(bytes.fromhex(trace) for trace in traces if _is_hex(trace))

    def in_text(self, text: str) -> bool:
        return self._pattern.search(text) is not None

    def in_bytes(self, content: bytes) -> bool:
        """Whether an unreadable request mentions the person; edges of bytes are no edges of words."""
        return self.in_text(content.decode("utf-8", "replace"))

    def in_message(self, message: Message) -> bool:
        """Whether any text in it mentions the person, or it is of one of the traces."""
        if getattr(message, "trace_id", b"") in self._traces:
            return True
        for field, value in message.ListFields():
            values: Iterable[object] = value if field.is_repeated else (value,)
            for one in values:
                if isinstance(one, Message):
                    if self.in_message(one):
                        return True
                elif isinstance(one, str) and self.in_text(one):
                    return True
        return False


def _is_hex(text: str) -> bool:
    return re.fullmatch(r"(?:[0-9a-f]{2})+", text) is not None


def _without(signal: Signal, content: bytes, finder: _Finder) -> tuple[int, list[bytes]]:
    """How many items were cut, and the messages that stay."""
    cut = 0
    kept: list[bytes] = []
    end = 0
    for body, end in frames(memoryview(content)):  # noqa: B007
        message = bytes(body)
        try:
            request = REQUESTS[signal].FromString(message)
        except DecodeError:
            if finder.in_bytes(message):
                cut += 1
            else:
                kept.append(message)
            continue
        found = _cut(signal, request, finder)
        cut += found
        kept.append(request.SerializeToString() if found else message)
    torn = content[end:]
    if torn and finder.in_bytes(torn):
        cut += 1
    return cut, [message for message in kept if message]


def _cut(signal: Signal, request: Message, finder: _Finder) -> int:
    """Removes the person's items from a request; gives how many."""
    groups, scopes, items = _ITEMS[signal]
    cut = 0
    for group in list(getattr(request, groups)):
        about = finder.in_message(group.resource)
        for scope in list(getattr(group, scopes)):
            held = getattr(scope, items)
            for item in list(held):
                if about or finder.in_message(scope.scope) or finder.in_message(item):
                    held.remove(item)
                    cut += 1
            if not held:
                getattr(group, scopes).remove(scope)
        if about or not getattr(group, scopes):
            getattr(request, groups).remove(group)
    return cut


def _rewrite(path: Path, messages: list[bytes]) -> None:
    """The segment with these messages alone, or gone."""
    if not messages:
        path.unlink()
        return
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        for message in messages:
            file.write(varint(len(message)) + message)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def _erase_notes(folder: Path, finder: _Finder, *, dry_run: bool) -> None:
    """Removes notes in which an error's text quotes the person."""
    for note in folder.glob("*.txt"):
        if finder.in_text(note.read_text(encoding="utf-8", errors="replace")) and not dry_run:
            note.unlink()
