"""Where finished telemetry goes: the port, and the outlet that keeps it for tests to look at."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.trace import ReadableSpan


class Outlet(Protocol):
    """Takes telemetry away. Each method says whether it went, and may block; none is called twice at once."""

    def spans(self, spans: Sequence[ReadableSpan], /) -> bool:
        """Sends finished spans."""
        ...

    def logs(self, records: Sequence[ReadableLogRecord], /) -> bool:
        """Sends log records."""
        ...

    def metrics(self, data: MetricsData, /) -> bool:
        """Sends the state of every metric."""
        ...

    def close(self) -> None:
        """Releases what it holds."""
        ...


@dataclass(slots=True)
class Kept:
    """Keeps everything in memory."""

    kept_spans: list[ReadableSpan] = field(default_factory=list[ReadableSpan])
    kept_logs: list[ReadableLogRecord] = field(default_factory=list[ReadableLogRecord])

    def spans(self, spans: Sequence[ReadableSpan], /) -> bool:
        """Keeps them."""
        self.kept_spans += spans
        return True

    def logs(self, records: Sequence[ReadableLogRecord], /) -> bool:
        """Keeps them."""
        self.kept_logs += records
        return True

    def metrics(self, data: MetricsData, /) -> bool:
        """Drops them: the cells themselves are there to look at."""
        del data
        return True

    def close(self) -> None:
        """Nothing to release."""
