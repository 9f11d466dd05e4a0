"""A fact as attributes: the catalog's field table read forwards."""

from collections.abc import Callable, Iterator
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
from kansoku.record.facts import RELATION_OF, Fact

Value = str | bool | int | float | tuple[str, ...]
_Getter = Callable[[Fact], object]


def attributes_of(fact: Fact) -> dict[str, Value]:
    """Every known field of the fact under its name on the wire; what is unknown is left out."""
    found = dict(_MARKS[type(fact)])
    for name, get in _WIRE[type(fact)]:
        value = get(fact)
        if value is not None and value != "" and value != ():
            found[name] = cast("Value", value)
    return found


def fields_of(fact: Fact) -> Iterator[tuple[str, object]]:
    """Every known field of the fact that is its own, under its name in the catalog."""
    for name, get in _OWN[type(fact)]:
        value = get(fact)
        if value is not None and value != "" and value != ():
            yield name, value


def _marks(relation: Relation) -> dict[str, Value]:
    """The attribute that the relation's rows are told by, where one value alone does it."""
    match relation.select:
        case Having(attribute, (value,)):
            return {attribute: value}
        case _:
            return {}


def _wire(relation: Relation) -> tuple[tuple[str, _Getter], ...]:
    """Attribute name and getter of each field that is exported as an attribute."""
    pairs = ((_name(field), _getter(field)) for field in relation.fields)
    return tuple((name, get) for name, get in pairs if name is not None)


def _own(relation: Relation) -> tuple[tuple[str, _Getter], ...]:
    """Column name and getter of each field that a fact holds itself."""
    return tuple(
        (field.name, attrgetter(field.path or field.name))
        for field in relation.fields
        if _name(field) is not None or field.source == Intrinsic("duration_s")
    )


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


def _getter(field: Field) -> _Getter:
    """Reads the field from a fact."""
    match field.source:
        case Uncached():
            return attrgetter("usage.prompt_tokens")
        case _:
            return attrgetter(field.path or field.name)


_MARKS = {kind: _marks(relation) for kind, relation in RELATION_OF.items()}
_WIRE = {kind: _wire(relation) for kind, relation in RELATION_OF.items()}
_OWN = {kind: _own(relation) for kind, relation in RELATION_OF.items()}
