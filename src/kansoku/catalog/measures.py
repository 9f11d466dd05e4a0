"""What can be asked of the kept facts: conditions on one row, and measures over many.

Both are closed unions. A reader (the oracle, SQL, later PromQL and prose) matches on them and ends
in `assert_never`, so a new kind does not type-check until every reader can read it.

Null is never a value: a condition on an unknown field is false, and `Not` turns that into true.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, assert_never

from kansoku.catalog.fields import Relation


@dataclass(frozen=True, slots=True)
class Is:
    """The field equals the value."""

    field: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class OneOf:
    """The field equals one of the values."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Present:
    """The field is known: not null and not the empty string."""

    field: str


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The field is known and not below the bound."""

    field: str
    bound: float


@dataclass(frozen=True, slots=True)
class AtMost:
    """The field is known and not above the bound."""

    field: str
    bound: float


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class Both:
    """Every condition holds; with none, always."""

    conditions: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """At least one condition holds; with none, never."""

    conditions: tuple["Condition", ...]


Condition = Is | OneOf | Present | AtLeast | AtMost | Not | Both | Either

ALWAYS = Both()


def fields_of(where: Condition) -> Iterator[str]:
    """The fields that the condition asks of, each as often as it does."""
    match where:
        case Both(conditions) | Either(conditions):
            for one in conditions:
                yield from fields_of(one)
        case Not(inner):
            yield from fields_of(inner)
        case Is(field) | OneOf(field) | Present(field) | AtLeast(field) | AtMost(field):
            yield field
        case _:
            assert_never(where)


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows hold. Zero rows are the number 0, not "no data"."""

    relation: Relation
    where: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Ratio:
    """Of the eligible rows, the share that is good. No eligible row: no data."""

    relation: Relation
    eligible: Condition
    good: Condition


@dataclass(frozen=True, slots=True)
class Quantile:
    """The q-quantile of a field over the rows that hold and know it, interpolated linearly.

    The position is (n - 1) * q between the sorted values (type 7 of Hyndman and Fan 1996, which
    NumPy and ClickHouse's `quantileExactInclusive` compute too).
    """

    relation: Relation
    field: str
    q: float
    where: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Sum:
    """The total of the fields over the rows that hold; unknown adds nothing.

    No row that holds and knows one of the fields: no data.
    """

    relation: Relation
    fields: tuple[str, ...]
    where: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of the fields' total over the rows that hold and know the first field.

    Other fields that are unknown add nothing. None of those rows: no data.
    """

    relation: Relation
    fields: tuple[str, ...]
    where: Condition = ALWAYS


@dataclass(frozen=True, slots=True)
class Share:
    """The total of `part` over the total of `whole`, among the rows that hold. A whole of 0: no data."""

    relation: Relation
    part: tuple[str, ...]
    whole: tuple[str, ...]
    where: Condition = ALWAYS


Measure = Count | Ratio | Quantile | Sum | Mean | Share

Unit = Literal["ratio", "s", "usd", "tokens", "calls", "count", "score"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a measure gave: the value, or None for no data, and the rows it rests on.

    `n` is the eligible rows of a ratio, the summed or ranked rows of the others.
    """

    value: float | None
    n: int
