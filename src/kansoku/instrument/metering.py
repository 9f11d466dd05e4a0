"""Where metrics go beside OTLP: the scrape port or page, shared between workers, and Datadog's agent."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

from kansoku.catalog.instruments import DROPPED, INTERNAL_ERRORS
from kansoku.catalog.losses import LOSSES, Place
from kansoku.catalog.settings import (
    DOGSTATSD_URL_VARIABLE,
    MAX_SERIES_VARIABLE,
    METRICS_DIR_VARIABLES,
    TEMPORALITY_VARIABLE,
)
from kansoku.emit.doubts import doubt
from kansoku.errors import SettingError
from kansoku.instrument.session import Session, active

if TYPE_CHECKING:
    from kansoku.emit.cells import State
    from kansoku.emit.dogstatsd import Address
    from kansoku.emit.otlp_metrics import Temporality
    from kansoku.emit.shared_cells import SharedCells

log = logging.getLogger("kansoku")

_mounts: list[None] = []
"""One for each page that was made, so that a session begun later shares its cells too."""


def temporality_of(given: str | None) -> "Temporality":
    """The argument, else OpenTelemetry's variable, else cumulative; `lowmemory` is delta for our instruments.

    Raises:
        SettingError: If the argument is none of these.
    """
    told = given or os.environ.get(TEMPORALITY_VARIABLE, "")
    match told.strip().lower():
        case "delta" | "lowmemory":
            return "delta"
        case "cumulative" | "":
            return "cumulative"
        case _ if given:
            raise SettingError(f"temporality: {given!r} is none of cumulative, delta, lowmemory")
        case _:
            doubt(f"{TEMPORALITY_VARIABLE}: {told!r} is unknown; metrics are cumulative")
            return "cumulative"


def max_series_of(given: int | None) -> int | None:
    """The argument, else the variable, else None.

    Raises:
        SettingError: If it is no number above 0.
    """
    told = os.environ.get(MAX_SERIES_VARIABLE, "") if given is None else str(given)
    if told and not (told.isdecimal() and int(told) > 0):
        raise SettingError(f"max_series: {told!r} is no number of series above 0")
    return int(told) if told else None


def dogstatsd_address(given: str | bool | None) -> "Address | None":  # noqa: FBT001  True asks the environment
    """The agent's address: the argument, or for True Datadog's variables; None if it is not asked for.

    Raises:
        SettingError: If it is no address.
    """
    if not given:
        return None
    from kansoku.emit.dogstatsd import PORT, address_of

    if given is True:
        host, port = os.environ.get("DD_AGENT_HOST") or "127.0.0.1", os.environ.get("DD_DOGSTATSD_PORT")
        given = os.environ.get(DOGSTATSD_URL_VARIABLE) or f"{host}:{port or PORT}"
    try:
        return address_of(given)
    except ValueError as error:
        from kansoku.emit.environment import shown

        raise SettingError(f"dogstatsd: {shown(given)!r}: {error}; give one like 127.0.0.1:{PORT}") from None


def send_to_datadog(session: Session, address: "Address", environment: str, release: str) -> None:
    """Sends every fact's metrics to a Datadog agent too; what is said of the application is redacted."""
    from kansoku.emit.dogstatsd import DogStatsd
    from kansoku.redact.redactor import Redactor

    clean = (session.redactor or Redactor()).text
    session.pipeline.add_meter(
        DogStatsd(
            address,
            session.service,
            clean(environment),
            clean(release),
            lambda count, reason: session.cells.lose(count, "dogstatsd", reason),
        )
    )


def scrape_place(host: str, port: int | None) -> tuple[str, int] | None:
    """Where the scrape page is served: by the arguments, else as the environment asks; None for nowhere.

    A registered MeterProvider has the environment's exporter itself, and our metrics in it.
    """
    if port is not None:
        return host, port
    from kansoku.emit import environment
    from kansoku.emit.registered import meter_provider

    asked = "prometheus" in environment.exporters_of("METRICS")
    return environment.scrape_place() if asked and meter_provider() is None else None


