"""Kansoku's own exporters: OpenTelemetry's for OTLP and the console, as arguments and environment tell.

Over HTTP, spans and log records are encoded here; gRPC and the console get OpenTelemetry's own objects.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any, TypeVar
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs.export import LogRecordExporter
from opentelemetry.sdk.metrics.export import MetricExporter
from opentelemetry.sdk.trace.export import SpanExporter

from kansoku.catalog import settings as names
from kansoku.emit import environment
from kansoku.emit.environment import SIGNALS, Signal
from kansoku.emit.exporters import Exporters, SendBytes
from kansoku.emit.limited import LimitedRecords, LimitedSpans
from kansoku.errors import SettingError

_GRPC = "opentelemetry.exporter.otlp.proto.grpc"
_GRPC_PACKAGE = "opentelemetry-exporter-otlp-proto-grpc"
_PATHS: dict[Signal, str] = {"TRACES": "v1/traces", "METRICS": "v1/metrics", "LOGS": "v1/logs"}

E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Destination:
    """Where Kansoku's own telemetry goes.

    Attributes:
        endpoint: The OTLP/HTTP endpoint that an argument or `KANSOKU_ENDPOINT` told; empty where the
            environment's OpenTelemetry variables say, or nobody does.
        headers: Sent with every export over HTTP.
    """

    endpoint: str = ""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def is_told(self) -> bool:
        """Whether somebody said that Kansoku's own telemetry goes there, whatever else there is."""
        return bool(self.endpoint)

    @property
    def name(self) -> str:
        """The endpoint, for people."""
        return self.endpoint or environment.told(names.OTLP_ENDPOINT) or names.URL

    def exporters_of(self, signal: Signal) -> frozenset[str]:
        """`otlp` and `console`, as far as they are wanted; a told endpoint is one unless there are none."""
        found = environment.exporters_of(signal)
        return found | {"otlp"} if found and self.is_told else found

    def check(self) -> None:
        """Looks at every signal's protocol and address.

        Raises:
            SettingError: If one cannot be used; it names the variable and the mend.
        """
        if self.is_told:
            check_url("endpoint", self.endpoint)
            return
        for signal in SIGNALS:
            if "otlp" not in self.exporters_of(signal):
                continue
            if environment.protocol_of(signal) == "grpc":
                _check_grpc()
                continue
            name = names.OTLP_SIGNAL_ENDPOINT.format(SIGNAL=signal)
            name = name if environment.told(name) else names.OTLP_ENDPOINT
            check_url(name, environment.told(name) or names.URL)

    def url_of(self, signal: Signal) -> str:
        """Where the signal goes over HTTP."""
        alone = "" if self.is_told else environment.told(names.OTLP_SIGNAL_ENDPOINT, signal)
        return alone or f"{self.name.rstrip('/')}/{_PATHS[signal]}"


def otlp(destination: Destination) -> Exporters | None:
    """Exporters over OTLP, with the time-outs, compression and certificates of the environment.

    None where no signal wants one.
    """
    spans = _wanted(destination, "TRACES", _span_exporter)
    logs = _wanted(destination, "LOGS", _log_exporter)
    metrics = _wanted(destination, "METRICS", _metric_exporter)
    if spans is None and logs is None and metrics is None:
        return None
    cut_spans, cut_logs = environment.span_limits(), environment.record_limits()
    return Exporters(
        destination.name,
        spans=LimitedSpans(spans, cut_spans) if spans and cut_spans else spans,
        logs=LimitedRecords(logs, cut_logs) if logs and cut_logs else logs,
        metrics=metrics,
        spans_bytes=None if cut_spans else _bytes_sender(spans),
        logs_bytes=None if cut_logs else _bytes_sender(logs),
    )


def console(destination: Destination) -> Exporters | None:
    """Exporters to standard output; None where no signal wants one."""
    from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter
    from opentelemetry.sdk.metrics.export import ConsoleMetricExporter
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter

    wanted = {signal for signal in SIGNALS if "console" in destination.exporters_of(signal)}
    if not wanted:
        return None
    return Exporters(
        "the console",
        spans=ConsoleSpanExporter(out=sys.stdout) if "TRACES" in wanted else None,
        logs=ConsoleLogRecordExporter(out=sys.stdout) if "LOGS" in wanted else None,
        metrics=ConsoleMetricExporter(out=sys.stdout) if "METRICS" in wanted else None,
    )


