"""What a store must make of OTLP segments: every value there, every row once, the faulty apart."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import signal
import time
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from kansoku.catalog.fields import CALLS, RELATIONS
from kansoku.errors import QueryRefused, QueryTimeout, StoreUnavailable
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.port import DEFAULT_LIMITS, Parameter, QueryLimits
from kansoku.store.schema.relations import STORED_AT
from kansoku.store.segments import READY, Layout, Signal, new_name, varint
from kansoku.store.times import DAY_NS
from tests.conformance.stores import KINDS, place, store_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping
    from pathlib import Path

    from google.protobuf.message import Message

    from tests.conformance.stores import RunningFront

DELTA = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
CUMULATIVE = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
NOW_NS = (time.time_ns() // DAY_NS - 300) * DAY_NS + 57_600_123_456_789
"""Three hundred days ago at 16:00: what is older than 400 days has the time of its receipt, and of what is
younger than 100 there are rollups."""


def written(unix_ns: int) -> str:
    """A time as the store writes it."""
    return f"{datetime.fromtimestamp(unix_ns // 10**9, UTC):%Y-%m-%d %H:%M:%S}.{unix_ns % 10**9:09d}"


NOW = written(NOW_NS)
TRACE, SPAN, PARENT = bytes(range(16)), bytes(range(8)), b"\xff" * 8


def value(plain: object) -> AnyValue:  # noqa: PLR0911 - one line a kind
    """An OTLP value of a Python one; None is a value that says nothing."""
    match plain:
        case None:
            return AnyValue()
        case bool():
            return AnyValue(bool_value=plain)
        case int():
            return AnyValue(int_value=plain)
        case float():
            return AnyValue(double_value=plain)
        case str():
            return AnyValue(string_value=plain)
        case bytes():
            return AnyValue(bytes_value=plain)
        case list():
            return AnyValue(
                array_value=ArrayValue(values=[value(item) for item in cast("list[object]", plain)])
            )
        case dict():
            return AnyValue(kvlist_value=KeyValueList(values=attributes(cast("dict[str, object]", plain))))
        case _:
            raise TypeError(plain)


def attributes(plain: Mapping[str, object]) -> list[KeyValue]:
    """OTLP attributes of a mapping."""
    return [KeyValue(key=key, value=value(item)) for key, item in plain.items()]


def span(
    name: str = "answer",
    own: Mapping[str, object] | None = None,
    *,
    failed: bool = False,
    span_id: bytes = SPAN,
) -> ExportTraceServiceRequest:
    """A request of one span. Of calls with one id, all but one are the same call told again."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    group.resource.attributes.extend(attributes({"service.name": "support-bot", "service.version": "1"}))
    one = group.scope_spans.add().spans.add(name=name, trace_id=TRACE, span_id=span_id, parent_span_id=PARENT)
    one.start_time_unix_nano, one.end_time_unix_nano = NOW_NS, NOW_NS + 1_500_000_000
    one.status.code = Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET
    one.attributes.extend(attributes(own or {}))
    return request


def spool(layout: Layout, kind: Signal, *requests: Message | bytes, name: str | None = None) -> Path:
    """Puts a ready segment of these requests into the spool; bytes go in as they are."""
    layout.create()
    draft = layout.data / "draft"
    bodies = [each if isinstance(each, bytes) else each.SerializeToString() for each in requests]
    draft.write_bytes(b"".join(varint(len(body)) + body for body in bodies))
    return draft.rename(layout.folder(kind) / f"{name or new_name(time.time_ns())}{READY}")


@asynccontextmanager
async def started(layout: Layout) -> AsyncGenerator[EmbeddedStore]:
    """A store over the directory."""
    layout.create()
    store = store_of(layout)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def loaded(layout: Layout) -> None:
    """Returns when nothing waits in the spool."""
    async with asyncio.timeout(60):
        while layout.backlog().waiting:
            await asyncio.sleep(0.02)


def ask(layout: Layout, question: Callable[[EmbeddedStore], Awaitable[None]]) -> None:
    """Starts a store, lets it load everything, asks."""

    async def run() -> None:
        async with started(layout) as store:
            await loaded(layout)
            await question(store)

    asyncio.run(run())


async def one_row(store: EmbeddedStore, statement: str) -> dict[str, object]:
    """The only row of an answer, by column."""
    answer = await store.query(statement)
    assert len(answer.rows) == 1
    return dict(zip((column.name for column in answer.columns), answer.rows[0], strict=True))


