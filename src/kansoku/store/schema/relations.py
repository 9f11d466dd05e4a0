"""The narrow tables and the materialized views that fill them, generated from `catalog.fields`.

A view runs inside the INSERT into its `otel_*` table, so whoever wrote the row, Kansoku's loader
or a Collector, the narrow row is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from kansoku.catalog.emitters import KANSOKU, MAPPINGS
from kansoku.catalog.fields import CALLS, RELATIONS, EventNamed, Having, Intrinsic, Kind
from kansoku.query.sql import literal
from kansoku.store.schema.lookups import SOURCES, attribute_of, raw_value
from kansoku.store.schema.mappings import mapped_value, recognised
from kansoku.store.schema.tables import MERGED_SETTINGS, TRACES, Table, View, shard_by_trace
from kansoku.store.schema.trace_hours import TRACE_HOURS_ROWS

if TYPE_CHECKING:
    from kansoku.catalog.fields import Field, Relation
    from kansoku.catalog.mapping import Mapping


def narrow_tables() -> tuple[Table, ...]:
    """One table for each table name of the catalog's relations."""
    first = {relation.table: relation for relation in reversed(RELATIONS)}
    return tuple(_table(relation) for relation in reversed(first.values()))


def views() -> tuple[View, ...]:
    """A materialized view for each mapping of an emitter, for each relation that has none, and for hours."""
    mapped = {mapping.relation for mapping in MAPPINGS}
    own = tuple(_view(relation) for relation in RELATIONS if relation.kind not in mapped)
    return (_OTHERS, TRACE_HOURS_ROWS, *map(_mapped_view, MAPPINGS), *own)


def _mapped_view(mapping: Mapping) -> View:
    (relation,) = (each for each in RELATIONS if each.kind == mapping.relation)
    own, source = SOURCES[mapping.signal]
    if mapping.others:
        source = OTHER_SPANS.name
    told = ((field.name, mapped_value(mapping, relation, field)) for field in relation.fields)
    values = {name: value for name, value in told if value is not None}
    return _selecting(mapping.kind, relation.table, source, values, recognised(mapping.select, own))


OTHER_SPANS = Table(
    name="other_spans",
    columns=tuple(each for each in TRACES.columns if not each.startswith("INDEX")),
    partition="",
    order="",
    engine="Null",
)
"""Keeps nothing: hands on the spans that are not Kansoku's.

The views of other emitters stand behind it. Reading their text takes the store longer than it takes to
store some hundred spans, and this way an INSERT of Kansoku's spans alone never reads it.
"""

_OTHERS = View(
    name="other_spans_rows",
    target=OTHER_SPANS.name,
    source=TRACES.name,
    select=f"SELECT\n    *\nFROM {TRACES.name}\nWHERE ScopeName != {literal(KANSOKU)}",
)


def _table(relation: Relation) -> Table:
    return Table(
        name=relation.table,
        columns=(
            *(f"{field.name} {_column_type(field)}" for field in relation.fields),
            _STORED_AT,
            *((CALL_ID,) if relation.kind == CALLS.kind else ()),
        ),
        partition="toYYYYMM(time)",
        order="time",
        shard=shard_by_trace("trace_id", "time"),
        indexes=(
            "idx_trace_id trace_id TYPE bloom_filter(0.01) GRANULARITY 1",
            f"idx_stored_at {STORED_AT} TYPE minmax GRANULARITY 1",
            *((*SETTLED_INDEXES, *PERSON_INDEXES) if relation.kind == CALLS.kind else ()),
        ),
        settings=(*MERGED_SETTINGS, *(SETTLED_SETTINGS if relation.kind == CALLS.kind else ())),
    )


SETTLED_INDEXES = (
    "idx_emitter emitter TYPE set(8) GRANULARITY 1",
    "idx_batch_id batch_id TYPE bloom_filter(0.01) GRANULARITY 1",
)
PERSON_INDEXES = (
    "idx_user_id user_id TYPE bloom_filter(0.01) GRANULARITY 1",
    "idx_session_id session_id TYPE bloom_filter(0.01) GRANULARITY 1",
)
"""What finds the calls of one user or session among millions."""
SETTLED_SETTINGS = ("enable_block_number_column = 1", "enable_block_offset_column = 1")
"""What updates and deletions by patches need: one of a thousand rows then rewrites no part."""

CALL_ID = "call_id String ALIAS span_id"
"""A call's own id is its span's; kept twice, random digits took a sixteenth of the bytes of a call."""

STORED_AT = "stored_at"
"""When the INSERT that stored the row began, in UTC seconds; 1970 for rows from before the column was there.

It is no fact of the call but of the store: passes over what is new find it by this.
"""

# Given by the view, not by a default: a default of `now()` would tell every row of an older part that
# it was stored at the moment of asking.
_STORED_NOW = {STORED_AT: "now('UTC')"}
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
    return SOURCES[relation.signal]


def chosen(relation: Relation) -> str:
    """The condition on raw rows that become the relation's."""
    return _condition(relation.select, source_of(relation)[0])


def _view(relation: Relation) -> View:
    own, source = source_of(relation)
    values = {field.name: raw_value(field, own) for field in relation.fields}
    return _selecting(relation.kind, relation.table, source, values, chosen(relation))


def _columns(values: dict[str, str]) -> str:
    return ",\n    ".join(f"{value} AS `{name}`" for name, value in values.items())


def _selecting(kind: str, table: str, source: str, values: dict[str, str], where: str) -> View:
    select = f"SELECT\n    {_columns(values | _STORED_NOW)}\nFROM {source}\nWHERE {where}"
    return View(name=f"{kind}_rows", target=table, source=source, select=select)


def _condition(select: Having | EventNamed, own: str) -> str:
    match select:
        case Having(attribute, ()):
            return f"mapContains({own}, {literal(attribute)})"
        case Having(attribute, values):
            return f"{attribute_of(own, attribute)} IN ({', '.join(map(literal, values))})"
        case EventNamed(name):
            # Before OTLP 1.5 the event's name was an attribute; some emitters still send it so.
            return f"EventName = {literal(name)} OR {attribute_of(own, 'event.name')} = {literal(name)}"
        case _:
            assert_never(select)
