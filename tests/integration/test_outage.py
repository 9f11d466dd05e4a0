"""An endpoint that is away for longer than a request is tried: what waits arrives, once."""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry import trace as trace_api
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import kansoku
from kansoku.catalog.instruments import DROPPED
from kansoku.emit.predecessors import MOST
from kansoku.emit.refusals import Refusals
from kansoku.instrument.session import Session, active
from kansoku_demo.messages_server import MessagesServer
from tests.integration.otel import no_providers
from tests.integration.receiver import Receiver, attributes_of, receiving
from tests.integration.scripts import python
from tests.integration.sdk import ASK, client_of, close_clients
from tests.integration.test_metrics_workers import free_port

MODEL = "claude-sonnet-5-5"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[MessagesServer]:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    with no_providers(), MessagesServer(run_id="o") as server:
        yield server
        kansoku.shutdown(1)
        close_clients()


def calls(api: MessagesServer, count: int) -> None:
    """Calls while the endpoint is away, each in a batch of its own."""
    for _ in range(count):
        client_of(api).messages.create(**ASK)
        assert not kansoku.flush(10)


class Rpc:
    """An endpoint over gRPC; each method answers with the status that it is told, 0 at first."""

    def __init__(self) -> None:
        self.status, self.told = 0, Status()
        self.spans: list[Span] = []
        self.records: list[LogRecord] = []
        self.server = grpc.server(ThreadPoolExecutor(2))
        services = ("trace.v1.TraceService", self._spans), ("logs.v1.LogsService", self._logs)
        for name, take in services:
            handler: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_unary_rpc_method_handler(
                self._answering(take)
            )
            service = f"opentelemetry.proto.collector.{name}"
            self.server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(service, {"Export": handler}),)
            )
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def _answering(self, take: Callable[[bytes], None]) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            if self.status:
                context.set_trailing_metadata((("grpc-status-details-bin", self.told.SerializeToString()),))
                context.set_code(next(code for code in grpc.StatusCode if code.value[0] == self.status))
            else:
                take(body)
            return b""

        return export

    def _spans(self, body: bytes) -> None:
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                self.spans += scope.spans

    def _logs(self, body: bytes) -> None:
        for resource in ExportLogsServiceRequest.FromString(body).resource_logs:
            for scope in resource.scope_logs:
                self.records += scope.log_records


@pytest.fixture
def rpc(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rpc]:
    made = Rpc()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{made.port}")
    monkeypatch.setenv("OTEL_METRICS_EXPORTER", "none")
    yield made
    made.server.stop(None)


@pytest.mark.parametrize("limit", ["", "10000"])
@pytest.mark.parametrize("status", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED])
def test_calls_wait_for_an_endpoint_over_grpc(
    api: MessagesServer, rpc: Rpc, monkeypatch: pytest.MonkeyPatch, status: grpc.StatusCode, limit: str
) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", limit)
    kansoku.init("shop")
    rpc.status = status.value[0]
    calls(api, 3)
    assert dropped("endpoint unreachable") == [0, 0]
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "10")
    rpc.status = 0
    client_of(api).messages.create(**ASK)
    assert kansoku.flush(20)
    assert [span.name for span in rpc.spans] == [f"chat {MODEL}"] * 4
    assert [record.span_id for record in rpc.records] == [span.span_id for span in rpc.spans]
    assert len({span.span_id for span in rpc.spans}) == 4


def test_a_request_that_is_too_large_over_grpc_does_not_wait_unless_told_when(
    api: MessagesServer, rpc: Rpc
) -> None:
    kansoku.init("shop")
    rpc.status = grpc.StatusCode.RESOURCE_EXHAUSTED.value[0]
    calls(api, 1)
    assert dropped("endpoint unreachable") == [1, 1]
    rpc.told.details.add().Pack(RetryInfo(retry_delay=Duration(seconds=3600)))
    calls(api, 2)
    rpc.status = 0
    assert not kansoku.flush(20), "not before the time that the endpoint said"
    assert (dropped("endpoint unreachable"), rpc.spans) == ([1, 1], [])


def test_calls_wait_where_attributes_are_limited(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "12")
    port = free_port()
    kansoku.init("shop", endpoint=f"http://127.0.0.1:{port}")
    calls(api, 3)
    with receiving(port=port) as receiver:
        assert kansoku.flush(20)
        assert_once(receiver, 3)
        for holder in (*receiver.spans(), *receiver.records()):
            assert attributes_of(holder)["gen_ai.request.model"] == MODEL[:12]


def dropped(reason: str) -> list[float]:
    """Spans and log records that were lost for that reason."""
    session = active()
    assert session is not None
    return dropped_by(session, reason)


def dropped_by(session: Session, reason: str) -> list[float]:
    """The same, of that session."""
    return [session.cells.value(DROPPED, pillar, reason) for pillar in ("spans", "logs")]


