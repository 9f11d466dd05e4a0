"""Room for what waits, by its size in bytes: what does not fit is not taken."""

import threading

BYTES = 32 << 20
"""What was said in calls may take so much while it waits to be redacted and sent."""


class Room:
    """A number of bytes that threads take and give back. Never blocks."""

    def __init__(self, size: int = BYTES) -> None:
        self._size = size
        self._taken = 0
        self._lock = threading.RLock()  # the collector may end a stream inside of it

    def take(self, size: int) -> bool:
        """Takes so many bytes; False, and nothing is taken, where they are not free."""
        with self._lock:
            fits = self._taken + size <= self._size
            self._taken += size if fits else 0
            return fits

    def give(self, size: int) -> None:
        """Gives back what was taken."""
        with self._lock:
            self._taken = max(0, self._taken - size)  # a child of a fork gives back what its parent took

    @property
    def taken(self) -> int:
        """Bytes that are taken."""
        return self._taken

    def forked(self) -> None:
        """In a forked child: what was waiting is the parent's."""
        self._lock = threading.RLock()
        self._taken = 0
