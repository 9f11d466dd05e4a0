"""What is backed up while spans arrive is whole, checked, and comes back: every row once."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from kansoku.errors import QueryRefused, SettingError, StoreUnavailable
from kansoku.store.schema.migrations import NEWEST
from kansoku.store.segments import Layout, Signal
from kansoku.store.task import Work
from kansoku.store.upkeep.backup import MANIFEST, new_folder, place, read, write
from kansoku.store.upkeep.restored import opened
from kansoku.store.upkeep.snapshot import snapshot
from tests.conformance.conftest import emptied
from tests.conformance.test_migrations import held, of_version_1
from tests.conformance.test_store_segments import CALL, loaded, span, spool, started

if TYPE_CHECKING:
    from kansoku.store.embedded import EmbeddedStore
    from kansoku.store.engine import Engine

OPENED = """
import json, sys
from pathlib import Path
from kansoku.store.upkeep.restored import opened
from kansoku.store.segments import Layout
print(opened(Layout(Path(sys.argv[1])), json.loads(sys.argv[2]), lambda _: None))
"""


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "data")


def said(_: str) -> None:
    """Whom progress is told to."""


def backed_up(told: dict[str, object], to: Path) -> None:
    """A backup made of a snapshot's answer."""
    new_folder(to, "DEST")
    rows = cast("dict[str, int]", told["rows"])
    write(Path(str(told["path"])), to, made_at=7, rows=rows, versions={}, settings=None, told=said)


def restored(source: Path, to: Path, rows: dict[str, int] | None = None) -> subprocess.CompletedProcess[str]:
    """Places a backup, and opens it in a process of its own."""
    manifest = read(source)
    new_folder(to, "--data-dir")
    place(source, manifest, to, said)
    words = [sys.executable, "-c", OPENED, str(to), json.dumps(rows or dict(manifest.rows))]
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)


async def names(store: EmbeddedStore, table: str, column: str) -> list[str]:
    return [str(row[0]) for row in (await store.query(f"SELECT {column} FROM {table} ORDER BY 1")).rows]


def test_a_backup_under_load_holds_what_was_acknowledged_and_each_span_once(
    layout: Layout, tmp_path: Path
) -> None:
    """Segments come all the while; what was there before the backup began must be in it."""
    before: list[str] = []
    sent: list[str] = []

    async def run() -> None:
        async with started(layout) as store:
            stop = asyncio.Event()

            async def load() -> None:
                while not stop.is_set():
                    while layout.backlog().waiting > 3 and not stop.is_set():
                        await asyncio.sleep(0.01)
                    name = f"span {len(sent):05d}"
                    one = span(name, CALL, span_id=len(sent).to_bytes(8))
                    await asyncio.to_thread(spool, layout, Signal.TRACES, one)
                    sent.append(name)

            loading = asyncio.create_task(load())
            while len(sent) < 9 or await names(store, "calls", "1") == []:
                await asyncio.sleep(0.01)
            before.extend(sent)
            told = await store.maintain("snapshot", {})
            while len(sent) < len(before) + 5:
                await asyncio.sleep(0.01)
            stop.set()
            await loading
            backed_up(told, tmp_path / "backup")
            await store.maintain("release", {"name": told["name"]})
            assert list(layout.snapshots.iterdir()) == []
            await loaded(layout)
            # The store that was backed up has lost and doubled nothing by it.
            assert await names(store, "otel_traces", "SpanName") == sent

    asyncio.run(run())
    done = restored(tmp_path / "backup", tmp_path / "back")
    assert (done.returncode, done.stdout.strip()) == (0, str(NEWEST)), done.stderr

    async def again() -> list[str]:
        back = Layout(tmp_path / "back")
        async with started(back) as store:
            await loaded(back)
            spans = await names(store, "otel_traces", "SpanName")
            assert len(await names(store, "calls", "trace_id")) == len(spans)
            return spans

    spans = asyncio.run(again())
    assert spans == sorted(set(spans))
    assert set(before) <= set(spans) < set(sent)


