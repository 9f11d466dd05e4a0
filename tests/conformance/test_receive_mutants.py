"""Broken requests through receiver, spool, loader and database: refused, or stored whole; never set aside.

`KANSOKU_MUTANTS` sets how many are tried, `KANSOKU_MUTANTS_FROM` the first one's number.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from kansoku.errors import ReceiveError
from kansoku.receive.items import batches
from kansoku.receive.otlp import PROTOBUF
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Layout, Signal, frames
from tests.conformance.test_metric_kinds import request as metrics
from tests.mutants import mutant
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)
MUTANTS = int(os.environ.get("KANSOKU_MUTANTS", "600"))
FROM = int(os.environ.get("KANSOKU_MUTANTS_FROM", "0"))
AT_ONCE = 50
COUNTS = {
    Signal.TRACES: "SELECT count() FROM otel_traces",
    Signal.LOGS: "SELECT count() FROM otel_logs",
    Signal.METRICS: "SELECT (SELECT count() FROM otel_metrics_gauge) + (SELECT count() FROM otel_metrics_sum)"
    " + (SELECT count() FROM otel_metrics_histogram) + (SELECT count() FROM otel_metrics_summary)"
    " + (SELECT count() FROM otel_metrics_exponential_histogram)",
}


def values() -> list[AnyValue]:
    made = [AnyValue(string_value="日本 text"), AnyValue(int_value=-1), AnyValue(double_value=0.5)]
    made += [AnyValue(bool_value=True), AnyValue(bytes_value=b"\xff\x00"), AnyValue()]
    listed, mapped = AnyValue(), AnyValue()
    listed.array_value.values.extend(made)
    mapped.kvlist_value.values.add(key="k").value.CopyFrom(listed)
    return [*made, listed, mapped]


def traces() -> bytes:
    made = ExportTraceServiceRequest()
    for scope in ("a", "b"):
        group = made.resource_spans.add(schema_url="url")
        group.resource.attributes.add(key="service.name").value.string_value = "bot"
        scoped = group.scope_spans.add()
        scoped.scope.name, scoped.scope.version = scope, "1"
        for _ in range(2):
            span = scoped.spans.add(
                name="chat m", trace_id=b"t" * 16, span_id=b"s" * 8, parent_span_id=b"p" * 8, kind=3
            )
            span.start_time_unix_nano = span.end_time_unix_nano = time.time_ns()
            for place, value in enumerate(values()):
                span.attributes.add(key=f"key {place}").value.CopyFrom(value)
            span.attributes.add(key="gen_ai.operation.name").value.string_value = "chat"
            span.attributes.add(key="gen_ai.usage.input_tokens").value.int_value = 7
            span.events.add(name="event", time_unix_nano=time.time_ns()).attributes.add(key="k")
            span.links.add(trace_id=b"t" * 16, span_id=b"l" * 8, trace_state="a=b").attributes.add(key="k")
            span.status.message = "why"
    return made.SerializeToString()


def logs() -> bytes:
    made = ExportLogsServiceRequest()
    scoped = made.resource_logs.add().scope_logs.add()
    for value in values():
        record = scoped.log_records.add(
            time_unix_nano=time.time_ns(), severity_number=9, flags=1, trace_id=b"t" * 16, event_name="event"
        )
        record.body.CopyFrom(value)
        record.attributes.add(key="k").value.CopyFrom(value)
    return made.SerializeToString()


BODIES = {
    Signal.TRACES: traces(),
    Signal.LOGS: logs(),
    Signal.METRICS: metrics("bot").SerializeToString(),
}


async def received(receiver: Receiver) -> None:
    """Sends every mutant; what is not a refusal of OTLP's own ends the test."""

    async def send(number: int) -> None:
        signal = list(Signal)[number % 3]
        try:
            await receiver.receive(signal, mutant(number, BODIES[signal]), PROTOBUF)
        except ReceiveError:
            return

    for start in range(FROM, FROM + MUTANTS, AT_ONCE):
        await asyncio.gather(*(send(number) for number in range(start, start + AT_ONCE)))


def spooled(layout: Layout, signal: Signal) -> int:
    """How many items the spool holds."""
    return sum(
        len(items)
        for path in layout.ready(signal)
        for message, _ in frames(memoryview(path.read_bytes()))
        for _, items in batches(REQUESTS[signal].FromString(bytes(message)))
    )


@pytest.mark.timeout(0)
def test_what_is_acknowledged_of_a_broken_request_is_stored_item_for_item(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    limits = SpoolLimits(reserve_bytes=0, segment_bytes=256 << 10, segment_s=3600)

    async def run() -> None:
        spool = Spool.open(layout, limits)
        receiver = Receiver(spool)
        await received(receiver)
        await spool.close()
        held = {signal: spooled(layout, signal) for signal in Signal}
        _log.info("%d taken, %s, %s, %s", receiver.accepted, +receiver.refusals, +receiver.faults, held)
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()
        try:
            while layout.backlog().waiting:
                await asyncio.sleep(0.02)
            assert layout.backlog().set_aside == 0, [
                path.read_text("utf-8") for path in layout.spool.glob("set-aside/*/*.txt")
            ]
            stored = {signal: (await store.query(COUNTS[signal])).rows[0][0] for signal in Signal}
        finally:
            await store.close()
        assert store.restarts == 0
        assert stored == held
        assert receiver.accepted > MUTANTS // 4
        assert receiver.rejected > MUTANTS // 50

    asyncio.run(run())
