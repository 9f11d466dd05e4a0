"""A server from its start to its end: every part begun in order, and ended in the opposite one."""

import asyncio
import socket
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import uvicorn
from starlette.types import ASGIApp
from uvicorn.loops.auto import auto_loop_factory

from kansoku.price.book import PriceBook
from kansoku.receive.door import Door
from kansoku.receive.http import OtlpFirst, otlp_routes
from kansoku.receive.quick import quick
from kansoku.receive.receiver import Receiver
from kansoku.receive.rpc import grpc_server
from kansoku.server import certificate
from kansoku.server.addresses import Addresses, addresses
from kansoku.server.alarms import notices, watching
from kansoku.server.demo import Demo
from kansoku.server.door import door_of
from kansoku.server.gate import Entrance, entrance
from kansoku.server.http import Http
from kansoku.server.intakes import Intakes
from kansoku.server.listener import listening
from kansoku.server.reloading import Judging, Reloading
from kansoku.server.settings import ServerSettings, check
from kansoku.server.storage import opened
from kansoku.server.upkeep import Upkeep
from kansoku.settings import Settings
from kansoku.settings import settings as read_settings
from kansoku.settings.defined import defined
from kansoku.settings.gate import Gate
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.scrape import scrape_route
from kansoku.show.slos import Promises
from kansoku.show.tail import Tails
from kansoku.watch.watch import Watch

_STOP_HTTP_S = 5  # a request whose body never comes would hold up the end for ever


def serve(settings: ServerSettings, started: Callable[[Addresses], None]) -> None:
    """Runs until SIGINT or SIGTERM, then drains: what was acknowledged is stored or stays in the spool.

    Args:
        settings: How it runs.
        started: Told where it is as soon as it answers.

    Raises:
        SettingError: If it cannot start; the message names the setting and the mend.
    """
    check(settings)
    certificate.check(settings)
    door, way_in = door_of(settings), entrance(settings)
    loops = auto_loop_factory()
    with (
        listening(settings.host, settings.port) as listener,
        asyncio.Runner(loop_factory=loops) as runner,
    ):
        runner.run(_serve(settings, listener, door, way_in, started))


async def _serve(
    settings: ServerSettings,
    listener: socket.socket,
    door: Door | None,
    way_in: Entrance,
    started: Callable[[Addresses], None],
) -> None:
    """Starts every part, in order; ends them in the opposite one."""
    async with AsyncExitStack() as parts:
        storage = await opened(settings, parts)
        told = Settings() if settings.demo else await asyncio.to_thread(read_settings)
        held_to, book = defined(told), PriceBook(overrides=told.prices)
        promises = Promises(held_to.slos, held_to.budget, held_to.alerts)
        queue = await notices(parts, storage, held_to.notify)
        receiver = Receiver(storage.spool, door=door, gate=way_in.gate)
        rpc = await grpc_server(
            receiver, settings.host, settings.grpc_port, certificate.credentials(settings)
        )
        parts.push_async_callback(rpc.stop)
        upkeep = Upkeep(storage.store)
        upkeep.start(parts)
        watch = await watching(parts, storage, queue, held_to)
        judging = Judging(watch, queue, promises)
        reloading = Reloading(judging, None if settings.demo else told, way_in.gate, settings.keys)
        intakes = Intakes(storage, receiver, queue, door, reloading.now)
        tails = Tails(storage.seen, time.time)
        backend = _backend(
            settings, intakes, upkeep, judging=judging, reloading=reloading, tails=tails, book=book
        )
        where = addresses(settings, listener, rpc.port, redacts=door is not None, store=storage.address)
        demo = await Demo.start(where.url, way_in.demo_key) if settings.demo else None
        config = uvicorn.Config(
            _application(settings, way_in.gate, intakes, watch, backend),
            http=quick(receiver),
            log_config=None,
            lifespan="off",
            timeout_graceful_shutdown=_STOP_HTTP_S,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.private_key,
        )
        http = Http(
            config,
            lambda: started(where),
            demo,
            hurry=storage.store.hurry,
            stopping=tails.end,
            reload=reloading.soon,
        )
        await http.serve([listener])


def _backend(
    settings: ServerSettings,
    intakes: Intakes,
    upkeep: Upkeep,
    *,
    judging: Judging,
    reloading: Reloading,
    tails: Tails,
    book: PriceBook,
) -> Backend:
    """What stands behind the API and the page."""
    return Backend(
        store=intakes.storage.seen,
        demo=settings.demo,
        keyed=settings.keys is not None,
        honesty=intakes.now,
        clock=time.time,
        ready=intakes.receiver.check,
        repricing=upkeep.reprice,
        maintaining=upkeep.maintain,
        watching=judging.watch,
        promises=judging.promises,
        reload=reloading.reload,
        behind=reloading.behind,
        tails=tails,
        book=book,
    )


def _application(
    settings: ServerSettings, gate: Gate, intakes: Intakes, watch: Watch, backend: Backend
) -> ASGIApp:
    """All that is answered over HTTP; exports are taken before any framework sees them."""
    receiver = intakes.receiver
    first = [*otlp_routes(receiver), scrape_route(intakes.now, lambda: receiver.accepted, watch.now)]
    app = show_app(backend, hosts=settings.hosts, before=first, base_path=settings.base_path, gate=gate)
    return OtlpFirst(receiver, app)
