"""What leaves the process after `init`: OTLP bytes, the scrape page, and nothing that was to stay inside."""

import logging
import socket
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

import kansoku
from kansoku.catalog.instruments import DROPPED, INSTRUMENTS
from kansoku.emit.cells import Cells
from kansoku.emit.pipeline import Pipeline
from kansoku.errors import SettingError
from kansoku.instrument import session as sessions
from kansoku_demo.answers import Failure, Reply, ToolUse, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.receiver import Receiver, attributes_of
from tests.integration.sdk import ASK, MODEL, client_of, close_clients

REQUIRED = {
    "claude_api_calls",
    "claude_api_errors",
    "claude_api_latency_seconds",
    "claude_active_streams",
    "claude_cost_usd",
    "claude_cache_hit_rate",
    "claude_tokens",
    "claude_ttft_seconds",
    "claude_tool_calls",
    "claude_tasks",
    "claude_feedback",
    "claude_feedback_score",
    "claude_evaluations",
    "claude_unpriced_calls",
}
"""As the design names them, without the suffix of a counter."""

PLANTED = {
    "e-mail": "taro.yamada@example.co.jp",
    "mobile": "090-1234-5678",
    "phone": "+1 415-555-2671",
    "card": "4242 4242 4242 4242",
    "key": "sk-ant-api03-abcdefgh12345678",
    "bearer": "Bearer abcdefghijklmnop123456",
    "password": "correct-horse-battery",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    kansoku.shutdown()
    receiver.close()


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="x") as server:
        yield server
        close_clients()


@pytest.fixture(autouse=True)
def ended() -> Iterator[None]:
    yield
    kansoku.shutdown()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_span_log_and_metrics_arrive_over_otlp(api: MessagesServer, receiver: Receiver) -> None:
    kansoku.init(
        "support-bot",
        environment="test",
        release="1.4.2",
        endpoint=receiver.url,
        headers={"x-key": "k"},
        attributes={"kansoku.demo": True},
    )
    api.script(Reply(usage=Usage(input_tokens=10, cache_read_tokens=30, output_tokens=5)))
    with kansoku.task("answer", user_id="u-17"):
        client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    spans = {span.name: span for span in receiver.spans()}
    call = spans[f"chat {MODEL}"]
    assert call.parent_span_id == spans["task answer"].span_id
    assert call.kind == Span.SPAN_KIND_CLIENT
    told = attributes_of(call)
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.cache_read.input_tokens"]) == (40, 30)
    assert (told["gen_ai.operation.name"], told["kansoku.outcome"]) == ("chat", "ok")
    request = ExportTraceServiceRequest.FromString(receiver.of("/v1/traces")[0])
    resource = {each.key: each.value for each in request.resource_spans[0].resource.attributes}
    assert resource["service.name"].string_value == "support-bot"
    assert resource["deployment.environment.name"].string_value == "test"
    assert resource["service.version"].string_value == "1.4.2"
    assert resource["kansoku.demo"].bool_value is True
    logs = ExportLogsServiceRequest.FromString(receiver.of("/v1/logs")[0])
    record = logs.resource_logs[0].scope_logs[0].log_records[0]
    assert record.event_name == "api_call_success"
    assert (record.trace_id, record.span_id) == (call.trace_id, call.span_id)
    metrics = receiver.metrics()
    (point,) = (
        each
        for each in metrics["claude_api_calls"].sum.data_points
        if {label.key: label.value.string_value for label in each.attributes}
        == {"model": MODEL, "status": "ok"}
    )
    assert (point.as_double, metrics["claude_api_calls"].sum.is_monotonic) == (1, True)
    assert "gen_ai.client.operation.duration" in metrics
    assert metrics["claude_cache_hit_rate"].gauge.data_points[0].as_double == 0.75
    assert {headers["x-key"] for _, _, headers in receiver.bodies} == {"k"}


