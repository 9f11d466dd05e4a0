"""AWS event streams, in which Bedrock sends a stream: frames of headers and a payload, each with checksums.

A frame is, in big-endian order: its length and that of its headers (4 bytes each), the CRC-32 of these,
the headers, the payload, and the CRC-32 of all before. Source: `vnd.amazon.eventstream`, Smithy's
specification of Amazon Event Stream. Bedrock's payload is `{"bytes": …}`, an event of the Messages API in
base64; a frame whose `:message-type` is `exception` or `error` tells that the call failed, and ends it.
"""

import json
import struct
import zlib
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from kansoku.record.events import ERROR
from kansoku.record.reading import NOTHING, Json, plain, text

MAX_FRAME: Final = 16 * 1024 * 1024
"""Bytes of the longest frame that is waited for; one that says it is longer is broken."""

_PRELUDE: Final = struct.Struct(">III")
_NUMBER: Final = struct.Struct(">I")
_SHORT: Final = struct.Struct(">H")
_LEAST: Final = _PRELUDE.size + _NUMBER.size

_STRING: Final = 7
_BYTES: Final = 6
_FIXED: Final = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type, where that alone says it; of the others two bytes say it first."""


@dataclass(slots=True)
class EventStream:
    """The events of a stream whose bytes come in any cut. Neither method raises.

    Attributes:
        is_broken: Whether a frame came that is none, or whose checksum is wrong. Nothing is read after it.
    """

    is_broken: bool = False
    _waiting: bytearray = field(default_factory=bytearray)

    def add(self, chunk: bytes | bytearray) -> None:
        """Bytes came."""
        if not self.is_broken:
            self._waiting += chunk

    def events(self) -> Iterator[Json]:
        """The events whose frames are complete and that were not given yet.

        An exception is given as the API's own `error` event.
        """
        while (length := self._length()) is not None:
            frame = bytes(self._waiting[:length])
            del self._waiting[:length]
            headers = _headers(frame)
            if headers is None:
                self._break()
                return
            yield _event(headers, frame[_PRELUDE.size + _PRELUDE.unpack_from(frame)[1] : -_NUMBER.size])

    def _length(self) -> int | None:
        """Bytes of the next frame, or None while it is not there whole."""
        if len(self._waiting) < _PRELUDE.size:
            return None
        length, of_headers, checksum = _PRELUDE.unpack_from(self._waiting)
        if zlib.crc32(self._waiting[:8]) != checksum or not _LEAST + of_headers <= length <= MAX_FRAME:
            self._break()
            return None
        return length if len(self._waiting) >= length else None

    def _break(self) -> None:
        """Nothing after this can be trusted."""
        self.is_broken = True
        self._waiting.clear()


def _headers(frame: bytes) -> Mapping[str, str] | None:
    """A frame's headers that are strings; None where the frame is broken."""
    end = len(frame) - _NUMBER.size
    if zlib.crc32(memoryview(frame)[:end]) != _NUMBER.unpack_from(frame, end)[0]:
        return None
    start = _PRELUDE.size
    try:
        return dict(_strings(frame[start : start + _PRELUDE.unpack_from(frame)[1]]))
    except (struct.error, IndexError, KeyError, ValueError):
        return None


def _strings(headers: bytes) -> Iterator[tuple[str, str]]:
    """Names and values of those that are strings.

    Raises:
        struct.error, IndexError, KeyError, ValueError: They are no headers.
    """
    at = 0
    while at < len(headers):
        named = at + 1 + headers[at]
        kind = headers[named]
        begin = named + 1
        if kind in {_BYTES, _STRING}:
            length = _SHORT.unpack_from(headers, begin)[0]
            begin += _SHORT.size
        else:
            length = _FIXED[kind]
        name, value, at = headers[at + 1 : named], headers[begin : begin + length], begin + length
        if at > len(headers):
            raise ValueError("a header is longer than all of them")
        if kind == _STRING:
            yield name.decode(), value.decode()


def _event(headers: Mapping[str, str], payload: bytes) -> Json:
    """What a frame tells; nothing where it is of a kind that nobody foresaw."""
    told = _parsed(payload)
    match headers.get(":message-type"):
        case "exception":
            return _failed(headers.get(":exception-type", ""), text(told, "message") or text(told, "Message"))
        case "error":
            return _failed(headers.get(":error-code", ""), headers.get(":error-message", ""))
        case _:
            return _parsed(_bytes(told))


def _failed(kind: str, message: str) -> Json:
    """An error as the API's streams tell it."""
    return {"type": ERROR, "error": {"type": kind, "message": message}}


def _bytes(told: Json) -> bytes:
    """The bytes in a payload."""
    try:
        return b64decode(text(told, "bytes"))
    except ValueError:
        return b""


def _parsed(content: bytes) -> Json:
    """The JSON object in the bytes, or an empty one."""
    try:
        return plain(cast("object", json.loads(content)))
    except (ValueError, RecursionError):
        return NOTHING
