"""The evaluator beside Prometheus' own on the same traffic: the same alarms fire at the same time."""

from __future__ import annotations

import asyncio
import json
import random
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.instruments import FIRST_CHUNK_BUCKETS_S, HEADROOM_BUCKETS, LATENCY_BUCKETS_S
from kansoku.catalog.slos import SLOS
from kansoku.publish.prometheus import rules
from kansoku.query.statement import Statement
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch
from tests.conformance.test_prometheus_rules import (
    ATTEMPTS_529,
    ATTEMPTS_OK,
    CALLS,
    DOWN,
    PROMTOOL,
    SPENT,
    TOOL_ERROR,
    TOOL_OK,
    UNPRICED,
    UP,
    judged,
    promtool,
    tokens,
)
from tests.conformance.test_readers import BEGIN, Engine

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from kansoku.query.oracle import Row
    from kansoku.store.port import Parameter

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")

MINUTES, STEP_S = 90, 15
EVERY = 3
"""Both evaluate each so many minutes."""

DARK = 45
"""For the last so many minutes nothing succeeds, and little is tried."""

ZERO = BEGIN - BEGIN % 60

LOOKS_BACK = (
    *("TelemetryLost", "NoTraffic", "CostUnusual", "Watchdog"),
    *("NotInstrumented", "TelemetryDropped", "InternalErrors"),
)
"""Of days and weeks before, of what is scraped, of Kansoku itself, and of nothing: 90 minutes of calls do
not tell them."""

WATCHED = tuple(
    one for one in alerts() if one.name not in LOOKS_BACK and not one.name.startswith("SloAbsent")
)

GOES_WRONG: Mapping[str, tuple[int, int]] = {
    "slow": (2, 24),
    "first chunk": (2, 40),
    "dear": (5, 16),
    "uncached": (3, 45),
    "refused": (6, 30),
    "cut off": (20, 40),
    "retried": (12, 30),
    "near the limit": (15, 36),
    "tool": (5, 25),
    "unpriced": (4, 44),
    "rated": (10, 40),
    "made up": (10, 40),
    "task": (15, 35),
}
"""The minutes in which so much is wrong."""


HISTOGRAMS = (
    ("duration_s", "claude_api_latency_seconds", LATENCY_BUCKETS_S),
    ("ttft_s", "claude_ttft_seconds", FIRST_CHUNK_BUCKETS_S),
    ("rate_limit_remaining_ratio", "claude_rate_limit_headroom_ratio", HEADROOM_BUCKETS),
)
"""What is counted by bounds: the field and the metric."""


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


def wrong(what: str, number: int, call: int, one_in: int = 2) -> bool:
    """Whether that is wrong with the call of a step."""
    begin, end = GOES_WRONG[what]
    return begin * 60 <= number * STEP_S < end * 60 and call % one_in == 0


def answered(number: int, call: int) -> Row:
    """A call that succeeded, with all that may be wrong with it."""
    uncached, unpriced = wrong("uncached", number, call, 1), wrong("unpriced", number, call, 3)
    refused, cut = wrong("refused", number, call, 3), wrong("cut off", number, call)
    return {
        "outcome": "ok",
        "duration_s": 25.0 if wrong("slow", number, call) else 3.0,
        "ttft_s": 4.0 if wrong("first chunk", number, call) else 0.7,
        "input_tokens": 3_000 if uncached else 500,
        "output_tokens": 200,
        "cache_read_tokens": 0 if uncached else 2_500,
        "cache_write_tokens": 0,
        "cost_usd": None if unpriced else 5.0 if wrong("dear", number, call, 1) else 0.01,
        "unpriced_reason": "unknown model" if unpriced else "",
        "attempts": 3 if wrong("retried", number, call) else 1,
        "failed_attempts": 2 if wrong("retried", number, call) else 0,
        "stop_reason": "refusal" if refused else "max_tokens" if cut else "end_turn",
        "rate_limit_remaining_ratio": 0.04 if wrong("near the limit", number, call, 1) else 0.6,
    }


def happened(steps: list[tuple[int, int]]) -> Iterator[tuple[str, int, Row]]:
    """What happened in each step, each in a second of it: its table, the step and the row."""
    for number, (ok, failed) in enumerate(steps):
        calls = [answered(number, call) for call in range(ok)]
        calls += [{"outcome": "error", "attempts": 1, "failed_attempts": 1}] * failed
        calls += [{"outcome": "aborted", "attempts": 1, "failed_attempts": 0}] * (number % 9)
        told = [("calls", {"operation": "chat", "response_model": "m", **one}) for one in calls]
        for run in range(3):
            outcome = "error" if wrong("tool", number, run) else "ok"
            told.append(("tool_calls", {"tool": "search", "outcome": outcome}))
        labels = {
            "task": "failed" if wrong("task", number, 0) else "completed",
            "feedback": "down" if wrong("rated", number, 0) else "up",
            "evaluation": "hallucinated" if wrong("made up", number, 0) else "grounded",
        }
        names = {"task": "t", "evaluation": "hallucination"}
        told += [
            ("outcomes", {"kind": kind, "name": names.get(kind, ""), "label": label})
            for kind, label in labels.items()
        ]
        for place, (table, row) in enumerate(told):
            yield table, number, {"time": (ZERO + number * STEP_S + 1 + place % STEP_S) * 10**9, **row}


