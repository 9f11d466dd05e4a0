"""The metric cells as the OpenTelemetry SDK's metric data, for its OTLP exporter: cumulative or delta."""

from collections.abc import Iterable
from typing import Literal, assert_never, cast

from opentelemetry.sdk.metrics import Exemplar as SdkExemplar
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

from kansoku.catalog.instruments import Instrument
from kansoku.emit.cells import Cell, Cells, Exemplar, Family, Histogram, Labels, Number, State, overflowed
from kansoku.emit.identity import Identity

Temporality = Literal["cumulative", "delta"]

OVERFLOW = "otel.metric.overflow"
"""OpenTelemetry's mark of the series that holds what was over the limit."""

_UNKNOWN = cast("float", None)
"""Least and greatest value of an interval; OTLP's fields are optional, the SDK's type is not."""


class MetricsReader:
    """Reads cells for sending. With delta, a reading counts from the last one that went.

    Args:
        cells: The cells.
        temporality: Whether numbers count from the beginning or from the last sending.
        began_ns: When counting began, in nanoseconds since 1970.
    """

    def __init__(self, cells: Cells, temporality: Temporality, began_ns: int) -> None:
        self._cells = cells
        self._temporality: Temporality = temporality
        self._since_ns = began_ns
        self._base: State = {}
        self._reading: tuple[State, int] | None = None

    def read(self, who: Identity, now_ns: int) -> MetricsData:
        """Every instrument that has something to tell."""
        state = self._cells.state()
        self._reading = (state, now_ns)
        shown = state if self._temporality == "cumulative" else since(self._base, state)
        mode = AggregationTemporality[self._temporality.upper()]
        metrics = [
            Metric(each.wire_name, each.help, each.unit, _data(each, family, mode, self._since_ns, now_ns))
            for each, family in shown.items()
            if family
        ]
        return MetricsData([ResourceMetrics(who.resource, [ScopeMetrics(who.scope, metrics, "")], "")])

    def went(self) -> None:
        """The last reading arrived. One that did not is in the next, which then covers both intervals."""
        if self._temporality == "delta" and self._reading is not None:
            self._base, self._since_ns = self._reading
        self._reading = None

    def unsent(self) -> int:
        """Series of counters and histograms with a delta that has not gone; cumulative ones lose nothing."""
        if self._temporality == "cumulative":
            return 0
        added = since(self._base, self._cells.state())
        return sum(len(family) for instrument, family in added.items() if instrument.kind != "gauge")

    def forked(self, now_ns: int) -> None:
        """In a forked child, whose cells begin anew."""
        self._base, self._since_ns, self._reading = {}, now_ns, None


def since(base: State, state: State) -> State:
    """What was added between two states; gauges as they are. Unchanged series are left out."""
    return {
        instrument: family if instrument.kind == "gauge" else _family_since(base.get(instrument, {}), family)
        for instrument, family in state.items()
    }


def _family_since(base: Family, family: Family) -> Family:
    """What was added to each cell of an instrument."""
    added = {labels: _cell_since(base.get(labels), cell) for labels, cell in family.items()}
    return {labels: cell for labels, cell in added.items() if cell is not None}


def _cell_since(base: Cell | None, cell: Cell) -> Cell | None:
    """What was added to a cell; None if nothing was."""
    if isinstance(cell, Histogram):
        if not isinstance(base, Histogram):
            return cell if cell.count else None
        counts = [now - before for now, before in zip(cell.counts, base.counts, strict=True)]
        exemplars = {key: each for key, each in cell.exemplars.items() if base.exemplars.get(key) != each}
        added = Histogram(counts, cell.sum - base.sum, exemplars=exemplars)
        return added if any(counts) else None
    before = base.value if isinstance(base, Number) else 0.0
    return None if cell.value == before else Number(cell.value - before, cell.exemplar)


def _data(
    instrument: Instrument, cells: Family, mode: AggregationTemporality, began_ns: int, now_ns: int
) -> Sum | Gauge | HistogramData:
    """The instrument's points."""
    points = [
        NumberDataPoint(named(instrument, labels), began_ns, now_ns, cell.value, _sent((cell.exemplar,)))
        for labels, cell in cells.items()
        if isinstance(cell, Number)
    ]
    match instrument.kind:
        case "counter":
            return Sum(points, mode, is_monotonic=True)
        case "gauge":
            return Gauge(points)
        case "histogram":
            histograms = [
                _histogram_point(instrument, labels, cell, began_ns, now_ns)
                for labels, cell in cells.items()
                if isinstance(cell, Histogram)
            ]
            return HistogramData(histograms, mode)
        case _:
            assert_never(instrument.kind)


def _histogram_point(
    instrument: Instrument, labels: Labels, cell: Histogram, began_ns: int, now_ns: int
) -> HistogramDataPoint:
    """One histogram. OTLP's buckets are not cumulative."""
    known = cell.low <= cell.high
    return HistogramDataPoint(
        attributes=named(instrument, labels),
        start_time_unix_nano=began_ns,
        time_unix_nano=now_ns,
        count=cell.count,
        sum=cell.sum,
        bucket_counts=cell.counts,
        explicit_bounds=instrument.buckets,
        min=cell.low if known else _UNKNOWN,
        max=cell.high if known else _UNKNOWN,
        exemplars=_sent(cell.exemplars.values()),
    )


def _sent(exemplars: Iterable[Exemplar | None]) -> list[SdkExemplar]:
    """Exemplars as the SDK has them."""
    return [SdkExemplar({}, each[0], each[3], each[2], each[1]) for each in exemplars if each is not None]


def named(instrument: Instrument, labels: Labels) -> dict[str, str | bool]:
    """The labels by name; an empty one is left out, as OpenTelemetry has it."""
    held: dict[str, str | bool] = {
        name: value for name, value in zip(instrument.labels, labels, strict=True) if value
    }
    if overflowed(instrument, labels):
        held[OVERFLOW] = True
    return held
