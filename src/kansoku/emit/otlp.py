"""The OTLP outlet: spans, logs and metrics over HTTP, by OpenTelemetry's own exporters."""

import logging
import threading
from collections.abc import Mapping, Sequence

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

log = logging.getLogger("kansoku")

TIMEOUT_S = 10.0
"""One export, its retries included. OpenTelemetry's own default."""

_EXPORTER_LOGGER = "opentelemetry.exporter.otlp.proto.http"


class Otlp:
    """Sends to an OTLP/HTTP endpoint. Says once when the endpoint stops and once when it starts answering."""

    def __init__(self, endpoint: str, headers: Mapping[str, str] | None = None) -> None:
        base = endpoint.rstrip("/")
        sent = dict(headers or {})
        gzip = Compression.Gzip
        self._endpoint = base
        self._spans = OTLPSpanExporter(f"{base}/v1/traces", headers=sent, timeout=TIMEOUT_S, compression=gzip)
        self._logs = OTLPLogExporter(f"{base}/v1/logs", headers=sent, timeout=TIMEOUT_S, compression=gzip)
        self._metrics = OTLPMetricExporter(
            f"{base}/v1/metrics", headers=sent, timeout=TIMEOUT_S, compression=gzip
        )
        self._answers = True
        self._quiet = _QuietHere()
        for name in ("trace_exporter", "_log_exporter", "metric_exporter", "_common"):
            logging.getLogger(f"{_EXPORTER_LOGGER}.{name}").addFilter(self._quiet)

    def spans(self, spans: Sequence[ReadableSpan], /) -> bool:
        """Sends finished spans."""
        with self._quiet:
            return self._noted(self._spans.export(spans) is SpanExportResult.SUCCESS)

    def logs(self, records: Sequence[ReadableLogRecord], /) -> bool:
        """Sends log records."""
        with self._quiet:
            return self._noted(self._logs.export(records) is LogRecordExportResult.SUCCESS)

    def metrics(self, data: MetricsData, /) -> bool:
        """Sends the state of every metric."""
        with self._quiet:
            return self._noted(self._metrics.export(data) is MetricExportResult.SUCCESS)  # pyright: ignore[reportUnknownMemberType]  its **kwargs are untyped

    def close(self) -> None:
        """Closes the connections; an export that is waiting to retry gives up."""
        self._spans.shutdown()
        self._logs.shutdown()
        self._metrics.shutdown()  # pyright: ignore[reportUnknownMemberType]  its **kwargs are untyped

    def _noted(self, went: bool) -> bool:  # noqa: FBT001  the one fact there is to note
        """Logs a change between answering and not."""
        if went != self._answers:
            self._answers = went
            if went:
                log.info("telemetry reaches %s again", self._endpoint)
            else:
                log.warning(
                    "telemetry does not reach %s: is Kansoku running there? The application is not "
                    "affected; calls are kept for a while and counted when dropped",
                    self._endpoint,
                )
        return went


class _QuietHere(logging.Filter):
    """Drops what exporters log on the thread inside the block: it would repeat for every batch."""

    def __init__(self) -> None:
        super().__init__()
        self._threads: set[int] = set()

    def __enter__(self) -> None:
        self._threads.add(threading.get_ident())

    def __exit__(self, *_: object) -> None:
        self._threads.discard(threading.get_ident())

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record passes."""
        return record.thread not in self._threads
