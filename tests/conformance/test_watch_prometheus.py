"""The evaluator beside Prometheus' own on the same traffic: the same alarms fire, minute by minute."""

from __future__ import annotations

import asyncio
import json
import random
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.publish.prometheus import rules
from kansoku.query.statement import Statement
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch
from tests.conformance.test_prometheus_rules import ERROR, OK, PROMTOOL, expected, promtool
from tests.conformance.test_readers import BEGIN, Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kansoku.query.oracle import Row
    from kansoku.store.port import Parameter

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")

NAMES = ("HighErrorRate", "ApiOutage", "AllCallsFailing")
MINUTES, STEP_S = 90, 15
DARK = 45
"""For the last so many minutes nothing succeeds, and little is tried."""

ZERO = BEGIN - BEGIN % 60


class EngineStore:
    """A store over the engine in this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        assert limits.seconds > 0
        asked = Statement(statement, parameters or {})
        return Rows((), [tuple(cells) for cells in self._engine.run(asked)])


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    opened.execute(
        "CREATE TABLE rollup_periods (rollup String, definition String, begin DateTime, version UInt64)"
        " ENGINE = Memory"
    )
    opened.execute("CREATE TABLE rollup_withdrawn AS rollup_periods")
    opened.execute("CREATE TABLE rollup_touched (begin DateTime, end DateTime) ENGINE = Memory")
    yield opened
    opened.close()


def traffic(seed: int) -> list[tuple[int, int]]:
    """Of each step, the calls that succeeded and that failed: some minutes of one sort, then of another."""
    dice = random.Random(seed)
    steps: list[tuple[int, int]] = []
    while len(steps) < (MINUTES - DARK) * 4:
        sort = dice.choice([(5, 0), (5, 0), (0, 0), (9, 1), (19, 1), (5, 5), (2, 4), (0, 5)])
        steps += [sort] * 4 * dice.randrange(1, 12)
    dark = [(0, int(dice.random() < 0.05)) for _ in range(DARK * 4)]
    return [*steps[: (MINUTES - DARK) * 4], *dark]


def rows(steps: list[tuple[int, int]]) -> Iterator[Row]:
    """The calls, each in a second of its step."""
    for number, counts in enumerate(steps):
        for outcome, count in zip(("ok", "error"), counts, strict=True):
            for call in range(count):
                at = ZERO + number * STEP_S + 1 + call % STEP_S
                yield {"time": at * 10**9, "operation": "chat", "outcome": outcome}


def counter(counts: list[int]) -> str:
    """A counter's samples, the first of them 0."""
    total, told = 0, ["0"]
    for count in counts:
        total += count
        told.append(str(total))
    return " ".join(told)


async def fired(engine: Engine, folder: Path) -> list[set[str]]:
    """What fires at each minute."""
    state = WatchState.open(folder / "watch.sqlite3")
    watch = Watch(EngineStore(engine), state, [one for one in alerts() if one.name in NAMES])
    found: list[set[str]] = []
    for minute in range(MINUTES + 1):
        await watch.evaluate(ZERO + 60.0 * minute)
        seen = (one.told.alarm for one in watch.now().alarms)
        found.append({alarm.alert.name for alarm in seen if alarm.state == "firing"})
    state.close()
    return found


@pytest.mark.parametrize("seed", range(1))
def test_the_same_alarms_fire_at_every_minute(engine: Engine, seed: int, tmp_path: Path) -> None:
    steps = traffic(seed)
    engine.hold({"calls": list(rows(steps))})
    ours = asyncio.run(fired(engine, tmp_path))
    assert set[str]().union(*ours) == set(NAMES)
    told = rules(one for one in alerts() if one.name in NAMES)
    (tmp_path / "kansoku.rules.yaml").write_text(told, encoding="utf-8")
    series = ((OK, [ok for ok, _ in steps]), (ERROR, [failed for _, failed in steps]))
    asked = {
        "rule_files": [str(tmp_path / "kansoku.rules.yaml")],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": f"{STEP_S}s",
                "input_series": [{"series": name, "values": counter(counts)} for name, counts in series],
                "alert_rule_test": [
                    {
                        "eval_time": f"{minute}m",
                        "alertname": name,
                        "exp_alerts": expected(name, fires=name in ours[minute]),
                    }
                    for minute in range(MINUTES + 1)
                    for name in NAMES
                ],
            }
        ],
    }
    (tmp_path / "same.yaml").write_text(json.dumps(asked), encoding="utf-8")
    ended = promtool("test", "rules", str(tmp_path / "same.yaml"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
