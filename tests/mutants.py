"""Requests with something wrong in them: real ones, broken in the ways that break decoders.

Frames around a change are mended mostly, so that the change reaches what lies deep and not only the first
length.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kansoku.store.segments import varint

if TYPE_CHECKING:
    from collections.abc import Callable

_FIXED = {1: 8, 5: 4}
_LENGTH = 2


@dataclass(slots=True)
class _Field:
    number: int
    wire: int
    value: bytes

    def bytes(self) -> bytes:
        """It as it stands in a message."""
        head = varint(self.number << 3 | self.wire)
        return head + (varint(len(self.value)) if self.wire == _LENGTH else b"") + self.value


def mutant(seed: int, body: bytes) -> bytes:
    """The body with one to three changes; the same for the same seed."""
    chance = random.Random(seed)
    for _ in range(chance.choice((1, 1, 2, 3))):
        raw = chance.random() < 0.1
        body = chance.choice(_RAW)(chance, body) if raw else _changed(chance, body)
    return body


def _changed(chance: random.Random, message: bytes) -> bytes:
    """The message with one of its fields changed, or a field of that, at any depth."""
    fields = _fields(message)
    if not fields:
        return chance.choice(_RAW)(chance, message)
    place = chance.randrange(len(fields))
    field = fields[place]
    if field.wire == _LENGTH and field.value and chance.random() < 0.75:
        field.value = _changed(chance, field.value)
        return b"".join(one.bytes() for one in fields)
    parts = [one.bytes() for one in fields]
    parts[place] = chance.choice(_FIELD)(chance, field)
    return b"".join(parts)


def _fields(message: bytes) -> list[_Field]:
    """The fields of a message; none if it is not one."""
    fields: list[_Field] = []
    start = 0
    while start < len(message):
        tag, place = _number(message, start)
        wire = tag & 7
        if wire == 0:
            _, end = _number(message, place)
        elif wire == _LENGTH:
            length, place = _number(message, place)
            end = place + length
        elif wire in _FIXED:
            end = place + _FIXED[wire]
        else:
            return []
        if place == 0 or end == 0 or end > len(message) or tag < 8:
            return []
        fields.append(_Field(tag >> 3, wire, message[place:end]))
        start = end
    return fields


def _number(message: bytes, start: int) -> tuple[int, int]:
    """A varint and where it ends; nowhere (0) if it does not."""
    number = 0
    for index, byte in enumerate(message[start : start + 10]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return number, start + index + 1
    return 0, 0


def _flipped(chance: random.Random, body: bytes) -> bytes:
    if not body:
        return bytes([chance.randrange(256)])
    changed = bytearray(body)
    changed[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut(chance: random.Random, body: bytes) -> bytes:
    return body[: chance.randrange(len(body) + 1)]


def _without(chance: random.Random, body: bytes) -> bytes:
    start = chance.randrange(len(body) + 1)
    return body[:start] + body[start + chance.randrange(1, 9) :]


def _with(chance: random.Random, body: bytes) -> bytes:
    start = chance.randrange(len(body) + 1)
    return body[:start] + chance.randbytes(chance.randrange(1, 9)) + body[start:]


_RAW: tuple[Callable[[random.Random, bytes], bytes], ...] = (_flipped, _cut, _without, _with)


def _twice(_: random.Random, field: _Field) -> bytes:
    return field.bytes() * 2


def _gone(_: random.Random, field: _Field) -> bytes:
    del field
    return b""


def _of_another_type(chance: random.Random, field: _Field) -> bytes:
    wire = chance.choice((0, 1, 2, 5))
    value = varint(chance.getrandbits(chance.choice((1, 7, 31, 63)))) if wire == 0 else b""
    value = chance.randbytes(_FIXED[wire]) if wire in _FIXED else value
    return _Field(field.number, wire, value or field.value).bytes()


def _of_another_number(chance: random.Random, field: _Field) -> bytes:
    return _Field(chance.choice((*range(1, 17), 99, 2**28)), field.wire, field.value).bytes()


def _huge(chance: random.Random, field: _Field) -> bytes:
    """A number longer or larger than its type has room for, or a length past all ends."""
    number = chance.choice((b"\xff" * 9 + b"\x01", b"\xff" * 9 + b"\x7f", b"\x80" * 9 + b"\x00", b"\xff" * 5))
    return varint(field.number << 3 | chance.choice((0, _LENGTH))) + number


_NOT_TEXT = (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\xe3\x81")


def _not_text(chance: random.Random, field: _Field) -> bytes:
    bad = chance.choice(
        (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x00", b"\xe3\x81")
    )
    return _Field(field.number, _LENGTH, field.value + bad).bytes()


def _nested(chance: random.Random, field: _Field) -> bytes:
    """The value in lists, or maps, of themselves: few or hundreds of levels."""
    value = b""
    for _ in range(chance.choice((1, 2, 5, 40, 46, 50, 120, 400))):
        inner = varint(1 << 3 | _LENGTH) + varint(len(value)) + value
        value = varint(chance.choice((5, 5, 6)) << 3 | _LENGTH) + varint(len(inner)) + inner
    return _Field(field.number, _LENGTH, value).bytes()


def _group(chance: random.Random, field: _Field) -> bytes:
    """A group of a number that OTLP has not; of one that it has, ClickHouse makes a row (see ADR 12)."""
    number = field.number + 100
    start, end = number << 3 | 3, (number + chance.choice((0, 0, 1))) << 3 | 4
    return varint(start) + chance.choice((b"", field.bytes())) + varint(end)


def _shaken(chance: random.Random, field: _Field) -> bytes:
    return _Field(field.number, field.wire, chance.choice(_RAW)(chance, field.value)).bytes()


_FIELD: tuple[Callable[[random.Random, _Field], bytes], ...] = (
    _twice,
    _gone,
    _of_another_type,
    _of_another_number,
    _huge,
    _not_text,
    _nested,
    _group,
    _shaken,
)
