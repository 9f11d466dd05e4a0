"""The server: receive, store and show put together by constructor arguments, run until it is stopped."""

import asyncio
import errno
import ipaddress
import logging
import os
import signal
import socket
import sys
import time
from asyncio.subprocess import Process
from collections.abc import Callable, Generator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Self

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from kansoku.catalog.alert_pack import OWN
from kansoku.catalog.settings import GRPC_PORT, HOST, PORT
from kansoku.errors import SettingError
from kansoku.notify.queue import Queue
from kansoku.price.book import PriceBook
from kansoku.receive.door import Door
from kansoku.receive.http import OtlpFirst, otlp_routes
from kansoku.receive.receiver import Receiver
from kansoku.receive.rpc import grpc_server
from kansoku.receive.spool import Spool
from kansoku.settings import Settings
from kansoku.settings import settings as read_settings
from kansoku.settings.channels import NotifySettings
from kansoku.settings.defined import Defined, defined
from kansoku.show.app import show_app
from kansoku.show.honesty import Intake
from kansoku.show.scrape import scrape_route
from kansoku.show.slos import Promises
from kansoku.show.tail import Tails
from kansoku.store.clickhouse.address import Address, address_of
from kansoku.store.clickhouse.cluster import ClusterStore
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.loading.aside import oldest_aside
from kansoku.store.segments import Layout
from kansoku.store.upkeep.hourly import Hourly
from kansoku.store.upkeep.maintenance import completed
from kansoku.store.upkeep.reprice import Repriced, Wanted, reprice
from kansoku.watch.loop import run as beat
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch

log = logging.getLogger("kansoku.server")

_DEMO = "kansoku_demo"
_DEMO_NEEDS = "anthropic"
_BACKLOG = 2048
_PATTERN = frozenset("*?{}")
_STOP_DEMO_S = 5.0
_STOP_HTTP_S = 5  # a request whose body never comes would hold up the end for ever


