"""The body of a response that the application reads raw: JSON, or server-sent events as text."""

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from kansoku.record.reading import NOTHING, Json, plain

MAX_BYTES = 16 * 1024 * 1024
"""A larger body is not kept: what the call used stays unknown."""

_CONTENT = b"content_block_delta"
_EVENTS = "text/event-stream"
_DATA = b"data:"
_PLAIN = frozenset({"", "identity"})
_DEFLATED = frozenset({"gzip", "deflate"})
_ANY_HEADER = 32 + zlib.MAX_WBITS
"""Has zlib find out itself whether the header is gzip's or its own."""


@dataclass(slots=True)
class Body:
    """Bytes of a response, their type, and their content encoding where it is still on them."""

    content_type: str
    content: bytearray = field(default_factory=bytearray)
    encoding: str = ""
    overflowed: bool = False

    def add(self, chunk: bytes) -> bool:
        """Appends bytes; True if they carry content of the model."""
        if len(self.content) + len(chunk) > MAX_BYTES:
            self.overflowed = True
            self.content.clear()
        if self.is_readable:
            self.content += chunk
        return _CONTENT in chunk

    @property
    def is_readable(self) -> bool:
        """Whether the bytes can be understood: not too many, and in no encoding that Python cannot undo."""
        return not self.overflowed and (self.encoding in _PLAIN or self.encoding in _DEFLATED)

    @property
    def is_stream(self) -> bool:
        """Whether it holds server-sent events."""
        return self.content_type.startswith(_EVENTS)

    def message(self) -> Json:
        """The body as one JSON object, empty where it is none."""
        return _parsed(self.decoded())

    def events(self) -> Iterator[Json]:
        """The data of each server-sent event, as far as they came.

        Anthropic sends each event's data as one line of JSON.
        """
        for line in self.decoded().splitlines():
            if line.startswith(_DATA):
                yield _parsed(line[len(_DATA) :])

    def decoded(self) -> bytes | bytearray:
        """The bytes without their content encoding, as far as they came; none where that is broken.

        Bounded: bytes that unfold to more than `MAX_BYTES` are not kept either.
        """
        if self.encoding not in _DEFLATED:
            return self.content
        inflating = zlib.decompressobj(_ANY_HEADER)
        try:
            found = inflating.decompress(self.content, MAX_BYTES)
        except zlib.error:
            return b""
        self.overflowed = self.overflowed or bool(inflating.unconsumed_tail)
        return b"" if self.overflowed else found


def _parsed(content: bytes | bytearray) -> Json:
    """The JSON object in the bytes, or an empty one."""
    try:
        return plain(cast("object", json.loads(content)))
    except ValueError:
        return NOTHING
