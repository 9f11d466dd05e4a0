"""OTLP as ClickHouse reads it: the parts of its messages that are kept, once, as data.

From the one table come the `.proto` text and the column structure that ClickHouse's `Protobuf`
format wants. Names and numbers are those of opentelemetry-proto 1.x, which is stable.

OTLP's `AnyValue` holds lists and maps of itself, and ClickHouse's schema cannot recur. So those two
members are declared as `bytes`, which is the same on the wire, and `values` makes JSON of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a message. `presence` keeps "not sent" apart from the zero value, as null."""

    number: int
    name: str
    type: str
    repeated: bool = False
    presence: bool = False


_COLUMN_TYPES = {
    "string": "String",
    "bytes": "String",
    "bool": "Bool",
    "double": "Float64",
    "fixed64": "UInt64",
    "uint64": "UInt64",
    "sfixed64": "Int64",
    "int64": "Int64",
    "fixed32": "UInt32",
    "uint32": "UInt32",
    "int32": "Int32",
    "sint32": "Int32",
}


def _attributes(number: int, name: str = "attributes") -> Part:
    return Part(number, name, "KeyValue", repeated=True)


_START = Part(2, "start_time_unix_nano", "fixed64")
_TIME = Part(3, "time_unix_nano", "fixed64")
_TEMPORALITY = Part(2, "aggregation_temporality", "int32")
_SCHEMA_URL = Part(3, "schema_url", "string")

MESSAGES: dict[str, tuple[Part, ...]] = {
    "AnyValue": (
        Part(1, "string_value", "string", presence=True),
        Part(2, "bool_value", "bool", presence=True),
        Part(3, "int_value", "int64", presence=True),
        Part(4, "double_value", "double", presence=True),
        Part(5, "array_value", "bytes", presence=True),
        Part(6, "kvlist_value", "bytes", presence=True),
        Part(7, "bytes_value", "bytes", presence=True),
    ),
    "KeyValue": (Part(1, "key", "string"), Part(2, "value", "AnyValue")),
    "Resource": (_attributes(1),),
    "InstrumentationScope": (
        Part(1, "name", "string"),
        Part(2, "version", "string"),
        _attributes(3),
        Part(4, "dropped_attributes_count", "uint32"),
    ),
    "ExportTraceServiceRequest": (Part(1, "resource_spans", "ResourceSpans", repeated=True),),
    "ResourceSpans": (
        Part(1, "resource", "Resource"),
        Part(2, "scope_spans", "ScopeSpans", repeated=True),
    ),
    "ScopeSpans": (
        Part(1, "scope", "InstrumentationScope"),
        Part(2, "spans", "Span", repeated=True),
    ),
    "Span": (
        Part(1, "trace_id", "bytes"),
        Part(2, "span_id", "bytes"),
        Part(3, "trace_state", "string"),
        Part(4, "parent_span_id", "bytes"),
        Part(5, "name", "string"),
        Part(6, "kind", "int32"),
        Part(7, "start_time_unix_nano", "fixed64"),
        Part(8, "end_time_unix_nano", "fixed64"),
        _attributes(9),
        Part(11, "events", "Event", repeated=True),
        Part(13, "links", "Link", repeated=True),
        Part(15, "status", "Status"),
    ),
    "Event": (
        Part(1, "time_unix_nano", "fixed64"),
        Part(2, "name", "string"),
        _attributes(3),
    ),
    "Link": (
        Part(1, "trace_id", "bytes"),
        Part(2, "span_id", "bytes"),
        Part(3, "trace_state", "string"),
        _attributes(4),
    ),
    "Status": (Part(2, "message", "string"), Part(3, "code", "int32")),
    "ExportLogsServiceRequest": (Part(1, "resource_logs", "ResourceLogs", repeated=True),),
    "ResourceLogs": (
        Part(1, "resource", "Resource"),
        Part(2, "scope_logs", "ScopeLogs", repeated=True),
        _SCHEMA_URL,
    ),
    "ScopeLogs": (
        Part(1, "scope", "InstrumentationScope"),
        Part(2, "log_records", "LogRecord", repeated=True),
        _SCHEMA_URL,
    ),
    "LogRecord": (
        Part(1, "time_unix_nano", "fixed64"),
        Part(11, "observed_time_unix_nano", "fixed64"),
        Part(2, "severity_number", "int32"),
        Part(3, "severity_text", "string"),
        Part(5, "body", "AnyValue"),
        _attributes(6),
        Part(8, "flags", "fixed32"),
        Part(9, "trace_id", "bytes"),
        Part(10, "span_id", "bytes"),
        Part(12, "event_name", "string"),
    ),
    "ExportMetricsServiceRequest": (Part(1, "resource_metrics", "ResourceMetrics", repeated=True),),
    "ResourceMetrics": (
        Part(1, "resource", "Resource"),
        Part(2, "scope_metrics", "ScopeMetrics", repeated=True),
        _SCHEMA_URL,
    ),
    "ScopeMetrics": (
        Part(1, "scope", "InstrumentationScope"),
        Part(2, "metrics", "Metric", repeated=True),
        _SCHEMA_URL,
    ),
    "Metric": (
        Part(1, "name", "string"),
        Part(2, "description", "string"),
        Part(3, "unit", "string"),
        Part(5, "gauge", "Gauge"),
        Part(7, "sum", "Sum"),
        Part(9, "histogram", "Histogram"),
        Part(10, "exponential_histogram", "ExponentialHistogram"),
        Part(11, "summary", "Summary"),
    ),
    "Gauge": (Part(1, "data_points", "NumberDataPoint", repeated=True),),
    "Sum": (
        Part(1, "data_points", "NumberDataPoint", repeated=True),
        _TEMPORALITY,
        Part(3, "is_monotonic", "bool"),
    ),
    "Histogram": (Part(1, "data_points", "HistogramDataPoint", repeated=True), _TEMPORALITY),
    "ExponentialHistogram": (
        Part(1, "data_points", "ExponentialHistogramDataPoint", repeated=True),
        _TEMPORALITY,
    ),
    "Summary": (Part(1, "data_points", "SummaryDataPoint", repeated=True),),
    "NumberDataPoint": (
        _START,
        _TIME,
        Part(4, "as_double", "double", presence=True),
        Part(5, "exemplars", "Exemplar", repeated=True),
        Part(6, "as_int", "sfixed64", presence=True),
        _attributes(7),
        Part(8, "flags", "uint32"),
    ),
    "HistogramDataPoint": (
        _START,
        _TIME,
        Part(4, "count", "fixed64"),
        Part(5, "sum", "double"),
        Part(6, "bucket_counts", "fixed64", repeated=True),
        Part(7, "explicit_bounds", "double", repeated=True),
        Part(8, "exemplars", "Exemplar", repeated=True),
        _attributes(9),
        Part(10, "flags", "uint32"),
        Part(11, "min", "double"),
        Part(12, "max", "double"),
    ),
    "ExponentialHistogramDataPoint": (
        _attributes(1),
        _START,
        _TIME,
        Part(4, "count", "fixed64"),
        Part(5, "sum", "double"),
        Part(6, "scale", "sint32"),
        Part(7, "zero_count", "fixed64"),
        Part(8, "positive", "Buckets"),
        Part(9, "negative", "Buckets"),
        Part(10, "flags", "uint32"),
        Part(11, "exemplars", "Exemplar", repeated=True),
        Part(12, "min", "double"),
        Part(13, "max", "double"),
    ),
    "Buckets": (
        Part(1, "offset", "sint32"),
        Part(2, "bucket_counts", "uint64", repeated=True),
    ),
    "SummaryDataPoint": (
        _START,
        _TIME,
        Part(4, "count", "fixed64"),
        Part(5, "sum", "double"),
        Part(6, "quantile_values", "ValueAtQuantile", repeated=True),
        _attributes(7),
        Part(8, "flags", "uint32"),
    ),
    "ValueAtQuantile": (Part(1, "quantile", "double"), Part(2, "value", "double")),
    "Exemplar": (
        Part(2, "time_unix_nano", "fixed64"),
        Part(3, "as_double", "double", presence=True),
        Part(4, "span_id", "bytes"),
        Part(5, "trace_id", "bytes"),
        Part(6, "as_int", "sfixed64", presence=True),
        _attributes(7, "filtered_attributes"),
    ),
}


