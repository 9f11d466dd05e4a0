"""Thirty normal days with the rhythm of day and week: nothing fires; what runs away by night does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bench.alerts.healthy import healthy, peak_hour, runaway
from bench.store.shape import DAY_S, days
from kansoku.catalog.alert_pack import alerts
from kansoku.query.alert_sql import METRIC_TABLES
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch
from tests.conformance.test_alert_readers import POINT_COLUMNS
from tests.conformance.test_readers import Engine
from tests.conformance.test_watch_prometheus import EngineStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from kansoku.judge.notice import Told

UNTIL = 20_784 * DAY_S
"""2026-11-27, midnight."""

CALLS, DAYS = 115_000, 30
NIGHT = UNTIL - 2 * DAY_S + 3 * 3_600
"""Three in the morning of a weekday."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    opened.execute(
        "CREATE TABLE rollup_periods (rollup String, definition String, begin DateTime, version UInt64)"
        " ENGINE = Memory"
    )
    opened.execute("CREATE TABLE rollup_withdrawn AS rollup_periods")
    opened.execute("CREATE TABLE rollup_touched (begin DateTime, end DateTime) ENGINE = Memory")
    for table in METRIC_TABLES:
        opened.execute(f"CREATE TABLE {table} ({POINT_COLUMNS}) ENGINE = MergeTree ORDER BY TimeUnix")
    for insert in healthy(CALLS, UNTIL, DAYS):
        opened.execute(insert)
    yield opened
    opened.close()


def fired(engine: Engine, folder: Path, times: list[int]) -> dict[str, Told]:
    """What fired but for `Watchdog`, as it stands at last; what is pending is followed until it is not."""
    state = WatchState.open(folder / "watch.sqlite3")
    watch = Watch(EngineStore(engine), state, alerts(), clock=lambda: float(times[0]))
    found: dict[str, Told] = {}

    async def run() -> None:
        for at in times:
            pending, later = True, 0
            while pending:
                await watch.evaluate(float(at + later))
                seen = watch.now()
                assert not [one for one in seen.alerts if one.health == "failed"], seen.alerts
                states = {one.told.alarm.alert.name: one.told for one in seen.alarms}
                found.update({name: one for name, one in states.items() if one.alarm.state == "firing"})
                pending = any(one.alarm.state == "pending" for one in states.values())
                later += 120

    asyncio.run(run())
    state.close()
    assert found.pop("Watchdog").alarm.active_since == times[0]
    return found


def test_nothing_fires_in_a_normal_month_at_its_peaks_or_by_night(engine: Engine, tmp_path: Path) -> None:
    some = days(CALLS, UNTIL, DAYS)[2::4]
    hours = (peak_hour(day) if number % 2 else 4 for number, day in enumerate(some))
    times = [day.begin + hour * 3_600 + 1_800 for day, hour in zip(some, hours, strict=True)]
    assert fired(engine, tmp_path, times) == {}


def test_what_runs_away_by_night_below_the_peak_of_the_day_is_caught_and_named(
    engine: Engine, tmp_path: Path
) -> None:
    usd = 15.0
    engine.execute(runaway(NIGHT, 3, usd))
    found = fired(engine, tmp_path, [NIGHT, NIGHT + 2_700, NIGHT + 3_000])
    assert set(found) == {"CostUnusual"}
    told = found["CostUnusual"]
    assert told.alarm.fired_at is not None
    assert told.alarm.fired_at - NIGHT <= 4_500
    causes = {(one.field, one.value) for one in told.causes}
    assert {("feature", "digest"), ("user_id", "u-nightly"), ("request_model", "claude-opus-5")} <= causes
    assert told.alarm.value is not None
    assert told.alarm.value < 0.05 * max(days(CALLS, UNTIL, DAYS)[-2].hours)
