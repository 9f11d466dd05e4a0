"""The metric cells: one number or histogram per instrument and label values, read by every exporter.

Kept apart from any metrics library so that one `add` serves the scrape page and OTLP alike, and costs a
dictionary look-up.
"""

import logging
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kansoku.catalog.instruments import CACHE_HIT_RATE, DROPPED, TOKENS, Instrument
from kansoku.catalog.losses import Pillar, Reason
from kansoku.catalog.vocabularies import WORDS

log = logging.getLogger("kansoku")

Labels = tuple[str, ...]

Move = tuple[Instrument, float, Labels]
"""What something adds to a counter or gauge, or one observation of a histogram."""

Child = tuple[Instrument, Labels]
"""The cell of an instrument with these labels, whether it is there yet or not."""

Amounts = Sequence[float | None]
"""By how much each of several children is moved; None moves nothing, and makes nothing exist."""

Origin = tuple[int, int, int]
"""The call that something came from: trace id, span id, nanoseconds since 1970."""

Exemplar = tuple[float, int, int, int]
"""One measured value and the call it came from: value, trace id, span id, nanoseconds since 1970."""

MAX_SERIES = 2_000
"""Label sets of one instrument; what comes after is counted under `other` in place of names.

A series of a counter takes 0.3 KB and its exemplar 0.2 KB more; one of a histogram 0.5 KB and 0.3 KB for each
bucket with an exemplar: 3.5 KB where all of latency's have one. So an instrument takes 7 MB at most
(tracemalloc, 2,000 series, one label of 25 characters).
"""

MAX_LABEL = 100
"""Characters of a label value: names that came from a user are cut here."""

OTHER = "other"

_OVERFLOW: tuple[Pillar, Reason] = ("metrics", "cardinality")


@dataclass(slots=True)
class Number:
    """A counter or a gauge, and the latest call that moved it."""

    value: float = 0.0
    exemplar: Exemplar | None = None

    def move(self, _: Instrument, amount: float, exemplar: Exemplar | None) -> None:
        """Adds the amount."""
        self.value += amount
        if exemplar is not None:
            self.exemplar = exemplar

    def empty(self) -> None:
        """Begins anew."""
        self.value, self.exemplar = 0.0, None

    def copy(self) -> "Number":
        """The number as it is now."""
        return Number(self.value, self.exemplar)

    def add(self, other: "Number") -> None:
        """Adds what another process counted."""
        self.value += other.value
        self.exemplar = _later(self.exemplar, other.exemplar)


@dataclass(slots=True)
class Histogram:
    """Counts per bucket (the last one is above every bound), the sum, and the latest call of each bucket."""

    counts: list[int]
    sum: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    exemplars: dict[int, Exemplar] = field(default_factory=dict[int, Exemplar])

    @property
    def count(self) -> int:
        """How many observations there were."""
        return sum(self.counts)

    def move(self, instrument: Instrument, amount: float, exemplar: Exemplar | None) -> None:
        """Adds an observation; a value equal to a bound lies below it."""
        bucket = bisect_left(instrument.buckets, amount)
        self.counts[bucket] += 1
        self.sum += amount
        # Comparisons cost a third of what min and max do, and this runs several times for each call.
        if amount < self.low:  # noqa: PLR1730
            self.low = amount
        if amount > self.high:  # noqa: PLR1730
            self.high = amount
        if exemplar is not None:
            self.exemplars[bucket] = exemplar

    def empty(self) -> None:
        """Begins anew."""
        self.counts[:] = [0] * len(self.counts)
        self.sum, self.low, self.high = 0.0, float("inf"), float("-inf")
        self.exemplars.clear()

    def copy(self) -> "Histogram":
        """The histogram as it is now."""
        return Histogram(list(self.counts), self.sum, self.low, self.high, dict(self.exemplars))

    def add(self, other: "Histogram") -> None:
        """Adds what another process observed."""
        self.counts = [ours + theirs for ours, theirs in zip(self.counts, other.counts, strict=True)]
        self.sum += other.sum
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        for bucket, exemplar in other.exemplars.items():
            self.exemplars[bucket] = _later(self.exemplars.get(bucket), exemplar) or exemplar


Cell = Number | Histogram

Family = dict[Labels, Cell]

State = dict[Instrument, Family]
"""Every instrument with its cells."""


class Children:
    """Children of one `Cells` that are moved together. Their cells, which stay theirs, are found once."""

    __slots__ = ("cells", "known")

    def __init__(self, known: tuple[Child, ...]) -> None:
        self.known = known
        self.cells: list[Cell | None] = [None] * len(known)


