"""What a dashboard asks, timed at several numbers of calls: cold, warm, and while spans come in.

Warm is the median of several runs. Cold is the first run after the store's files were put out of the page
cache and its process was started anew. Times are of the whole way through the store process, wall clock;
processor time is the store process's own, the least of the warm runs: others on the machine hardly change it.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from bench.store.spans import templates
from kansoku.catalog.panels import GROUPS, PanelGroup
from kansoku.catalog.text import Text
from kansoku.catalog.windows import WINDOWS
from kansoku.query import logs, traces
from kansoku.query.logs import LogSearch
from kansoku.query.rolled import Held
from kansoku.query.scope import Scope, moment
from kansoku.receive.spool import Spool
from kansoku.show import questions
from kansoku.show.paged import paged
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.holdings import Holdings
from kansoku.store.segments import Layout, Signal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kansoku.query.statement import Statement

WINDOW_NAMES: Final = ("1h", "24h", "30d")
_INGEST_SPANS = 512
_INGEST_PAUSE_S = 0.1  # with a request of 512 spans: about 5,000 spans a second
_NEEDLE = "qrabh"
"""A word of the vocabulary that is neither frequent nor rare."""

_USERS: Final = {"a frequent user": "topK(1)(user_id)[1]", "some user": "user_id"}
"""Who has the most calls lately, and who made one of them."""

Question = Callable[[EmbeddedStore, Held], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds that one question took; `ingesting_ms` where spans came in meanwhile."""

    name: str
    window: str
    cold_ms: float
    warm_ms: float
    cpu_ms: float
    ingesting_ms: float | None = None


def asked(until: int) -> Mapping[tuple[str, str], Question]:
    """Each question by its name and window, which ends then (unix seconds)."""
    found: dict[tuple[str, str], Question] = {}
    for window in WINDOW_NAMES:
        scope = Scope(until - WINDOWS[window], until)
        found |= {(name, window): ask for name, ask in _panels(scope).items()}
        found[("indicators and verdict", window)] = lambda store, rollups, scope=scope: questions.judged(
            store, scope, rollups
        )
        found |= {(f"traces of {who}", window): _of_one_user(scope, whom) for who, whom in _USERS.items()}
    found[("trace by id", "")] = _trace(until)
    found |= {(name, "24h"): _search(search) for name, search in _searches(until).items()}
    return found


def _panels(scope: Scope) -> dict[str, Question]:
    """Every panel of the catalog alone, and every group of them at once, as the page asks."""
    alone = [
        (f"{group.id}/{panel.id}", PanelGroup(panel.id, Text("", ""), (panel,)))
        for group in GROUPS
        for panel in group.panels
    ]
    alone += [(f"{group.id}/all", group) for group in GROUPS]
    return {
        name: lambda store, rollups, one=one: questions.panels(store, one, scope, rollups)
        for name, one in alone
    }


def _of_one_user(scope: Scope, whom: str) -> Question:
    """The newest traces of a user, as the page lists them."""

    async def found(store: EmbeddedStore, statement: Statement) -> list[tuple[object, ...]]:
        return (await store.query(statement.text, statement.parameters)).rows

    async def ask(store: EmbeddedStore, _: Held) -> object:
        user = await _known(store, whom, scope.end)
        search = traces.TraceSearch(replace(scope, filters=(("user", user),)), limit=100)
        return await paged(partial(found, store), *traces.newest(search))

    return ask


def _trace(until: int) -> Question:
    async def ask(store: EmbeddedStore, _: Held) -> object:
        statement = traces.spans(await _known(store, "trace_id", until))
        return await store.query(statement.text, statement.parameters)

    return ask


_KNOWN: WeakKeyDictionary[EmbeddedStore, dict[str, str]] = WeakKeyDictionary()


async def _known(store: EmbeddedStore, value: str, until: int) -> str:
    """A value that the calls of the last two hours have, the same each time."""
    known = _KNOWN.setdefault(store, {})
    if value not in known:
        rows = await store.query(
            f"SELECT {value} FROM calls WHERE time >= {{from:DateTime64(9, 'UTC')}} LIMIT 1",
            {"from": moment(until - 7_200)},
        )
        known[value] = str(rows.rows[0][0])
    return known[value]


def _searches(until: int) -> dict[str, LogSearch]:
    begin = until - 86_400
    return {
        "log search, a word": LogSearch(begin, until, (_NEEDLE,)),
        "log search, of errors": LogSearch(begin, until, (_NEEDLE,), severity="error"),
        "log search, nothing found": LogSearch(begin, until, ("never written",)),
    }


def _search(asked: LogSearch) -> Question:
    statement = logs.statement(asked)

    async def ask(store: EmbeddedStore, _: Held) -> object:
        return await store.query(statement.text, statement.parameters)

    return ask


async def timed(data: Path, until: int, runs: int, *, ingesting: bool) -> list[Timed]:
    """Every question on the store of that folder, whose last hour ends then (unix seconds)."""
    layout = Layout(data)
    _out_of_cache(layout.database)
    each = asked(until)
    under_load: dict[tuple[str, str], float] = {}
    async with _started(layout) as store:
        clock = _Clock(store, await Holdings(store).at(until))
        for value in (*_USERS.values(), "trace_id"):
            await _known(store, value, until)
        cold = {key: await clock.took(ask) for key, ask in each.items()}
        warm = {key: await clock.medians(ask, runs) for key, ask in each.items()}
        if ingesting:
            async with _coming_in(layout):
                under_load = {key: (await clock.medians(ask, runs))[0] for key, ask in each.items()}
    return [Timed(*key, cold[key], *warm[key], under_load.get(key)) for key in each]


@asynccontextmanager
async def _started(layout: Layout) -> AsyncGenerator[EmbeddedStore]:
    store = EmbeddedStore(layout)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def _coming_in(layout: Layout) -> AsyncGenerator[None]:
    """Spans come in and are loaded while the block runs."""
    spool = Spool.open(layout)
    made = templates(3, _INGEST_SPANS, 800, time.time_ns())

    async def send() -> None:
        serial = 0
        while True:
            serial += 1
            await spool.append(Signal.TRACES, made[serial % len(made)].copy(serial))
            await asyncio.sleep(_INGEST_PAUSE_S)

    sending = asyncio.create_task(send())
    try:
        yield
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await spool.close()


@dataclass(frozen=True, slots=True)
class _Clock:
    """Times questions at one store, in milliseconds."""

    store: EmbeddedStore
    rollups: Held

    async def took(self, ask: Question) -> float:
        began = time.perf_counter()
        await ask(self.store, self.rollups)
        return 1e3 * (time.perf_counter() - began)

    async def medians(self, ask: Question, runs: int) -> tuple[float, float]:
        """The median of the runs, and the least that one of them took of the processors."""
        took: list[float] = []
        worked: list[float] = []
        for _ in range(runs):
            before = self._worked()
            took.append(await self.took(ask))
            worked.append(self._worked() - before)
        return statistics.median(took), min(worked)

    def _worked(self) -> float:
        """Processor time of the store process; Linux has a clock of each process, named by its id."""
        process = self.store.process_id
        return 0.0 if process is None else 1e3 * time.clock_gettime((~process << 3) | 2)


def _out_of_cache(folder: Path) -> None:
    """The kernel forgets the files' contents; only ours, as others use the machine."""
    for path in folder.rglob("*"):
        if path.is_file():
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)