async def count(store: EmbeddedStore, table: str) -> object:
    """How many rows a table has."""
    return (await store.query(f"SELECT count() FROM {table}")).rows[0][0]


class Shared:
    """One store for many questions, asked from outside its event loop."""

    def __init__(self, runner: asyncio.Runner, store: EmbeddedStore) -> None:
        self.runner, self.store = runner, store

    def ask(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> list[tuple[object, ...]]:
        """The rows of an answer."""
        return self.runner.run(self.store.query(statement, parameters, limits=limits)).rows


@pytest.fixture(params=KINDS)
def layout(request: pytest.FixtureRequest, tmp_path: Path) -> Layout:
    """The layout of a node of the kind of store that the test is run for, which has no rows."""
    if request.param == "embedded":
        return Layout(tmp_path)
    front: RunningFront = request.getfixturevalue("front")
    return place(Layout(tmp_path), front.emptied(cluster=True))


@pytest.fixture
def embedded(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


EVERY_VALUE: dict[str, tuple[object, str]] = {
    "zero": (0, "0"),
    "negative": (-5, "-5"),
    "greatest": (2**63 - 1, str(2**63 - 1)),
    "least": (-(2**63), str(-(2**63))),
    "false": (False, "false"),
    "true": (True, "true"),
    "double zero": (0.0, "0"),
    "double": (1.5, "1.5"),
    "empty text": ("", ""),
    "text": ("日本語 'quoted' \\ \"\n\t\x00", "日本語 'quoted' \\ \"\n\t\x00"),
    "no bytes": (b"", ""),
    "bytes": (b"\xff\x00", base64.b64encode(b"\xff\x00").decode()),
    "nothing": (None, ""),
    "empty list": ([], "[]"),
    "list": (["a", 1, 0, None, False, 2.5, "日本"], '["a",1,0,null,false,2.5,"日本"]'),
    "empty map": ({}, "{}"),
    "map": ({"a": {"b": [{"c": b"\x01"}]}, "z": 0}, '{"a":{"b":[{"c":"AQ=="}]},"z":0}'),
    "list of lists": ([[[[["deep"]]]]], '[[[[["deep"]]]]]'),
}
PLAIN = {name: plain for name, (plain, _) in EVERY_VALUE.items()}
STORED = {name: stored for name, (_, stored) in EVERY_VALUE.items()}


def test_every_kind_of_value_comes_back_from_a_span(layout: Layout) -> None:
    request = span(own=PLAIN, failed=True)
    group = request.resource_spans[0]
    group.resource.attributes.extend(attributes({"list": [1]}))
    group.scope_spans[0].scope.name, group.scope_spans[0].scope.version = "scope", "2"
    one = group.scope_spans[0].spans[0]
    one.kind, one.trace_state, one.status.message = Span.SPAN_KIND_CLIENT, "a=b", "why"
    one.events.add(name="event", time_unix_nano=NOW_NS, attributes=attributes(PLAIN))
    one.events.add(name="bare")
    one.links.add(trace_id=TRACE, span_id=SPAN, trace_state="c=d", attributes=attributes(PLAIN))
    spool(layout, Signal.TRACES, request)

    async def question(store: EmbeddedStore) -> None:
        assert await one_row(store, "SELECT * FROM otel_traces") == {
            "Timestamp": NOW,
            "TraceId": TRACE.hex(),
            "SpanId": SPAN.hex(),
            "ParentSpanId": PARENT.hex(),
            "TraceState": "a=b",
            "SpanName": "answer",
            "SpanKind": "Client",
            "ServiceName": "support-bot",
            "ResourceAttributes": {"service.name": "support-bot", "service.version": "1", "list": "[1]"},
            "ScopeName": "scope",
            "ScopeVersion": "2",
            "SpanAttributes": STORED,
            "Duration": 1_500_000_000,
            "StatusCode": "Error",
            "StatusMessage": "why",
            "Events.Timestamp": [NOW, "1970-01-01 00:00:00.000000000"],
            "Events.Name": ["event", "bare"],
            "Events.Attributes": [STORED, {}],
            "Links.TraceId": [TRACE.hex()],
            "Links.SpanId": [SPAN.hex()],
            "Links.TraceState": ["c=d"],
            "Links.Attributes": [STORED],
        }

    ask(layout, question)


def test_a_span_that_says_nothing_is_stored_and_one_that_ends_too_early_lasts_zero(
    layout: Layout,
) -> None:
    bare = ExportTraceServiceRequest()
    bare.resource_spans.add().scope_spans.add().spans.add()
    backwards = span("backwards")
    backwards.resource_spans[0].scope_spans[0].spans[0].end_time_unix_nano = 1
    spool(layout, Signal.TRACES, bare, backwards)

    async def question(store: EmbeddedStore) -> None:
        rows = await store.query(
            "SELECT SpanName, SpanKind, StatusCode, Duration, TraceId FROM otel_traces ORDER BY SpanName"
        )
        assert rows.rows == [
            ("", "Unspecified", "Unset", 0, ""),
            ("backwards", "Unspecified", "Unset", 0, TRACE.hex()),
        ]

    ask(layout, question)


def test_every_kind_of_value_comes_back_from_a_log_record(layout: Layout) -> None:
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add(schema_url="resource url")
    group.resource.attributes.extend(attributes({"service.name": "support-bot"}))
    scoped = group.scope_logs.add(schema_url="scope url")
    scoped.scope.name, scoped.scope.version = "scope", "2"
    scoped.scope.attributes.extend(attributes({"zero": 0}))
    record = scoped.log_records.add(time_unix_nano=NOW_NS, trace_id=TRACE, span_id=SPAN, flags=1)
    record.severity_number, record.severity_text = SeverityNumber.SEVERITY_NUMBER_INFO, "INFO"
    record.event_name = "event"
    record.body.CopyFrom(value({"message": "日本", "n": 0}))
    record.attributes.extend(attributes(PLAIN))
    for number, plain in enumerate(PLAIN.values()):
        scoped.log_records.add(observed_time_unix_nano=NOW_NS + number + 1, body=value(plain))
    spool(layout, Signal.LOGS, request)

    async def question(store: EmbeddedStore) -> None:
        assert await one_row(store, f"SELECT * FROM otel_logs WHERE SpanId = '{SPAN.hex()}'") == {
            "Timestamp": NOW,
            "TimestampTime": NOW[:19],
            "TraceId": TRACE.hex(),
            "SpanId": SPAN.hex(),
            "TraceFlags": 1,
            "SeverityText": "INFO",
            "SeverityNumber": 9,
            "ServiceName": "support-bot",
            "Body": '{"message":"日本","n":0}',
            "ResourceSchemaUrl": "resource url",
            "ResourceAttributes": {"service.name": "support-bot"},
            "ScopeSchemaUrl": "scope url",
            "ScopeName": "scope",
            "ScopeVersion": "2",
            "ScopeAttributes": {"zero": "0"},
            "LogAttributes": STORED,
            "EventName": "event",
        }
        bodies = await store.query("SELECT Body FROM otel_logs WHERE SpanId = '' ORDER BY Timestamp")
        assert [row[0] for row in bodies.rows] == list(STORED.values())

    ask(layout, question)


def metrics() -> ExportMetricsServiceRequest:
    """One point of each of the five kinds, and an integer one."""
    request = ExportMetricsServiceRequest()
    group = request.resource_metrics.add(schema_url="resource url")
    group.resource.attributes.extend(attributes({"service.name": "support-bot"}))
    scoped = group.scope_metrics.add(schema_url="scope url")
    scoped.scope.name, scoped.scope.version, scoped.scope.dropped_attributes_count = "scope", "2", 4
    scoped.scope.attributes.extend(attributes({"zero": 0}))
    when = {
        "start_time_unix_nano": NOW_NS - 1,
        "time_unix_nano": NOW_NS,
        "attributes": attributes({"model": "m", "zero": 0}),
        "flags": 1,
    }
    gauge = scoped.metrics.add(name="gauge", description="what", unit="1").gauge
    point = gauge.data_points.add(as_double=0.5, **when)
    point.exemplars.add(
        time_unix_nano=NOW_NS,
        as_int=-3,
        span_id=SPAN,
        trace_id=TRACE,
        filtered_attributes=attributes({"a": False}),
    )
    total = scoped.metrics.add(name="sum").sum
    total.aggregation_temporality, total.is_monotonic = CUMULATIVE, True
    total.data_points.add(as_int=-7, **when)
    histogram = scoped.metrics.add(name="histogram").histogram
    histogram.aggregation_temporality = DELTA
    histogram.data_points.add(
        count=3, sum=6.5, bucket_counts=[1, 0, 2], explicit_bounds=[1.0, 2.5], min=0.5, max=5.0, **when
    )
    exponential = scoped.metrics.add(name="exponential").exponential_histogram
    exponential.aggregation_temporality = CUMULATIVE
    point = exponential.data_points.add(count=5, sum=-1.5, scale=-2, zero_count=1, min=-4.0, max=3.0, **when)
    point.positive.offset, point.negative.offset = -1, 2
    point.positive.bucket_counts.extend([1, 2])
    point.negative.bucket_counts.extend([0, 1])
    summary = scoped.metrics.add(name="summary").summary
    point = summary.data_points.add(count=2, sum=3.5, **when)
    point.quantile_values.add(quantile=0.5, value=1.0)
    point.quantile_values.add(quantile=0.99, value=2.5)
    return request


OF_EVERY_METRIC = {
    "ResourceAttributes": {"service.name": "support-bot"},
    "ResourceSchemaUrl": "resource url",
    "ScopeName": "scope",
    "ScopeVersion": "2",
    "ScopeAttributes": {"zero": "0"},
    "ScopeDroppedAttrCount": 4,
    "ScopeSchemaUrl": "scope url",
    "ServiceName": "support-bot",
    "MetricDescription": "",
    "MetricUnit": "",
    "Attributes": {"model": "m", "zero": "0"},
    "StartTimeUnix": written(NOW_NS - 1),
    "TimeUnix": NOW,
    "Flags": 1,
}
NO_EXEMPLARS: dict[str, object] = {
    f"Exemplars.{name}": [] for name in ("FilteredAttributes", "TimeUnix", "Value", "SpanId", "TraceId")
}
METRIC_ROWS: dict[str, dict[str, object]] = {
    "gauge": {
        "MetricName": "gauge",
        "MetricDescription": "what",
        "MetricUnit": "1",
        "Value": 0.5,
        "Exemplars.FilteredAttributes": [{"a": "false"}],
        "Exemplars.TimeUnix": [NOW],
        "Exemplars.Value": [-3],
        "Exemplars.SpanId": [SPAN.hex()],
        "Exemplars.TraceId": [TRACE.hex()],
    },
    "sum": {
        **NO_EXEMPLARS,
        "MetricName": "sum",
        "Value": -7,
        "AggregationTemporality": 2,
        "IsMonotonic": True,
    },
    "histogram": {
        **NO_EXEMPLARS,
        "MetricName": "histogram",
        "Count": 3,
        "Sum": 6.5,
        "BucketCounts": [1, 0, 2],
        "ExplicitBounds": [1, 2.5],
        "Min": 0.5,
        "Max": 5,
        "AggregationTemporality": 1,
    },
    "exponential_histogram": {
        **NO_EXEMPLARS,
        "MetricName": "exponential",
        "Count": 5,
        "Sum": -1.5,
        "Scale": -2,
        "ZeroCount": 1,
        "PositiveOffset": -1,
        "PositiveBucketCounts": [1, 2],
        "NegativeOffset": 2,
        "NegativeBucketCounts": [0, 1],
        "Min": -4,
        "Max": 3,
        "AggregationTemporality": 2,
    },
    "summary": {
        "MetricName": "summary",
        "Count": 2,
        "Sum": 3.5,
        "ValueAtQuantiles.Quantile": [0.5, 0.99],
        "ValueAtQuantiles.Value": [1, 2.5],
    },
}


def test_every_kind_of_metric_comes_back(layout: Layout) -> None:
    spool(layout, Signal.METRICS, metrics())

    async def question(store: EmbeddedStore) -> None:
        for kind, row in METRIC_ROWS.items():
            stored = await one_row(store, f"SELECT * FROM otel_metrics_{kind}")
            assert stored == {**OF_EVERY_METRIC, **row}, kind

    ask(layout, question)


CALL: dict[str, object] = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "anthropic",
    "gen_ai.request.model": "claude-a",
    "gen_ai.response.model": "claude-b",
    "gen_ai.request.stream": True,
    "gen_ai.response.time_to_first_chunk": 0.25,
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.cache_read.input_tokens": 30,
    "gen_ai.usage.cache_write.input_tokens": 0,
    "gen_ai.usage.output_tokens": 0,
    "kansoku.cost.usd": 0.0,
    "kansoku.outcome": "cancelled",
    "kansoku.tool.names": ["a", "b"],
    "kansoku.release": "2",
    "user.id": "u-1",
}


def test_a_call_becomes_a_narrow_row_in_which_unknown_is_null_and_zero_is_zero(
    layout: Layout,
) -> None:
    spool(layout, Signal.TRACES, span(own=CALL), span("not a call"))

    async def question(store: EmbeddedStore) -> None:
        row = await one_row(store, "SELECT * FROM calls")
        assert list(row) == [*(field.name for field in CALLS.fields), STORED_AT]
        stored_at = datetime.fromisoformat(f"{row.pop(STORED_AT)}+00:00")
        assert timedelta(0) <= datetime.now(UTC) - stored_at < timedelta(minutes=1)
        known = {name: kept for name, kept in row.items() if kept not in (None, "", [])}
        assert known == {
            "time": NOW,
            "trace_id": TRACE.hex(),
            "span_id": SPAN.hex(),
            "parent_span_id": PARENT.hex(),
            "duration_s": 1.5,
            "operation": "chat",
            "provider": "anthropic",
            "request_model": "claude-a",
            "response_model": "claude-b",
            "stream": True,
            "ttft_s": 0.25,
            "input_tokens": 70,
            "cache_read_tokens": 30,
            "cache_write_tokens": 0,
            "output_tokens": 0,
            "cost_usd": 0,
            "outcome": "cancelled",
            "tool_names": ["a", "b"],
            "service": "support-bot",
            "release": "2",
            "user_id": "u-1",
        }
        assert row["thinking_tokens"] is None
        assert row["stop_reason"] == ""

    ask(layout, question)


def test_older_attribute_names_are_read_too_and_the_newest_wins(layout: Layout) -> None:
    older = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "old provider",
        "gen_ai.usage.prompt_tokens": 10,
        "gen_ai.usage.completion_tokens": 5,
        "gen_ai.usage.cache_read_input_tokens": 40,
        "enduser.id": "old user",
        "user.id": "new user",
    }
    spool(layout, Signal.TRACES, span(own=older, failed=True))

    async def question(store: EmbeddedStore) -> None:
        row = await one_row(
            store,
            "SELECT provider, input_tokens, cache_read_tokens, output_tokens, user_id, outcome, release"
            " FROM calls",
        )
        # 10 in all cannot include 40 cached: this emitter counted the uncached alone.
        assert list(row.values()) == ["old provider", 10, 40, 5, "new user", "error", "1"]

    ask(layout, question)


