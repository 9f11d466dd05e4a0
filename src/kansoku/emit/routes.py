"""Which way telemetry goes: through the application's providers where there are any, and Kansoku's own.

| provider registered | endpoint told | goes |
|---|---|---|
| no | either | Kansoku's own way |
| yes | no | through the provider alone |
| yes | yes | both |

Decided for spans, log records and metrics each, every time: an application may register a provider late.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from opentelemetry._logs import LoggerProvider
from opentelemetry.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.trace import TracerProvider

from kansoku.catalog.instruments import Instrument
from kansoku.emit.cells import Cells, Labels
from kansoku.emit.guard import Guard
from kansoku.emit.identity import Identity
from kansoku.emit.log_line import record_of
from kansoku.emit.outlet import Outlet
from kansoku.emit.pipeline import lines
from kansoku.emit.provider_metrics import ProviderMetrics, provider_metrics
from kansoku.emit.provider_spans import ProviderSpans, UnknownProvider
from kansoku.emit.registered import logger_provider, meter_provider, tracer_provider
from kansoku.emit.telemetry import Telemetry

log = logging.getLogger("kansoku")


class Routes:
    """The outlet that `init` sends by.

    Args:
        own: Kansoku's own way out.
        is_told: Whether its endpoint was told, so that it is used beside a provider.
        cells: The metric cells that a MeterProvider is to read.
        guard: Keeps faults of the providers from Kansoku's own way.
        found: Told each time a provider is seen for the first time.
    """

    def __init__(
        self,
        own: Outlet,
        *,
        is_told: bool,
        who: Identity,
        cells: Cells,
        guard: Guard,
        found: Callable[[], None] = lambda: None,
    ) -> None:
        self._own = own
        self._is_told = is_told
        self._who = who
        self._cells = cells
        self._guard = guard
        self._found = found
        self._tracers: tuple[TracerProvider, ProviderSpans | None] | None = None
        self._meters: tuple[MeterProvider, ProviderMetrics | None] | None = None
        self._loggers: tuple[LoggerProvider, Any] | None = None
        self._closed = False
        self._not_our_lines = _NotOurLines()  # of its own: one that ends leaves its successor's in place

    def begin(self) -> None:
        """Looks for providers now, as a counter is to be there before its first call."""
        for look in (self._span_way, self._metric_way, self._log_way):
            with self._guard.kept("provider"):
                look()

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends the spans of facts that make one."""
        way = None
        with self._guard.kept("provider"):
            self._metric_way()  # within a second of a call, and not at each of its observations
        with self._guard.kept("provider"):
            way = self._span_way()
        if way is not None:
            for one in batch:
                if one.span_fact is not None:
                    with self._guard.kept("provider"):
                        way.give(one.span_fact, one.content)
        return self._own.spans(who, batch) if way is None or self._is_told else True

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends the log records of facts."""
        way = None
        with self._guard.kept("provider"):
            way = self._log_way()
        if way is not None:
            for one in batch:
                with self._guard.kept("provider"):
                    way.emit(record_of(one.fact, one.line, who.resource, who.scope).log_record)
        return self._own.logs(who, batch) if way is None or self._is_told else True

    def metrics(self, data: MetricsData, /) -> bool:
        """Sends the state of every metric; a provider reads it by itself."""
        way = None
        with self._guard.kept("provider"):
            way = self._metric_way()
        return self._own.metrics(data) if way is None or self._is_told else True

    def resend(self, *, urgent: bool) -> bool:
        """Sends what waits on Kansoku's own way; what a provider was given is the provider's."""
        return self._own.resend(urgent=urgent)

    def waiting(self) -> Mapping[str, int]:
        """How many items of each pillar wait there."""
        return self._own.waiting()

    def arrived(self) -> int:
        """Grows with each request that arrives there."""
        return self._own.arrived()

    def refusals(self) -> int:
        """How many times in a row nobody listened there."""
        return self._own.refusals()

    def observed(self, instrument: Instrument, value: float, labels: Labels) -> None:
        """An observation of a histogram was added to the cells."""
        with self._guard.kept("provider"):
            if self._meters is not None and self._meters[1] is not None:
                self._meters[1].record(instrument, value, labels)

    def retire(self) -> None:
        """Lets go of the providers, which stay as they are."""
        self._closed = True
        self._cells.watch = None
        if self._meters is not None and self._meters[1] is not None:
            self._meters[1].leave(self._cells)
        _let_through(self._not_our_lines)

    def close(self) -> None:
        """Lets go of the providers, and closes Kansoku's own way."""
        self.retire()
        self._own.close()

    def _span_way(self) -> ProviderSpans | None:
        """The registered TracerProvider's way, made anew for another provider."""
        provider = tracer_provider()
        if provider is None:
            return None
        if self._tracers is None or self._tracers[0] is not provider:
            self._tracers = provider, None  # before it is tried: one that fails is not tried for each batch
            try:
                self._tracers = provider, ProviderSpans(provider, self._who)
            except UnknownProvider as unknown:
                log.warning(
                    "spans cannot be given to the application's %s: its tracers are not the OpenTelemetry "
                    "SDK's. They go Kansoku's own way",
                    unknown,
                )
            else:
                self._say("spans", "TracerProvider")
        return self._tracers[1]

    def _metric_way(self) -> ProviderMetrics | None:
        """The registered MeterProvider's way."""
        if self._closed:
            return None if self._meters is None else self._meters[1]
        provider = meter_provider()
        if provider is None:
            return None
        if self._meters is None or self._meters[0] is not provider:
            self._meters = provider, None
            made = provider_metrics(provider, self._who)
            made.read(self._cells)
            self._meters = provider, made
            self._cells.watch = self.observed
            self._say("metrics", "MeterProvider")
        return self._meters[1]

    def _log_way(self) -> Any:  # noqa: ANN401  the SDK's logger takes a record, the API's takes parts
        """A logger of the registered LoggerProvider."""
        provider = logger_provider()
        if provider is None:
            return None
        if self._loggers is None or self._loggers[0] is not provider:
            self._loggers = provider, None
            self._loggers = provider, provider.get_logger(self._who.scope.name, self._who.scope.version)
            self._say("log records", "LoggerProvider")
        _keep_out(self._not_our_lines)
        return self._loggers[1]

    def _say(self, what: str, provider: str) -> None:
        """Says where a pillar goes from now on."""
        beside = "and to the endpoint that was told" if self._is_told else "and nowhere else"
        log.info("%s go through the application's %s %s", what, provider, beside)
        self._found()


class _NotOurLines(logging.Filter):
    """Keeps Kansoku's lines from a handler that would make log records of them a second time."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record passes."""
        return record.name != lines.name


def _keep_out(our_lines: _NotOurLines) -> None:
    """Keeps the lines from OpenTelemetry's handlers, as the records go to the LoggerProvider themselves."""
    for handler in _otel_handlers():
        handler.addFilter(our_lines)


def _let_through(our_lines: _NotOurLines) -> None:
    """Leaves the handlers as they were."""
    for handler in _otel_handlers():
        handler.removeFilter(our_lines)


def _otel_handlers() -> list[logging.Handler]:
    """OpenTelemetry's handlers that the lines reach."""
    found: list[logging.Handler] = []
    logger: logging.Logger | None = lines
    while logger is not None:
        found += [
            handler
            for handler in logger.handlers
            if type(handler).__name__ == "LoggingHandler"
            and type(handler).__module__.startswith("opentelemetry.")
        ]
        logger = logger.parent if logger.propagate else None
    return found
