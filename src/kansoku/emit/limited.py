"""Attributes cut to the environment's limits: in requests, and before an exporter encodes for itself.

Requests are made by OpenTelemetry's encoders here, from objects whose attributes can be cut.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from kansoku.emit.identity import Identity
from kansoku.emit.limits import AttributeLimits
from kansoku.emit.otel_objects import records_of, spans_of
from kansoku.emit.otlp_bytes import logs_request, spans_request
from kansoku.emit.telemetry import Telemetry

Request = Callable[[Identity, Sequence[Telemetry]], bytes]
"""Makes a request of a batch."""


@dataclass(frozen=True, slots=True)
class LimitedSpans(SpanExporter):
    """Exports spans with their attributes cut."""

    inner: SpanExporter
    limits: AttributeLimits

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Exports copies of the spans."""
        return self.inner.export([_span(span, self.limits) for span in spans])

    def shutdown(self) -> None:
        """Shuts the exporter down."""
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter."""
        return self.inner.force_flush(timeout_millis)


@dataclass(frozen=True, slots=True)
class LimitedRecords(LogRecordExporter):
    """Exports log records with their attributes cut."""

    inner: LogRecordExporter
    limits: AttributeLimits

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Exports the records, which are made for this export alone."""
        return self.inner.export(_records(batch, self.limits))

    def shutdown(self) -> None:
        """Shuts the exporter down."""
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter."""
        return self.inner.force_flush(timeout_millis)


def spans_requests(limits: AttributeLimits) -> Request:
    """What makes an `ExportTraceServiceRequest` of a batch."""
    if not limits:
        return spans_request
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans

    return lambda who, batch: encode_spans(
        [_span(span, limits) for span in spans_of(who, batch)]
    ).SerializeToString()


def logs_requests(limits: AttributeLimits) -> Request:
    """What makes an `ExportLogsServiceRequest` of a batch."""
    if not limits:
        return logs_request
    from opentelemetry.exporter.otlp.proto.common._log_encoder import encode_logs

    return lambda who, batch: encode_logs(_records(records_of(who, batch), limits)).SerializeToString()


def _span(span: ReadableSpan, limits: AttributeLimits) -> ReadableSpan:
    """The span with fewer, shorter attributes."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=limits.cut(span.attributes or {}),
        kind=span.kind,
        status=span.status,
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _records(batch: Sequence[ReadableLogRecord], limits: AttributeLimits) -> Sequence[ReadableLogRecord]:
    """The records with fewer, shorter attributes; they are made for this export alone."""
    for each in batch:
        each.log_record.attributes = limits.cut(each.log_record.attributes or {})
    return batch
