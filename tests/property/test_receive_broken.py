"""Whatever is sent, the answer is a refusal of OTLP's or a request that can be stored."""

from __future__ import annotations

import gzip
import json
import random
import sys
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    ExponentialHistogramDataPoint,
    HistogramDataPoint,
    NumberDataPoint,
    SummaryDataPoint,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from kansoku.errors import ReceiveError
from kansoku.receive.encodings import inflate
from kansoku.receive.items import Caps, Fault, batches
from kansoku.receive.otlp import JSON, PROTOBUF, sift
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Signal, varint
from tests.mutants import mutant

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NOW_NS = 1_795_000_000_000_000_000
CAPS = Caps(text_bytes=1000, days=3)


def _bodies() -> dict[Signal, bytes]:
    traces, logs, metrics = (
        ExportTraceServiceRequest(),
        ExportLogsServiceRequest(),
        ExportMetricsServiceRequest(),
    )
    for day in range(3):
        time_ns = NOW_NS - day * 86_400 * 10**9
        span = (
            traces.resource_spans.add()
            .scope_spans.add()
            .spans.add(name="chat m", trace_id=b"t" * 16, span_id=b"s" * 8, start_time_unix_nano=time_ns)
        )
        span.attributes.add(key="k").value.array_value.values.add(string_value="日本")
        span.events.add(name="e").attributes.add(key="k").value.bytes_value = b"\xff"
        record = logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=time_ns)
        record.body.kvlist_value.values.add(key="k").value.double_value = 0.5
        scoped = metrics.resource_metrics.add().scope_metrics.add()
        scoped.metrics.add(name="g").gauge.data_points.add(as_int=-1, time_unix_nano=time_ns)
        scoped.metrics.add(name="h").histogram.data_points.add(bucket_counts=[1, 2], explicit_bounds=[0.5])
    return {
        signal: message.SerializeToString()
        for signal, message in zip(Signal, (traces, logs, metrics), strict=True)
    }


BODIES = _bodies()
SIGNALS = st.sampled_from(list(Signal))


def check(signal: Signal, body: bytes, media: str) -> None:
    """Sifts a body; what is left must be as many items as are told, and stay the same."""
    try:
        sifted = sift(signal, body, media, NOW_NS, CAPS)
    except ReceiveError:
        return
    request = REQUESTS[signal].FromString(sifted.message)
    assert sum(len(items) for _, items in batches(request)) == sifted.left
    again = sift(signal, sifted.message, PROTOBUF, NOW_NS, CAPS)
    assert (again.message, again.left, again.rejected) == (sifted.message, sifted.left, 0)


@given(SIGNALS, st.integers(min_value=0))
def test_a_mutant_is_refused_or_what_is_left_can_be_stored(signal: Signal, seed: int) -> None:
    check(signal, mutant(seed, BODIES[signal]), PROTOBUF)


@given(SIGNALS, st.binary(max_size=200))
def test_any_bytes_are_refused_or_what_is_left_can_be_stored(signal: Signal, body: bytes) -> None:
    check(signal, body, PROTOBUF)


def _field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


ITEMS = {
    "spans": (Signal.TRACES, (2,), "resourceSpans[0].scopeSpans[0].spans"),
    "records": (Signal.LOGS, (2,), "resourceLogs[0].scopeLogs[0].logRecords"),
    **{
        kind: (
            Signal.METRICS,
            (2, number, 1),
            f"resourceMetrics[0].scopeMetrics[0].metrics[0].{kind}.dataPoints",
        )
        for kind, number in (
            ("gauge", 5),
            ("sum", 7),
            ("histogram", 9),
            ("exponentialHistogram", 10),
            ("summary", 11),
        )
    },
}
"""Where items lie: the numbers below a scope, and the way."""


def _item(kind: str, chance: random.Random) -> bytes:
    """An item with some of all that it may have."""
    attribute = KeyValue(key="k")
    attribute.value.array_value.values.add(string_value="日本")
    made: Any = {
        "spans": Span,
        "records": LogRecord,
        "histogram": HistogramDataPoint,
        "exponentialHistogram": ExponentialHistogramDataPoint,
        "summary": SummaryDataPoint,
    }.get(kind, NumberDataPoint)(attributes=[attribute])
    if kind == "spans":
        made.name, made.start_time_unix_nano = "chat", NOW_NS + chance.randrange(1000)
        made.events.add(name="e", attributes=[attribute])
    else:
        made.time_unix_nano = NOW_NS + chance.randrange(1000)
    if kind not in {"spans", "records", "summary"}:
        made.exemplars.add(filtered_attributes=[attribute], as_double=0.5)
    return made.SerializeToString()