def test_nothing_planted_leaves_the_process(
    api: MessagesServer, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="httpcore2")
    port = free_port()
    everything = " / ".join(f"{name} {value}" for name, value in PLANTED.items() if name != "password")
    agent = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    agent.bind(("127.0.0.1", 0))
    agent.setblocking(False)
    kansoku.init(
        f"support-bot {everything}",
        environment=everything,
        release=everything,
        attributes={"owner": everything},
        endpoint=receiver.url,
        prometheus_port=port,
        dogstatsd=f"127.0.0.1:{agent.getsockname()[1]}",
    )
    client = client_of(api, max_retries=0)

    @kansoku.tool(f"tool {everything}")
    def tool() -> None:
        raise LookupError(everything)

    with kansoku.task(
        f"task {everything}",
        user_id=PLANTED["e-mail"],
        session_id=PLANTED["mobile"],
        feature=everything,
        release=PLANTED["key"],
        attributes={
            "note": everything,
            "password": PLANTED["password"],
            "deep": {"list": [{"api_key": PLANTED["password"]}, everything]},
            everything: 1,
        },
    ) as task:
        api.script(
            Failure.invalid_request(everything),
            Reply(blocks=(ToolUse(everything, {"text": everything}),), model=everything),
        )
        with pytest.raises(anthropic.BadRequestError):
            client.messages.create(**{**ASK, "model": everything})
        answer = client.messages.create(**ASK)
        with pytest.raises(LookupError):
            tool()
        kansoku.feedback("down", comment=everything, call=answer)
        kansoku.evaluation(everything, label=everything, explanation=everything)
        task.fail(everything)
    assert kansoku.flush()
    scraped = scrape(port)
    packets = b"\n".join(received(agent))
    assert b"claude." in packets
    sent = b"\n".join([packets, *(body for _, body, _ in receiver.bodies)])
    ours = "\n".join(each.getMessage() for each in caplog.records if each.name.startswith("kansoku"))
    assert {span.name.split()[0] for span in receiver.spans()} == {"chat", "execute_tool", "task"}
    assert b"<EMAIL>" in sent
    assert "<EMAIL>" in scraped
    assert "<EMAIL>" in ours
    for name, value in PLANTED.items():
        assert value.encode() not in sent, name
        assert value not in scraped, name
        assert value not in ours, name


def received(agent: socket.socket) -> Iterator[bytes]:
    """Every packet that has come."""
    with agent:
        while True:
            try:
                yield agent.recv(65_536)
            except BlockingIOError:
                return


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        return page.read().decode()


def test_the_scrape_page_has_every_name_from_the_start(receiver: Receiver) -> None:
    port = free_port()
    kansoku.init("support-bot", endpoint=receiver.url, prometheus_port=port)
    families = {family.name: family for family in text_string_to_metric_families(scrape(port))}
    assert set(families) >= REQUIRED
    assert {each.name for each in INSTRUMENTS} == set(families)
    assert [(each.name, each.value) for each in families["claude_active_streams"].samples] == [
        ("claude_active_streams", 0)
    ]
    assert {each.labels["rating"]: each.value for each in families["claude_feedback"].samples} == {
        "up": 0,
        "down": 0,
    }
    assert families["claude_cache_hit_rate"].samples == [], "no data is not a rate of 0"


def samples(port: int) -> dict[tuple[str, str], float]:
    """Each sample of one label at most beside the model, by its name and that label's value."""
    return {
        (each.name, " ".join(value for label, value in each.labels.items() if label != "model")): each.value
        for family in text_string_to_metric_families(scrape(port))
        for each in family.samples
    }


def test_the_scrape_page_counts_a_call(api: MessagesServer, receiver: Receiver) -> None:
    port = free_port()
    kansoku.init("support-bot", endpoint=receiver.url, prometheus_port=port)
    with client_of(api).messages.create(**ASK, stream=True) as stream:
        before = samples(port)
        assert before["claude_active_streams", ""] == 1
        for status in ("ok", "error", "cancelled", "aborted"):
            assert before["claude_api_calls_total", status] == 0
        for kind in ("input", "output", "cache_read", "cache_creation"):
            assert before["claude_tokens_total", kind] == 0
        assert before["claude_cost_usd_total", ""] == 0
        assert before["claude_api_latency_seconds_count", ""] == 0
        for _ in stream:
            pass
    after = samples(port)
    assert after["claude_api_calls_total", "ok"] == 1
    assert after["claude_tokens_total", "output"] == 7
    assert after["claude_api_latency_seconds_bucket", "+Inf"] == 1
    assert after["claude_api_latency_seconds_bucket", "600.0"] == 1
    assert after["claude_active_streams", ""] == 0


