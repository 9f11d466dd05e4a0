"""The store on a ClickHouse server or cluster: questions over HTTP, segments posted by a loader.

All that a node of Kansoku keeps itself is its spool. While ClickHouse does not answer, questions get
`StoreUnavailable`, the spool takes what arrives, and the loader tries again with growing pauses. A
node starts without it too, so that it can acknowledge; what is wrong for good (a refused password, no
schema, a schema of a newer Kansoku) ends the start.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

from kansoku.errors import QueryRefused, QueryTimeout, StoreError
from kansoku.price.book import PriceBook
from kansoku.store.asking import rows_of
from kansoku.store.clickhouse.leases import PASSES, Holding, Leases
from kansoku.store.clickhouse.ledgers import LEDGERS, ClickHouseLedger
from kansoku.store.clickhouse.repeating import repeat
from kansoku.store.clickhouse.server import ClickHouse, WrongPlace
from kansoku.store.clock import running_clock
from kansoku.store.loading.inserts import Inserts
from kansoku.store.loading.loader import Loader
from kansoku.store.loading.sources import FromPost
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows
from kansoku.store.schema.migrations import NEWEST
from kansoku.store.schema.newest import SCHEMA_VERSION
from kansoku.store.task import Work
from kansoku.store.upkeep.maintenance import run as run_task
from kansoku.store.upkeep.settling import Settling

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kansoku.catalog.prices import PriceRow
    from kansoku.store.clickhouse.address import Address
    from kansoku.store.port import Parameter
    from kansoku.store.segments import Layout

_log = logging.getLogger(__name__)
_GRACE_S = 5.0
_CLOSE_S: Final = 50.0
_REWRITING_S: Final = 900.0
_PAGE_THREADS, _AD_HOC_THREADS, _CHANGE_THREADS = 12, 4, 2
_LOADERS = 2
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 30.0
_PARSE_ASIDE_BYTES = 1 << 20
_NODE_TASKS: Final = ("retry",)
_SERVER_TASKS: Final = ("stats", "retention")
_PASS_S: Final = 5.0
_LOOK_BACK_S: Final = 600
"""An INSERT may take so long until its rows are seen."""
_FIRST_LOOK_BACK_S: Final = 86_400
_OLDEST: Final = (25, 9)
"""ClickHouse reads an inline schema, and tells which member of a value was sent, from this version on."""


class ClusterStore:
    """A `Store` on ClickHouse. `start` it, `query` it, `close` it, all in one event loop."""

    def __init__(self, layout: Layout, address: Address, prices: tuple[PriceRow, ...] = ()) -> None:
        """Takes the node's folders, the ClickHouse, and the user's own prices."""
        self._layout = layout
        self._address = address
        self._server = ClickHouse(address)
        self._page = ThreadPoolExecutor(_PAGE_THREADS, thread_name_prefix="clickhouse-page")
        self._ad_hoc = ThreadPoolExecutor(_AD_HOC_THREADS, thread_name_prefix="clickhouse-ad-hoc")
        self._changes = ThreadPoolExecutor(_CHANGE_THREADS, thread_name_prefix="clickhouse-change")
        self._tasks = ThreadPoolExecutor(1, thread_name_prefix="clickhouse-task")
        self._loader = Loader(
            self._server,
            layout,
            workers=_LOADERS,
            loading=self._tell_loading,
            confirm=lambda: None,  # the INSERT ended when the quorum had it on the disk
            inserts=Inserts(FromPost()),
        )
        self._loading: dict[int, str] = {}
        self._halting = threading.Event()
        self._waiting: asyncio.Task[None] | None = None
        self._loads = False
        self._holding = Holding(Leases(self._server), PASSES, running_clock)
        book = PriceBook(overrides=prices)
        self._settling = Settling(self._server, lambda: book, lambda _begin, _end: None)
        self._passing = threading.Thread(target=self._pass, name="passes", daemon=True)
        self._settled = 0
        self._keeping = threading.Thread(
            target=self._holding.run, args=(self._halting,), name="lease", daemon=True
        )
        self._stopping = threading.Event()
        self.restarts = 0
        """There is no process of its own that could be restarted."""
        self.keeps_days = not address.cluster
        """Whether Kansoku ends what has been kept long enough; on a cluster nothing does, unless its tables
        have been given a TTL by hand."""

    async def start(self) -> None:
        """Sees that the schema is there and begins to load; where nobody answers, it goes on trying.

        Raises:
            StoreUnavailable: If the database is not one to store in; the message says why and the mend.
        """
        try:
            await self._in(self._changes, self._verify)
        except WrongPlace:
            raise
        except StoreError as error:
            _log.error("%s; what arrives is kept in the spool meanwhile", error)
            self._waiting = asyncio.create_task(self._wait_for_it(), name="clickhouse-waiting")
        else:
            self._begin()

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        """As the port says."""
        name = uuid.uuid4().hex
        lane = self._ad_hoc if limits.ad_hoc else self._page
        running = lane.submit(self._server.ask, statement, parameters or {}, limits, name)
        asked = asyncio.wrap_future(running)
        try:
            async with asyncio.timeout(limits.seconds + _GRACE_S):
                body = await asyncio.shield(asked)
        except (TimeoutError, asyncio.CancelledError) as error:
            if not running.cancel():
                self._changes.submit(self._kill, name)
            asked.add_done_callback(_forgotten)
            if isinstance(error, TimeoutError):
                raise QueryTimeout(f"no answer within {limits.seconds} s") from None
            raise
        if len(body) > _PARSE_ASIDE_BYTES:
            return await asyncio.to_thread(rows_of, body, limits)
        return rows_of(body, limits)

    async def rewrite(self, statement: str) -> None:
        """As the port says."""
        change = self._server.engines.alter_rows(statement)
        try:
            async with asyncio.timeout(_REWRITING_S):
                await self._in(self._changes, lambda: self._server.run(change))
        except TimeoutError:
            raise QueryTimeout(f"not done within {_REWRITING_S} s; ClickHouse goes on with it") from None

    def hurry(self) -> None:
        """Has `close` not wait for what is in the spool; it stays there."""
        self._loader.hurry()

    async def close(self) -> None:
        """Tries once more to load what is ready, then lets go; the rest stays in the spool.

        Of a ClickHouse that takes no end over an answer it waits a minute: what it cuts short is done
        again by the next start.
        """
        self._stopping.set()
        if self._waiting is not None:
            self._waiting.cancel()
            with suppress(asyncio.CancelledError):
                await self._waiting
        self._halting.set()
        if self._loads:
            await asyncio.to_thread(self._loader.stop, _CLOSE_S)
            for thread in (self._keeping, self._passing):
                await asyncio.to_thread(thread.join, _GRACE_S)
        for pool in (self._page, self._ad_hoc, self._changes, self._tasks):
            pool.shutdown(wait=False, cancel_futures=True)
        self._server.close()

    @property
    def loading(self) -> tuple[str, ...]:
        """The segments that are being loaded now, as `traces/….ready`."""
        return tuple(self._loading.values())

    def leads(self) -> bool:
        """Whether this node, of all, does the passes that one does for all; ask again before each step."""
        return self._holding.holds()

    def ledger(self, name: str) -> ClickHouseLedger:
        """The ledger of that name, which all nodes write to."""
        return ClickHouseLedger(self._server, name, self._holding.term)

    async def maintain(
        self,
        task: str,
        arguments: Mapping[str, object],
        told: Callable[[str], None] = lambda _: None,
    ) -> dict[str, object]:
        """Runs the tasks that a node can answer for: its own spool, and in one server its tables.

        Raises:
            QueryRefused: For any other; ClickHouse has means of its own.
            StoreUnavailable: If ClickHouse does not answer.
        """
        allowed = (*_NODE_TASKS, *(() if self._address.cluster else _SERVER_TASKS))
        if task not in allowed:
            raise QueryRefused(
                f"{task} is not done by Kansoku in {self._address.shown}; use ClickHouse's own means, as"
                " docs/cluster.md says"
            )
        loop = asyncio.get_running_loop()
        work = Work(
            database=self._server,
            layout=self._layout,
            told=lambda words: loop.call_soon_threadsafe(told, words) and None,
            stopping=self._stopping,
            still=self._loader.still,
        )
        return await loop.run_in_executor(self._tasks, run_task, task, work, arguments)

    async def _wait_for_it(self) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
            try:
                await self._in(self._changes, self._verify)
            except StoreError as error:
                _log.error("%s; next try in %.1f s", error, pause)
            else:
                self._begin()
                return

    def _begin(self) -> None:
        self._loads = True
        self._loader.start()
        self._keeping.start()
        self._passing.start()

    def _verify(self) -> None:
        """Sees that ClickHouse is new enough and the schema is this Kansoku's.

        Raises:
            WrongPlace: If it is not.
            StoreError: If ClickHouse does not answer.
        """
        ((told,),) = self._server.rows("SELECT version()")
        if tuple(int(part) for part in str(told).split(".")[:2]) < _OLDEST:
            raise WrongPlace(
                f"ClickHouse at {self._address.shown} is {told};"
                f" upgrade it to {'.'.join(map(str, _OLDEST))} or newer"
            )
        try:
            ((version,),) = self._server.rows(f"SELECT max(version) FROM {SCHEMA_VERSION.name}")  # noqa: S608
        except QueryRefused:
            version = 0
        if version != NEWEST:
            raise WrongPlace(self._wrong_version(int(cast("int", version))))
        ((there,),) = self._server.rows(f"EXISTS TABLE {LEDGERS.name}")
        if not there:
            raise WrongPlace(
                f"the database at {self._address.shown} has no table {LEDGERS.name}, by which nodes share"
                " alarms; make it with: kansoku store init"
            )

    def _wrong_version(self, version: int) -> str:
        where = f"the database at {self._address.shown}"
        if version > NEWEST:
            return f"{where} is of schema version {version}, made by a newer Kansoku; run that one"
        found = f"is of schema version {version}" if version else "has no schema"
        return f"{where} {found}; bring it to version {NEWEST} with: kansoku store init"

    def _pass(self) -> None:
        if not self._address.cluster:
            repeat("settling what is newly stored", self._settle, self._halting, _PASS_S)

    def _settle(self) -> None:
        """Settles what any node, or a Collector, has stored, while this node leads; in one server alone."""
        if not self.leads():
            self._settled = 0
            return
        ((now,),) = self._server.rows("SELECT toUnixTimestamp(now())")
        told = int(cast("int", now))
        self._settling.settle(self._settled or told - _FIRST_LOOK_BACK_S)
        self._settled = told - _LOOK_BACK_S

    def _kill(self, name: str) -> None:
        with suppress(StoreError):  # it ends by its own limit
            self._server.kill(name)

    def _tell_loading(self, worker: int, segment: str | None) -> None:
        if segment is None:
            self._loading.pop(worker, None)
        else:
            self._loading[worker] = segment

    async def _in(self, pool: ThreadPoolExecutor, work: Callable[[], None]) -> None:
        await asyncio.get_running_loop().run_in_executor(pool, work)


def _forgotten(asked: asyncio.Future[bytes]) -> None:
    """Takes the error of a question that nobody waits for."""
    if not asked.cancelled():
        asked.exception()
