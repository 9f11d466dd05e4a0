"""Protobuf's wire format, as far as OTLP's spans and log records need it.

OpenTelemetry's own encoder builds an object per attribute and cost about 60 µs of CPU a span here, more than
all else that is done to a call. Numbers and tags: protobuf.dev, "Encoding"; `common.proto` of OTLP 1.x.
"""

import struct
from collections.abc import Mapping
from functools import lru_cache
from typing import cast

Value = str | bool | int | float | tuple[str, ...]
"""What an attribute of ours may hold."""

_double = struct.Struct("<d").pack
_fixed64 = struct.Struct("<Q").pack
_fixed32 = struct.Struct("<I").pack
_SINGLE = [bytes((number,)) for number in range(128)]
_INT64 = 1 << 63
_REMEMBERED = 64


def varint(number: int) -> bytes:
    """A whole number, not negative, in as few bytes as it needs."""
    if number < 128:  # noqa: PLR2004  one byte holds seven bits
        return _SINGLE[number]
    parts = bytearray()
    while number > 127:  # noqa: PLR2004
        parts.append(number & 127 | 128)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def tag(field: int, wire_type: int) -> bytes:
    """What stands before a field's content; wire types: 0 varint, 1 eight bytes, 2 with a length, 5 four."""
    return varint(field << 3 | wire_type)


def sized(field_tag: bytes, content: bytes) -> bytes:
    """A field whose content carries its length: bytes, text, a message."""
    return field_tag + varint(len(content)) + content


def fixed64(field_tag: bytes, number: int) -> bytes:
    """A field of eight bytes, unsigned; a number that does not fit loses its upper bits."""
    return field_tag + _fixed64(number & (2 * _INT64 - 1))


def fixed32(field_tag: bytes, number: int) -> bytes:
    """A field of four bytes, unsigned."""
    return field_tag + _fixed32(number)


def utf8(text: str) -> bytes:
    """The text in UTF-8; half of a surrogate pair, which has no encoding, becomes a question mark."""
    return text.encode("utf-8", "replace")


def any_value(value: object) -> bytes:
    """OTLP's `AnyValue`: text, truth, whole or broken number, a sequence of those, else the value's text."""
    match value:
        case str():
            return sized(b"\x0a", utf8(value))
        case bool():
            return b"\x10\x01" if value else b"\x10\x00"
        case int() if -_INT64 <= value < _INT64:
            return b"\x18" + varint(value & (2 * _INT64 - 1))
        case float():
            return b"\x21" + _double(value)
        case tuple() | list():
            members = b"".join(sized(b"\x0a", any_value(each)) for each in cast("tuple[object, ...]", value))
            return sized(b"\x2a", members)
        case _:
            return sized(b"\x0a", utf8(str(value)))


def key_values(field_tag: bytes, attributes: Mapping[str, object]) -> bytes:
    """A `KeyValue` field per attribute."""
    return b"".join(
        [
            sized(field_tag, _remembered(key, value) if _repeats(value) else _pair(key, value))
            for key, value in attributes.items()
        ]
    )


def _repeats(value: object) -> bool:
    """Whether the same value is likely to come again: short texts and truths."""
    return isinstance(value, bool) or (isinstance(value, str) and len(value) <= _REMEMBERED)


def _pair(key: str, value: object) -> bytes:
    """A `KeyValue` message."""
    return _key(key) + sized(b"\x12", any_value(value))


@lru_cache(maxsize=4096, typed=True)
def _remembered(key: str, value: object) -> bytes:
    """A `KeyValue` message that was made before. Typed: `True` and 1 are one key otherwise."""
    return _pair(key, value)


@lru_cache(maxsize=1024)
def _key(key: str) -> bytes:
    """The key of a `KeyValue` message."""
    return sized(b"\x0a", utf8(key))
