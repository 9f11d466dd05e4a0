"""What a store must withstand: questions that reach out of it, and requests made to harm it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.errors import QueryRefused
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.port import Rows
from kansoku.store.segments import READY, Layout, Signal, new_name, received_ns, varint
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NAMES = {
    Signal.TRACES: "SELECT SpanName AS name FROM otel_traces",
    Signal.METRICS: "SELECT MetricName AS name FROM otel_metrics_gauge"
    " UNION ALL SELECT MetricName FROM otel_metrics_histogram",
}


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = Layout(tmp_path_factory.mktemp("attacked"))
    made.create()
    return made


@pytest.fixture(scope="module")
def ask(layout: Layout) -> Iterator[Callable[[str], Rows]]:
    with asyncio.Runner() as runner:
        give_tables(layout)
        store = EmbeddedStore(layout)
        runner.run(store.start())
        yield lambda statement: runner.run(store.query(statement))
        runner.run(store.close())


@pytest.mark.parametrize("quoted", ["`'`", '"\'"', r"`\'`", "`a``'`", r"`\`'`", r"`'\\`"])
def test_a_quote_within_a_name_hides_nothing(ask: Callable[[str], Rows], tmp_path: Path, quoted: str) -> None:
    secret, taken = tmp_path / "secret", tmp_path / "taken"
    secret.write_text("secret", "utf-8")
    with pytest.raises(QueryRefused, match=r"file\(\) is not allowed"):
        ask(f"SELECT 1 AS {quoted}, file('{secret}')")
    with pytest.raises(QueryRefused, match="INTO OUTFILE is not allowed"):
        ask(f"SELECT 1 AS {quoted} INTO OUTFILE '{taken}'")
    assert not taken.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "DESCRIBE url('http://{there}/a.csv')",
        "DESC TABLE `url` ('http://{there}/a.csv')",
        "DESCRIBE remote('{there}', 'system.one')",
        "SELECT * FROM s3('http://{there}/bucket/a.csv')",
        "SELECT * FROM `UrL`('http://{there}/a.csv')",
        "SELECT * FROM mysql('{there}', 'a', 'b', 'c', 'd')",
    ],
)
def test_no_question_reaches_the_network(ask: Callable[[str], Rows], statement: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as there:
        address = f"127.0.0.1:{there.getsockname()[1]}"
        with pytest.raises(QueryRefused, match="only the store's own tables"):
            ask(statement.format(there=address))
        there.setblocking(False)
        with pytest.raises(BlockingIOError):
            there.accept()


def test_no_question_makes_a_file(ask: Callable[[str], Rows], tmp_path: Path) -> None:
    with pytest.raises(QueryRefused):
        ask(f"SELECT * FROM sqlite('{tmp_path / 'made.db'}', 'a')")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["python", "PYTHON", "`python`"])
def test_no_question_reads_an_object_of_the_store_process(ask: Callable[[str], Rows], name: str) -> None:
    with pytest.raises(QueryRefused, match="only the store's own tables"):
        ask(f"SELECT * FROM {name}('sys')")


@pytest.mark.parametrize(
    "statement",
    ["SELECT 'url(' || format('{}', 'file(')", "DESCRIBE (SELECT 1)", "SELECT 1 AS `it's`", "DESCRIBE calls"],
)
def test_what_only_looks_like_an_attack_is_answered(ask: Callable[[str], Rows], statement: str) -> None:
    assert ask(statement).rows


def request(name: str, extra: bytes = b"") -> bytes:
    """A request of one span, with raw fields behind the span's own."""
    made = ExportTraceServiceRequest()
    span = made.resource_spans.add().scope_spans.add().spans.add(name=name, start_time_unix_nano=1)
    return _wrapped(_wrapped(_wrapped(span.SerializeToString() + extra, 2), 2), 1)


def _wrapped(body: bytes, number: int) -> bytes:
    return varint(number << 3 | 2) + varint(len(body)) + body


def spool(layout: Layout, kind: Signal, *bodies: bytes) -> None:
    draft = layout.data / "draft"
    draft.write_bytes(b"".join(varint(len(body)) + body for body in bodies))
    draft.rename(layout.folder(kind) / f"{new_name(time.time_ns())}{READY}")


def names_once_loaded(data: Path, kind: Signal, *bodies: bytes) -> tuple[list[object], Layout]:
    """What a new store has of a segment of these requests."""
    layout = Layout(data)
    layout.create()
    spool(layout, kind, *bodies)

    async def run() -> list[object]:
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()
        async with asyncio.timeout(60), contextlib.AsyncExitStack() as parts:
            parts.push_async_callback(store.close)
            while layout.backlog().waiting:
                await asyncio.sleep(0.02)
            return [
                row[0] for row in (await store.query(f"SELECT name FROM ({NAMES[kind]}) ORDER BY 1")).rows
            ]

    return asyncio.run(run()), layout


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param(b"\x38\x07", id="a time as a varint"),
        pytest.param(b"\x28\x05", id="a name as a number too"),
        pytest.param(b"\x32\x02ab", id="a kind as text"),
        pytest.param(b"\x7b\x7c", id="a status as a group"),
        pytest.param(b"\x83\x02\x08\x01\x84\x02", id="a group of a later OTLP"),
        pytest.param(b"\x30\x80\x80\x80\x80\x80\x40", id="a kind over its range"),
        pytest.param(b"\x4a\x07\x0a\x01k\x12\x02\x10\x07", id="a boolean of seven"),
    ],
)
def test_what_protobuf_reads_and_clickhouse_does_not_is_stored_with_its_neighbours(
    tmp_path: Path, extra: bytes
) -> None:
    odd = request("odd", extra)
    ExportTraceServiceRequest.FromString(odd)
    found, layout = names_once_loaded(tmp_path, Signal.TRACES, request("a"), odd, odd, request("z"))
    assert [found[0], found[-1], len(found)] == ["a", "z", 4]
    assert layout.backlog().set_aside == 0


