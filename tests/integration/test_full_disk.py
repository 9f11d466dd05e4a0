"""A disk that does not take what is written, under the spool and the database: all of it is stored once.

A full one is a file system in memory of a few megabytes, which only root may mount; elsewhere that is
skipped, and the faults of `tests/unit/test_spool.py`, made at the calls of the system, stand alone. Writes
that fail while there is room, as over a quota, are made by a limit on the size of the store process's files.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.errors import SpoolUnavailable
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout, Signal
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LIMITS = SpoolLimits(segment_bytes=1 << 20, segment_s=0.1, reserve_bytes=0)
SPANS = 50
FILE_BYTES = 20_000


@contextmanager
def small_disk(place: Path, megabytes: int = 64) -> Generator[Path]:
    """A folder on a disk of that size."""
    place.mkdir()
    told = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if told.returncode:
        pytest.skip(f"no disk can be mounted here: {told.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def body(serial: int) -> bytes:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(SPANS):
        spans.add(name=f"{serial:06d}" * 50, span_id=(serial * SPANS + number + 1).to_bytes(8, "big"))
    return request.SerializeToString()


def fill(disk: Path) -> Path:
    """Takes all that is free, to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


async def take(spool: Spool, serials: range) -> int:
    """How many of the requests are taken, until one is refused."""
    for serial in serials:
        try:
            await spool.append(Signal.TRACES, body(serial))
        except SpoolUnavailable as error:
            assert "the disk is full" in str(error)  # noqa: PT017
            return serial - serials.start
    return len(serials)


async def emptied(layout: Layout) -> None:
    async with asyncio.timeout(90):
        while layout.backlog().bytes:
            await asyncio.sleep(0.05)


def test_a_full_disk_is_refused_loses_nothing_and_sets_nothing_aside(tmp_path: Path) -> None:
    async def run(disk: Path) -> None:
        layout = Layout(disk / "data")
        spool = Spool.open(layout, LIMITS)
        store = EmbeddedStore(layout)
        await store.start()
        taken = await take(spool, range(20))
        assert taken == 20
        await emptied(layout)
        # Enough waits that the store must write while there is no room.
        many = asyncio.create_task(take(spool, range(20, 100_000)))
        while layout.backlog().bytes < (1 << 20):
            await asyncio.sleep(0)
        filler = fill(disk)
        taken += await many
        assert await take(spool, range(taken, taken + 1)) == 0
        assert layout.backlog().set_aside == 0
        filler.unlink()
        assert await take(spool, range(taken, taken + 5)) == 5
        await emptied(layout)
        found = await store.query("SELECT count(), uniqExact(SpanId) FROM otel_traces")
        assert found.rows == [((taken + 5) * SPANS,) * 2]
        assert layout.backlog().set_aside == 0
        await spool.close()
        await store.close()

    with small_disk(tmp_path / "disk") as disk:
        asyncio.run(run(disk))


def test_a_server_starts_again_on_a_disk_that_was_full_when_it_was_killed(tmp_path: Path) -> None:
    async def first(layout: Layout) -> tuple[int, Spool]:
        spool = Spool.open(layout, LIMITS)
        return await take(spool, range(100_000)), spool

    async def run(disk: Path) -> None:
        layout = Layout(disk / "data")
        layout.create()
        room = disk / "room"
        room.write_bytes(bytes(24 << 20))  # what the database will need
        taken, spool = await first(layout)
        await spool.close()
        room.unlink()
        store = EmbeddedStore(layout)
        await store.start()
        await emptied(layout)
        found = await store.query("SELECT count(), uniqExact(SpanId) FROM otel_traces")
        assert found.rows == [(taken * SPANS,) * 2]
        await store.close()

    with small_disk(tmp_path / "disk", 32) as disk:
        asyncio.run(run(disk))


def limit(store: EmbeddedStore, file_bytes: int) -> None:
    """From here on no file of the store process can grow beyond that."""
    assert store.process_id is not None
    resource.prlimit(store.process_id, resource.RLIMIT_FSIZE, (file_bytes, resource.RLIM_INFINITY))


async def restarted(store: EmbeddedStore) -> None:
    """Returns when the store process has ended and another is ready."""
    async with asyncio.timeout(120):
        while not store.restarts or store.process_id is None:
            await asyncio.sleep(0.02)


async def filled(layout: Layout) -> None:
    """A spool with a segment, and nobody to load it."""
    spool = Spool.open(layout, LIMITS)
    await take(spool, range(5))
    await spool.close()


async def stored(store: EmbeddedStore) -> list[tuple[object, ...]]:
    found = await store.query("SELECT count(), uniqExact(SpanId) FROM otel_traces WHERE SpanName != ''")
    return found.rows


@pytest.mark.parametrize(("before", "file_bytes"), [(5, 0), (5, 1000), (0, 1000)])
def test_rows_whose_part_the_disk_cut_short_are_stored_again(
    tmp_path: Path, before: int, file_bytes: int
) -> None:
    """With none before, it is the database's copy of the schema text that is cut short first."""

    async def run(layout: Layout) -> None:
        give_tables(layout)
        spool = Spool.open(layout, LIMITS)
        store = EmbeddedStore(layout)
        await store.start()
        await take(spool, range(before))
        await emptied(layout)
        limit(store, file_bytes)
        await take(spool, range(before, 10))
        await restarted(store)
        await emptied(layout)
        assert await stored(store) == [(10 * SPANS,) * 2]
        made_anew = await store.query(
            "SELECT count() > 0 FROM rollup_touched WHERE toUnixTimestamp(begin) = 0"
        )
        assert made_anew.rows == [(1,)]
        assert layout.backlog().set_aside == 0
        await spool.close()
        await store.close()

    asyncio.run(run(Layout(tmp_path)))


