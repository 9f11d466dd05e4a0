"""A run of crashes: a real server and its store process, under load, killed at steps and at random moments.

After each kill the server is started again, drained, and asked: every acknowledged item must be there
once, in its raw table and in its narrow one, and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import Request as HttpRequest
from urllib.request import urlopen

from kansoku.catalog.rollups import HOUR_S, ROLLUPS, Rollup
from kansoku.query.rolled import kept
from kansoku.store.loading.aside import list_aside
from kansoku.store.segments import Layout
from tests.crash.exporters import Exporters, Kind
from tests.crash.steps import STEPS, Step

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Sequence

HOOK = Path(__file__).parent / "hook"
CLIENTS = 4
_UP = """
import functools, kansoku.receive.spool as spool
# Small and young segments, so that a kill finds every stage of the way under way.
small = {"segment_bytes": 200_000, "segment_s": 0.3, "reserve_bytes": 0}
spool.SpoolLimits = functools.partial(spool.SpoolLimits, **small)
from kansoku.cli import main
main()
"""
_START_S, _STEP_S, _DRAIN_S = 120.0, 90.0, 600.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One crash: at a step, or at a random moment; of the server, of the store process, or of both."""

    victim: str
    step: Step | None

    def __str__(self) -> str:
        return f"{self.victim}, {self.step.name if self.step else 'at a random moment'}"


