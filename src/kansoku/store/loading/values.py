"""JSON of OTLP lists and maps, for the two members of `AnyValue` that ClickHouse cannot read.

Numbers, strings and booleans become themselves, bytes base64 text, an empty value null: what the
OpenTelemetry Collector writes for them.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import TYPE_CHECKING

from opentelemetry.proto.common.v1.common_pb2 import ArrayValue, KeyValueList

if TYPE_CHECKING:
    from opentelemetry.proto.common.v1.common_pb2 import AnyValue

_SHORT = 512  # hex digits; tool names and finish reasons come again and again, prompts do not


def array_json(hex_bytes: str) -> str:
    """A JSON list of the `ArrayValue` whose bytes are given in hex."""
    return _short_array(hex_bytes) if len(hex_bytes) <= _SHORT else _array(hex_bytes)


def map_json(hex_bytes: str) -> str:
    """A JSON object of the `KeyValueList` whose bytes are given in hex."""
    return _text(_members(KeyValueList.FromString(bytes.fromhex(hex_bytes))))


def value_json(value: AnyValue) -> str:
    """The JSON text of a value, as the others make it of a list and of a map."""
    return _text(_plain(value))


def _array(hex_bytes: str) -> str:
    return _text(_elements(ArrayValue.FromString(bytes.fromhex(hex_bytes))))


_short_array = lru_cache(maxsize=4096)(_array)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _elements(array: ArrayValue) -> list[object]:
    return [_plain(value) for value in array.values]


def _members(members: KeyValueList) -> dict[str, object]:
    return {member.key: _plain(member.value) for member in members.values}


def _plain(value: AnyValue) -> object:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return _elements(value.array_value)
        case "kvlist_value":
            return _members(value.kvlist_value)
        case "bytes_value":
            return base64.b64encode(value.bytes_value).decode("ascii")
        case name:
            return getattr(value, name)
