"""The evaluation of alerts as a part of a server: other nodes know when it ends."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from kansoku.server import alarms
from kansoku.settings import Settings
from kansoku.settings.defined import defined
from kansoku.store.segments import Layout
from tests.ledgers import MemoryLedger
from tests.unit.test_watch import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from kansoku.notify.queue import Queue
    from kansoku.server.storage import Storage
    from kansoku.watch.watch import Watch


def test_a_server_that_ends_takes_leave_of_the_other_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: dict[str, MemoryLedger] = {}

    def ledger(name: str) -> MemoryLedger:
        return told.setdefault(name, MemoryLedger())

    layout = Layout(tmp_path)
    layout.create()

    async def run() -> None:
        store = MemoryStore()
        given = SimpleNamespace(query=store.query, ledger=ledger, leads=lambda: False)
        queue = SimpleNamespace(expect=list, told=None, lead=None, lost_since=None)
        begun = asyncio.Event()

        async def beat(watch: Watch) -> None:
            await watch.evaluate(1_790_000_000.0)
            begun.set()
            await asyncio.Event().wait()

        monkeypatch.setattr(alarms, "beat", beat)
        async with AsyncExitStack() as parts:
            storage = cast("Storage", SimpleNamespace(store=given, layout=layout))
            await alarms.watching(parts, storage, cast("Queue", queue), defined(Settings()))
            async with asyncio.timeout(30):
                await begun.wait()
            assert told["nodes"].read().entries[0].row

    asyncio.run(run())
    (left,) = told["nodes"].read().entries
    assert left.row == ""
