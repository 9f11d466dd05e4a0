"""The outlet over OpenTelemetry's exporters: any for spans, logs and metrics, each of which may be absent."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from opentelemetry.sdk._logs.export import LogRecordExporter, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from kansoku.catalog.losses import Pillar
from kansoku.emit.backlog import Answer, Backlog, SendBytes
from kansoku.emit.identity import Identity
from kansoku.emit.otel_objects import records_of, spans_of
from kansoku.emit.quiet import quiet_here
from kansoku.emit.refusals import Refusals
from kansoku.emit.telemetry import Telemetry

log = logging.getLogger("kansoku")

Lost = Callable[[Pillar, int], None]
"""Told of which pillar how many items are lost that had waited."""


@dataclass(frozen=True, slots=True)
class ByteWay:
    """Sends finished requests, and what makes one of a batch."""

    send: SendBytes
    request: Callable[[Identity, Sequence[Telemetry]], bytes]


class Exporters:
    """Sends by exporters. Says once when their target stops and once when it starts answering.

    What is sent as bytes waits in a backlog while the target cannot take it.

    Args:
        target: Where they send, for people.
        spans: Exporter of spans; None where spans go nowhere.
        logs: Exporter of log records.
        metrics: Exporter of metrics.
        spans_way: Sends spans encoded here instead; four times as cheap as the exporter's own encoding.
        logs_way: The same for log records.
        lost: Told what is lost of the backlogs.
        refusals: Of the target, where all that is sent goes to one; else they are not counted.

    Attributes:
        arrived: Requests that the target took.
        refusals: How many times in a row nobody listened there.
    """

    def __init__(
        self,
        target: str,
        *,
        spans: SpanExporter | None,
        logs: LogRecordExporter | None,
        metrics: MetricExporter | None,
        spans_way: ByteWay | None = None,
        logs_way: ByteWay | None = None,
        lost: Lost = lambda _pillar, _items: None,
        refusals: Refusals | None = None,
    ) -> None:
        self._target = target
        self._spans = spans
        self._logs = logs
        self._metrics = metrics
        ways: dict[Pillar, ByteWay | None] = {"spans": spans_way, "logs": logs_way}
        self._ways: dict[Pillar, ByteWay] = {pillar: way for pillar, way in ways.items() if way is not None}
        self._backlogs = {
            pillar: Backlog(partial(self._tried, way.send), partial(lost, pillar))
            for pillar, way in self._ways.items()
        }
        self._answers = True
        self.arrived = 0
        self.refusals = refusals or Refusals()

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends the spans of facts that make one; they went, or wait."""
        with quiet_here:
            if (way := self._ways.get("spans")) is not None:
                return self._backlogs["spans"].put(way.request(who, batch), len(batch)) != "lost"
            return self._spans is None or self._noted(went=_send_spans(self._spans, who, batch))

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends log records; they went, or wait."""
        with quiet_here:
            if (way := self._ways.get("logs")) is not None:
                return self._backlogs["logs"].put(way.request(who, batch), len(batch)) != "lost"
            return self._logs is None or self._noted(went=_send_logs(self._logs, who, batch))

    def resend(self, *, urgent: bool) -> bool:
        """Sends what waits, where it is time to; says whether nothing waits any more."""
        with quiet_here:
            for backlog in self._backlogs.values():
                backlog.resend(urgent=urgent)
        return not any(self.waiting().values())

    def waiting(self) -> Mapping[str, int]:
        """How many items of each pillar wait."""
        return {pillar: backlog.items for pillar, backlog in self._backlogs.items()}

    def metrics(self, data: MetricsData, /) -> bool:
        """Sends the state of every metric."""
        with quiet_here:
            return self._metrics is None or self._noted(
                went=self._metrics.export(data) is MetricExportResult.SUCCESS  # pyright: ignore[reportUnknownMemberType]  its **kwargs are untyped
            )

    def close(self) -> None:
        """Closes the connections; an export that is waiting to retry gives up, and what waits stays."""
        for backlog in self._backlogs.values():
            backlog.close()
        for exporter in (self._spans, self._logs, self._metrics):
            if exporter is not None:
                exporter.shutdown()  # pyright: ignore[reportUnknownMemberType]  **kwargs of one are untyped

    def _tried(self, send: SendBytes, data: bytes) -> Answer:
        """Sends a request, and notes whether it went."""
        answer = send(data)
        self._noted(went=answer.went)
        return answer

    def _noted(self, *, went: bool) -> bool:
        """Counts what arrived, and logs a change between answering and not."""
        self.arrived += went
        if went != self._answers:
            self._answers = went
            if went:
                log.info("telemetry reaches %s again", self._target)
            else:
                log.warning(
                    "telemetry does not reach %s: is Kansoku running there? The application is not "
                    "affected; calls are kept for a while and counted when dropped",
                    self._target,
                )
        return went


def _send_spans(exporter: SpanExporter, who: Identity, batch: Sequence[Telemetry]) -> bool:
    """Sends spans as the exporter's own objects."""
    return exporter.export(spans_of(who, batch)) is SpanExportResult.SUCCESS


def _send_logs(exporter: LogRecordExporter, who: Identity, batch: Sequence[Telemetry]) -> bool:
    """Sends log records as the exporter's own objects."""
    return exporter.export(records_of(who, batch)) is LogRecordExportResult.SUCCESS
