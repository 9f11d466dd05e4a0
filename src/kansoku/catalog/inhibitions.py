"""Which firing alerts say all that others would say, so that those are not told besides."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While one of `by` fires, none of `of` is told whose values of the labels in `equal` are the same.

    A label that neither has counts as the same, as Alertmanager has it.
    """

    by: tuple[str, ...]
    of: tuple[str, ...]
    equal: tuple[str, ...] = ()


_AVAILABILITY = ("SloBurnAvailabilityFast", "SloBurnAvailabilitySlow")

INHIBITIONS: tuple[Inhibition, ...] = (
    Inhibition(
        ("AllCallsFailing",),
        ("ApiOutage", "HighErrorRate", "LowTrafficErrors", "RetryStorm"),
        equal=("service",),
    ),
    Inhibition(("ApiOutage",), ("HighErrorRate", "LowTrafficErrors", "RetryStorm"), equal=("service",)),
    Inhibition(("HighErrorRate",), ("LowTrafficErrors", "RetryStorm"), equal=("service",)),
    # Of all services: a small one that is broken for days must not keep quiet what the others burn.
    Inhibition(("ApiOutage",), _AVAILABILITY),
    Inhibition(("TelemetryLost", "NotInstrumented"), ("NoTraffic",)),
    Inhibition(("HighLatency",), ("LowTrafficLatency",), equal=("response_model",)),
    # What the budget of one's own says of an hour goes before the limit that is shipped.
    Inhibition(("CostBudgetHour",), ("CostAnomaly", "CostUnusual")),
    Inhibition(("CostAnomaly",), ("CostUnusual",)),
    Inhibition(("TelemetryLost", "NoTraffic"), ("SloAbsentAvailability",)),
    Inhibition(
        ("TelemetryLost", "NoTraffic", "SloAbsentAvailability"), ("SloAbsentLatency", "SloAbsentTtft")
    ),
)
"""The outage before the rate, the cause before what follows from it."""


def of_burns(names: Iterable[str]) -> tuple[Inhibition, ...]:
    """Of the alerts of those names, the fast burn of each objective before its steady one."""
    known = dict.fromkeys(names)
    slow = (name for name in known if name.startswith("SloBurn") and name.endswith("Slow"))
    pairs = ((f"{name.removesuffix('Slow')}Fast", name) for name in slow)
    return tuple(Inhibition((fast,), (steady,)) for fast, steady in pairs if fast in known)
