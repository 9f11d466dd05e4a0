"""What the mappings of `catalog.emitters` mean, over raw rows in plain Python: the views are held to it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from typing import assert_never, cast

from kansoku.catalog.emitters import MAPPINGS
from kansoku.catalog.error_types import of_status
from kansoku.catalog.fields import (
    BATCH_RESULT,
    CHAT,
    RELATIONS,
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
from kansoku.catalog.mapping import (
    AllOf,
    Among,
    AnyOf,
    Before,
    Failed,
    Listed,
    Mapping,
    Member,
    Millis,
    Not,
    Place,
    Priced,
    Scope,
    ScopeIs,
    SecondsBefore,
    Sourced,
    StatusError,
    Test,
    Thrown,
    Timed,
    Told,
    TotalKnown,
    Unpriced,
    Unqualified,
    Where,
    Word,
    Words,
)

Value = str | int | float | bool | tuple[str, ...] | None
Row = dict[str, Value]

_LARGEST = 2**64
_ERROR_STATUS = re.compile("[45][0-9][0-9]")


@dataclass(frozen=True, slots=True)
class Raw:
    """A span or log record as the store has it: every attribute a text, times in nanoseconds."""

    signal: str
    time: int
    scope: str = ""
    name: str = ""
    trace_id: str = ""
    span_id: str = ""
    parent_span_id: str = ""
    duration_ns: int = 0
    status: str = "Unset"
    thrown: str = ""
    own: Dict[str, str] = field(default_factory=dict[str, str])
    resource: Dict[str, str] = field(default_factory=dict[str, str])


def rows(raw: Raw) -> list[tuple[str, Row]]:
    """The rows it becomes, each with its table."""
    made: list[tuple[str, Row]] = []
    for mapping in MAPPINGS:
        if mapping.signal == raw.signal and recognised(mapping.select, raw):
            (relation,) = (each for each in RELATIONS if each.kind == mapping.relation)
            made.append((relation.table, _row(mapping, relation, raw)))
    return made


def recognised(test: Test, raw: Raw) -> bool:
    """Whether the test recognises it."""
    match test:
        case ScopeIs(names):
            return raw.scope in names
        case Having(attribute, ()):
            return bool(raw.own.get(attribute))
        case Having(attribute, values):
            return raw.own.get(attribute, "") in values
        case Failed():
            return raw.status == "Error"
        case Not(inner):
            return not recognised(inner, raw)
        case AllOf(tests):
            return all(recognised(each, raw) for each in tests)
        case AnyOf(tests):
            return any(recognised(each, raw) for each in tests)
        case _:
            assert_never(test)


def _row(mapping: Mapping, relation: Relation, raw: Raw) -> Row:
    row: Row = {}
    last = [each for each in relation.fields if isinstance(mapping.place(each), Sourced | Unpriced)]
    for each in (*(each for each in relation.fields if each not in last), *last):
        place = mapping.place(each)
        told = place is not None
        row[each.name] = (
            _value(place, each, relation, raw, row, newest=mapping.newest)
            if told
            else _converted(each.kind, "")
        )
    return row


def _value(place: Place, of: Field, relation: Relation, raw: Raw, row: Row, *, newest: bool) -> Value:
    match place:
        case Words(words, ours):
            found = next((text for word in words if (text := _word(word, raw))), "")
            return _converted(of.kind, dict(ours).get(found, found))
        case Member() | Constant():
            return _converted(of.kind, _word(place, raw))
        case Millis() | Before() | SecondsBefore():
            return _time(place, raw)
        case Told() | Sourced() | Unpriced():
            return _price(place, raw, row)
        case Among(attribute, values):
            told = raw.own.get(attribute, "")
            return told in values if told else None
        case Where(test, then, otherwise):
            part = then if recognised(test, raw) else otherwise
            return _value(part, of, relation, raw, row, newest=newest)
        case TotalKnown(column, prompt):
            known = relation.field(column)
            return None if _count(_first(prompt, raw)) == 0 else _plain(known.source, known, raw)
        case _:
            return _plain(place, of, raw, newest=newest)


def _plain(
    source: Attribute | Resource | Intrinsic | Uncached | StatusOr | Constant,
    of: Field,
    raw: Raw,
    *,
    newest: bool = False,
) -> Value:
    match source:
        case Attribute():
            return _converted(of.kind, _first(source, raw, newest=newest))
        case Resource(name, older, override):
            own = raw.own.get(override, "") if override else ""
            return own or next((raw.resource[each] for each in (name, *older) if raw.resource.get(each)), "")
        case Intrinsic(part):
            return _intrinsic(part, raw)
        case Uncached(total, cached):
            whole = _count(_first(total, raw, newest=newest))
            parts = sum(_count(_first(each, raw, newest=newest)) or 0 for each in cached) % _LARGEST
            return whole - parts if whole is not None and whole >= parts else whole
        case StatusOr(attribute, ok, error):
            return _first(attribute, raw, newest=newest) or (error if raw.status == "Error" else ok)
        case Constant(value):
            return value
        case _:
            assert_never(source)


def _intrinsic(part: str, raw: Raw) -> Value:
    if part == "duration_s":
        return raw.duration_ns / 1e9
    return cast("Value", getattr(raw, part))


def _time(place: Timed, raw: Raw) -> Value:
    number = _float(_first(place.attribute, raw))
    match place:
        case Millis():
            return None if number is None else number / 1000
        case Before():
            return raw.time - round((number or 0) * 1_000_000)
        case SecondsBefore():
            return raw.time - round((number or 0) * 1_000_000_000)
        case _:
            assert_never(place)


def _price(place: Priced, raw: Raw, row: Row) -> Value:
    match place:
        case Told(word, ours):
            amount = _float(_word(word, raw))
            own = _float(raw.own.get(ours, ""))
            return own if own is not None else amount if amount is not None and amount > 0 else None
        case Sourced(attribute, ours, otherwise):
            if raw.own.get(ours):
                return raw.own.get(attribute, "")
            return "" if row["cost_usd"] is None else otherwise
        case Unpriced(attribute, reason):
            told = row["input_tokens"] is not None or row["output_tokens"] is not None
            wants = row["operation"] in (CHAT, BATCH_RESULT) and (row["outcome"] != "error" or told)
            return raw.own.get(attribute) or (reason if wants and row["cost_usd"] is None else "")
        case _:
            assert_never(place)


def _word(word: Word, raw: Raw) -> str:
    match word:
        case Attribute():
            return _first(word, raw)
        case Constant(value):
            return value
        case Scope():
            return raw.scope
        case Listed(attribute):
            told = raw.own.get(attribute, "")
            return _at(told, (1,)) if told.startswith("[") else told
        case Member(attribute, paths):
            told = raw.own.get(attribute, "")
            return next((text for path in paths if (text := _at(told, path))), "")
        case Thrown():
            return raw.thrown.rpartition(".")[2] if raw.status == "Error" else ""
        case Unqualified(attribute):
            return raw.own.get(attribute, "").rpartition(".")[2]
        case StatusError(attribute):
            told = raw.own.get(attribute, "")
            return of_status(int(told)) if _ERROR_STATUS.fullmatch(told) else ""
        case _:
            assert_never(word)


def _at(told: str, path: tuple[str | int, ...]) -> str:
    """A string as it is, a number or a truth as JSON writes it."""
    try:
        found: object = json.loads(told, parse_int=_Number, parse_float=_Number)
        for step in path:
            found = cast("dict[str | int, object]", found)[step - 1 if isinstance(step, int) else step]
    except (ValueError, LookupError, TypeError):
        return ""
    return str(found) if isinstance(found, str) else json.dumps(found) if isinstance(found, bool) else ""


class _Number(str):
    """A number as it was written."""


def _first(attribute: Attribute, raw: Raw, *, newest: bool = False) -> str:
    names = (attribute.name,) if newest else (attribute.name, *attribute.older)
    return next((raw.own[name] for name in names if raw.own.get(name)), "")


def _converted(kind: Kind, text: str) -> Value:
    match kind:
        case Kind.LABEL | Kind.TEXT:
            return text
        case Kind.LABELS:
            return tuple(cast("list[str]", json.loads(text))) if text else ()
        case Kind.COUNT:
            return _count(text)
        case Kind.SECONDS | Kind.USD | Kind.SCORE:
            return _float(text)
        case Kind.FLAG:
            return {"true": True, "false": False}.get(text)
        case _:
            assert_never(kind)


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and int(text) < _LARGEST else None


def _float(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
