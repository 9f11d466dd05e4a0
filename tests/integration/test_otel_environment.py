"""The OTEL_* variables: obeyed, each by a test, and always beaten by an argument."""

import io
import logging
import socket
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import redirect_stdout
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

import kansoku
from kansoku.catalog import settings as names
from kansoku.emit import environment
from kansoku.emit.doubts import forget
from kansoku.emit.environment import Signal
from kansoku.emit.limits import AttributeLimits, Limits
from kansoku.emit.otlp import Destination
from kansoku.errors import SettingError
from kansoku.instrument import metering
from kansoku.instrument.session import active
from kansoku_demo.messages_server import MessagesServer
from tests.integration.receiver import Receiver, attributes_of, receiving
from tests.integration.scripts import python
from tests.integration.sdk import ASK, MODEL, client_of, close_clients

SIGNALS = {"/v1/traces", "/v1/logs", "/v1/metrics"}


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="x") as server:
        yield server
        close_clients()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver
        kansoku.shutdown()


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    forget()
    yield
    kansoku.shutdown()


@pytest.fixture
def env(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that sends to the receiver and names the service."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "from-environment")
    return monkeypatch


def one_call(api: MessagesServer) -> None:
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()


def test_otel_sdk_disabled_records_nothing_and_wraps_nothing(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from anthropic._base_client import SyncAPIClient

    caplog.set_level(logging.INFO, logger="kansoku")
    original = SyncAPIClient.request
    env.setenv("OTEL_SDK_DISABLED", "True")
    kansoku.init("support-bot", endpoint=receiver.url)
    assert SyncAPIClient.request is original
    one_call(api)
    assert (active(), receiver.bodies) == (None, [])
    assert "OTEL_SDK_DISABLED" in caplog.text


def resource_of(receiver: Receiver) -> dict[str, object]:
    return attributes_of(receiver.spans_by()[0][0])


def test_otel_service_name_names_the_service_and_an_argument_wins(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    del env
    kansoku.init()
    one_call(api)
    assert resource_of(receiver)["service.name"] == "from-environment"
    receiver.bodies.clear()
    kansoku.init("argument")
    one_call(api)
    assert resource_of(receiver)["service.name"] == "argument"


def test_otel_resource_attributes_are_kept_and_arguments_win(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.delenv("OTEL_SERVICE_NAME")
    env.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.name=in%20list,service.version=1,team=a")
    kansoku.init(release="2")
    one_call(api)
    found = resource_of(receiver)
    assert (found["service.name"], found["service.version"], found["team"]) == ("in list", "2", "a")


def test_without_any_service_name_both_ways_to_give_it_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SERVICE_NAME", raising=False)
    with pytest.raises(SettingError, match=r"service: is empty.*init\(service=.*OTEL_SERVICE_NAME"):
        kansoku.init()
    monkeypatch.setenv("OTEL_SERVICE_NAME", "x")
    with pytest.raises(SettingError, match="service"):
        kansoku.init(" ")


@pytest.mark.parametrize("signal", ["TRACES", "METRICS", "LOGS"])
@pytest.mark.parametrize("how", ["environment", "argument"])
def test_none_silences_one_signal_for_a_told_endpoint_too(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch, signal: str, how: str
) -> None:
    env.setenv(f"OTEL_{signal}_EXPORTER", "none")
    kansoku.init("x", endpoint=receiver.url if how == "argument" else None)
    one_call(api)
    assert receiver.paths == SIGNALS - {f"/v1/{signal.lower()}"}


def test_console_prints_and_otlp_beside_it_sends(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    for signal in ("TRACES", "METRICS"):
        env.setenv(f"OTEL_{signal}_EXPORTER", "console")
    env.setenv("OTEL_LOGS_EXPORTER", "otlp, console")
    with redirect_stdout(io.StringIO()) as printed:
        kansoku.init("x")
        one_call(api)
        kansoku.shutdown()
    assert receiver.paths == {"/v1/logs"}
    assert f'"name": "chat {MODEL}"' in printed.getvalue()
    assert "claude_api_calls" in printed.getvalue()
    assert "api_call_success" in printed.getvalue()


@pytest.mark.parametrize(
    ("signal", "told", "wanted"),
    [
        ("TRACES", "", {"otlp"}),
        ("TRACES", "OTLP", {"otlp"}),
        ("LOGS", "otlp_proto_http", {"otlp"}),
        ("TRACES", "otlp_proto_grpc, console", {"otlp", "console"}),
        ("METRICS", "prometheus", {"prometheus"}),
        ("METRICS", "prometheus,otlp", {"prometheus", "otlp"}),
        ("METRICS", "console,prometheus", {"prometheus", "console"}),
        ("LOGS", "none,otlp", set[str]()),
    ],
)
def test_exporters_by_their_names(
    env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, signal: Signal, told: str, wanted: set[str]
) -> None:
    env.setenv(f"OTEL_{signal}_EXPORTER", told)
    assert environment.exporters_of(signal) == wanted
    assert warnings_of(caplog) == []


@pytest.mark.parametrize(
    ("signal", "told"), [("TRACES", "zipkin"), ("LOGS", "prometheus"), ("LOGS", "otlp,x")]
)
def test_an_exporter_that_is_unknown_is_said_once_and_left_out(
    api: MessagesServer,
    env: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    signal: Signal,
    told: str,
) -> None:
    env.setenv(f"OTEL_{signal}_EXPORTER", told)
    kansoku.init()
    one_call(api)
    assert environment.exporters_of(signal) == {"otlp"}
    (said,) = warnings_of(caplog)
    assert said.startswith(f"OTEL_{signal}_EXPORTER: {told.rpartition(',')[2]!r}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def scraped(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as page:
        return page.read().decode()


@pytest.mark.parametrize(("told", "sent"), [("prometheus", False), ("prometheus,otlp", True)])
def test_prometheus_is_served_where_the_environment_says_and_otlp_only_if_asked(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch, told: str, *, sent: bool
) -> None:
    port = free_port()
    env.setenv("OTEL_METRICS_EXPORTER", told)
    env.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", str(port))
    kansoku.init()
    one_call(api)
    assert f'claude_api_calls_total{{model="{MODEL}",status="ok"}} 1.0' in scraped(port)
    assert receiver.paths == (SIGNALS if sent else SIGNALS - {"/v1/metrics"})


def test_an_argument_says_where_prometheus_is_served_and_a_broken_port_is_the_default(
    env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    env.setenv("OTEL_METRICS_EXPORTER", "prometheus")
    env.setenv("OTEL_EXPORTER_PROMETHEUS_PORT", "http")
    env.setenv("OTEL_EXPORTER_PROMETHEUS_HOST", "::1")
    assert metering.scrape_place("0.0.0.0", 8000) == ("0.0.0.0", 8000)
    assert metering.scrape_place("0.0.0.0", None) == ("::1", 9464)
    assert metering.scrape_place("", None) == ("::1", 9464)
    (said,) = warnings_of(caplog)
    assert said.startswith("OTEL_EXPORTER_PROMETHEUS_PORT: 'http' is no port")


def test_an_endpoint_per_signal_is_used_as_it_stands_and_a_told_one_wins(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{receiver.url}/my/traces")
    env.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", f"{receiver.url}/my/logs")
    env.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", f"{receiver.url}/my/metrics")
    kansoku.init()
    one_call(api)
    assert receiver.paths == {"/my/traces", "/my/logs", "/my/metrics"}
    kansoku.shutdown()
    receiver.bodies.clear()
    env.setenv("KANSOKU_ENDPOINT", "http://127.0.0.1:9")
    kansoku.init(endpoint=receiver.url)
    one_call(api)
    assert receiver.paths == SIGNALS


def test_kansoku_endpoint_wins_over_otels(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    env.setenv("KANSOKU_ENDPOINT", receiver.url)
    kansoku.init()
    one_call(api)
    assert receiver.paths == SIGNALS


def test_an_endpoint_of_ours_that_is_no_url_is_an_error(env: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingError, match="'localhost:4318' is no URL"):
        kansoku.init(endpoint="localhost:4318")
    env.setenv("KANSOKU_ENDPOINT", "localhost")
    with pytest.raises(SettingError, match="'localhost' is no URL"):
        kansoku.init()


SECRET_URL = "http://user:s3cr3t@127.0.0.1:9/?api_key=s3cr3t"


def test_a_password_or_key_in_an_endpoint_is_told_to_nobody(
    api: MessagesServer, env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    env.setenv("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", f"htp{SECRET_URL[4:]}")
    env.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", SECRET_URL[7:])
    env.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", SECRET_URL)
    kansoku.init()
    client_of(api).messages.create(**ASK)
    assert not kansoku.flush()
    kansoku.shutdown(0.1)
    for told in (f"htp{SECRET_URL[4:]}", "http://user:s3cr3t@"):
        with pytest.raises(SettingError) as refused:
            kansoku.init(endpoint=told)
        assert "s3cr3t" not in str(refused.value)
    assert "does not reach http://127.0.0.1:9/" in caplog.text
    assert "'htp://127.0.0.1:9/' is no URL" in caplog.text
    assert "taken as http://127.0.0.1:9/" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_a_query_stays_behind_the_path_of_each_signal(api: MessagesServer, receiver: Receiver) -> None:
    kansoku.init("app", endpoint=f"{receiver.url}/?team=a")
    one_call(api)
    assert {path.partition("?")[0] for path in receiver.paths} == SIGNALS
    assert {path.partition("?")[2] for path in receiver.paths} == {"team=a"}


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What was said at WARNING or above, but for the lines of calls."""
    return [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]


@pytest.mark.parametrize("name", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_an_endpoint_without_a_scheme_is_sent_to_over_http_and_said_once(
    api: MessagesServer,
    receiver: Receiver,
    env: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    name: str,
) -> None:
    env.setenv(name, receiver.url.removeprefix("http://"))
    kansoku.init()
    one_call(api)
    assert receiver.paths == (
        SIGNALS if name in names.ENDPOINT_VARIABLES else {"/v1/logs", "/v1/metrics", "/"}
    )
    (said,) = warnings_of(caplog)
    assert said.startswith(f"{name}: '{receiver.url.removeprefix('http://')}' has no scheme")
    assert receiver.url in said


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("collector", "http://collector:4318/v1/logs"),
        ("collector:80", "http://collector:80/v1/logs"),
        ("collector:4318/otlp/", "http://collector:4318/otlp/v1/logs"),
        ("[::1]:4318", "http://[::1]:4318/v1/logs"),
        ("ftp://x", "http://127.0.0.1:4318/v1/logs"),
        ("://", "http://127.0.0.1:4318/v1/logs"),
        ("http://[::1", "http://127.0.0.1:4318/v1/logs"),
        ("http://x:99999", "http://127.0.0.1:4318/v1/logs"),
        ("not a url", "http://127.0.0.1:4318/v1/logs"),
    ],
)
def test_an_endpoint_of_the_environments_is_read_as_far_as_it_can_be(
    env: pytest.MonkeyPatch, text: str, url: str
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", text)
    assert Destination().url_of("LOGS") == url


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("collector:4317", "collector:4317"),
        ("unix:/run/otel", "unix:/run/otel"),
        ("https://collector", "https://collector"),
        ("http://[::1", "http://127.0.0.1:4317"),
        ("not a target", "http://127.0.0.1:4317"),
    ],
)
def test_an_endpoint_over_grpc_needs_no_scheme(
    env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, text: str, target: str
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    env.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", text)
    assert Destination().url_of("LOGS") == target
    assert bool(warnings_of(caplog)) is (text != target)


BROKEN = [
    ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
    ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "carrier pigeon"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
    ("OTEL_EXPORTER_OTLP_TIMEOUT", "-1"),
    ("OTEL_EXPORTER_OTLP_LOGS_TIMEOUT", "inf"),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"),
    ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "br"),
    ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/such/file"),
    ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "/no/such/file"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "sk-secret,x=1"),
    ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "authorization=\u65e5\u672c"),
    ("OTEL_SDK_DISABLED", "perhaps"),
    ("OTEL_ATTRIBUTE_COUNT_LIMIT", "-3"),
    ("OTEL_BSP_SCHEDULE_DELAY", "1e300"),
    ("OTEL_PYTHON_TRACER_PROVIDER", "no-such-provider"),
    ("OTEL_PYTHON_EXPORTER_OTLP_HTTP_LOGS_CREDENTIAL_PROVIDER", "no-such-provider"),
]


@pytest.mark.parametrize("told", BROKEN, ids="=".join)
def test_a_variable_that_cannot_be_obeyed_is_said_once_and_calls_are_sent(
    api: MessagesServer,
    receiver: Receiver,
    env: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    told: tuple[str, str],
) -> None:
    name, value = told
    env.setenv(name, value)
    kansoku.init()
    one_call(api)
    one_call(api)
    assert receiver.paths == (SIGNALS - {"/v1/logs"} if "CREDENTIAL" in name else SIGNALS)
    (said,) = warnings_of(caplog)
    assert said.startswith("OTEL_LOGS_EXPORTER" if "CREDENTIAL" in name else name[:12])
    assert "secret" not in said
    session = active()
    assert session is not None
    assert session.guard.faults == {}


def test_a_limit_that_the_sdk_breaks_on_while_it_is_imported_keeps_nobody_from_beginning() -> None:
    done = python(
        """
        import kansoku
        kansoku.init("x")
        import opentelemetry.sdk.trace, os
        assert os.environ["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT"] == "many"
        kansoku.shutdown(0.1)
        """,
        OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT="many",
        OTEL_TRACES_EXPORTER="none",
        OTEL_METRICS_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: 'many'") == 1


@pytest.mark.parametrize(("compression", "is_said"), [("none", False), ("deflate", True), ("gzip", False)])
def test_exporters_over_grpc_are_made_whatever_the_environment_says(
    env: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    compression: str,
    is_said: bool,
) -> None:
    from kansoku.emit.otlp import otlp

    env.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    env.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    env.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "")
    made = otlp(Destination(), lambda _pillar, _items: None)
    assert made is not None
    made.close()
    assert any("COMPRESSION" in said for said in warnings_of(caplog)) is is_said
    assert len(warnings_of(caplog)) == is_said


def headers_of(receiver: Receiver, path: str) -> dict[str, str]:
    return next(headers for at, _, headers in receiver.bodies if at == path)


def test_headers_general_and_per_signal_and_arguments_beside_them(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=all,x-kept=1")
    env.setenv("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-tenant=traces")
    kansoku.init(headers={"x-kept": "argument"})
    one_call(api)
    assert headers_of(receiver, "/v1/traces")["x-tenant"] == "traces"
    assert headers_of(receiver, "/v1/logs")["x-tenant"] == "all"
    assert headers_of(receiver, "/v1/metrics")["x-kept"] == "argument"


def test_a_key_for_another_endpoint_is_not_sent_to_the_told_one(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "https://api.vendor.example")
    env.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-vendor-key=secret,x-ours=env")
    kansoku.init(endpoint=receiver.url, headers={"X-Ours": "argument"})
    one_call(api)
    assert receiver.paths == SIGNALS
    for path in SIGNALS:
        assert "x-vendor-key" not in headers_of(receiver, path)
        assert headers_of(receiver, path)["x-ours"] == "argument"
    receiver.bodies.clear()
    env.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    kansoku.init(endpoint=receiver.url)
    one_call(api)
    assert headers_of(receiver, "/v1/traces")["x-vendor-key"] == "secret", "here it is the same endpoint"


@pytest.mark.parametrize("how", ["gzip", "deflate"])
def test_compression(api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch, how: str) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", how)
    kansoku.init()
    one_call(api)
    assert {headers["content-encoding"] for _, _, headers in receiver.bodies} == {how}
    assert [span.name for span in receiver.spans()] == [f"chat {MODEL}"]


def test_timeout_and_certificates_reach_the_exporters(env: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from kansoku.emit.otlp import otlp

    for name in ("CERTIFICATE", "CLIENT_KEY", "CLIENT_CERTIFICATE"):
        (tmp_path / name).touch()
        env.setenv(f"OTEL_EXPORTER_OTLP_{name}", str(tmp_path / name))
    env.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "7")
    made = otlp(Destination(), lambda _pillar, _items: None)
    assert made is not None
    parts: Any = made
    for client in (parts._spans._client, parts._logs._client, parts._metrics._client):
        assert client._timeout == 7
        http = client._transport._session
        assert http.verify == str(tmp_path / "CERTIFICATE")
        assert http.cert == (str(tmp_path / "CLIENT_CERTIFICATE"), str(tmp_path / "CLIENT_KEY"))
    made.close()


class Rpc:
    """An OTLP/gRPC receiver of spans."""

    def __init__(self) -> None:
        from concurrent.futures import ThreadPoolExecutor

        self.names: list[str] = []
        self.metadata: dict[str, str] = {}
        self.came = threading.Event()
        self.server = grpc.server(ThreadPoolExecutor(2))
        handler = grpc.unary_unary_rpc_method_handler(
            self._export,
            request_deserializer=ExportTraceServiceRequest.FromString,
            response_serializer=ExportTraceServiceResponse.SerializeToString,
        )
        service = "opentelemetry.proto.collector.trace.v1.TraceService"
        self.server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(service, {"Export": handler}),)
        )
        self.port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()

    def _export(
        self, request: ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> ExportTraceServiceResponse:
        self.metadata = {str(key): str(value) for key, value in context.invocation_metadata()}
        self.names += [
            span.name for each in request.resource_spans for scope in each.scope_spans for span in scope.spans
        ]
        self.came.set()
        return ExportTraceServiceResponse()


@pytest.mark.parametrize(
    ("name", "value"),
    [("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc"), ("OTEL_TRACES_EXPORTER", "otlp_proto_grpc")],
)
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_grpc_is_spoken_where_the_environment_says_so(
    api: MessagesServer, env: pytest.MonkeyPatch, name: str, value: str, scheme: str
) -> None:
    rpc = Rpc()
    env.setenv(name, value)
    env.setenv("OTEL_EXPORTER_OTLP_INSECURE", "true")
    env.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{scheme}127.0.0.1:{rpc.port}")
    env.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=t")
    kansoku.init()
    one_call(api)
    assert rpc.came.wait(5)
    assert rpc.names == [f"chat {MODEL}"]
    assert rpc.metadata["x-tenant"] == "t"
    rpc.server.stop(None)


def test_a_told_endpoint_is_spoken_to_over_http_whatever_the_protocol(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    kansoku.init(endpoint=receiver.url)
    one_call(api)
    assert receiver.paths == SIGNALS


def test_grpc_without_its_package_says_what_to_install_and_http_is_spoken(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Hides:
        @staticmethod
        def find_spec(name: str, *_: object) -> ModuleSpec | None:
            if name.startswith("opentelemetry.exporter.otlp.proto.grpc"):
                raise ModuleNotFoundError(name)
            return None

    env.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    for name in [each for each in sys.modules if each.startswith("opentelemetry.exporter.otlp.proto.grpc")]:
        env.delitem(sys.modules, name)
    env.setattr(sys, "meta_path", [Hides, *sys.meta_path])
    kansoku.init()
    one_call(api)
    assert receiver.paths == SIGNALS
    (said,) = warnings_of(caplog)
    assert said.startswith("OTEL_EXPORTER_OTLP_PROTOCOL: grpc needs another package")
    assert "pip install opentelemetry-exporter-otlp-proto-grpc" in said


def test_the_batch_processors_variables_limit_the_pipeline(env: pytest.MonkeyPatch) -> None:
    env.setenv("OTEL_BSP_SCHEDULE_DELAY", "2500")
    env.setenv("OTEL_METRIC_EXPORT_INTERVAL", "60000")
    env.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "64")
    env.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "7")
    assert environment.limits() == Limits(2.5, 60.0, 64, 7)


def test_batches_are_no_larger_than_told(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")
    env.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")
    kansoku.init()
    client = client_of(api)
    for _ in range(5):
        client.messages.create(**ASK)
    assert kansoku.flush()
    assert [len(ExportTraceServiceRequest.FromString(each).resource_spans[0].scope_spans[0].spans)
            for each in receiver.of("/v1/traces")] == [2, 2, 1]  # fmt: skip


def test_metrics_come_as_often_as_told(receiver: Receiver, env: pytest.MonkeyPatch) -> None:
    env.setenv("OTEL_METRIC_EXPORT_INTERVAL", "50")
    env.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
    kansoku.init()
    deadline = threading.Event()
    for _ in range(200):
        if len(receiver.of("/v1/metrics")) >= 3:
            break
        deadline.wait(0.05)  # between two looks
    times = [
        ExportMetricsServiceRequest.FromString(each).resource_metrics[0].scope_metrics[0].metrics[0]
        for each in receiver.of("/v1/metrics")
    ]
    assert len(times) >= 3


@pytest.mark.parametrize("value", ["0", "-1", "many", "nan", "inf"])
def test_a_number_that_cannot_be_used_is_said_and_left_out(
    env: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, value: str
) -> None:
    env.setenv("OTEL_BSP_SCHEDULE_DELAY", value)
    assert environment.limits() == Limits()
    assert f"OTEL_BSP_SCHEDULE_DELAY: {value!r}" in caplog.text


def test_attributes_are_cut_after_redaction_and_counted(
    api: MessagesServer, receiver: Receiver, env: pytest.MonkeyPatch
) -> None:
    env.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "12")
    env.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "6")
    kansoku.init()
    with kansoku.task("answer", user_id="at: taro.yamada@example.co.jp", feature="a-long-feature-name"):
        one_call(api)
    assert kansoku.flush()
    spans = {span.name: attributes_of(span) for span in receiver.spans()}
    assert max(len(each) for each in spans.values()) == 6
    assert all(len(each) <= 12 for span in spans.values() for each in span.values() if isinstance(each, str))
    (_, record) = receiver.records()
    assert attributes_of(record)["kansoku.feature"] == "a-long-featu"
    assert b"taro" not in b"".join(body for _, body, _ in receiver.bodies), "a cut must not hide it"
    assert attributes_of(record)["user.id"] == "at: <EMAIL>"


def test_a_signals_own_attribute_limit_goes_before_the_general_one(env: pytest.MonkeyPatch) -> None:
    env.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100")
    env.setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "10")
    env.setenv("OTEL_ATTRIBUTE_COUNT_LIMIT", "3")
    assert environment.span_limits() == AttributeLimits(3, 10)
    assert environment.record_limits() == AttributeLimits(3, 100)
    assert AttributeLimits(2, 1).cut({"a": "xyz", "b": ("uv", 1), "c": 2}) == {"a": "x", "b": ("u", 1)}
    assert not AttributeLimits()


def test_every_variable_stands_once_in_the_catalog() -> None:
    listed = [each.name for each in names.VARIABLES]
    assert len(listed) == len(set(listed))
    told = {value for value in vars(names).values() if isinstance(value, str) and value.startswith("OTEL_")}
    assert told <= set(listed)


def test_init_loads_neither_grpc_nor_the_server() -> None:
    done = python(
        """
        import sys, kansoku
        kansoku.init("x")
        heavy = {"grpc", "typer", "chdb", "fastapi", "google.rpc"} & set(sys.modules)
        assert not heavy, heavy
        kansoku.shutdown(0.1)
        """,
        OTEL_TRACES_EXPORTER="none",
        OTEL_METRICS_EXPORTER="none",
        OTEL_LOGS_EXPORTER="none",
    )
    assert done.returncode == 0
