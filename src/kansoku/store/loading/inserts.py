"""INSERT statements that turn one segment into rows: ClickHouse reads the OTLP bytes itself.

Columns are named in both halves of a statement from one list, so neither half can slip against the
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku.store.loading.kinds import KINDS
from kansoku.store.loading.sources import FromFile
from kansoku.store.segments import Signal, received_ns
from kansoku.store.times import RECEIVED_NS, is_possible, possible

if TYPE_CHECKING:
    from collections.abc import Collection

    from kansoku.store.loading.sources import Source

# One block per segment, so that a loaded segment is all there or not; one reader, so that a
# segment read again after a crash gives the same block.
_SETTINGS = (
    "format_schema_source = 'string', input_format_parallel_parsing = 0, insert_deduplicate = 1,"
    " deduplicate_blocks_in_dependent_materialized_views = 1, max_threads = 1, max_insert_threads = 1,"
    " min_insert_block_size_rows = 16777216, min_insert_block_size_bytes = 4294967296,"
    " max_partitions_per_insert_block = 0"
)


def _map(source: Source, attributes: str) -> str:
    return f"mapFromArrays({attributes}.key, arrayMap(v -> {source.text('v')}, {attributes}.value))"


def _each_map(source: Source, lists: str) -> str:
    return f"arrayMap(a -> {_map(source, 'a')}, {lists})"


def _hex(identity: str) -> str:
    return f"lower(hex({identity}))"


def _hex_of(identity: str, size: int) -> str:
    """Nothing if it is of another size: OTLP has a log record belong to no trace then."""
    return f"if(length({identity}) = {size}, {_hex(identity)}, '')"


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


def _scoped(
    source: Source, request: str, *names: str, item: str, without: frozenset[str] = frozenset()
) -> str:
    """Rows of `scope`, its resource `r` (with map `ra`) and one `item` each, out of a request."""
    what, scoped = names
    read = source.read(source.wire.structure(request, without))
    resources = f"SELECT arrayJoin({what}) AS r FROM {read}"  # noqa: S608 - our own names
    scopes = f"SELECT r, {_map(source, 'r.resource.attributes')} AS ra, arrayJoin(r.{scoped}) AS s"
    return f"SELECT r, ra, s, arrayJoin(s.{item}) AS i FROM ({scopes} FROM ({resources}))"  # noqa: S608


def _traces(source: Source) -> str:
    return _insert(
        "otel_traces",
        {
            "Timestamp": _time(possible("i.start_time_unix_nano")),
            "TraceId": _hex("i.trace_id"),
            "SpanId": _hex("i.span_id"),
            "ParentSpanId": _hex("i.parent_span_id"),
            "TraceState": "i.trace_state",
            "SpanName": "i.name",
            "SpanKind": _word(
                "i.kind", ("Internal", "Server", "Client", "Producer", "Consumer"), "Unspecified"
            ),
            "ServiceName": "ra['service.name']",
            "ResourceAttributes": "ra",
            "ScopeName": "s.scope.name",
            "ScopeVersion": "s.scope.version",
            "SpanAttributes": _map(source, "i.attributes"),
            # A clock that stepped back gives an end before the begin: no duration, not 584 years.
            # Nor 57 where the begin is not told.
            "Duration": "if(i.end_time_unix_nano > i.start_time_unix_nano"
            f" AND {is_possible('i.start_time_unix_nano')},"
            " i.end_time_unix_nano - i.start_time_unix_nano, 0)",
            "StatusCode": _word("i.status.code", ("Ok", "Error"), "Unset"),
            "StatusMessage": "i.status.message",
            "Events.Timestamp": _each_time("i.events.time_unix_nano"),
            "Events.Name": "i.events.name",
            "Events.Attributes": _each_map(source, "i.events.attributes"),
            "Links.TraceId": _each_hex("i.links.trace_id"),
            "Links.SpanId": _each_hex("i.links.span_id"),
            "Links.TraceState": "i.links.trace_state",
            "Links.Attributes": _each_map(source, "i.links.attributes"),
        },
        _scoped(
            source,
            "ExportTraceServiceRequest",
            "resource_spans",
            "scope_spans",
            item="spans",
        ),
    )


_LOG_TIME = "if(i.time_unix_nano = 0, i.observed_time_unix_nano, i.time_unix_nano)"


def _logs(source: Source) -> str:
    return _insert(
        "otel_logs",
        {
            "Timestamp": _time(possible(_LOG_TIME)),
            "TraceId": _hex_of("i.trace_id", 16),
            "SpanId": _hex_of("i.span_id", 8),
            "TraceFlags": "toUInt8(bitAnd(i.flags, 255))",
            "SeverityText": "i.severity_text",
            "SeverityNumber": "toUInt8(i.severity_number)",
            "ServiceName": "ra['service.name']",
            "Body": source.text("i.body"),
            "ResourceSchemaUrl": "r.schema_url",
            "ResourceAttributes": "ra",
            "ScopeSchemaUrl": "s.schema_url",
            "ScopeName": "s.scope.name",
            "ScopeVersion": "s.scope.version",
            "ScopeAttributes": _map(source, "s.scope.attributes"),
            "LogAttributes": _map(source, "i.attributes"),
            "EventName": "i.event_name",
        },
        _scoped(source, "ExportLogsServiceRequest", "resource_logs", "scope_logs", item="log_records"),
    )


def _number(point: str) -> str:
    return f"coalesce({point}.as_double, toFloat64({point}.as_int), 0)"


def _metric(source: Source, kind: str, columns: dict[str, str]) -> str:
    without = frozenset(f"Metric.{other}" for other in KINDS if other != kind)
    items = _scoped(
        source,
        "ExportMetricsServiceRequest",
        "resource_metrics",
        "scope_metrics",
        item="metrics",
        without=without,
    )
    points = f"SELECT r, ra, s, i, arrayJoin(i.{kind}.data_points) AS p FROM ({items})"  # noqa: S608
    return _insert(
        f"otel_metrics_{kind}",
        {
            "ResourceAttributes": "ra",
            "ResourceSchemaUrl": "r.schema_url",
            "ScopeName": "s.scope.name",
            "ScopeVersion": "s.scope.version",
            "ScopeAttributes": _map(source, "s.scope.attributes"),
            "ScopeDroppedAttrCount": "s.scope.dropped_attributes_count",
            "ScopeSchemaUrl": "s.schema_url",
            "ServiceName": "ra['service.name']",
            "MetricName": "i.name",
            "MetricDescription": "i.description",
            "MetricUnit": "i.unit",
            "Attributes": _map(source, "p.attributes"),
            "StartTimeUnix": _time("p.start_time_unix_nano"),
            "TimeUnix": _time(possible("p.time_unix_nano")),
            "Flags": "p.flags",
            **columns,
        },
        points,
    )


def _exemplars(source: Source) -> dict[str, str]:
    return {
        "Exemplars.FilteredAttributes": _each_map(source, "p.exemplars.filtered_attributes"),
        "Exemplars.TimeUnix": _each_time("p.exemplars.time_unix_nano"),
        "Exemplars.Value": "arrayMap((d, n) -> coalesce(d, toFloat64(n), 0),"
        " p.exemplars.as_double, p.exemplars.as_int)",
        "Exemplars.SpanId": _each_hex("p.exemplars.span_id"),
        "Exemplars.TraceId": _each_hex("p.exemplars.trace_id"),
    }


_DISTRIBUTION = {"Count": "p.count", "Sum": "p.sum"}
_RANGE = {"Min": "p.min", "Max": "p.max"}


def _metrics(source: Source) -> tuple[str, ...]:
    exemplars = _exemplars(source)
    return (
        _metric(source, "gauge", {"Value": _number("p"), **exemplars}),
        _metric(
            source,
            "sum",
            {
                "Value": _number("p"),
                **exemplars,
                "AggregationTemporality": "i.sum.aggregation_temporality",
                "IsMonotonic": "i.sum.is_monotonic",
            },
        ),
        _metric(
            source,
            "histogram",
            {
                **_DISTRIBUTION,
                "BucketCounts": "p.bucket_counts",
                "ExplicitBounds": "p.explicit_bounds",
                **exemplars,
                **_RANGE,
                "AggregationTemporality": "i.histogram.aggregation_temporality",
            },
        ),
        _metric(
            source,
            "exponential_histogram",
            {
                **_DISTRIBUTION,
                "Scale": "p.scale",
                "ZeroCount": "p.zero_count",
                "PositiveOffset": "p.positive.offset",
                "PositiveBucketCounts": "p.positive.bucket_counts",
                "NegativeOffset": "p.negative.offset",
                "NegativeBucketCounts": "p.negative.bucket_counts",
                **exemplars,
                **_RANGE,
                "AggregationTemporality": "i.exponential_histogram.aggregation_temporality",
            },
        ),
        _metric(
            source,
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


class Inserts:
    """The statements that load segments from one kind of source."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._statements = {
            Signal.TRACES: (_traces(source),),
            Signal.LOGS: (_logs(source),),
            Signal.METRICS: _metrics(source),
        }
        self._settings = {signal: _settings(source, signal) for signal in Signal}

    def of(self, signal: Signal, token: str, kinds: Collection[str] = KINDS) -> tuple[str, ...]:
        """The statements that load a segment of that signal, one for each table it may fill.

        The token is the segment's name; run again with the same one, they add nothing. Of metrics only
        those of the `kinds` are given.
        """
        of_kinds = self._statements[signal]
        if signal is Signal.METRICS:
            of_kinds = [one for kind, one in zip(KINDS, of_kinds, strict=True) if kind in kinds]
        settings = f"insert_deduplication_token = '{token}', {self._settings[signal]}{self._source.ending}"
        received = received_ns(token)
        return tuple(
            f"{into}\n{_received(select, received)}\nSETTINGS {settings}"
            for into, _, select in (one.partition("\n") for one in of_kinds)
        )

    def check(self, signal: Signal) -> tuple[str, ...]:
        """What to run first where several statements load one segment: fails before any has stored."""
        if len(self._statements[signal]) == 1:
            return ()
        request, member = _REQUEST[signal]
        read = self._source.read(self._source.wire.structure(request))
        # An INSERT, as a server takes a body for no other statement.
        ignored = f"INSERT INTO FUNCTION null('read UInt8') SELECT ignore({member}) FROM {read}"  # noqa: S608
        return (f"{ignored}\nSETTINGS {self._settings[signal]}{self._source.ending}",)

    def reads(self, signal: Signal) -> tuple[str, ...]:
        """The same statements with nothing to take the rows: they fail where those fail before a table."""
        ending = f"SETTINGS {self._settings[signal]}{self._source.ending}"
        rows = (statement.partition("\n")[2] for statement in self._statements[signal])
        return tuple(f"INSERT INTO FUNCTION null()\n{_received(select, 0)}\n{ending}" for select in rows)


def _received(select: str, nanoseconds: int) -> str:
    """The SELECT of rows of a segment that was received then."""
    return f"WITH toUInt64({nanoseconds}) AS {RECEIVED_NS}\n{select}"


def _settings(source: Source, signal: Signal) -> str:
    request, _ = _REQUEST[signal]
    schema = source.wire.schema_text().replace("\\", "\\\\").replace("'", "\\'")
    told = f"format_schema_message_name = '{request}', format_schema = '{schema}'"
    return f"{_SETTINGS}{source.settings}, {told}"


FROM_FILE = Inserts(FromFile())
"""They take the parameter `path`."""


def inserts(signal: Signal, token: str) -> tuple[str, ...]:
    """The statements that load a segment of that signal from the file that the parameter `path` names."""
    return FROM_FILE.of(signal, token)


def reads(signal: Signal) -> tuple[str, ...]:
    """The same statements with nothing to take the rows."""
    return FROM_FILE.reads(signal)


def check(signal: Signal) -> tuple[str, ...]:
    """What to run before them."""
    return FROM_FILE.check(signal)
