"""SQL that reads a raw row of `otel_traces` or `otel_logs`: its attributes, and the catalog's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from kansoku.catalog.fields import Attribute, Constant, Intrinsic, Kind, Resource, StatusOr, Uncached
from kansoku.query.sql import literal

if TYPE_CHECKING:
    from kansoku.catalog.fields import Field

SOURCES: Final = {"span": ("SpanAttributes", "otel_traces"), "log": ("LogAttributes", "otel_logs")}
"""By signal: the map of a row's own attributes, and the table of its raw rows."""


def raw_value(field: Field, own: str) -> str:
    """The field's value of a raw row whose own attributes are in the map `own`."""
    match field.source:
        case Attribute() as attribute:
            return converted(field.kind, first_of(names_of(attribute), own))
        case Resource(name, older, override):
            found = first_of((name, *older), "ResourceAttributes")
            return found if override is None else either(attribute_of(own, override), found)
        case Intrinsic(part):
            return INTRINSIC[part]
        case Uncached(total, cached):
            return uncached(total, cached, own)
        case StatusOr(attribute, ok, error):
            status = f"if(StatusCode = 'Error', {literal(error)}, {literal(ok)})"
            return either(first_of(names_of(attribute), own), status)
        case Constant(value):
            return literal(value)
        case _:
            assert_never(field.source)


INTRINSIC: Final = {
    "time": "Timestamp",
    "trace_id": "TraceId",
    "span_id": "SpanId",
    "parent_span_id": "ParentSpanId",
    "duration_s": "Duration / 1e9",
    "scope": "ScopeName",
    "name": "SpanName",
}


def uncached(total: Attribute, cached: tuple[Attribute, ...], own: str) -> str:
    """Total less cached; a total smaller than what was cached was never inclusive, and stays."""
    whole = count(first_of(names_of(total), own))
    parts = " + ".join(f"ifNull({count(first_of(names_of(part), own))}, 0)" for part in cached)
    return f"if({whole} >= {parts}, {whole} - ({parts}), {whole})"


def converted(kind: Kind, text: str) -> str:
    """The text as the column holds it; one that is not of the kind is unknown."""
    match kind:
        case Kind.LABEL | Kind.TEXT:
            return text
        case Kind.LABELS:
            return f"JSONExtract({text}, 'Array(String)')"
        case Kind.COUNT:
            return count(text)
        case Kind.SECONDS | Kind.USD | Kind.SCORE:
            return f"toFloat64OrNull({text})"
        case Kind.FLAG:
            return f"transform({text}, ['true', 'false'], [true, false]::Array(Nullable(Bool)), NULL)"
        case _:
            assert_never(kind)


def count(text: str) -> str:
    """The text as a whole number, or null."""
    return f"toUInt64OrNull({text})"


def names_of(attribute: Attribute) -> tuple[str, ...]:
    """The attribute's names, the best first."""
    return (attribute.name, *attribute.older)


def first_of(names: tuple[str, ...], attributes: str) -> str:
    """The first attribute that is there and not empty; the empty string where none is."""
    found = [attribute_of(attributes, name) for name in names]
    return found[0] if len(found) == 1 else f"firstNonDefault({', '.join(found)})"


def attribute_of(attributes: str, name: str) -> str:
    """One member of a map; three times as fast as `attributes['name']` over a block of spans."""
    return f"{attributes}.values[indexOf({attributes}.keys, {literal(name)})]"


def either(*texts: str) -> str:
    """The first of the texts that is not empty.

    Each stands there once: a view's text is read at every INSERT, and long ones cost more than the rows.
    """
    return f"firstNonDefault({', '.join(texts)})"
