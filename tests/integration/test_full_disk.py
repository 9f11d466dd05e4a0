"""A disk that really is full, under the spool and the database: refused, then all of it stored once.

It is a file system in memory of a few megabytes, which only root may mount; elsewhere this is skipped,
and the faults of `tests/unit/test_spool.py`, made at the calls of the system, stand alone.
"""

from __future__ import annotations

import asyncio
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.errors import SpoolUnavailable
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout, Signal

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

LIMITS = SpoolLimits(segment_bytes=1 << 20, segment_s=0.1, reserve_bytes=0)
SPANS = 50


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
