"""The loader: one segment that fails does not hold up the rest, and what may be stored is not halved."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.store.engine import LoadRefused
from kansoku.store.loading.loader import Loader
from kansoku.store.segments import READY, Layout, Signal, frames, varint

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


class Tables:
    """Takes what it is given by token, once, as the database does; `refuse` may object first."""

    def __init__(self, refuse: Callable[[str, Path], None] | None = None) -> None:
        self.refuse = refuse or nothing
        self.rows: dict[str, list[bytes]] = {}
        self.tries: list[str] = []
        self._changed = threading.Condition()

    def until(self, holds: Callable[[], bool]) -> None:
        """Waits for what the loader does to a segment, or for its next try."""
        with self._changed:
            assert self._changed.wait_for(holds, 60)

    def told(self, *_: object) -> None:
        """Something may have changed; the loader's `loading`."""
        with self._changed:
            self._changed.notify_all()

    def load(self, statement: str, path: Path) -> None:
        content = [bytes(message) for message, _ in frames(memoryview(path.read_bytes()))]
        if is_insert(statement):
            self.tries.append(path.stem)
            self.told()
        self.refuse(statement, path)
        if is_insert(statement):
            self.rows.setdefault(path.stem, content)

    @property
    def stored(self) -> list[bytes]:
        return sorted(message for content in self.rows.values() for message in content)


def nothing(*_: object) -> None:
    """Objects to nothing."""


def is_insert(statement: str) -> bool:
    return statement.startswith("INSERT INTO otel_")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


@pytest.fixture(autouse=True)
def _hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_POLL_S", "_FIRST_PAUSE_S"):
        monkeypatch.setattr(f"kansoku.store.loading.loader.{name}", 0.005)
    monkeypatch.setattr("kansoku.store.loading.loader._LONGEST_PAUSE_S", 0.02)


def segment(layout: Layout, name: str, *messages: bytes, signal: Signal = Signal.TRACES) -> Path:
    """A segment that is there at once and whole, as the spool's are: a loader that runs may take it."""
    path = layout.folder(signal) / f"{name}{READY}"
    written = path.with_suffix(".written")
    written.write_bytes(b"".join(varint(len(one)) + one for one in messages))
    return written.rename(path)


@contextmanager
def loading(
    layout: Layout, tables: Tables, *, workers: int = 1, alone: frozenset[str] = frozenset()
) -> Generator[None]:
    loader = Loader(tables, layout, workers=workers, loading=tables.told, confirm=nothing, alone=alone)
    loader.start()
    try:
        yield
    finally:
        loader.stop()


def refusing(word: str, error: Exception, *, only_tables: bool = False) -> Callable[[str, Path], None]:
    def refuse(statement: str, path: Path) -> None:
        if word.encode() in path.read_bytes() and (is_insert(statement) or not only_tables):
            raise error

    return refuse


def test_a_segment_that_fails_for_a_passing_cause_does_not_hold_up_the_rest(layout: Layout) -> None:
    tables = Tables(refusing("bad", StoreUnavailable("the disk is full")))
    bad = segment(layout, "1", b"bad")
    with loading(layout, tables):
        for number in range(2, 6):
            path = segment(layout, str(number), b"good")
            tables.until(lambda path=path: not path.exists())
        assert bad.exists()
        tables.refuse = nothing
        tables.until(lambda: not bad.exists())
    assert tables.stored == [b"bad", *[b"good"] * 4]
    assert layout.backlog().set_aside == 0


def test_an_error_that_nobody_foresaw_does_not_end_the_loading(layout: Layout) -> None:
    tables = Tables(refusing("bad", ValueError("never seen before")))
    segment(layout, "1", b"bad")
    good = segment(layout, "2", b"good")
    with loading(layout, tables):
        tables.until(lambda: not good.exists())
    assert tables.stored == [b"good"]


