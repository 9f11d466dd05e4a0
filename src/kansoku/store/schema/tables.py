"""The `otel_*` tables, in the columns of the OpenTelemetry Collector's clickhouseexporter.

A stock Collector may write into the same tables. Beyond its columns stand only the settings that
make a written part survive a power cut and a segment loaded twice count once (`engines`). Of the
exporter's indexes, those on the keys and values of maps are left out: they took a fifth of loading,
and what is looked up often has a column in a narrow table.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from kansoku.store.schema.engines import EMBEDDED, Engines


@dataclass(frozen=True, slots=True)
class Table:
    """A MergeTree table: its columns, partition, order and indexes.

    `shard` is the number by which rows find their shard on a cluster, a function of the row alone;
    where nothing is said, rows of one place in the order share it. `engine` is one that keeps nothing.
    """

    name: str
    columns: tuple[str, ...]
    partition: str
    order: str
    indexes: tuple[str, ...] = ()
    shard: str = ""
    settings: tuple[str, ...] = ()
    engine: str = ""

    def create(self, engines: Engines = EMBEDDED) -> tuple[str, ...]:
        """The statements that make it unless it is there, in their order."""
        if self.engine:
            columns = ",\n    ".join(self.columns)
            place = f"{engines.local(self.name)}{engines.everywhere}"
            return (f"CREATE TABLE IF NOT EXISTS {place} (\n    {columns}\n)\nENGINE = {self.engine}",)
        body = ",\n    ".join((*self.columns, *(f"INDEX {index}" for index in self.indexes)))
        local = (
            f"CREATE TABLE IF NOT EXISTS {engines.local(self.name)}{engines.everywhere} (\n    {body}\n)\n"
            f"ENGINE = {engines.merge_tree}\nPARTITION BY {self.partition}\nORDER BY {self.order}\n"
            f"SETTINGS {', '.join(('ttl_only_drop_parts = 1', *engines.settings, *self.settings))}"
        )
        return (local, *engines.distributed(self.name, self.shard or f"cityHash64({self.order})"))


def shard_by_trace(trace_id: str, time: str) -> str:
    """Rows of one trace on one shard; those of none are spread, the same row always to the same shard."""
    return f"if({trace_id} = '', cityHash64({time}), cityHash64({trace_id}))"


@dataclass(frozen=True, slots=True)
class View:
    """A materialized view: for each block stored in a table, its SELECT's rows go to `target` too."""

    name: str
    source: str
    target: str
    select: str

    @property
    def mark(self) -> str:
        """Names the text of the SELECT; the view's comment, by which a changed text is known."""
        return f"kansoku {blake2b(self.select.encode(), digest_size=8).hexdigest()}"

    def create(self, engines: Engines = EMBEDDED) -> str:
        """The statement that makes it unless it is there."""
        return (
            f"CREATE MATERIALIZED VIEW IF NOT EXISTS {self.name}{engines.everywhere}"
            f" TO {engines.local(self.target)} AS\n{self.reading(engines)}\nCOMMENT '{self.mark}'"
        )

    def reading(self, engines: Engines = EMBEDDED) -> str:
        """Its SELECT, from the table that holds the rows."""
        return self.select.replace(f"\nFROM {self.source}\n", f"\nFROM {engines.local(self.source)}\n")


MERGED_SETTINGS = ("min_parts_to_merge_at_once = 10",)
"""ClickHouse merges as few as three small parts, with a large one beside them: of a trickle of rows it then
rewrites the whole partition every few inserts. Ten at a time, each row is rewritten as often as it gets ten
times as many beside it."""

_PLAIN_MAP = "Map(LowCardinality(String), String)"
_MAP = f"{_PLAIN_MAP} CODEC(ZSTD(1))"
_TEXT = "String CODEC(ZSTD(1))"
_LABEL = "LowCardinality(String) CODEC(ZSTD(1))"


BY_WORD = "idx_body Body TYPE text(tokenizer = 'asciiCJK', preprocessor = lower(Body))"
"""Words of A to Z, digits and underscores; each character of Chinese and Japanese, which have no spaces."""

_BY_TRACE = "idx_trace_id TraceId TYPE bloom_filter(0.001) GRANULARITY 1"

TRACES = Table(
    name="otel_traces",
    columns=(
        "Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1))",
        f"TraceId {_TEXT}",
        f"SpanId {_TEXT}",
        f"ParentSpanId {_TEXT}",
        f"TraceState {_TEXT}",
        f"SpanName {_LABEL}",
        f"SpanKind {_LABEL}",
        f"ServiceName {_LABEL}",
        f"ResourceAttributes {_MAP}",
        f"ScopeName {_TEXT}",
        f"ScopeVersion {_TEXT}",
        f"SpanAttributes {_MAP}",
        "Duration UInt64 CODEC(T64, ZSTD(1))",
        f"StatusCode {_LABEL}",
        f"StatusMessage {_TEXT}",
        f"Events Nested (Timestamp DateTime64(9), Name LowCardinality(String), Attributes {_PLAIN_MAP})",
        f"Links Nested (TraceId String, SpanId String, TraceState String, Attributes {_PLAIN_MAP})",
    ),
    partition="toDate(Timestamp)",
    order="(ServiceName, SpanName, toDateTime(Timestamp), Timestamp)",
    shard=shard_by_trace("TraceId", "Timestamp"),
    settings=MERGED_SETTINGS,
    indexes=(_BY_TRACE, "idx_duration Duration TYPE minmax GRANULARITY 1"),
)

