"""What a dashboard asks, timed at several numbers of calls: cold, warm, and while spans come in.

Warm is the median of several runs. Cold is the first run after the store's files were put out of the page
cache and its process was started anew. Times are of the whole way through the store process, wall clock.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.store.filling import UNTIL
from bench.store.spans import templates
from kansoku.catalog.panels import GROUPS, PanelGroup
from kansoku.catalog.text import Text
from kansoku.catalog.windows import WINDOWS
from kansoku.query.scope import Scope, moment
from kansoku.receive.spool import Spool
from kansoku.show import questions
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout, Signal

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from kansoku.store.port import Parameter

WINDOW_NAMES: Final = ("1h", "24h", "30d")
_INGEST_SPANS = 512
_INGEST_PAUSE_S = 0.1  # with a request of 512 spans: about 5,000 spans a second
_NEEDLE = "qrabh"
"""A word of the vocabulary that is neither frequent nor rare."""

Question = Callable[[EmbeddedStore], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds that one question took; `ingesting_ms` where spans came in meanwhile."""

    name: str
    window: str
    cold_ms: float
    warm_ms: float
    ingesting_ms: float | None = None


def asked() -> Mapping[tuple[str, str], Question]:
    """Each question by its name and window."""
    found: dict[tuple[str, str], Question] = {}
    for window in WINDOW_NAMES:
        scope = Scope(UNTIL - WINDOWS[window], UNTIL)
        found |= {(name, window): ask for name, ask in _panels(scope).items()}
        found[("indicators and verdict", window)] = lambda store, scope=scope: questions.judged(store, scope)
        found[("calls of one user", window)] = _of_one_user(scope)
    found[("trace by id", "")] = _trace
    for name, condition in _SEARCHES.items():
        found[(name, "24h")] = _search(condition)
    return found


def _panels(scope: Scope) -> dict[str, Question]:
    """Every panel of the catalog alone."""
    alone = [
        (f"{group.id}/{panel.id}", PanelGroup(panel.id, Text("", ""), (panel,)))
        for group in GROUPS
        for panel in group.panels
    ]
    return {name: lambda store, one=one: questions.panels(store, one, scope) for name, one in alone}


def _statement(text: str, parameters: Mapping[str, Parameter] | None = None) -> Question:
    return lambda store: store.query(text, parameters)


def _of_one_user(scope: Scope) -> Question:
    """The latest calls of a user who calls now and then."""

    async def ask(store: EmbeddedStore) -> object:
        return await store.query(
            "SELECT * FROM calls WHERE user_id = {user:String} AND time >= {from:DateTime64(9, 'UTC')}"
            " AND time < {to:DateTime64(9, 'UTC')} ORDER BY time DESC LIMIT 100",
            {"user": await _known(store, "user_id"), "from": moment(scope.begin), "to": moment(scope.end)},
        )

    return ask


async def _trace(store: EmbeddedStore) -> object:
    return await store.query(
        "SELECT * FROM otel_traces WHERE TraceId = {trace:String} ORDER BY Timestamp LIMIT 1000",
        {"trace": await _known(store, "trace_id")},
    )


_KNOWN: dict[tuple[int, str], str] = {}


async def _known(store: EmbeddedStore, column: str) -> str:
    """A value of the column that is in the store, the same each time."""
    key = (id(store), column)
    if key not in _KNOWN:
        rows = await store.query(
            f"SELECT {column} FROM calls WHERE time >= {{from:DateTime64(9, 'UTC')}} LIMIT 1",
            {"from": moment(UNTIL - 7_200)},
        )
        _KNOWN[key] = str(rows.rows[0][0])
    return _KNOWN[key]


_SEARCHES: Final = {
    "log search, a word": f"hasToken(Body, '{_NEEDLE}')",
    "log search, part of a word": f"Body ILIKE '%{_NEEDLE[1:4]}%{_NEEDLE[0]}%'",
    "log search, nothing found": "Body ILIKE '%no such text anywhere%'",
}


def _search(condition: str) -> Question:
    bound: dict[str, Parameter] = {"from": moment(UNTIL - 86_400), "to": moment(UNTIL)}
    return _statement(
        "SELECT Timestamp, SeverityText, ServiceName, Body, TraceId FROM otel_logs"
        " WHERE TimestampTime >= {from:DateTime} AND TimestampTime < {to:DateTime}"
        f" AND {condition} ORDER BY Timestamp DESC LIMIT 100",
        bound,
    )


async def timed(data: Path, runs: int, *, ingesting: bool) -> list[Timed]:
    """Every question on the store of that folder."""
    layout = Layout(data)
    _out_of_cache(layout.database)
    each = asked()
    async with _started(layout) as store:
        for column in ("user_id", "trace_id"):
            await _known(store, column)
        cold = {key: await _took(store, ask) for key, ask in each.items()}
        warm = {key: await _median(store, ask, runs) for key, ask in each.items()}
        under_load: dict[tuple[str, str], float] = {}
        if ingesting:
            async with _coming_in(layout):
                under_load = {key: await _median(store, ask, runs) for key, ask in each.items()}
    return [Timed(*key, cold[key], warm[key], under_load.get(key)) for key in each]


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


async def _took(store: EmbeddedStore, ask: Question) -> float:
    began = time.perf_counter()
    await ask(store)
    return 1e3 * (time.perf_counter() - began)


async def _median(store: EmbeddedStore, ask: Question, runs: int) -> float:
    return statistics.median([await _took(store, ask) for _ in range(runs)])


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


@dataclass(frozen=True, slots=True)
class Growth:
    """A question at the least and the most calls; `factor` is how many times as long the latter took."""

    name: str
    window: str
    warm_ms: tuple[float, ...]

    @property
    def factor(self) -> float:
        """How many times as long the largest store took as the smallest."""
        return self.warm_ms[-1] / self.warm_ms[0]


def growths(stores: Sequence[Sequence[Timed]]) -> list[Growth]:
    """Each question over the stores, the smallest first."""
    return [
        Growth(same[0].name, same[0].window, tuple(one.warm_ms for one in same))
        for same in zip(*stores, strict=True)
    ]
