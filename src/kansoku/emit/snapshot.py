"""A value of the application's as plain JSON values, copied at once: it may change a moment later.

Never raises, never loops: depth and size have bounds, and what cannot be read is named instead.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import cast
from uuid import UUID

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MAX_DEPTH = 8
MAX_ITEMS = 200
MAX_NODES = 2_000
MAX_BYTES = 65_536

CYCLE = "<CYCLE>"
TOO_DEEP = "<TOO_DEEP>"
TOO_MANY = "<TOO_MANY>"
UNREADABLE = "<UNREADABLE>"

_EXACT = 2**63
"""Whole numbers from here on are written as text: readers of JSON keep 64 bits at most."""


def snapshot(value: object) -> Json:
    """The value in plain lists, dicts, texts and finite numbers; strings are whole and unredacted."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return cast("Json", value)
    return _Copy().of(value, MAX_DEPTH)


def text_of(value: object) -> str:
    """`str` of it, or a mark where that raises."""
    try:
        return str.__str__(str(value))
    except Exception:
        return UNREADABLE


class _Copy:
    """One copy under way: how many values it may still hold, and the containers it is inside of."""

    def __init__(self) -> None:
        self._left = MAX_NODES
        self._open: set[int] = set()

    def of(self, value: object, depth: int) -> Json:
        """The value's copy, with `depth` levels left."""
        self._left -= 1
        if self._left < 0:
            return TOO_MANY
        try:
            if isinstance(value, str | bytes | bytearray | int | float | Enum | None):
                return self._simple(value, depth)
            return self._nested(value, depth)
        except Exception:
            return UNREADABLE

    def _simple(self, value: str | bytes | bytearray | float | Enum | None, depth: int) -> Json:
        """A value without members."""
        if isinstance(value, Enum):
            return self.of(value.value, depth)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if isinstance(value, bytes | bytearray):
            return _decoded(value)
        return _number(value)

    def _nested(self, value: object, depth: int) -> Json:
        """A container's copy, or another object's text."""
        if id(value) in self._open:
            return CYCLE
        if depth == 0:
            return TOO_DEEP
        self._open.add(id(value))
        try:
            return self._members(value, depth - 1)
        finally:
            self._open.discard(id(value))

    def _members(self, value: object, depth: int) -> Json:
        """What it holds."""
        if isinstance(value, Mapping):
            return self._dict(cast("Mapping[object, object]", value).items(), depth)
        names: object = _names_of(value)
        if isinstance(names, tuple):
            pairs = zip(cast("tuple[object, ...]", names), cast("tuple[object, ...]", value), strict=False)
            return self._dict(pairs, depth)
        if isinstance(value, list | tuple | set | frozenset):
            return self._list(cast("Iterable[object]", value), depth)
        told = _told_fields(value)
        return _told(value) if told is None else self._dict(told, depth)

    def _dict(self, items: Iterable[tuple[object, object]], depth: int) -> Json:
        """Keys as text, values copied."""
        kept: dict[str, Json] = {}
        for key, item in items:
            if len(kept) >= MAX_ITEMS or self._left <= 0:
                kept[TOO_MANY] = True
                break
            kept[_key(key)] = self.of(item, depth)
        return kept

    def _list(self, items: Iterable[object], depth: int) -> Json:
        """Items copied."""
        kept: list[Json] = []
        for item in items:
            if len(kept) >= MAX_ITEMS or self._left <= 0:
                kept.append(TOO_MANY)
                break
            kept.append(self.of(item, depth))
        return kept


def _names_of(value: object) -> object:
    """A named tuple's names."""
    return getattr(cast("object", value), "_fields", None) if isinstance(value, tuple) else None


def _told_fields(value: object) -> list[tuple[object, object]] | None:
    """The fields of a dataclass or pydantic model (without importing it) that its `repr` shows; else None."""
    if is_dataclass(value) and not isinstance(value, type):
        if not _has_own_repr(type(value)):
            return [(each.name, getattr(value, each.name)) for each in fields(value) if each.repr]
    elif isinstance(known := getattr(type(value), "model_fields", None), Mapping):
        hidden = {
            name
            for name, each in cast("Mapping[str, object]", known).items()
            if not getattr(each, "repr", True) or getattr(each, "exclude", None)
        }
        more = cast("dict[str, object]", getattr(value, "__pydantic_extra__", None) or {})
        return [(name, item) for name, item in (*vars(value).items(), *more.items()) if name not in hidden]
    return None


def _has_own_repr(kind: type) -> bool:
    """Whether a dataclass was told to leave `repr` alone, perhaps because its own one hides something."""
    return not getattr(getattr(kind, "__dataclass_params__", None), "repr", True)


def length(value: Json) -> int:
    """How much there is to hold: characters, and one for every other value."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(key) + length(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(length, value))
    return 1


def _number(value: float) -> Json:
    """A number that JSON has; others as text."""
    if isinstance(value, int):
        whole = int(value)
        return whole if -_EXACT < whole < _EXACT else text_of(whole)
    return float(value) if math.isfinite(value) else text_of(float(value))


def _decoded(value: bytes | bytearray) -> str:
    """Bytes as the text they most likely are; too many are not looked at."""
    return value.decode("utf-8", "replace") if len(value) <= MAX_BYTES else f"<{len(value)} BYTES>"


def _key(key: object) -> str:
    """A mapping's key as text."""
    return str.__str__(key) if isinstance(key, str) else text_of(key)


def _told(value: object) -> str:
    """An object by its own words: exceptions, times, ids and paths as users read them, others by `repr`."""
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta | UUID | Decimal | PurePath):
        return str(value)
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {text_of(value)}"
    return str.__str__(repr(value))
