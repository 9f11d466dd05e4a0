"""How far a share of a sample may lie off the share of all."""

from math import sqrt

_Z = 1.959964
"""The normal distribution's quantile for 95 % on both sides."""


def interval(share: float | None, n: int) -> tuple[float | None, float | None]:
    """Wilson's score interval with 95 % confidence of a share of `n` rows; nothing of no rows.

    It stays between 0 and 1, and is honest where the share is 0 or the rows are few (Wilson 1927).
    """
    if share is None or n <= 0:
        return None, None
    middle = share + _Z**2 / (2 * n)
    spread = _Z * sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    scale = 1 + _Z**2 / n
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
