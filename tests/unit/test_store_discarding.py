"""What a disk left of parts goes when no segment from before it waits, and not sooner."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from kansoku.cli.store_discard import told
from kansoku.store.parts import aside_since
from kansoku.store.segments import READY, Layout, Signal
from kansoku.store.task import Work
from kansoku.store.upkeep.discarding import discard

if TYPE_CHECKING:
    from pathlib import Path


class NoDatabase:
    """Nothing is asked of it."""

    def run(self, statement: str) -> None:
        raise AssertionError(statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        raise AssertionError(statement)


@pytest.fixture
def work(tmp_path: Path) -> Work:
    layout = Layout(tmp_path)
    layout.create()
    return Work(NoDatabase(), layout, print, threading.Event(), nullcontext)


def aside(work: Work, name: str) -> Path:
    """A part that was put aside just now."""
    part = work.layout.database / "store/ab/table/detached" / name
    part.mkdir(parents=True)
    (part / "data.bin").write_bytes(b"half of it")
    return part


def ready(work: Work, at_s: float) -> Path:
    """A segment that was opened then and waits."""
    path = work.layout.folder(Signal.LOGS) / f"{int(at_s * 10**9):020}-1{READY}"
    path.write_bytes(b"")
    return path


@pytest.mark.parametrize("name", ["broken-on-start_202611_1_1_0", "untold_202611_1_1_0"])
def test_a_part_is_kept_while_a_segment_from_before_it_waits(work: Work, name: str) -> None:
    part = aside(work, name)
    before = ready(work, aside_since(part) - 60)
    ready(work, aside_since(part) + 60)
    assert discard(work, {}) == {"parts": 0, "bytes": 0, "kept": 1}
    before.unlink()
    assert discard(work, {}) == {"parts": 1, "bytes": 10, "kept": 0}
    assert not part.exists()


def test_what_somebody_else_put_aside_stays(work: Work) -> None:
    part = aside(work, "ignored_202611_1_1_0")
    assert discard(work, {}) == {"parts": 0, "bytes": 0, "kept": 0}
    assert part.exists()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"parts": 0, "bytes": 0, "kept": 0}, "no part is cut short"),
        ({"parts": 2, "bytes": 20, "kept": 0}, "2 parts removed (20 B)"),
        ({"parts": 0, "bytes": 0, "kept": 1}, "1 are kept, as segments from before still wait"),
    ],
)
def test_what_was_removed_is_told(answer: dict[str, object], words: str) -> None:
    assert told(answer, "en").partition(" to be stored")[0] == words
