"""Whether a service that tells nothing usually does so at such a time: the stretches that are looked at.

Every reader tiles the time about the same moment a day or a week ago by slots as long as a silence must be.
"""

from collections.abc import Collection

from kansoku.catalog.alerts import Lost
from kansoku.query.scope import Scope


def around(test: Lost, ago_s: int, now: float) -> Scope:
    """The time about the moment so long ago."""
    return Scope.until(now - ago_s + test.about_s, 2 * test.about_s)


def before(test: Lost, ago_s: int, now: float) -> Scope:
    """The time before that, in which a service was known that told something."""
    return Scope.until(now - ago_s - test.about_s, test.known_s)


def slot_s(test: Lost) -> int:
    """How long a slot is: as a silence must be. There are 60 at most, as statements keep one bit of each."""
    return max(test.after_s, test.about_s // 30)


def slots(test: Lost) -> int:
    """How many there are in `around`."""
    return 2 * test.about_s // slot_s(test)


def is_usual(test: Lost, seconds: Collection[int], now: float) -> bool:
    """Whether a service that told something in these seconds, of all that is looked at, is usually silent."""
    return any(_is_usual_at(test, ago_s, seconds, now) for ago_s in test.usual_ago_s)


def _is_usual_at(test: Lost, ago_s: int, seconds: Collection[int], now: float) -> bool:
    known, here = before(test, ago_s, now), around(test, ago_s, now)
    if not any(known.begin <= one < known.end for one in seconds):
        return False
    told = {(here.end - 1 - one) // slot_s(test) for one in seconds if here.begin <= one < here.end}
    return len(told) < slots(test) and any(here.end <= one <= now for one in seconds)
