"""When a span, log record or data point may have been, in nanoseconds since 1970; 0 is no time.

The store keeps rows by their day, and each day of an INSERT makes files of its own, which takes about 26 ms.
So times that cannot be are refused at the door. What slipped past it, and what tells no time, is stored at
the time at which its segment was received: a day long past would be dropped by the next retention.
"""

from __future__ import annotations

DAY_NS = 86_400 * 10**9
PAST_NS = 400 * DAY_NS
"""How old what is sent may be: as long as calls are kept unless told otherwise."""
AHEAD_NS = DAY_NS
"""How far past this machine's clock a time may lie: local times taken for UTC, and some drift."""

_EARLIEST_NS = 1_577_836_800 * 10**9  # 2020-01-01; OTLP is no older


RECEIVED_NS = "received_ns"
"""What statements call the time at which their segment was received."""


def possible(nanoseconds: str) -> str:
    """The SQL of a time, or of when it was received if it cannot be.

    Not by the age, as a segment may wait for long to be loaded.
    """
    return f"if({is_possible(nanoseconds)}, {nanoseconds}, {RECEIVED_NS})"


def is_possible(nanoseconds: str) -> str:
    """The SQL of whether a time can be."""
    latest = f"toUInt64(now()) * 1000000000 + {AHEAD_NS}"
    return f"{nanoseconds} BETWEEN {_EARLIEST_NS} AND {latest}"