def test_rows_whose_merge_the_disk_cut_short_come_back(tmp_path: Path) -> None:
    async def run(layout: Layout) -> None:
        give_tables(layout)
        spool = Spool.open(layout, LIMITS)
        store = EmbeddedStore(layout)
        await store.start()
        for serial in range(3):
            await take(spool, range(serial, serial + 1))
            await emptied(layout)
        limit(store, 1000)
        await store.rewrite("OPTIMIZE TABLE otel_traces FINAL")
        limit(store, -1)
        await take(spool, range(3, 4))
        await restarted(store)
        await emptied(layout)
        assert await stored(store) == [(4 * SPANS,) * 2]
        await spool.close()
        await store.close()

    asyncio.run(run(Layout(tmp_path)))


def calls() -> bytes:
    """Spans of calls whose text is long, so that the raw rows take more of the disk than the calls."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(SPANS):
        span = spans.add(name=os.urandom(2_000).hex(), span_id=(number + 1).to_bytes(8, "big"))
        span.start_time_unix_nano = time.time_ns()
        span.attributes.add(key="gen_ai.operation.name").value.string_value = "chat"
    return request.SerializeToString()


def table_folder(layout: Layout, table: str) -> Path:
    """Where the table's parts and tokens lie."""
    (metadata,) = layout.database.glob(f"metadata/*/{table}.sql")
    found = re.search(r"UUID '([^']+)'", metadata.read_text("utf-8"))
    assert found is not None
    return layout.database / "store" / found[1][:3] / found[1]


def test_rows_whose_token_alone_the_disk_did_not_take_are_stored_once_when_others_are_cut_short(
    tmp_path: Path,
) -> None:
    """The calls' part is whole and their list of tokens cannot grow; the part of the spans is cut short."""

    async def run(layout: Layout) -> None:
        give_tables(layout)
        tokens = table_folder(layout, "calls") / "deduplication_logs/deduplication_log_1.txt"
        dropped = "".join(f"2\t202609_{n}_{n}_0\t202609_{n:020}_{n:020}\n" for n in range(1, 600))
        tokens.parent.mkdir(exist_ok=True)
        tokens.write_text(dropped)
        assert tokens.stat().st_size > FILE_BYTES
        spool = Spool.open(layout, LIMITS)
        store = EmbeddedStore(layout)
        await store.start()
        limit(store, FILE_BYTES)
        await spool.append(Signal.TRACES, calls())
        await restarted(store)
        await emptied(layout)
        found = await store.query("SELECT (SELECT count() FROM otel_traces), (SELECT count() FROM calls)")
        assert found.rows == [(SPANS, SPANS)]
        await spool.close()
        await store.close()

    asyncio.run(run(Layout(tmp_path)))


STUBBORN = """
import asyncio, resource, sys
from pathlib import Path
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout

async def run(layout):
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
    store = EmbeddedStore(layout)
    await store.start()
    while store.restarts < 4:
        await asyncio.sleep(0.02)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    while layout.backlog().bytes:
        await asyncio.sleep(0.02)
    assert layout.backlog().set_aside == 0
    found = await store.query("SELECT count(), uniqExact(SpanId) FROM otel_traces WHERE SpanName != ''")
    print(found.rows)
    await store.close()

asyncio.run(run(Layout(Path(sys.argv[1]))))
"""


def test_no_segment_is_blamed_for_a_disk_that_goes_on_refusing(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.create()
    give_tables(layout)
    asyncio.run(filled(layout))
    told = subprocess.run(
        [sys.executable, "-c", STUBBORN, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert told.stdout == f"[({5 * SPANS}, {5 * SPANS})]\n", told.stderr


KILLED = """
import os, resource, sys
from pathlib import Path
from kansoku.store.engine import Engine
from kansoku.store.loading.inserts import FROM_FILE, inserts
from kansoku.store.segments import Layout, Signal

layout = Layout(Path(sys.argv[1]))
os.chdir(layout.database)
engine = Engine(layout.database)
engine.create_tables()
for path in layout.ready(Signal.TRACES):
    for statement in FROM_FILE.reads(Signal.TRACES):  # keeps the schema text
        engine.load(statement, path)
    for number, statement in enumerate(inserts(Signal.TRACES, path.stem)):
        if number == 0:  # the token is written, and not the part
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        engine.load(statement, path)
os._exit(9)
"""


def test_a_segment_whose_part_was_cut_short_by_a_process_that_was_killed_is_stored_again(
    tmp_path: Path,
) -> None:
    async def run(layout: Layout) -> None:
        store = EmbeddedStore(layout)
        await store.start()
        await emptied(layout)
        assert await stored(store) == [(5 * SPANS,) * 2]
        await store.close()

    layout = Layout(tmp_path)
    layout.create()
    give_tables(layout)
    asyncio.run(filled(layout))
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert killed.returncode == 9, killed.stderr
    asyncio.run(run(layout))
