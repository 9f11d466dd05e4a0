"""The body of a response that the application reads raw: JSON, server-sent events, or an AWS event stream."""

import json
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from kansoku.record.event_stream import EventStream
from kansoku.record.events import CONTENT_DELTA, type_of
from kansoku.record.reading import NOTHING, Json, plain

MAX_BYTES = 16 * 1024 * 1024
"""A larger body is not kept: what the call used stays unknown."""

_CONTENT = b"content_block_delta"
_EVENTS = "text/event-stream"
_FRAMES = "application/vnd.amazon.eventstream"
_TOLD = (_EVENTS, _FRAMES, "application/json", "application/x-jsonl", "application/binary")
"""Types in which the API tells what it did: the second is Bedrock's, the last two are a batch's results."""
_DATA = b"data:"
_PLAIN = frozenset({"", "identity"})
_DEFLATED = frozenset({"gzip", "deflate"})
_ZSTD = "zstd"
_ANY_HEADER = 32 + zlib.MAX_WBITS
"""Has zlib find out itself whether the header is gzip's or its own."""


@dataclass(slots=True)
class Body:
    """Bytes of a response, their type, and their content encoding where it is still on them.

    Attributes:
        overflowed: Whether they were too many to be kept.
        is_broken: Whether frames of an AWS event stream were no such; known once `events` were read.
    """

    content_type: str
    content: bytes | bytearray = field(default_factory=bytearray)
    encoding: str = ""
    overflowed: bool = False
    is_broken: bool = False
    _first: EventStream | None = None
    """Looks for the first content of a stream of frames, and is done then: base64 hides it."""

    def __post_init__(self) -> None:
        if self._is_frames and self.encoding in _PLAIN:
            self._first = EventStream()

    @classmethod
    def whole(cls, content_type: str, content: bytes) -> "Body":
        """Of bytes that are there already, without a copy; none of them where they are too many."""
        overflowed = len(content) > MAX_BYTES
        return cls(content_type, b"" if overflowed else content, overflowed=overflowed)

    def add(self, chunk: bytes) -> bool:
        """Appends bytes; True if they carry content of the model, in frames the first."""
        if len(self.content) + len(chunk) > MAX_BYTES:
            self.overflowed = True
            self.content = b""
        if self.is_readable and self.is_told:
            self.content += chunk
        return _CONTENT in chunk if self._first is None else self._is_first(self._first, chunk)

    def _is_first(self, frames: EventStream, chunk: bytes) -> bool:
        """Whether the first content came."""
        frames.add(chunk)
        found = any(type_of(event) == CONTENT_DELTA for event in frames.events())
        if found or frames.is_broken:
            self._first = None
        return found

    @property
    def is_readable(self) -> bool:
        """Whether the bytes can be understood: not too many, and in no encoding that Python cannot undo."""
        known = self.encoding in _PLAIN or self.encoding in _DEFLATED or self.encoding == _ZSTD
        return known and not self.overflowed

    @property
    def is_told(self) -> bool:
        """Whether it is of a type in which the API tells what it did; a file is not kept."""
        return self.content_type.startswith(_TOLD)

    @property
    def is_stream(self) -> bool:
        """Whether it holds a stream's events."""
        return self.content_type.startswith((_EVENTS, _FRAMES))

    @property
    def _is_frames(self) -> bool:
        """Whether they are in the frames of an AWS event stream."""
        return self.content_type.startswith(_FRAMES)

    def message(self) -> Json:
        """The body as one JSON object, empty where it is none."""
        return _parsed(self.decoded())

    def events(self) -> Iterator[Json]:
        """The data of each event of a stream, as far as they came.

        Anthropic sends each event's data as one line of JSON, Bedrock in a frame.
        """
        if self._is_frames:
            frames = EventStream()
            frames.add(self.decoded())
            yield from frames.events()
            self.is_broken = frames.is_broken
            return
        for line in self.decoded().splitlines():
            if line.startswith(_DATA):
                yield _parsed(line[len(_DATA) :])

    def decoded(self) -> bytes | bytearray:
        """The bytes without their content encoding, as far as they came; none where that is broken.

        Bounded: bytes that unfold to more than `MAX_BYTES` are not kept either.
        """
        if self.encoding in _PLAIN:
            return self.content
        if not self.is_readable:
            return b""
        found = _unfolded(self.content, _zstd if self.encoding == _ZSTD else _zlib)
        self.overflowed = found is None
        return found or b""


def _unfolded(content: bytes | bytearray, unfold: Callable[[bytes], tuple[bytes, bool]]) -> bytes | None:
    """The bytes without their encoding; none where it is broken, None where they are too many."""
    try:
        found, is_whole = unfold(bytes(content))
    except Exception:  # each decoder has an error of its own
        return b""
    return found if is_whole else None


def _zlib(content: bytes) -> tuple[bytes, bool]:
    """As gzip or deflate, up to the bound, and whether that was all."""
    inflating = zlib.decompressobj(_ANY_HEADER)
    return inflating.decompress(content, MAX_BYTES), not inflating.unconsumed_tail


def _zstd(content: bytes) -> tuple[bytes, bool]:
    """As zstd, the same; what the HTTP library offers the API where it finds a decoder."""
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdDecompressor
    else:
        from backports.zstd import ZstdDecompressor

    inflating = ZstdDecompressor()
    return inflating.decompress(content, MAX_BYTES), inflating.needs_input or inflating.eof


def _parsed(content: bytes | bytearray) -> Json:
    """The JSON object in the bytes, or an empty one."""
    try:
        return plain(cast("object", json.loads(content)))
    except ValueError:
        return NOTHING