def assert_once(receiver: Receiver, count: int) -> None:
    """So many calls have come, in their order, each once, and the metrics say so."""
    spans = receiver.spans()
    assert len(spans) == len({span.span_id for span in spans}) == count
    assert sorted(spans, key=lambda span: span.start_time_unix_nano) == spans
    assert [record.span_id for record in receiver.records()] == [span.span_id for span in spans]
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == count


def test_calls_of_an_outage_arrive_once_and_in_order(
    api: MessagesServer, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    kansoku.init("shop", endpoint=f"http://127.0.0.1:{port}")
    calls(api, 4)
    with receiving(port=port) as receiver, caplog.at_level(logging.INFO, "kansoku"):
        client_of(api).messages.create(**ASK)
        assert kansoku.flush(20)
        assert_once(receiver, 5)
        assert dropped("endpoint unreachable") == [0, 0]
        client_of(api).messages.create(**ASK)
        assert kansoku.flush(20)
        assert_once(receiver, 6)
    said = [record.getMessage() for record in caplog.records if " reach" in record.getMessage()]
    assert [text.split(" http")[0] for text in said] == [
        "telemetry does not reach",
        "telemetry reaches",
    ]


@pytest.mark.parametrize("refusal", [429, 502, 503, 504])
def test_calls_wait_for_an_endpoint_that_is_busy(api: MessagesServer, refusal: int) -> None:
    with receiving() as receiver:
        receiver.refuses, receiver.refusal = True, refusal
        kansoku.init("shop", endpoint=receiver.url)
        calls(api, 2)
        receiver.refuses = False
        assert kansoku.flush(20)
        assert_once(receiver, 2)


@pytest.mark.parametrize("told", ["3600", "Fri, 31 Dec 2100 23:59:59 GMT"])
def test_an_endpoint_is_let_alone_for_as_long_as_it_says(api: MessagesServer, told: str) -> None:
    with receiving() as receiver:
        receiver.refuses, receiver.refusal, receiver.retry_after = True, 503, told
        kansoku.init("shop", endpoint=receiver.url)
        calls(api, 3)
        assert [path for path in receiver.tries if "metrics" not in path] == ["/v1/traces", "/v1/logs"]


@pytest.mark.parametrize("told", ["soon", "-1", "nan"])
def test_a_wait_that_cannot_be_read_is_none(api: MessagesServer, told: str) -> None:
    with receiving() as receiver:
        receiver.refuses, receiver.refusal, receiver.retry_after = True, 503, told
        kansoku.init("shop", endpoint=receiver.url)
        calls(api, 1)
        receiver.refuses = False
        assert kansoku.flush(20)
        assert_once(receiver, 1)


def test_what_is_refused_for_good_is_counted_and_does_not_wait(api: MessagesServer) -> None:
    with receiving() as receiver:
        receiver.refuses = True
        kansoku.init("shop", endpoint=receiver.url)
        calls(api, 2)
        assert dropped("endpoint unreachable") == [2, 2]
        receiver.refuses = False
        assert kansoku.flush(20)
        assert receiver.spans() == []


def test_a_provider_and_the_console_get_each_call_once(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OTEL_LOGS_EXPORTER", "console,otlp")
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    trace_api.set_tracer_provider(provider)
    port = free_port()
    kansoku.init("shop", endpoint=f"http://127.0.0.1:{port}")
    calls(api, 3)
    with receiving(port=port) as receiver:
        assert kansoku.flush(20)
        assert_once(receiver, 3)
    assert len(kept.get_finished_spans()) == 3
    printed = capfd.readouterr().out
    for span in receiver.spans():
        assert printed.count(f'"span_id": "0x{span.span_id.hex()}"') == 1


def test_shutdown_takes_no_longer_than_told_and_counts_what_waits(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    kansoku.init("shop", endpoint=f"http://127.0.0.1:{free_port()}")
    session = active()
    assert session is not None
    calls(api, 2)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "10")
    began = time.monotonic()
    assert not kansoku.shutdown(1)
    assert time.monotonic() - began < 5
    assert session.cells.value(DROPPED, "spans", "closed unsent") == 2
    assert session.cells.value(DROPPED, "logs", "closed unsent") == 2
    assert "2 spans and 2 log records did not go in time and are lost" in caplog.text


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_the_end_waits_for_two_refusals_where_nobody_listens(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, protocol: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "60")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", protocol)
    refused: list[int] = []
    heard = Refusals.heard

    def noted(refusals: Refusals, error: BaseException | None) -> None:
        heard(refusals, error)
        refused.append(refusals.count)

    monkeypatch.setattr(Refusals, "heard", noted)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{free_port()}")
    kansoku.init("shop")
    client_of(api).messages.create(**ASK)
    assert not kansoku.shutdown(600)
    assert refused[-1] in {2, 3}, "one more may be under way"
    assert "1 spans and 1 log records did not go in time and are lost" in caplog.text


def test_what_waits_in_the_parent_is_sent_by_the_parent_alone(api: MessagesServer) -> None:
    python(
        """
        import os, sys, kansoku
        from tests.integration.receiver import receiving
        kansoku.init("forks", endpoint=sys.argv[2])
        ask(sys.argv[1])
        assert not kansoku.flush()                  # waits now
        pid = os.fork()
        if pid == 0:
            ask(sys.argv[1])
            sys.exit(0 if not kansoku.flush() else 1)
        assert os.waitpid(pid, 0)[1] == 0
        with receiving(port=int(sys.argv[2].rpartition(":")[2])) as receiver:
            assert kansoku.flush(20)
            assert len(receiver.spans()) == len(receiver.records()) == 1
        """,
        api.base_url,
        f"http://127.0.0.1:{free_port()}",
        PYTHONPATH=str(Path(__file__).parents[2]),
        OTEL_EXPORTER_OTLP_TIMEOUT="0.2",
    )


def test_what_waits_at_a_second_init_goes_to_its_own_endpoint_when_that_is_back(api: MessagesServer) -> None:
    port = free_port()
    kansoku.init("first", endpoint=f"http://127.0.0.1:{port}")
    calls(api, 2)
    with receiving() as new:
        kansoku.init("second", endpoint=new.url)
        client_of(api).messages.create(**ASK)
        with receiving(port=port) as old:
            assert kansoku.flush(20)
            client_of(api).messages.create(**ASK)
            assert kansoku.shutdown(20)
            assert_once(old, 2)
            assert old.paths == {"/v1/traces", "/v1/logs", "/v1/metrics"}
        assert_once(new, 2)


def test_what_waits_at_a_second_init_goes_to_its_own_endpoint_over_grpc_too(
    api: MessagesServer, rpc: Rpc, monkeypatch: pytest.MonkeyPatch
) -> None:
    kansoku.init("first")
    rpc.status = grpc.StatusCode.UNAVAILABLE.value[0]
    calls(api, 2)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "10")
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_PROTOCOL")
    with receiving() as new:
        kansoku.init("second", endpoint=new.url)
        client_of(api).messages.create(**ASK)
        rpc.status = 0
        assert kansoku.flush(20)
        assert len(new.spans()) == len(new.records()) == 1
    assert len({span.span_id for span in rpc.spans}) == len(rpc.spans) == len(rpc.records) == 2


def test_metrics_of_the_settings_before_are_told_once_more_and_as_of_then(api: MessagesServer) -> None:
    port = free_port()
    with receiving() as new, receiving(port=port) as old:
        old.refuses, old.refusal = True, 503
        kansoku.init("first", endpoint=old.url)
        client_of(api).messages.create(**ASK)
        kansoku.init("second", endpoint=new.url)
        again_ns = time.time_ns()
        old.refuses = False
        assert kansoku.flush(20)
        assert old.totals("claude_api_calls")[(MODEL, "ok")] == 1
        points = old.metrics()["claude_api_calls"].sum.data_points
        assert max(point.time_unix_nano for point in points) < again_ns
        told = len(old.of("metrics"))
        assert kansoku.shutdown(20)
        assert len(old.of("metrics")) == told


def test_what_still_waits_at_the_end_for_the_endpoint_before_is_counted_by_the_settings_in_force(
    api: MessagesServer, caplog: pytest.LogCaptureFixture
) -> None:
    kansoku.init("first", endpoint=f"http://127.0.0.1:{free_port()}")
    calls(api, 2)
    with receiving() as new:
        kansoku.init("second", endpoint=new.url)
        session = active()
        assert session is not None
        assert not kansoku.shutdown(1)
        assert dropped_by(session, "closed unsent") == [2, 2]
    assert "2 spans and 2 log records did not go in time and are lost" in caplog.text


def test_only_so_many_hold_what_waits_where_init_is_called_again_and_again(api: MessagesServer) -> None:
    for number in range(MOST + 1):
        kansoku.init(f"number-{number}", endpoint=f"http://127.0.0.1:{free_port()}")
        calls(api, 1)
        assert dropped("closed unsent") == [0, 0]
    kansoku.init("last", endpoint=f"http://127.0.0.1:{free_port()}")
    assert dropped("closed unsent") == [1, 1]


def test_a_fork_leaves_what_waits_for_the_endpoint_before_to_its_parent(api: MessagesServer) -> None:
    python(
        """
        import os, sys, kansoku
        from tests.integration.receiver import receiving
        kansoku.init("first", endpoint=sys.argv[2])
        ask(sys.argv[1])
        assert not kansoku.flush()                  # waits now
        with receiving() as new:
            kansoku.init("second", endpoint=new.url)
            pid = os.fork()
            if pid == 0:
                ask(sys.argv[1])
                os._exit(0 if kansoku.flush(20) else 1)  # the receiver is the parent's
            assert os.waitpid(pid, 0)[1] == 0
            with receiving(port=int(sys.argv[2].rpartition(":")[2])) as old:
                assert kansoku.flush(20)
                assert len(old.spans()) == len(old.records()) == 1
            assert len(new.spans()) == 1
        """,
        api.base_url,
        f"http://127.0.0.1:{free_port()}",
        PYTHONPATH=str(Path(__file__).parents[2]),
        OTEL_EXPORTER_OTLP_TIMEOUT="0.2",
    )
