"""Conditions and measures as ClickHouse SQL over the narrow tables.

Every condition becomes an expression that is 0 or 1 and never null, so that the three-valued logic
of SQL has nothing to spread; every measure becomes two expressions, its value and its n.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Literal, assert_never

from kansoku.catalog.fields import Field, Intrinsic, Kind, Relation
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
    Share,
    Sum,
)
from kansoku.catalog.rollups import SKETCH_ERROR
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
    told = divided(asked)
    n = told.n.format(*(part.base for part in told.parts))
    if isinstance(asked, Quantile):
        name, held = _column(asked.relation, asked.field, _NUMBERS), rows_of(asked.relation, asked.where)
        return Expression(f"quantileExactInclusiveIf({asked.q!r})({name}, {held})", n)
    return Expression(told.value.format(*(part.base for part in told.parts)), n)


@dataclass(frozen=True, slots=True)
class Part:
    """An aggregate over the rows of a table that can be put together from those over parts of the rows."""

    kind: Literal["count", "total", "sketch"]
    base: str

    @property
    def column(self) -> str:
        """The name of the column that keeps it, by what it is."""
        return f"{self.kind}_{blake2b(self.base.encode(), digest_size=5).hexdigest()}"

    @property
    def merged(self) -> str:
        """The aggregate, from a column of it over the parts of the rows; of a sketch, the column alone."""
        return self.column if self.kind == "sketch" else f"sum({self.column})"


@dataclass(frozen=True, slots=True)
class Divided:
    """A measure as parts, and its value and n as expressions over them: `{0}` is the first part."""

    parts: tuple[Part, ...]
    value: str
    n: str

    def merged(self) -> Expression:
        """The measure, where the parts are columns over parts of the rows."""
        told = [part.merged for part in self.parts]
        return Expression(self.value.format(*told), self.n.format(*told))


SKETCH = f"quantileDD({SKETCH_ERROR}, 0.5)"
"""The sketch of a quantile (DDSketch, Masson et al. 2019): its error is a share of the value, never more."""

_SKETCHED = 1_000_000
"""Sketches hold millionths: below 1 those of ClickHouse 26.9 lie off by three times what they should."""


def divided(asked: Measure) -> Divided:
    """The measure in parts. A quantile's is a sketch, so that its value is no longer exact.

    Raises:
        DefinitionError: As `measure` says.
    """
    relation = asked.relation
    match asked:
        case Count(_, where):
            return Divided((_count(rows_of(relation, where)),), "{0}", "{0}")
        case Ratio(_, eligible, good):
            n, both = rows_of(relation, eligible), rows_of(relation, Both((eligible, good)))
            return Divided((_count(n), _count(both)), "{1} / nullIf({0}, 0)", "{0}")
        case Quantile(_, field, q, where):
            held = f"{rows_of(relation, where)} AND isNotNull({_column(relation, field, _NUMBERS)})"
            value = f"quantileDDMerge({SKETCH_ERROR}, {q!r})({{1}}) / {_SKETCHED}"
            return Divided((_count(held), _sketch(field, held)), value, "{0}")
        case Sum(_, fields, where):
            held = f"{rows_of(relation, where)} AND {_knows_any(relation, fields)}"
            parts = (_count(held), _total(relation, fields, held))
            return Divided(parts, "if({0} = 0, NULL, {1})", "{0}")
        case Mean(_, fields, where):
            held = f"{rows_of(relation, where)} AND {_knows_any(relation, fields[:1])}"
            parts = (_count(held), _total(relation, fields, held))
            return Divided(parts, "{1} / nullIf({0}, 0)", "{0}")
        case Share(_, part, whole, where):
            held = rows_of(relation, where)
            n = _count(f"{held} AND {_knows_any(relation, whole)}")
            parts = (n, _total(relation, part, held), _total(relation, whole, held))
            return Divided(parts, "{1} / nullIf({2}, 0)", "{0}")
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
    parts += filtered(scope, relation)
    return " AND ".join(parts), bound | dict(scope.filters)


def filtered(scope: Scope, relation: Relation) -> list[str]:
    """One test for each filter of the scope, over one row; the filter's name is its parameter's."""
    known = {field.name for field in relation.fields}
    return [
        _any_is([field for field in BY_NAME[name].fields if field in known], f"{{{name}:String}}")
        for name, _ in scope.filters
    ]


def _any_is(names: list[str], value: str) -> str:
    tests = " OR ".join(f"{name} = {value}" for name in names)
    return f"({tests})" if len(names) > 1 else tests


def group_key(relation: Relation, name: str) -> str:
    """The field to group by, as a plain string; the empty one is unknown.

    Raises:
        DefinitionError: If the relation lacks it or it is not a word.
    """
    return f"toString({_column(relation, name, _WORDS)})"


def number_of(relation: Relation, name: str) -> str:
    """The field as a float, over rows that know it.

    Raises:
        DefinitionError: If the relation lacks it or it is not a number.
    """
    return f"assumeNotNull(toFloat64({_column(relation, name, _NUMBERS)}))"


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


def _count(held: str) -> Part:
    return Part("count", f"countIf({held})")


def _sketch(field: str, held: str) -> Part:
    number = f"assumeNotNull(toFloat64({field})) * {_SKETCHED}"
    return Part("sketch", f"quantileDDStateIf({SKETCH_ERROR}, 0.5)({number}, {held} AND isFinite({number}))")


def _total(relation: Relation, fields: tuple[str, ...], held: str) -> Part:
    """Summed as floats: whole numbers stay exact to 2^53 and can never wrap around."""
    parts = (f"ifNull(toFloat64({_column(relation, name, _NUMBERS)}), 0)" for name in fields)
    return Part("total", f"sumIf({' + '.join(parts)}, {held})")
