"""Which firing alerts say all that others would say, so that those are not told besides."""

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
    Inhibition(("CostAnomaly",), ("CostUnusual",)),
    Inhibition(("TelemetryLost", "NoTraffic"), ("SloAbsentAvailability",)),
    Inhibition(
        ("TelemetryLost", "NoTraffic", "SloAbsentAvailability"), ("SloAbsentLatency", "SloAbsentTtft")
    ),
    Inhibition(("SloBurnAvailabilityFast",), ("SloBurnAvailabilitySlow",)),
    Inhibition(("SloBurnLatencyFast",), ("SloBurnLatencySlow",)),
)
"""The outage before the rate, the fast burn before the steady one, the cause before what follows from it."""
