"""Scenes from production as calls: what fires and what stays quiet, under promtool and by the store."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.instruments import FIRST_CHUNK_BUCKETS_S, HEADROOM_BUCKETS, LATENCY_BUCKETS_S
from kansoku.catalog.slos import SLOS
from kansoku.judge.alarm import Alarm, finding, step
from kansoku.publish.prometheus import rules
from kansoku.query import backtest_sql
from kansoku.query.past import Past
from tests.conformance.test_prometheus_rules import PROMTOOL, promtool
from tests.conformance.test_readers import BEGIN, Engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from kansoku.catalog.alerts import Alert
    from kansoku.query.oracle import Row

pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")

ZERO = BEGIN - BEGIN % 86_400
BY_NAME = {one.name: one for one in alerts()}
DAY = 86_400
HISTOGRAMS = (
    ("duration_s", "claude_api_latency_seconds", LATENCY_BUCKETS_S),
    ("ttft_s", "claude_ttft_seconds", FIRST_CHUNK_BUCKETS_S),
    ("rate_limit_remaining_ratio", "claude_rate_limit_headroom_ratio", HEADROOM_BUCKETS),
)

Firing = tuple[str, str]
"""An alert, and the value that it is split by."""


def ok(**changed: object) -> Row:
    """A call that is as it should be, but for what is changed."""
    return {
        "operation": "chat",
        "service": "shop",
        "response_model": "m",
        "outcome": "ok",
        "duration_s": 3.0,
        "ttft_s": 0.7,
        "input_tokens": 500,
        "output_tokens": 200,
        "cache_read_tokens": 2_500,
        "cache_write_tokens": 0,
        "cost_usd": 0.01,
        "unpriced_reason": "",
        "stop_reason": "end_turn",
        "rate_limit_remaining_ratio": 0.6,
        "attempts": 1,
        "failed_attempts": 0,
        **changed,
    }


def failed(error_type: str = "overloaded_error", **changed: object) -> Row:
    return {
        "operation": "chat",
        "service": "shop",
        "response_model": "m",
        "outcome": "error",
        "error_type": error_type,
        "attempts": 1,
        "failed_attempts": 1,
        **changed,
    }


def left(outcome: str) -> Row:
    """A call that its caller left."""
    return {"operation": "chat", "service": "shop", "response_model": "m", "outcome": outcome, "attempts": 1,
            "failed_attempts": 0}  # fmt: skip


def tool(name: str, outcome: str) -> Row:
    return {"service": "shop", "tool": name, "outcome": outcome}


@dataclass(frozen=True)
class Scene:
    """What happened, and what must come of it.

    Attributes:
        name: What it is about.
        story: The rows of a step, by its number.
        fires: What fires at some time, from which minute on at the earliest and at the latest.
        quiet: Alerts that never fire, for no value, or only for those of `fires`.
        ended: What no longer fires at the end.
        minutes: How long it goes on.
        step_s: How long a step is; Prometheus has a sample at the end of each.
        every_s: How often it is judged.
        judged_from: The first minute that is judged.
        down: Minutes in which the process was down, each time; its counters begin anew after it.
    """

    name: str
    story: Callable[[int], Iterable[Row]]
    fires: dict[Firing, tuple[int, int]] = field(default_factory=dict[Firing, tuple[int, int]])
    quiet: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    minutes: int = 60
    step_s: int = 15
    every_s: int = 60
    judged_from: int = 0
    down: tuple[tuple[int, int], ...] = ()

    @property
    def alerts(self) -> list[Alert]:
        names = dict.fromkeys((*(name for name, _ in self.fires), *self.quiet))
        return [BY_NAME[name] for name in names]


def minute(number: int) -> int:
    """The minute that a step of a quarter of one lies in."""
    return number // 4


def many(row: Row, count: int) -> list[Row]:
    return [row] * count


def share(good: Row, bad: Row, of: int, bad_of: int) -> list[Row]:
    return many(good, of - bad_of) + many(bad, bad_of)


def office_hours(number: int) -> list[Row]:
    """Two calls each ten minutes from eight to six on weekdays; the fifteenth day is dark."""
    day, hour = number // 144, number % 144 / 6
    busy = day % 7 < 5 and 8 <= hour < 18 and day != 14
    return many(ok(), 8) if busy else []


NIGHT = 28 * 1_440
"""The minute at which the night after four weeks begins."""


def by_day_only(number: int) -> list[Row]:
    """Two dollars in each half hour from eight to six; a loop spends forty from the last midnight on."""
    busy = 16 <= number % 48 < 36
    return many(ok(cost_usd=10.0), 4) if 30 * number >= NIGHT else many(ok(cost_usd=0.5), 4) if busy else []


def nights(days: Iterable[int]) -> tuple[tuple[int, int], ...]:
    """When a process is down that runs from eight to six alone, and all of the last night."""
    return tuple(
        one
        for day in days
        for one in ((1_440 * day, 1_440 * day + 480), (1_440 * day + 1_080, 1_440 * day + 1_440))
    )


CALM = ("HighErrorRate", "ApiOutage", "AllCallsFailing", "RetryStorm")
SCENES = (
    Scene(
        "one of two models is out",
        lambda at: many(ok(), 3) + many(failed(response_model="b") if 10 <= minute(at) < 30 else ok(), 1),
        {("HighErrorRate", "shop"): (15, 18)},
        ("ApiOutage", "AllCallsFailing"),
        ("HighErrorRate",),
    ),
    Scene(
        "a brown-out that retries get over",
        lambda at: many(ok(attempts=3, failed_attempts=2) if minute(at) >= 10 else ok(), 4),
        {("RetryStorm", "shop"): (15, 25)},
        ("HighErrorRate", "ApiOutage", "AllCallsFailing", "HighLatency"),
    ),
    Scene(
        "answers grow slower bit by bit",
        lambda at: many(ok(duration_s=2.0 + minute(at) / 4), 4),
        {("HighLatency", "m"): (40, 56)},
        ("SlowFirstChunk", *CALM),
        minutes=80,
    ),
    Scene(
        "errors flap around the threshold",
        lambda at: share(ok(), failed(), 12, 1 if minute(at) % 7 < 3 else 0),
        quiet=CALM,
        minutes=90,
    ),
    Scene(
        "a deployment drops half a minute",
        lambda at: many(failed() if at in (80, 81) else ok(), 4),
        quiet=CALM,
        minutes=45,
    ),
    Scene(
        "a batch of the night, large and well",
        lambda at: many(
            ok(duration_s=8.0, rate_limit_remaining_ratio=0.2), 30 if minute(at) in range(20, 40) else 1
        ),
        quiet=(*CALM, "RateLimitNear", "HighLatency", "CostAnomaly"),
    ),
    Scene(
        "a batch that uses up the limit",
        lambda at: many(ok(rate_limit_remaining_ratio=0.03 if 62 <= at < 202 else 0.7), 6),
        {("RateLimitNear", "m"): (20, 32)},
        CALM,
    ),
    Scene(
        "one model is near its limit, and the others are not",
        lambda at: [
            *many(ok(rate_limit_remaining_ratio=0.7), 6),
            *many(ok(response_model="b", rate_limit_remaining_ratio=0.03 if 62 <= at < 202 else 0.7), 2),
        ],
        {("RateLimitNear", "b"): (20, 32)},
        CALM,
    ),
    Scene(
        "two of three calls of a quiet service fail beside a large one",
        lambda at: [
            *many(ok(service="large"), 12),
            *([ok(service="small")] if at % 12 == 0 else []),
            *([failed(service="small")] if at % 6 == 3 else []),
        ],
        {("LowTrafficErrors", "small"): (24, 30)},
        ("HighErrorRate", "ApiOutage", "AllCallsFailing"),
        minutes=90,
    ),
    Scene(
        "a rarely used model is slow beside a quick one",
        lambda at: [
            *many(ok(response_model="large"), 6),
            *(
                [ok(response_model="rare", duration_s=25.0 if minute(at) >= 10 else 4.0)]
                if at % 6 == 0
                else []
            ),
        ],
        {("LowTrafficLatency", "rare"): (33, 36)},
        ("HighLatency", "SloBurnLatencyFast"),
        minutes=80,
    ),
    Scene(
        "a few slow answers of a rarely used model",
        lambda at: [ok(duration_s=25.0 if at % 96 == 0 else 4.0)] if at % 6 == 0 else [],
        quiet=("LowTrafficLatency", "HighLatency"),
        minutes=100,
    ),
    Scene(
        "a much used model is slow",
        lambda at: many(ok(duration_s=25.0 if 10 <= minute(at) < 30 else 3.0), 4),
        {("HighLatency", "m"): (20, 26)},
        ("LowTrafficLatency",),
        ("HighLatency",),
        minutes=60,
    ),
    Scene(
        "no calls at the weekend",
        office_hours,
        quiet=("NoTraffic",),
        minutes=14 * 1_440,
        step_s=600,
        every_s=600,
        judged_from=11 * 1_440,
    ),
    Scene(
        "no calls on a Monday",
        office_hours,
        {("NoTraffic", ""): (14 * 1_440 + 480, 14 * 1_440 + 600)},
        minutes=15 * 1_440 - 600,
        step_s=600,
        every_s=600,
        judged_from=14 * 1_440,
    ),
    Scene(
        "a cache that is cold after a start",
        lambda at: many(ok(input_tokens=3_000, cache_read_tokens=0) if minute(at) < 12 else ok(), 4),
        quiet=("CacheMissRateHigh",),
    ),
    Scene(
        "a prompt whose beginning changed",
        lambda at: many(ok(input_tokens=3_000, cache_read_tokens=0) if minute(at) >= 20 else ok(), 4),
        {("CacheMissRateHigh", ""): (50, 62)},
        CALM,
        minutes=80,
    ),
    Scene(
        "one user spends what all others do not",
        lambda at: [*many(ok(), 3), ok(cost_usd=0.75 if minute(at) >= 10 else 0.01)],
        {("CostAnomaly", ""): (44, 52)},
        CALM,
    ),
    Scene(
        "a loop by night in a service that is scaled to zero then",
        by_day_only,
        {("CostUnusual", ""): (NIGHT + 30, NIGHT + 90)},
        minutes=NIGHT + 240,
        step_s=1_800,
        every_s=1_800,
        judged_from=NIGHT - 600,
        down=nights(range(28)),
    ),
    Scene(
        "a loop in a service that was not there for three weeks",
        lambda at: by_day_only(at) if at < 7 * 48 or 30 * at >= NIGHT else [],
        quiet=("CostUnusual",),
        minutes=NIGHT + 240,
        step_s=1_800,
        every_s=1_800,
        judged_from=NIGHT - 600,
        down=(*nights(range(7)), (7 * 1_440, NIGHT)),
    ),
    Scene(
        "answers explode and are cut off",
        lambda at: many(
            ok(output_tokens=8_000, stop_reason="max_tokens") if minute(at) >= 30 and at % 2 else ok(), 2
        ),
        {("HighTruncationRate", ""): (40, 52)},
        ("HighRefusalRate", *CALM),
        minutes=70,
    ),
    Scene(
        "a process that is gone for a while and counts anew",
        lambda at: [] if 20 <= minute(at) < 27 else share(ok(), failed(), 20, 1 if at % 3 == 0 else 0),
        quiet=CALM,
        down=((20, 27),),
    ),
    Scene(
        "single failures of little traffic",
        lambda at: [*([ok()] if at % 20 == 0 else []), *([failed()] if at % 60 == 7 else [])],
        quiet=(*CALM, "SloBurnSatisfactionSlow"),
        minutes=90,
    ),
    Scene(
        "little traffic that never succeeds",
        lambda at: [failed("authentication_error")] if at % 32 == 3 else [],
        {("AllCallsFailing", "shop"): (16, 26)},
        ("ApiOutage", "HighErrorRate"),
    ),
    Scene(
        "traffic that stops while it fails",
        lambda at: share(ok(), failed(), 8, 2) if minute(at) < 25 else [],
        {("HighErrorRate", "shop"): (5, 8)},
        ("AllCallsFailing", "ApiOutage"),
        ("HighErrorRate",),
    ),
    Scene(
        "a small service that is broken beside a large one",
        lambda at: (
            many(ok(service="large"), 12) + (many(failed(service="small"), 2) if minute(at) >= 10 else [])
        ),
        {
            ("HighErrorRate", "small"): (14, 19),
            ("ApiOutage", "small"): (11, 13),
            ("AllCallsFailing", "small"): (15, 17),
        },
        ("RetryStorm",),
        minutes=40,
    ),
    Scene(
        "two services, each with the failures of every day",
        lambda at: [*share(ok(), failed(), 10, 1 if at % 4 == 0 else 0), *many(ok(service="other"), 5)],
        quiet=CALM,
    ),
    Scene(
        "users leave streams and cancel",
        lambda at: (
            [*many(ok(), 2), *many(left("aborted"), 2), left("cancelled")]
            if minute(at) >= 10
            else many(ok(), 4)
        ),
        {("StreamsAbandoned", ""): (25, 50)},
        CALM,
        minutes=70,
    ),
    Scene(
        "three refusals among hundreds",
        lambda at: many(ok(stop_reason="refusal") if at in (40, 80, 81) else ok(), 2),
        quiet=("HighRefusalRate", "HighTruncationRate"),
    ),
    Scene(
        "callers who ask wrongly",
        lambda _: share(ok(), failed("invalid_request_error"), 10, 2),
        {("HighErrorRate", "shop"): (5, 7)},
        ("SloBurnAvailabilityFast", "ApiOutage"),
    ),
    Scene(
        "a budget that goes four times too fast",
        lambda _: share(ok(), failed(), 50, 1),
        {("SloBurnAvailabilitySlow", ""): (1, 4)},
        ("SloBurnAvailabilityFast", *CALM),
        minutes=30,
    ),
    Scene(
        "one tool of two fails",
        lambda at: [
            tool("search", "error" if minute(at) >= 10 and at % 3 == 0 else "ok"),
            tool("fetch", "ok"),
        ],
        {("HighToolErrorRate", "search"): (15, 27)},
    ),
    Scene(
        "four minutes without an answer",
        lambda at: many(failed() if 20 <= minute(at) < 24 else ok(), 4),
        {("ApiOutage", "shop"): (21, 22)},
        ("AllCallsFailing",),
        ("ApiOutage",),
    ),
    Scene(
        "one model begins its streams late",
        lambda at: [*many(ok(), 3), *many(ok(response_model="b", ttft_s=4.0 if minute(at) >= 5 else 0.6), 2)],
        {("SlowFirstChunk", "b"): (15, 22)},
        ("HighLatency", *CALM),
        minutes=40,
    ),
    Scene(
        "a new model without a price",
        lambda at: [
            *many(ok(), 2),
            ok(response_model="new", cost_usd=None, unpriced_reason="unknown model")
            if minute(at) >= 10
            else ok(),
        ],
        {("UnpricedCalls", ""): (25, 45)},
        ("CostAnomaly",),
        minutes=75,
    ),
    Scene(
        "a burst of failures that is just long enough",
        lambda at: share(ok(), failed(), 20, 8 if 30 <= minute(at) < 32 else 0),
        {("HighErrorRate", "shop"): (35, 37)},
        ("ApiOutage", "AllCallsFailing", "LowTrafficErrors"),
        ("HighErrorRate",),
    ),
    Scene(
        "a burst of failures that is just too short",
        lambda at: share(ok(), failed(), 20, 4 if 30 <= minute(at) < 32 else 0),
        quiet=(*CALM, "LowTrafficErrors", "SloBurnAvailabilityFast"),
    ),
    Scene(
        "fewer fail than wake anyone, and more than the objective bears",
        lambda _: share(ok(), failed(), 22, 1),
        {("SloBurnAvailabilityFast", ""): (1, 3)},
        CALM,
    ),
    Scene(
        "an outage that is over",
        lambda at: many(failed() if 30 <= minute(at) < 40 else ok(), 4),
        {
            ("ApiOutage", "shop"): (31, 33),
            ("HighErrorRate", "shop"): (35, 37),
            ("SloBurnAvailabilityFast", ""): (31, 34),
        },
        ("AllCallsFailing",),
        ("ApiOutage", "HighErrorRate", "SloBurnAvailabilityFast"),
        minutes=80,
    ),
    Scene(
        "an outage of three calls a minute",
        lambda at: many(failed() if minute(at) >= 60 else ok(), 1 if at % 4 < 3 else 0),
        {
            ("LowTrafficErrors", "shop"): (76, 80),
            ("AllCallsFailing", "shop"): (94, 97),
        },
        ("HighErrorRate", "ApiOutage"),
        minutes=105,
    ),
    Scene(
        "a service that idles fails three times",
        lambda at: many(ok(), 2) if minute(at) < 5 else [failed()] if at in (240, 244, 248) else [],
        {("AllCallsFailing", "shop"): (66, 69)},
        ("HighErrorRate", "ApiOutage", "LowTrafficErrors"),
        ("AllCallsFailing",),
        minutes=100,
    ),
    Scene(
        "a service that idles fails twice",
        lambda at: many(ok(), 2) if minute(at) < 5 else [failed()] if at in (240, 244) else [],
        quiet=("AllCallsFailing", "LowTrafficErrors", "SloBurnAvailabilityFast", *CALM[:2]),
        minutes=100,
    ),
    Scene(
        "a tenth fails for nearly an hour after ten good ones",
        lambda at: share(ok(), failed(), 10, 1 if at >= 1_200 else 0),
        {("HighErrorRate", "shop"): (607, 609), ("SloBurnAvailabilityFast", ""): (643, 646)},
        ("ApiOutage",),
        minutes=660,
        step_s=30,
        judged_from=590,
    ),
    Scene(
        "each answer takes ten seconds to the dot",
        lambda _: many(ok(duration_s=10.0), 4),
        quiet=("HighLatency", "LowTrafficLatency", "SloBurnLatencyFast"),
        minutes=45,
    ),
    Scene(
        "answers are slow for five minutes",
        lambda at: many(ok(duration_s=15.0 if 20 <= minute(at) < 25 else 3.0), 4),
        quiet=("HighLatency", "LowTrafficLatency"),
    ),
    Scene(
        "a third of the answers is slow",
        lambda _: share(ok(), ok(duration_s=20.0), 20, 7),
        {("HighLatency", "m"): (10, 13), ("SloBurnLatencyFast", ""): (1, 3)},
    ),
    Scene(
        "a quarter of the answers is slow",
        lambda _: share(ok(), ok(duration_s=20.0), 20, 5),
        {("HighLatency", "m"): (10, 13)},
        ("SloBurnLatencyFast",),
    ),
    Scene(
        "a hundred and five dollars in twenty minutes",
        lambda at: [ok(cost_usd=1.32 if 30 <= minute(at) < 50 else 0.0)],
        {("CostAnomaly", ""): (53, 56)},
        ended=("CostAnomaly",),
        minutes=120,
    ),
    Scene(
        "two services that spend too much together",
        lambda _: [ok(cost_usd=0.25), ok(cost_usd=0.25, service="other", response_model="b")],
        {("CostAnomaly", ""): (54, 58)},
        minutes=75,
    ),
    Scene(
        "a process that spends too much and starts anew every twenty minutes",
        lambda at: [] if minute(at) in (20, 40, 60) else [ok(cost_usd=0.48)],
        {("CostAnomaly", ""): (57, 62)},
        minutes=80,
        down=((20, 21), (40, 41), (60, 61)),
    ),
    Scene(
        "too few prompt tokens to judge a cache by",
        lambda at: [ok(input_tokens=1_000, cache_read_tokens=0)] if at % 4 < 3 else [],
        quiet=("CacheMissRateHigh",),
        minutes=100,
    ),
)


def moved(row: Row) -> Iterator[tuple[str, float]]:
    """The counters that the row moves, and how far."""
    job = f'job="{row["service"]}"'
    if "tool" in row:
        yield f'claude_tool_calls_total{{{job},tool="{row["tool"]}",status="{row["outcome"]}"}}', 1
        return
    of = f'{job},model="{row["response_model"]}"'
    yield f'claude_api_calls_total{{{of},status="{row["outcome"]}"}}', 1
    wrong, tried = int(str(row["failed_attempts"])), int(str(row["attempts"]))
    yield f'claude_api_attempts_total{{{of},status="529"}}', wrong
    yield f'claude_api_attempts_total{{{of},status="200"}}', tried - wrong
    if row["outcome"] == "error":
        yield f'claude_api_errors_total{{{of},error_type="{row["error_type"]}"}}', 1
    if row["outcome"] == "ok":
        yield from _answered(of, row)


def _answered(of: str, row: Row) -> Iterator[tuple[str, float]]:
    for kind, name in (("input", "input"), ("cache_read", "cache_read"), ("output", "output")):
        yield f'claude_tokens_total{{{of},type="{kind}"}}', float(str(row[f"{name}_tokens"]))
    if row["cost_usd"] is None:
        yield f'claude_unpriced_calls_total{{{of},reason="unknown model"}}', 1
    else:
        yield f"claude_cost_usd_total{{{of}}}", float(str(row["cost_usd"]))
    yield f'claude_stop_reasons_total{{{of},stop_reason="{row["stop_reason"]}"}}', 1
    for name, metric, bounds in HISTOGRAMS:
        yield f"{metric}_count{{{of}}}", 1
        for bound in (*bounds, "+Inf"):
            yield f'{metric}_bucket{{{of},le="{bound}"}}', int(float(str(row[name])) <= float(bound))


def series(scene: Scene, steps: list[list[Row]]) -> dict[str, str]:
    """The samples of every counter, the first of them 0; none of those in which the process was down."""
    growth: dict[str, list[float]] = {}
    for number, rows in enumerate(steps):
        alike = Counter(map(id, rows))
        for row in {id(row): row for row in rows}.values():
            for name, by in moved(row):
                growth.setdefault(name, [0.0] * len(steps))[number] += by * alike[id(row)]
    down = [range(*(60 * each // scene.step_s for each in one)) for one in scene.down]
    return {name: " ".join(_samples(each, down)) for name, each in growth.items()}


def _samples(growth: list[float], down: Iterable[range]) -> Iterator[str]:
    total = 0.0
    away = {number for one in down for number in one}
    anew = {one[-1] for one in down}
    yield "0"
    for number, by in enumerate(growth):
        total = 0.0 if number in away else total + by
        yield "_" if number in away - anew else f"{round(total, 6):.10g}"


def table_rows(scene: Scene, steps: list[list[Row]]) -> dict[str, list[Row]]:
    """The rows by their table, each in a second of its step after the first."""
    found: dict[str, list[Row]] = {"calls": [], "tool_calls": [], "outcomes": []}
    for number, rows in enumerate(steps):
        for place, row in enumerate(rows):
            at = ZERO + number * scene.step_s + 1 + place % scene.step_s
            found["tool_calls" if "tool" in row else "calls"].append({**row, "time": at * 10**9})
    return found


def moments(scene: Scene) -> range:
    return range(ZERO + 60 * scene.judged_from, ZERO + 60 * scene.minutes + 1, scene.every_s)


def by_the_store(engine: Engine, scene: Scene, steps: list[list[Row]]) -> list[set[Firing]]:
    """What fires at each moment, by the statements and the states of the evaluator."""
    engine.hold(table_rows(scene, steps))
    asks = backtest_sql.asks(scene.alerts, moments(scene)[0], moments(scene)[-1])
    past = Past((ask, engine.run(ask.statement)) for ask in asks)
    found: list[set[Firing]] = [set() for _ in moments(scene)]
    for alert in scene.alerts:
        alarms: tuple[Alarm, ...] = ()
        for place, (now, told) in enumerate(
            zip(moments(scene), past.over(alert, moments(scene)), strict=True)
        ):
            alarms, _ = step(alert, alarms, finding(alert, told), now)
            found[place] |= {
                (alert.name, "".join(one.labels.values())) for one in alarms if one.state == "firing"
            }
    return found


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    yield opened
    opened.close()


LABELS = {"service": "job", "response_model": "model", "tool": "tool"}


def asked(scene: Scene, firing: list[set[Firing]]) -> list[dict[str, object]]:
    """That Prometheus has the same firing at each moment."""
    found: list[dict[str, object]] = []
    for now, here in zip(moments(scene), firing, strict=True):
        labels = (
            {"alertname": name} | ({LABELS[by]: value} if value and (by := BY_NAME[name].by) else {})
            for name, value in sorted(here)
        )
        found.append(
            {
                "eval_time": f"{now - ZERO}s",
                "expr": 'group by (alertname, job, model, tool) (ALERTS{alertstate="firing"})',
                "exp_samples": [
                    {
                        "labels": "{" + ",".join(f'{key}="{value}"' for key, value in each.items()) + "}",
                        "value": 1,
                    }
                    for each in labels
                ],
            }
        )
    return found


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_it_fires_when_it_must_in_the_store_and_in_prometheus(
    engine: Engine, scene: Scene, tmp_path: Path
) -> None:
    steps = [list(scene.story(number)) for number in range(60 * scene.minutes // scene.step_s)]
    firing = by_the_store(engine, scene, steps)
    first = {
        one: next((now - ZERO) // 60 for now, here in zip(moments(scene), firing, strict=True) if one in here)
        for one in set[Firing]().union(*firing)
    }
    assert first.keys() == scene.fires.keys()
    for one, (earliest, latest) in scene.fires.items():
        assert earliest <= first[one] <= latest, (one, first[one])
    assert not {name for name, _ in firing[-1]} & set(scene.ended)
    rule_file = tmp_path / "kansoku.rules.yaml"
    built_on = [slo for slo in SLOS if slo.name in {alert.slo for alert in scene.alerts}]
    rule_file.write_text(rules(scene.alerts, built_on, ()), encoding="utf-8")
    test = {
        "interval": f"{scene.step_s}s",
        "input_series": [{"series": name, "values": told} for name, told in series(scene, steps).items()],
        "promql_expr_test": asked(scene, firing),
    }
    file = tmp_path / "scene.yaml"
    told = {"rule_files": [str(rule_file)], "evaluation_interval": f"{scene.every_s}s", "tests": [test]}
    file.write_text(json.dumps(told), encoding="utf-8")
    ended = promtool("test", "rules", str(file))
    assert ended.returncode == 0, (ended.stdout + ended.stderr)[:3_000]
