"""The metric cells as the OpenTelemetry SDK's metric data, for its OTLP exporter. Cumulative."""

from typing import assert_never

from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.metrics.export import Histogram as HistogramData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from kansoku.catalog.instruments import Instrument
from kansoku.emit.cells import Cell, Cells, Histogram, Labels

_CUMULATIVE = AggregationTemporality.CUMULATIVE


def metrics_data(
    cells: Cells, resource: Resource, scope: InstrumentationScope, began_ns: int, now_ns: int
) -> MetricsData:
    """Every instrument that has a cell. Times are nanoseconds since 1970."""
    metrics = [
        Metric(
            instrument.wire_name, instrument.help, instrument.unit, _data(instrument, found, began_ns, now_ns)
        )
        for instrument, found in cells.snapshot()
        if found
    ]
    return MetricsData([ResourceMetrics(resource, [ScopeMetrics(scope, metrics, "")], "")])


def _data(
    instrument: Instrument, cells: list[tuple[Labels, Cell]], began_ns: int, now_ns: int
) -> Sum | Gauge | HistogramData:
    """The instrument's points."""
    points = [
        NumberDataPoint(_named(instrument, labels), began_ns, now_ns, cell)
        for labels, cell in cells
        if not isinstance(cell, Histogram)
    ]
    match instrument.kind:
        case "counter":
            return Sum(points, _CUMULATIVE, is_monotonic=True)
        case "gauge":
            return Gauge(points)
        case "histogram":
            histograms = [
                _histogram_point(instrument, labels, cell, began_ns, now_ns)
                for labels, cell in cells
                if isinstance(cell, Histogram)
            ]
            return HistogramData(histograms, _CUMULATIVE)
        case _:
            assert_never(instrument.kind)


def _histogram_point(
    instrument: Instrument, labels: Labels, cell: Histogram, began_ns: int, now_ns: int
) -> HistogramDataPoint:
    """One histogram. OTLP's buckets are not cumulative."""
    return HistogramDataPoint(
        attributes=_named(instrument, labels),
        start_time_unix_nano=began_ns,
        time_unix_nano=now_ns,
        count=cell.count,
        sum=cell.sum,
        bucket_counts=cell.counts,
        explicit_bounds=instrument.buckets,
        min=cell.low if cell.count else 0.0,
        max=cell.high if cell.count else 0.0,
    )


def _named(instrument: Instrument, labels: Labels) -> dict[str, str]:
    """The labels by name; an empty one is left out, as OpenTelemetry has it."""
    return {name: value for name, value in zip(instrument.labels, labels, strict=True) if value}