def check_url(setting: str, url: str) -> None:
    """Sees that it is a URL that can be sent to.

    Raises:
        SettingError: If it is not.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise SettingError(f"{setting}: {url!r} is no URL; give one like {names.URL}")


def _check_grpc() -> None:
    """Sees that the exporter over gRPC is installed; it is not imported before something is sent."""
    try:
        found = find_spec(f"{_GRPC}.trace_exporter")
    except ModuleNotFoundError:
        found = None
    if found is None:
        raise SettingError(
            f"{names.OTLP_PROTOCOL}: grpc needs another package: run pip install {_GRPC_PACKAGE}, "
            "or use http/protobuf"
        )


def _wanted(destination: Destination, signal: Signal, make: Callable[[Destination, Signal], E]) -> E | None:
    """The signal's exporter, where it is to go out over OTLP."""
    return make(destination, signal) if "otlp" in destination.exporters_of(signal) else None


def _is_grpc(destination: Destination, signal: Signal) -> bool:
    """Whether the signal goes out over gRPC, as only the environment can tell."""
    return not destination.is_told and environment.protocol_of(signal) == "grpc"


def _span_exporter(destination: Destination, signal: Signal) -> SpanExporter:
    """The exporter of spans."""
    if _is_grpc(destination, signal):
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as Grpc

        return Grpc()
    made = OTLPSpanExporter(destination.url_of(signal), headers=dict(destination.headers))
    return _without_foreign_headers(made, destination, signal)


def _log_exporter(destination: Destination, signal: Signal) -> LogRecordExporter:
    """The exporter of log records."""
    if _is_grpc(destination, signal):
        from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as Grpc

        return Grpc()
    made = OTLPLogExporter(destination.url_of(signal), headers=dict(destination.headers))
    return _without_foreign_headers(made, destination, signal)


def _metric_exporter(destination: Destination, signal: Signal) -> MetricExporter:
    """The exporter of metrics."""
    if _is_grpc(destination, signal):
        from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as Grpc

        return Grpc()
    made = OTLPMetricExporter(destination.url_of(signal), headers=dict(destination.headers))
    return _without_foreign_headers(made, destination, signal)


def _without_foreign_headers(exporter: E, destination: Destination, signal: Signal) -> E:
    """The exporter without the environment's headers, where they were meant for another endpoint.

    They often hold a key. The exporter adds them by itself and keeps them under a private name.
    """
    elsewhere = environment.told(names.OTLP_SIGNAL_ENDPOINT, signal) or environment.told(names.OTLP_ENDPOINT)
    if not destination.is_told or not elsewhere or _origin(elsewhere) == _origin(destination.endpoint):
        return exporter
    from opentelemetry.util.re import parse_env_headers

    listed = environment.told(names.OTLP_SIGNAL_HEADERS, signal) or environment.told(names.OTLP_HEADERS)
    ours = {name.lower() for name in destination.headers}
    held: Any = getattr(getattr(exporter, "_client", None), "_headers", None)
    for name in parse_env_headers(listed, liberal=True):
        if name.lower() not in ours:
            if held is None:
                raise SettingError(
                    f"{names.OTLP_HEADERS}: cannot be kept from {destination.endpoint}, which is not the "
                    f"environment's endpoint; unset it, or {names.OTLP_ENDPOINT}"
                )
            held.pop(name.lower(), None)
    return exporter


def _origin(url: str) -> tuple[str, str]:
    """The scheme, host and port of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _bytes_sender(exporter: object) -> SendBytes | None:
    """The part of an exporter that sends finished bytes, with retries; None where this version has none.

    It has a private name. Without it the exporter encodes for itself, which costs more and says the same.
    """
    client = getattr(exporter, "_client", None)
    if not isinstance(exporter, OTLPSpanExporter | OTLPLogExporter):
        return None
    export: Callable[[bytes], Any] | None = getattr(client, "export", None)
    if export is None:
        return None
    return lambda data: export(data).success is True
