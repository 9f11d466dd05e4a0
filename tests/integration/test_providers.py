"""The application's own OpenTelemetry providers: used, never replaced, whenever they are registered."""

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from opentelemetry import _logs as logs_api
from opentelemetry import metrics as metrics_api
from opentelemetry import trace as trace_api
from opentelemetry.context import Context, get_value
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import HistogramDataPoint, InMemoryMetricReader, NumberDataPoint
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased

import kansoku
from kansoku.catalog.instruments import API_LATENCY
from kansoku_demo.answers import Failure, Reply, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.otel import no_providers
from tests.integration.receiver import Receiver, receiving
from tests.integration.sdk import ASK, MODEL, client_of, close_clients

_EXPORTERS = ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER")


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="x") as server:
        yield server
        close_clients()


@pytest.fixture
def receiver(ended: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    del ended
    for name in _EXPORTERS:
        monkeypatch.delenv(name)
    with receiving() as receiver:
        yield receiver
        kansoku.shutdown()


@pytest.fixture(autouse=True)
def ended(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in _EXPORTERS:
        monkeypatch.setenv(name, "none")
    with no_providers():
        yield
        kansoku.shutdown()


class Telling(SpanProcessor):
    """A processor as applications write them: it sees starts, adds to them, and sees ends."""

    def __init__(self) -> None:
        self.started: list[str] = []

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        del parent_context
        self.started.append(span.name)
        span.set_attribute("team", "support")


def traced(
    sampler: Sampler | None = None, limits: SpanLimits | None = None
) -> tuple[TracerProvider, InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(
        sampler=sampler, span_limits=limits, resource=Resource({"service.name": "theirs"})
    )
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider, exporter


def named(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


def ids(span: ReadableSpan) -> tuple[int, int, int]:
    assert span.context is not None
    return span.context.trace_id, span.context.span_id, span.parent.span_id if span.parent else 0


def test_a_providers_own_resource_processors_and_spans_hold_ours(api: MessagesServer) -> None:
    provider, exporter = traced()
    telling = Telling()
    provider.add_span_processor(telling)
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")

    @kansoku.tool("look_up")
    def look_up() -> None:
        pass

    with trace_api.get_tracer("app").start_as_current_span("request"), kansoku.task("answer"):
        client_of(api).messages.create(**ASK)
        look_up()
    assert kansoku.flush()
    spans = named(exporter)
    request, task, call = spans["request"], spans["task answer"], spans[f"chat {MODEL}"]
    assert ids(task)[2] == ids(request)[1]
    assert ids(call)[2] == ids(spans["execute_tool look_up"])[2] == ids(task)[1]
    assert len({ids(span)[0] for span in spans.values()}) == 1
    assert call.resource.attributes["service.name"] == "theirs"
    assert call.instrumentation_scope is not None
    assert call.instrumentation_scope.name == "kansoku"
    assert (call.attributes or {})["team"] == "support"
    assert (call.attributes or {})["gen_ai.usage.output_tokens"] == 7
    assert call.kind is trace_api.SpanKind.CLIENT
    assert set(telling.started) == set(spans)
    assert trace_api.get_tracer_provider() is provider


def test_a_failed_call_is_an_error_there_too_with_its_own_times(api: MessagesServer) -> None:
    provider, exporter = traced()
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    api.script(Failure.invalid_request("no taro.yamada@example.co.jp"))
    with pytest.raises(Exception, match="no taro"):
        client_of(api, max_retries=0).messages.create(**ASK)
    assert kansoku.flush()
    (span,) = exporter.get_finished_spans()
    assert not span.status.is_ok
    assert "<EMAIL>" in str(span.status.description)
    assert "taro.yamada" not in span.to_json()
    assert span.start_time is not None
    assert span.end_time is not None
    assert 0 < span.end_time - span.start_time < 60e9


def test_without_an_endpoint_that_was_told_nothing_goes_elsewhere(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="kansoku")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    provider, exporter = traced()
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    client_of(api).messages.create(**ASK)
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert len(exporter.get_finished_spans()) == 2
    assert receiver.paths == {"/v1/logs", "/v1/metrics"}, "only spans have a provider"
    told = [each.getMessage() for each in caplog.records if "TracerProvider" in each.getMessage()]
    assert told == ["spans go through the application's TracerProvider and nowhere else"]


def test_a_told_endpoint_gets_every_call_beside_the_provider_whatever_its_sampler(
    api: MessagesServer, receiver: Receiver
) -> None:
    provider, exporter = traced(ALWAYS_OFF)
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot", endpoint=receiver.url)
    for _ in range(5):
        client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert exporter.get_finished_spans() == ()
    assert len(receiver.spans()) == 5
    assert len(receiver.records()) == 5
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == 5


def test_metrics_and_log_lines_are_exact_when_every_span_is_sampled_out(
    api: MessagesServer, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="kansoku.calls")
    monkeypatch.setenv("KANSOKU_ENDPOINT", receiver.url)
    provider, exporter = traced(ALWAYS_OFF)
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    with trace_api.get_tracer("app").start_as_current_span("request"):
        for tokens in (10, 20, 30):
            api.script(Reply(usage=Usage(input_tokens=tokens, output_tokens=1)))
            client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert exporter.get_finished_spans() == ()
    assert receiver.totals("claude_tokens")[(MODEL, "input")] == 60
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == 3
    assert len([each for each in caplog.records if each.name == "kansoku.calls"]) == 3


@pytest.mark.parametrize("sampled", [True, False])
def test_the_flag_of_the_span_around_is_obeyed_through_a_task(api: MessagesServer, sampled: bool) -> None:
    provider, exporter = traced(ParentBased(ALWAYS_OFF))
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    flags = trace_api.TraceFlags(trace_api.TraceFlags.SAMPLED if sampled else 0)
    remote = trace_api.SpanContext(0xA, 0xB, is_remote=True, trace_flags=flags)
    with trace_api.use_span(trace_api.NonRecordingSpan(remote)), kansoku.task("answer"):
        client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert set(named(exporter)) == ({"task answer", f"chat {MODEL}"} if sampled else set())


def test_a_trace_that_kansoku_began_is_sampled_whole_or_not_at_all(api: MessagesServer) -> None:
    provider, exporter = traced(ParentBased(TraceIdRatioBased(0.5)))
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    client = client_of(api)
    for _ in range(40):
        with kansoku.task("answer"):
            client.messages.create(**ASK)
    assert kansoku.flush()
    by_trace: dict[int, list[str]] = {}
    for span in exporter.get_finished_spans():
        by_trace.setdefault(ids(span)[0], []).append(span.name)
    assert 3 <= len(by_trace) <= 37, "about half"
    assert all(names == [f"chat {MODEL}", "task answer"] for names in by_trace.values())


class Once(Sampler):
    """Says yes to every other question: asked twice of a trace it contradicts itself."""

    def __init__(self) -> None:
        self.asked = 0

    def should_sample(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        self.asked += 1
        return (TraceIdRatioBased(1.0) if self.asked % 2 else ALWAYS_OFF).should_sample(*args, **kwargs)

    def get_description(self) -> str:
        return "every other"


def test_a_sampler_is_asked_once_of_a_trace_of_ours(api: MessagesServer) -> None:
    sampler = Once()
    provider, exporter = traced(sampler)
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    for _ in range(2):
        with kansoku.task("answer"):
            client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert sampler.asked == 2
    assert len({ids(span)[0] for span in exporter.get_finished_spans()}) == 1
    assert len(exporter.get_finished_spans()) == 2


def test_the_providers_span_limits_hold(api: MessagesServer) -> None:
    provider, exporter = traced(limits=SpanLimits(max_span_attributes=5, max_span_attribute_length=4))
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    (span,) = exporter.get_finished_spans()
    assert len(span.attributes or {}) == 5
    assert all(len(each) <= 4 for each in (span.attributes or {}).values() if isinstance(each, str))


def test_a_provider_that_is_registered_after_init_is_used_from_then_on(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    kansoku.init("support-bot")
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert len(receiver.spans()) == 1
    provider, exporter = traced()
    trace_api.set_tracer_provider(provider)
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert len(receiver.spans()) == 1
    assert len(exporter.get_finished_spans()) == 1


class Proxy(trace_api.TracerProvider):
    """A provider around the SDK's, as Logfire registers one: its tracers hold the SDK's as `tracer`."""

    def __init__(self, provider: TracerProvider) -> None:
        self.provider = provider

    def get_tracer(self, *args: Any, **kwargs: Any) -> trace_api.Tracer:  # noqa: ANN401
        return ProxyTracer(self.provider.get_tracer(*args, **kwargs))


class ProxyTracer(trace_api.Tracer):
    """Adds an attribute to every span."""

    def __init__(self, tracer: trace_api.Tracer) -> None:
        self.tracer = tracer

    def start_span(self, *args: Any, **kwargs: Any) -> trace_api.Span:  # noqa: ANN401
        span = self.tracer.start_span(*args, **kwargs)
        span.set_attribute("proxied", value=True)
        return span

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        return self.tracer.start_as_current_span(*args, **kwargs)


def test_a_proxy_of_the_sdks_provider_is_used_as_it_is(api: MessagesServer) -> None:
    provider, exporter = traced()
    trace_api.set_tracer_provider(Proxy(provider))
    kansoku.init("support-bot")
    with kansoku.task("answer"):
        client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    spans = named(exporter)
    assert ids(spans[f"chat {MODEL}"])[2] == ids(spans["task answer"])[1]
    assert (spans["task answer"].attributes or {})["proxied"] is True


class Obeying(Sampler):
    """Drops what is made where instrumentation is suppressed, as Logfire's provider does."""

    def should_sample(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        sampler = ALWAYS_OFF if get_value("suppress_instrumentation") else ALWAYS_ON
        return sampler.should_sample(*args, **kwargs)

    def get_description(self) -> str:
        return "obeying"


def test_a_provider_that_drops_what_is_suppressed_gets_our_spans(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    suppressed: list[object] = []
    send = requests.Session.send

    def seen(*args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        suppressed.append(get_value("suppress_instrumentation"))
        return send(*args, **kwargs)

    monkeypatch.setattr(requests.Session, "send", seen)
    provider, exporter = traced(Obeying())
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot", endpoint=receiver.url)
    for _ in range(2):  # what is sent the first time must not suppress what comes after it
        client_of(api).messages.create(**ASK)
        assert kansoku.flush()
    assert [span.name for span in exporter.get_finished_spans()] == [f"chat {MODEL}"] * 2
    assert len(receiver.spans()) == 2
    assert set(suppressed) == {True}, "what we send ourselves is nobody's span"


class Foreign(trace_api.NoOpTracerProvider):
    """A provider that is nobody's we know."""


def test_a_provider_that_cannot_take_spans_is_said_once_and_they_go_our_own_way(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    trace_api.set_tracer_provider(Foreign())
    kansoku.init("support-bot")
    for _ in range(2):
        client_of(api).messages.create(**ASK)
        assert kansoku.flush()
    assert len(receiver.spans()) == 2
    assert caplog.text.count("cannot be given to the application's Foreign") == 1


class Raising(SpanProcessor):
    """A processor with a fault."""

    def on_end(self, span: ReadableSpan) -> None:
        raise RuntimeError(span.name)


def test_a_processor_that_raises_keeps_nothing_from_us(api: MessagesServer, receiver: Receiver) -> None:
    provider, _ = traced()
    provider.add_span_processor(Raising())
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot", endpoint=receiver.url)
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert len(receiver.spans()) == 1
    assert kansoku.flush()
    assert receiver.totals("kansoku_internal_errors") == {("provider",): 1}


Points = dict[str, list[tuple[dict[str, Any], object]]]


def read(reader: InMemoryMetricReader) -> Points:
    data = reader.get_metrics_data()
    return {
        metric.name: [(dict(point.attributes or {}), point) for point in metric.data.data_points]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownVariableType]
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


def value(points: Points, name: str, **labels: str) -> float:
    (found,) = (point for attributes, point in points[name] if attributes == labels)
    assert isinstance(found, NumberDataPoint)
    return float(found.value)


def test_metrics_go_through_the_meter_provider_exactly_and_nowhere_else(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    reader = InMemoryMetricReader()
    metrics_api.set_meter_provider(MeterProvider([reader], resource=Resource({"service.name": "theirs"})))
    kansoku.init("support-bot")
    for _ in range(3):
        client_of(api).messages.create(**ASK)
    kansoku.feedback("up", score=0.9)
    assert kansoku.flush()
    points = read(reader)
    assert value(points, "claude_api_calls", model=MODEL, status="ok") == 3
    assert value(points, "claude_api_calls", model=MODEL, status="error") == 0
    assert value(points, "claude_tokens", model=MODEL, type="output") == 21
    assert value(points, "claude_active_streams") == 0
    ((labels, latency),) = points["claude_api_latency_seconds"]
    assert isinstance(latency, HistogramDataPoint)
    assert labels == {"model": MODEL}
    assert (latency.count, tuple(latency.explicit_bounds)) == (3, API_LATENCY.buckets)
    assert "/v1/metrics" not in receiver.paths
    assert "gen_ai.client.operation.duration" in points


class Unhashable(MeterProvider):
    """A provider that is equal to another one, as a dataclass is: Logfire's has no hash."""

    __hash__ = None  # pyright: ignore[reportAssignmentType]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unhashable)


def test_a_provider_without_a_hash_gets_the_metrics_and_spans_go_on(api: MessagesServer) -> None:
    provider, exporter = traced()
    trace_api.set_tracer_provider(provider)
    reader = InMemoryMetricReader()
    metrics_api.set_meter_provider(Unhashable([reader]))
    kansoku.init("support-bot")
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    points = read(reader)
    assert value(points, "claude_api_calls", model=MODEL, status="ok") == 1
    assert value(points, "kansoku_instrumented") == 1
    assert "kansoku_internal_errors" not in points
    assert len(exporter.get_finished_spans()) == 1


class Refusing(MeterProvider):
    """A provider with a fault."""

    def get_meter(self, *_: object, **__: object) -> Any:  # noqa: ANN401
        raise RuntimeError


def test_a_meter_provider_that_raises_keeps_no_span(api: MessagesServer) -> None:
    provider, exporter = traced()
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    metrics_api.set_meter_provider(Refusing())
    client_of(api).messages.create(**ASK)
    kansoku.flush()
    assert len(exporter.get_finished_spans()) == 1


def test_a_told_endpoint_and_a_meter_provider_hold_the_same_counts(
    api: MessagesServer, receiver: Receiver
) -> None:
    reader = InMemoryMetricReader()
    kansoku.init("support-bot", endpoint=receiver.url)
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    metrics_api.set_meter_provider(MeterProvider([reader]))
    client_of(api).messages.create(**ASK)
    assert kansoku.flush()
    assert value(read(reader), "claude_api_calls", model=MODEL, status="ok") == 2, (
        "what was before counts too"
    )
    assert receiver.totals("claude_api_calls")[(MODEL, "ok")] == 2


def test_a_second_init_goes_on_counting_where_the_first_ended(api: MessagesServer) -> None:
    reader = InMemoryMetricReader()
    metrics_api.set_meter_provider(MeterProvider([reader]))
    for _ in range(2):
        kansoku.init("support-bot")
        client_of(api).messages.create(**ASK)
        assert kansoku.flush()
    points = read(reader)
    assert value(points, "claude_api_calls", model=MODEL, status="ok") == 2
    assert len(points["claude_api_calls"]) == 4, "one for each outcome"
    kansoku.shutdown()
    assert "claude_active_streams" not in read(reader), "nothing is in force"


def test_log_records_go_through_the_logger_provider_once_also_beside_its_handler(
    api: MessagesServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    exporter = InMemoryLogRecordExporter()
    provider = LoggerProvider(resource=Resource({"service.name": "theirs"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))
    logs_api.set_logger_provider(provider)
    with pytest.warns(DeprecationWarning, match="LoggingHandler"):
        handler = LoggingHandler(level=logging.INFO, logger_provider=provider)
    root, ours = logging.getLogger(), logging.getLogger("kansoku.calls")
    before = ours.level
    ours.setLevel(logging.INFO)
    root.addHandler(handler)
    try:
        kansoku.init("support-bot")
        client_of(api).messages.create(**ASK)
        assert kansoku.flush()
        logging.getLogger("app").error("theirs")
        kansoku.shutdown()
        ours.info("after")
    finally:
        root.removeHandler(handler)
        ours.setLevel(before)
    records = [each.log_record for each in exporter.get_finished_logs()]
    ours_told = [each for each in records if "request_model" in str(each.body)]
    assert [each.event_name for each in ours_told] == ["api_call_success"]
    assert ours_told[0].trace_id
    assert {"theirs", "after"} <= {str(each.body) for each in records}
    assert "/v1/logs" not in receiver.paths


def test_calls_from_many_threads_keep_their_own_ids_in_the_provider(api: MessagesServer) -> None:
    provider, exporter = traced()
    trace_api.set_tracer_provider(provider)
    kansoku.init("support-bot")
    tracer = trace_api.get_tracer("app")

    def work(number: int) -> None:
        with tracer.start_as_current_span(f"request {number}"), kansoku.task(f"answer {number}"):
            client_of(api).messages.create(**ASK)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kansoku.flush()
    spans = exporter.get_finished_spans()
    by_id = {ids(span)[1]: span for span in spans}
    calls = [span for span in spans if span.name.startswith("chat")]
    assert len(calls) == 8
    for call in calls:
        task = by_id[ids(call)[2]]
        request = by_id[ids(task)[2]]
        assert task.name.split()[-1] == request.name.split()[-1]
        assert ids(call)[0] == ids(request)[0]