def serve_port(session: Session, service: str, host: str, port: int, folder: str | None) -> None:
    """Serves the scrape page on a port, or stands by while another worker does."""
    from kansoku.emit.scrape import ScrapePort

    shared = _share(session, service, f"{host}:{port}", folder)
    scrape_port = ScrapePort(
        lambda: _state(session),
        host,
        port,
        None if shared is None else shared.folder / "port",
        lambda error: log.warning(
            "prometheus_port: %s:%s cannot be served (%s): a program that is no worker of this service has "
            "it. Metrics still go out over OTLP, and the port is taken when it is free",
            host,
            port,
            error.strerror or error,
        ),
    )
    session.scrape_port = scrape_port
    with session.guard.kept("metrics"):
        scrape_port.worked()
    session.pipeline.add_meter(scrape_port)


def share_if_mounted(session: Session, service: str, folder: str | None) -> None:
    """Shares the cells if a page is mounted and no port did it already."""
    session.share = lambda: _share(session, service, "", folder)
    if _mounts and session.shared is None:
        session.share()


def metrics_wsgi() -> Callable[..., Any]:
    """A WSGI application that answers scrapes for all workers, to mount at `/metrics`."""
    from prometheus_client import make_wsgi_app  # pyright: ignore[reportUnknownVariableType]  half typed

    from kansoku.emit.scrape import registry_of

    _mount()
    return cast("Callable[..., Any]", make_wsgi_app(registry_of(_active_state)))


def metrics_asgi() -> Callable[..., Awaitable[None]]:
    """An ASGI application that answers scrapes for all workers, to mount at `/metrics`."""
    import asyncio

    from prometheus_client import make_asgi_app  # pyright: ignore[reportUnknownVariableType]  half typed

    from kansoku.emit.scrape import registry_of

    _mount()

    async def page(scope: Any, receive: Any, send: Any) -> None:
        state = await asyncio.to_thread(_active_state)  # files are read there, and the loop goes on
        await make_asgi_app(registry_of(lambda: state))(scope, receive, send)

    return page


def _mount() -> None:
    """Notes that there is a page, and shares the cells of the session in force."""
    _mounts.append(None)
    session = active()
    if session is not None and session.shared is None and session.share is not None:
        session.share()


def _active_state() -> "State":
    """The state to show: nothing before `init`."""
    session = active()
    return {} if session is None else _state(session)


def _state(session: Session) -> "State":
    """The newest state, over all workers where they share."""
    if not session.is_scraped:  # a rate does not see the first sample of a series
        session.is_scraped = True
        session.cells.touch((DROPPED, loss) for loss in LOSSES)
        session.cells.touch((INTERNAL_ERRORS, (place,)) for place in get_args(Place))
    session.pipeline.refresh()
    return session.cells.state() if session.shared is None else session.shared.state()


def _share(session: Session, service: str, place: str, given: str | None) -> "SharedCells | None":
    """Shares the session's cells with its siblings; a folder that cannot be used is logged.

    One that others keep busy is used all the same: whoever publishes or sums joins first. A worker that
    gave up sharing for that would show its own numbers in place of everyone's.
    """
    from kansoku.emit.locked_file import there_are_locks
    from kansoku.emit.shared_cells import SharedCells

    if not there_are_locks():
        return None
    shared = SharedCells(_folder(service, place, given), session.cells)
    try:
        with suppress(TimeoutError):
            shared.join()
    except OSError as error:
        log.warning("metrics_dir: %s; this process shows its own numbers only, not other workers'", error)
        return None
    session.shared = shared
    session.pipeline.add_meter(shared)
    return shared


def _folder(service: str, place: str, given: str | None) -> Path:
    """Where the workers of a service meet: by its port; without one by the master, or in a folder given."""
    told = given or next(filter(None, map(os.environ.get, METRICS_DIR_VARIABLES)), None)
    base = Path(told) if told else Path(tempfile.gettempdir()) / f"kansoku-metrics-{os.geteuid()}"
    key = place or ("mounted" if told else _kin())
    return base / hashlib.sha256(f"{service}\0{key}".encode()).hexdigest()[:16]


def _kin() -> str:
    """What workers of one master have in common; a process without a master has it with its own forks."""
    from kansoku.emit.generation import master, start_of

    found = master()
    if found:
        return found
    try:
        return start_of(os.getpid())
    except OSError:
        return str(os.getpid())
