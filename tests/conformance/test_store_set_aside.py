"""A segment that cannot be stored is kept with its reason, holds up nothing, and can be given back."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from kansoku.errors import QueryRefused
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.loading.aside import list_aside, oldest_aside
from kansoku.store.segments import READY, Layout, Signal, new_name, varint
from tests.conformance.test_store_segments import NOW_NS
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable
    from pathlib import Path

POISON = "claude-poison"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.create()
    return layout


@asynccontextmanager
async def started(layout: Layout) -> AsyncGenerator[EmbeddedStore]:
    give_tables(layout)
    store = EmbeddedStore(layout)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


def chats(*models: str) -> bytes:
    """A framed request with a chat span for each model, whose ids are the model's name."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    for model in models:
        span = spans.add(name="chat", span_id=model.encode()[-8:], trace_id=model.encode().ljust(16))
        span.start_time_unix_nano = NOW_NS
        for key, value in (("gen_ai.operation.name", "chat"), ("gen_ai.request.model", model)):
            span.attributes.append(KeyValue(key=key, value=AnyValue(string_value=value)))
    body = request.SerializeToString()
    return varint(len(body)) + body


def spool(layout: Layout, seconds: int, *requests: bytes) -> str:
    """A ready segment begun at that time; gives its name."""
    name = f"{new_name(seconds * 10**9)}{READY}"
    draft = layout.data / "draft"
    draft.write_bytes(b"".join(requests))
    draft.rename(layout.folder(Signal.TRACES) / name)
    return name


async def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


async def counts(store: EmbeddedStore) -> tuple[object, ...]:
    """Rows in the raw table and in the narrow one."""
    found = await store.query("SELECT (SELECT count() FROM otel_traces), (SELECT count() FROM calls)")
    return found.rows[0]


def test_what_a_view_refuses_is_stored_once_when_it_is_given_back_after_the_mend(layout: Layout) -> None:
    async def run() -> None:
        async with started(layout) as store:
            await store.rewrite(f"ALTER TABLE calls ADD CONSTRAINT healthy CHECK request_model != '{POISON}'")
            bad = spool(layout, 1, chats("claude-a", POISON), chats("claude-b"))
            spool(layout, 2, chats("claude-c"))  # stored all the while
            await until(lambda: bool(list_aside(layout)))
            (aside,) = list_aside(layout)
            assert (aside.name, aside.received_at) == (bad, 1.0)
            assert aside.reason.startswith("refused by a table: ")

            await store.rewrite("ALTER TABLE calls DROP CONSTRAINT healthy")
            told = await store.maintain("retry", {})
            assert told == {"segments": 1, "stored": 1, "waiting": 0, "again": []}
            assert oldest_aside(layout) is None
            await until(lambda: layout.backlog().waiting == 0)  # what was stored all the while
            assert await counts(store) == (4, 4)

    asyncio.run(run())


def test_a_segment_that_ends_the_process_each_time_is_kept_with_that_reason_and_can_be_retried(
    layout: Layout,
) -> None:
    # A pipe stands in for bytes that crash the database: loading never ends, so the kill falls into it.
    name = f"{new_name(10**9)}{READY}"
    os.mkfifo(layout.folder(Signal.TRACES) / name)

    async def run() -> None:
        async with started(layout) as store:
            for death in range(3):
                await until(lambda death=death: store.restarts == death and bool(store.loading))
                assert store.process_id is not None
                os.kill(store.process_id, signal.SIGKILL)
                await until(lambda death=death: store.restarts > death)
            spool(layout, 2, chats("claude-a"))
            await until(lambda: layout.backlog().waiting == 0)
            (note,) = layout.set_aside(Signal.TRACES).glob("*.txt")
            assert "ended 3 times" in note.read_text()

            kept = layout.set_aside(Signal.TRACES) / name
            kept.unlink()
            kept.write_bytes(chats("claude-b"))
            assert (await store.maintain("retry", {}))["stored"] == 1
            assert await counts(store) == (2, 2)
            assert not list(layout.set_aside(Signal.TRACES).iterdir())

    asyncio.run(run())


def test_what_is_still_at_fault_is_set_aside_again_and_said_to_be(layout: Layout) -> None:
    async def run() -> None:
        async with started(layout) as store:
            spool(layout, 5, varint(3) + b"\xff\xff\xff", chats("claude-a"))
            await until(lambda: layout.backlog().waiting == 0)
            (before,) = list_aside(layout)
            told = await store.maintain("retry", {})
            assert told["again"] == [{**asdict(before), "signal": "traces"}]
            assert (told["segments"], told["stored"], told["waiting"]) == (1, 0, 0)
            with pytest.raises(QueryRefused, match="retry takes no arguments, not name"):
                await store.maintain("retry", {"name": before.name})
            assert await counts(store) == (1, 1)

    asyncio.run(run())
