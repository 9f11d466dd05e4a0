"""A fact as attributes: the catalog's field table read forwards."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import TypeVar, assert_never, cast

from kansoku.catalog.fields import (
    Attribute,
    Constant,
    Field,
    Having,
    Intrinsic,
    Kind,
    Relation,
    Resource,
    StatusOr,
    Uncached,
)
from kansoku.emit.protobuf import Value
from kansoku.record.facts import RELATION_OF, Fact

_NUMBERS = frozenset({bool, int, float})
T = TypeVar("T")

Encoder = Callable[[object], T]
"""Makes something of a field's value."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The fields of one kind of fact, read all at once: a getter each costs three times as much."""

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    paths: tuple[str, ...]
    values: Callable[[Fact], tuple[object, ...]]

    def known(self, fact: Fact) -> dict[str, object]:
        """The values that are known, by name; a number is, even 0, and an empty text or list is not."""
        pairs = zip(self.names, self.values(fact), strict=True)
        return {name: value for name, value in pairs if value or value.__class__ in _NUMBERS}

    def encoders(
        self, encoder: Callable[[str, Kind], Callable[[object], T]]
    ) -> tuple[Callable[[object], T], ...]:
        """An encoder per name, made from the name and from what the field holds."""
        return tuple(encoder(name, kind) for name, kind in zip(self.names, self.kinds, strict=True))

    def only(self, kinds: frozenset[Kind]) -> "Reading":
        """The fields that hold one of these kinds."""
        rows = zip(self.names, self.kinds, self.paths, strict=True)
        return _reading([row for row in rows if row[1] in kinds])


Values = tuple[object, ...]
"""What a fact holds under each path that something is written of. Its span, line and record share them."""

Piece = TypeVar("Piece", str, bytes)
"""What is written: text or bytes."""

_REPEATING = frozenset({Kind.LABEL, Kind.LABELS, Kind.FLAG})
_VARYING = frozenset(Kind) - _REPEATING
_MOST_REMEMBERED = 1024


def writer(
    fact: type[Fact],
    reading: Reading,
    encoder: Callable[[str, Kind], Encoder[Piece]],
    join: Callable[[Iterable[Piece]], Piece],
) -> Callable[[Values], Piece]:
    """Writes the known fields of such a fact one behind the other, those that repeat from call to call first.

    What the labels of a call come to is remembered: models, features and outcomes are few.
    """
    labels, others = reading.only(_REPEATING), reading.only(_VARYING)
    pick_labels, pick_others = _picker(fact, labels), _picker(fact, others)
    write_labels, write_others = labels.encoders(encoder), others.encoders(encoder)

    @lru_cache(maxsize=_MOST_REMEMBERED)
    def remembered(values: Values) -> Piece:
        return join(_encoded(write_labels, values))

    def write(values: Values) -> Piece:
        return remembered(pick_labels(values)) + join(_encoded(write_others, pick_others(values)))

    return write


def _encoded(encoders: tuple[Encoder[T], ...], values: Values) -> list[T]:
    """What the encoders make of the values that are known."""
    return [
        encode(value)
        for encode, value in zip(encoders, values)  # noqa: B905  made alike, and that is asked for each fact
        if value is not None and (value or value.__class__ in _NUMBERS)
    ]


def _picker(fact: type[Fact], reading: Reading) -> Callable[[Values], Values]:
    """Picks what is read out of the values of such a fact; `itemgetter` gives a tuple of two or more only."""
    places = [_PATHS[fact].index(path) for path in reading.paths]
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple(values[place] for place in places)


def values_of(fact: Fact) -> Values:
    """All that is written of the fact, read once: several of its values are worked out."""
    return _VALUES[type(fact)](fact)


def attributes_of(fact: Fact) -> dict[str, Value]:
    """Every known field of the fact under its name on the wire; what is unknown is left out."""
    return {**MARKS[type(fact)], **cast("dict[str, Value]", WIRE[type(fact)].known(fact))}


def _marks(relation: Relation) -> dict[str, Value]:
    """The attribute that the relation's rows are told by, where one value alone does it."""
    match relation.select:
        case Having(attribute, (value,)):
            return {attribute: value}
        case _:
            return {}


def _wire(relation: Relation) -> Reading:
    """Reads each field that is exported as an attribute."""
    return _reading([(name, f.kind, _path(f)) for f in relation.fields if (name := _name(f)) is not None])


def _facets(relation: Relation) -> Reading:
    """Reads the few attributes that logs are filtered by."""
    rows = [(_name(f), f.kind, _path(f)) for f in relation.fields if f.name in _FILTERED_BY]
    return _reading([(name, kind, path) for name, kind, path in rows if name is not None])


_FILTERED_BY = frozenset({"feature", "request_model", "error_type", "user_id", "session_id"})


def _own(relation: Relation) -> Reading:
    """Reads each field that a fact holds itself, by its column name."""
    return _reading(
        [
            (field.name, field.kind, field.path or field.name)
            for field in relation.fields
            if _name(field) is not None or field.source == Intrinsic("duration_s")
        ]
    )


def _reading(rows: list[tuple[str, Kind, str]]) -> Reading:
    """Of names, kinds and paths. Where fields share a name, the last one."""
    last = {name: (kind, path) for name, kind, path in rows}
    paths = tuple(path for _, path in last.values())
    return Reading(tuple(last), tuple(kind for kind, _ in last.values()), paths, getter(paths))


def getter(paths: tuple[str, ...]) -> Callable[[Fact], tuple[object, ...]]:
    """Reads all paths of a fact; `attrgetter` gives a tuple of two or more only."""
    if len(paths) > 1:
        return attrgetter(*paths)
    each = tuple(map(attrgetter, paths))
    return lambda fact: tuple(read(fact) for read in each)


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


MARKS = {kind: _marks(relation) for kind, relation in RELATION_OF.items()}
"""The attribute that tells each kind of fact on the wire."""

WIRE = {kind: _wire(relation) for kind, relation in RELATION_OF.items()}
"""Each kind of fact's fields under their attributes' names."""

OWN = {kind: _own(relation) for kind, relation in RELATION_OF.items()}
"""Each kind of fact's own fields under their columns' names."""

FACETS = {kind: _facets(relation) for kind, relation in RELATION_OF.items()}
"""Of those attributes, the few that logs are filtered by."""

_PATHS = {
    kind: tuple(dict.fromkeys((*WIRE[kind].paths, *OWN[kind].paths, *FACETS[kind].paths)))
    for kind in RELATION_OF
}
_VALUES = {kind: getter(paths) for kind, paths in _PATHS.items()}