def outcome_log(event: str, own: Mapping[str, object]) -> ExportLogsServiceRequest:
    """A request of one event; half of the emitters name it in an attribute."""
    request = ExportLogsServiceRequest()
    group = request.resource_logs.add()
    group.resource.attributes.extend(attributes({"service.name": "support-bot"}))
    records = group.scope_logs.add().log_records
    records.add(time_unix_nano=NOW_NS, event_name=event, attributes=attributes(own))
    records.add(time_unix_nano=NOW_NS, attributes=attributes({**own, "event.name": event}))
    return request


def test_tools_tasks_feedback_and_evaluations_reach_their_tables(layout: Layout) -> None:
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup", "error.type": "E"}
    task = {"kansoku.task.name": "answer", "kansoku.task.outcome": "failed"}
    spool(layout, Signal.TRACES, span(own=tool, failed=True), span(own=task))
    spool(
        layout,
        Signal.LOGS,
        outcome_log("kansoku.feedback", {"kansoku.feedback.rating": "up", "kansoku.feedback.score": 0}),
        outcome_log(
            "gen_ai.evaluation.result",
            {"gen_ai.evaluation.name": "hallucination", "gen_ai.evaluation.score.value": 0.5},
        ),
    )

    async def question(store: EmbeddedStore) -> None:
        tools = await store.query("SELECT tool, outcome, error_type FROM tool_calls")
        assert tools.rows == [("lookup", "error", "E")]
        outcomes = await store.query(
            "SELECT kind, name, label, score, service FROM outcomes ORDER BY kind, name"
        )
        assert outcomes.rows == [
            ("evaluation", "hallucination", "", 0.5, "support-bot"),
            ("evaluation", "hallucination", "", 0.5, "support-bot"),
            ("feedback", "", "up", 0, "support-bot"),
            ("feedback", "", "up", 0, "support-bot"),
            ("task", "answer", "failed", None, "support-bot"),
        ]

    ask(layout, question)


