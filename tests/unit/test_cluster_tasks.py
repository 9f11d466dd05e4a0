"""What is done in a ClickHouse on request is done one at a time, as two could undo each other's steps."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from kansoku.store.clickhouse.address import address_of
from kansoku.store.clickhouse.cluster import ClusterStore
from kansoku.store.segments import Layout

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_task_waits_for_the_one_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    first, go_on = threading.Event(), threading.Event()

    def run(*_: object) -> dict[str, object]:
        threads.append(threading.current_thread())
        first.set()
        assert go_on.wait(10)
        return {}

    monkeypatch.setattr("kansoku.store.clickhouse.cluster.run_task", run)

    async def ask() -> None:
        store = ClusterStore(Layout(tmp_path), address_of("clickhouse://nobody@127.0.0.1:1/db", {}))
        asked = [asyncio.create_task(store.maintain("retry", {})) for _ in range(3)]
        await asyncio.sleep(0)  # each of them is handed over
        await asyncio.to_thread(first.wait, 10)
        assert len(threads) == 1
        go_on.set()
        await asyncio.gather(*asked)
        await store.close()

    asyncio.run(ask())
    assert len(threads) == 3
    assert len(set(threads)) == 1
