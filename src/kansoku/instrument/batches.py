"""What this process has seen of batches: which results were told already, and when each batch ended."""

from kansoku.record.batch import ended_unix_ns

ENTRIES_KEPT = 200_000
"""Entries remembered, the results of two batches of the largest size, so that none is told twice."""

_BATCHES_KEPT = 1_000


class Batches:
    """Which entries have been told, and when the batches ended. Bounded: the oldest are forgotten."""

    def __init__(self) -> None:
        self._told: dict[int, None] = {}
        self._ended: dict[str, int] = {}

    def is_new(self, span_id: int) -> bool:
        """Whether the entry was not told yet; from now on it was."""
        if span_id in self._told:
            return False
        self._told[span_id] = None
        if len(self._told) > ENTRIES_KEPT:
            del self._told[next(iter(self._told))]
        return True

    def remember(self, answer: object) -> None:
        """Keeps when a batch ended, if the answer is a batch."""
        found = ended_unix_ns(answer)
        if found is not None:
            batch_id, at = found
            self._ended[batch_id] = at
            if len(self._ended) > _BATCHES_KEPT:
                del self._ended[next(iter(self._ended))]

    def ended(self, batch_id: str) -> int | None:
        """When the batch ended, if that was told."""
        return self._ended.get(batch_id)