def kills(number: int, moments: random.Random, steps: Sequence[Step] = STEPS) -> list[Kill]:
    """So many kills: each step once and again, every fourth at a random moment."""
    order = list(steps)
    moments.shuffle(order)
    made: list[Kill] = []
    while len(made) < number:
        if len(made) % 4 == 3:
            made.append(Kill(moments.choice(["server", "store", "both"]), None))
            continue
        step = order[(len(made) - len(made) // 4) % len(order)]
        victim = {"server": "server", "start": "server"}.get(step.process) or moments.choice(
            ["store", "both"]
        )
        made.append(Kill(victim, step))
    return made


class Crashing:
    """The servers of one data directory, one after the other."""

    def __init__(self, data: Path, seed: int) -> None:
        self.layout = Layout(data)
        self.port = free_port()
        self.moments = random.Random(seed)
        self.exporters = Exporters(self.port, CLIENTS)
        self._armed = data.with_name("armed.json")
        self._log = data.with_name("server.log")
        self._process: Process | None = None
        self._reading: asyncio.Task[bytes] | None = None

    async def start(self) -> bool:
        """Starts a server; whether it came up."""
        targets = sorted({step.target for step in STEPS})
        environment = {
            **os.environ,
            "PYTHONPATH": str(HOOK),
            "KANSOKU_CRASH": str(self._armed),
            "KANSOKU_CRASH_TARGETS": json.dumps(targets),
        }
        words = ("up", "--port", str(self.port), "--grpc-port", "0", "--data-dir", str(self.layout.data))
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", _UP, *words),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment,
            )
        assert self._process.stdout is not None
        async with asyncio.timeout(_START_S):
            while line := await self._process.stdout.readline():
                if line.startswith(b"Ready"):
                    self._reading = asyncio.create_task(self._process.stdout.read())
                    return True
        await self._process.wait()
        return False

    async def end(self) -> None:
        """Kills the server if it lives, and waits until it is gone with its store."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._reading is not None:
            await self._reading  # the store process holds the pipe too

    async def die(self, kill: Kill) -> None:
        """Brings the crash about, under load, and has a server running again."""
        self.exporters.resume()
        before = self.exporters.tally.requests
        await until(lambda: self.exporters.tally.requests > before + CLIENTS, _STEP_S, f"no load: {kill}")
        if kill.step is None:
            await asyncio.sleep(1.5 * self.moments.random())  # the load runs; the kill falls anywhere
            self._kill(kill.victim)
        elif kill.step.process == "start":
            self._kill("server")
            await self.end()
            self._arm(kill)
            await self.start()
        else:
            self._arm(kill)
            if kill.step.is_slow:  # do not pile up so long
                await until(lambda: not self.exporters.odd, _STEP_S, "no load")
                await self.exporters.pause()
        await until(lambda: not self._armed.exists(), _STEP_S, f"the step never came: {kill}")
        if kill.victim == "store":
            await asyncio.sleep(0.1)  # the server goes on; it starts the store again itself
            return
        await self.end()
        assert await self.start(), f"no server comes up after {kill}; see {self._log}"

    async def check(self) -> dict[str, int]:
        """Drains and compares what is stored with what was acknowledged; gives the counts."""
        await self.exporters.pause()
        await until(lambda: not self._backlog(), _DRAIN_S, "what was acknowledged is not stored")
        return await asyncio.to_thread(self._compare)

    async def check_rollups(self) -> None:
        """Compares what the rollups count with what the narrow tables do, once a pass has been over them."""
        over = [rollup for rollup in ROLLUPS if rollup.period_s <= HOUR_S]  # longer ones are not closed yet
        differing = [rollup.name for rollup in over]
        deadline = time.monotonic() + _DRAIN_S
        while differing:
            assert time.monotonic() < deadline, f"counted otherwise than their tables: {differing}"
            await asyncio.sleep(0.5)
            told = await asyncio.to_thread(self._query, " UNION ALL ".join(map(_counted, over)))
            differing = [row for row in told if row[1] != row[2] or not row[1]]

    def _backlog(self) -> int:
        backlog = self.layout.backlog()
        return backlog.waiting + backlog.bytes

    def _compare(self) -> dict[str, int]:
        known = self.exporters.tally.acknowledged
        kinds = [kind for kind in Kind if kind is not Kind.REFUSED]
        by_table: dict[tuple[str, str], set[int]] = {}
        for kind in kinds:
            raw, narrow = kind.value
            by_table.setdefault((raw, "SpanId"), set()).update(known[kind])
            by_table.setdefault((narrow, "span_id"), set()).update(known[kind])
        for (table, column), numbers in by_table.items():
            self._same(table, column, numbers)
        aside = [one.name for one in list_aside(self.layout)]
        assert len(aside) == len(known[Kind.REFUSED]), (
            f"{len(aside)} set aside, {len(known[Kind.REFUSED])} expected"
        )
        return {table: len(numbers) for (table, _), numbers in by_table.items()}

    def _same(self, table: str, column: str, numbers: set[int]) -> None:
        number = f"reinterpretAsUInt64(reverse(unhex({column})))"
        found = self._query(
            f"SELECT count(), uniqExact({column}), sum({number}), groupBitXor({number})"
            f" FROM {table} WHERE {column} != ''"
        )[0]
        xor = 0
        for one in numbers:
            xor ^= one
        expected = [len(numbers), len(numbers), sum(numbers), xor]
        if found != expected:
            each = f"SELECT {column} FROM {table} GROUP BY {column} HAVING count() > 1"
            doubled = self._query(f"SELECT count(), min({number}) FROM ({each})")
            raise AssertionError(f"{table}: {found} stored, {expected} acknowledged; doubled: {doubled}")

    def _query(self, sql: str) -> list[list[Any]]:
        deadline = time.monotonic() + _DRAIN_S
        while True:
            asked = HttpRequest(
                f"http://127.0.0.1:{self.port}/api/query",
                json.dumps({"sql": sql}).encode(),
                {"content-type": "application/json"},
            )
            try:
                with urlopen(asked, timeout=60) as answer:
                    return json.load(answer)["rows"]
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)  # the store is being started again

    def _arm(self, kill: Kill) -> None:
        assert kill.step is not None
        draft = self._armed.with_suffix(".draft")
        draft.write_text(json.dumps({**asdict(kill.step), "victim": kill.victim}))
        draft.rename(self._armed)
        self.exporters.odd = kill.step.odd

    def _kill(self, victim: str) -> None:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        if victim in ("server", "both"):
            self._process.kill()
        if victim in ("store", "both"):
            for child in children:
                with suppress(ProcessLookupError):
                    os.kill(int(child), signal.SIGKILL)


def _counted(rollup: Rollup) -> str:
    """The statement that gives a rollup's name, what its counts add up to, and what that should be."""
    counts = [part for part in kept(rollup) if part.column.startswith("count_")]
    newest = f"SELECT begin, max(version) FROM rollup_periods WHERE rollup = '{rollup.name}' GROUP BY begin"
    summed, meant = (
        " + ".join(each) for each in zip(*((f"sum({one.column})", one.base) for one in counts), strict=True)
    )
    return (
        f"SELECT '{rollup.name}', (SELECT {summed} FROM {rollup.name}"
        f" WHERE (period, version) IN ({newest})), (SELECT {meant} FROM {rollup.table})"
    )


async def until(holds: Callable[[], object], seconds: float, otherwise: str) -> None:
    """Waits for a condition."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, otherwise
        await asyncio.sleep(0.02)


def free_port() -> int:
    """A free port below the system's range for clients.

    In that range, a client that connects while no server listens can be given the server's own port
    and then talks to itself.
    """
    for port in random.Random().sample(range(15_000, 30_000), 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


async def run(
    folder: Path, planned: Sequence[Kill], seed: int, tell: Callable[[str], None]
) -> dict[str, int]:
    """All the kills, with a check after each; the counts at the end."""
    crashing = Crashing(folder / "data", seed)
    counts: dict[str, int] = {}
    try:
        assert await crashing.start()
        for number, kill in enumerate(planned, 1):
            await crashing.die(kill)
            counts = await crashing.check()
            if number == len(planned) or (kill.step is not None and "rollup" in kill.step.name):
                await crashing.check_rollups()
            tell(f"{number:4} {kill}: {counts} each once")
    finally:
        await crashing.exporters.close()
        await crashing.end()
    return counts
