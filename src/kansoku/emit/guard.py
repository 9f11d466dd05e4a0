"""The one guard between Kansoku and the application: faults of ours are counted, logged once, and end."""

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress

from kansoku.catalog.losses import Place

log = logging.getLogger("kansoku")


class Kept:
    """A block whose exceptions end with it. A generator for a context manager costs three times as much."""

    __slots__ = ("_guard", "_where")

    def __init__(self, guard: "Guard", where: Place) -> None:
        self._guard = guard
        self._where: Place = where

    def __enter__(self) -> None:
        """Nothing is to be done."""

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> bool:
        if not isinstance(error, Exception):
            return False
        self._guard.count(self._where)
        return True


class Guard:
    """Keeps exceptions of Kansoku's own from the application.

    The first fault at each place is logged as a warning with its traceback, later ones at debug.
    `BaseException` (cancellation, interrupts) passes.

    Args:
        clean: Redacts the traceback, since an exception may say a value of the application's; without it,
            the exception's type and its place in the code are all that is logged.
    """

    def __init__(self, clean: Callable[[str], str] | None = None) -> None:
        self.faults: dict[str, int] = {}
        self._clean = clean
        self._lock = threading.RLock()  # the collector may end a stream inside of it

    def kept(self, where: Place) -> Kept:
        """Runs the block; an exception in it ends here."""
        return Kept(self, where)

    def forked(self) -> None:
        """In a forked child: a lock that another thread of the parent held would stay held."""
        self._lock = threading.RLock()

    def count(self, where: Place) -> None:
        """Notes the exception that is being handled. Never raises."""
        with self._lock:
            seen = self.faults.get(where, 0)
            self.faults[where] = seen + 1
        level = logging.DEBUG if seen else logging.WARNING
        if log.isEnabledFor(level):
            with suppress(Exception):  # a handler of the application's may write to what is closed
                log.log(
                    level, "Kansoku failed at %s; the application is not affected\n%s", where, self._told()
                )

    def _told(self) -> str:
        """The exception that is being handled, without what nobody may read."""
        error = sys.exception()
        if error is None:
            return ""
        if self._clean is not None:
            try:
                return self._clean("".join(traceback.format_exception(error)).rstrip())
            except Exception:  # an exception of the application's may be made to raise anywhere
                return type(error).__name__
        return "".join((*traceback.format_tb(error.__traceback__), type(error).__name__))