def moved(row: Row) -> Iterator[tuple[str, float]]:
    """The counters that the row moves, and how far."""
    match row:
        case {"operation": "chat", "outcome": outcome}:
            yield f'{CALLS}{{model="m",status="{outcome}"}}', 1
            failed = int(str(row["failed_attempts"]))
            yield ATTEMPTS_529, failed
            yield ATTEMPTS_OK, int(str(row["attempts"])) - failed
            if outcome == "ok":
                yield from answer_moved(row)
        case {"tool": _, "outcome": outcome}:
            yield TOOL_ERROR if outcome == "error" else TOOL_OK, 1
        case {"kind": "task", "label": label}:
            yield f'claude_tasks_total{{task="t",outcome="{label}"}}', 1
        case {"kind": "feedback", "label": label}:
            yield UP if label == "up" else DOWN, 1
        case _:
            yield judged(str(row["label"])), 1


def answer_moved(row: Row) -> Iterator[tuple[str, float]]:
    """The counters that only answers move."""
    for kind, field in (("input", "input"), ("cache_read", "cache_read"), ("output", "output")):
        yield tokens(kind), float(str(row[f"{field}_tokens"]))
    yield (SPENT, float(str(row["cost_usd"]))) if row["cost_usd"] is not None else (UNPRICED, 1)
    yield f'claude_stop_reasons_total{{model="m",stop_reason="{row["stop_reason"]}"}}', 1
    for field, name, bounds in HISTOGRAMS:
        yield f'{name}_count{{model="m"}}', 1
        for bound in (*bounds, "+Inf"):
            within = float(str(row[field])) <= float(bound)
            yield f'{name}_bucket{{model="m",le="{bound}"}}', int(within)


def series(told: list[tuple[str, int, Row]]) -> dict[str, list[float]]:
    """The counters' growth in each step."""
    found: dict[str, list[float]] = {}
    for _, number, row in told:
        for name, by in moved(row):
            found.setdefault(name, [0.0] * MINUTES * 4)[number] += by
    return found


def counter(growth: list[float]) -> str:
    """A counter's samples, the first of them 0."""
    return " ".join(
        f"{round(total, 6):g}" if total % 1 else str(int(total)) for total in accumulate([0.0, *growth])
    )


async def fired(engine: Engine, folder: Path) -> list[set[str]]:
    """What fires at each evaluation."""
    state = WatchState.open(folder / "watch.sqlite3")
    watch = Watch(EngineStore(engine), state, WATCHED)
    found: list[set[str]] = []
    for minute in range(0, MINUTES + 1, EVERY):
        await watch.evaluate(ZERO + 60.0 * minute)
        seen = (one.told.alarm for one in watch.now().alarms)
        found.append({alarm.alert.name for alarm in seen if alarm.state == "firing"})
    state.close()
    return found


@pytest.mark.parametrize("seed", range(1))
def test_the_same_alarms_fire_at_every_evaluation(engine: Engine, seed: int, tmp_path: Path) -> None:
    told = list(happened(traffic(seed)))
    tables = ("calls", "tool_calls", "outcomes")
    engine.hold({table: [row for of, _, row in told if of == table] for table in tables})
    ours = asyncio.run(fired(engine, tmp_path))
    assert {one.name for one in WATCHED} - set[str]().union(*ours) == set()
    (tmp_path / "kansoku.rules.yaml").write_text(rules(WATCHED, SLOS, ()), encoding="utf-8")
    counters = series(told)
    asked = {
        "rule_files": [str(tmp_path / "kansoku.rules.yaml")],
        "evaluation_interval": f"{EVERY}m",
        "tests": [
            {
                "interval": f"{STEP_S}s",
                "input_series": [
                    {"series": name, "values": counter(growth)} for name, growth in counters.items()
                ],
                "promql_expr_test": [
                    {
                        "eval_time": f"{EVERY * number}m",
                        "expr": 'group by (alertname) (ALERTS{alertstate="firing"})',
                        "exp_samples": [
                            {"labels": f'{{alertname="{name}"}}', "value": 1} for name in sorted(firing)
                        ],
                    }
                    for number, firing in enumerate(ours)
                ],
            }
        ],
    }
    (tmp_path / "same.yaml").write_text(json.dumps(asked), encoding="utf-8")
    ended = promtool("test", "rules", str(tmp_path / "same.yaml"))
    assert ended.returncode == 0, ended.stdout + ended.stderr
