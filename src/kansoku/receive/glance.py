"""The cheap look at a request that decides whether its items must be walked, and whether it is too heavy.

To look at every item costs a third of parsing them. So all are looked at where they are few, and else the
first, the last and one in 64 by chance: an emitter's fault is mostly in all that it sends, and whoever mixes
in odd items on purpose gets through with few of them in a request. Those the store must bear.
"""

from __future__ import annotations

from collections import Counter
from itertools import accumulate
from random import random
from typing import TYPE_CHECKING, TypeVar, cast

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.errors import TooLarge
from kansoku.receive.items import (
    SPAN_ID_SIZES,
    TRACE_ID_SIZES,
    batches,
    parts,
    points,
)
from kansoku.store.times import AHEAD_NS, DAY_NS, PAST_NS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.message import Message
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
    from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint
    from opentelemetry.proto.trace.v1.trace_pb2 import Span

    from kansoku.receive.items import Caps, Holders, Items

_T = TypeVar("_T")
_BOTH_ENDS = 2
_ONE_IN = 64
_LIGHT_BYTES = 32 << 10
"""Too few bytes to become too many rows: half of them repeated by items of two bytes each are 128 MiB."""


def is_suspect(request: Message, size: int, now_ns: int, caps: Caps) -> bool:
    """Whether the request, of `size` bytes, must be walked."""
    if size > caps.text_bytes:
        return True
    match request:
        case ExportTraceServiceRequest():
            spans = _few_spans(request)
            for span in spans:
                if len(span.trace_id) not in TRACE_ID_SIZES or len(span.span_id) not in SPAN_ID_SIZES:
                    return True
            times = [span.start_time_unix_nano for span in spans]
        case ExportLogsServiceRequest():
            times = [one.time_unix_nano or one.observed_time_unix_nano for one in _few_records(request)]
        case _:
            times = [one.time_unix_nano for one in _few_points(cast("ExportMetricsServiceRequest", request))]
    return _is_odd(times, now_ns)


def check_weight(request: Message, size: int, caps: Caps) -> None:
    """Refuses a request that would become too many bytes of rows.

    Raises:
        TooLarge: If it would.
    """
    if size <= _LIGHT_BYTES:
        return
    for holders in accumulate(_lengths(request)):
        check_holders(holders, caps)
    listed = list(batches(request))
    if size > caps.text_bytes:
        _check_parts(listed, caps)
    rows = Counter[int]()
    for (group, _, _), items in listed:
        rows[id(group)] += len(items)
    # Never under the weight, as all that a row repeats lies in its group, and needs no look into resources,
    # which protobuf sizes by writing them.
    if rows.total() * caps.row_bytes + max(rows.values(), default=0) * size <= caps.weight_bytes:
        return
    weight = sum(len(items) * (caps.row_bytes + repeated) for items, repeated in _repeated(listed))
    if weight > caps.weight_bytes:
        raise TooLarge(
            f"the request would become {weight} bytes of rows, as each repeats its resource, scope and"
            f" metric; {caps.weight_bytes} are allowed: export smaller batches or shorter resources"
        )


def check_holders(count: int, caps: Caps) -> None:
    """Refuses a request that divides its items among so many groups, scopes and metrics.

    Raises:
        TooLarge: If they are over the cap.
    """
    if count > caps.holders:
        raise TooLarge(
            f"the request has over {caps.holders} resources, scopes and metrics: export smaller batches"
        )


def _lengths(request: Message) -> Iterator[int]:
    """How many groups, scopes and metrics are in each list of them; a list before what is in it."""
    match request:
        case ExportTraceServiceRequest():
            yield len(request.resource_spans)
            yield from (len(group.scope_spans) for group in request.resource_spans)
        case ExportLogsServiceRequest():
            yield len(request.resource_logs)
            yield from (len(group.scope_logs) for group in request.resource_logs)
        case _:
            groups = cast("ExportMetricsServiceRequest", request).resource_metrics
            yield len(groups)
            for group in groups:
                yield len(group.scope_metrics)
                yield from (len(scope.metrics) for scope in group.scope_metrics)


def _check_parts(listed: list[tuple[Holders, Items]], caps: Caps) -> None:
    """Two bytes make an empty attribute, and that over a hundred in the store."""
    room = caps.weight_bytes // caps.part_bytes
    for _, items in listed:
        for item in items:
            room -= parts(item)
            if room < 0:
                raise TooLarge(
                    f"the request has over {caps.weight_bytes // caps.part_bytes} attributes, events,"
                    " links and exemplars: export smaller batches"
                )


def _repeated(listed: list[tuple[Holders, Items]]) -> Iterator[tuple[Items, int]]:
    """Each list of items with how many bytes every row of it repeats."""
    group_of = scope_of = None
    group_bytes = scope_bytes = 0
    for (group, scope, metric), items in listed:
        if group is not group_of:
            group_of, group_bytes = group, group.resource.ByteSize() + _bytes(group.schema_url)
        if scope is not scope_of:
            scope_of, scope_bytes = scope, scope.scope.ByteSize() + _bytes(scope.schema_url)
        own = () if metric is None else (metric.name, metric.description, metric.unit)
        yield items, group_bytes + scope_bytes + sum(map(_bytes, own))


def _bytes(text: str) -> int:
    return len(text.encode())


def _is_odd(times: list[int], now_ns: int) -> bool:
    """Whether a time cannot be, or they are over a day apart; 0 is no time."""
    if len(times) == 1:
        return times[0] != 0 and not now_ns - PAST_NS <= times[0] <= now_ns + AHEAD_NS
    told = [time for time in times if time]
    if not told:
        return False
    first, last = min(told), max(told)
    return first < now_ns - PAST_NS or last > now_ns + AHEAD_NS or last - first > DAY_NS


def _few_spans(request: ExportTraceServiceRequest) -> Sequence[Span]:
    groups = request.resource_spans
    if len(groups) == 1 and len(scopes := groups[0].scope_spans) == 1:
        return _few(scopes[0].spans)
    return [span for group in _few(groups) for scope in _few(group.scope_spans) for span in _few(scope.spans)]


def _few_records(request: ExportLogsServiceRequest) -> Sequence[LogRecord]:
    groups = request.resource_logs
    if len(groups) == 1 and len(scopes := groups[0].scope_logs) == 1:
        return _few(scopes[0].log_records)
    return [
        record
        for group in _few(groups)
        for scope in _few(group.scope_logs)
        for record in _few(scope.log_records)
    ]


def _few_points(request: ExportMetricsServiceRequest) -> list[NumberDataPoint]:
    """Those of other kinds than numbers as well; all tell their time alike."""
    return [
        point
        for group in _few(request.resource_metrics)
        for scope in _few(group.scope_metrics)
        for metric in _few(scope.metrics)
        for point in _few(cast("Sequence[NumberDataPoint]", points(metric)))
    ]


def _few(messages: Sequence[_T]) -> Sequence[_T]:
    """The first, the last, and some by chance; all of up to two."""
    count = len(messages)
    if count <= _BOTH_ENDS:
        return messages[:]  # a list: to walk protobuf's own costs thrice as much
    chosen = [int(random() * count) for _ in range(count // _ONE_IN)]  # noqa: S311
    return [messages[0], messages[-1], *(messages[index] for index in chosen)]
