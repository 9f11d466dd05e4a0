"""The server's own metrics for Prometheus at `/metrics`: what it took, refused and still holds."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import get_args

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kansoku.catalog.alerts import Severity
from kansoku.catalog.instruments import SERVER_INSTRUMENTS, WATCH_INSTRUMENTS, Instrument
from kansoku.judge.watched import Watched
from kansoku.show.honesty import Intake

Value = float | Mapping[str, int] | None
"""An instrument's value, or its values by its one label; None for one that has none yet."""


def scrape_route(
    intake: Callable[[], Awaitable[Intake]],
    accepted: Callable[[], int],
    watched: Callable[[], Watched] | None = None,
) -> Route:
    """The route of the scrape page.

    Args:
        intake: Gives what receiving has to confess.
        accepted: Gives the requests acknowledged since the start.
        watched: Gives where all alerts stand, where they are evaluated.
    """

    async def scrape(_: Request) -> Response:
        seen = await intake()
        values: tuple[Value, ...] = (
            accepted(),
            seen.refusals,
            seen.faults,
            seen.texts_redacted,
            seen.spool_bytes,
            seen.segments_waiting,
            seen.segments_set_aside,
            seen.notices_sent,
            seen.notices_failed,
            seen.notices_waiting,
            seen.notices_lost,
            float(not seen.settings_error),
            seen.settings_read_at,
        )
        registry = CollectorRegistry()
        registry.register(_Values(SERVER_INSTRUMENTS, values))
        if watched is not None:
            registry.register(_Values(WATCH_INSTRUMENTS, _of_watch(watched())))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", scrape, methods=["GET"])


def _of_watch(seen: Watched) -> tuple[Value, ...]:
    """The values of `WATCH_INSTRUMENTS`; of nodes that share a store one alone counts what fires."""
    firing = dict.fromkeys(get_args(Severity), 0)
    for alarm in (one.told.alarm for one in seen.firing if seen.leads):
        firing[alarm.alert.severity] += 1
    counts = seen.counts
    return (
        counts.evaluations,
        counts.missed,
        counts.failures,
        counts.unsaved,
        counts.untold,
        seen.took_s,
        seen.evaluated_at,
        firing,
    )


class _Values(Collector):
    """Instruments with their values, in the catalog's order."""

    def __init__(self, instruments: tuple[Instrument, ...], values: tuple[Value, ...]) -> None:
        self._instruments = instruments
        self._values = values

    def collect(self) -> Iterator[Metric]:
        """One family per instrument that has a value."""
        for instrument, value in zip(self._instruments, self._values, strict=True):
            if value is not None:
                yield _family(instrument, value)


def _family(instrument: Instrument, value: float | Mapping[str, int]) -> Metric:
    """One instrument with its value, or its values by its one label."""
    kind = CounterMetricFamily if instrument.kind == "counter" else GaugeMetricFamily
    family = kind(instrument.name, instrument.help, labels=instrument.labels)
    for labels, count in _by_label(value):
        family.add_metric(labels, count)
    return family


def _by_label(value: float | Mapping[str, int]) -> Iterator[tuple[list[str], float]]:
    if isinstance(value, Mapping):
        yield from (([label], count) for label, count in value.items())
    else:
        yield [], value
