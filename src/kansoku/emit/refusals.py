"""Refusals: how many times in a row nobody listened at an endpoint, which is not slow or busy then."""

import time
from collections.abc import Callable

_APART_S = 0.5
"""Refusals within so long of one another are one: a client tries again at once, by a new connection."""

_DEEPEST = 10
"""So many causes of an error are looked at."""


class Refusals:
    """Counts connections that were refused, until anything else is heard. For the thread that sends.

    Args:
        clock: Seconds of any origin.

    Attributes:
        count: Refusals in a row.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counted_at = 0.0
        self.count = 0

    def heard(self, error: BaseException | None) -> None:
        """An attempt ended with that error, or was answered."""
        if not _is_refused(error):
            self.count = 0
            return
        now = self._clock()
        if not self.count or now - self._counted_at >= _APART_S:
            self.count += 1
            self._counted_at = now


def _is_refused(error: BaseException | None) -> bool:
    """Whether it comes of a connection that was refused, under what libraries put around that."""
    for _ in range(_DEEPEST):
        if error is None or isinstance(error, ConnectionRefusedError):
            return error is not None
        error = error.__cause__ or error.__context__
    return False
