"""Conditions on one row as people write them: `operation = chat and not (outcome in [ok, error])`.

`and` binds closer than `or`, `not` closer than both. Of an unknown field `=`, `in`, `>=`, `<=` and `known`
are false, so that `!=`, `unknown` and `not` are true of it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from kansoku.catalog.fields import Field, Intrinsic, Kind, Relation
from kansoku.catalog.measures import AtLeast, AtMost, Both, Condition, Either, Is, Not, OneOf, Present
from kansoku.errors import DefinitionError

_TOKEN = re.compile(r'\s*(?:([\w.\-:/*]+)|"((?:[^"\\]|\\.)*)"|(<=|>=|!=|=|<|>|[\[\](),]))')
_KEYWORDS = frozenset(("and", "or", "not", "in", "known", "unknown", "always", "never"))
_BARE = re.compile(r"[\w.\-:/]+")
_SIGNS = ("=", "!=", ">=", "<=", "in", "known", "unknown")
_WORDS = (Kind.LABEL, Kind.TEXT)
_NUMBERS = (Kind.COUNT, Kind.SECONDS, Kind.USD, Kind.SCORE)
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class _Token:
    """A word, a text in quotes, or a sign, and where it begins, counted from 1."""

    text: str
    at: int
    quoted: bool = False


def condition_of(text: str, relation: Relation) -> Condition:
    """The condition that the text says of the relation's rows.

    Raises:
        DefinitionError: If it says none; the message names the place and the mend.
    """
    reader = _Reader(tuple(_tokens(text)), relation)
    found = reader.either()
    if (left := reader.peek()) is not None:
        raise DefinitionError(f"{_at(left)} is not expected; join conditions with and, or")
    return found


def written(condition: Condition) -> str:
    """The condition as text: `condition_of` gives one that holds of the same rows."""
    match condition:
        case Is() | OneOf() | Present() | AtLeast() | AtMost():
            return _test(condition)
        case Not(Is(field, value)):
            return f"{field} != {_value(value)}"
        case Not(Present(field)):
            return f"{field} unknown"
        case Not(inner):
            return f"not {_inside(inner)}"
        case Both(conditions) | Either(conditions):
            both = isinstance(condition, Both)
            nothing = "always" if both else "never"
            return (" and " if both else " or ").join(map(_inside, conditions)) or nothing
        case _:
            assert_never(condition)


def _test(condition: Is | OneOf | Present | AtLeast | AtMost) -> str:
    match condition:
        case Is(field, value):
            return f"{field} = {_value(value)}"
        case OneOf(field, values):
            return f"{field} in [{', '.join(map(_value, values))}]" if values else "never"
        case Present(field):
            return f"{field} known"
        case AtLeast(field, bound):
            return f"{field} >= {_number(bound)}"
        case AtMost(field, bound):
            return f"{field} <= {_number(bound)}"
        case _:
            assert_never(condition)


def field_of(relation: Relation, name: str) -> Field:
    """The relation's field of that name.

    Raises:
        DefinitionError: If there is none; the message names those there are.
    """
    try:
        return relation.field(name)
    except KeyError:
        names = ", ".join(field.name for field in relation.fields if field.source != Intrinsic("time"))
        raise DefinitionError(f"{relation.kind} has no field {name!r}; use one of {names}") from None


def _inside(condition: Condition) -> str:
    """As a part of another one."""
    many = isinstance(condition, Both | Either) and len(condition.conditions) > 1
    return f"({written(condition)})" if many else written(condition)


def _value(value: str | bool) -> str:  # noqa: FBT001
    if isinstance(value, bool):
        return str(value).lower()
    if _BARE.fullmatch(value) and value not in (*_KEYWORDS, "true", "false"):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _number(bound: float) -> str:
    """The number as a word, which has no plus in it."""
    return repr(bound).replace("+", "")


def _tokens(text: str) -> Iterator[_Token]:
    at, end = 0, len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None:
            rest = text[at:].lstrip()
            place = len(text) - len(rest) + 1
            raise DefinitionError(f"{rest[:1]!r} at {place} is not expected; put texts in double quotes")
        word, quoted, sign = found.groups()
        begin = found.start(found.lastindex or 0) + 1
        if quoted is not None:
            yield _Token(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL), begin - 1, quoted=True)
        else:
            yield _Token(word or sign, begin)
        at = found.end()


def _at(token: _Token) -> str:
    return f"{token.text!r} at {token.at}"


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: Sequence[_Token], relation: Relation) -> None:
        self._tokens = tokens
        self._relation = relation
        self._next = 0
        self._depth = 0

    def peek(self) -> _Token | None:
        """The next token."""
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def either(self) -> Condition:
        """Conditions of which one must hold."""
        found = [self._both()]
        while self._takes("or"):
            found.append(self._both())
        return found[0] if len(found) == 1 else Either(tuple(found))

    def _both(self) -> Condition:
        found = [self._one()]
        while self._takes("and"):
            found.append(self._one())
        return found[0] if len(found) == 1 else Both(tuple(found))

    def _one(self) -> Condition:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise DefinitionError(f"it lies over {_DEEPEST} brackets deep; write it flatter")
        found = self._bare()
        self._depth -= 1
        return found

    def _bare(self) -> Condition:
        if self._takes("not"):
            return Not(self._one())
        if self._takes("("):
            found = self.either()
            self._must(")")
            return found
        if self._takes("always"):
            return Both()
        if self._takes("never"):
            return Either(())
        return self._test()

    def _test(self) -> Condition:
        """A field, a sign, and what it is held to."""
        name = self._taken("a field")
        if name.quoted or name.text in _KEYWORDS or not re.match(r"\w", name.text):
            raise DefinitionError(f"{_at(name)} is no field; write field = value")
        field = field_of(self._relation, name.text)
        sign = self._taken(f"a sign after {name.text}")
        if sign.quoted or sign.text not in _SIGNS:
            raise DefinitionError(f"{_at(sign)} is no sign; use one of {', '.join(_SIGNS)}")
        match sign.text:
            case "known" | "unknown":
                known = Present(field.name)
                return known if sign.text == "known" else Not(known)
            case "in":
                return OneOf(self._of_kind(field, _WORDS, "in").name, self._list())
            case ">=" | "<=":
                bound = self._number(self._of_kind(field, _NUMBERS, sign.text))
                return (AtLeast if sign.text == ">=" else AtMost)(field.name, bound)
            case _:
                equal = self._equal(field)
                return equal if sign.text == "=" else Not(equal)

    def _equal(self, field: Field) -> Condition:
        self._of_kind(field, (*_WORDS, Kind.FLAG), "=")
        value = self._word(f"a value of {field.name}")
        if field.kind is not Kind.FLAG:
            return Is(field.name, value)
        if value not in ("true", "false"):
            raise DefinitionError(f"{field.name} is true or false, not {value!r}")
        return Is(field.name, value == "true")

    def _list(self) -> tuple[str, ...]:
        self._must("[")
        found = [self._word("a value")]
        while self._takes(","):
            found.append(self._word("a value"))
        self._must("]")
        return tuple(found)

    def _word(self, what: str) -> str:
        token = self._taken(what)
        if not token.quoted and (token.text in _KEYWORDS or not re.match(r"[\w.\-:/*]", token.text)):
            raise DefinitionError(f"{_at(token)} is no value; put texts in double quotes")
        if not token.text:
            raise DefinitionError("nothing equals the empty text; write that the field is unknown")
        if "*" in token.text and not token.quoted:
            raise DefinitionError(f"{_at(token)} is a pattern, which is not read; list the values with in")
        return token.text

    def _number(self, field: Field) -> float:
        token = self._taken(f"a number for {field.name}")
        try:
            value = float(token.text)
        except ValueError:
            value = math.nan
        if token.quoted or not math.isfinite(value):
            raise DefinitionError(f"{_at(token)} is no number; {field.name} is in {field.kind.value}")
        return value

    def _of_kind(self, field: Field, kinds: Sequence[Kind], sign: str) -> Field:
        if field.kind not in kinds or field.source == Intrinsic("time"):
            fit = "known or unknown" if field.kind is Kind.LABELS else _fitting(field)
            raise DefinitionError(f"{field.name} cannot be compared with {sign}; use {fit}")
        return field

    def _taken(self, what: str) -> _Token:
        token = self.peek()
        if token is None:
            raise DefinitionError(f"it ends where {what} must stand")
        self._next += 1
        return token

    def _takes(self, text: str) -> bool:
        token = self.peek()
        if token is None or token.quoted or token.text != text:
            return False
        self._next += 1
        return True

    def _must(self, text: str) -> None:
        token = self.peek()
        if not self._takes(text):
            where = "it ends" if token is None else f"{_at(token)} stands"
            raise DefinitionError(f"{where} where {text} must stand")


def _fitting(field: Field) -> str:
    """The signs that fit the field."""
    if field.source == Intrinsic("time"):
        return "another field: windows say when"
    if field.kind in _NUMBERS:
        return ">= or <="
    return "= or !=" if field.kind is Kind.FLAG else "=, != or in"
