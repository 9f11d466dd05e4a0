"""The mappings of `catalog.emitters` read as SQL: what recognises a raw row, and each column's value."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from kansoku.catalog.error_types import BY_STATUS, OTHER_STATUS
from kansoku.catalog.fields import (
    BATCH_RESULT,
    CHAT,
    Attribute,
    Constant,
    Having,
    Uncached,
)
from kansoku.catalog.mapping import (
    AllOf,
    Among,
    AnyOf,
    Before,
    Failed,
    Listed,
    Member,
    Millis,
    Not,
    Scope,
    ScopeIs,
    SecondsBefore,
    Sourced,
    StatusError,
    Thrown,
    Told,
    TotalKnown,
    Unpriced,
    Unqualified,
    Where,
    Words,
)
from kansoku.query.sql import literal
from kansoku.store.schema.lookups import (
    SOURCES,
    attribute_of,
    converted,
    count,
    either,
    first_of,
    names_of,
    raw_value,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kansoku.catalog.fields import Field, Relation
    from kansoku.catalog.mapping import Mapping, Place, Priced, Test, Timed, Word


def recognised(test: Test, own: str) -> str:  # noqa: PLR0911 - one a kind
    """The condition on raw rows, whose own attributes are in the map `own`."""
    match test:
        case ScopeIs(names):
            return f"ScopeName IN ({', '.join(map(literal, names))})"
        case Having(attribute, ()):
            return f"{attribute_of(own, attribute)} != ''"
        case Having(attribute, values):
            return f"{attribute_of(own, attribute)} IN ({', '.join(map(literal, values))})"
        case Failed():
            return "StatusCode = 'Error'"
        case Not(inner):
            return f"NOT ({recognised(inner, own)})"
        case AllOf(tests):
            return " AND ".join(f"({recognised(each, own)})" for each in tests)
        case AnyOf(tests):
            return " OR ".join(f"({recognised(each, own)})" for each in tests)
        case _:
            assert_never(test)


def mapped_value(mapping: Mapping, relation: Relation, field: Field) -> str | None:
    """The field's value of a raw row that the mapping recognises; None where its emitter does not tell it."""
    own, _ = SOURCES[mapping.signal]
    place = mapping.place(field)
    if place is None:
        return None
    if mapping.newest:
        place = _newest(place)
    return _value(place, field, relation, own)


def _newest(place: Place) -> Place:
    match place:
        case Attribute(name):
            return Attribute(name)
        case Uncached(total, cached):
            return Uncached(Attribute(total.name), tuple(Attribute(each.name) for each in cached))
        case _:
            return place


def _value(place: Place, field: Field, relation: Relation, own: str) -> str:  # noqa: PLR0911 - one a kind
    match place:
        case Words():
            return converted(field.kind, _words(place, own))
        case Member() | Constant():
            return converted(field.kind, _word(place, own))
        case Millis() | Before() | SecondsBefore():
            return _time(place, own)
        case Told() | Sourced() | Unpriced():
            return _price(place, own)
        case Among(attribute, values):
            told = attribute_of(own, attribute)
            among = f"{told} IN ({', '.join(map(literal, values))})"
            return f"if({told} = '', NULL, {among})::Nullable(Bool)"
        case Where(test, then, otherwise):
            one, other = (_value(each, field, relation, own) for each in (then, otherwise))
            return f"if({recognised(test, own)}, {one}, {other})"
        case TotalKnown(column, prompt):
            known = raw_value(relation.field(column), own)
            return f"if({count(first_of(names_of(prompt), own))} = 0, NULL, {known})"
        case _:
            return raw_value(replace(field, source=place), own)


def _time(place: Timed, own: str) -> str:
    match place:
        case Millis(attribute):
            return f"{_number(attribute, own)} / 1000"
        case Before(attribute):
            return _earlier(f"{_number(attribute, own)} * 1000000")
        case SecondsBefore(attribute):
            return _earlier(f"{_number(attribute, own)} * 1000000000")
        case _:
            assert_never(place)


