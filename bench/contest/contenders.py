"""The contenders: how each is switched on and off, flushed, and what it records.

A peer is imported when it is asked for, by name: it lives in an environment of its own. All send to the
same sink, spans in batches over OTLP/HTTP, metrics where they have any. The SDK's own tracing is off in all
but `native`, as two spans a call would charge a peer for what it did not do.
"""

# ruff: noqa: ANN401  peers and answers are not typed here

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

BARE_OPTIONS: dict[str, Any] = {"open_telemetry": False}


def nothing() -> None:
    """Does nothing."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of observing calls, switched off until `on` is called."""

    on: Callable[[], object]
    off: Callable[[], object]
    flush: Callable[[], object]
    options: dict[str, Any] = field(default_factory=BARE_OPTIONS.copy)


def providers(endpoint: str) -> tuple[Any, Any, Callable[[], None]]:
    """A tracer and a meter provider that send to the endpoint, and what flushes both."""
    trace, metrics = import_module("opentelemetry.sdk.trace"), import_module("opentelemetry.sdk.metrics")
    meters = metrics.MeterProvider(
        [
            import_module("opentelemetry.sdk.metrics.export").PeriodicExportingMetricReader(
                import_module("opentelemetry.exporter.otlp.proto.http.metric_exporter").OTLPMetricExporter(
                    f"{endpoint}/v1/metrics"
                )
            )
        ]
    )
    tracers = trace.TracerProvider()
    tracers.add_span_processor(batching(endpoint))

    def flush() -> None:
        tracers.force_flush()
        meters.force_flush()

    return tracers, meters, flush


def batching(endpoint: str) -> Any:
    """A span processor that sends to the endpoint in batches."""
    exporter = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter").OTLPSpanExporter
    export = import_module("opentelemetry.sdk.trace.export")
    return export.BatchSpanProcessor(exporter(f"{endpoint}/v1/traces"), max_queue_size=20_000)


def lines(name: str) -> logging.Logger:
    """The logger, writing each line to the null device as an application's handler would to its output."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(logging.FileHandler(os.devnull))
    return logger


def bare(_: str) -> Contender:
    """Nothing: its figures are the noise of the measurement."""
    return Contender(nothing, nothing, nothing)


def kansoku(endpoint: str, *, content: bool = False) -> Contender:
    """Kansoku as `init` makes it, with what is said kept or not."""
    package: Any = import_module("kansoku")
    seam: Any = import_module("kansoku.instrument.seam")
    session: Any = import_module("kansoku.instrument.session")
    logging.getLogger("kansoku").setLevel(logging.CRITICAL)
    lines("kansoku.calls")
    package.init(service="bench", endpoint=endpoint, content=content)
    made = session.active()

    def on() -> None:
        session.activate(made)
        seam.attach()

    def off() -> None:
        session.activate(None)
        seam.detach()

    off()
    return Contender(on, off, lambda: made.pipeline.flush(30.0))


def native(endpoint: str) -> Contender:
    """The SDK's own spans."""
    tracers, _, flush = providers(endpoint)
    return Contender(nothing, nothing, flush, {"open_telemetry": {"tracer_provider": tracers}})


