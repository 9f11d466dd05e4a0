"""Conditions and measures as ClickHouse SQL over the narrow tables.

Every condition becomes an expression that is 0 or 1 and never null, so that the three-valued logic
of SQL has nothing to spread; every measure becomes two expressions, its value and its n.
"""

from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.fields import Field, Intrinsic, Kind, Relation
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
    Share,
    Sum,
)
from kansoku.errors import DefinitionError
from kansoku.query.scope import Scope, moment
from kansoku.query.statement import Parameter

_WORDS = (Kind.LABEL, Kind.TEXT)
_NUMBERS = (Kind.COUNT, Kind.SECONDS, Kind.USD, Kind.SCORE)


@dataclass(frozen=True, slots=True)
class Expression:
    """A measure in SQL: a nullable number, and the rows it rests on."""

    value: str
    n: str


def condition(asked: Condition, relation: Relation) -> str:
    """The condition as an expression over one row.

    Raises:
        DefinitionError: If it names a field that the relation lacks or that cannot be so compared.
    """
    match asked:
        case Is(field, value):
            return _equal(relation, field, value)
        case OneOf(field, values):
            return _one_of(_column(relation, field, _WORDS), values)
        case Present(field):
            return present(field_of(relation, field))
        case AtLeast(field, bound):
            return f"ifNull({_column(relation, field, _NUMBERS)} >= {bound!r}, false)"
        case AtMost(field, bound):
            return f"ifNull({_column(relation, field, _NUMBERS)} <= {bound!r}, false)"
        case Not(inner):
            return f"(NOT {condition(inner, relation)})"
        case Both(conditions):
            return _joined(" AND ", conditions, relation, nothing="true")
        case Either(conditions):
            return _joined(" OR ", conditions, relation, nothing="false")
        case _:
            assert_never(asked)


def measure(asked: Measure) -> Expression:
    """The measure as aggregates over a scope's rows of the relation's table.

    Raises:
        DefinitionError: If it names a field that the relation lacks or that has no number.
    """
    relation = asked.relation
    match asked:
        case Count(_, where):
            n = f"countIf({rows_of(relation, where)})"
            return Expression(n, n)
        case Ratio(_, eligible, good):
            n = f"countIf({rows_of(relation, eligible)})"
            both = rows_of(relation, Both((eligible, good)))
            return Expression(f"countIf({both}) / nullIf({n}, 0)", n)
        case Quantile(_, field, q, where):
            name, held = _column(relation, field, _NUMBERS), rows_of(relation, where)
            value = f"quantileExactInclusiveIf({q!r})({name}, {held})"
            return Expression(value, f"countIf({held} AND isNotNull({name}))")
        case Sum(_, fields, where):
            held = f"{rows_of(relation, where)} AND {_knows_any(relation, fields)}"
            n = f"countIf({held})"
            return Expression(f"if({n} = 0, NULL, {_total(relation, fields, held)})", n)
        case Mean(_, fields, where):
            held = f"{rows_of(relation, where)} AND {_knows_any(relation, fields[:1])}"
            n = f"countIf({held})"
            return Expression(f"{_total(relation, fields, held)} / nullIf({n}, 0)", n)
        case Share(_, part, whole, where):
            held = rows_of(relation, where)
            total = _total(relation, whole, held)
            n = f"countIf({held} AND {_knows_any(relation, whole)})"
            return Expression(f"{_total(relation, part, held)} / nullIf({total}, 0)", n)
        case _:
            assert_never(asked)


def rows_of(relation: Relation, where: Condition) -> str:
    """The condition, narrowed to the relation's own rows where tables are shared."""
    held = condition(where, relation)
    if not any(field.name == "kind" for field in relation.fields):
        return held
    return f"(kind = {literal(relation.kind)} AND {held})"


def scoped(scope: Scope, relation: Relation) -> tuple[str, dict[str, Parameter]]:
    """The scope as a WHERE expression over the relation's table, and the values bound to it.

    Raises:
        DefinitionError: If the table lacks a filtered field.
    """
    scope.check(relation)
    parts = ["time >= {from:DateTime64(9, 'UTC')}", "time < {to:DateTime64(9, 'UTC')}"]
    bound: dict[str, Parameter] = {"from": moment(scope.begin), "to": moment(scope.end)}
    for field, value in scope.filters:
        parts.append(f"{field} = {{{field}:String}}")
        bound[field] = value
    return " AND ".join(parts), bound


def group_key(relation: Relation, name: str) -> str:
    """The field to group by, as a plain string; the empty one is unknown.

    Raises:
        DefinitionError: If the relation lacks it or it is not a word.
    """
    return f"toString({_column(relation, name, _WORDS)})"


def present(field: Field) -> str:
    """Whether the field is known."""
    match field.kind:
        case Kind.LABEL | Kind.TEXT:
            return "true" if is_time(field) else f"({field.name} != '')"
        case Kind.LABELS:
            return f"notEmpty({field.name})"
        case Kind.COUNT | Kind.SECONDS | Kind.USD | Kind.SCORE | Kind.FLAG:
            return f"isNotNull({field.name})"
        case _:
            assert_never(field.kind)


def is_time(field: Field) -> bool:
    """Whether the field is the row's point in time rather than a text."""
    return field.source == Intrinsic("time")


def field_of(relation: Relation, name: str) -> Field:
    """The relation's field of that name.

    Raises:
        DefinitionError: If there is none.
    """
    try:
        return relation.field(name)
    except KeyError:
        raise DefinitionError(f"{relation.table} has no field {name!r}") from None


def literal(value: str) -> str:
    """The text as a SQL string, whatever it holds."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0")
    return f"'{escaped}'"


def _column(relation: Relation, name: str, kinds: tuple[Kind, ...]) -> str:
    field = field_of(relation, name)
    if field.kind not in kinds or is_time(field):
        wanted = " or ".join(kind.value for kind in kinds)
        raise DefinitionError(f"{relation.table}.{name} is not a {wanted}")
    return name


def _equal(relation: Relation, field: str, value: str | bool) -> str:  # noqa: FBT001
    if isinstance(value, str):
        return _one_of(_column(relation, field, _WORDS), (value,))
    return f"ifNull({_column(relation, field, (Kind.FLAG,))} = {str(value).lower()}, false)"


def _one_of(name: str, values: tuple[str, ...]) -> str:
    """Equality with known values only: the empty string stands for unknown, which equals nothing."""
    told = [literal(value) for value in values if value]
    match told:
        case []:
            return "false"
        case [only]:
            return f"({name} = {only})"
        case _:
            return f"({name} IN ({', '.join(told)}))"


def _joined(sign: str, conditions: tuple[Condition, ...], relation: Relation, nothing: str) -> str:
    parts = [condition(inner, relation) for inner in conditions]
    return f"({sign.join(parts)})" if parts else nothing


def _knows_any(relation: Relation, fields: tuple[str, ...]) -> str:
    parts = (f"isNotNull({_column(relation, name, _NUMBERS)})" for name in fields)
    return f"({' OR '.join(parts)})"


def _total(relation: Relation, fields: tuple[str, ...], held: str) -> str:
    """Summed as floats: whole numbers stay exact to 2^53 and can never wrap around."""
    parts = (f"ifNull(toFloat64({_column(relation, name, _NUMBERS)}), 0)" for name in fields)
    return f"sumIf({' + '.join(parts)}, {held})"