def test_the_disk_is_left_alone_for_longer_and_longer_while_it_is_full(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_FIRST_PAUSE_S", "_LONGEST_PAUSE_S"):
        monkeypatch.setattr(f"kansoku.store.loading.loader.{name}", 3600.0)
    tables = Tables(refusing("", StoreUnavailable("the disk is full")))
    for number in range(5):
        segment(layout, str(number), b"any")
    with loading(layout, tables):
        tables.until(lambda: len(tables.tries) == 1)
    assert tables.tries == ["0", "1"]  # the second when it was told to end


def test_bytes_that_cannot_be_read_are_halved_until_the_request_at_fault_is_alone(layout: Layout) -> None:
    tables = Tables(refusing("bad", LoadRefused("no protobuf")))
    segment(layout, "1", b"a", b"b", b"bad", b"c", b"d")
    with loading(layout, tables):
        tables.until(lambda: layout.backlog().waiting == 0)
    assert tables.stored == [b"a", b"b", b"c", b"d"]
    (aside,) = layout.set_aside(Signal.TRACES).glob(f"*{READY}")
    assert aside.read_bytes() == varint(3) + b"bad"
    assert aside.with_suffix(".txt").read_text() == "no protobuf\n"


def test_a_refusal_by_a_table_is_not_halved_as_its_rows_may_be_in_another(layout: Layout) -> None:
    tables = Tables(refusing("bad", LoadRefused("a view fails"), only_tables=True))
    bad = segment(layout, "1", b"a", b"bad")
    with loading(layout, tables):
        for number in range(2, 6):
            tries = tables.tries.count("1")
            path = segment(layout, str(number), b"good")
            tables.until(lambda path=path: not path.exists())
            tables.until(lambda tries=tries: tables.tries.count("1") > tries or not bad.exists())
        tables.until(lambda: not bad.exists())
    assert set(tables.tries) >= {"1"}
    assert "1a" not in tables.tries
    (aside,) = layout.set_aside(Signal.TRACES).glob(f"*{READY}")
    assert aside.name == bad.name
    assert "refused by a table: a view fails" in aside.with_suffix(".txt").read_text()


def test_while_the_tables_take_nothing_no_segment_is_set_aside(layout: Layout) -> None:
    tables = Tables(refusing("", LoadRefused("no such column"), only_tables=True))
    for name in "12":
        segment(layout, name, b"any")
    with loading(layout, tables):
        tables.until(lambda: min(tables.tries.count("1"), tables.tries.count("2")) > 4)
        assert layout.backlog().set_aside == 0
        tables.refuse = nothing
        tables.until(lambda: layout.backlog().waiting == 0)
    assert tables.stored == [b"any", b"any"]


def test_metrics_refused_by_a_later_table_are_not_halved(layout: Layout) -> None:
    """The first tables have the segment's rows by then."""

    def refuse(statement: str, _: Path) -> None:
        if "AS `ExplicitBounds`" in statement:
            raise LoadRefused("too large")

    tables = Tables(refuse)
    segment(layout, "1", b"one", b"two", signal=Signal.METRICS)
    with loading(layout, tables):
        tables.until(lambda: layout.backlog().set_aside == 1)
    assert set(tables.tries) == {"1"}


class Looked(Layout):
    """Tells how often its folders were looked into."""

    looks = 0
    looking = threading.Condition()

    def ready(self, signal: Signal) -> list[Path]:
        found = super().ready(signal)
        with self.looking:
            Looked.looks += 1
            self.looking.notify_all()
        return found

    def wait_for_the_other(self) -> None:
        """Returns when the worker that does not ask has looked for a segment to load, from begin to end."""
        with self.looking:
            enough = self.looks + 2 * len(Signal)  # it may be in the midst of one look
            self.looking.wait_for(lambda: self.looks >= enough, 10)


def test_a_suspect_is_loaded_with_no_other_beside_it(tmp_path: Path) -> None:
    layout = Looked(tmp_path)
    layout.create()
    under_way: set[str] = set()
    beside: dict[str, set[str]] = {}
    noting = threading.Lock()
    both = threading.Barrier(2, timeout=10)

    def note(_: str, path: Path) -> None:
        with noting:
            under_way.add(path.stem)
            beside[path.stem] = set(under_way)
        if path.stem in ("1", "2"):
            both.wait()
        if path.stem in ("2", "3", "4"):
            layout.wait_for_the_other()
        with noting:
            under_way.discard(path.stem)

    for number in range(1, 7):
        segment(layout, str(number), b"any")
    tables = Tables(note)
    with loading(layout, tables, workers=2, alone=frozenset({"traces/3.ready", "traces/4.ready"})):
        tables.until(lambda: layout.backlog().waiting == 0)
    assert [each for each in beside.values() if each & {"3", "4"}] == [{"3"}, {"4"}]
    assert {"1", "2"} in (beside["1"], beside["2"])


def test_a_segment_taken_away_by_hand_is_forgotten(layout: Layout) -> None:
    segment(layout, "1", b"any")
    tables = Tables(lambda _, path: path.unlink())
    with loading(layout, tables):
        tables.until(lambda: layout.backlog().waiting == 0)
        good = segment(layout, "2", b"any")
        tables.until(lambda: not good.exists())


def test_a_loader_in_a_hurry_takes_up_nothing_more(layout: Layout) -> None:
    for name in "123":
        segment(layout, name, b"any")
    tables = Tables()
    loader = Loader(tables, layout, workers=1, loading=tables.told, confirm=nothing)

    def hurry(*_: object) -> None:
        loader.hurry()

    tables.refuse = hurry
    loader.start()
    loader.stop()
    assert tables.stored == [b"any"]
    assert layout.backlog().waiting == 2


def test_stopping_waits_no_longer_than_it_is_told_for_a_database_that_does_not_answer(layout: Layout) -> None:
    answer = threading.Event()

    def wait(_statement: str, _path: Path) -> None:
        answer.wait(30)

    tables = Tables(wait)
    path, later = segment(layout, "1", b"one"), segment(layout, "2", b"two")
    loader = Loader(tables, layout, workers=1, loading=tables.told, confirm=nothing)
    loader.start()
    tables.until(lambda: bool(tables.tries))
    began = time.monotonic()
    loader.stop(0.01)
    assert time.monotonic() - began < 10
    assert path.exists()
    answer.set()
    loader.stop()
    assert later.exists()


def test_each_worker_of_before_may_have_left_a_segment_that_is_stored_and_not_settled(layout: Layout) -> None:
    opened = range(11, 23)
    for second in opened:
        segment(layout, f"{second * 10**9}-a", b"good")
    tables = Tables()
    since: list[int] = []
    workers = len(opened)
    loader = Loader(
        tables, layout, workers=workers, loading=tables.told, confirm=nothing, settle=since.append
    )
    loader.start()
    tables.until(lambda: len(since) == workers)
    loader.stop()
    assert sorted(since) == list(opened)
