"""Where finished telemetry goes: the port, and the outlet that keeps it for tests to look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from opentelemetry.sdk.metrics.export import MetricsData

from kansoku.emit.identity import Identity
from kansoku.emit.telemetry import Telemetry


class Outlet(Protocol):
    """Takes telemetry away. What sends may block, and is not called twice at once.

    `spans` and `logs` say whether the batch was taken: it went, or waits here to be sent again.
    """

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends the spans of facts that make one."""
        ...

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends the log records of facts."""
        ...

    def metrics(self, data: MetricsData, /) -> bool:
        """Sends the state of every metric; says whether it went."""
        ...

    def resend(self, *, urgent: bool) -> bool:
        """Sends what waits, if it is time to or urgent; says whether nothing waits any more."""
        ...

    def waiting(self) -> Mapping[str, int]:
        """How many items of each pillar wait."""
        ...

    def arrived(self) -> int:
        """Grows with each request that arrives, and once as there is something to send by."""
        ...

    def refusals(self) -> int:
        """How many times in a row nobody listened where it all goes; 0 as soon as anything else is heard."""
        ...

    def retire(self) -> None:
        """Leaves what is the application's to another outlet. May send on."""
        ...

    def close(self) -> None:
        """Releases what it holds."""
        ...


@dataclass(slots=True)
class Kept:
    """Keeps everything in memory."""

    who: Identity | None = None
    kept_spans: list[Telemetry] = field(default_factory=list[Telemetry])
    kept_logs: list[Telemetry] = field(default_factory=list[Telemetry])

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Keeps them."""
        self.who = who
        self.kept_spans += batch
        return True

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Keeps them."""
        self.who = who
        self.kept_logs += batch
        return True

    def metrics(self, data: MetricsData, /) -> bool:
        """Drops them: the cells themselves are there to look at."""
        del data
        return True

    def resend(self, *, urgent: bool) -> bool:
        """Nothing waits."""
        del urgent
        return True

    def waiting(self) -> Mapping[str, int]:
        """Nothing waits."""
        return {}

    def arrived(self) -> int:
        """Nothing is sent."""
        return 0

    def refusals(self) -> int:
        """Nothing is refused."""
        return 0

    def retire(self) -> None:
        """Nothing is the application's."""

    def close(self) -> None:
        """Nothing to release."""
