"""The Prometheus scrape page of the application, on a port of its own."""

import threading
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import assert_never

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from kansoku.catalog.instruments import Instrument
from kansoku.emit.cells import Cell, Cells, Histogram, Labels

ServerOf = tuple[ThreadingHTTPServer, threading.Thread]


class CellCollector(Collector):
    """Gives the cells to a `prometheus_client` registry at each scrape."""

    def __init__(self, cells: Cells, refresh: Callable[[], None]) -> None:
        self._cells = cells
        self._refresh = refresh

    def collect(self) -> Iterator[Metric]:
        """One metric family per instrument."""
        self._refresh()
        for instrument, cells in self._cells.snapshot():
            yield _family(instrument, cells)


def serve_scrapes(cells: Cells, refresh: Callable[[], None], port: int, host: str) -> Callable[[], None]:
    """Answers scrapes at `http://host:port/metrics`; gives what stops it.

    Raises:
        OSError: If the port cannot be had.
    """
    registry = CollectorRegistry()
    registry.register(CellCollector(cells, refresh))
    server, thread = start_http_server(port, host, registry)

    def stop() -> None:
        server.shutdown()
        server.server_close()
        thread.join(timeout=1)

    return stop


def _family(instrument: Instrument, cells: list[tuple[Labels, Cell]]) -> Metric:
    """The instrument and its cells as a metric family."""
    names = [label.replace(".", "_") for label in instrument.labels]
    match instrument.kind:
        case "counter":
            family = CounterMetricFamily(instrument.name, instrument.help, labels=names)
        case "gauge":
            family = GaugeMetricFamily(instrument.name, instrument.help, labels=names)
        case "histogram":
            return _histogram(instrument, names, cells)
        case _:
            assert_never(instrument.kind)
    for labels, cell in cells:
        if not isinstance(cell, Histogram):
            family.add_metric(labels, cell)
    return family


def _histogram(instrument: Instrument, names: list[str], cells: list[tuple[Labels, Cell]]) -> Metric:
    """A histogram with cumulative buckets, as Prometheus counts them."""
    family = HistogramMetricFamily(instrument.name, instrument.help, labels=names)
    bounds = [*(str(bound) for bound in instrument.buckets), "+Inf"]
    for labels, cell in cells:
        if isinstance(cell, Histogram):
            family.add_metric(labels, _cumulative(bounds, cell.counts), cell.sum)
    return family


def _cumulative(bounds: list[str], counts: list[int]) -> list[tuple[str, float]]:
    """Each bound with the observations up to it."""
    total = 0
    buckets: list[tuple[str, float]] = []
    for bound, count in zip(bounds, counts, strict=True):
        total += count
        buckets.append((bound, total))
    return buckets
