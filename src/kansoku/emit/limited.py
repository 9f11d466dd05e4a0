"""Exporters that cut attributes to the environment's limits before they export."""

from collections.abc import Sequence
from dataclasses import dataclass

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from kansoku.emit.limits import AttributeLimits


@dataclass(frozen=True, slots=True)
class LimitedSpans(SpanExporter):
    """Exports spans with their attributes cut."""

    inner: SpanExporter
    limits: AttributeLimits

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Exports copies of the spans."""
        return self.inner.export([self._cut(span) for span in spans])

    def shutdown(self) -> None:
        """Shuts the exporter down."""
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter."""
        return self.inner.force_flush(timeout_millis)

    def _cut(self, span: ReadableSpan) -> ReadableSpan:
        """The span with fewer, shorter attributes."""
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=self.limits.cut(span.attributes or {}),
            kind=span.kind,
            status=span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )


@dataclass(frozen=True, slots=True)
class LimitedRecords(LogRecordExporter):
    """Exports log records with their attributes cut."""

    inner: LogRecordExporter
    limits: AttributeLimits

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Exports the records, which are made for this export alone."""
        for each in batch:
            each.log_record.attributes = self.limits.cut(each.log_record.attributes or {})
        return self.inner.export(batch)

    def shutdown(self) -> None:
        """Shuts the exporter down."""
        self.inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Flushes the exporter."""
        return self.inner.force_flush(timeout_millis)
