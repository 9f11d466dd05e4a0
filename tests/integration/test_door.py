"""`kansoku up --redact`: what a foreign emitter sends over HTTP and gRPC is redacted before it is stored."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Status, StatusCode

from tests.integration.planted import EMAIL, MARKS, PASSWORD, SAID, leaks
from tests.servers import RunningServer, kansoku, running

TABLES = ("otel_traces", "otel_logs", "otel_metrics_sum")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path / "data", "--redact") as server:
        yield server


def stored(server: RunningServer, rows: int) -> str:
    """All rows of all tables as text, once there are so many in each."""
    for table in TABLES:
        counted = server.query_until(f"SELECT count() FROM {table}", lambda found: found[0][0] >= rows)
        assert counted == [[rows]], table
    return "\n".join(str(server.query(f"SELECT * FROM {table}")) for table in TABLES)


def send(server: RunningServer, *, grpc: bool) -> None:
    """All that is planted, in every place of a span, a log record and a metric."""
    where = next(line.split()[-1] for line in server.said if "OTLP/gRPC" in line)
    resource = Resource({"service.name": f"shop of {EMAIL}", "owner": SAID, "db.password": PASSWORD})
    tracers = TracerProvider(resource=resource)
    tracers.add_span_processor(
        SimpleSpanProcessor(
            GrpcSpans(where, insecure=True) if grpc else OTLPSpanExporter(f"{server.url}/v1/traces")
        )
    )
    span = tracers.get_tracer("theirs").start_span(
        f"look up {EMAIL}", attributes={"said": [SAID, "x"], "api_key": PASSWORD, EMAIL: 1, "n": 7}
    )
    span.record_exception(ValueError(SAID))
    span.add_link(span.get_span_context(), {"of": SAID})
    span.set_status(Status(StatusCode.ERROR, SAID))
    span.end()
    loggers = LoggerProvider(resource=resource)
    loggers.add_log_record_processor(
        SimpleLogRecordProcessor(
            GrpcLogs(where, insecure=True) if grpc else OTLPLogExporter(f"{server.url}/v1/logs")
        )
    )
    loggers.get_logger("theirs").emit(
        LogRecord(
            timestamp=time.time_ns(),
            severity_number=SeverityNumber.INFO,
            body={"said": SAID, "password": [PASSWORD], "deep": [{"pin": PASSWORD}]},
            attributes={"said": SAID, "token": PASSWORD},
        )
    )
    reader = PeriodicExportingMetricReader(
        GrpcMetrics(where, insecure=True) if grpc else OTLPMetricExporter(f"{server.url}/v1/metrics")
    )
    meters = MeterProvider([reader], resource=resource)
    meters.get_meter("theirs").create_counter("asked").add(3, {"who": EMAIL, "secret": PASSWORD})
    for provider in (tracers, loggers, meters):
        provider.shutdown()


def test_nothing_planted_reaches_the_store_over_http_or_grpc(server: RunningServer) -> None:
    assert any("redaction" in line for line in server.said)
    send(server, grpc=False)
    send(server, grpc=True)
    text = stored(server, 2)
    assert leaks(text) == []
    assert [mark for mark in MARKS if mark not in text] == []
    assert server.query("SELECT DISTINCT SpanName, StatusMessage FROM otel_traces")[0][0] == "look up <EMAIL>"


def test_without_the_setting_what_arrives_is_stored_as_it_came(tmp_path: Path) -> None:
    with running(tmp_path / "data") as server:
        send(server, grpc=False)
        assert EMAIL in stored(server, 1)


def test_the_file_of_settings_or_the_environment_may_say_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kansoku.toml"
    file.write_text(
        '[server]\nredact = true\n[redaction.operators]\nEMAIL = {kind = "replace", mark = "[m]"}\n'
    )
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    with running(tmp_path / "data") as server:
        send(server, grpc=False)
        text = stored(server, 1)
        assert leaks(text) == []
        assert "[m]" in text
    monkeypatch.setenv("KANSOKU_SERVER_REDACT", "false")
    with running(tmp_path / "other") as server:
        assert not any("redaction" in line for line in server.said)


def test_a_server_does_not_start_with_settings_that_cannot_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "kansoku.toml"
    file.write_text('[redaction]\nmode = "lax"\n')
    monkeypatch.setenv("KANSOKU_CONFIG", str(file))
    refused = subprocess.run(
        kansoku("up", "--redact", "--port", "0", "--data-dir", str(tmp_path / "data")),
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode == 1
    assert f"{file}, line 2: redaction.mode 'lax' is not known" in refused.stderr