def test_a_segment_loaded_again_adds_nothing_to_any_table(layout: Layout) -> None:
    tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "lookup"}
    feedback = outcome_log("kansoku.feedback", {"kansoku.feedback.rating": "up"})
    segments = [
        spool(layout, Signal.TRACES, span(own=CALL), span(own=tool)),
        spool(layout, Signal.LOGS, feedback),
        spool(layout, Signal.METRICS, metrics()),
    ]
    copies = [shutil.copy(path, layout.data) for path in segments]
    tables = [relation.table for relation in RELATIONS] + [
        "otel_traces",
        "otel_logs",
        *(f"otel_metrics_{kind}" for kind in METRIC_ROWS),
    ]

    async def question(store: EmbeddedStore) -> None:
        before = {table: await count(store, table) for table in tables}
        for copy, path in zip(copies, segments, strict=True):
            os.rename(copy, path)  # noqa: PTH104
        await loaded(layout)
        assert {table: await count(store, table) for table in tables} == before
        assert 0 not in before.values()

    ask(layout, question)


def of_a_foreign_type(*path: int, field: bytes) -> bytes:
    """A request whose innermost message, at the field numbers of the path, holds a field of another type.

    The protobuf library takes it as an unknown field; ClickHouse refuses the whole segment.
    """
    body = field
    for number in reversed(path):
        body = varint(number << 3 | 2) + varint(len(body)) + body
    return body


