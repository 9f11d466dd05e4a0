"""What can be read of a request that cannot be read as a whole.

One text that is not UTF-8 makes protobuf refuse the request it stands in. Where the frames around the items
are sound, each item is tried by itself, so that the others are not lost with it.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from google.protobuf.message import DecodeError

from kansoku.errors import Malformed
from kansoku.receive.items import Fault
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Signal, varint

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTS = (1, 2, 2)
"""The numbers of groups in a request, scopes in a group and items in a scope, for every signal."""
_ITEM = 2
_KINDS = frozenset({5, 7, 9, 10, 11})  # what a metric's points lie in
_POINT = 1
_MOST_ITEMS = 20_000  # each is parsed by itself, and a bad request should not cost more than a good one
_MOST_FIELDS = 200_000  # looked at one by one, in Python
_BYTES = 2  # the wire type of what has a length
_LONGEST_VARINT = 10


def salvaged(signal: Signal, body: bytes) -> tuple[bytes, Counter[Fault]]:
    """The request without the items that cannot be read, and how many those are.

    Raises:
        Malformed: If the frames around them are broken, or they are too many to try each.
    """
    salvage = _Salvage(signal)
    kept = salvage.level(body, 0)
    return kept, Counter({Fault.UNREADABLE: salvage.lost})


class _Salvage:
    """Goes down the three levels of a request and counts items and those lost."""

    def __init__(self, signal: Signal) -> None:
        self._signal = signal
        self._fields = _Fields()
        self.items = 0
        self.lost = 0

    def level(self, body: bytes, depth: int) -> bytes:
        """What is left of a request, group or scope; nothing if what all its items share is unreadable."""
        items, lost = self.items, self.lost
        shared, kept = bytearray(), bytearray()
        for one in self._fields.of(body):
            if one.number != _LISTS[depth] or one.value is None:
                shared += one.whole
            elif depth == _ITEM:
                kept += self._item(one.whole, one.value)
            elif inner := self.level(one.value, depth + 1):
                kept += _field(_LISTS[depth], inner)
        if self._reads(bytes(shared), depth):
            return bytes(shared + kept)
        # What has no items is lost too, and the emitter is told.
        self.lost = lost + max(self.items - items, 1)
        return b""

    def _item(self, whole: bytes, value: bytes) -> bytes:
        count = self._points(value) if self._signal is Signal.METRICS else 1
        self.items += count
        if self.items > _MOST_ITEMS:
            raise Malformed(f"the body cannot be read and has over {_MOST_ITEMS} items: send smaller batches")
        if self._reads(whole, _ITEM):
            return whole
        self.lost += count
        return b""

    def _reads(self, fields: bytes, depth: int) -> bool:
        """Whether fields can be read where they stand: as deep in a request as they were."""
        for number in reversed(_LISTS[:depth]):
            fields = _field(number, fields)
        try:
            REQUESTS[self._signal].FromString(fields)
        except DecodeError:
            return False
        return True

    def _points(self, metric: bytes) -> int:
        """How many data points a metric has; at least one, as it is an item that is lost with it."""
        try:
            points = sum(
                inner.number == _POINT
                for outer in self._fields.of(metric)
                if outer.number in _KINDS and outer.value is not None
                for inner in self._fields.of(outer.value)
            )
        except _Torn:
            return 1
        return points or 1


class _Torn(Malformed):
    """The bytes do not divide into fields."""


class _Field(NamedTuple):
    number: int
    whole: bytes
    value: bytes | None
    """What it holds, if it is of the type that has a length."""


class _Fields:
    """Divides messages into their fields, never into more than a cap altogether."""

    def __init__(self) -> None:
        self._left = _MOST_FIELDS

    def of(self, message: bytes) -> Iterator[_Field]:
        """The fields of a message.

        Raises:
            Malformed: If they are too many, or it does not divide into any.
        """
        start = 0
        while start < len(message):
            self._left -= 1
            if self._left < 0:
                raise Malformed(
                    f"the body cannot be read and has over {_MOST_FIELDS} fields: send smaller batches"
                )
            one = _field_at(message, start)
            yield one
            start += len(one.whole)


def _field_at(message: bytes, start: int) -> _Field:
    tag, place = _varint(message, start)
    end, value = place, None
    match tag & 7:
        case 0:  # a varint
            _, end = _varint(message, place)
        case 1:
            end = place + 8
        case 2:
            length, place = _varint(message, place)
            end = place + length
            value = message[place:end]
        case 5:
            end = place + 4
        case other:
            raise _Torn(f"the body is not protobuf: wire type {other} at a place for items")
    if end > len(message):
        raise _Torn("the body is not protobuf: it ends within a field")
    return _Field(tag >> 3, message[start:end], value)


def _varint(message: bytes, start: int) -> tuple[int, int]:
    """A number and where it ends."""
    number = 0
    for index, byte in enumerate(message[start : start + _LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says another byte follows
            return number, start + index + 1
    raise _Torn("the body is not protobuf: it ends within a number")


def _field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | _BYTES) + varint(len(value)) + value