def default_data_dir(*, demo: bool) -> Path:
    """Where data is kept when nothing is said; demo data lies apart from real data."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "kansoku" / ("demo" if demo else "data")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server runs.

    Attributes:
        host: The address it listens on.
        port: OTLP/HTTP, the API and the page; 0 takes a free one.
        grpc_port: OTLP/gRPC; 0 takes a free one.
        data_dir: Where it keeps everything.
        demo: Whether it starts the demo workload and labels its data so.
        no_auth: Whether it may listen on other addresses than this machine's own.
        hosts: Names that a browser may know it by, besides loopback names and addresses.
        base_path: Where a proxy shows it, when it is not at the root of a host.
        redact: Whether what arrives is redacted before it is stored; None takes what `kansoku.toml` says.
        store: The address of the ClickHouse to store in; empty for the embedded store.
    """

    host: str = HOST
    port: int = PORT
    grpc_port: int = GRPC_PORT
    data_dir: Path = field(default_factory=lambda: default_data_dir(demo=False))
    demo: bool = False
    no_auth: bool = False
    hosts: tuple[str, ...] = ()
    base_path: str = "/"
    redact: bool | None = None
    store: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a started server is; `store` is the ClickHouse it stores in, without the password."""

    url: str
    grpc: str
    data_dir: Path
    redacts: bool = False
    store: str = ""


def serve(settings: ServerSettings, started: Callable[[Addresses], None]) -> None:
    """Runs until SIGINT or SIGTERM, then drains: what was acknowledged is stored or stays in the spool.

    Args:
        settings: How it runs.
        started: Told where it is as soon as it answers.

    Raises:
        SettingError: If it cannot start; the message names the setting and the mend.
    """
    check(settings)
    door = door_of(settings)
    loops = auto_loop_factory()
    with (
        _listening(settings.host, settings.port) as listener,
        asyncio.Runner(loop_factory=loops) as runner,
    ):
        runner.run(_serve(settings, listener, door, started))


def door_of(settings: ServerSettings) -> Door | None:
    """What redacts what arrives, as `[redaction]` in `kansoku.toml` says; None where it is not wanted.

    Raises:
        SettingError: If the file cannot be used.
    """
    told = read_settings()
    wanted = told.server_redacts if settings.redact is None else settings.redact
    if not wanted:
        return None
    from kansoku.redact.configured import configured

    return Door(configured(told.redaction))


def check(settings: ServerSettings) -> None:
    """Refuses settings that would be unsafe or cannot work.

    Raises:
        SettingError: It names the setting and the mend.
    """
    if not _is_loopback(settings.host) and not settings.no_auth:
        raise SettingError(
            f"--host {settings.host}: this server has no authentication, and that address can be reached "
            "from other machines. Put an authenticating proxy in front and say --no-auth, or leave --host out"
        )
    if found := _PATTERN & set(str(settings.data_dir)):
        raise SettingError(
            f"--data-dir {settings.data_dir}: the store would read {' '.join(sorted(found))} as a pattern;"
            " choose another folder"
        )
    _address(settings)
    if settings.demo and settings.store:
        raise SettingError("--demo: its data lies apart from real data; leave --store out")
    if settings.demo and (find_spec(_DEMO) is None or find_spec(_DEMO_NEEDS) is None):
        raise SettingError(
            "--demo: needs the anthropic SDK; install it with: pip install 'kansoku[server,demo]'"
        )


def _address(settings: ServerSettings) -> Address | None:
    """The ClickHouse to store in, if there is one.

    Raises:
        SettingError: If it cannot be used.
    """
    return address_of(settings.store, os.environ) if settings.store else None


def _is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens, so that a taken port is told before anything else is started.

    Raises:
        SettingError: If the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise SettingError(
                f"port {port} on {host} is taken, perhaps by another Kansoku or an OpenTelemetry Collector; "
                "stop that, or choose another port with --port"
            ) from None
        raise SettingError(f"--host {host} --port {port}: {error.strerror or error}") from None
    listener.listen(_BACKLOG)
    return listener


async def _serve(
    settings: ServerSettings,
    listener: socket.socket,
    door: Door | None,
    started: Callable[[Addresses], None],
) -> None:
    """Starts every part, in order; ends them in the opposite one."""
    async with AsyncExitStack() as parts:
        layout = Layout(settings.data_dir)
        spool = Spool.open(layout)
        address = _address(settings)
        if address is None:
            store = EmbeddedStore(layout)
        else:
            store = ClusterStore(layout, address, (await asyncio.to_thread(read_settings)).prices)
        await store.start()
        parts.push_async_callback(store.close)
        parts.push_async_callback(spool.close)
        told = Settings() if settings.demo else await asyncio.to_thread(read_settings)
        held_to = defined(told)
        queue = await _queue(settings, parts, held_to.notify)
        receiver = Receiver(spool, door=door)
        rpc = await grpc_server(receiver, settings.host, settings.grpc_port)
        parts.push_async_callback(rpc.stop)

        async def intake() -> Intake:
            backlog = await asyncio.to_thread(layout.backlog)
            faults = {fault.name.lower(): count for fault, count in receiver.faults.items()}
            oldest = await asyncio.to_thread(oldest_aside, layout) if backlog.set_aside else None
            notices = await asyncio.to_thread(queue.numbers)
            return Intake(
                backlog.bytes,
                backlog.waiting,
                backlog.set_aside,
                dict(receiver.refusals),
                faults,
                set_aside_since=oldest and oldest.received_at,
                set_aside_reason=oldest.reason if oldest else "",
                store_restarts=store.restarts,
                notices_sent=notices.sent,
                notices_failed=notices.failed,
                notices_waiting=notices.waiting,
                notices_lost=notices.lost,
                texts_redacted=door and door.texts_masked,
            )

        async def repricing(wanted: Wanted) -> Repriced:
            book = PriceBook(overrides=(await asyncio.to_thread(read_settings)).prices)
            return await reprice(store, book, wanted)

        async def maintaining(
            task: str, arguments: Mapping[str, object], told: Callable[[str], None]
        ) -> dict[str, object]:
            days = (await asyncio.to_thread(read_settings)).retention
            return await store.maintain(task, completed(task, arguments, days, time.time()), told)

        if store.keeps_days:

            async def retaining() -> None:
                await maintaining("retention", {"apply": True}, log.info)

            retention = Hourly("retention", retaining, leads=store.leads)
            ending = asyncio.create_task(retention.run(), name="retention")
            parts.callback(ending.cancel)
        watch = await _watching(parts, layout, store, queue, held_to)
        tails = Tails(store, time.time)
        app = show_app(
            store,
            tails=tails,
            demo=settings.demo,
            honesty=intake,
            clock=time.time,
            ready=receiver.check,
            repricing=repricing,
            maintaining=maintaining,
            hosts=settings.hosts,
            watching=watch,
            promises=Promises(held_to.slos, held_to.budget, held_to.alerts),
            before=[*otlp_routes(receiver), scrape_route(intake, lambda: receiver.accepted, watch.now)],
            base_path=settings.base_path,
        )
        where = _addresses(settings, listener, rpc.port, redacts=door is not None, store=address)
        demo = await Demo.start(where.url) if settings.demo else None
        config = uvicorn.Config(
            OtlpFirst(receiver, app), log_config=None, lifespan="off", timeout_graceful_shutdown=_STOP_HTTP_S
        )
        http = _Http(config, lambda: started(where), demo, store.hurry, tails.end)
        await http.serve([listener])


async def _watching(
    parts: AsyncExitStack,
    layout: Layout,
    store: EmbeddedStore | ClusterStore,
    queue: Queue,
    held_to: Defined,
) -> Watch:
    """The evaluation of alerts, which ends before the store does.

    Raises:
        SettingError: If its state cannot be opened.
    """
    state = await asyncio.to_thread(WatchState.open, layout.data / "watch.sqlite3")
    parts.callback(state.close)
    queue.expect((*held_to.alerts, *OWN))
    watch = Watch(
        store,
        state,
        held_to.alerts,
        tell=queue.told,
        leads=store.leads,
        slos=held_to.slos,
        lag=layout.lag,
    )
    beating = asyncio.create_task(beat(watch), name="alerts")

    async def end() -> None:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)

    parts.push_async_callback(end)
    return watch


async def _queue(settings: ServerSettings, parts: AsyncExitStack, told: NotifySettings) -> Queue:
    """What tells people of alarms, as `kansoku.toml` says; of a demo's alarms nobody is told.

    Raises:
        SettingError: If a secret that the file names cannot be used.
    """
    queue = await asyncio.to_thread(Queue.open, settings.data_dir, told)
    parts.push_async_callback(asyncio.to_thread, queue.close)
    queue.start()
    return queue


def _addresses(
    settings: ServerSettings,
    listener: socket.socket,
    grpc_port: int,
    *,
    redacts: bool,
    store: Address | None,
) -> Addresses:
    """Where the server is, as a person would type it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listener.getsockname()[1]}"
    return Addresses(url, f"{host}:{grpc_port}", settings.data_dir, redacts, store.shown if store else "")


