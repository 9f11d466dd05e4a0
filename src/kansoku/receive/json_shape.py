"""A JSON object of OTLP made into what protobuf's own JSON reader takes, by the message's descriptor.

That reader takes a text or a list where it wants an object for an empty object, in silence; so the places of
objects and lists are checked here. Scalars it checks itself.
"""

from __future__ import annotations

import base64
import binascii
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, NamedTuple, assert_never, cast

from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message_factory import GetMessageClass

from kansoku.receive.fields import LEVELS

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor

_HEX_IDS = frozenset({"trace_id", "span_id", "parent_span_id"})
_NO_ID = base64.b64encode(b"?").decode()
"""Stands for an id that is not hex: of a length that no id has."""

WRONG = (ParseError, ValueError, TypeError, AttributeError, OverflowError, RecursionError)
"""What protobuf's JSON reader raises of what it cannot read."""


class Misplaced(ValueError):
    """Something else stands where an object or a list must; `where` is the way to it, as in `.spans[3]`."""

    def __init__(self, wanted: str) -> None:
        super().__init__(f"not {wanted}")
        self.where = ""

    def within(self, step: str) -> None:
        """Puts a step before the way."""
        self.where = step + self.where


class _Kind(Enum):
    SCALAR = 0
    HEX_ID = 1
    OBJECT = 2
    OBJECTS = 3


class _Member(NamedTuple):
    kind: _Kind
    of: Descriptor | None


def shaped(node: object, of: Descriptor) -> dict[str, object]:
    """The object without null and what OTLP does not know, its trace and span ids in base64.

    Raises:
        Misplaced: If it, or something in it, is not the object or list that it must be.
        RecursionError: If it is nested too deep.
    """
    if not isinstance(node, dict):
        raise Misplaced("an object")
    members = _members(of)
    return {
        name: _member(name, value, member)
        for name, value in cast("dict[str, object]", node).items()
        if value is not None and (member := members.get(name)) is not None
    }


def place(node: dict[str, object], of: Descriptor, levels: int = LEVELS) -> str:
    """The way to the first thing in a shaped object that cannot be read; empty if it can be, by itself.

    It goes down so many levels, each of which reads what lies below once more.
    """
    members = _members(of)
    for name, value in node.items():
        if not _reads({name: value}, of):
            inner = members[name].of
            if inner is None:
                return f".{name}"
            return f".{name}{_place_in(value, inner, levels - 1) if levels > 1 else ''}"
    return ""


def _place_in(value: object, of: Descriptor, levels: int) -> str:
    """The same, of the object or list of objects of a member."""
    if isinstance(value, dict):
        return place(cast("dict[str, object]", value), of, levels)
    for index, each in enumerate(cast("list[dict[str, object]]", value)):
        if not _reads(each, of):
            return f"[{index}]{place(each, of, levels)}"
    return ""


def _reads(node: dict[str, object], of: Descriptor) -> bool:
    try:
        ParseDict(node, GetMessageClass(of)())
    except WRONG:
        return False
    return True


def _member(name: str, value: object, member: _Member) -> object:
    match member.kind:
        case _Kind.SCALAR:
            return value
        case _Kind.HEX_ID:
            return _base64(value) if isinstance(value, str) else value
        case _Kind.OBJECT:
            try:
                return shaped(value, cast("Descriptor", member.of))
            except Misplaced as error:
                error.within(f".{name}")
                raise
        case _Kind.OBJECTS:
            return _list(name, value, cast("Descriptor", member.of))
    assert_never(member.kind)


def _list(name: str, value: object, of: Descriptor) -> list[dict[str, object]]:
    index, step = 0, f".{name}"
    try:
        if not isinstance(value, list):
            raise Misplaced("a list")  # noqa: TRY301 - it takes the same step as what is raised within
        each: list[dict[str, object]] = []
        for index, one in enumerate(cast("list[object]", value)):
            step = f".{name}[{index}]"
            each.append(shaped(one, of))
    except Misplaced as error:
        error.within(step)
        raise
    return each


@cache
def _members(of: Descriptor) -> dict[str, _Member]:
    """What may stand in an object, by its JSON name and by its protobuf name."""
    return {name: _kind(field) for field in of.fields for name in (field.json_name, field.name)}


def _kind(field: FieldDescriptor) -> _Member:
    inner = field.message_type
    if inner is not None:
        return _Member(_Kind.OBJECTS if field.is_repeated else _Kind.OBJECT, inner)
    return _Member(_Kind.HEX_ID if field.name in _HEX_IDS else _Kind.SCALAR, None)


def _base64(identity: str) -> str:
    try:
        # `bytes.fromhex` would pass over spaces.
        return base64.b64encode(binascii.unhexlify(identity)).decode("ascii")
    except ValueError:
        return _NO_ID
