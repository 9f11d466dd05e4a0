"""The server's own metrics for Prometheus at `/metrics`: what it took, refused and still holds."""

from collections.abc import Awaitable, Callable, Iterator, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kansoku.catalog.instruments import SERVER_INSTRUMENTS, Instrument
from kansoku.show.api import Intake


def scrape_route(intake: Callable[[], Awaitable[Intake]], accepted: Callable[[], int]) -> Route:
    """The route of the scrape page.

    Args:
        intake: Gives what receiving has to confess.
        accepted: Gives the requests acknowledged since the start.
    """

    async def scrape(_: Request) -> Response:
        seen = await intake()
        values = (
            accepted(),
            seen.refusals,
            seen.faults,
            seen.spool_bytes,
            seen.segments_waiting,
            seen.segments_set_aside,
        )
        registry = CollectorRegistry()
        registry.register(_Values(values))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return Route("/metrics", scrape, methods=["GET"])


class _Values(Collector):
    """The server's instruments with their values, in the catalog's order."""

    def __init__(self, values: tuple[int | Mapping[str, int], ...]) -> None:
        self._values = values

    def collect(self) -> Iterator[Metric]:
        """One family per instrument."""
        for instrument, value in zip(SERVER_INSTRUMENTS, self._values, strict=True):
            yield _family(instrument, value)


def _family(instrument: Instrument, value: int | Mapping[str, int]) -> Metric:
    """One instrument with its value, or its values by its one label."""
    kind = CounterMetricFamily if instrument.kind == "counter" else GaugeMetricFamily
    family = kind(instrument.name, instrument.help, labels=instrument.labels)
    for labels, count in _by_label(value):
        family.add_metric(labels, count)
    return family


def _by_label(value: int | Mapping[str, int]) -> Iterator[tuple[list[str], int]]:
    if isinstance(value, int):
        yield [], value
    else:
        yield from (([label], count) for label, count in value.items())