def test_a_segment_refused_after_its_first_table_stores_no_metric_twice(tmp_path: Path) -> None:
    gauge, histogram = ExportMetricsServiceRequest(), ExportMetricsServiceRequest()
    one = gauge.resource_metrics.add().scope_metrics.add().metrics.add(name="gauge")
    one.gauge.data_points.add(time_unix_nano=1, as_int=1)
    two = histogram.resource_metrics.add().scope_metrics.add().metrics.add(name="histogram")
    point = two.histogram.data_points.add(time_unix_nano=1).SerializeToString()
    # A list that is none: field 5 of AnyValue, with bytes of a foreign wire type in it.
    attribute = _wrapped(_wrapped(b"k", 1) + _wrapped(b"\x2d\x01\x02\x03\x04", 2), 9)
    metric = _wrapped(b"histogram", 1) + _wrapped(_wrapped(point + attribute, 1), 9)
    odd = _wrapped(_wrapped(_wrapped(metric, 2), 2), 1)
    ExportMetricsServiceRequest.FromString(odd)
    found, layout = names_once_loaded(tmp_path, Signal.METRICS, gauge.SerializeToString(), odd)
    assert found == ["gauge", "histogram"]
    assert layout.backlog().set_aside == 0


def test_a_request_that_would_fill_the_memory_is_set_aside_and_the_others_are_stored(tmp_path: Path) -> None:
    bomb = ExportTraceServiceRequest()
    group = bomb.resource_spans.add()
    group.resource.attributes.add(key="k").value.string_value = "v" * 1_000_000
    spans = group.scope_spans.add().spans
    for _ in range(50_000):  # each would carry the resource's megabyte
        spans.add()
    found, layout = names_once_loaded(
        tmp_path, Signal.TRACES, request("a"), bomb.SerializeToString(), request("z")
    )
    assert found == ["a", "z"]
    assert layout.backlog().set_aside == 1


def test_a_log_record_with_ids_that_are_none_belongs_to_no_trace(tmp_path: Path) -> None:
    made = ExportLogsServiceRequest()
    records = made.resource_logs.add().scope_logs.add().log_records
    for place, (trace, span) in enumerate([(b"t" * 16, b"s" * 8), (b"t" * 15, b"s" * 9), (b"", b"s")]):
        records.add(trace_id=trace, span_id=span, severity_text=str(place))
    layout = Layout(tmp_path)
    layout.create()
    spool(layout, Signal.LOGS, made.SerializeToString())
    asked = "SELECT TraceId, SpanId FROM otel_logs ORDER BY SeverityText"
    assert _asked_once_loaded(layout, asked) == [(b"t".hex() * 16, b"s".hex() * 8), ("", ""), ("", "")]


def test_a_time_that_cannot_be_is_stored_as_that_of_the_receipt(tmp_path: Path) -> None:
    now_ns, day_ns = time.time_ns(), 86_400 * 10**9
    oldest_ns = 1_577_836_800 * 10**9
    times = (0, 1, oldest_ns - 1, oldest_ns, now_ns, now_ns + 2 * day_ns, (1 << 63) - 1, (1 << 64) - 1)
    made = ExportTraceServiceRequest()
    spans = made.resource_spans.add().scope_spans.add().spans
    for number, ns in enumerate(times):
        spans.add(name=str(number), start_time_unix_nano=ns)
    layout = Layout(tmp_path)
    layout.create()
    spool(layout, Signal.TRACES, made.SerializeToString())

    [segment] = layout.ready(Signal.TRACES)
    received = received_ns(segment.name)
    kept = {3: oldest_ns, 4: now_ns}
    asked = "SELECT SpanName, toUnixTimestamp64Nano(Timestamp)::String FROM otel_traces ORDER BY 1"
    assert _asked_once_loaded(layout, asked) == [
        (str(number), str(kept.get(number, received))) for number in range(len(times))
    ]


def _asked_once_loaded(layout: Layout, asked: str) -> list[tuple[object, ...]]:
    """The answer of a new store as soon as it has loaded all."""

    async def run() -> list[tuple[object, ...]]:
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()
        async with asyncio.timeout(60), contextlib.AsyncExitStack() as parts:
            parts.push_async_callback(store.close)
            while layout.backlog().waiting:
                await asyncio.sleep(0.02)
            return [tuple(row) for row in (await store.query(asked)).rows]

    return asyncio.run(run())
