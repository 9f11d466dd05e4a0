"""INSERT statements that turn one segment into rows: ClickHouse reads the OTLP bytes itself.

Columns are named in both halves of a statement from one list, so neither half can slip against the
other.
"""

from __future__ import annotations

from kansoku.store.segments import Signal
from kansoku.store.wire import schema_text, structure

# One block per segment, so that a loaded segment is all there or not; one reader, so that a
# segment read again after a crash gives the same block.
_SETTINGS = (
    "format_schema_source = 'string', input_format_parallel_parsing = 0, insert_deduplicate = 1,"
    " deduplicate_blocks_in_dependent_materialized_views = 1, max_threads = 1, max_insert_threads = 1,"
    " min_insert_block_size_rows = 16777216, min_insert_block_size_bytes = 4294967296,"
    " max_partitions_per_insert_block = 0"
)


def _text(value: str) -> str:
    """An `AnyValue` as the Collector writes it: a string as it is, the rest as JSON has it."""
    return (
        f"coalesce({value}.string_value, toString({value}.int_value), toString({value}.bool_value),"
        f" toString({value}.double_value), kansoku_array_json(hex({value}.array_value)),"
        f" kansoku_map_json(hex({value}.kvlist_value)), base64Encode({value}.bytes_value), '')"
    )


def _map(attributes: str) -> str:
    return f"mapFromArrays({attributes}.key, arrayMap(v -> {_text('v')}, {attributes}.value))"


def _each_map(lists: str) -> str:
    return f"arrayMap(a -> {_map('a')}, {lists})"


def _hex(identity: str) -> str:
    return f"lower(hex({identity}))"


def _each_hex(identities: str) -> str:
    return f"arrayMap(i -> {_hex('i')}, {identities})"


def _time(nanoseconds: str) -> str:
    return f"fromUnixTimestamp64Nano(reinterpretAsInt64({nanoseconds}))"


def _each_time(nanoseconds: str) -> str:
    return f"arrayMap(t -> {_time('t')}, {nanoseconds})"


def _word(number: str, words: tuple[str, ...], otherwise: str) -> str:
    quoted = ", ".join(f"'{word}'" for word in words)
    return f"transform({number}, range(1, {len(words) + 1}), [{quoted}], '{otherwise}')"


def _insert(table: str, columns: dict[str, str], rows: str) -> str:
    names = ", ".join(columns)
    values = ",\n    ".join(f"{value} AS `{name}`" for name, value in columns.items())
    return f"INSERT INTO {table} ({names})\nSELECT\n    {values}\nFROM (\n{rows}\n)"


def _scoped(request: str, what: str, scoped: str, item: str, without: frozenset[str]) -> str:
    """Rows of `scope`, its resource `r` (with map `ra`) and one `item` each, out of a request."""
    read = f"file({{path:String}}, 'Protobuf', '{structure(request, without)}')"
    resources = f"SELECT arrayJoin({what}) AS r FROM {read}"  # noqa: S608 - our own names
    scopes = f"SELECT r, {_map('r.resource.attributes')} AS ra, arrayJoin(r.{scoped}) AS s"
    return f"SELECT r, ra, s, arrayJoin(s.{item}) AS i FROM ({scopes} FROM ({resources}))"  # noqa: S608


_TRACES = _insert(
    "otel_traces",
    {
        "Timestamp": _time("i.start_time_unix_nano"),
        "TraceId": _hex("i.trace_id"),
        "SpanId": _hex("i.span_id"),
        "ParentSpanId": _hex("i.parent_span_id"),
        "TraceState": "i.trace_state",
        "SpanName": "i.name",
        "SpanKind": _word("i.kind", ("Internal", "Server", "Client", "Producer", "Consumer"), "Unspecified"),
        "ServiceName": "ra['service.name']",
        "ResourceAttributes": "ra",
        "ScopeName": "s.scope.name",
        "ScopeVersion": "s.scope.version",
        "SpanAttributes": _map("i.attributes"),
        # A clock that stepped back gives an end before the begin: no duration, not 584 years.
        "Duration": "if(i.end_time_unix_nano > i.start_time_unix_nano,"
        " i.end_time_unix_nano - i.start_time_unix_nano, 0)",
        "StatusCode": _word("i.status.code", ("Ok", "Error"), "Unset"),
        "StatusMessage": "i.status.message",
        "Events.Timestamp": _each_time("i.events.time_unix_nano"),
        "Events.Name": "i.events.name",
        "Events.Attributes": _each_map("i.events.attributes"),
        "Links.TraceId": _each_hex("i.links.trace_id"),
        "Links.SpanId": _each_hex("i.links.span_id"),
        "Links.TraceState": "i.links.trace_state",
        "Links.Attributes": _each_map("i.links.attributes"),
    },
    _scoped(
        "ExportTraceServiceRequest",
        "resource_spans",
        "scope_spans",
        "spans",
        frozenset(),
    ),
)

_LOG_TIME = "if(i.time_unix_nano = 0, i.observed_time_unix_nano, i.time_unix_nano)"
_LOGS = _insert(
    "otel_logs",
    {
        "Timestamp": _time(_LOG_TIME),
        "TraceId": _hex("i.trace_id"),
        "SpanId": _hex("i.span_id"),
        "TraceFlags": "toUInt8(bitAnd(i.flags, 255))",
        "SeverityText": "i.severity_text",
        "SeverityNumber": "toUInt8(i.severity_number)",
        "ServiceName": "ra['service.name']",
        "Body": _text("i.body"),
        "ResourceSchemaUrl": "r.schema_url",
        "ResourceAttributes": "ra",
        "ScopeSchemaUrl": "s.schema_url",
        "ScopeName": "s.scope.name",
        "ScopeVersion": "s.scope.version",
        "ScopeAttributes": _map("s.scope.attributes"),
        "LogAttributes": _map("i.attributes"),
        "EventName": "i.event_name",
    },
    _scoped("ExportLogsServiceRequest", "resource_logs", "scope_logs", "log_records", frozenset()),
)

_KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def _number(point: str) -> str:
    return f"coalesce({point}.as_double, toFloat64({point}.as_int), 0)"


def _metric(kind: str, columns: dict[str, str]) -> str:
    without = frozenset(f"Metric.{other}" for other in _KINDS if other != kind)
    items = _scoped("ExportMetricsServiceRequest", "resource_metrics", "scope_metrics", "metrics", without)
    points = f"SELECT r, ra, s, i, arrayJoin(i.{kind}.data_points) AS p FROM ({items})"  # noqa: S608
    return _insert(
        f"otel_metrics_{kind}",
        {
            "ResourceAttributes": "ra",
            "ResourceSchemaUrl": "r.schema_url",
            "ScopeName": "s.scope.name",
            "ScopeVersion": "s.scope.version",
            "ScopeAttributes": _map("s.scope.attributes"),
            "ScopeDroppedAttrCount": "s.scope.dropped_attributes_count",
            "ScopeSchemaUrl": "s.schema_url",
            "ServiceName": "ra['service.name']",
            "MetricName": "i.name",
            "MetricDescription": "i.description",
            "MetricUnit": "i.unit",
            "Attributes": _map("p.attributes"),
            "StartTimeUnix": _time("p.start_time_unix_nano"),
            "TimeUnix": _time("p.time_unix_nano"),
            "Flags": "p.flags",
            **columns,
        },
        points,
    )


_EXEMPLARS = {
    "Exemplars.FilteredAttributes": _each_map("p.exemplars.filtered_attributes"),
    "Exemplars.TimeUnix": _each_time("p.exemplars.time_unix_nano"),
    "Exemplars.Value": "arrayMap((d, n) -> coalesce(d, toFloat64(n), 0),"
    " p.exemplars.as_double, p.exemplars.as_int)",
    "Exemplars.SpanId": _each_hex("p.exemplars.span_id"),
    "Exemplars.TraceId": _each_hex("p.exemplars.trace_id"),
}
_DISTRIBUTION = {"Count": "p.count", "Sum": "p.sum"}
_RANGE = {"Min": "p.min", "Max": "p.max"}

_METRICS = (
    _metric("gauge", {"Value": _number("p"), **_EXEMPLARS}),
    _metric(
        "sum",
        {
            "Value": _number("p"),
            **_EXEMPLARS,
            "AggregationTemporality": "i.sum.aggregation_temporality",
            "IsMonotonic": "i.sum.is_monotonic",
        },
    ),
    _metric(
        "histogram",
        {
            **_DISTRIBUTION,
            "BucketCounts": "p.bucket_counts",
            "ExplicitBounds": "p.explicit_bounds",
            **_EXEMPLARS,
            **_RANGE,
            "AggregationTemporality": "i.histogram.aggregation_temporality",
        },
    ),
    _metric(
        "exponential_histogram",
        {
            **_DISTRIBUTION,
            "Scale": "p.scale",
            "ZeroCount": "p.zero_count",
            "PositiveOffset": "p.positive.offset",
            "PositiveBucketCounts": "p.positive.bucket_counts",
            "NegativeOffset": "p.negative.offset",
            "NegativeBucketCounts": "p.negative.bucket_counts",
            **_EXEMPLARS,
            **_RANGE,
            "AggregationTemporality": "i.exponential_histogram.aggregation_temporality",
        },
    ),
    _metric(
        "summary",
        {
            **_DISTRIBUTION,
            "ValueAtQuantiles.Quantile": "p.quantile_values.quantile",
            "ValueAtQuantiles.Value": "p.quantile_values.value",
        },
    ),
)

_REQUEST = {
    Signal.TRACES: ("ExportTraceServiceRequest", "resource_spans"),
    Signal.LOGS: ("ExportLogsServiceRequest", "resource_logs"),
    Signal.METRICS: ("ExportMetricsServiceRequest", "resource_metrics"),
}
_STATEMENTS = {Signal.TRACES: (_TRACES,), Signal.LOGS: (_LOGS,), Signal.METRICS: _METRICS}


def inserts(signal: Signal, token: str) -> tuple[str, ...]:
    """The statements that load a segment of that signal, one for each table it may fill.

    They take the parameter `path`. Run again with the same token, they add nothing.
    """
    settings = f"insert_deduplication_token = '{token}', {_FORMAT[signal]}"
    return tuple(f"{statement}\nSETTINGS {settings}" for statement in _STATEMENTS[signal])


def check(signal: Signal) -> tuple[str, ...]:
    """What to run first where several statements load one segment: fails before any has stored."""
    if len(_STATEMENTS[signal]) == 1:
        return ()
    request, member = _REQUEST[signal]
    read = f"file({{path:String}}, 'Protobuf', '{structure(request)}')"
    return (f"SELECT ignore({member}) FROM {read} FORMAT Null SETTINGS {_FORMAT[signal]}",)  # noqa: S608


def _format(signal: Signal) -> str:
    request, _ = _REQUEST[signal]
    schema = schema_text().replace("\\", "\\\\").replace("'", "\\'")
    return f"{_SETTINGS}, format_schema_message_name = '{request}', format_schema = '{schema}'"


_FORMAT = {signal: _format(signal) for signal in Signal}
