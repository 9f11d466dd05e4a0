"""The JSON API and the page as one ASGI application."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import BaseRoute

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.slos import SLOS
from kansoku.settings.gate import Gate
from kansoku.show.abandoned import EndAbandoned
from kansoku.show.alerts import alert_routes
from kansoku.show.api import api_routes
from kansoku.show.backend import Backend
from kansoku.show.backtest import backtest_routes
from kansoku.show.guard import KeyGuard
from kansoku.show.origin import HostGuard
from kansoku.show.page import BUILT, page_routes
from kansoku.show.refusals import add_refusals
from kansoku.show.reload import reload_routes
from kansoku.show.slos import Promises, slo_routes
from kansoku.show.upkeep import upkeep_routes


def show_app(
    backend: Backend,
    *,
    hosts: Sequence[str] = (),
    before: Sequence[BaseRoute] = (),
    static: Path = BUILT,
    base_path: str = "/",
    gate: Gate | None = None,
) -> FastAPI:
    """The application that a server runs.

    Args:
        backend: What stands behind it.
        hosts: Names that the server answers to besides loopback names and address literals.
        before: Routes that come first, such as those of OTLP.
        static: The folder of the built page.
        base_path: Where a proxy shows the server, when it is not at the root of a host.
        gate: Lets in who may ask.
    """
    app = FastAPI(
        title="Kansoku",
        version=version("kansoku"),
        docs_url=None,  # the documentation page of FastAPI loads scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.router.routes[:0] = before
    _include(app, backend)
    app.include_router(page_routes(static, base_path))
    app.add_middleware(EndAbandoned)
    app.add_middleware(KeyGuard, gate=gate or Gate())
    app.add_middleware(HostGuard, hosts=tuple(hosts))
    add_refusals(app)
    return app


def _include(app: FastAPI, backend: Backend) -> None:
    """The routes of the API."""
    app.include_router(api_routes(backend))
    if backend.maintaining is not None:
        app.include_router(upkeep_routes(backend.maintaining))
    if backend.reload is not None:
        app.include_router(reload_routes(backend.reload))
    if backend.watching is not None:
        app.include_router(alert_routes(backend.watching, backend.clock))
    held_to = backend.promises or Promises(SLOS, alerts=alerts())
    app.include_router(slo_routes(backend.store, held_to, backend.clock))
    app.include_router(backtest_routes(backend.store, held_to, backend.clock))
