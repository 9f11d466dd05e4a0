"""The evaluation of alerts: how long it takes, and what fires in a month in which nothing is wrong.

./dev bench alerts                                        the shipped alerts and 200 over 200,000 calls
./dev bench alerts --calls 1000000,10000000 --data DIR    over made-up stores, kept there
./dev bench alerts --ingest 500                           while so many spans a second are stored
./dev bench alerts --month --every 60                     a normal month, each hour and more at its peaks

Times are of whole evaluations through the store process, wall clock, the median of several; beside them the
processor time of both processes, which includes that of storing what is ingested. The first evaluation,
which remembers nothing of long windows yet, is told by itself. 200 alerts are the shipped ones, and those
again for single features.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from bench.alerts.healthy import healthy, peak_hour
from bench.store.filling import UNTIL, Wanted, filled, roll_up
from bench.store.servers import load_average
from bench.store.shape import FEATURES, days
from bench.store.spans import templates
from kansoku.catalog.alert_pack import ALERTS, alerts
from kansoku.catalog.alerts import Alert, Compare, Every, Some, Test, Unusual
from kansoku.catalog.measures import Both, Condition, Count, Is, Mean, Measure, Quantile, Ratio, Share, Sum
from kansoku.receive.spool import Spool
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.engine import Engine
from kansoku.store.segments import Layout, Signal
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch

BEGIN = UNTIL - 5 * 3_600.0
"""The moment of the first evaluation that is timed."""

_AT_ONCE = 50

MONTH_DAYS, MONTH_CALLS = 59, 230_000
"""Four weeks before the month, by which it is judged what is usual."""


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        prog="dev bench alerts", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", default="200000", help="calls of each made-up store")
    parser.add_argument("--alerts", type=int, default=200, help="how many, besides the shipped ones alone")
    parser.add_argument("--runs", type=int, default=11, help="evaluations of each")
    parser.add_argument("--ingest", type=int, default=0, help="spans a second that are stored meanwhile")
    parser.add_argument("--data", type=Path, help="keep the made-up stores in this folder")
    parser.add_argument("--month", action="store_true", help="what fires in a normal month")
    parser.add_argument("--every", type=int, default=60, help="minutes between evaluations of the month")
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    return parser.parse_args()


def many(count: int) -> list[Alert]:
    """The shipped alerts, then alerts of one feature each until there are so many."""
    found = list(alerts())
    for feature in FEATURES:
        found += [
            replace(alert, name=f"{alert.name}{feature.capitalize()}", test=test)
            for alert in ALERTS
            if (test := narrowed(alert.test, Is("feature", feature))) is not None
        ]
    return found[:count]


def narrowed(test: Test, to: Condition) -> Test | None:
    """The test over rows that hold the condition as well; None where it is not about rows."""
    match test:
        case Compare(signal):
            return replace(test, signal=replace(signal, measure=_narrowed(signal.measure, to)))
        case Every(tests) | Some(tests):
            told = [narrowed(one, to) for one in tests]
            return replace(test, tests=tuple(one for one in told if one is not None))
        case Unusual(signal):
            return replace(test, signal=replace(signal, measure=_narrowed(signal.measure, to)))
        case _:
            return None


def _narrowed(measure: Measure, to: Condition) -> Measure:
    if isinstance(measure, Ratio):
        return replace(measure, eligible=Both((measure.eligible, to)))
    assert isinstance(measure, Count | Mean | Quantile | Share | Sum)
    return replace(measure, where=Both((measure.where, to)))


@asynccontextmanager
async def opened(data: Path) -> AsyncGenerator[EmbeddedStore]:
    """The store of a data directory."""
    store = EmbeddedStore(Layout(data))
    await store.start()
    try:
        yield store
    finally:
        await store.close()


@asynccontextmanager
async def ingesting(data: Path, rate: int) -> AsyncGenerator[None]:
    """So many spans a second go through the spool, of calls shortly before the evaluations."""
    spool = Spool.open(Layout(data))
    serials = itertools.count(time.time_ns() % 10**9)
    made = templates(seed=7, spans=_AT_ONCE, span_bytes=800, now_ns=int(BEGIN * 1e9)) if rate else []

    async def send() -> None:
        while True:
            due = time.monotonic() + _AT_ONCE / rate
            serial = next(serials)
            await spool.append(Signal.TRACES, made[serial % len(made)].copy(serial))
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    sending = asyncio.create_task(send()) if rate else None
    try:
        yield
    finally:
        if sending is not None:
            sending.cancel()
            await asyncio.wait((sending,))
        await spool.close()


@dataclass(frozen=True, slots=True)
class Timed:
    """Seconds of an evaluation, median, and of the processors in it; of the first; and alerts that failed."""

    wall_s: float
    cpu_s: float
    first_s: float
    failed: int


async def timed(data: Path, watched: Iterable[Alert], runs: int, rate: int) -> Timed:
    """How long evaluations take."""
    told = list(watched)
    async with opened(data) as store, ingesting(data, rate):
        with tempfile.TemporaryDirectory() as folder:
            state = WatchState.open(Path(folder) / "watch.sqlite3")
            watch = Watch(store, state, told)
            took: list[tuple[float, float]] = []
            for number in range(runs + 1):
                began, before = time.perf_counter(), _cpu(store)
                await watch.evaluate(BEGIN + 15.0 * number)
                took.append((time.perf_counter() - began, _cpu(store) - before))
            failed = sum(one.health == "failed" for one in watch.now().alerts)
            state.close()
    (first, _), *warm = took
    walls, cpus = zip(*warm, strict=True)
    return Timed(statistics.median(walls), statistics.median(cpus), first, failed)


def _cpu(store: EmbeddedStore) -> float:
    """Seconds of processor time of this process and the store's."""
    stat = Path(f"/proc/{store.process_id}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return sum(map(int, stat[11:13])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def speed(given: argparse.Namespace, folder: Path) -> None:
    """Prints how long an evaluation takes."""
    for calls in sorted(map(int, given.calls.split(","))):
        data = folder / str(calls)
        filled(data, Wanted(calls, span_days=0, log_days=0))
        for watched in (list(alerts()), many(given.alerts)):
            found = asyncio.run(timed(data, watched, given.runs, given.ingest))
            print(
                f"{calls:,} calls, {len(watched)} alerts, {given.ingest} spans/s: {found.wall_s:.2f} s,"
                f" processors {found.cpu_s:.2f} s, the first {found.first_s:.2f} s,"
                f" {found.failed} failed (load {load_average():.1f})",
                flush=True,
            )


def fill(data: Path) -> None:
    """Writes the normal month."""
    layout = Layout(data)
    layout.create()
    engine = Engine(layout.database)
    engine.create_tables()
    for insert in healthy(MONTH_CALLS, UNTIL, MONTH_DAYS):
        engine.run(insert)
    engine.close()
    roll_up(data)


async def month(data: Path, every_min: int) -> None:
    """Prints what fires in the normal month. Where something is pending, each minute is evaluated."""
    fired: dict[str, int] = {}
    pending: dict[str, int] = {}
    evaluations = 0
    async with opened(data) as store:
        state = WatchState.open(data / "watch.sqlite3")
        watch = Watch(store, state, alerts())
        for day in days(MONTH_CALLS, UNTIL, MONTH_DAYS)[-30:]:
            peak = day.begin + peak_hour(day) * 3_600
            moments = {*range(day.begin, day.begin + 86_400, every_min * 60), *range(peak, peak + 3_600, 600)}
            for at in sorted(moments):
                moment, waiting = at, True
                while waiting:
                    await watch.evaluate(float(moment))
                    evaluations += 1
                    seen = watch.now()
                    assert all(one.health != "failed" for one in seen.alerts), seen.alerts
                    states = {one.told.alarm.alert.name: one.told.alarm.state for one in seen.alarms}
                    for name, how in states.items():
                        counted = fired if how == "firing" else pending
                        counted[name] = counted.get(name, 0) + 1
                    waiting = "pending" in states.values()
                    moment += 60
            print(f"{day.begin}: {evaluations} evaluations, fired {fired}, pending {pending}", flush=True)
        state.close()


def main() -> None:
    """Entry point; see the module."""
    given = words()
    if given.fill:
        fill(given.fill)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = given.data or Path(made)
        if not given.month:
            speed(given, folder)
            return
        data = folder / "month"
        if not data.exists():
            subprocess.run([sys.executable, "-m", "bench.alerts", "--fill", str(data)], check=True)
        asyncio.run(month(data, given.every))


if __name__ == "__main__":
    main()