@given(st.sampled_from(sorted(ITEMS)), st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 4))
def test_a_mutant_among_items_costs_at_most_itself_and_is_told_by_its_place(
    kind: str, seed: int, count: int, place: int
) -> None:
    signal, (*around, number), where = ITEMS[kind]
    chance = random.Random(seed)
    items = [_item(kind, chance) for _ in range(count + 1)]
    place = min(place, count)
    good = items[:place] + items[place + 1 :]
    items[place] = mutant(seed, items[place])
    body = b"".join(_field(number, one) for one in items)
    for one in reversed((1, 2, *around)):
        body = _field(one, body)
    sifted = sift(signal, body, PROTOBUF, NOW_NS, CAPS)
    left = [
        one.SerializeToString(deterministic=True)
        for _, some in batches(REQUESTS[signal].FromString(sifted.message))
        for one in some
    ]
    assert sifted.rejected + sifted.left == count + 1
    assert sifted.rejected <= 1
    kept = left[:place] + left[len(left) - count + place :]
    assert kept == good
    if sifted.faults[Fault.UNREADABLE]:
        assert (sifted.where + ".").startswith(f"{where}[{place}].")
    else:
        assert sifted.where == ""


NAMES = st.sampled_from(
    (
        *("resourceSpans", "scopeSpans", "spans", "resourceLogs", "scopeLogs", "logRecords", "traceId"),
        *("resourceMetrics", "scopeMetrics", "metrics", "gauge", "sum", "dataPoints", "asInt", "asDouble"),
        *("attributes", "key", "value", "stringValue", "intValue", "arrayValue", "values", "kind", "name"),
        *("startTimeUnixNano", "timeUnixNano", "span_id", "body", "resource", "scope", "events", "flags"),
    )
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=8,
)


def _with_one_changed(node: object, path: list[int], value: object) -> object:
    """The tree with another value somewhere, as the path leads."""
    if not path or not isinstance(node, (dict, list)) or not node:
        return value
    step, *rest = path
    if isinstance(node, dict):
        members = cast("dict[str, object]", node)
        chosen = list(members)[step % len(members)]
        return {**members, chosen: _with_one_changed(members[chosen], rest, value)}
    items = cast("list[object]", node)
    place = step % len(items)
    return [*items[:place], _with_one_changed(items[place], rest, value), *items[place + 1 :]]


SPANS: object = {
    "resourceSpans": [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "bot"}}]},
            "scopeSpans": [
                {
                    "spans": [
                        {"name": "a", "traceId": "ab" * 16, "startTimeUnixNano": str(NOW_NS), "kind": 3},
                        {"name": "b", "attributes": [{"key": "k", "value": {"intValue": "7"}}]},
                    ]
                }
            ],
        }
    ]
}


@given(st.lists(st.integers(min_value=0, max_value=7), max_size=9), TREES)
def test_json_with_something_else_in_it_is_refused_or_what_is_left_can_be_stored(
    path: list[int], value: object
) -> None:
    check(Signal.TRACES, json.dumps(_with_one_changed(SPANS, path, value)).encode(), JSON)


@given(SIGNALS, TREES)
def test_any_json_is_refused_or_what_is_left_can_be_stored(signal: Signal, tree: object) -> None:
    check(signal, json.dumps(tree).encode(), JSON)


@given(st.sampled_from(["gzip", "zstd"]), st.integers(min_value=0, max_value=200), st.binary(max_size=20))
def test_a_compressed_body_with_other_bytes_in_it_is_refused_or_within_the_cap(
    encoding: str, place: int, other: bytes
) -> None:
    taken: list[int] = []
    whole = (gzip.compress if encoding == "gzip" else zstd.compress)(BODIES[Signal.TRACES])
    try:
        body = inflate(whole[:place] + other + whole[place + len(other) :], encoding, 1000, taken.append)
    except ReceiveError:
        return
    assert len(body) == sum(taken) <= 1000
