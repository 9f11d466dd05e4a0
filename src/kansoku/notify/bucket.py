"""How many messages a channel may get: so many at once, and as many more in each hour."""

from dataclasses import dataclass, replace

_HOUR_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """What may be sent: `left` messages at the time `at` (unix seconds), and `size` more in each hour."""

    size: int
    left: float
    at: float

    def now(self, at: float) -> "Bucket":
        """The bucket at a later time. A clock that was set back fills nothing, and takes nothing."""
        gained = max(0.0, at - self.at) * self.size / _HOUR_S
        return replace(self, left=min(float(self.size), self.left + gained), at=at)

    def taken(self) -> "Bucket":
        """The bucket after one message."""
        return replace(self, left=self.left - 1)

    @property
    def wait_s(self) -> float:
        """Seconds until one may be sent."""
        return max(0.0, (1 - self.left) * _HOUR_S / self.size)

    @property
    def is_last(self) -> bool:
        """Whether the next message is the last one for now: it then tells of everything that waits."""
        return self.left < 2  # noqa: PLR2004