class Cells:
    """All metric cells of the process. Safe to use from several threads.

    Args:
        instruments: The instruments there are.
        max_series: Label sets of one instrument, before the rest is counted together.
    """

    def __init__(self, instruments: Iterable[Instrument], max_series: int = MAX_SERIES) -> None:
        self.max_series = max_series
        self.version = 0
        """Grows with every change, so that a reader knows whether there is something new."""
        self.watch: Callable[[Instrument, float, Labels], None] | None = None
        """Told every observation of a histogram."""
        self.heir: Cells | None = None
        """Counts what is lost from when nobody reads these any more."""
        self._families: dict[str, tuple[Instrument, Family]] = {each.name: (each, {}) for each in instruments}
        self._told: set[str] = set()
        # Streams that are dropped end where the collector finds them, which may be inside of this very lock.
        self._lock = threading.RLock()
        for instrument, family in self._families.values():  # a rate of nothing is no data: it has no cell yet
            if not instrument.labels and instrument is not CACHE_HIT_RATE:
                family[()] = empty(instrument)

    def apply(self, moves: Sequence[Move], place: Origin | None = None) -> None:
        """Makes all moves under one lock; of 0, a move only makes the child of a counter exist."""
        children = Children(tuple([(instrument, labels) for instrument, _, labels in moves]))
        self.move(children, [amount for _, amount, _ in moves], place)

    def move(self, children: "Children", amounts: Amounts, place: Origin | None = None) -> None:
        """Moves each child by its amount, all under one lock; from which call, where there is one."""
        over: list[str] = []
        known, cells = children.known, children.cells
        trace_id, span_id, at_ns = place or (0, 0, 0)
        with self._lock:
            self.version += 1
            for at, amount in enumerate(amounts):
                if amount is not None:
                    instrument = known[at][0]
                    is_linked = instrument.exemplars and place is not None
                    exemplar = (amount, trace_id, span_id, at_ns) if is_linked else None
                    (cells[at] or self._found(children, at, over)).move(instrument, amount, exemplar)
        if over:
            self._tell(over)
        if self.watch is not None:
            for (instrument, labels), amount in zip(children.known, amounts, strict=True):
                if instrument.kind == "histogram" and amount is not None:
                    self.watch(instrument, amount, tuple([short(each) for each in labels]))

    def add(self, instrument: Instrument, amount: float, *labels: str) -> None:
        """Adds to a counter or gauge; an amount of 0 makes the child exist."""
        self.apply(((instrument, amount, labels),))

    def lose(self, count: float, pillar: Pillar, reason: Reason) -> None:
        """Counts records that are lost, and why."""
        if self.heir is not None:
            self.heir.lose(count, pillar, reason)
        else:
            self.add(DROPPED, count, pillar, reason)

    def observe(self, instrument: Instrument, value: float, *labels: str) -> None:
        """Adds an observation to a histogram."""
        self.apply(((instrument, value, labels),))

    def put(self, instrument: Instrument, value: float, *labels: str) -> None:
        """Sets a gauge, or a counter that is kept elsewhere."""
        self.put_all(instrument, ((labels, value),))

    def put_all(self, instrument: Instrument, values: Iterable[tuple[Labels, float]]) -> None:
        """Sets several cells of one, under one lock."""
        over: list[str] = []
        with self._lock:
            family = self._families[instrument.name][1]
            for labels, value in values:
                cell = family.get(labels) or self._child(instrument, family, labels, over)
                if isinstance(cell, Number) and cell.value != value:
                    cell.value = value
                    self.version += 1
        if over:
            self._tell(over)

    def touch(self, children: Iterable[tuple[Instrument, Labels]]) -> None:
        """Makes children exist, so that a rate sees their first increase."""
        over: list[str] = []
        with self._lock:
            self.version += 1
            for instrument, labels in children:
                family = self._families[instrument.name][1]
                if labels not in family:
                    full = len(family) >= self.max_series
                    self._child(instrument, family, folded(instrument, labels) if full else labels, over)

    def value(self, instrument: Instrument, *labels: str) -> float:
        """The value of a counter or gauge, the count of a histogram; 0 where there is no child."""
        cell = self.state()[instrument].get(labels)
        if cell is None:
            return 0.0
        return float(cell.count if isinstance(cell, Histogram) else cell.value)

    def state(self) -> State:
        """Every instrument with a copy of its cells, all of one moment."""
        with self._lock:
            found: State = {
                instrument: {labels: family[labels].copy() for labels in tuple(family)}
                for instrument, family in self._families.values()
            }
        return with_hit_rate(found)

    def of(self, instrument: Instrument) -> list[tuple[Labels, float]]:
        """A counter's or gauge's cells."""
        found = self.state()[instrument].items()
        return [(labels, cell.value) for labels, cell in found if isinstance(cell, Number)]

    def snapshot(self) -> Iterator[tuple[Instrument, list[tuple[Labels, Cell]]]]:
        """Every instrument with a copy of its cells, as pairs."""
        for instrument, family in self.state().items():
            yield instrument, list(family.items())

    def forked(self) -> None:
        """In a forked child: the counts so far are the parent's, and so is the lock."""
        self._lock = threading.RLock()
        for instrument, family in self._families.values():
            if instrument.across == "sum":  # what a worker merely knows, it knows in the child too
                for cell in tuple(family.values()):
                    cell.empty()

    def _found(self, children: Children, at: int, over: list[str]) -> Cell:
        """The cell of one of them, kept there if it is its own for good; the lock is held."""
        instrument, labels = children.known[at]
        family = self._families[instrument.name][1]
        cell = family.get(labels) or self._child(instrument, family, labels, over)
        children.cells[at] = family.get(labels)
        return cell

    def _child(self, instrument: Instrument, family: Family, labels: Labels, over: list[str]) -> Cell:
        """The cell of labels that are new, too long, or too many; the lock is held."""
        labels = tuple([short(each) for each in labels])
        full = labels not in family and len(family) >= self.max_series and instrument is not DROPPED
        if full and (together := folded(instrument, labels)) != labels:
            over.append(instrument.name)
            dropped = self._families[DROPPED.name][1].setdefault(_OVERFLOW, Number())
            if isinstance(dropped, Number):
                dropped.value += 1
            labels = together
        return family.setdefault(labels, empty(instrument))

    def _tell(self, over: Iterable[str]) -> None:
        """Logs once for each instrument that it has too many label sets."""
        for name in set(over) - self._told:
            self._told.add(name)
            log.warning(
                "max_series: %s has %d label sets; further ones are counted together as %r. Is a name made "
                "from user input?",
                name,
                self.max_series,
                OTHER,
            )


