"""A store that is slow, stopped or gone only lets the spool grow, up to its limit; then all is stored."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.receive.spool import SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from tests.integration.test_receive_servers import Running, running
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

TOTAL = 500_000
LIMITS = SpoolLimits(segment_bytes=400_000, segment_s=0.2, total_bytes=TOTAL, reserve_bytes=0)
SPANS = 20


def body(serial: int) -> bytes:
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for number in range(SPANS):
        spans.add(name="n" * 1000, span_id=(serial * SPANS + number + 1).to_bytes(8, "big"))
    return request.SerializeToString()


@asynccontextmanager
async def storing(server: Running) -> AsyncGenerator[EmbeddedStore]:
    give_tables(server.layout)
    store = EmbeddedStore(server.layout)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def fill(server: Running) -> int:
    """Sends until the spool is full; gives how many requests were taken."""
    taken = 0
    while True:
        status, headers, answer = await server.post(body(taken))
        if status != 200:
            assert (status, headers["retry-after"]) == (503, "2")
            assert b"the spool holds" in answer
            return taken
        taken += 1
        # Looked at twice a second, so it may be over its limit by what comes in half a second.
        assert server.spooled() < 40 * TOTAL


async def stored(server: Running, store: EmbeddedStore) -> int:
    """How many spans there are once the spool is empty, of open segments too."""
    async with asyncio.timeout(60):
        while server.spooled():
            await asyncio.sleep(0.02)
    found = await store.query("SELECT count(), uniqExact(SpanId) FROM otel_traces")
    assert found.rows[0][0] == found.rows[0][1]
    return int(str(found.rows[0][0]))


def test_a_stopped_store_fills_the_spool_and_stores_all_of_it_once_it_goes_on(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path, LIMITS) as server, storing(server) as store:
            assert store.process_id is not None
            os.kill(store.process_id, signal.SIGSTOP)
            taken = await fill(server)
            assert server.spooled() > TOTAL
            assert (await server.post(body(taken)))[0] == 503
            os.kill(store.process_id, signal.SIGCONT)
            assert await stored(server, store) == taken * SPANS
            assert (await server.post(body(taken)))[0] == 200
            assert await stored(server, store) == (taken + 1) * SPANS
            assert store.restarts == 0

    asyncio.run(run())


def test_what_came_while_no_store_was_there_is_stored_by_the_one_that_comes(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path, LIMITS) as server:
            taken = await fill(server)
            async with storing(server) as store:
                assert await stored(server, store) == taken * SPANS

    asyncio.run(run())
