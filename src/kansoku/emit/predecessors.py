"""Pipelines whose place another took before all of theirs had gone: they send on, and end by themselves."""

import time
from collections import deque

from kansoku.emit.pipeline import Pipeline

MOST = 3
"""So many hold what waits; where an application calls `init` again and again, the oldest is closed."""


class Predecessors:
    """The pipelines before the one in force, oldest first, until nothing of theirs waits."""

    def __init__(self) -> None:
        self._sending: deque[Pipeline] = deque()

    def add(self, pipeline: Pipeline) -> None:
        """Takes one that left."""
        self._forget()
        if not pipeline.is_over:
            self._sending.append(pipeline)
        while len(self._sending) > MOST:
            self._sending.popleft().close(0)

    def urge(self) -> None:
        """Has all of them try at once, beside whatever is done next."""
        for one in self._sending:
            one.urge()

    def flush(self, until_s: float) -> bool:
        """Sends all that waits until that time of the monotonic clock; False where not all went."""
        self._forget()
        return all(one.flush(_left(until_s)) or one.is_over for one in self._sending)

    def close(self, until_s: float, most_until_s: float) -> bool:
        """Ends them, as `Pipeline.close` does with the times that are left; False where not all went."""
        self._forget()
        ends = [one.close(_left(until_s), _left(most_until_s)) for one in self._sending]
        self._sending.clear()
        return all(ends)

    def _forget(self) -> None:
        """Lets go of those that are over."""
        self._sending = deque(one for one in self._sending if not one.is_over)


def _left(until_s: float) -> float:
    """Seconds until then."""
    return max(0.0, until_s - time.monotonic())
