"""Items at fault are left out of a request, the rest is kept, and a good request is not walked."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from google.protobuf.json_format import MessageToJson, ParseDict
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from kansoku.errors import Malformed, TooLarge
from kansoku.receive.answers import TAKEN, Taken, success
from kansoku.receive.items import Caps, Fault, Sifted, told
from kansoku.receive.otlp import JSON, PROTOBUF, is_whole, sift
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Signal, varint

DAY_NS = 86_400 * 10**9
NOW_NS = 1_795_000_000_000_000_000
NOW = NOW_NS.to_bytes(8, "little")
OLDEST_NS = NOW_NS - 400 * DAY_NS
CAPS = Caps(text_bytes=1000, days=3, weight_bytes=1 << 20)


def traces(*spans: Span) -> bytes:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.extend(spans)
    return request.SerializeToString()


def span(name: str, time_ns: int = NOW_NS, trace_id: bytes = b"t" * 16, span_id: bytes = b"s" * 8) -> Span:
    return Span(name=name, start_time_unix_nano=time_ns, trace_id=trace_id, span_id=span_id)


def names(message: bytes) -> list[str]:
    request = ExportTraceServiceRequest.FromString(message)
    return [
        one.name for group in request.resource_spans for scope in group.scope_spans for one in scope.spans
    ]


def sifting(body: bytes, signal: Signal = Signal.TRACES, media: str = PROTOBUF) -> Sifted:
    return sift(signal, body, media, NOW_NS, CAPS)


GOOD = span("good")
LONG = Span(name="long")
LONG.attributes.add(key="prompt").value.string_value = "あ" * 334  # 1002 bytes, 334 letters
DEEP = Span(name="deep")
DEEP.attributes.add(key="k").value.array_value.values.add().kvlist_value.values.add(
    key="k"
).value.bytes_value = bytes(1001)


WIDE = Span(name="wide")
WIDE.attributes.add(key="k").value.array_value.values.extend([AnyValue()] * 501)  # two bytes each


@pytest.mark.parametrize(
    ("odd", "fault"),
    [
        (span("odd", trace_id=b"t" * 15), Fault.IDENTITY),
        (span("odd", span_id=b"s" * 9), Fault.IDENTITY),
        (Span(name="odd", parent_span_id=b"s"), Fault.IDENTITY),
        (span("odd", OLDEST_NS - 1), Fault.TIME),
        (span("odd", NOW_NS + DAY_NS + 1), Fault.TIME),
        (Span(name="odd", end_time_unix_nano=1 << 63), Fault.TIME),
        (LONG, Fault.TEXT),
        (DEEP, Fault.TEXT),
        (WIDE, Fault.TEXT),
    ],
)
def test_a_span_at_fault_is_left_out_and_its_neighbours_stay(odd: Span, fault: Fault) -> None:
    sifted = sifting(traces(GOOD, odd, GOOD))
    assert names(sifted.message) == ["good", "good"]
    assert (+sifted.faults, sifted.items) == ({fault: 1}, 3)


@pytest.mark.parametrize(
    "fine",
    [
        span("fine", 0),
        span("fine", OLDEST_NS),
        span("fine", NOW_NS + DAY_NS),
        Span(name="fine"),
        Span(name="n" * 1000),
    ],
)
def test_what_just_keeps_within_the_caps_is_taken(fine: Span) -> None:
    assert not sifting(traces(fine)).rejected
    assert is_whole(Signal.TRACES, traces(fine), NOW_NS, Caps())


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize(
    "odd", [span("odd", trace_id=b"t"), span("odd", 1), span("odd", NOW_NS - 2 * DAY_NS)]
)
def test_the_cheap_look_suspects_a_request_of_few_spans_by_any_of_them(place: int, odd: Span) -> None:
    spans = [GOOD, GOOD]
    assert is_whole(Signal.TRACES, traces(*spans), NOW_NS, CAPS)
    spans[place] = odd
    assert not is_whole(Signal.TRACES, traces(*spans), NOW_NS, CAPS)


@pytest.mark.parametrize("place", [0, 99])
def test_of_many_spans_the_first_and_the_last_are_looked_at(place: int) -> None:
    spans = [GOOD] * 100
    spans[place] = span("odd", 1)
    assert not is_whole(Signal.TRACES, traces(*spans), NOW_NS, Caps())


@pytest.mark.parametrize("together", [True, False])
def test_of_very_many_spans_of_which_a_fifth_is_odd_some_odd_one_is_seen(together: bool) -> None:
    """100 are looked at: that none of them is odd happens once in 5,000 million times."""
    request = ExportTraceServiceRequest()
    spans = [GOOD, *([span("odd", NOW_NS - 2 * DAY_NS)] + [GOOD] * 4) * 1280, GOOD]
    if together:
        request.resource_spans.add().scope_spans.add().spans.extend(spans)
    else:
        for one in spans:
            request.resource_spans.add().scope_spans.add().spans.append(one)
    body = request.SerializeToString()
    assert not is_whole(Signal.TRACES, body, NOW_NS, Caps(weight_bytes=1 << 40))


def test_a_body_over_the_text_cap_is_walked() -> None:
    assert not is_whole(Signal.TRACES, traces(LONG), NOW_NS, CAPS)


def test_only_items_of_so_many_days_are_taken_of_one_request() -> None:
    spans = [span(f"day {number}", NOW_NS - number * DAY_NS) for number in range(5)]
    sifted = sifting(traces(*spans, span("again", NOW_NS)))
    assert names(sifted.message) == ["day 0", "day 1", "day 2", "again"]
    assert told(Signal.TRACES, sifted, CAPS) == (
        "2 of 6 spans were rejected: 2 with over 3 different days in one request:"
        " send old items in smaller batches"
    )


def test_a_resource_with_too_long_a_text_takes_its_spans_along_and_no_others() -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="good")
    group = request.resource_spans.add()
    group.resource.attributes.add(key="k").value.string_value = "x" * 1001
    group.scope_spans.add().spans.add(name="lost")
    sifted = sifting(request.SerializeToString())
    assert names(sifted.message) == ["good"]
    assert +sifted.faults == {Fault.TEXT: 1}


def test_a_request_of_which_nothing_is_left_is_malformed() -> None:
    with pytest.raises(Malformed, match="2 of 2 spans were rejected: 2 with a trace_id"):
        sifting(traces(span("a", trace_id=b"x"), span("b", trace_id=b"x")))


@pytest.mark.parametrize("signal", list(Signal))
def test_an_empty_request_is_whole(signal: Signal) -> None:
    assert is_whole(signal, b"", NOW_NS, CAPS)
    assert sift(signal, b"{}", JSON, NOW_NS, CAPS) == Sifted(b"")


def test_a_resource_that_every_row_would_repeat_is_too_large_a_request() -> None:
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.add(key="k").value.string_value = "x" * 100_000
    scoped = group.scope_spans.add()
    scoped.spans.extend([GOOD] * 10)
    assert is_whole(Signal.TRACES, request.SerializeToString(), NOW_NS, Caps(weight_bytes=1 << 20))
    scoped.spans.extend([GOOD])
    with pytest.raises(TooLarge, match="as each repeats its resource"):
        is_whole(Signal.TRACES, request.SerializeToString(), NOW_NS, Caps(weight_bytes=1 << 20))


def test_what_many_scopes_or_metrics_share_is_weighed_for_each_of_them() -> None:
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add(schema_url="あ" * 20_000)
    group.resource.attributes.add(key="k").value.string_value = "x" * 20_000
    named, other = group.scope_metrics.add(), group.scope_metrics.add()
    named.scope.name, named.schema_url = "x" * 10_000, "x" * 10_000
    for metrics in (named.metrics, other.metrics):
        for _ in range(5):
            metrics.add(name="m").gauge.data_points.add()
    caps = Caps(weight_bytes=915_000)
    assert is_whole(Signal.METRICS, request.SerializeToString(), NOW_NS, caps)
    other.metrics.add().sum.data_points.add()
    with pytest.raises(TooLarge, match=r"would become 98\d{4} bytes"):
        is_whole(Signal.METRICS, request.SerializeToString(), NOW_NS, caps)


def test_the_texts_of_a_metric_weigh_their_bytes() -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(description="あ" * 40_000)
    for _ in range(9):
        metric.gauge.data_points.add()
    with pytest.raises(TooLarge, match="would become 10"):
        is_whole(Signal.METRICS, request.SerializeToString(), NOW_NS, CAPS)


HOLDERS = {
    Signal.TRACES: ("resourceSpans", "scopeSpans", ""),
    Signal.LOGS: ("resourceLogs", "scopeLogs", ""),
    Signal.METRICS: ("resourceMetrics", "scopeMetrics", "metrics"),
}


def of_many_holders(signal: Signal, groups: int, scopes: int, metrics: int) -> Message:
    """A request of over 32 KiB that divides no items among so many."""
    names_of = HOLDERS[signal]
    scope: dict[str, object] = {names_of[2]: [{}] * metrics} if metrics else {}
    first: object = {"schemaUrl": "x" * 40_000, names_of[1]: [scope] + [{}] * (scopes - 1)}
    return ParseDict({names_of[0]: [first] + [{}] * (groups - 1)}, REQUESTS[signal]())


@pytest.mark.parametrize("media", [PROTOBUF, JSON])
@pytest.mark.parametrize(
    ("signal", "counts"),
    [
        *((signal, (2, 2, 0)) for signal in Signal),
        (Signal.METRICS, (1, 1, 2)),
    ],
)
def test_items_may_not_be_divided_among_countless_resources_scopes_and_metrics(
    signal: Signal, counts: tuple[int, int, int], media: str
) -> None:
    request = of_many_holders(signal, *counts)
    body = MessageToJson(request).encode() if media == JSON else request.SerializeToString()
    sift(signal, body, media, NOW_NS, Caps(holders=4))
    with pytest.raises(TooLarge, match="over 3 resources, scopes and metrics: export smaller batches"):
        sift(signal, body, media, NOW_NS, Caps(holders=3))


def test_a_description_that_every_data_point_would_repeat_is_too_large_a_request() -> None:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(description="x" * 100_000)
    for _ in range(11):
        metric.summary.data_points.add()
    with pytest.raises(TooLarge, match="metric"):
        is_whole(Signal.METRICS, request.SerializeToString(), NOW_NS, CAPS)


def test_countless_empty_items_are_too_large_a_request() -> None:
    body = traces(*[Span()] * 40_000)
    with pytest.raises(TooLarge, match="export smaller batches"):
        is_whole(Signal.TRACES, body, NOW_NS, Caps(weight_bytes=10_000_000))
    assert is_whole(Signal.TRACES, body, NOW_NS, Caps())


def _with_parts(signal: Signal, count: int) -> bytes:
    """A request that has so many attributes, events, links and exemplars, one within another."""
    if signal is Signal.TRACES:
        one = Span(name="x" * 40_000)
        one.attributes.extend([KeyValue()] * (count - 8))
        one.events.add().attributes.extend([KeyValue()] * 4)
        one.links.add().attributes.extend([KeyValue()] * 2)
        return traces(one)
    if signal is Signal.LOGS:
        logs = ExportLogsServiceRequest()
        record = logs.resource_logs.add().scope_logs.add().log_records.add(severity_text="x" * 40_000)
        record.attributes.extend([KeyValue()] * count)
        return logs.SerializeToString()
    metrics = ExportMetricsServiceRequest()
    scope = metrics.resource_metrics.add().scope_metrics.add()
    scope.scope.name = "x" * 40_000
    point = scope.metrics.add().exponential_histogram.data_points.add()
    point.exemplars.add().filtered_attributes.extend([KeyValue()] * (count - 3))
    scope.metrics.add().summary.data_points.add().quantile_values.add()
    scope.metrics.add().summary.data_points.add().attributes.add()
    return metrics.SerializeToString()


@pytest.mark.parametrize("signal", list(Signal))
def test_countless_empty_attributes_are_too_large_a_request(signal: Signal) -> None:
    caps = Caps(text_bytes=40_000, weight_bytes=128_000)
    is_whole(signal, _with_parts(signal, 1000), NOW_NS, caps)
    with pytest.raises(TooLarge, match="over 1000 attributes"):
        is_whole(signal, _with_parts(signal, 1001), NOW_NS, caps)


def test_a_log_record_tells_its_time_or_when_it_was_observed() -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add(severity_text="kept", observed_time_unix_nano=NOW_NS, trace_id=b"not an id")
    records.add(severity_text="lost", observed_time_unix_nano=1)
    sifted = sifting(request.SerializeToString(), Signal.LOGS)
    left = ExportLogsServiceRequest.FromString(sifted.message).resource_logs[0].scope_logs[0].log_records
    assert [record.severity_text for record in left] == ["kept"]
    assert told(Signal.LOGS, sifted, CAPS).startswith("1 of 2 log records were rejected")


@pytest.mark.parametrize("kind", ["gauge", "sum", "histogram", "exponential_histogram", "summary"])
def test_data_points_of_every_kind_are_items_of_their_own(kind: str) -> None:
    request = ExportMetricsServiceRequest()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    points = getattr(metrics.add(name="m"), kind).data_points
    points.add(time_unix_nano=NOW_NS)
    points.add(time_unix_nano=1)
    metrics.add(name="of no kind")
    assert not is_whole(Signal.METRICS, request.SerializeToString(), NOW_NS, CAPS)
    sifted = sifting(request.SerializeToString(), Signal.METRICS)
    left = ExportMetricsServiceRequest.FromString(sifted.message).resource_metrics[0].scope_metrics[0]
    assert [one.time_unix_nano for one in getattr(left.metrics[0], kind).data_points] == [NOW_NS]
    assert (sifted.items, sifted.rejected) == (2, 1)


def nested(levels: int) -> Span:
    deep = Span(name="deep")
    value = deep.attributes.add(key="k").value
    for _ in range(levels):
        value = value.array_value.values.add()
    return deep


UNREADABLE = [
    pytest.param(span("öäü").SerializeToString().replace("ö".encode(), b"\xff\xfe"), id="no UTF-8"),
    pytest.param(b"\x2a\x05ab", id="torn inside"),
    pytest.param(b"\x4a\x02\x0b\x14", id="a group that ends as another"),
]


def field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


@pytest.mark.parametrize("odd", UNREADABLE)
def test_a_span_that_cannot_be_read_does_not_take_its_neighbours_along(odd: bytes) -> None:
    good = field(2, GOOD.SerializeToString())
    scope = field(1, field(1, b"scope"))
    body = field(1, field(2, scope + good + field(2, odd) + good))
    sifted = sifting(body)
    assert names(sifted.message) == ["good", "good"]
    assert ExportTraceServiceRequest.FromString(sifted.message).resource_spans[0].scope_spans[0].scope.name
    assert (+sifted.faults, sifted.items) == ({Fault.UNREADABLE: 1}, 3)


def test_a_value_nested_as_deep_as_protobuf_reads_is_taken_and_one_level_more_is_left_out() -> None:
    assert not sifting(traces(nested(47))).rejected
    sifted = sifting(traces(GOOD, nested(48)))
    assert names(sifted.message) == ["good"]
    assert +sifted.faults == {Fault.UNREADABLE: 1}


def test_json_may_be_nested_just_as_deep() -> None:
    def body(levels: int) -> bytes:
        value: object = {"stringValue": "x"}
        for _ in range(levels):
            value = {"arrayValue": {"values": [value]}}
        spans = [{"name": "good"}, {"name": "deep", "attributes": [{"key": "k", "value": value}]}]
        return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()

    assert names(sifting(body(47), media=JSON).message) == ["good", "deep"]
    for levels in (48, 150):
        sifted = sifting(body(levels), media=JSON)
        assert names(sifted.message) == ["good"]
        assert +sifted.faults == {Fault.UNREADABLE: 1}


def test_an_unreadable_resource_loses_its_own_items_only() -> None:
    good = field(1, field(2, field(2, GOOD.SerializeToString())))
    lost = field(1, field(1, b"\xff") + field(2, field(2, GOOD.SerializeToString()) * 2))
    sifted = sifting(lost + good)
    assert names(sifted.message) == ["good"]
    assert (+sifted.faults, sifted.items) == ({Fault.UNREADABLE: 2}, 3)


def test_what_is_lost_with_its_resource_counts_once() -> None:
    spans = field(2, GOOD.SerializeToString()) + field(2, b"\x2a\x02\xff\xfe")
    sifted = sifting(field(1, field(1, b"\xff") + field(2, spans)) + field(1, field(2, spans)))
    assert (sifted.left, +sifted.faults) == (1, {Fault.UNREADABLE: 3})


def test_an_unreadable_metric_counts_its_data_points() -> None:
    lost = field(2, field(1, b"\xff") + field(7, field(1, b"") * 3))
    kept = field(2, field(5, field(1, b"")))
    sifted = sifting(field(1, field(2, lost + kept)), Signal.METRICS)
    assert (+sifted.faults, sifted.items) == ({Fault.UNREADABLE: 3}, 4)


WAY = "resourceMetrics[0].scopeMetrics[0].metrics[0]"
ATTRIBUTE = KeyValue(key="k", value=AnyValue(string_value="ö")).SerializeToString()
NO_ATTRIBUTE = ATTRIBUTE.replace("ö".encode(), b"\xff\xfe")


def metrics_of(message: bytes) -> list[Metric]:
    request = ExportMetricsServiceRequest.FromString(message)
    return [
        one for group in request.resource_metrics for scope in group.scope_metrics for one in scope.metrics
    ]


@pytest.mark.parametrize(
    ("number", "name", "attributes"),
    [
        (5, "gauge", 7),
        (7, "sum", 7),
        (9, "histogram", 9),
        (10, "exponentialHistogram", 1),
        (11, "summary", 7),
    ],
)
def test_a_data_point_that_cannot_be_read_costs_itself_alone(number: int, name: str, attributes: int) -> None:
    points = [field(1, field(attributes, NO_ATTRIBUTE) if at == 1 else b"\x19" + NOW) for at in range(3)]
    metric = field(1, b"m") + field(number, b"".join(points) + b"\x10\x02") + field(3, b"ms")
    sifted = sifting(field(1, field(2, field(2, metric))), Signal.METRICS)
    assert (+sifted.faults, sifted.items) == ({Fault.UNREADABLE: 1}, 3)
    assert sifted.where == f"{WAY}.{name}.dataPoints[1].attributes[0].value.stringValue"
    (left,) = metrics_of(sifted.message)
    kind = getattr(left, left.WhichOneof("data") or "")
    assert (left.name, left.unit) == ("m", "ms")
    assert [one.time_unix_nano for one in kind.data_points] == [NOW_NS, NOW_NS]
    assert getattr(kind, "aggregation_temporality", 2) == 2


@pytest.mark.parametrize("odd", [b"\x00\x01", b"\x88\x80\x80\x80\x80\x80\x01\x01"])
def test_a_metric_with_what_protobuf_has_no_field_for_beside_its_points_is_lost_alone(odd: bytes) -> None:
    metric = field(2, field(5, field(1, b"\x19" + NOW) + odd))
    sifted = sifting(field(1, field(2, metric + field(2, POINT))), Signal.METRICS)
    assert (+sifted.faults, sifted.left) == ({Fault.UNREADABLE: 1}, 1)


def test_a_metric_whose_points_cannot_be_told_apart_is_lost_whole() -> None:
    torn = field(2, field(7, field(1, b"") + b"\x0a\x09"))
    odd_name = field(2, field(1, b"\xff") + field(7, field(1, b"") + field(1, field(7, NO_ATTRIBUTE))))
    kept = field(2, field(5, field(1, b"")))
    sifted = sifting(field(1, field(2, torn + odd_name + kept)), Signal.METRICS)
    assert (+sifted.faults, sifted.left) == ({Fault.UNREADABLE: 3}, 1)
    assert sifted.where == WAY + ".sum"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (field(1, field(1, field(1, NO_ATTRIBUTE))), "[1].resource.attributes[0].value.stringValue"),
        (field(1, field(2, field(1, field(1, b"\xff")))), "[1].scopeSpans[0].scope.name"),
        (field(1, field(2, b"") + field(2, field(3, b"\xff"))), "[1].scopeSpans[1].schemaUrl"),
        (field(1, field(2, field(2, b"") + field(2, field(5, b"\xff")))), "[1].scopeSpans[0].spans[1].name"),
        (
            field(1, field(2, field(2, field(11, b"") + field(11, field(3, NO_ATTRIBUTE))))),
            "[1].scopeSpans[0].spans[0].events[1].attributes[0].value.stringValue",
        ),
        (field(1, field(2, field(2, b"\x2a\x05ab"))), "[1].scopeSpans[0].spans[0]"),
        (field(1, field(2, field(2, field(9, b"\x12\x05ab")))), "[1].scopeSpans[0].spans[0].attributes[0]"),
    ],
)
def test_the_emitter_is_told_where_in_protobuf_the_first_fault_stands(body: bytes, where: str) -> None:
    good = field(1, field(2, field(2, GOOD.SerializeToString())))
    sifted = sifting(good + body + body)
    assert sifted.where == f"resourceSpans{where}"
    assert told(Signal.TRACES, sifted, CAPS).endswith(
        f"the first that cannot be read is resourceSpans{where}"
    )


def test_the_way_to_a_fault_far_below_in_protobuf_is_told_as_far_as_is_cheap() -> None:
    value = field(1, b"\xff")
    for _ in range(10):
        value = field(5, field(1, value))
    sifted = sifting(field(1, field(2, field(2, b"") + field(2, field(9, field(2, value))))))
    way = "resourceSpans[0].scopeSpans[0].spans[1].attributes[0].value.arrayValue.values[0]"
    assert sifted.where.startswith(way)
    assert sifted.where.count("arrayValue") < 5


def test_the_emitter_is_told_where_frames_are_broken() -> None:
    good = field(1, field(2, field(2, GOOD.SerializeToString())))
    with pytest.raises(Malformed, match=r"ends within a field, in resourceSpans\[1\].scopeSpans\[0\]$"):
        sifting(good + field(1, field(2, b"\x12\x05ab")))


NO_TEXT = field(1, b"\xff")
POINT = field(5, field(1, b""))


@pytest.mark.parametrize(
    ("signal", "good", "lost"),
    [
        (Signal.TRACES, field(1, field(2, field(2, b""))), field(1, field(1, NO_TEXT))),
        (Signal.TRACES, field(1, field(2, field(2, b""))), field(1, field(2, field(1, NO_TEXT)))),
        (Signal.METRICS, field(1, field(2, field(2, POINT))), field(1, field(2, field(2, NO_TEXT)))),
    ],
)
def test_what_cannot_be_read_and_has_no_items_is_told_as_one(
    signal: Signal, good: bytes, lost: bytes
) -> None:
    sifted = sifting(good + lost, signal)
    assert (sifted.left, +sifted.faults) == (1, {Fault.UNREADABLE: 1})
    with pytest.raises(Malformed, match="1 of 1 "):
        sifting(lost, signal)


MANY = b"\x18\x00" * 200_000


@pytest.mark.parametrize(
    ("signal", "body"),
    [
        (Signal.TRACES, field(1, b"") * 200_000),
        (Signal.LOGS, field(1, MANY)),
        (Signal.METRICS, field(1, field(2, field(2, field(5, MANY))))),
        (Signal.METRICS, field(1, field(2, field(2, MANY)))),
    ],
)
def test_an_unreadable_request_of_countless_fields_is_given_up(signal: Signal, body: bytes) -> None:
    unreadable = field(1, field(2, field(1, NO_TEXT)))
    with pytest.raises(Malformed, match="over 200000 fields: send smaller batches"):
        sifting(body + unreadable, signal)


@pytest.mark.parametrize("body", [b"\x0a\x05\x12", b"\x0a\x80", b"\x0b", b"\x0a\x03\x12\x05a"])
def test_broken_frames_around_the_items_are_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="is not a protobuf ExportTraceServiceRequest: the body is not"):
        sifting(body)


def test_an_unreadable_request_of_very_many_items_is_not_tried_item_by_item() -> None:
    body = field(1, field(2, field(2, b"") * 20_000 + field(2, b"\xff")))
    with pytest.raises(Malformed, match="over 20000 items"):
        sifting(body)


def test_json_is_sifted_item_by_item_too() -> None:
    spans: list[object] = [
        {"name": "good", "traceId": "ab" * 16, "startTimeUnixNano": str(NOW_NS)},
        {"name": "no hex", "traceId": "xy" * 16},
        {"name": "short", "spanId": "abcd"},
        {"name": "no number", "startTimeUnixNano": "yesterday"},
        {"name": "old", "startTimeUnixNano": 1},
        {"name": "endless", "kind": 1e999},
        "no span",
    ]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    sifted = sifting(body, media=JSON)
    assert names(sifted.message) == ["good"]
    assert +sifted.faults == {Fault.UNREADABLE: 3, Fault.IDENTITY: 2, Fault.TIME: 1}


SOUND: object = {"scopeSpans": [{"spans": [{"name": "good"}]}]}
PLACES = [
    ("", 1, 1),
    (".resource", 1, 2),
    (".resource.attributes", 1, 2),
    (".resource.attributes[0].value", 1, 2),
    (".scopeSpans", 1, 1),
    (".scopeSpans[0]", 1, 1),
    (".scopeSpans[0].scope", 1, 2),
    (".scopeSpans[0].spans", 1, 1),
    (".scopeSpans[0].spans[1]", 2, 1),
    (".scopeSpans[0].spans[1].status", 2, 1),
    (".scopeSpans[0].spans[1].attributes[0]", 2, 1),
    (".scopeSpans[0].spans[1].attributes[0].value", 2, 1),
    (".scopeSpans[0].spans[1].attributes[0].value.arrayValue.values[0]", 2, 1),
    (".scopeSpans[0].spans[1].startTimeUnixNano", 2, 1),
]
"""Where something else stands in the second group, how many spans are left, and how many are told as lost."""


def json_with(where: str, value: object) -> bytes:
    """A sound group, and one of two spans with another value at that place."""
    inner: object = {"arrayValue": {"values": [{"stringValue": "x"}]}}
    spans = [{"name": "good"}, {"name": "good", "attributes": [{"key": "k", "value": inner}]}]
    resource: object = {"attributes": [{"key": "k", "value": {"stringValue": "x"}}]}
    group: object = {"resource": resource, "scopeSpans": [{"scope": {"name": "s"}, "spans": spans}]}
    tree: Any = {"resourceSpans": [SOUND, group]}
    *steps, last = re.findall(r"\w+", f"resourceSpans[1]{where}")
    node = tree
    for step in steps:
        node = node[int(step) if step.isdecimal() else step]
    node[int(last) if last.isdecimal() else last] = value
    return json.dumps(tree).encode()


@pytest.mark.parametrize("value", [1.5, ["x"], "text"])
@pytest.mark.parametrize(("where", "left", "lost"), PLACES)
def test_something_else_in_json_costs_what_it_stands_in_and_the_emitter_is_told_where(
    where: str, left: int, lost: int, value: object
) -> None:
    sifted = sifting(json_with(where, value), media=JSON)
    assert (names(sifted.message), +sifted.faults) == (["good"] * left, {Fault.UNREADABLE: lost})
    at = f"resourceSpans[1]{where}"
    assert sifted.where in (at, f"{at}[0]")
    assert told(Signal.TRACES, sifted, CAPS).endswith(f"the first that cannot be read is {sifted.where}")


@pytest.mark.parametrize("where", [where for where, _, _ in PLACES if where and not where.endswith("]")])
def test_null_in_json_stands_for_nothing(where: str) -> None:
    sifted = sifting(json_with(where, None), media=JSON)
    assert not sifted.rejected
    assert names(sifted.message) == ["good"] * (1 if where in {".scopeSpans", ".scopeSpans[0].spans"} else 3)


def test_the_way_to_a_fault_far_below_is_told_as_far_as_is_cheap() -> None:
    value: object = {"intValue": "no number"}
    for _ in range(10):
        value = {"arrayValue": {"values": [value]}}
    where = ".scopeSpans[0].spans[1].attributes[0].value"
    sifted = sifting(json_with(where, value), media=JSON)
    assert sifted.where.startswith(f"resourceSpans[1]{where}.arrayValue.values[0]")
    assert sifted.where.count("arrayValue") < 5


def test_json_nested_deeper_than_python_goes_costs_what_it_stands_in() -> None:
    value: object = {"stringValue": "x"}
    for _ in range(300):
        value = {"arrayValue": {"values": [value]}}
    attribute = {"key": "k", "value": value}
    for where in (".resource.attributes", ".scopeSpans[0].spans[1].attributes"):
        sifted = sifting(json_with(where, [attribute]), media=JSON)
        assert names(sifted.message) == ["good"] * (1 if "resource." in where else 2)


def test_a_list_under_both_its_names_is_one_too_many() -> None:
    both: object = {"scopeSpans": [], "scope_spans": [{"spans": [{"name": "lost"}]}]}
    sifted = sifting(json.dumps({"resourceSpans": [SOUND, both]}).encode(), media=JSON)
    assert (names(sifted.message), sifted.rejected) == (["good"], 1)
    proto: object = {"resource_spans": [{"scope_spans": [{"spans": [{"name": "good"}]}]}]}
    assert names(sifting(json.dumps(proto).encode(), media=JSON).message) == ["good"]


def metrics_json(*metrics: object) -> bytes:
    return json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": list(metrics)}]}]}).encode()


def test_a_data_point_in_json_that_cannot_be_read_costs_itself_alone() -> None:
    sum_of: object = {
        "data_points": [{"startTimeUnixNano": 7}, {"attributes": ["no attribute"]}, None],
        "isMonotonic": True,
    }
    gauge_of: object = {"dataPoints": [{}, {}, {"timeUnixNano": "no"}]}
    body = metrics_json({"gauge": gauge_of, "unit": "s"}, {"sum": sum_of}, "no metric")
    sifted = sifting(body, Signal.METRICS, JSON)
    assert (+sifted.faults, sifted.items) == ({Fault.UNREADABLE: 4}, 7)
    assert sifted.where == f"{WAY}.gauge.dataPoints[2].timeUnixNano"
    gauge, summed = metrics_of(sifted.message)
    assert (gauge.unit, len(gauge.gauge.data_points)) == ("s", 2)
    assert (summed.sum.is_monotonic, summed.sum.data_points[0].start_time_unix_nano) == (True, 7)


def test_a_data_point_in_json_nested_too_deep_costs_itself_alone() -> None:
    for levels, lost in ((46, 0), (47, 1), (150, 1)):
        value: object = {"stringValue": "x"}
        for _ in range(levels):
            value = {"arrayValue": {"values": [value]}}
        deep = {"attributes": [{"key": "k", "value": value}]}
        body = metrics_json({"gauge": {"dataPoints": [{"flags": 1}, deep]}})
        sifted = sifting(body, Signal.METRICS, JSON)
        assert (sifted.left, sifted.rejected) == (2 - lost, lost), levels


def test_json_with_a_fault_and_countless_items_is_given_up() -> None:
    body = metrics_json({"gauge": {"dataPoints": [{"flags": "no"}, *({"flags": 0},) * 20_000]}})
    told = "over 20000 items to look for the fault in: send smaller batches"
    with pytest.raises(Malformed, match=told):
        sifting(body, Signal.METRICS, JSON)
    records = [{"timeUnixNano": "no"}, *({"flags": 0},) * 20_000]
    logs = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    with pytest.raises(Malformed, match=told):
        sifting(logs, Signal.LOGS, JSON)


@pytest.mark.parametrize(
    "metric",
    [
        {"gauge": {"dataPoints": [{"flags": 0}, {"flags": "no"}]}, "unit": 3},
        {"gauge": {"dataPoints": [{"flags": 0}, {"flags": "no"}]}, "sum": {"dataPoints": []}},
        {"exponentialHistogram": {"dataPoints": [{"flags": 0}] * 2}, "exponential_histogram": {"flags": 0}},
    ],
)
def test_a_metric_in_json_that_cannot_be_read_around_its_points_counts_them(metric: object) -> None:
    sound: object = {"dataPoints": [{"flags": 0}]}
    sifted = sifting(metrics_json({"gauge": sound}, metric), Signal.METRICS, JSON)
    assert (+sifted.faults, sifted.items) == ({Fault.UNREADABLE: 2}, 3)
    assert sifted.where.startswith(WAY.replace("metrics[0]", "metrics[1]"))


@pytest.mark.parametrize(
    ("signal", "response", "counted"),
    [
        (Signal.TRACES, ExportTraceServiceResponse, "rejected_spans"),
        (Signal.LOGS, ExportLogsServiceResponse, "rejected_log_records"),
        (Signal.METRICS, ExportMetricsServiceResponse, "rejected_data_points"),
    ],
)
def test_a_partial_success_is_told_in_the_words_of_the_signal(
    signal: Signal,
    response: type[ExportTraceServiceResponse | ExportLogsServiceResponse | ExportMetricsServiceResponse],
    counted: str,
) -> None:
    answer = response.FromString(success(signal, Taken(3, "why"), PROTOBUF))
    assert getattr(answer.partial_success, counted) == 3
    assert answer.partial_success.error_message == "why"
    head, *rest = counted.split("_")
    assert json.loads(success(signal, Taken(3, "why"), JSON)) == {
        "partialSuccess": {head + "".join(map(str.title, rest)): "3", "errorMessage": "why"}
    }
    assert (success(signal, TAKEN, PROTOBUF), success(signal, TAKEN, JSON)) == (b"", b"{}")
