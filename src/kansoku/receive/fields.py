"""Protobuf divided into its fields by hand, for messages that the library refuses as a whole."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from google.protobuf.message import DecodeError
from google.protobuf.message_factory import GetMessageClass

from kansoku.errors import Malformed
from kansoku.store.segments import varint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.descriptor import Descriptor

LEVELS = 6
"""A fault's way is told so far: each level reads all below it again, and senders may nest far deeper."""

_MOST_FIELDS = 200_000  # looked at one by one, in Python
_MOST_ON_THE_WAY = 20_000
_BYTES = 2  # the wire type of what has a length
_LONGEST_VARINT = 10


class Torn(Malformed):
    """The bytes do not divide into fields."""


class Field(NamedTuple):
    """One field as it stands in a message."""

    number: int
    whole: bytes
    value: bytes | None
    """What it holds, if it is of the type that has a length."""


class Fields:
    """Divides messages into their fields, never into more than a cap altogether."""

    def __init__(self, most: int = _MOST_FIELDS) -> None:
        self._most = self._left = most

    def of(self, message: bytes) -> Iterator[Field]:
        """The fields of a message.

        Raises:
            Torn: If it does not divide into any.
            Malformed: If they are too many.
        """
        start = 0
        while start < len(message):
            self._left -= 1
            if self._left < 0:
                raise Malformed(
                    f"the body cannot be read and has over {self._most} fields: send smaller batches"
                )
            one = _field_at(message, start)
            yield one
            start += len(one.whole)


def field(number: int, value: bytes) -> bytes:
    """A field that holds this."""
    return varint(number << 3 | _BYTES) + varint(len(value)) + value


def way(message: bytes, of: Descriptor) -> str:
    """The way to the first thing in a message that cannot be read, as in `.attributes[2].value.stringValue`.

    Empty, if it can be read by itself or is not divided into fields. It is no longer than `LEVELS`.
    """
    try:
        return _way(message, of, Fields(_MOST_ON_THE_WAY), LEVELS)
    except Malformed:
        return ""


def _way(message: bytes, of: Descriptor, fields: Fields, levels: int) -> str:
    before: Counter[int] = Counter()
    for one in fields.of(message):
        held = of.fields_by_number.get(one.number)
        index = before[one.number]
        before[one.number] += 1
        if held is None or _reads(one.whole, of):
            continue
        step = f".{held.json_name}[{index}]" if held.is_repeated else f".{held.json_name}"
        inner = held.message_type
        if inner is None or one.value is None or levels == 1:
            return step
        try:
            return step + _way(one.value, inner, fields, levels - 1)
        except Torn:
            return step
    return ""


def _reads(message: bytes, of: Descriptor) -> bool:
    try:
        GetMessageClass(of).FromString(message)
    except DecodeError:
        return False
    return True


def _field_at(message: bytes, start: int) -> Field:
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
            raise Torn(f"the body is not protobuf: wire type {other} at a place for items")
    if end > len(message):
        raise Torn("the body is not protobuf: it ends within a field")
    return Field(tag >> 3, message[start:end], value)


def _varint(message: bytes, start: int) -> tuple[int, int]:
    """A number and where it ends."""
    number = 0
    for index, byte in enumerate(message[start : start + _LONGEST_VARINT]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says another byte follows
            return number, start + index + 1
    raise Torn("the body is not protobuf: it ends within a number")
