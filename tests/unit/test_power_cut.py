"""The power goes at any moment: what was acknowledged is stored once, whatever the disk kept of the rest.

The spool and the loader run over a disk that is recorded; then, after each thing they did to it, the
power is cut, what may be left is made up, and a new server starts on it, while the exporters send again
what was not acknowledged. The database is a stand-in that keeps what it was given by the token, at once
or not at all; chDB's own settings for that are in `store/schema/tables.py` and `store/loading/tokens.py`.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from collections import Counter
from typing import TYPE_CHECKING, cast

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.errors import SpoolUnavailable
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.engine import LoadRefused
from kansoku.store.loading.loader import Loader
from kansoku.store.segments import READY, Layout, Signal, frames
from tests.unit.power import Recorder, Remains, remains

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LIMITS = SpoolLimits(segment_bytes=120, segment_s=3600.0, reserve_bytes=0)
BAD = b"refused"


def message(name: str) -> bytes:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name=name)
    return request.SerializeToString()


class Tables:
    """The database: takes a segment by its token once, refuses what holds `BAD`."""

    def __init__(self, tell: Callable[[str, object], None], rows: dict[str, list[bytes]]) -> None:
        self.rows = rows
        self._tell = tell

    def load(self, statement: str, path: Path) -> None:
        content = path.read_bytes()
        if BAD in content:
            raise LoadRefused("no protobuf")
        if statement.startswith("INSERT INTO otel_") and path.stem not in self.rows:
            self.rows[path.stem] = [bytes(one) for one, _ in frames(memoryview(content))]
            self._tell("stored", (path.stem, tuple(self.rows[path.stem])))


def load_all(layout: Layout, tables: Tables) -> None:
    """Loads what is ready, as often as it takes."""
    while layout.backlog().waiting:
        loader = Loader(tables, layout, workers=1, loading=nothing, confirm=nothing)
        loader.start()
        loader.stop()


def nothing(*_: object) -> None:
    """Does nothing."""


async def work(recorder: Recorder, layout: Layout) -> None:
    """What a server does of everything: small and full segments, a refusal, a flush that fails."""
    spool = Spool.open(layout, LIMITS)
    tables = Tables(recorder.tell, {})

    async def send(*names: str) -> None:
        sent = [message(name) for name in names]
        for one in sent:
            recorder.tell("sent", one)
        answers = await asyncio.gather(
            *(spool.append(Signal.TRACES, one) for one in sent), return_exceptions=True
        )
        for one, answer in zip(sent, answers, strict=True):
            if answer is None:
                recorder.tell("acknowledged", one)
            else:
                assert isinstance(answer, SpoolUnavailable)

    await send("a")
    await send("b", "c")
    await send("d" * 120)  # fills the segment
    load_all(layout, tables)
    await send("e", "f", BAD.decode(), "g" * 100)
    load_all(layout, tables)  # halves it and sets one aside
    await send("h")
    recorder.fail_flush = True
    await send("i" * 40)
    await send("i" * 40)  # again, after the refusal
    await send("j" * 100)
    await spool.close()
    load_all(layout, tables)


async def recover(recorder: Recorder | None, layout: Layout, left: Remains) -> Counter[bytes]:
    """The next server, and exporters that send what was not acknowledged; gives what is stored how often."""
    tell = nothing if recorder is None else recorder.tell
    told = {what: [one.value for one in left.told if one.what == what] for what in ("sent", "acknowledged")}
    stored = [cast("tuple[str, tuple[bytes, ...]]", one.value) for one in left.told if one.what == "stored"]
    spool = Spool.open(layout, LIMITS)
    tables = Tables(tell, {name: list(rows) for name, rows in stored})
    for one in dict.fromkeys(told["sent"]):
        if one not in told["acknowledged"]:
            assert isinstance(one, bytes)
            await spool.append(Signal.TRACES, one)
            tell("acknowledged", one)
    await spool.close()
    load_all(layout, tables)
    aside = [path.read_bytes() for path in layout.set_aside(Signal.TRACES).glob(f"*{READY}")]
    kept = [bytes(one) for content in aside for one, _ in frames(memoryview(content))]
    return Counter([*(one for content in tables.rows.values() for one in content), *kept])


def expected(left: Remains) -> Counter[bytes]:
    """Everything that was sent, once."""
    return Counter({one.value for one in left.told if one.what == "sent" and isinstance(one.value, bytes)})


def after_power_cut(scratch: Path, left: Remains, recorder: Recorder | None = None) -> None:
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    left.build(scratch)
    found = asyncio.run(recover(recorder, Layout(scratch), left))
    assert found == expected(left), {one: times for one, times in found.items() if times != 1}


def test_power_may_go_at_any_moment(tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        recorder = Recorder(tmp_path / "first", patch)
        (tmp_path / "first").mkdir()
        asyncio.run(work(recorder, Layout(tmp_path / "first")))
    log = recorder.log
    assert [path.read_bytes() for path in (tmp_path / "first/spool/traces").iterdir()] == []
    with pytest.MonkeyPatch.context() as quick:
        for name in ("fsync", "fdatasync"):
            quick.setattr(os, name, nothing)
        for moment in range(1, len(log) + 1):
            for chance in ("nothing", "everything", random.Random(moment)):
                left = remains(log[:moment], chance)
                after_power_cut(tmp_path / "next", left)