def by_hand(endpoint: str) -> Contender:
    """What people write by hand around `create`: a counter, a histogram, a span, a JSON line.

    It sees neither a stream's end nor its usage.
    """
    prometheus, resources = import_module("prometheus_client"), import_module("anthropic.resources.messages")
    tracers, _, flush = providers(endpoint)
    wrapped = Wrapped(
        prometheus.Counter("calls", "Calls.", ["model", "outcome"]),
        prometheus.Counter("tokens", "Tokens.", ["model", "type"]),
        prometheus.Histogram("seconds", "Duration.", ["model"]),
        tracers.get_tracer("by-hand"),
        lines("by-hand"),
    )
    owners = (resources.Messages, wrapped.sync), (resources.AsyncMessages, wrapped.asynchronous)
    originals = [(owner, owner.create) for owner, _ in owners]

    def on() -> None:
        for owner, around in owners:
            owner.create = around(owner.create)

    def off() -> None:
        for owner, original in originals:
            owner.create = original

    return Contender(on, off, flush)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The hand-written pattern."""

    calls: Any
    tokens: Any
    seconds: Any
    tracer: Any
    log: logging.Logger

    def sync(self, create: Callable[..., Any]) -> Callable[..., Any]:
        """Around `create` of a sync client."""

        def around(resource: Any, **asked: Any) -> Any:
            began = time.perf_counter()
            with self.tracer.start_as_current_span(f"chat {asked['model']}") as span:
                try:
                    answer = create(resource, **asked)
                except Exception:
                    self.noted(span, asked["model"], began, "error", None)
                    raise
                self.noted(span, asked["model"], began, "ok", getattr(answer, "usage", None))
                return answer

        return around

    def asynchronous(self, create: Callable[..., Any]) -> Callable[..., Any]:
        """Around `create` of an async client."""

        async def around(resource: Any, **asked: Any) -> Any:
            began = time.perf_counter()
            with self.tracer.start_as_current_span(f"chat {asked['model']}") as span:
                answer = await create(resource, **asked)
                self.noted(span, asked["model"], began, "ok", getattr(answer, "usage", None))
                return answer

        return around

    def noted(self, span: Any, model: str, began: float, outcome: str, usage: Any) -> None:
        """Counts, describes and logs one call."""
        seconds = time.perf_counter() - began
        self.calls.labels(model, outcome).inc()
        self.seconds.labels(model).observe(seconds)
        line: dict[str, object] = {"event": "call", "model": model, "outcome": outcome, "seconds": seconds}
        if usage is not None:
            line |= {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}
            self.tokens.labels(model, "input").inc(usage.input_tokens)
            self.tokens.labels(model, "output").inc(usage.output_tokens)
        span.set_attributes(line)
        self.log.info(json.dumps(line))


def instrumentor(module: str, *, metrics: bool) -> Callable[[str], Contender]:
    """A peer that is an OpenTelemetry instrumentor."""

    def made(endpoint: str) -> Contender:
        tracers, meters, flush = providers(endpoint)
        told = {"tracer_provider": tracers, **({"meter_provider": meters} if metrics else {})}
        peer = import_module(module).AnthropicInstrumentor()
        return Contender(lambda: peer.instrument(**told), peer.uninstrument, flush)

    return made


def logfire(endpoint: str) -> Contender:
    """Logfire, which sends to the sink in place of its own service."""
    package: Any = import_module("logfire")
    package.configure(
        send_to_logfire=False,
        console=False,
        inspect_arguments=False,
        additional_span_processors=[batching(endpoint)],
    )
    entered: list[Any] = []

    def on() -> None:
        manager = package.instrument_anthropic()
        manager.__enter__()
        entered.append(manager)

    def off() -> None:
        while entered:
            entered.pop().__exit__(None, None, None)

    return Contender(on, off, package.force_flush)


def langfuse(endpoint: str) -> Contender:
    """Langfuse, which has no integration of its own: its processor behind OpenInference's instrumentor."""
    trace: Any = import_module("opentelemetry.sdk.trace")
    tracers = trace.TracerProvider()
    service = import_module("langfuse").Langfuse(
        public_key="pk-lf-bench", secret_key="sk-lf-bench", base_url=endpoint, tracer_provider=tracers
    )
    peer = import_module("openinference.instrumentation.anthropic").AnthropicInstrumentor()
    return Contender(lambda: peer.instrument(tracer_provider=tracers), peer.uninstrument, service.flush)


ORDINARY: dict[str, Callable[[str], Contender]] = {
    "bare": bare,
    "kansoku": kansoku,
    "with content": partial(kansoku, content=True),
    "native": native,
    "by hand": by_hand,
}
"""Contenders of the ordinary environment."""

PEERS: dict[str, Callable[[str], Contender]] = {
    "otel genai": instrumentor("opentelemetry.instrumentation.genai.anthropic", metrics=True),
    "traceloop": instrumentor("opentelemetry.instrumentation.anthropic", metrics=True),
    "openinference": instrumentor("openinference.instrumentation.anthropic", metrics=False),
    "logfire": logfire,
    "langfuse": langfuse,
}
"""Contenders of the peers' environment."""

RECORDS = {
    "bare": "nothing (noise of the measurement)",
    "kansoku": "spans, metrics, log lines and records, cost, redaction; no content",
    "with content": "kansoku, and content, redacted, up to 64 KiB an attribute",
    "native": "spans; no content",
    "by hand": "spans, Prometheus metrics, log lines; of a stream neither end nor usage; async errors unseen",
    "otel genai": "spans, metrics; no content",
    "traceloop": "spans, metrics; content",
    "openinference": "spans; content",
    "logfire": "spans (two a stream); content, scrubbed by pattern",
    "langfuse": "spans, by OpenInference's instrumentor; content",
}
"""What each records as it is set up here, which is its default."""
