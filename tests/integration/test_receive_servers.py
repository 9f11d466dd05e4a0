"""Real exporters and raw requests over real HTTP and gRPC, into a real spool and store."""

from __future__ import annotations

import asyncio
import errno
import gzip
import json
import os
import socket
import sys
import threading
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import grpc
import pytest
import uvicorn
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
    OTLPSpanExporter as GrpcSpanExporter,
)
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from starlette.applications import Starlette

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from kansoku.errors import SettingError, SpoolUnavailable
from kansoku.receive.http import otlp_routes
from kansoku.receive.items import Fault
from kansoku.receive.quick import quick
from kansoku.receive.receiver import Receiver
from kansoku.receive.rpc import grpc_server
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.settings.gate import Gate
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout, Signal, frames
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from opentelemetry.sdk._logs.export import LogRecordExporter
    from opentelemetry.sdk.metrics.export import MetricExporter
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.util.types import AttributeValue

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PROTOBUF = "application/x-protobuf"
CAP = 100_000


@dataclass
class Running:
    """A receiving server without a store: what it took lies in the spool."""

    receiver: Receiver
    layout: Layout
    http_port: int
    grpc_port: int

    async def post(
        self,
        body: bytes,
        content_type: str | None = PROTOBUF,
        *,
        path: str = "/v1/traces",
        method: str = "POST",
        headers: str = "",
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the answer to one request."""
        typed = f"Content-Type: {content_type}\r\n" if content_type is not None else ""
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{typed}{headers}"
        if "Transfer-Encoding" not in headers and "Content-Length" not in headers:
            head += f"Content-Length: {len(body)}\r\n"
        reader, writer = await asyncio.open_connection("127.0.0.1", self.http_port)
        writer.write(head.encode() + b"\r\n" + body)
        answer = await reader.read()
        writer.close()
        told, _, content = answer.partition(b"\r\n\r\n")
        first, *rest = told.decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in rest)
        return int(first.split()[1]), {name.lower(): text for name, text in pairs}, content

    def spooled(self) -> int:
        """Bytes that the spool holds."""
        return self.layout.backlog().bytes


@asynccontextmanager
async def running(
    data: Path, limits: SpoolLimits | None = None, max_bytes: int = CAP, gate: Gate | None = None
) -> AsyncGenerator[Running]:
    layout = Layout(data)
    spool = Spool.open(layout, limits or SpoolLimits(segment_s=3600.0, reserve_bytes=0))
    receiver = Receiver(spool, max_bytes=max_bytes, gate=gate)
    rpc = await grpc_server(receiver, "127.0.0.1", 0)
    config = uvicorn.Config(
        Starlette(routes=otlp_routes(receiver)),
        http=quick(receiver),
        port=0,
        log_level="error",
        lifespan="off",
    )
    http = uvicorn.Server(config)
    serving = asyncio.create_task(http.serve())
    try:
        while not http.started:
            await asyncio.sleep(0.01)
        port = int(http.servers[0].sockets[0].getsockname()[1])
        yield Running(receiver, layout, port, rpc.port)
    finally:
        http.should_exit = True
        await serving
        await rpc.stop(0)
        await spool.close()


def body(name: str = "answer") -> bytes:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name=name)
    return request.SerializeToString()


def test_the_official_exporters_reach_the_tables_over_http_and_grpc(tmp_path: Path) -> None:
    ways = ["grpc", "grpc_gzip", "http", "http_gzip"]
    found = {
        "SELECT SpanName, SpanAttributes FROM otel_traces": {"zero": "0", "words": '["a","b"]'},
        "SELECT Body, LogAttributes FROM otel_logs": {"ratio": "0.5"},
        "SELECT MetricName, Attributes FROM otel_metrics_sum": {"model": "m"},
        "SELECT MetricName, Count FROM otel_metrics_histogram": 1,
    }

    async def run() -> None:
        async with running(tmp_path, SpoolLimits(segment_s=0.1, reserve_bytes=0)) as server:
            give_tables(server.layout)
            store = EmbeddedStore(server.layout)
            await store.start()
            await asyncio.to_thread(_export, server)
            async with asyncio.timeout(30):
                for asked, told in found.items():
                    while len(rows := (await store.query(f"{asked} ORDER BY 1")).rows) < len(ways):
                        await asyncio.sleep(0.05)
                    assert [tuple(row) for row in rows] == [(way, told) for way in ways]
            assert (server.receiver.accepted, server.receiver.rejected) == (3 * len(ways), 0)
            await store.close()

    asyncio.run(run())


def _export(server: Running) -> None:
    http = f"http://127.0.0.1:{server.http_port}/v1"
    grpc_at = f"127.0.0.1:{server.grpc_port}"
    for squeezed, end in ((Compression.NoCompression, ""), (Compression.Gzip, "_gzip")):
        _export_all(
            f"http{end}",
            OTLPSpanExporter(f"{http}/traces", compression=squeezed),
            OTLPLogExporter(f"{http}/logs", compression=squeezed),
            OTLPMetricExporter(f"{http}/metrics", compression=squeezed),
        )
    for squeezed, end in ((grpc.Compression.NoCompression, ""), (grpc.Compression.Gzip, "_gzip")):
        _export_all(
            f"grpc{end}",
            GrpcSpanExporter(grpc_at, insecure=True, compression=squeezed),
            GrpcLogExporter(grpc_at, insecure=True, compression=squeezed),
            GrpcMetricExporter(grpc_at, insecure=True, compression=squeezed),
        )


def _export_all(name: str, spans: SpanExporter, logs: LogRecordExporter, metrics: MetricExporter) -> None:
    tracers = TracerProvider()
    tracers.add_span_processor(BatchSpanProcessor(spans))
    attributes: dict[str, AttributeValue] = {"zero": 0, "words": ["a", "b"]}
    tracers.get_tracer("test").start_span(name, attributes=attributes).end()
    tracers.shutdown()
    loggers = LoggerProvider()
    loggers.add_log_record_processor(BatchLogRecordProcessor(logs))
    loggers.get_logger("test").emit(LogRecord(body=name, attributes={"ratio": 0.5}))
    loggers.shutdown()
    meters = MeterProvider([PeriodicExportingMetricReader(metrics)])
    meters.get_meter("test").create_counter(name).add(3, {"model": "m"})
    meters.get_meter("test").create_histogram(name).record(0.5)
    meters.shutdown()


def test_a_taken_request_is_answered_as_otlp_wants_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            status, headers, answer = await server.post(body())
            assert (status, headers["content-type"]) == (200, PROTOBUF)
            assert ExportTraceServiceResponse.FromString(answer) == ExportTraceServiceResponse()
            status, headers, answer = await server.post(b"{}", "application/json")
            assert (status, headers["content-type"]) == (200, "application/json")
            assert json.loads(answer) == {}
            assert server.receiver.accepted == 2

    asyncio.run(run())


def test_a_chunked_body_is_taken_and_one_over_the_cap_is_stopped_while_it_arrives(
    tmp_path: Path,
) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            chunked = "Transfer-Encoding: chunked\r\n"
            small = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body()), body())
            assert (await server.post(small, headers=chunked))[0] == 200
            # The end never comes: only a server that stops reading can answer.
            endless = b"%x\r\n%b\r\n" % (CAP + 1, bytes(CAP + 1))
            assert (await server.post(endless, headers=chunked))[0] == 413

    asyncio.run(run())


@pytest.mark.parametrize(
    ("sent", "content_type", "headers", "refusal"),
    [
        (b"not protobuf", PROTOBUF, "", (400, 3)),
        (b"{", "application/json", "", (400, 3)),
        (body(), "text/plain", "", (415, 3)),
        (body(), None, "", (415, 3)),
        (body(), PROTOBUF, "Content-Encoding: br\r\n", (415, 3)),
        (b"torn", PROTOBUF, "Content-Encoding: gzip\r\n", (400, 3)),
        (b"torn", PROTOBUF, "Content-Encoding: zstd\r\n", (400, 3)),
        (gzip.compress(bytes(CAP + 1), mtime=0), PROTOBUF, "Content-Encoding: gzip\r\n", (413, 8)),
        (zstd.compress(bytes(CAP + 1)), PROTOBUF, "Content-Encoding: zstd\r\n", (413, 8)),
        (
            gzip.compress(gzip.compress(body(), mtime=0), mtime=0),
            PROTOBUF,
            "Content-Encoding: gzip\r\n",
            (400, 3),
        ),
        (b"", PROTOBUF, f"Content-Length: {CAP + 1}\r\n", (413, 8)),
        (bytes(CAP + 1), PROTOBUF, "", (413, 8)),
    ],
)
def test_a_bad_request_gets_its_status_and_stores_nothing(
    tmp_path: Path, sent: bytes, content_type: str | None, headers: str, refusal: tuple[int, int]
) -> None:
    status, code = refusal

    async def run() -> None:
        async with running(tmp_path) as server:
            got, answer_headers, answer = await server.post(sent, content_type, headers=headers)
            assert got == status
            if content_type == "application/json":
                assert json.loads(answer)["code"] == code
            else:
                assert answer_headers["content-type"] == PROTOBUF
                assert Status.FromString(answer).code == code
            assert "retry-after" not in answer_headers
            assert server.spooled() == 0
            assert (server.receiver.accepted, server.receiver.rejected) == (0, 1)

    asyncio.run(run())


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "identity"])
@pytest.mark.parametrize("content_type", [PROTOBUF, "application/json"])
def test_every_encoding_of_both_forms_is_stored_as_the_same_protobuf(
    tmp_path: Path, encoding: str, content_type: str
) -> None:
    as_json = b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "answer"}]}]}]}'
    plain = body() if content_type == PROTOBUF else as_json
    encoded = {"gzip": gzip.compress, "zstd": zstd.compress, "identity": bytes}[encoding](plain)

    async def run() -> None:
        async with running(tmp_path) as server:
            headers = f"Content-Encoding: {encoding}\r\n"
            assert (await server.post(encoded, content_type, headers=headers))[0] == 200
        assert _stored(server.layout) == [body()]

    asyncio.run(run())


def mixed() -> bytes:
    """A request of one span that can be taken and one that cannot."""
    request = ExportTraceServiceRequest()
    spans = request.resource_spans.add().scope_spans.add().spans
    spans.add(name="answer")
    spans.add(name="odd", trace_id=b"short")
    return request.SerializeToString()


def test_a_partial_success_is_told_over_http_and_grpc_and_the_rest_is_stored(tmp_path: Path) -> None:
    why = "1 of 2 spans were rejected: 1 with a trace_id that is not 16 bytes or a span_id that is not 8"
    spans = [{"name": "answer"}, {"name": "odd", "traceId": "abcd"}]
    as_json = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()

    async def run() -> None:
        async with running(tmp_path) as server:
            status, _, answer = await server.post(mixed())
            told = ExportTraceServiceResponse.FromString(answer).partial_success
            assert (status, told.rejected_spans, told.error_message) == (200, 1, why)
            status, _, answer = await server.post(as_json, "application/json")
            assert (status, json.loads(answer)) == (
                200,
                {"partialSuccess": {"rejectedSpans": "1", "errorMessage": why}},
            )
            answer = await _called(server, mixed())
            assert ExportTraceServiceResponse.FromString(answer).partial_success == told
            assert (server.receiver.accepted, server.receiver.rejected) == (3, 0)
            assert +server.receiver.faults == {Fault.IDENTITY: 3}
        assert _stored(server.layout) == [body()] * 3

    asyncio.run(run())


def _stored(layout: Layout) -> list[bytes]:
    return [
        bytes(message)
        for path in layout.ready(Signal.TRACES)
        for message, _ in frames(memoryview(path.read_bytes()))
    ]


def test_bodies_of_both_ways_share_one_memory_and_one_more_is_told_to_come_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            with ExitStack() as others:
                for _ in range(8):
                    others.enter_context(server.receiver.room())(CAP)
                status, headers, answer = await server.post(body())
                assert (status, headers["retry-after"]) == (429, "2")
                told = Status.FromString(answer)
                code, refused = await _grpc(server, body())
                assert (told.code, code) == (8, grpc.StatusCode.RESOURCE_EXHAUSTED)
                assert refused == told
                assert told.details[0].Unpack(RetryInfo())
            assert +server.receiver.refusals == {"overloaded": 2}
            assert (await server.post(body()))[0] == 200
            assert (await _grpc(server, body()))[0] == grpc.StatusCode.OK
            assert server.receiver.held_bytes == 0

    asyncio.run(run())


def test_a_flood_holds_no_more_than_its_room_and_all_that_was_answered_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="x" * (CAP - 100))
    large = request.SerializeToString()
    most = 0
    flush = os.fdatasync
    answered = threading.Event()

    def slow(descriptor: int) -> None:
        answered.wait()  # a disk that is slower than all that comes
        flush(descriptor)

    async def run() -> None:
        nonlocal most
        async with running(tmp_path) as server:
            with monkeypatch.context() as failing:
                failing.setattr(os, "fdatasync", slow)
                sent = [asyncio.create_task(server.post(large)) for _ in range(40)]
                calls = [asyncio.create_task(_grpc(server, large)) for _ in range(10)]
                while server.receiver.refusals["overloaded"] < 42:
                    most = max(most, server.receiver.held_bytes)
                    await asyncio.sleep(0.01)
                answered.set()
                statuses = [status for status, _, _ in await asyncio.gather(*sent)]
                codes = [code for code, _ in await asyncio.gather(*calls)]
            taken = statuses.count(200) + codes.count(grpc.StatusCode.OK)
            refused = statuses.count(429) + codes.count(grpc.StatusCode.RESOURCE_EXHAUSTED)
            assert (taken, refused) == (8, 42)
            assert most <= 8 * CAP
        assert _stored(server.layout) == [large] * 8

    asyncio.run(run())


def test_another_method_or_path_is_not_taken(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            assert (await server.post(b"", method="GET"))[0] == 405
            assert (await server.post(body(), path="/v1/profiles"))[0] == 404

    asyncio.run(run())


def test_a_full_disk_is_503_with_a_time_to_come_again_and_then_heals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "full")

    async def run() -> None:
        async with running(tmp_path) as server:
            with monkeypatch.context() as failing:
                failing.setattr(os, "writev", full)
                status, headers, answer = await server.post(body())
                code, told = await _grpc(server, body())
            assert (status, headers["retry-after"]) == (503, "2")
            refusal = Status.FromString(answer)
            assert (refusal.code, "the disk is full" in refusal.message) == (14, True)
            assert code == grpc.StatusCode.UNAVAILABLE
            hint = RetryInfo()
            assert told is not None
            assert told.details[0].Unpack(hint)
            assert hint.retry_delay.seconds == 2
            assert server.spooled() == 0
            assert (await server.post(body()))[0] == 200

    asyncio.run(run())


def test_health_is_not_well_while_nothing_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object) -> int:
        raise OSError(errno.EROFS, "read-only")

    async def run() -> None:
        async with running(tmp_path) as server:
            await server.receiver.check()
            with monkeypatch.context() as failing:
                failing.setattr(os, "fdatasync", read_only)
                with pytest.raises(SpoolUnavailable, match="cannot be written: the disk is read-only"):
                    await server.receiver.check()
            folder = server.layout.folder(Signal.LOGS)
            folder.rename(folder.with_name("gone"))
            with pytest.raises(SpoolUnavailable, match="the folder is missing"):
                await server.receiver.check()
            folder.with_name("gone").rename(folder)
            await server.receiver.check()
            assert [path.name for path in server.layout.spool.glob("probe*")] == []

    asyncio.run(run())


def test_health_is_not_well_while_the_spool_is_full(tmp_path: Path) -> None:
    async def run() -> None:
        full = SpoolLimits(segment_s=3600.0, reserve_bytes=0, total_bytes=1)
        async with running(tmp_path, full) as server:
            await server.receiver.check()
            assert (await server.post(body()))[0] == 200
            with pytest.raises(SpoolUnavailable, match="not stored yet"):
                await server.receiver.check()

    asyncio.run(run())


async def _called(server: Running, request: bytes) -> bytes:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        return cast("bytes", await channel.unary_unary(EXPORT)(request))


async def _grpc(server: Running, request: bytes) -> tuple[grpc.StatusCode, Status | None]:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        try:
            await channel.unary_unary(EXPORT)(request)
        except grpc.aio.AioRpcError as error:
            details = dict(error.trailing_metadata() or ()).get("grpc-status-details-bin")
            told = Status.FromString(details) if isinstance(details, bytes) else None
            return error.code(), told
        return grpc.StatusCode.OK, None


def test_grpc_answers_with_its_own_codes_and_stores_nothing_bad(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            code, told = await _grpc(server, b"not protobuf")
            assert code == grpc.StatusCode.INVALID_ARGUMENT
            assert told is not None
            assert told.details[0].Unpack(BadRequest())
            assert (await _grpc(server, bytes(CAP + 1)))[0] == grpc.StatusCode.RESOURCE_EXHAUSTED
            assert server.spooled() == 0
            assert (await _grpc(server, body()))[0] == grpc.StatusCode.OK
            assert server.spooled() > len(body())

    asyncio.run(run())


def test_a_grpc_gzip_bomb_is_refused(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            running(tmp_path) as server,
            grpc.aio.insecure_channel(
                f"127.0.0.1:{server.grpc_port}", compression=grpc.Compression.Gzip
            ) as channel,
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await channel.unary_unary(EXPORT)(bytes(100 * CAP))
            assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
            assert server.spooled() == 0

    asyncio.run(run())


def test_an_unknown_grpc_method_is_unimplemented(tmp_path: Path) -> None:
    async def run() -> None:
        async with (
            running(tmp_path) as server,
            grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
        ):
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await channel.unary_unary("/some.Service/Export")(b"")
            assert refused.value.code() == grpc.StatusCode.UNIMPLEMENTED

    asyncio.run(run())


def test_a_taken_grpc_port_says_which_and_how_to_change_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            with pytest.raises(SettingError, match=rf"{server.grpc_port}.*--grpc-port"):
                await grpc_server(server.receiver, "127.0.0.1", server.grpc_port)

    asyncio.run(run())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(SettingError, match="--grpc-port"):
            asyncio.run(_bind(tmp_path, other.getsockname()[1]))


async def _bind(data: Path, port: int) -> None:
    spool = Spool.open(Layout(data))
    try:
        await grpc_server(Receiver(spool), "127.0.0.1", port)
    finally:
        await spool.close()


def test_an_exporter_that_hangs_up_midway_stores_nothing_and_harms_nobody(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(
                b"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-protobuf\r\n"
                b"Content-Length: 1000\r\n\r\nhalf"
            )
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            assert (await server.post(body()))[0] == 200
            assert server.receiver.accepted == 1
            assert len(server.layout.ready(Signal.TRACES)) == 0

    asyncio.run(run())
