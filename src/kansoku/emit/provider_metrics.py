"""The metric cells through the MeterProvider: counters and gauges are observed, histograms recorded.

An instrument of a provider cannot be taken away again, so there is one set per provider, which reads the
cells of the session in force. Counters stay at where a session's ended, for the provider's last reading at
the end of the process, and go on from there.
"""

from collections.abc import Callable, Iterable
from threading import Lock
from typing import assert_never
from weakref import ref

from opentelemetry.metrics import CallbackOptions, MeterProvider, Observation
from opentelemetry.metrics import Histogram as OtelHistogram

from kansoku.catalog.instruments import INSTRUMENTS, Instrument
from kansoku.emit import forks
from kansoku.emit.cells import Cells, Labels
from kansoku.emit.identity import Identity
from kansoku.emit.otlp_metrics import named

_Callback = Callable[[CallbackOptions], Iterable[Observation]]


class ProviderMetrics:
    """Kansoku's instruments in one provider."""

    def __init__(self, provider: MeterProvider, who: Identity) -> None:
        self._cells: Cells | None = None
        self._before: dict[tuple[str, Labels], float] = {}
        self._histograms: dict[str, OtelHistogram] = {}
        meter = provider.get_meter(who.scope.name, who.scope.version)
        for each in INSTRUMENTS:
            match each.kind:
                case "counter":
                    meter.create_observable_counter(
                        each.wire_name, [self._reader(each)], each.unit, each.help
                    )
                case "gauge":
                    meter.create_observable_gauge(each.wire_name, [self._reader(each)], each.unit, each.help)
                case "histogram":
                    self._histograms[each.name] = meter.create_histogram(
                        each.wire_name,
                        each.unit,
                        each.help,
                        explicit_bucket_boundaries_advisory=each.buckets,
                    )
                case _:
                    assert_never(each.kind)

    def read(self, cells: Cells) -> None:
        """Has the instruments read these cells from now on."""
        if cells is not self._cells:
            self.leave(self._cells)
            self._cells = cells

    def leave(self, cells: Cells | None) -> None:
        """Stops reading these cells, if they are the ones that are read; their counts are kept."""
        if cells is None or cells is not self._cells:
            return
        for instrument in INSTRUMENTS:
            if instrument.kind == "counter":
                for labels, value in cells.of(instrument):
                    key = (instrument.name, labels)
                    self._before[key] = self._before.get(key, 0.0) + value
        self._cells = None

    def forget(self) -> None:
        """In a forked child: what was counted belongs to the parent."""
        self._before.clear()

    def record(self, instrument: Instrument, value: float, labels: Labels) -> None:
        """Records one observation of a histogram."""
        self._histograms[instrument.name].record(value, named(instrument, labels))

    def _reader(self, instrument: Instrument) -> _Callback:
        """The callback that gives an instrument's cells."""

        def read(_: CallbackOptions) -> list[Observation]:
            values = {
                labels: count for (name, labels), count in self._before.items() if name == instrument.name
            }
            cells = self._cells
            for labels, value in () if cells is None else cells.of(instrument):
                values[labels] = values.get(labels, 0.0) + value
            return [Observation(value, named(instrument, labels)) for labels, value in values.items()]

        return read


class _PerProvider:
    """The instruments of each provider that there is, by its id: a provider may have no hash."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[ref[MeterProvider], ProviderMetrics]] = {}
        self._lock = Lock()
        forks.in_child(self._forked)

    def of(self, provider: MeterProvider, who: Identity) -> ProviderMetrics:
        """Kansoku's instruments in the provider, made the first time."""
        with self._lock:
            for gone in [key for key, (known, _) in self._known.items() if known() is None]:
                del self._known[gone]
            if id(provider) not in self._known:
                self._known[id(provider)] = ref(provider), ProviderMetrics(provider, who)
            return self._known[id(provider)][1]

    def _forked(self) -> None:
        """In a forked child: what was counted is the parent's, and so may the lock be."""
        self._lock = Lock()
        for _, each in list(self._known.values()):
            each.forget()


provider_metrics = _PerProvider().of
"""Kansoku's instruments in a provider, made the first time."""
