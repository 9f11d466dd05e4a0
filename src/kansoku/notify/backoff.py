"""When to try again, and when not any more."""

_FIRST_S = 5.0
_MOST_S = 900.0

LONGEST_S = 3_600.0
"""Nobody is left alone for longer: what asks for more would have news given up that were tried once."""

GIVE_UP_S = 86_400.0
"""What could not be sent for so many seconds is given up."""


def pause(attempts: int, chance: float, retry_after_s: float | None = None) -> float:
    """Seconds until the next try: twice as long each time, up to a quarter of an hour.

    Args:
        attempts: How many there were, from 1.
        chance: Between 0 and 1: it takes off up to a half, so that not all come back at once.
        retry_after_s: What the other side asked for; it is not come back to before that, or an hour.
    """
    whole = min(_MOST_S, _FIRST_S * 2.0 ** min(attempts - 1, 10))
    return max(whole * (1 - chance / 2), min(retry_after_s or 0.0, LONGEST_S))
