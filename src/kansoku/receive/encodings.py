"""What a Content-Encoding stands for: the body as it was before, never more of it than its cap.

It is inflated part by part, so that memory for each can be asked for before.
"""

from __future__ import annotations

import sys
import zlib
from typing import TYPE_CHECKING, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from kansoku.errors import Malformed, TooLarge, Unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_BYTES = 64 << 10
"""How much of a body is inflated at first."""
_GZIP = 16 + zlib.MAX_WBITS
_FRAMES = 64  # each costs a copy of what follows it; exporters write one
_GROWTH = 4
_LONGEST_WINDOW = 27  # as `zstd` itself refuses beyond, unless told otherwise


class _Inflater(Protocol):
    """Inflates a body in parts: the first call has the body, the later ones nothing."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class _Gzip:
    """As `zstd` has it: keeps by itself what it has not inflated yet."""

    def __init__(self) -> None:
        self._one = zlib.decompressobj(_GZIP)

    @property
    def eof(self) -> bool:
        return self._one.eof

    @property
    def unused_data(self) -> bytes:
        return self._one.unused_data

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        return self._one.decompress(data or self._one.unconsumed_tail, max_length)


def inflate(body: bytes, encoding: str | None, max_bytes: int, take: Callable[[int], None]) -> bytes:
    """The body without its Content-Encoding; at most `max_bytes` are ever inflated.

    Args:
        body: As it was sent.
        encoding: What its header says.
        max_bytes: Cap on what comes out.
        take: Told of bytes before they are inflated; below 0 where fewer came than that. What it raises
            ends the inflating. In the end it was told of as many as the body has, 0 if it is not encoded.

    Raises:
        Unsupported: If the encoding is none of gzip, zstd and identity.
        TooLarge: If it inflates to more.
        Malformed: If it is not what its encoding says, or torn.
    """
    match (encoding or "identity").strip().lower():
        case "identity" | "":
            return body
        case "gzip":
            return _Inflating("gzip", _Gzip, max_bytes, take).whole(body)
        case "zstd":
            return _Inflating("zstd", lambda: _zstd(max_bytes), max_bytes, take).whole(body)
        case other:
            raise Unsupported(f"Content-Encoding {other!r}: send gzip, zstd or identity")


def _zstd(max_bytes: int) -> zstd.ZstdDecompressor:
    """It sets memory aside for the window that a frame asks for, which needs not be larger than the body."""
    window = min(max(max_bytes.bit_length(), 10), _LONGEST_WINDOW)
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: window})


class _Inflating:
    """Inflates one body, part by part, each larger than the one before."""

    def __init__(
        self, encoding: str, inflater: Callable[[], _Inflater], max_bytes: int, take: Callable[[int], None]
    ) -> None:
        self._encoding = encoding
        self._inflater = inflater
        self._max_bytes = max_bytes
        self._take = take
        self._room = max_bytes
        self._next = FIRST_BYTES
        self._parts: list[bytes] = []

    def whole(self, body: bytes) -> bytes:
        """All frames; gzip calls them members, and a body may have several."""
        for _ in range(_FRAMES):
            body = self._frame(body)
            if not body:
                return b"".join(self._parts)
        raise Malformed(f"the {self._encoding} body has over {_FRAMES} frames: compress it in one")

    def _frame(self, body: bytes) -> bytes:
        """Inflates a frame; gives what is behind it."""
        one = self._inflater()
        while not one.eof:
            wanted = min(self._next, self._room)
            self._take(wanted)
            # One byte past the cap tells "full" from "more to come".
            part = self._part(one, body, wanted + (wanted == self._room))
            body = b""
            self._room -= len(part)
            if self._room < 0:
                raise TooLarge(f"the body inflates to over {self._max_bytes} bytes: export smaller batches")
            self._take(len(part) - wanted)
            self._parts.append(part)
            if not part and not one.eof:
                raise Malformed(f"the {self._encoding} body ends too early")
            if len(part) >= wanted:
                self._next *= _GROWTH
        return one.unused_data

    def _part(self, one: _Inflater, body: bytes, most: int) -> bytes:
        try:
            return one.decompress(body, most)
        except (zlib.error, zstd.ZstdError, EOFError) as error:
            raise Malformed(f"the body is not {self._encoding}: {error}") from error