@pytest.mark.parametrize("place", [0, 3, 6])
def test_a_request_that_cannot_be_loaded_is_set_aside_alone(layout: Layout, place: int) -> None:
    requests: list[Message | bytes] = [span(f"span {number}") for number in range(6)]
    requests.insert(place, b"\xff\xff\xff")
    spool(layout, Signal.TRACES, *requests)
    spool(layout, Signal.TRACES, span("after"))

    async def question(store: EmbeddedStore) -> None:
        names = await store.query("SELECT SpanName FROM otel_traces ORDER BY SpanName")
        assert [row[0] for row in names.rows] == ["after", *(f"span {number}" for number in range(6))]
        assert (layout.backlog().waiting, layout.backlog().set_aside) == (0, 1)
        (why,) = layout.set_aside(Signal.TRACES).glob("*.txt")
        assert why.read_text().strip()

    ask(layout, question)


def test_a_field_of_a_foreign_type_counts_as_unknown_as_other_readers_have_it(layout: Layout) -> None:
    named_by_a_number = of_a_foreign_type(1, 2, 2, field=b"\x28\x07")  # Span.name
    spool(layout, Signal.TRACES, span("before"), named_by_a_number, span("span after"))

    async def question(store: EmbeddedStore) -> None:
        names = await store.query("SELECT SpanName FROM otel_traces ORDER BY SpanName")
        assert [row[0] for row in names.rows] == ["", "before", "span after"]
        assert (layout.backlog().waiting, layout.backlog().set_aside) == (0, 0)

    ask(layout, question)


