"""The metric cells: one number or histogram per instrument and label values, read by every exporter.

Kept apart from any metrics library so that one `add` serves the scrape page and OTLP alike, and costs a
dictionary look-up.
"""

import threading
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kansoku.catalog.instruments import CACHE_HIT_RATE, DROPPED, Instrument

Labels = tuple[str, ...]

MAX_CHILDREN = 2_000
"""Label combinations of one instrument; what comes after is counted under `other`."""

OTHER = "other"


@dataclass(slots=True)
class Histogram:
    """Counts per bucket (the last one is above every bound), and the sum of what was observed."""

    counts: list[int]
    sum: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")

    @property
    def count(self) -> int:
        """How many observations there were."""
        return sum(self.counts)


Cell = float | Histogram


@dataclass(slots=True)
class _Family:
    """The cells of one instrument."""

    instrument: Instrument
    cells: dict[Labels, Cell] = field(default_factory=dict[Labels, Cell])


class Cells:
    """All metric cells of the process. Safe to use from several threads."""

    def __init__(self, instruments: Iterable[Instrument]) -> None:
        self._families = {each.name: _Family(each) for each in instruments}
        self._lock = threading.Lock()
        self._read = 0
        self._prompt = 0
        for family in self._families.values():  # a rate of nothing is no data, so it has no cell yet
            if not family.instrument.labels and family.instrument is not CACHE_HIT_RATE:
                family.cells[()] = _empty(family.instrument)

    def add(self, instrument: Instrument, amount: float, *labels: str) -> None:
        """Adds to a counter or gauge; an amount of 0 makes the child exist."""
        with self._lock:
            family, key = self._child(instrument, labels)
            value = family.cells[key]
            if not isinstance(value, Histogram):
                family.cells[key] = value + amount

    def put(self, instrument: Instrument, value: float, *labels: str) -> None:
        """Sets a gauge."""
        with self._lock:
            family, key = self._child(instrument, labels)
            family.cells[key] = value

    def observe(self, instrument: Instrument, value: float, *labels: str) -> None:
        """Adds an observation to a histogram; a value equal to a bound lies below it."""
        with self._lock:
            family, key = self._child(instrument, labels)
            cell = family.cells[key]
            if isinstance(cell, Histogram):
                cell.counts[bisect_left(instrument.buckets, value)] += 1
                cell.sum += value
                cell.low = min(cell.low, value)
                cell.high = max(cell.high, value)

    def touch(self, instrument: Instrument, *labels: str) -> None:
        """Makes the child exist, so that a rate sees its first increase."""
        with self._lock:
            self._child(instrument, labels)

    def hit(self, read: int, prompt: int) -> None:
        """Adds a call's cached and whole prompt tokens to the cache hit rate since the process began."""
        with self._lock:
            self._read += read
            self._prompt += prompt
            self._families[CACHE_HIT_RATE.name].cells[()] = self._read / self._prompt

    def value(self, instrument: Instrument, *labels: str) -> float:
        """The value of a counter or gauge, the count of a histogram; 0 where there is no child."""
        with self._lock:
            cell = self._families[instrument.name].cells.get(labels, 0.0)
            return float(cell.count if isinstance(cell, Histogram) else cell)

    def snapshot(self) -> Iterator[tuple[Instrument, list[tuple[Labels, Cell]]]]:
        """Every instrument with a copy of its cells."""
        for family in self._families.values():
            with self._lock:
                cells = [(labels, _copy(cell)) for labels, cell in family.cells.items()]
            yield family.instrument, cells

    def _child(self, instrument: Instrument, labels: Labels) -> tuple[_Family, Labels]:
        """The family and key of a child, made when it is new; the lock is held."""
        family = self._families[instrument.name]
        if labels not in family.cells:
            if len(family.cells) >= MAX_CHILDREN:
                self._overflowed()
                labels = (OTHER,) * len(labels)
            family.cells.setdefault(labels, _empty(instrument))
        return family, labels

    def _overflowed(self) -> None:
        """Counts a label combination that did not fit."""
        cells = self._families[DROPPED.name].cells
        key = ("metrics", "cardinality")
        before = cells.get(key, 0.0)
        cells[key] = (0.0 if isinstance(before, Histogram) else before) + 1


def _empty(instrument: Instrument) -> Cell:
    """A fresh cell."""
    return Histogram([0] * (len(instrument.buckets) + 1)) if instrument.kind == "histogram" else 0.0


def _copy(cell: Cell) -> Cell:
    """The cell as it is now."""
    if isinstance(cell, Histogram):
        return Histogram(list(cell.counts), cell.sum, cell.low, cell.high)
    return cell
