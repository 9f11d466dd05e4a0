"""The HTTP attempts of one call: how each was answered, and how long the SDK waited between them.

On the calling thread an attempt is two marks in a list; everything else is read from them later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SENT = -1
"""The mark of a request that goes out. The other marks are HTTP statuses, and failures by name."""

Mark = tuple[int | str, float]
"""What happened to an attempt, and when by the observer's clock, in seconds."""

UNANSWERED = "unanswered"
_REDIRECTS = range(300, 400)


@dataclass(slots=True)
class Attempt:
    """One HTTP request of a call. `status` is the HTTP status or the failure, both as text."""

    sent_s: float
    status: str = UNANSWERED
    http_status: int | None = None
    done_s: float | None = None


def attempts_of(marks: Sequence[Mark]) -> list[Attempt]:
    """The attempts in order. A redirect is part of the attempt that follows it."""
    found: list[Attempt] = []
    for what, at in marks:
        if what == SENT:
            if found and found[-1].http_status in _REDIRECTS:
                found.pop()
            found.append(Attempt(at))
        elif found:
            last = found[-1]
            last.done_s = at
            if isinstance(what, int):
                last.status, last.http_status = str(what), what
            elif last.http_status is None:
                last.status = what
    return found


def waited_s(attempts: Sequence[Attempt]) -> float | None:
    """Seconds between the end of each attempt and the next one; None where nothing was tried again."""
    if len(attempts) < 2:  # noqa: PLR2004  as nearly always
        return None
    pairs = [(before.done_s, after.sent_s) for before, after in pairwise(attempts)]
    known = [max(0.0, after - before) for before, after in pairs if before is not None]
    return sum(known) if known else None
