"""The clock that intervals are measured by."""

from __future__ import annotations

import time


def running_clock() -> float:
    """Seconds that go on while the machine sleeps, which those of `time.monotonic` do not everywhere."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