class Demo:
    """The demo workload in a process of its own, which ends when its standard input does."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls, url: str) -> Self:
        """Starts it against the server at the URL."""
        words = (sys.executable, "-m", _DEMO, "--endpoint", url, "--stop-when-stdin-closes")
        return cls(await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE))

    async def stop(self) -> None:
        """Ends it, kindly first: it sends what it still has."""
        self._watching.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_DEMO_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _watch(self) -> None:
        """Says so if it ends by itself."""
        status = await self._process.wait()
        log.error("the demo workload ended with status %s; the server goes on", status)


class _Http(uvicorn.Server):
    """Says when it answers, and lets the demo send its last before it stops answering.

    A second wish to stop, while the first is being met, hurries: what is not stored stays in the spool.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[], None],
        demo: Demo | None,
        hurry: Callable[[], None],
        stopping: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._told = started
        self._demo = demo
        self._hurry = hurry
        self._stopping = stopping
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Takes SIGINT and SIGTERM as a wish to stop.

        uvicorn's own would raise them again once HTTP has stopped, before spool and store are closed.
        """
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Meets a wish to stop."""
        if self.should_exit:
            self.force_exit = True
            self._loop.call_soon_threadsafe(self._hurry)
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        await super().startup(sockets)
        if self.started:
            self._told()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops answering."""
        if self._demo is not None:
            await self._demo.stop()
        self._stopping()
        await super().shutdown(sockets)