LOGS = Table(
    name="otel_logs",
    columns=(
        "Timestamp DateTime64(9) CODEC(Delta(8), ZSTD(1))",
        "TimestampTime DateTime DEFAULT toDateTime(Timestamp)",
        f"TraceId {_TEXT}",
        f"SpanId {_TEXT}",
        "TraceFlags UInt8",
        f"SeverityText {_LABEL}",
        "SeverityNumber UInt8",
        f"ServiceName {_LABEL}",
        f"Body {_TEXT}",
        f"ResourceSchemaUrl {_LABEL}",
        f"ResourceAttributes {_MAP}",
        f"ScopeSchemaUrl {_LABEL}",
        f"ScopeName {_TEXT}",
        f"ScopeVersion {_LABEL}",
        f"ScopeAttributes {_MAP}",
        f"LogAttributes {_MAP}",
        f"EventName {_TEXT}",
    ),
    partition="toDate(TimestampTime)",
    order="(ServiceName, TimestampTime, Timestamp)",
    shard=shard_by_trace("TraceId", "Timestamp"),
    settings=MERGED_SETTINGS,
    indexes=(_BY_TRACE, BY_WORD),
)


def _metric_table(kind: str, columns: tuple[str, ...]) -> Table:
    return Table(
        name=f"otel_metrics_{kind}",
        columns=(
            f"ResourceAttributes {_MAP}",
            f"ResourceSchemaUrl {_TEXT}",
            f"ScopeName {_TEXT}",
            f"ScopeVersion {_TEXT}",
            f"ScopeAttributes {_MAP}",
            "ScopeDroppedAttrCount UInt32 CODEC(ZSTD(1))",
            f"ScopeSchemaUrl {_TEXT}",
            f"ServiceName {_LABEL}",
            f"MetricName {_LABEL}",
            f"MetricDescription {_TEXT}",
            f"MetricUnit {_TEXT}",
            f"Attributes {_MAP}",
            "StartTimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1))",
            "TimeUnix DateTime64(9) CODEC(Delta(8), ZSTD(1))",
            "Flags UInt32 CODEC(ZSTD(1))",
            *columns,
        ),
        partition="toDate(TimeUnix)",
        order="(ServiceName, MetricName, cityHash64(Attributes), TimeUnix)",
        shard="cityHash64(ServiceName, MetricName, Attributes)",
        settings=MERGED_SETTINGS,
    )


_EXEMPLARS = (
    f"Exemplars Nested (FilteredAttributes {_PLAIN_MAP}, TimeUnix DateTime64(9), Value Float64,"
    " SpanId String, TraceId String)"
)
_VALUE = "Value Float64 CODEC(ZSTD(1))"
_TEMPORALITY = "AggregationTemporality Int32 CODEC(ZSTD(1))"
_DISTRIBUTION = (
    "Count UInt64 CODEC(Delta(8), ZSTD(1))",
    "Sum Float64 CODEC(ZSTD(1))",
)
_RANGE = ("Min Float64 CODEC(ZSTD(1))", "Max Float64 CODEC(ZSTD(1))")

GAUGE = _metric_table("gauge", (_VALUE, _EXEMPLARS))
SUM = _metric_table("sum", (_VALUE, _EXEMPLARS, _TEMPORALITY, "IsMonotonic Boolean CODEC(Delta(1), ZSTD(1))"))
HISTOGRAM = _metric_table(
    "histogram",
    (
        *_DISTRIBUTION,
        "BucketCounts Array(UInt64) CODEC(ZSTD(1))",
        "ExplicitBounds Array(Float64) CODEC(ZSTD(1))",
        _EXEMPLARS,
        *_RANGE,
        _TEMPORALITY,
    ),
)
EXPONENTIAL_HISTOGRAM = _metric_table(
    "exponential_histogram",
    (
        *_DISTRIBUTION,
        "Scale Int32 CODEC(ZSTD(1))",
        "ZeroCount UInt64 CODEC(ZSTD(1))",
        "PositiveOffset Int32 CODEC(ZSTD(1))",
        "PositiveBucketCounts Array(UInt64) CODEC(ZSTD(1))",
        "NegativeOffset Int32 CODEC(ZSTD(1))",
        "NegativeBucketCounts Array(UInt64) CODEC(ZSTD(1))",
        _EXEMPLARS,
        *_RANGE,
        _TEMPORALITY,
    ),
)
SUMMARY = _metric_table(
    "summary",
    (
        *_DISTRIBUTION,
        "ValueAtQuantiles Nested (Quantile Float64, Value Float64) CODEC(ZSTD(1))",
    ),
)

OTEL_TABLES = (TRACES, LOGS, GAUGE, SUM, HISTOGRAM, EXPONENTIAL_HISTOGRAM, SUMMARY)
