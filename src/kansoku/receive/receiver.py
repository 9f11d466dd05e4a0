"""The one function behind every way in: when it returns, the request is durable."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from kansoku.errors import (
    Malformed,
    NotAdmitted,
    NotPermitted,
    Overloaded,
    ReceiveError,
    SpoolUnavailable,
    TooLarge,
    Unsupported,
)
from kansoku.receive.answers import TAKEN, Taken
from kansoku.receive.encodings import inflate
from kansoku.receive.items import Caps, Fault, Sifted, told
from kansoku.receive.memory import Memory
from kansoku.receive.otlp import JSON, MAX_BYTES, check_size, is_whole, media_type, sift
from kansoku.settings.gate import Gate

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from kansoku.receive.door import Door
    from kansoku.receive.memory import Share
    from kansoku.receive.spool import Spool
    from kansoku.store.segments import Signal

_REFUSALS = (NotAdmitted, NotPermitted, Malformed, Unsupported, TooLarge, Overloaded, SpoolUnavailable)
REASONS = tuple(kind.reason for kind in _REFUSALS)
"""What refusals are counted under."""

# Inflating leaves the GIL, reading JSON is slow: above this a thread costs less than the wait.
_ASIDE_BYTES = 32 << 10
_HELD_BODIES = 8
"""How many bodies of the largest size are held at once; a smaller one takes less."""


class Receiver:
    """Takes OTLP requests into a spool and counts what it refused.

    Args:
        spool: Where they go.
        max_bytes: Cap on a request, as sent and as inflated.
        caps: What the items of a request may hold.
        door: Redacts them before; off the event loop, as it takes a while.
        gate: Lets in who may send.
        clock_ns: Gives the time in nanoseconds since 1970.
    """

    def __init__(
        self,
        spool: Spool,
        *,
        max_bytes: int = MAX_BYTES,
        caps: Caps | None = None,
        door: Door | None = None,
        gate: Gate | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._spool = spool
        self._gate = gate or Gate()
        self._caps = caps or Caps()
        self._door = door
        self._clock_ns = clock_ns
        self.max_bytes = max_bytes
        """Cap on a request, as sent and as inflated."""
        self._memory = Memory(_HELD_BODIES * max_bytes)
        self.accepted = 0
        """Requests acknowledged."""
        self.refusals: Counter[str] = Counter(dict.fromkeys(REASONS, 0))
        """Requests refused, by the kind of error, whoever was at fault."""
        self.faults: Counter[Fault] = Counter(dict.fromkeys(Fault, 0))
        """Spans, log records and data points left out of requests that were acknowledged, by why."""

    @property
    def rejected(self) -> int:
        """Requests refused."""
        return self.refusals.total()

    def count(self, error: ReceiveError) -> None:
        """Counts a refusal."""
        self.refusals[error.reason] += 1

    def admit(self, authorization: bytes) -> None:
        """Returns if a request with that header may send; an edge asks before it reads the body.

        Raises:
            NotAdmitted: If it may not.
        """
        try:
            self._gate.check(authorization.decode("latin-1"), "send")
        except ReceiveError as error:
            self.count(error)
            raise

    def admits(self, authorization: bytes) -> bool:
        """Whether it may, uncounted: for an edge that hands on what may not."""
        try:
            self._gate.check(authorization.decode("latin-1"), "send")
        except ReceiveError:
            return False
        return True

    async def receive(
        self, signal: Signal, body: bytes, content_type: str | None, encoding: str | None = None
    ) -> Taken:
        """Returns when what could be taken of the request is durable.

        Raises:
            ReceiveError: If nothing of it was stored.
        """
        try:
            media = media_type(content_type)
            if encoding:
                with self._memory.share() as inflated:
                    sifting = await self._stored(signal, body, media, _Encoded(encoding, inflated))
            else:
                sifting = await self._stored(signal, body, media, None)
        except ReceiveError as error:
            self.count(error)
            raise
        self.accepted += 1
        if not sifting.faults:
            return TAKEN
        self.faults.update(sifting.faults)
        return Taken(sifting.rejected, told(signal, sifting, self._caps))

    def held(self, size: int) -> Share | None:
        """Memory for a small body that is to come, for `begin`; None where it cannot be taken at once."""
        if self._door is not None or size > min(_ASIDE_BYTES, self.max_bytes):
            return None
        share = self._memory.share()
        try:
            share.take(size)
        except ReceiveError:
            return None
        return share

    def begin(
        self, signal: Signal, body: bytes, share: Share, told: Callable[[ReceiveError | None], None]
    ) -> bool:
        """Begins to store a small protobuf body as it is; False if it must be received as any other.

        Args:
            signal: What it holds.
            body: The bytes.
            share: What `held` gave; it ends with this.
            told: Told, later, that it is durable, or why it is not.
        """
        try:
            is_plain = is_whole(signal, body, self._clock_ns(), self._caps)
            done = self._spool.begin(signal, body) if body and is_plain else None
        except ReceiveError:  # it is told, and counted, by the other way
            done = None
        if done is None:
            share.end()
            return False
        done.add_done_callback(partial(self._ended, share, told))
        return True

    def _ended(
        self, share: Share, told: Callable[[ReceiveError | None], None], done: asyncio.Future[None]
    ) -> None:
        share.end()
        error = cast("ReceiveError | None", done.exception())
        if error is None:
            self.accepted += 1
        else:
            self.count(error)
        told(error)

    async def check(self) -> None:
        """Returns if a request could be stored now.

        Raises:
            SpoolUnavailable: If none could; it says why.
        """
        await asyncio.to_thread(self._spool.check)

    def check_size(self, size: int) -> None:
        """Refuses a body of that many bytes, as soon as an edge knows of them, if it is over the cap.

        Raises:
            TooLarge: If it is.
        """
        try:
            check_size(size, self.max_bytes)
        except ReceiveError as error:
            self.count(error)
            raise

    def room(self) -> Room:
        """Memory for one body while it arrives and until it is answered, as a context manager.

        What it gives is called with the size of each part of the body, and

        Raises:
            TooLarge: If the body is over its cap.
            Overloaded: If all bodies together are over theirs; try again later.
        """
        return Room(self, self._memory)

    @property
    def held_bytes(self) -> int:
        """Bytes of bodies that are held now, as sent and as inflated."""
        return self._memory.held

    async def _stored(self, signal: Signal, body: bytes, media: str, encoded: _Encoded | None) -> Sifted:
        """What could be taken of a body; it is durable."""
        sifting = await self._sifted(signal, body, media, encoded)
        if sifting.message:
            await self._spool.append(signal, sifting.message)
        return sifting

    async def _sifted(self, signal: Signal, body: bytes, media: str, encoded: _Encoded | None) -> Sifted:
        """What can be taken of a body, slow work in a thread."""
        read = partial(self._read, signal, body, media, encoded)
        is_slow = len(body) > _ASIDE_BYTES and (encoded is not None or media == JSON)
        if is_slow or self._door is not None:
            return await self._aside(read, len(body), encoded)
        try:
            message = body if encoded is None else encoded.little(body, self.max_bytes)
        except _Large:
            return await self._aside(read, len(body), encoded)
        now_ns = self._clock_ns()
        if media != JSON and is_whole(signal, message, now_ns, self._caps):
            return Sifted(message)
        walk = partial(sift, signal, message, media, now_ns, self._caps)
        return await self._aside(walk, len(body), encoded)

    async def _aside(self, read: Callable[[], Sifted], size: int, encoded: _Encoded | None) -> Sifted:
        """What a thread reads of a body of that size, which counts until then: a thread cannot be stopped."""
        working = asyncio.get_running_loop().run_in_executor(None, read)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            share = self._memory.share()
            share.keep(size + (0 if encoded is None else encoded.memory.size))
            working.add_done_callback(lambda _: share.end())
            raise

    def _read(self, signal: Signal, body: bytes, media: str, encoded: _Encoded | None) -> Sifted:
        message = body if encoded is None else encoded.inflated(body, self.max_bytes)
        now_ns = self._clock_ns()
        if media != JSON and is_whole(signal, message, now_ns, self._caps):
            sifting = Sifted(message)
        else:
            sifting = sift(signal, message, media, now_ns, self._caps)
        if self._door is None:
            return sifting
        return sifting._replace(message=self._door.redacted(signal, sifting.message))


class Room:
    """Memory for one body; `Receiver.room` says more."""

    __slots__ = ("_receiver", "_share")

    def __init__(self, receiver: Receiver, memory: Memory) -> None:
        self._receiver = receiver
        self._share = memory.share()

    def __enter__(self) -> Callable[[int], None]:
        return self._take

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._share.__exit__(kind, error, trace)

    def _take(self, more: int) -> None:
        self._receiver.check_size(self._share.size + more)
        try:
            self._share.take(more)
        except ReceiveError as error:
            self._receiver.count(error)
            raise


class _Large(Exception):
    """A body inflates to more than may be waited for."""


class _Encoded(NamedTuple):
    """How a body is encoded, and the memory for what it is inflated to."""

    encoding: str
    memory: Share

    def inflated(self, body: bytes, max_bytes: int) -> bytes:
        """The body without its encoding, as `inflate` has it."""
        return inflate(body, self.encoding, max_bytes, self.memory.take)

    def little(self, body: bytes, max_bytes: int) -> bytes:
        """The same, if it is but one part.

        Raises:
            _Large: If it is more; nothing is held then.
        """
        try:
            return inflate(body, self.encoding, max_bytes, self._take_once)
        except _Large:
            self.memory.take(-self.memory.size)
            raise

    def _take_once(self, more: int) -> None:
        if more > 0 and self.memory.size:
            raise _Large
        self.memory.take(more)
