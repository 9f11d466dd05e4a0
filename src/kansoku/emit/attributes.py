"""A fact as attributes: the catalog's field table read forwards."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import assert_never, cast

from kansoku.catalog.fields import (
    Attribute,
    Constant,
    Field,
    Having,
    Intrinsic,
    Relation,
    Resource,
    StatusOr,
    Uncached,
)
from kansoku.emit.protobuf import Value
from kansoku.record.facts import RELATION_OF, Fact

_NUMBERS = frozenset({bool, int, float})


def attributes_of(fact: Fact) -> dict[str, Value]:
    """Every known field of the fact under its name on the wire; what is unknown is left out."""
    return {**_MARKS[type(fact)], **cast("dict[str, Value]", _WIRE[type(fact)].of(fact))}


def fields_of(fact: Fact) -> dict[str, object]:
    """Every known field of the fact that is its own, under its name in the catalog."""
    return _OWN[type(fact)].of(fact)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Names, and one getter of all their values: a getter each costs three times as much."""

    names: tuple[str, ...]
    values: Callable[[Fact], tuple[object, ...]]

    def of(self, fact: Fact) -> dict[str, object]:
        """The values that are known; a number is, even 0, and an empty text or list is not."""
        return {
            name: value
            for name, value in zip(self.names, self.values(fact), strict=True)
            if value or value.__class__ in _NUMBERS
        }


def _marks(relation: Relation) -> dict[str, Value]:
    """The attribute that the relation's rows are told by, where one value alone does it."""
    match relation.select:
        case Having(attribute, (value,)):
            return {attribute: value}
        case _:
            return {}


def _wire(relation: Relation) -> _Reading:
    """Reads each field that is exported as an attribute."""
    pairs = ((_name(field), _path(field)) for field in relation.fields)
    return _reading([(name, path) for name, path in pairs if name is not None])


def _own(relation: Relation) -> _Reading:
    """Reads each field that a fact holds itself, by its column name."""
    return _reading(
        [
            (field.name, field.path or field.name)
            for field in relation.fields
            if _name(field) is not None or field.source == Intrinsic("duration_s")
        ]
    )


def _reading(pairs: list[tuple[str, str]]) -> _Reading:
    """Of names and paths. Every relation has several, so that the getter gives a tuple."""
    return _Reading(tuple(name for name, _ in pairs), attrgetter(*(path for _, path in pairs)))


def _name(field: Field) -> str | None:
    """The attribute the field is exported as; None for what the span or resource has of itself."""
    match field.source:
        case Attribute(name) | StatusOr(Attribute(name)) | Uncached(Attribute(name)):
            return name
        case Resource(override=override):
            return override
        case Intrinsic() | Constant():
            return None
        case _:
            assert_never(field.source)


def _path(field: Field) -> str:
    """Where a fact has what is exported."""
    match field.source:
        case Uncached():
            return "usage.prompt_tokens"
        case _:
            return field.path or field.name


_MARKS = {kind: _marks(relation) for kind, relation in RELATION_OF.items()}
_WIRE = {kind: _wire(relation) for kind, relation in RELATION_OF.items()}
_OWN = {kind: _own(relation) for kind, relation in RELATION_OF.items()}
