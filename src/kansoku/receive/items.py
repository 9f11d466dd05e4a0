"""The items of a request (spans, log records, data points): which of them cannot be taken, and why.

The items at fault are left out and the rest is taken, which OTLP calls a partial success.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import ArrayValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import SummaryDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from kansoku.store.segments import Signal
from kansoku.store.times import AHEAD_NS, DAY_NS, PAST_NS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs, ScopeLogs
    from opentelemetry.proto.metrics.v1.metrics_pb2 import (
        Metric,
        NumberDataPoint,
        ResourceMetrics,
        ScopeMetrics,
    )
    from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans

    Group = ResourceSpans | ResourceLogs | ResourceMetrics
    Scope = ScopeSpans | ScopeLogs | ScopeMetrics
    Holders = tuple[Group, Scope, Metric | None]

NAMES = {Signal.TRACES: "spans", Signal.LOGS: "log records", Signal.METRICS: "data points"}
"""What the items of a signal are called."""

TRACE_ID_SIZES = (16, 0)
SPAN_ID_SIZES = (8, 0)
"""An id may be missing, as test emitters leave it out."""

MOST_TRIED = 20_000
"""Items of a request that cannot be read at once are read each by itself, up to so many: a bad request
should not cost more than a good one."""


class Fault(Enum):
    """Why an item is not taken; the value says it to the emitter."""

    UNREADABLE = (
        "what cannot be read: a field of another type, text that is not UTF-8, or values nested too deep"
    )
    IDENTITY = "a trace_id that is not 16 bytes or a span_id that is not 8"
    TIME = "a time over 400 days before or a day after the receiver's: set the clock, and give UTC"
    DAYS = "over {days} different days in one request: send old items in smaller batches"
    TEXT = "a text, list or map of over {text_bytes} bytes: cut it short before it is exported"


@dataclass(frozen=True, slots=True)
class Caps:
    """What one request may hold.

    Attributes:
        text_bytes: Of one text, bytes value, list or map.
        days: How many different days its items may be of; each makes a file set of its own in the store.
        weight_bytes: As rows, each of which takes `row_bytes`, repeats its resource and scope, and has
            `part_bytes` for each attribute, event, link and exemplar.
        holders: Resources, scopes and metrics, among which its items are divided.
        row_bytes: See above; measured with empty spans.
        part_bytes: See above; measured with empty attributes.
    """

    text_bytes: int = 8 << 20
    days: int = 32
    weight_bytes: int = 512 << 20
    holders: int = 100_000
    row_bytes: int = 256
    part_bytes: int = 128


_NO_FAULTS: Counter[Fault] = Counter()  # shared, so never changed


class Sifted(NamedTuple):
    """What is left of a request, as bytes and in items, and how many were left out for what.

    Where none were, the items may not have been counted. `where` is the way to the first thing that could
    not be read, if it is known.
    """

    message: bytes
    left: int = 0
    faults: Counter[Fault] = _NO_FAULTS
    where: str = ""

    @property
    def items(self) -> int:
        """How many there were."""
        return self.left + self.rejected

    @property
    def rejected(self) -> int:
        """How many were left out."""
        return self.faults.total()


class Items(Protocol):
    """A repeated field of spans, log records or data points."""

    def __len__(self) -> int: ...
    def __getitem__(self, index: int, /) -> Message: ...
    def __delitem__(self, index: int, /) -> None: ...
    def __iter__(self) -> Iterator[Message]: ...


def sifted(request: Message, now_ns: int, caps: Caps) -> Sifted:
    """The request without the items at fault; the message given is changed."""
    judge = _Judge(now_ns, caps)
    left = 0
    for holders, items in batches(request):
        is_lost = any(judge.is_long(one) for one in (holders[0].resource, holders[1].scope))
        at_fault = [number for number, item in enumerate(items) if judge.refuses(item, is_lost=is_lost)]
        for number in reversed(at_fault):
            del items[number]
        left += len(items)
    return Sifted(request.SerializeToString(), left, judge.faults)


def told(signal: Signal, sift: Sifted, caps: Caps) -> str:
    """Why items were left out, for the emitter; empty if none were."""
    if not sift.rejected:
        return ""
    reasons = "; ".join(
        f"{count} with {fault.value.format(days=caps.days, text_bytes=caps.text_bytes)}"
        for fault, count in (+sift.faults).most_common()
    )
    first = f"; the first that cannot be read is {sift.where}" if sift.where else ""
    return f"{sift.rejected} of {sift.items} {NAMES[signal]} were rejected: {reasons}{first}"


class _Judge:
    """Says of one item after another whether it is at fault, and counts."""

    def __init__(self, now_ns: int, caps: Caps) -> None:
        self._earliest = now_ns - PAST_NS
        self._latest = now_ns + AHEAD_NS
        self._caps = caps
        self._days: set[int] = set()
        self.faults: Counter[Fault] = Counter()

    def refuses(self, item: Message, *, is_lost: bool) -> bool:
        """Whether it is; `is_lost` if what it shares with others is too long already."""
        fault = Fault.TEXT if is_lost else self._fault(item)
        if fault is not None:
            self.faults[fault] += 1
        return fault is not None

    def is_long(self, message: Message) -> bool:
        """Whether a text in it is over the cap."""
        most = self._caps.text_bytes
        return message.ByteSize() > most and _has_text_over(message, most)

    def _fault(self, item: Message) -> Fault | None:
        if _misnamed(item):
            return Fault.IDENTITY
        time = _time(item)
        if (time and not self._earliest <= time <= self._latest) or _end(item) > self._latest:
            return Fault.TIME
        if self.is_long(item):
            return Fault.TEXT
        day = time // DAY_NS
        if day not in self._days and len(self._days) == self._caps.days:
            return Fault.DAYS
        self._days.add(day)
        return None


def _misnamed(item: Message) -> bool:
    """Whether a span's ids cannot be ids. A log record's may: OTLP has it belong to no trace then."""
    return isinstance(item, Span) and not (
        len(item.trace_id) in TRACE_ID_SIZES
        and len(item.span_id) in SPAN_ID_SIZES
        and len(item.parent_span_id) in SPAN_ID_SIZES
    )


def _time(item: Message) -> int:
    """When the item was, in nanoseconds since 1970; 0 where it does not tell."""
    if isinstance(item, Span):
        return item.start_time_unix_nano
    if isinstance(item, LogRecord):
        return item.time_unix_nano or item.observed_time_unix_nano
    return cast("NumberDataPoint", item).time_unix_nano


def _end(item: Message) -> int:
    """When a span ended, in nanoseconds since 1970."""
    return item.end_time_unix_nano if isinstance(item, Span) else 0


def _has_text_over(message: Message, most: int) -> bool:
    """Whether a string or bytes anywhere in the message takes more bytes than that."""
    return any(
        _is_over(one, most)
        for descriptor, value in message.ListFields()
        for one in (cast("Sequence[object]", value) if descriptor.is_repeated else (value,))
    )


def _is_over(value: object, most: int) -> bool:
    match value:
        case ArrayValue() | KeyValueList():  # Python makes their text, element by element
            return value.ByteSize() > most
        case Message():
            return value.ByteSize() > most and _has_text_over(value, most)
        case str():
            return len(value.encode()) > most
        case bytes():
            return len(value) > most
        case _:
            return False


def batches(request: Message) -> Iterator[tuple[Holders, Items]]:
    """The lists of items of a request, each with what holds it: group, scope, and metric if it is of one."""
    # Copies of the lists, because to walk protobuf's own costs thrice as much.
    match request:
        case ExportTraceServiceRequest():
            for spans_of in request.resource_spans[:]:
                for spans in spans_of.scope_spans[:]:
                    yield (spans_of, spans, None), spans.spans
        case ExportLogsServiceRequest():
            for logs_of in request.resource_logs[:]:
                for logs in logs_of.scope_logs[:]:
                    yield (logs_of, logs, None), logs.log_records
        case _:
            for metrics_of in cast("ExportMetricsServiceRequest", request).resource_metrics[:]:
                for metrics in metrics_of.scope_metrics[:]:
                    for metric in metrics.metrics[:]:
                        yield (metrics_of, metrics, metric), points(metric)


def points(metric: Metric) -> Items:
    """The data points of a metric of any kind; those of a gauge, which are none, if it has no kind."""
    kind = metric.WhichOneof("data") or "gauge"
    return cast("Items", getattr(metric, kind).data_points)


def parts(item: Message) -> int:
    """How many attributes, events, links and exemplars an item has, those within events and so on too."""
    match item:
        case Span():
            inner = [*item.events, *item.links]
            return len(item.attributes) + len(inner) + sum(len(one.attributes) for one in inner)
        case LogRecord():
            return len(item.attributes)
        case SummaryDataPoint():
            return len(item.attributes) + len(item.quantile_values)
        case _:
            point = cast("NumberDataPoint", item)
            filtered = sum(len(one.filtered_attributes) for one in point.exemplars)
            return len(point.attributes) + len(point.exemplars) + filtered
