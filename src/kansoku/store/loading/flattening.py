"""Makes every OTLP value plain: what is a list or a map becomes the JSON text that it is stored as.

A ClickHouse server runs none of our functions, so values deeper than a list of plain ones are
written here before a segment is posted. The rows are the same as where the functions run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1.common_pb2 import AnyValue

from kansoku.store.loading.requests import REQUESTS
from kansoku.store.loading.values import value_json
from kansoku.store.segments import LoadRefused, Signal, frames, varint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.message import Message

_DEEP = frozenset({"array_value", "kvlist_value"})


def flattened(signal: Signal, content: bytes) -> bytes:
    """The same segment with plain values alone; a torn end stays as it is.

    Raises:
        LoadRefused: If a request in it cannot be read.
    """
    out = bytearray()
    end = 0
    for message, after in frames(memoryview(content)):
        try:
            request = REQUESTS[signal].FromString(bytes(message))
        except DecodeError as error:
            raise LoadRefused(str(error)) from error
        _flatten(request)
        body = request.SerializeToString()
        out += varint(len(body)) + body
        end = after
    return bytes(out + content[end:])


def _flatten(message: Message) -> None:
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for one in cast("Iterable[Message]", value) if field.is_repeated else (value,):
            if isinstance(one, AnyValue):
                if one.WhichOneof("value") in _DEEP:
                    one.string_value = value_json(one)
            else:
                _flatten(cast("Message", one))