def test_a_backup_that_was_cut_short_or_changed_is_refused(layout: Layout, tmp_path: Path) -> None:
    async def run() -> None:
        async with started(layout) as store:
            calls = [span(one, {**CALL, "user.id": one}, span_id=one.encode() * 8) for one in ("a", "b")]
            spool(layout, Signal.TRACES, *calls)
            await loaded(layout)
            # Both lie in parts of their own, which ClickHouse's FREEZE would leave out.
            await store.rewrite("UPDATE calls SET request_model = 'patched' WHERE 1")
            await store.rewrite(
                "DELETE FROM calls WHERE user_id = 'a'"
                " SETTINGS lightweight_delete_mode = 'lightweight_update'"
            )
            assert await names(store, "calls", "request_model") == ["patched"]
            backed_up(await store.maintain("snapshot", {}), tmp_path / "whole")

    asyncio.run(run())
    whole = tmp_path / "whole"
    data = next((whole / "data" / "store").rglob("data.bin"))

    cut = tmp_path / "cut"
    shutil.copytree(whole, cut)
    (cut / MANIFEST).unlink()
    with pytest.raises(SettingError, match="cut short"):
        read(cut)

    missing = tmp_path / "missing"
    shutil.copytree(whole, missing)
    (missing / data.relative_to(whole)).unlink()
    with pytest.raises(SettingError, match=r"data\.bin: is missing"):
        restored(missing, tmp_path / "back")

    changed = tmp_path / "changed"
    shutil.copytree(whole, changed)
    content = bytearray(data.read_bytes())
    content[-1] ^= 1
    (changed / data.relative_to(whole)).write_bytes(content)
    with pytest.raises(SettingError, match=r"data\.bin: is not what it was"):
        restored(changed, tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []

    (tmp_path / "back" / "something").write_text("")
    with pytest.raises(SettingError, match="is not empty"):
        restored(whole, tmp_path / "back")
    good = restored(whole, tmp_path / "good")
    assert good.returncode == 0, good.stderr
    wrong = restored(whole, tmp_path / "other", {"calls": 2})
    assert wrong.returncode == 1
    assert "the table calls has 1 rows and should have 2" in wrong.stderr


def test_a_manifest_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    (tmp_path / "snapshot").mkdir()
    backed_up({"path": str(tmp_path / "snapshot"), "rows": {}}, tmp_path / "changed")
    changed = whole = tmp_path / "changed"
    manifest = json.loads((whole / MANIFEST).read_text())
    outside = {**manifest, "files": {"data/../../evil": [1, "x"]}}
    (changed / MANIFEST).write_text(json.dumps(outside))
    with pytest.raises(SettingError, match="lies outside"):
        restored(changed, tmp_path / "back")
    astray = {**manifest, "files": {}, "links": {"data/store/metadata/default": "../../../elsewhere"}}
    (changed / MANIFEST).write_text(json.dumps(astray))
    with pytest.raises(SettingError, match="lies outside"):
        restored(changed, tmp_path / "back")
    (changed / MANIFEST).write_text(json.dumps({**manifest, "format": 2}))
    with pytest.raises(SettingError, match="is a backup of form 2"):
        read(changed)
    (changed / MANIFEST).write_text("{")
    with pytest.raises(SettingError, match="cannot be read"):
        read(changed)
    assert list((tmp_path / "back").iterdir()) == []


def test_a_backup_of_an_older_schema_is_restored_and_migrated(engine: Engine, tmp_path: Path) -> None:
    rows = held(of_version_1(engine))
    engine.run("CREATE TABLE schema_version (version UInt32, at DateTime, what String)"
               " ENGINE = MergeTree ORDER BY version")  # fmt: skip
    engine.run("INSERT INTO schema_version VALUES (1, now(), 'found')")
    data = tmp_path / "old"
    data.mkdir()
    (data / "store").symlink_to(Path.cwd())
    layout = Layout(data)
    layout.create()
    told = snapshot(Work(engine, layout, said, threading.Event(), nullcontext), {})
    backed_up(told, tmp_path / "backup")
    done = restored(tmp_path / "backup", tmp_path / "back")
    assert (done.returncode, done.stdout.strip()) == (0, str(NEWEST)), done.stderr

    async def again() -> list[list[str]]:
        async with started(Layout(tmp_path / "back")) as store:
            return [await names(store, table, "trace_id") for table in ("calls", "tool_calls", "outcomes")]

    assert asyncio.run(again()) == [
        [str(row[0]) for row in rows[table]] for table in ("calls", "tool_calls", "outcomes")
    ]
    emptied(engine)


def test_only_the_name_of_a_snapshot_is_released(layout: Layout) -> None:
    async def run() -> None:
        async with started(layout) as store:
            for name in ("../../etc", "", None, "0" * 20):
                with pytest.raises(QueryRefused, match="name: give the name"):
                    await store.maintain("release", {"name": name})

    asyncio.run(run())


def test_what_a_backup_cut_short_left_behind_is_removed_after_a_day(layout: Layout) -> None:
    async def run() -> None:
        async with started(layout) as store:
            for age, name in ((100_000, "old"), (10, "new")):
                (layout.snapshots / name).mkdir(parents=True)
                then = (layout.snapshots / name).stat().st_mtime - age
                os.utime(layout.snapshots / name, (then, then))
            told = await store.maintain("snapshot", {})
            assert sorted(path.name for path in layout.snapshots.iterdir()) == sorted(
                ("new", str(told["name"]))
            )

    asyncio.run(run())


def test_a_database_that_cannot_be_opened_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_directory: Path) -> None:
        raise RuntimeError("Code: 57. its metadata is torn")

    monkeypatch.setattr("kansoku.store.upkeep.restored.Engine", broken)
    layout = Layout(tmp_path)
    layout.create()
    with pytest.raises(StoreUnavailable, match=r"cannot be opened: Code: 57\. its"):
        opened(layout, {}, lambda _: None)
