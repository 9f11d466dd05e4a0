"""The backlog: finished requests to one endpoint, in order, which wait while it cannot take them."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

BYTES = 32 << 20
"""The requests of one signal may take so much while they wait."""

LONGEST_WAIT_S = 600.0
"""An endpoint that asks for more is asked again all the same."""

_FIRST_PAUSE_S = 1.0
_MOST_PAUSE_S = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request that was sent.

    Attributes:
        went: It arrived.
        passing: It did not, and may later: there was no connection, or the endpoint is busy.
        wait_s: For how many seconds the endpoint wants to hear nothing.
    """

    went: bool
    passing: bool = False
    wait_s: float = 0.0


SendBytes = Callable[[bytes], Answer]
"""Sends a finished OTLP request."""

Fate = Literal["went", "waits", "lost"]


@dataclass(frozen=True, slots=True)
class _Request:
    """A request, and how many items are in it."""

    data: bytes
    items: int


class Backlog:
    """Sends requests in order, each once, and keeps those that may go later. For one thread.

    Where there is no room the oldest are lost; so is one that the endpoint does not want at all.

    Args:
        send: Sends one request, and may block.
        lost: Told how many items of an earlier request are lost.
        size: Bytes that may wait.
        clock: Seconds of any origin.
    """

    def __init__(
        self,
        send: SendBytes,
        lost: Callable[[int], None],
        *,
        size: int = BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._send = send
        self._lost = lost
        self._size = size
        self._clock = clock
        self._waiting: deque[_Request] = deque()
        self._taken = 0
        self._items = 0
        self._pauses = 0
        self._pause_until = 0.0
        self._told_until = 0.0
        self._closed = False

    @property
    def items(self) -> int:
        """How many items wait."""
        return self._items

    def put(self, data: bytes, items: int) -> Fate:
        """Sends the request, or has it wait behind those that do; lost is one that is refused at once."""
        if not self._waiting:
            answer = self._send(data)
            if not answer.passing:
                return "went" if answer.went else "lost"
            self._pause(answer)
        if len(data) > self._size:
            return "lost"
        self._waiting.append(_Request(data, items))
        self._taken += len(data)
        self._items += items
        while self._taken > self._size:
            self._lost(self._first().items)
        return "waits"

    def resend(self, *, urgent: bool) -> None:
        """Sends what waits, if it is time to or urgent; not before the time that the endpoint said."""
        now = self._clock()
        if now < self._told_until or (now < self._pause_until and not urgent):
            return
        while self._waiting and not self._closed:
            answer = Answer(went=False)
            try:
                answer = self._send(self._waiting[0].data)
            finally:  # one that cannot even be tried would keep all others
                self._settle(answer)
            if answer.passing:
                return

    def close(self) -> None:
        """Sends nothing more of what waits."""
        self._closed = True

    def _settle(self, answer: Answer) -> None:
        """Keeps the first for later, or is done with it."""
        if answer.passing:
            self._pause(answer)
            return
        self._pauses = 0
        items = self._first().items
        if not answer.went:
            self._lost(items)

    def _first(self) -> _Request:
        """Takes the first out."""
        first = self._waiting.popleft()
        self._taken -= len(first.data)
        self._items -= first.items
        return first

    def _pause(self, answer: Answer) -> None:
        """Lets the endpoint alone for a while, twice as long each time, and for as long as it says."""
        now = self._clock()
        self._pause_until = now + min(_MOST_PAUSE_S, _FIRST_PAUSE_S * 2**self._pauses)
        self._pauses = min(self._pauses + 1, 16)
        self._told_until = now + answer.wait_s