def test_a_refused_metrics_segment_stores_no_point_twice(layout: Layout) -> None:
    # Histogram.data_points as a number: refused by one of the five statements only, after others went.
    bad = of_a_foreign_type(1, 2, 2, 9, field=b"\x08\x07")
    spool(layout, Signal.METRICS, metrics(), bad, metrics())

    async def question(store: EmbeddedStore) -> None:
        assert [await count(store, f"otel_metrics_{kind}") for kind in METRIC_ROWS] == [2] * 5
        assert (layout.backlog().waiting, layout.backlog().set_aside) == (0, 0)

    ask(layout, question)


def test_spans_of_very_many_days_are_loaded_together(layout: Layout) -> None:
    requests = [span(f"{day}") for day in range(300)]
    for day, request in enumerate(requests):
        one = request.resource_spans[0].scope_spans[0].spans[0]
        one.start_time_unix_nano = NOW_NS - day * 86_400 * 10**9
    spool(layout, Signal.TRACES, *requests)

    async def question(store: EmbeddedStore) -> None:
        assert await count(store, "otel_traces") == 300

    ask(layout, question)


@pytest.mark.parametrize("told_ns", [0, 7, 2**63])
def test_what_tells_no_time_that_can_be_has_that_of_its_receipt_and_is_kept(
    layout: Layout, told_ns: int
) -> None:
    traces = span(own={"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-a"})
    one = traces.resource_spans[0].scope_spans[0].spans[0]
    one.start_time_unix_nano, one.end_time_unix_nano = told_ns, NOW_NS
    logs = ExportLogsServiceRequest()
    logs.resource_logs.add().scope_logs.add().log_records.add(time_unix_nano=told_ns)
    metrics = ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name="m")
    metric.gauge.data_points.add(as_int=1, time_unix_nano=told_ns)
    received = time.time_ns() - 3 * 86_400 * 10**9
    for kind, request in zip(Signal, (traces, logs, metrics), strict=True):
        spool(layout, kind, request, name=new_name(received))

    async def question(store: EmbeddedStore) -> None:
        with suppress(QueryRefused):  # a cluster drops by its own means
            await store.maintain("retention", {"now": time.time(), "apply": True})
        columns = ("otel_traces", "Timestamp"), ("calls", "time"), ("otel_logs", "Timestamp")
        for table, column in (*columns, ("otel_metrics_gauge", "TimeUnix")):
            told = await store.query(f"SELECT toUnixTimestamp64Nano({column}) FROM {table}")
            assert told.rows == [(received,)], table
        assert (await one_row(store, "SELECT Duration FROM otel_traces"))["Duration"] == 0

    ask(layout, question)


