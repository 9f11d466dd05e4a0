"""OTLP over HTTP: OpenTelemetry's own exporters, fed with requests that are encoded here."""

from collections.abc import Callable, Mapping
from typing import Any

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

from kansoku.emit.exporters import Exporters, SendBytes


def otlp(endpoint: str, headers: Mapping[str, str] | None = None) -> Exporters:
    """Sends to an OTLP/HTTP endpoint.

    Time-out (10 s), compression (none) and certificates are those of the `OTEL_EXPORTER_OTLP_*` variables.
    """
    base = endpoint.rstrip("/")
    sent = dict(headers or {})
    spans = OTLPSpanExporter(f"{base}/v1/traces", headers=sent)
    logs = OTLPLogExporter(f"{base}/v1/logs", headers=sent)
    return Exporters(
        base,
        spans=spans,
        logs=logs,
        metrics=OTLPMetricExporter(f"{base}/v1/metrics", headers=sent),
        spans_bytes=_bytes_sender(spans),
        logs_bytes=_bytes_sender(logs),
    )


def _bytes_sender(exporter: object) -> SendBytes | None:
    """The part of an exporter that sends finished bytes, with retries; None where this version has none.

    It has a private name. Without it the exporter encodes for itself, which costs more and says the same.
    """
    export: Callable[[bytes], Any] | None = getattr(getattr(exporter, "_client", None), "export", None)
    if export is None:
        return None
    return lambda data: export(data).success is True
