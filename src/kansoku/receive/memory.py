"""The memory that bodies take together, as they arrive and as they are inflated: one bound for all of it."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Self

from kansoku.errors import Overloaded

if TYPE_CHECKING:
    from types import TracebackType


class Memory:
    """At most so many bytes, held from any number of threads."""

    def __init__(self, most: int) -> None:
        self.most = most
        """Bytes that may be held at once."""
        self.held = 0
        """Bytes that are held now; changed by shares alone."""
        self.lock = Lock()
        """To be had for that."""

    def share(self) -> Share:
        """A part of it, empty at first; to be used as a context manager."""
        return Share(self)


class Share:
    """What one request holds; all of it is given back at the end of the `with` block."""

    __slots__ = ("_is_over", "_memory", "size")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._is_over = False
        self.size = 0
        """Bytes that it holds."""

    def take(self, more: int) -> None:
        """Holds so many bytes more, or fewer if the number is below 0.

        Raises:
            Overloaded: If there are not so many left, or the block has ended: nobody waits any more for
                what a thread goes on with.
        """
        memory = self._memory
        with memory.lock:
            if self._is_over:
                raise Overloaded("nobody waits for the answer any more")
            if more > 0 and memory.held + more > memory.most:
                raise Overloaded("more arrives at once than there is memory for")
            memory.held += more
            self.size += more

    def keep(self, size: int) -> None:
        """Holds so many bytes more, even over the bound: they are there already, and cannot be refused."""
        with self._memory.lock:
            self._memory.held += size
            self.size += size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()

    def end(self) -> None:
        """Gives all of it back."""
        memory = self._memory
        with memory.lock:
            self._is_over = True
            memory.held -= self.size
            self.size = 0