def test_a_store_process_that_dies_comes_back_with_what_it_had(embedded: Layout) -> None:
    spool(embedded, Signal.TRACES, span("before"))

    async def question(store: EmbeddedStore) -> None:
        assert store.process_id is not None
        os.kill(store.process_id, signal.SIGKILL)
        spool(embedded, Signal.TRACES, span("meanwhile"))
        async with asyncio.timeout(30):
            while store.restarts == 0 or embedded.backlog().waiting:
                await asyncio.sleep(0.02)
        assert await count(store, "otel_traces") == 2

    ask(embedded, question)


def test_a_segment_that_ends_the_store_process_each_time_is_set_aside(embedded: Layout) -> None:
    embedded.create()
    # A pipe stands in for bytes that crash the database: loading never ends, so the kill falls into it.
    os.mkfifo(embedded.folder(Signal.TRACES) / f"{new_name(1)}{READY}")

    async def run() -> None:
        async with started(embedded) as store, asyncio.timeout(60):
            for death in range(3):
                while store.restarts < death or store.process_id is None or not store.loading:
                    await asyncio.sleep(0.02)
                os.kill(store.process_id, signal.SIGKILL)
                while store.restarts == death:
                    await asyncio.sleep(0.02)
            spool(embedded, Signal.TRACES, span("after"))
            await loaded(embedded)
            assert embedded.backlog().set_aside == 1
            assert await count(store, "otel_traces") == 1

    asyncio.run(run())


def test_a_question_in_flight_when_the_store_dies_is_told_to_come_again(embedded: Layout) -> None:
    async def question(store: EmbeddedStore) -> None:
        asked = asyncio.create_task(store.query("SELECT sleepEachRow(1) FROM numbers(3)"))
        await store.query("SELECT 1")
        assert store.process_id is not None
        os.kill(store.process_id, signal.SIGKILL)
        with pytest.raises(StoreUnavailable):
            await asked

    ask(embedded, question)


def test_a_second_store_on_the_same_directory_is_refused(embedded: Layout) -> None:
    async def question(_: EmbeddedStore) -> None:
        with pytest.raises(StoreUnavailable, match="another process has the database"):
            await EmbeddedStore(embedded).start()

    ask(embedded, question)


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO calls (trace_id) VALUES ('x')",
        "DROP TABLE calls",
        "CREATE TABLE t (a Int8) ENGINE = Memory",
        "ALTER TABLE calls DELETE WHERE 1",
        "OPTIMIZE TABLE calls",
        "SET readonly = 0",
        "SELECT 1 SETTINGS readonly = 0",
        "SELECT 1; DROP TABLE calls",
        "SELECT 1 INTO OUTFILE '/tmp/kansoku-outfile'",
        "SELECT 1 FORMAT JSON",
        "SELECT file('/etc/hostname')",
        "SELECT `fil\\x65`/* */('/etc/hostname')",
        "SELECT arrayMap(file, ['/etc/hostname'])",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        "SELECT * FROM s3('http://127.0.0.1:1/b/c.csv', 'CSV', 'a String')",
        "SELECT * FROM remote('127.0.0.1', system.one)",
        "SELECT * FROM executable('ls', 'TSV', 'a String')",
        "SELECT * FROM Python(os)",
        "KILL QUERY WHERE 1",
        "SYSTEM STOP MERGES",
        "USE system",
        "SELECT groupArray(number) FROM numbers(1000000000)",
        "SELECT no_such_column FROM calls",
        "SELECT {unbound:String}",
        "SELEC",
        "",
    ],
)
def test_what_is_not_a_harmless_question_is_refused(shared: Shared, statement: str) -> None:
    with pytest.raises(QueryRefused):
        shared.ask(statement, limits=QueryLimits(memory_bytes=100 << 20))


