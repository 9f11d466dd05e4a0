"""What conditions and measures mean, over rows in plain Python: the reader all others are held to."""

from collections.abc import Iterable, Mapping, Sequence
from typing import assert_never

from kansoku.catalog.fields import Relation
from kansoku.catalog.filters import BY_NAME
from kansoku.catalog.measures import (
    AtLeast,
    AtMost,
    Both,
    Condition,
    Count,
    Either,
    Is,
    Mean,
    Measure,
    Not,
    OneOf,
    Present,
    Quantile,
    Ratio,
    Reading,
    Share,
    Sum,
)
from kansoku.query.scope import Scope

Row = Mapping[str, object]
"""One row of a narrow table by column; `time` in nanoseconds since 1970. A missing key is unknown."""


def known(row: Row, field: str) -> bool:
    """Whether the field is neither null nor empty."""
    value = row.get(field)
    return value is not None and value not in ("", [], ())


def amount(row: Row, field: str) -> float | None:
    """The field as a number, or None where it is unknown."""
    value = row.get(field)
    return value if isinstance(value, int | float) else None


def holds(condition: Condition, row: Row) -> bool:
    """Whether the condition is true of the row; of an unknown field only `Not` can be."""
    match condition:
        case Is(field, value):
            return known(row, field) and row[field] == value
        case OneOf(field, values):
            return known(row, field) and row[field] in values
        case Present(field):
            return known(row, field)
        case AtLeast(field, bound):
            value = amount(row, field)
            return value is not None and value >= bound
        case AtMost(field, bound):
            value = amount(row, field)
            return value is not None and value <= bound
        case Not(inner):
            return not holds(inner, row)
        case Both(conditions):
            return all(holds(inner, row) for inner in conditions)
        case Either(conditions):
            return any(holds(inner, row) for inner in conditions)
        case _:
            assert_never(condition)


def read(measure: Measure, rows: Iterable[Row]) -> Reading:
    """The measure over those of the rows that are of its relation."""
    mine = [row for row in rows if belongs(measure.relation, row)]
    match measure:
        case Count(_, where):
            n = sum(holds(where, row) for row in mine)
            return Reading(float(n), n)
        case Ratio(_, eligible, good):
            return _ratio([holds(good, row) for row in mine if holds(eligible, row)])
        case Quantile(_, field, q, where):
            found = (amount(row, field) for row in mine if holds(where, row))
            return _quantile(sorted(value for value in found if value is not None), q)
        case Sum(_, fields, where):
            held = [row for row in mine if holds(where, row) and _knows_any(row, fields)]
            return Reading(_total(held, fields) if held else None, len(held))
        case Mean(_, fields, where):
            held = [row for row in mine if holds(where, row) and known(row, fields[0])]
            return Reading(_total(held, fields) / len(held) if held else None, len(held))
        case Share(_, part, whole, where):
            return _share([row for row in mine if holds(where, row)], part, whole)
        case _:
            assert_never(measure)


def within(scope: Scope, rows: Iterable[Row]) -> list[Row]:
    """The rows that the scope is about."""
    return [row for row in rows if _inside(scope, row)]


def belongs(relation: Relation, row: Row) -> bool:
    """Whether the row, of the relation's table, is of the relation: outcomes share one table."""
    return row.get("kind", relation.kind) == relation.kind


def _inside(scope: Scope, row: Row) -> bool:
    time = row["time"]
    return (
        isinstance(time, int)
        and scope.begin * 10**9 <= time < scope.end * 10**9
        and all(_has(row, BY_NAME[name].fields, value) for name, value in scope.filters)
    )


def _has(row: Row, fields: Iterable[str], value: str) -> bool:
    return any(row.get(field) == value for field in fields)


def _ratio(goods: Sequence[bool]) -> Reading:
    return Reading(sum(goods) / len(goods) if goods else None, len(goods))


def _quantile(ordered: Sequence[float], q: float) -> Reading:
    if not ordered:
        return Reading(None, 0)
    position = (len(ordered) - 1) * q
    below = int(position)
    above = min(below + 1, len(ordered) - 1)
    step = ordered[above] - ordered[below]
    return Reading(ordered[below] + (position - below) * step, len(ordered))


def _share(held: Sequence[Row], part: tuple[str, ...], whole: tuple[str, ...]) -> Reading:
    known_rows = sum(_knows_any(row, whole) for row in held)
    total = _total(held, whole)
    return Reading(_total(held, part) / total if total else None, known_rows)


def _knows_any(row: Row, fields: tuple[str, ...]) -> bool:
    return any(known(row, field) for field in fields)


def _total(rows: Iterable[Row], fields: tuple[str, ...]) -> float:
    return float(sum(amount(row, field) or 0 for row in rows for field in fields))
