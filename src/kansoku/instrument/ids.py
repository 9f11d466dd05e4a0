"""Ids of traces and spans: random bits of no sequence that any other process goes on with.

Asking the system for each took two calls of it, whose cost to the application's thread is more than their own
time. A forked child begins a sequence of its own; the time is mixed in, as a process that is restored from
a snapshot, maybe twice, goes on with its sequence.
"""

from random import Random
from time import time_ns

from kansoku.emit import forks

_random = Random()  # noqa: S311  ids tell calls apart and are no secrets; its seed is the system's
forks.in_child(_random.seed)


def trace_id() -> int:
    """128 random bits, not all of them 0."""
    return _random.getrandbits(128) ^ time_ns() or 1


def span_id() -> int:
    """64 random bits, not all of them 0."""
    return _random.getrandbits(64) ^ time_ns() or 1
