"""The Prometheus scrape page of the application: cells as `prometheus_client` metrics, on a port if asked."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import assert_never
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.samples import Exemplar as ShownExemplar

from kansoku.catalog.instruments import Instrument
from kansoku.emit.cells import Exemplar, Family, Histogram, State
from kansoku.emit.locked_file import hold, let_go
from kansoku.record.facts import Fact

RETRY_EVERY_S = 0.5
"""How often a worker that stands by looks whether the port's holder is gone."""

_NS = 1_000_000_000

Server = tuple[WSGIServer, threading.Thread]


class StateCollector(Collector):
    """Gives a state of cells to a `prometheus_client` registry at each scrape."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """One metric family per instrument."""
        for instrument, family in self._state().items():
            yield _family(instrument, family)


def registry_of(state: Callable[[], State]) -> CollectorRegistry:
    """A registry with the state's metrics alone."""
    registry = CollectorRegistry()
    registry.register(StateCollector(state))
    return registry


class ScrapePort:
    """Answers scrapes at `http://host:port/metrics` while no sibling does, and takes over when it is gone.

    Args:
        state: What a scrape shows.
        host: The address.
        port: The port.
        lock: A file that whoever serves holds, so that a sibling on the port is told from a stranger.
        refused: Told once when a stranger has the port.
    """

    def __init__(
        self,
        state: Callable[[], State],
        host: str,
        port: int,
        lock: Path | None,
        refused: Callable[[OSError], None],
    ) -> None:
        self._registry = registry_of(state)
        self._where = (host, port)
        self._lock_path = lock
        self._refused = refused
        self._told = False
        self._held: int | None = None
        self._server: Server | None = None
        self._tried_at = float("-inf")

    @property
    def serves(self) -> bool:
        """Whether this process has the port."""
        return self._server is not None

    @property
    def is_refused(self) -> bool:
        """Whether a stranger had it, and this process has not got it since."""
        return self._told and self._server is None

    @property
    def address(self) -> str:
        """The host and port."""
        return f"{self._where[0]}:{self._where[1]}"

    def fact(self, fact: Fact, /) -> None:
        """Nothing: the cells have it."""

    def worked(self) -> None:
        """Takes the port if it is free, looking twice a second at most."""
        if self._server is None and time.monotonic() - self._tried_at >= RETRY_EVERY_S:
            self._tried_at = time.monotonic()
            self._try()

    def forked(self) -> None:
        """In a forked child: port and lock are the parent's. Neither is to outlive it through this copy."""
        if self._server is not None:
            self._server[0].socket.close()
        if self._held is not None:
            os.close(self._held)
        self._server = self._held = None

    def close(self) -> None:
        """Gives the port up."""
        if self._server is not None:
            server, thread = self._server
            server.shutdown()
            server.server_close()
            thread.join(timeout=1)
        if self._held is not None:
            let_go(self._held)
        self._server = self._held = None

    def _try(self) -> None:
        """Serves, unless a sibling or a stranger does."""
        if self._lock_path is not None:
            self._held = hold(self._lock_path)
            if self._held is None:
                return
        host, port = self._where
        try:
            self._server = start_http_server(port, host, self._registry)
        except OSError as error:
            self._stand_by(error)

    def _stand_by(self, error: OSError) -> None:
        """The port cannot be had; that is said once."""
        if self._held is not None:
            let_go(self._held)
            self._held = None
        if not self._told:
            self._told = True
            self._refused(error)


def _family(instrument: Instrument, cells: Family) -> Metric:
    """The instrument and its cells as a metric family."""
    names = [label.replace(".", "_") for label in instrument.labels]
    match instrument.kind:
        case "counter":
            return _counter(instrument, names, cells)
        case "gauge":
            return _gauge(instrument, names, cells)
        case "histogram":
            return _histogram(instrument, names, cells)
        case _:
            assert_never(instrument.kind)


def _counter(instrument: Instrument, names: list[str], cells: Family) -> Metric:
    """A counter, with the latest call that moved it where the instrument keeps that."""
    family = CounterMetricFamily(instrument.name, instrument.help, labels=names)
    for labels, cell in cells.items():
        if not isinstance(cell, Histogram):
            family.add_metric(labels, cell.value, exemplar=_shown(cell.exemplar))
    return family


def _gauge(instrument: Instrument, names: list[str], cells: Family) -> Metric:
    """A gauge."""
    family = GaugeMetricFamily(instrument.name, instrument.help, labels=names)
    for labels, cell in cells.items():
        if not isinstance(cell, Histogram):
            family.add_metric(labels, cell.value)
    return family


def _histogram(instrument: Instrument, names: list[str], cells: Family) -> Metric:
    """A histogram with cumulative buckets, as Prometheus counts them."""
    family = HistogramMetricFamily(instrument.name, instrument.help, labels=names)
    bounds = [*(str(bound) for bound in instrument.buckets), "+Inf"]
    for labels, cell in cells.items():
        if isinstance(cell, Histogram):
            family.add_metric(labels, _cumulative(bounds, cell), cell.sum)
    return family


def _cumulative(
    bounds: list[str], cell: Histogram
) -> list[tuple[str, float] | tuple[str, float, ShownExemplar]]:
    """Each bound with the observations up to it, and the latest one of the bucket."""
    total = 0
    buckets: list[tuple[str, float] | tuple[str, float, ShownExemplar]] = []
    for number, (bound, count) in enumerate(zip(bounds, cell.counts, strict=True)):
        total += count
        exemplar = _shown(cell.exemplars.get(number))
        buckets.append((bound, total) if exemplar is None else (bound, total, exemplar))
    return buckets


def _shown(exemplar: Exemplar | None) -> ShownExemplar | None:
    """An exemplar as OpenMetrics has it; its names and ids are 63 characters of the 128 allowed."""
    if exemplar is None:
        return None
    value, trace_id, span_id, at_ns = exemplar
    return ShownExemplar(
        {"trace_id": format(trace_id, "032x"), "span_id": format(span_id, "016x")}, value, at_ns / _NS
    )
