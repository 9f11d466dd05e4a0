"""The narrow tables and the materialized views that fill them, generated from `catalog.fields`.

A view runs inside the INSERT into its `otel_*` table, so whoever wrote the row, Kansoku's loader
or a Collector, the narrow row is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from kansoku.catalog.fields import (
    RELATIONS,
    Attribute,
    Constant,
    EventNamed,
    Having,
    Intrinsic,
    Kind,
    Resource,
    StatusOr,
    Uncached,
)
from kansoku.store.tables import Table, View, shard_by_trace

if TYPE_CHECKING:
    from kansoku.catalog.fields import Field, Relation


def narrow_tables() -> tuple[Table, ...]:
    """One table for each table name of the catalog's relations."""
    first = {relation.table: relation for relation in reversed(RELATIONS)}
    return tuple(_table(relation) for relation in reversed(first.values()))


def views() -> tuple[View, ...]:
    """One materialized view for each relation."""
    return tuple(_view(relation) for relation in RELATIONS)


def _table(relation: Relation) -> Table:
    return Table(
        name=relation.table,
        columns=(*(f"{field.name} {_column_type(field)}" for field in relation.fields), _STORED_AT),
        partition="toYYYYMM(time)",
        order="time",
        shard=shard_by_trace("trace_id", "time"),
        indexes=(
            "idx_trace_id trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
            f"idx_stored_at {STORED_AT} TYPE minmax GRANULARITY 1",
        ),
    )


STORED_AT = "stored_at"
"""When the INSERT that stored the row began, in UTC seconds; 1970 for rows from before the column was there.

It is no fact of the call but of the store: passes over what is new find it by this.
"""

# Given by the view, not by a default: a default of `now()` would tell every row of an older part that
# it was stored at the moment of asking.
_STORED_AT = f"{STORED_AT} DateTime('UTC') CODEC(Delta(4), ZSTD(1))"


def _column_type(field: Field) -> str:
    if field.source == Intrinsic("time"):
        return "DateTime64(9, 'UTC') CODEC(Delta(8), ZSTD(1))"
    return f"{_kind_type(field.kind)} CODEC(ZSTD(1))"


def _kind_type(kind: Kind) -> str:
    match kind:
        case Kind.LABEL:
            return "LowCardinality(String)"
        case Kind.TEXT:
            return "String"
        case Kind.LABELS:
            return "Array(LowCardinality(String))"
        case Kind.COUNT:
            return "Nullable(UInt64)"
        case Kind.SECONDS | Kind.USD | Kind.SCORE:
            return "Nullable(Float64)"
        case Kind.FLAG:
            return "Nullable(Bool)"
        case _:
            assert_never(kind)


def source_of(relation: Relation) -> tuple[str, str]:
    """The map of a relation's own attributes, and the table of its raw rows."""
    return _SOURCES[relation.signal]


def chosen(relation: Relation) -> str:
    """The condition on raw rows that become the relation's."""
    return _condition(relation.select, source_of(relation)[0])


def _view(relation: Relation) -> View:
    own, source = source_of(relation)
    values = {field.name: raw_value(field, own) for field in relation.fields} | {STORED_AT: "now('UTC')"}
    columns = ",\n    ".join(f"{value} AS `{name}`" for name, value in values.items())
    return View(
        name=f"{relation.kind}_rows",
        target=relation.table,
        source=source,
        select=f"SELECT\n    {columns}\nFROM {source}\nWHERE {chosen(relation)}",
    )


_SOURCES = {"span": ("SpanAttributes", "otel_traces"), "log": ("LogAttributes", "otel_logs")}


def _condition(select: Having | EventNamed, own: str) -> str:
    match select:
        case Having(attribute, ()):
            return f"mapContains({own}, {_quoted(attribute)})"
        case Having(attribute, values):
            return f"{_attribute(own, attribute)} IN ({', '.join(map(_quoted, values))})"
        case EventNamed(name):
            # Before OTLP 1.5 the event's name was an attribute; some emitters still send it so.
            return f"EventName = {_quoted(name)} OR {_attribute(own, 'event.name')} = {_quoted(name)}"
        case _:
            assert_never(select)


def raw_value(field: Field, own: str) -> str:
    """The field's value of a raw row whose own attributes are in the map `own`."""
    match field.source:
        case Attribute() as attribute:
            return _converted(field.kind, _first_of(_names(attribute), own))
        case Resource(name, older, override):
            found = _first_of((name, *older), "ResourceAttributes")
            return found if override is None else _or(_attribute(own, override), found)
        case Intrinsic(part):
            return _INTRINSIC[part]
        case Uncached(total, cached):
            return _uncached(total, cached, own)
        case StatusOr(attribute, ok, error):
            status = f"if(StatusCode = 'Error', {_quoted(error)}, {_quoted(ok)})"
            return _or(_first_of(_names(attribute), own), status)
        case Constant(value):
            return _quoted(value)
        case _:
            assert_never(field.source)


_INTRINSIC = {
    "time": "Timestamp",
    "trace_id": "TraceId",
    "span_id": "SpanId",
    "parent_span_id": "ParentSpanId",
    "duration_s": "Duration / 1e9",
}


def _uncached(total: Attribute, cached: tuple[Attribute, ...], own: str) -> str:
    """Total less cached; a total smaller than what was cached was never inclusive, and stays."""
    whole = _count(_first_of(_names(total), own))
    parts = " + ".join(f"ifNull({_count(_first_of(_names(part), own))}, 0)" for part in cached)
    return f"if({whole} >= {parts}, {whole} - ({parts}), {whole})"


def _converted(kind: Kind, text: str) -> str:
    match kind:
        case Kind.LABEL | Kind.TEXT:
            return text
        case Kind.LABELS:
            return f"JSONExtract({text}, 'Array(String)')"
        case Kind.COUNT:
            return _count(text)
        case Kind.SECONDS | Kind.USD | Kind.SCORE:
            return f"toFloat64OrNull({text})"
        case Kind.FLAG:
            return f"transform({text}, ['true', 'false'], [true, false]::Array(Nullable(Bool)), NULL)"
        case _:
            assert_never(kind)


def _count(text: str) -> str:
    return f"toUInt64OrNull({text})"


def _names(attribute: Attribute) -> tuple[str, ...]:
    return (attribute.name, *attribute.older)


def _first_of(names: tuple[str, ...], attributes: str) -> str:
    """The first attribute that is there and not empty; the empty string where none is."""
    *better, last = (_attribute(attributes, name) for name in names)
    found = last
    for text in reversed(better):
        found = _or(text, found)
    return found


def _attribute(attributes: str, name: str) -> str:
    """One member of a map; three times as fast as `attributes['name']` over a block of spans."""
    return f"{attributes}.values[indexOf({attributes}.keys, {_quoted(name)})]"


def _or(text: str, otherwise: str) -> str:
    return f"if({text} != '', {text}, {otherwise})"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