def _price(place: Priced, own: str) -> str:
    match place:
        case Told(word, ours):
            amount = f"toFloat64OrNull({_word(word, own)})"
            return f"ifNull({_number(Attribute(ours), own)}, if({amount} > 0, {amount}, NULL))"
        case Sourced(attribute, ours, otherwise):
            told = f"if(isNull(cost_usd), '', {literal(otherwise)})"
            return f"if({attribute_of(own, ours)} != '', {attribute_of(own, attribute)}, {told})"
        case Unpriced(attribute, reason):
            return either(attribute_of(own, attribute), f"if({_WANTS_PRICE}, {literal(reason)}, '')")
        case _:
            assert_never(place)


_WANTS_PRICE = (
    f"isNull(cost_usd) AND operation IN ({literal(CHAT)}, {literal(BATCH_RESULT)})"
    " AND NOT (outcome = 'error' AND isNull(input_tokens) AND isNull(output_tokens))"
)
"""In terms of the view's other columns."""


def _number(attribute: Attribute, own: str) -> str:
    return f"toFloat64OrNull({first_of(names_of(attribute), own)})"


def _earlier(nanoseconds: str) -> str:
    return f"Timestamp - toIntervalNanosecond(toInt64(round(ifNull({nanoseconds}, 0))))"


def _words(words: Words, own: str) -> str:
    found = [_word(word, own) for word in words.of]
    told = found[0] if len(found) == 1 else either(*found)
    return f"transform({told}, {_texts(words.ours)})" if words.ours else told


def _texts(pairs: Iterable[tuple[str, str]]) -> str:
    """Two lists of texts, of what stands first in each pair and of what stands second."""
    firsts, seconds = (", ".join(map(literal, each)) for each in zip(*pairs, strict=True))
    return f"[{firsts}], [{seconds}]"


def _word(word: Word, own: str) -> str:  # noqa: PLR0911 - one line a kind
    """The text that lies there; empty where there is none."""
    match word:
        case Attribute():
            return first_of(names_of(word), own)
        case Constant(value):
            return literal(value)
        case Scope():
            return "toString(ScopeName)"
        case Listed(attribute):
            told = attribute_of(own, attribute)
            return f"if(startsWith({told}, '['), JSONExtractString({told}, 1), {told})"
        case Member(attribute, paths):
            return _member(attribute_of(own, attribute), paths)
        case Thrown():
            return f"if(StatusCode = 'Error', {_without_module(_EXCEPTION)}, '')"
        case Unqualified(attribute):
            return _without_module(attribute_of(own, attribute))
        case StatusError(attribute):
            return _status_error(attribute_of(own, attribute))
        case _:
            assert_never(word)


def _status_error(told: str) -> str:
    words = _texts((str(status), word) for status, word in BY_STATUS.items())
    named = f"transform({told}, {words}, concat({literal(OTHER_STATUS)}, {told}))"
    return f"if(match({told}, '^[45][0-9][0-9]$'), {named}, '')"


_THROWN = "indexOf(Events.Name, 'exception')"
_EXCEPTION = f"Events.Attributes[{_THROWN}]['exception.type']"


def _without_module(text: str) -> str:
    return f"arrayElement(splitByChar('.', {text}), -1)"


def _member(told: str, paths: tuple[tuple[str | int, ...], ...]) -> str:
    """A string as it is, a number or a truth as JSON writes it."""
    steps = [
        "".join(f", {step if isinstance(step, int) else literal(step)}" for step in path) for path in paths
    ]
    # Of a list or an object JSONExtractString gives its JSON, which is nobody's name.
    texts = [f"if(JSONType({told}{path}) = 'String', JSONExtractString({told}{path}), '')" for path in steps]
    plain = [f"extract(JSONExtractRaw({told}{path}), '^[-0-9tf].*')" for path in steps]
    # by path, and not all texts first: the first path that leads to anything counts
    return either(*(each for pair in zip(texts, plain, strict=True) for each in pair))
