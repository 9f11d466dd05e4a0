"""zstd as the bodies of requests are compressed by, from the standard library where it has it."""

from __future__ import annotations

import sys

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

_LEVEL = 1


def deflated(content: bytes) -> bytes:
    """The content, compressed fast."""
    return zstd.compress(content, level=_LEVEL)