_VALUE_KINDS = tuple(replace(part, presence=False) for part in MESSAGES["AnyValue"])

ONE_OF_MESSAGES: dict[str, tuple[Part, ...]] = {
    **MESSAGES,
    "AnyValue": tuple(
        replace(part, type="ArrayValue") if part.name == "array_value" else part for part in _VALUE_KINDS
    ),
    "ArrayValue": (Part(1, "values", "Element", repeated=True),),
    "Element": _VALUE_KINDS,
}
"""The same with one level of lists read by ClickHouse itself, for a server that knows no Python.

Which member of a value was sent is told by the column `value`, by the member's number.
"""


@dataclass(frozen=True, slots=True)
class Wire:
    """Messages as ClickHouse is told of them; those in `one_of` hold one of their parts."""

    messages: Mapping[str, tuple[Part, ...]]
    one_of: frozenset[str] = frozenset()

    def schema_text(self) -> str:
        """The `.proto` text of every message."""
        messages = "\n".join(self._message(name) for name in self.messages)
        return f'syntax = "proto3";\n{messages}\n'

    def structure(self, message: str, without: frozenset[str] = frozenset()) -> str:
        """The columns of a table function that reads `message`.

        Parts in `without` (`Span.name`) are not read.
        """
        return ", ".join(self._columns(message, without))

    def _message(self, name: str) -> str:
        fields = " ".join(
            f"{_label(part)}{part.type} {part.name} = {part.number};"
            for part in sorted(self.messages[name], key=lambda part: part.number)
        )
        return f"message {name} {{ {f'oneof value {{ {fields} }}' if name in self.one_of else fields} }}"

    def _columns(self, message: str, without: frozenset[str]) -> list[str]:
        parts = [part for part in self.messages[message] if f"{message}.{part.name}" not in without]
        told = [f"value {_which(parts)}"] if message in self.one_of else []
        return told + [f"{part.name} {self._column_type(part, without)}" for part in parts]

    def _column_type(self, part: Part, without: frozenset[str]) -> str:
        if part.type in self.messages:
            inner = f"Tuple({', '.join(self._columns(part.type, without))})"
        else:
            inner = _COLUMN_TYPES[part.type]
        if part.repeated:
            return f"Array({inner})"
        return f"Nullable({inner})" if part.presence else inner


WITH_BYTES = Wire(MESSAGES)
"""Lists and maps as bytes, for functions of our own."""

ONE_OF = Wire(ONE_OF_MESSAGES, frozenset({"AnyValue", "Element"}))
"""Lists of plain values as they are; what is deeper is left as bytes that nobody decodes."""


def _which(parts: Sequence[Part]) -> str:
    """The type of the column that says which part was sent."""
    members = (f"'{part.name}' = {part.number}" for part in parts)
    return f"Enum8('nothing' = 0, {', '.join(members)})"


def _label(part: Part) -> str:
    if part.repeated:
        return "repeated "
    return "optional " if part.presence else ""
