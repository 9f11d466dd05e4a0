"""The JSON API and the page as one ASGI application."""

from collections.abc import Awaitable, Callable, Sequence
from importlib.metadata import version
from pathlib import Path

from fastapi import FastAPI
from starlette.routing import BaseRoute

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.slos import SLOS
from kansoku.show.alerts import Watching, alert_routes, firing
from kansoku.show.api import Repricing, api_routes
from kansoku.show.backtest import backtest_routes
from kansoku.show.honesty import Intake
from kansoku.show.origin import HostGuard
from kansoku.show.page import BUILT, page_routes
from kansoku.show.refusals import add_refusals
from kansoku.show.slos import Promises, slo_routes
from kansoku.show.tail import Tails
from kansoku.show.upkeep import Maintaining, upkeep_routes
from kansoku.store.port import Store


def show_app(
    store: Store,
    *,
    demo: bool,
    honesty: Callable[[], Awaitable[Intake]],
    clock: Callable[[], float],
    ready: Callable[[], Awaitable[None]] | None = None,
    repricing: Repricing | None = None,
    maintaining: Maintaining | None = None,
    watching: Watching | None = None,
    promises: Promises | None = None,
    tails: Tails | None = None,
    hosts: Sequence[str] = (),
    before: Sequence[BaseRoute] = (),
    static: Path = BUILT,
    base_path: str = "/",
) -> FastAPI:
    """The application that a server runs.

    Args:
        store: What is asked.
        demo: Whether the data is the demo workload's; it is then labelled so everywhere.
        honesty: Gives what receiving has to confess.
        clock: Gives the present in unix seconds.
        ready: Raises if nothing could be received now.
        repricing: Prices stored calls again, where the store can.
        maintaining: Runs a task of maintenance, where the store can.
        watching: What evaluates the alerts.
        promises: The objectives that are held to; those that ship where nothing is said.
        tails: Who listens to the log; whoever gives it ends it.
        hosts: Names that the server answers to besides loopback names and address literals.
        before: Routes that come first, such as those of OTLP.
        static: The folder of the built page.
        base_path: Where a proxy shows the server, when it is not at the root of a host.
    """
    app = FastAPI(
        title="Kansoku",
        version=version("kansoku"),
        docs_url=None,  # the documentation page of FastAPI loads scripts from another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.router.routes[:0] = before
    app.include_router(
        api_routes(
            store,
            demo=demo,
            honesty=honesty,
            clock=clock,
            ready=ready,
            repricing=repricing,
            firing=tuple if watching is None else lambda: firing(watching.now()),
            tails=tails,
        )
    )
    if maintaining is not None:
        app.include_router(upkeep_routes(maintaining))
    if watching is not None:
        app.include_router(alert_routes(watching, clock))
    held_to = promises or Promises(SLOS, alerts=alerts())
    app.include_router(slo_routes(store, held_to, clock))
    app.include_router(backtest_routes(store, held_to, clock))
    app.include_router(page_routes(static, base_path))
    app.add_middleware(HostGuard, hosts=tuple(hosts))
    add_refusals(app)
    return app
