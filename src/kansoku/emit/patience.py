"""How long somebody waits for the pipeline: for a time, while it gets on, or until nobody listens."""

import threading
import time
from collections.abc import Callable

_LOOK_EVERY_S = 0.1

_REFUSALS = 2
"""So many refusals in a row say that nothing listens; one may meet a listener that is just being replaced."""


class Patience:
    """Waits for so long without progress, and so long at most.

    Args:
        still_s: Without progress; a machine that is busy makes some, an endpoint that is away does not.
        most_s: In all; the same, unless told.
        steps: Grows with each step that is made.
        refusals: How many times in a row the endpoint had nobody who listens. Where that grows while this
            waits, and is more than once, patience is at an end: an endpoint that is slow or busy never does.
        clock: Seconds of any origin.
    """

    def __init__(
        self,
        still_s: float,
        most_s: float | None = None,
        steps: Callable[[], int] = lambda: 0,
        refusals: Callable[[], int] = lambda: 0,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._still_s = still_s
        self._steps = steps
        self._refusals = refusals
        self._refused = refusals()
        self._clock = clock
        self._seen = steps()
        self._still_until = clock() + still_s
        self._until = clock() + (still_s if most_s is None else most_s)

    def left_s(self) -> float:
        """Seconds that are left, as things stand; 0 where patience is at an end."""
        if self._is_refused():
            return 0.0
        now, steps = self._clock(), self._steps()
        if steps != self._seen:
            self._seen, self._still_until = steps, now + self._still_s
        return max(0.0, min(self._still_until, self._until) - now)

    def _is_refused(self) -> bool:
        """Whether nobody listens where the telemetry goes, as was seen since this began."""
        refused = self._refusals()
        is_seen = refused > self._refused
        self._refused = min(self._refused, refused)
        return is_seen and refused >= _REFUSALS

    def take(self, lock: threading.Lock) -> bool:
        """Takes the lock; False where it could not be had."""
        return self._until_true(lambda left_s: lock.acquire(timeout=left_s))

    def see(self, event: threading.Event) -> bool:
        """Waits for the event; False where it did not come."""
        return self._until_true(event.wait)

    def _until_true(self, wait: Callable[[float], bool]) -> bool:
        """Waits in pieces, as what is left may grow meanwhile."""
        while not wait(min(left_s := self.left_s(), _LOOK_EVERY_S)):
            if left_s <= 0:
                return False
        return True
