"""Episodes of trouble at the API: in some hours a few minutes of overload, slowness or rate limits.

Which minutes is decided by the seed and the hour alone, so that every process agrees about it.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, TypeAlias

Trouble: TypeAlias = Literal["overloaded", "slow_first_token", "rate_limited"]

_HOUR_S = 3_600
_TROUBLES: tuple[Trouble, ...] = ("overloaded", "slow_first_token", "rate_limited")
_SHARE_OF_HOURS = 0.4


@dataclass(frozen=True, slots=True)
class Incident:
    """One episode, in unix seconds: from `start_s` up to, not including, `end_s`."""

    trouble: Trouble
    start_s: float
    end_s: float


def of_hour(seed: int, hour: int) -> Incident | None:
    """The episode of an hour (counted from 1970), if it has one: 2 to 4 minutes long."""
    rng = random.Random(f"{seed}:incident:{hour}")  # noqa: S311 - a plan, not a secret
    if rng.random() >= _SHARE_OF_HOURS:
        return None
    start_s = hour * _HOUR_S + rng.uniform(5, 50) * 60
    return Incident(rng.choice(_TROUBLES), start_s, start_s + rng.uniform(2, 4) * 60)


def at(seed: int, unix_s: float) -> Incident | None:
    """The episode that is going on at a time."""
    incident = of_hour(seed, int(unix_s // _HOUR_S))
    if incident is not None and incident.start_s <= unix_s < incident.end_s:
        return incident
    return None