def short(text: str) -> str:
    """A label value of a length that a metrics store takes."""
    return text if len(text) <= MAX_LABEL else text[: MAX_LABEL - 1] + "…"


def empty(instrument: Instrument) -> Cell:
    """A fresh cell."""
    return Histogram([0] * (len(instrument.buckets) + 1)) if instrument.kind == "histogram" else Number()


def folded(instrument: Instrument, labels: Labels) -> Labels:
    """The labels with `other` in place of names; how something ended, or what kind it is of, stays."""
    named = zip(instrument.labels, labels, strict=True)
    return tuple([each if each in WORDS.get(name, ()) else OTHER for name, each in named])


def overflowed(instrument: Instrument, labels: Labels) -> bool:
    """Whether the cell of these labels holds what did not fit."""
    return OTHER in labels and folded(instrument, labels) == labels


def with_hit_rate(state: State) -> State:
    """The state with the cache hit rate that its token counts make; none where there are none."""
    rate = _hit_rate(state.get(TOKENS, {}))
    if CACHE_HIT_RATE in state:
        state[CACHE_HIT_RATE] = {} if rate is None else {(): Number(rate)}
    return state


def summed(states: Iterable[Mapping[Instrument, Family]]) -> State:
    """The states of several processes as one."""
    total: State = {}
    for state in states:
        for instrument, family in state.items():
            into = total.setdefault(instrument, {})
            for labels, cell in family.items():
                if labels in into:
                    _add(instrument, into[labels], cell)
                else:
                    into[labels] = cell.copy()
    return with_hit_rate(total)


def _add(instrument: Instrument, into: Cell, cell: Cell) -> None:
    """Adds a cell to one of its kind, as the instrument wants it done."""
    if isinstance(into, Histogram):
        if isinstance(cell, Histogram):
            into.add(cell)
    elif isinstance(cell, Number):
        if instrument.across == "least":
            into.value = min(into.value, cell.value)
        else:
            into.add(cell)


def _hit_rate(tokens: Family) -> float | None:
    """Prompt tokens read from the cache over all prompt tokens."""
    read = prompt = 0.0
    for labels, cell in tokens.items():
        if isinstance(cell, Number) and labels[-1] != "output":
            prompt += cell.value
            read += cell.value if labels[-1] == "cache_read" else 0.0
    return read / prompt if prompt else None


def _later(one: Exemplar | None, other: Exemplar | None) -> Exemplar | None:
    """The exemplar of the later call."""
    if one is None or other is None:
        return one or other
    return max(one, other, key=lambda each: each[3])
