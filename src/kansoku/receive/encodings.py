"""What a Content-Encoding stands for: the body as it was before, never more of it than its cap."""

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

_GZIP = 16 + zlib.MAX_WBITS
_FRAMES = 64  # each costs a copy of what follows it; exporters write one
_LONGEST_WINDOW = 27  # as `zstd` itself refuses beyond, unless told otherwise


class _Inflater(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def inflate(body: bytes, encoding: str | None, max_bytes: int) -> bytes:
    """The body without its Content-Encoding; at most `max_bytes` are ever inflated.

    Raises:
        Unsupported: If the encoding is none of gzip, zstd and identity.
        TooLarge: If it inflates to more.
        Malformed: If it is not what its encoding says, or torn.
    """
    match (encoding or "identity").strip().lower():
        case "identity" | "":
            return body
        case "gzip":
            return _inflated(body, "gzip", lambda: zlib.decompressobj(_GZIP), max_bytes)
        case "zstd":
            return _inflated(body, "zstd", lambda: _zstd(max_bytes), max_bytes)
        case other:
            raise Unsupported(f"Content-Encoding {other!r}: send gzip, zstd or identity")


def _zstd(max_bytes: int) -> zstd.ZstdDecompressor:
    """It sets memory aside for the window that a frame asks for, which needs not be larger than the body."""
    window = min(max(max_bytes.bit_length(), 10), _LONGEST_WINDOW)
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: window})


def _inflated(body: bytes, encoding: str, inflater: Callable[[], _Inflater], max_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = max_bytes
    rest = body
    for _ in range(_FRAMES):  # gzip calls them members; a body may have several
        one = inflater()
        try:
            # One byte past the cap tells "full" from "more to come".
            part = one.decompress(rest, room + 1)
        except (zlib.error, zstd.ZstdError) as error:
            raise Malformed(f"the body is not {encoding}: {error}") from error
        room -= len(part)
        if room < 0:
            raise TooLarge(f"the body inflates to over {max_bytes} bytes: export smaller batches")
        if not one.eof:
            raise Malformed(f"the {encoding} body ends too early")
        parts.append(part)
        rest = one.unused_data
        if not rest:
            return b"".join(parts)
    raise Malformed(f"the {encoding} body has over {_FRAMES} frames: compress it in one")
