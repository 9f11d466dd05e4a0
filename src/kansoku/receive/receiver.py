"""The one function behind every way in: when it returns, the request is durable."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING

from kansoku.errors import ReceiveError, SpoolUnavailable
from kansoku.receive.otlp import JSON, MAX_BYTES, check_size, inflate, media_type, storable

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from kansoku.receive.door import Door
    from kansoku.receive.spool import Spool
    from kansoku.store.segments import Signal

# Inflating leaves the GIL, reading JSON is slow: above this a thread costs less than the wait.
_ASIDE_BYTES = 32 << 10
_HELD_BODIES = 8
"""How many bodies of the largest size are held at once; a smaller one takes less."""


class Receiver:
    """Takes OTLP requests into a spool and counts what it refused.

    Args:
        spool: Where they go.
        max_bytes: Cap on a request, as sent and as inflated.
        door: Redacts them before; off the event loop, as it takes a while.
    """

    def __init__(self, spool: Spool, *, max_bytes: int = MAX_BYTES, door: Door | None = None) -> None:
        self._spool = spool
        self._door = door
        self.max_bytes = max_bytes
        """Cap on a request, as sent and as inflated."""
        self._held_bytes = 0
        self.accepted = 0
        """Requests acknowledged."""
        self.rejected = 0
        """Requests refused, whoever was at fault."""

    async def receive(
        self, signal: Signal, body: bytes, content_type: str | None, encoding: str | None = None
    ) -> None:
        """Returns when the request is durable.

        Raises:
            ReceiveError: If it is not; nothing of it is stored.
        """
        try:
            media = media_type(content_type)
            message = await self._message(signal, body, media, encoding)
            if message:
                await self._spool.append(signal, message)
        except ReceiveError:
            self.rejected += 1
            raise
        self.accepted += 1

    def check_size(self, size: int) -> None:
        """Refuses a body of that many bytes, as soon as an edge knows of them, if it is over the cap.

        Raises:
            TooLarge: If it is.
        """
        try:
            check_size(size, self.max_bytes)
        except ReceiveError:
            self.rejected += 1
            raise

    @contextmanager
    def room(self) -> Generator[Callable[[int], None]]:
        """Memory for one body while it arrives and until it is answered: call it with each part's size.

        Raises:
            TooLarge: If the body is over its cap.
            SpoolUnavailable: If all bodies together are over theirs; try again later.
        """
        size = 0

        def take(more: int) -> None:
            nonlocal size
            self.check_size(size + more)
            if self._held_bytes + more > _HELD_BODIES * self.max_bytes:
                self.rejected += 1
                raise SpoolUnavailable("more arrives at once than there is memory for")
            self._held_bytes += more
            size += more

        try:
            yield take
        finally:
            self._held_bytes -= size

    async def _message(self, signal: Signal, body: bytes, media: str, encoding: str | None) -> bytes:
        is_slow = len(body) > _ASIDE_BYTES and (encoding == "gzip" or media == JSON)
        if is_slow or self._door is not None:
            return await asyncio.to_thread(self._read, signal, body, media, encoding)
        return self._read(signal, body, media, encoding)

    def _read(self, signal: Signal, body: bytes, media: str, encoding: str | None) -> bytes:
        message = storable(signal, inflate(body, encoding, self.max_bytes), media)
        return message if self._door is None else self._door.redacted(signal, message)
