"""The body of a response that the application reads raw: JSON, or server-sent events as text."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from kansoku.record.reading import NOTHING, Json, plain

MAX_BYTES = 16 * 1024 * 1024
"""A larger body is not kept: what the call used stays unknown."""

_CONTENT = b"content_block_delta"
_EVENTS = "text/event-stream"
_DATA = b"data:"


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
        """Whether the bytes can be understood: neither compressed nor too many."""
        return not self.overflowed and self.encoding in ("", "identity")

    @property
    def is_stream(self) -> bool:
        """Whether it holds server-sent events."""
        return self.content_type.startswith(_EVENTS)

    def message(self) -> Json:
        """The body as one JSON object, empty where it is none."""
        return _parsed(self.content)

    def events(self) -> Iterator[Json]:
        """The data of each server-sent event, as far as they came.

        Anthropic sends each event's data as one line of JSON.
        """
        for line in self.content.splitlines():
            if line.startswith(_DATA):
                yield _parsed(line[len(_DATA) :])


def _parsed(content: bytes | bytearray) -> Json:
    """The JSON object in the bytes, or an empty one."""
    try:
        return plain(cast("object", json.loads(content)))
    except ValueError:
        return NOTHING