def test_a_taken_port_is_logged_and_the_rest_works(
    api: MessagesServer, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        kansoku.init("support-bot", endpoint=receiver.url, prometheus_port=port)
        client_of(api).messages.create(**ASK)
        assert kansoku.flush()
    assert f"prometheus_port: 127.0.0.1:{port} cannot be served" in caplog.text
    assert len(receiver.spans()) == 1


def test_an_unreachable_endpoint_is_said_once_and_the_application_goes_on(
    api: MessagesServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "0.2")
    kansoku.init("support-bot", endpoint=f"http://127.0.0.1:{free_port()}")
    client = client_of(api)
    for _ in range(3):
        client.messages.create(**ASK)
        assert kansoku.flush(10) is False
    warnings = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "telemetry does not reach http://127.0.0.1" in warnings[0]
    session = sessions.active()
    assert session is not None
    assert not kansoku.shutdown(10)
    assert session.cells.value(DROPPED, "spans", "closed unsent") == 3


def test_settings_that_cannot_be_used_are_refused_by_name() -> None:
    refused: list[dict[str, Any]] = [
        {"service": "  "},
        {"service": "a", "endpoint": "localhost:4318"},
        {"service": "a", "endpoint": "http://[::1"},
        {"service": "a", "endpoint": "http://localhost:99999"},
        {"service": "a", "prometheus_port": 0},
        {"service": "a", "prometheus_port": 70_000},
    ]
    for setting in refused:
        with pytest.raises(SettingError, match=f"^{list(setting)[-1]}: "):
            kansoku.init(**setting)
    assert sessions.active() is None


def test_init_again_replaces_and_shutdown_ends(api: MessagesServer, receiver: Receiver) -> None:
    client = client_of(api)
    kansoku.init("first", endpoint=receiver.url)
    client.messages.create(**ASK)
    kansoku.init("second", endpoint=receiver.url)
    client.messages.create(**ASK)
    assert kansoku.shutdown()
    client.messages.create(**ASK)
    assert len(receiver.spans()) == 2
    services = [
        next(each.value.string_value for each in resource.resource.attributes if each.key == "service.name")
        for body in receiver.of("/v1/traces")
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans
    ]
    assert services == ["first", "second"]
    before = len(receiver.bodies)
    assert kansoku.flush()
    assert len(receiver.bodies) == before


def services_of(receiver: Receiver) -> list[object]:
    """Whom each span is from."""
    return [attributes_of(resource)["service.name"] for resource, _ in receiver.spans_by()]


def test_a_call_that_begins_while_init_again_ends_the_first_is_recorded_once(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    closing, go, leave = threading.Event(), threading.Event(), Pipeline.leave

    def held(pipeline: Pipeline, timeout_s: float, heir: Cells) -> None:
        closing.set()
        assert go.wait(60)
        leave(pipeline, timeout_s, heir)

    monkeypatch.setattr(Pipeline, "leave", held)
    client, port = client_of(api), free_port()
    kansoku.init("first", endpoint=receiver.url, prometheus_port=port)
    client.messages.create(**ASK)
    with client.messages.create(**ASK, stream=True) as stream:
        again = threading.Thread(
            target=lambda: kansoku.init("second", endpoint=receiver.url, prometheus_port=port)
        )
        again.start()
        assert closing.wait(60)
        client.messages.create(**ASK)
        for _ in stream:
            pass
        go.set()
        again.join()
    assert samples(port)["claude_api_calls_total", "ok"] == 2, "the page is the second's"
    assert kansoku.shutdown(20)
    assert sorted(map(str, services_of(receiver))) == ["first", "second", "second"]
    assert len({span.span_id for span in receiver.spans()}) == 3


def test_an_init_that_fails_leaves_the_first_as_it_was(api: MessagesServer, receiver: Receiver) -> None:
    kansoku.init("first", endpoint=receiver.url)
    wrong: Any = 5
    with pytest.raises(TypeError):
        kansoku.init("second", endpoint=receiver.url, attributes=wrong)
    client_of(api).messages.create(**ASK)
    assert kansoku.flush(20)
    assert services_of(receiver) == ["first"]


def test_metrics_say_at_once_that_another_library_took_the_seam_out(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from anthropic._base_client import AsyncAPIClient

    port, untouched = free_port(), AsyncAPIClient.request
    kansoku.init("support-bot", endpoint=receiver.url, prometheus_port=port)

    def told() -> float:
        assert kansoku.flush(20)
        return receiver.metrics()["kansoku_instrumented"].gauge.data_points[0].as_double

    assert (samples(port)["kansoku_instrumented", ""], told()) == (1, 1)
    with monkeypatch.context() as others:
        others.setattr(AsyncAPIClient, "request", untouched)
        assert (samples(port)["kansoku_instrumented", ""], told()) == (0, 0)
    assert (samples(port)["kansoku_instrumented", ""], told()) == (1, 1)
    assert kansoku.shutdown(20)
    assert receiver.metrics()["kansoku_instrumented"].gauge.data_points[0].as_double == 1


def test_the_endpoint_may_come_from_the_environment(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setenv("KANSOKU_ENDPOINT", receiver.url + "/")
    kansoku.init("support-bot")
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert len(receiver.spans()) == 1
