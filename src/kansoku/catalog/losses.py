"""Where and why an application's records are lost, and where Kansoku fails in it: labels known beforehand.

Prometheus sees no growth in the first sample of a series, so that a burst that comes once would be missed:
each has its series, at 0, from the first scrape on.
"""

from typing import Literal

Pillar = Literal["facts", "spans", "logs", "metrics", "content", "dogstatsd"]
"""What is lost: facts before anything was made of them, or one thing that is made of them."""

Reason = Literal[
    "agent slow",
    "agent unreachable",
    "buffer full",
    "cardinality",
    "closed unsent",
    "endpoint unreachable",
    "failed",
    "logged while logging",
    "outlet failed",
    "queue full",
    "stream failed",
]

LOSSES: tuple[tuple[Pillar, Reason], ...] = (
    ("facts", "queue full"),
    *(
        (pillar, reason)
        for pillar in ("spans", "logs")
        for reason in ("buffer full", "closed unsent", "endpoint unreachable", "outlet failed")
    ),
    ("logs", "queue full"),
    ("logs", "logged while logging"),
    ("logs", "stream failed"),
    ("metrics", "cardinality"),
    ("metrics", "closed unsent"),
    ("content", "buffer full"),
    ("content", "failed"),
    ("content", "queue full"),
    ("dogstatsd", "agent slow"),
    ("dogstatsd", "agent unreachable"),
)

Place = Literal[
    "agent sdk",
    "attach",
    "attach agent sdk",
    "attempts",
    "batch",
    "begin",
    "content",
    "end",
    "evaluation",
    "feedback",
    "init",
    "logs",
    "metrics",
    "provider",
    "redaction",
    "score",
    "sender",
    "shutdown",
    "stream",
    "streams",
    "task",
    "tool",
    "worker",
]
"""Where a fault of Kansoku's own was kept from the application."""
