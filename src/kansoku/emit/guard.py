"""The one guard between Kansoku and the application: faults of ours are counted, logged once, and end."""

import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager

log = logging.getLogger("kansoku")


class Guard:
    """Keeps exceptions of Kansoku's own from the application.

    The first fault at each place is logged as a warning with its traceback, later ones at debug.
    `BaseException` (cancellation, interrupts) passes.
    """

    def __init__(self) -> None:
        self.faults: dict[str, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def kept(self, where: str) -> Generator[None]:
        """Runs the block; an exception in it ends here."""
        try:
            yield
        except Exception:
            self.count(where)

    def forked(self) -> None:
        """In a forked child: a lock that another thread of the parent held would stay held."""
        self._lock = threading.Lock()

    def count(self, where: str) -> None:
        """Notes the exception that is being handled. Never raises."""
        with self._lock:
            seen = self.faults.get(where, 0)
            self.faults[where] = seen + 1
        level = logging.DEBUG if seen else logging.WARNING
        log.log(level, "Kansoku failed at %s; the application is not affected", where, exc_info=True)
