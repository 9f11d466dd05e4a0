"""Protobuf's wire format, as far as OTLP's spans and log records need it.

OpenTelemetry's own encoder builds an object per attribute and cost about 60 µs of CPU a span here, more than
all else that is done to a call. Numbers and tags: protobuf.dev, "Encoding"; `common.proto` of OTLP 1.x.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

Value = str | bool | int | float | tuple[str, ...]
"""What an attribute of ours may hold."""

_double = struct.Struct("<d").pack
_fixed64 = struct.Struct("<Q").pack
_fixed32 = struct.Struct("<I").pack
_ONE_BYTE = 128
_TWO_BYTES = 1 << 14
_SINGLE = [bytes((number,)) for number in range(_ONE_BYTE)]
_INT64 = 1 << 63
_UINT64_MASK = 2 * _INT64 - 1


def varint(number: int) -> bytes:
    """A whole number, not negative, in as few bytes as it needs."""
    if number < _ONE_BYTE:
        return _SINGLE[number]
    if number < _TWO_BYTES:
        return (number & 0x7F | 0x80 | number >> 7 << 8).to_bytes(2, "little")
    parts = bytearray()
    while number >= _ONE_BYTE:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def tag(field: int, wire_type: int) -> bytes:
    """What stands before a field's content; wire types: 0 varint, 1 eight bytes, 2 with a length, 5 four."""
    return varint(field << 3 | wire_type)


def sized(field_tag: bytes, content: bytes) -> bytes:
    """A field whose content carries its length: bytes, text, a message."""
    size = len(content)
    return field_tag + (_SINGLE[size] if size < _ONE_BYTE else varint(size)) + content


def fixed64(field_tag: bytes, number: int) -> bytes:
    """A field of eight bytes, unsigned; a number that does not fit loses its upper bits."""
    return field_tag + _fixed64(number & _UINT64_MASK)


def fixed32(field_tag: bytes, number: int) -> bytes:
    """A field of four bytes, unsigned."""
    return field_tag + _fixed32(number)


def utf8(text: str) -> bytes:
    """The text in UTF-8; half of a surrogate pair, which has no encoding, becomes a question mark."""
    return text.encode("utf-8", "replace")


def any_value(value: object) -> bytes:
    """OTLP's `AnyValue`: text, truth, whole or broken number, a sequence of those, else the value's text."""
    encode = _ENCODERS.get(value.__class__)  # four times as fast as a `match`, and there are twenty a span
    return _text(str(value)) if encode is None else encode(value)


def _text(value: str) -> bytes:
    """A text."""
    return sized(b"\x0a", utf8(value))


def _truth(value: bool) -> bytes:  # noqa: FBT001  the value that is encoded
    """A truth."""
    return b"\x10\x01" if value else b"\x10\x00"


def _whole(value: int) -> bytes:
    """A whole number of 64 bits; a larger one as text."""
    return b"\x18" + varint(value & _UINT64_MASK) if -_INT64 <= value < _INT64 else _text(str(value))


def _broken(value: float) -> bytes:
    """A number of double precision."""
    return b"\x21" + _double(value)


def _sequence(value: Sequence[object]) -> bytes:
    """A sequence of values."""
    return sized(b"\x2a", b"".join([sized(b"\x0a", any_value(each)) for each in value]))


_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _broken,
    tuple: _sequence,
    list: _sequence,
}


def key_values(field_tag: bytes, attributes: Mapping[str, object]) -> bytes:
    """A `KeyValue` field per attribute."""
    return b"".join([attribute_encoder(field_tag, key)(value) for key, value in attributes.items()])


@lru_cache(maxsize=1024)
def attribute_encoder(field_tag: bytes, key: str) -> Callable[[object], bytes]:
    """What makes a `KeyValue` field of a value under this key, texts and numbers quickly."""
    head = sized(b"\x0a", utf8(key)) + b"\x12"
    broken_head = sized(field_tag, head + b"\x09\x21" + bytes(8))[:-8]
    longest = _ONE_BYTE - len(head) - _AROUND_TEXT
    texts = [
        field_tag + _SINGLE[size + len(head) + 3] + head + _SINGLE[size + 2] + b"\x0a" + _SINGLE[size]
        for size in range(max(0, longest))
    ]
    whole_heads = [
        sized(field_tag, head + _SINGLE[size + 1] + b"\x18" + bytes(size))[:-size]
        for size in range(1, _LONGEST_WHOLE + 1)
    ]

    def encode(value: object) -> bytes:
        if type(value) is str:
            content = utf8(value)
            if len(content) < longest:
                return texts[len(content)] + content
        elif type(value) is int:
            if 0 <= value < _ONE_BYTE:
                return whole_heads[0] + _SINGLE[value]
            if 0 <= value < _INT64:
                content = varint(value)
                return whole_heads[len(content) - 1] + content
        elif type(value) is float:
            return broken_head + _double(value)
        content = any_value(value)
        return sized(field_tag, head + varint(len(content)) + content)

    return encode


_LONGEST_WHOLE = 9
"""Bytes of the largest whole number of 63 bits."""

_AROUND_TEXT = 3
"""Bytes of a short text's attribute beside its key and itself: two lengths and a tag."""
