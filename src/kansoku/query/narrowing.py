"""Which models and services a measure is about, apart from what it measures: every series tells them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from kansoku.catalog.measures import (
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


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Rows of one of the words, or of none of them.

    Attributes:
        field: `service`, or `response_model` for the model that answered, else was asked.
        words: The words.
        unlike: Whether a row must be of none of them.
    """

    field: Literal["service", "response_model"]
    words: tuple[str, ...]
    unlike: bool


def measure_apart(asked: Measure) -> tuple[Measure, tuple[Narrowing, ...]]:
    """The measure of all models and services, and which of them it is about."""
    match asked:
        case Ratio(_, eligible, _):
            rest, told = _apart(eligible)
            return replace(asked, eligible=rest), told
        case Count() | Quantile() | Sum() | Mean() | Share():
            rest, told = _apart(asked.where)
            return replace(asked, where=rest), told
        case _:
            assert_never(asked)


def conjuncts(where: Condition) -> Iterator[Condition]:
    """The conditions that must all hold."""
    if isinstance(where, Both):
        for one in where.conditions:
            yield from conjuncts(one)
    else:
        yield where


def same(one: Condition, other: Condition) -> bool:
    """Whether both are the same conditions together."""
    return set(conjuncts(one)) == set(conjuncts(other))


def _apart(where: Condition) -> tuple[Condition, tuple[Narrowing, ...]]:
    told: list[Narrowing] = []
    rest: list[Condition] = []
    for one in conjuncts(where):
        found = _narrowing(one)
        if found is None:
            rest.append(one)
        else:
            told.append(found)
    if not told:
        return where, ()
    return rest[0] if len(rest) == 1 else Both(tuple(rest)), tuple(told)


def _narrowing(one: Condition) -> Narrowing | None:
    inner, unlike = (one.condition, True) if isinstance(one, Not) else (one, False)
    if words := _words(inner, "service"):
        return Narrowing("service", words, unlike)
    models = _models(inner)
    return Narrowing("response_model", models, unlike) if models else None


def _words(one: Condition, field: str) -> tuple[str, ...]:
    """The texts one of which the field must be; none where the condition says something else."""
    match one:
        case Is(name, value) if name == field and isinstance(value, str):
            return (value,)
        case OneOf(name, values) if name == field:
            return values
        case _:
            return ()


def _models(one: Condition) -> tuple[str, ...]:
    """The models that a call is of: that answered, or else were asked."""
    match one:
        case Either((answered, Both((Not(Present("response_model")), asked)))) | Either((answered, asked)):
            words = _words(answered, "response_model")
            return words if set(words) == set(_words(asked, "request_model")) else ()
        case _:
            return ()