@pytest.fixture(scope="module", params=("embedded", "cluster"))
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    layout = Layout(tmp_path_factory.mktemp("shared"))
    layout.create()
    if request.param == "cluster":  # a database of its own: it stays open beside those of single tests
        front: RunningFront = request.getfixturevalue("front")
        place(layout, front.address(cluster=True))
    with asyncio.Runner() as runner:
        store = store_of(layout)
        runner.run(store.start())
        yield Shared(runner, store)
        runner.run(store.close())


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        "(SELECT 1)",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "-- a comment\nSELECT 'INTO OUTFILE file() FORMAT x';",
        "SHOW TABLES",
        "DESCRIBE calls",
        "EXPLAIN SELECT 1",
        "EXISTS TABLE calls",
        "FROM calls SELECT count()",
        "SELECT quantileExactInclusive(0.5)(duration_s) FROM calls",
    ],
)
def test_a_reading_statement_is_answered(shared: Shared, statement: str) -> None:
    shared.ask(statement)


@pytest.mark.parametrize(
    ("type_", "given"),
    [
        ("String", "it's \\ \n\t\r\0 \b\f 日本 {x:String}"),
        ("String", ""),
        ("String", "\\N"),
        ("Nullable(String)", None),
        ("UInt64", 2**64 - 1),
        ("Int64", -(2**63)),
        ("Float64", 0.1),
        ("Bool", True),
        ("Array(String)", ["a'b", "c\\d\n", "", "]"]),
        ("Array(String)", []),
    ],
)
def test_a_parameter_is_bound_as_it_is(shared: Shared, type_: str, given: Parameter) -> None:
    assert shared.ask(f"SELECT {{p:{type_}}}", {"p": given}) == [(given,)]


def test_values_come_as_json_has_them(shared: Shared) -> None:
    row = shared.ask(
        "SELECT toUInt64(18446744073709551615), nan, inf, NULL, true, map('a', 1), [1, NULL],"
        " toDateTime64(1.5, 3), toDateTime(0), unhex('ff')"
    )
    assert row == [
        (2**64 - 1, None, None, None, True, {"a": 1}, [1, None], "1970-01-01 00:00:01.500",
         "1970-01-01 00:00:00", "\ufffd")
    ]  # fmt: skip


def test_rows_past_the_limit_are_left_out_and_said_to_be(shared: Shared) -> None:
    answer = shared.runner.run(
        shared.store.query("SELECT number FROM numbers(100000)", limits=QueryLimits(rows=3))
    )
    assert (answer.rows, answer.truncated) == ([(0,), (1,), (2,)], True)
    whole = shared.runner.run(shared.store.query("SELECT number FROM numbers(3)", limits=QueryLimits(rows=3)))
    assert (len(whole.rows), whole.truncated) == (3, False)


def test_a_statement_that_takes_too_long_ends_in_time(shared: Shared) -> None:
    began = time.monotonic()
    with pytest.raises(QueryTimeout):
        shared.ask(
            "SELECT count() FROM numbers(1000000000000) WHERE sipHash64(number) = 1",
            limits=QueryLimits(seconds=0.5),
        )
    assert time.monotonic() - began < 5


def test_a_slow_question_does_not_hold_up_a_quick_one(shared: Shared) -> None:
    async def run() -> tuple[bool, object]:
        slow = asyncio.create_task(shared.store.query("SELECT sleep(3)"))
        quick = await shared.store.query("SELECT 1")
        waiting = not slow.done()
        await slow
        return waiting, quick.rows

    assert shared.runner.run(run()) == (True, [(1,)])


def test_many_questions_at_once_each_get_their_own_answer(shared: Shared) -> None:
    async def run() -> list[object]:
        answers = await asyncio.gather(
            *(shared.store.query("SELECT {n:UInt64}", {"n": number}) for number in range(100))
        )
        return [answer.rows[0][0] for answer in answers]

    assert shared.runner.run(run()) == list(range(100))


def test_a_very_large_answer_arrives_whole(shared: Shared) -> None:
    rows = shared.ask("SELECT number, repeat('x', 100) FROM numbers(50000)")
    assert len(rows) == 50_000
    assert json.dumps(rows[-1]) == json.dumps([49_999, "x" * 100])
