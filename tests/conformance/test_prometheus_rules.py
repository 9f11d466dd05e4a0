"""The published rules under Prometheus' own judge: each alert fires where it must and is quiet elsewhere."""

import json
import math
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.fields import CHAT
from kansoku.catalog.indicators import indicator
from kansoku.catalog.instruments import LATENCY_BUCKETS_S
from kansoku.catalog.outcomes import HALLUCINATED, HALLUCINATION
from kansoku.catalog.slos import SLOS
from kansoku.publish.prometheus import rules, unreadable
from kansoku.query import oracle, promql
from kansoku.query.oracle import Row

PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed")

CALLS, ERRORS = "claude_api_calls_total", "claude_api_errors_total"
OK, ERROR = CALLS + '{model="m",status="ok"}', CALLS + '{model="m",status="error"}'
JOB_OK, SHOP_OK, SHOP_ERROR = (
    CALLS + f'{{job="{job}",model="m",status="{status}"}}'
    for job, status in (("large", "ok"), ("shop", "ok"), ("shop", "error"))
)
OVERLOADED = ERRORS + '{model="m",error_type="overloaded_error"}'
WRONG = ERRORS + '{model="m",error_type="invalid_request_error"}'
SPENT = 'claude_cost_usd_total{model="m"}'
TOOL_OK, TOOL_ERROR = (
    f'claude_tool_calls_total{{tool="search",status="{status}"}}' for status in ("ok", "error")
)
UP, DOWN = (f'claude_feedback_total{{rating="{rating}"}}' for rating in ("up", "down"))
ATTEMPTS_OK, ATTEMPTS_529, ATTEMPTS_400 = (
    f'claude_api_attempts_total{{model="m",status="{code}"}}' for code in ("200", "529", "400")
)
UNPRICED, UNREAD = (
    f'claude_unpriced_calls_total{{model="m",reason="{why}"}}' for why in ("unknown model", "tokens unknown")
)
REFUSED, CUT_OFF, FULL = (
    f'claude_stop_reasons_total{{model="m",stop_reason="{why}"}}'
    for why in ("refusal", "max_tokens", "model_context_window_exceeded")
)
TASK_DONE, TASK_FAILED = (
    f'claude_tasks_total{{task="t",outcome="{how}"}}' for how in ("completed", "failed")
)
HEARD, HEARD_TOO = (f'kansoku_instrumented{{job="shop",instance="{at}"}}' for at in "ab")
LOST_SPANS = 'kansoku_dropped_total{job="shop",pillar="spans",reason="endpoint unreachable"}'
OWN_FAULTS = 'kansoku_internal_errors_total{job="shop",where="observe"}'
RUNS, RUNS_TOO = (f'up{{job="shop",instance="{at}"}}' for at in "ab")


def tokens(kind: str) -> str:
    return f'claude_tokens_total{{model="m",type="{kind}"}}'


def judged(label: str) -> str:
    return f'claude_evaluations_total{{evaluation="hallucination",label="{label}"}}'


def slower(name: str, bound: str, fast: str, every: str) -> dict[str, str]:
    """A histogram whose rows up to the bound grow as `fast`, and all of them as `every`."""
    return {
        f'{name}_bucket{{model="m",le="{bound}"}}': fast,
        f'{name}_bucket{{model="m",le="60.0"}}': every,
        f'{name}_bucket{{model="m",le="+Inf"}}': every,
        f'{name}_count{{model="m"}}': every,
    }


def latency(fast: str, every: str) -> dict[str, str]:
    return slower("claude_api_latency_seconds", "10.0", fast, every) | {OK: every}


def first_chunk(fast: str, every: str) -> dict[str, str]:
    return slower("claude_ttft_seconds", "2.5", fast, every) | {OK: every}


def headroom(near: str, every: str, model: str = "m") -> dict[str, str]:
    """Calls after which a tenth of a limit was left at most, and all."""
    name = "claude_rate_limit_headroom_ratio"
    return {
        f'{name}_bucket{{model="{model}",le="0.1"}}': near,
        f'{name}_bucket{{model="{model}",le="1.0"}}': every,
        f'{name}_bucket{{model="{model}",le="+Inf"}}': every,
        f'{name}_count{{model="{model}"}}': every,
    }


def failing(ok: str, error: str, failed: str) -> dict[str, str]:
    """Calls of which some fail with one error type, counted by how they ended and by the type."""
    return {OK: ok, ERROR: failed, error: failed}


def spent_weekly(*usd: float, now: float) -> str:
    """Spending: so much in each half hour of the weeks that are past, then `now` for ten hours."""
    told, total = ["0"], 0.0
    for each, halves in (*((one, 336) for one in usd), (now, 20)):
        told.append(f"{total + each:g}{each:+g}x{halves - 1}" if each else f"{total:g}x{halves - 1}")
        total += each * halves
    return " ".join(told)


def spent_by_day(days: int, off: int = 0) -> str:
    """Two dollars in each half hour from eight to six, with no series but then, for so many days.

    Then none for `off` days, and at last fifteen in each half hour, from midnight on.
    """
    day = f"_x16 {' '.join(str(2 * half) for half in range(21))} _x11"
    return " ".join((*[day] * days, *([f"_x{48 * off}"] if off else []), "0+15x20"))


def bursts(many: int) -> str:
    """Each quarter of an hour so many at once, for two hours and a half, by the minute."""
    return " ".join(str(many * (minute // 15)) for minute in range(150))


def working_days(until_day: int) -> str:
    """A call a minute from eight to six, by ten minutes, on all days but Sunday until that day."""
    told, total = ["0"], 0
    for begin in range((until_day + 1) * 144):
        day, hour = begin // 144, begin % 144 / 6
        total += 10 * (day < until_day and day % 7 != 6 and 8 <= hour < 18)
        told.append(str(total))
    return " ".join(told)


def by_days(*days: str) -> str:
    """A sample each five minutes, of days that are given by their hours: 1 is told all hour, 0 never."""
    hours = "".join(days)
    return " ".join("1x11" if hour == "1" else "0x11" if hour == "d" else "_x12" for hour in hours)


OFFICE, ALWAYS, NEVER = "0" * 8 + "1" * 10 + "0" * 6, "1" * 24, "0" * 24
OFFICE_DOWN = OFFICE.replace("0", "d")
WEEK, WEEK_DOWN = [*[OFFICE] * 5, NEVER, NEVER], [*[OFFICE_DOWN] * 5, "d" * 24, "d" * 24]
WEEKS_DOWN = {HEARD: by_days(*WEEK, *WEEK), RUNS: by_days(*WEEK_DOWN, *WEEK_DOWN)}
"""Two weeks of which only the days from Monday to Friday have a service, and its target stays."""

STOPS, GOES_ON = "0+1x384 384x60", "0+1x450"
"""In half hours: told for eight days and then no more, and told all the time."""

EVENTS: dict[str, Callable[[str], dict[str, str]]] = {
    "SloAbsentAvailability": lambda told: {OK: told},
    "SloAbsentLatency": lambda told: latency(told, told),
    "SloAbsentTtft": lambda told: first_chunk(told, told),
    "SloAbsentTaskCompletion": lambda told: {TASK_DONE: told},
    "SloAbsentHallucinationFree": lambda told: {judged("grounded"): told},
    "SloAbsentSatisfaction": lambda told: {UP: told},
}
"""What each objective is judged by."""


@dataclass(frozen=True)
class Scene:
    """Series by their samples, one each `step`, and whether the alert fires at a time, if judged so often."""

    name: str
    alert: str
    series: dict[str, str]
    at: str
    fires: bool
    step: str = "1m"
    judged: str = ""


SCENES = [
    Scene("a tenth fails", "HighErrorRate", {OK: "0+9x30", ERROR: "0+1x30"}, "12m", True),
    Scene("not for five minutes yet", "HighErrorRate", {OK: "0+9x30", ERROR: "0+1x30"}, "5m", False),
    Scene("a thirtieth fails", "HighErrorRate", {OK: "0+29x30", ERROR: "0+1x30"}, "20m", False),
    Scene("too few to tell", "HighErrorRate", {OK: "0+1x30", ERROR: "0+1x30"}, "20m", False),
    Scene("no call ever succeeded", "HighErrorRate", {ERROR: "0+9x30"}, "12m", True),
    Scene("cancelled calls are no errors", "HighErrorRate",
          {OK: "0+9x30", CALLS + '{model="m",status="cancelled"}': "0+9x30"}, "20m", False),
    Scene("a counter starts anew", "HighErrorRate",
          {OK: "0+30x10 0+30x20", ERROR: "0+1x10 0+1x20"}, "20m", False),
    Scene("half take over ten seconds", "HighLatency", latency("0+10x40", "0+20x40"), "16m", True),
    Scene("all are quick", "HighLatency", latency("0+20x40", "0+20x40"), "30m", False),
    Scene("slow but too few", "HighLatency", latency("0+1x40", "0+2x40"), "30m", False),
    Scene("a third of a model's few answers is slow", "LowTrafficLatency",
          latency("0+0.4x120", "0+0.6x120"), "70m", True),
    Scene("a sixth of a model's few answers is slow", "LowTrafficLatency",
          latency("0+0.5x120", "0+0.6x120"), "110m", False),
    Scene("four of a model's few answers are slow", "LowTrafficLatency",
          latency("0+0.3x120", "0 4 4+0.3x118"), "50m", False),
    Scene("a much used model was slow half an hour ago", "LowTrafficLatency",
          latency("0+20x30 600x20 620+20x60", "0+20x120"), "100m", False),
    Scene("two dollars a minute", "CostAnomaly", {SPENT: "0+2x120"}, "70m", True),
    Scene("a dollar a minute", "CostAnomaly", {SPENT: "0+1x120"}, "110m", False),
    Scene("the cache was never read", "CacheMissRateHigh", {tokens("input"): "0+9000x120"}, "60m", True),
    Scene("half is read from the cache", "CacheMissRateHigh",
          {tokens("input"): "0+9000x120", tokens("cache_read"): "0+9000x120"}, "100m", False),
    Scene("written and never read", "CacheMissRateHigh",
          {tokens("input"): "0+100x120", tokens("cache_creation"): "0+9000x120"}, "60m", True),
    Scene("calls so far apart that each misses", "CacheMissRateHigh",
          {tokens("input"): bursts(60_000), OK: bursts(20)}, "130m", True),
    Scene("one burst that misses, and nothing after it", "CacheMissRateHigh",
          {tokens("input"): "0 0+60000x5 300000x90"}, "34m", False),
    Scene("calls so far apart, and each hits", "CacheMissRateHigh",
          {tokens("input"): bursts(60_000), tokens("cache_read"): bursts(60_000), OK: bursts(20)},
          "130m", False),
    Scene("too few tokens", "CacheMissRateHigh", {tokens("input"): "0+900x120"}, "100m", False),
    Scene("a service that never ran", "CacheMissRateHigh", {}, "100m", False),
    Scene("a small service whose calls all fail beside a large one", "HighErrorRate",
          {JOB_OK: "0+900x30", SHOP_ERROR: "0+9x30"}, "12m", True),
    Scene("a small service that is down beside a large one", "ApiOutage",
          {JOB_OK: "0+900x30", SHOP_ERROR: "0x10 10+10x20"}, "13m", True),
    Scene("a service without a success beside one with many", "AllCallsFailing",
          {JOB_OK: "0+900x60", SHOP_ERROR: "0+0x5 1x9 2x9 3x9 4x20"}, "45m", True),
    Scene("two of three calls of a quiet service fail beside a large one", "LowTrafficErrors",
          {JOB_OK: "0+600x90", SHOP_OK: "0+1x90", SHOP_ERROR: "0+2x90"}, "80m", True),
    Scene("a tenth of the calls of a quiet service fails", "LowTrafficErrors",
          {SHOP_OK: "0+0.9x120", SHOP_ERROR: "0+0.1x120"}, "110m", False),
    Scene("a few calls fail in an hour", "LowTrafficErrors",
          {SHOP_OK: "0+0.1x120", SHOP_ERROR: "0+0.2x120"}, "110m", False),
    Scene("a large service was out half an hour ago", "LowTrafficErrors",
          {SHOP_OK: "0+20x60 1200x25 1200+20x60", SHOP_ERROR: "0x60 0+20x25 500x60"}, "120m", False),
    Scene("an outage, two minutes on", "ApiOutage",
          {OK: "0+10x10 100x10", ERROR: "0x10 10+10x10"}, "12m", True),
    Scene("before the outage", "ApiOutage", {OK: "0+10x10 100x10", ERROR: "0x10 10+10x10"}, "10m", False),
    Scene("a third fails", "ApiOutage", {OK: "0+20x20", ERROR: "0+10x20"}, "15m", False),
    Scene("one failure in ten minutes", "AllCallsFailing", {ERROR: "0+0x5 1x9 2x9 3x9 4x20"}, "45m", True),
    Scene("one success among them", "AllCallsFailing",
          {ERROR: "0+0x5 1x9 2x9 3x9 4x20", OK: "0x20 1x40"}, "45m", False),
    Scene("a target is gone", "TelemetryLost", {HEARD: "1x10 _x30"}, "20m", True),
    Scene("a target is there", "TelemetryLost", {HEARD: "1x40", RUNS: "1x40"}, "20m", False),
    Scene("a target is down", "TelemetryLost", {HEARD: "1x10 _x30", RUNS: "1x10 0x30"}, "20m", True),
    Scene("a target has been down for two days", "TelemetryLost",
          {HEARD: "1x10 _x500", RUNS: "1x10 0x500"}, "60h", True, "10m"),
    Scene("one of two targets is down", "TelemetryLost",
          {HEARD: "1x10 _x30", RUNS: "1x10 0x30", HEARD_TOO: "1x40", RUNS_TOO: "1x40"}, "20m", False),
    Scene("a target that never was one of ours", "TelemetryLost", {RUNS: "0x40"}, "20m", False),
    Scene("a service that runs by day alone, in the evening", "TelemetryLost",
          {HEARD: by_days(OFFICE, OFFICE)}, "42h10m", False, "5m", "5m"),
    Scene("a service that runs by day alone, gone at noon", "TelemetryLost",
          {HEARD: by_days(OFFICE, "0" * 8 + "1" * 4 + "0" * 12)}, "36h10m", True, "5m", "5m"),
    Scene("a service that stops half an hour sooner than the day before", "TelemetryLost",
          {HEARD: by_days(OFFICE, "0" * 8 + "1" * 9) + " 1x5 _x90"}, "41h40m", False, "5m", "5m"),
    Scene("the first evening of a service that runs by day alone", "TelemetryLost",
          {HEARD: by_days(OFFICE)}, "18h10m", True, "5m", "5m"),
    Scene("a service that runs on weekdays, on Saturday", "TelemetryLost",
          {HEARD: by_days(*[OFFICE] * 5, NEVER, NEVER, *[OFFICE] * 5, NEVER)}, "298h", False, "5m", "1h"),
    Scene("a target that is down at the weekend as ever, on Sunday", "TelemetryLost", WEEKS_DOWN,
          "324h", False, "5m", "1h"),
    Scene("a target that is down on the first Sunday", "TelemetryLost", WEEKS_DOWN, "156h", True, "5m", "1h"),
    Scene("a target that has been down since Monday, on Wednesday", "TelemetryLost",
          {HEARD: by_days(*WEEK, *WEEK), RUNS: by_days(*WEEK_DOWN, *WEEK_DOWN, *["d" * 24] * 3)},
          "396h", True, "5m", "1h"),
    Scene("minutes of each hour that are over", "TelemetryLost",
          {HEARD: " ".join(["1x1 _x10"] * 30)}, "26h40m", False, "5m", "5m"),
    Scene("a target that is down by night as ever", "TelemetryLost",
          {HEARD: by_days(OFFICE, OFFICE), RUNS: by_days(OFFICE_DOWN, OFFICE_DOWN)},
          "42h10m", False, "5m", "5m"),
    Scene("a target that has been down since the day before", "TelemetryLost",
          {HEARD: by_days(ALWAYS, NEVER, NEVER), RUNS: by_days(ALWAYS, "d" * 24, "d" * 24)},
          "54h", True, "5m", "1h"),
    Scene("a seam that is not whole", "NotInstrumented", {HEARD: "0x30"}, "10m", True),
    Scene("one of two processes goes unseen", "NotInstrumented",
          {HEARD: "1x30", HEARD_TOO: "1x5 0x25"}, "15m", True),
    Scene("not unseen for five minutes yet", "NotInstrumented", {HEARD: "1x10 0x30"}, "14m", False),
    Scene("a process that was replaced soon", "NotInstrumented", {HEARD: "0x3 _x40", HEARD_TOO: "1x40"},
          "16m", False),
    Scene("the seam is whole", "NotInstrumented", {HEARD: "1x40", HEARD_TOO: "1x40"}, "30m", False),
    Scene("a server that cannot be reached", "TelemetryDropped", {LOST_SPANS: "0+3x60"}, "50m", True),
    Scene("a passing burst", "TelemetryDropped", {LOST_SPANS: "0x10 40x50"}, "50m", False),
    Scene("it has been over for an hour", "TelemetryDropped", {LOST_SPANS: "0+20x10 200x90"}, "95m", False),
    Scene("a fault of its own with calls", "InternalErrors", {OWN_FAULTS: "0+0.25x60"}, "45m", True),
    Scene("a fault of its own, once", "InternalErrors", {OWN_FAULTS: "0x10 1x50"}, "50m", False),
    Scene("nobody comes any more", "NoTraffic", {OK: "0+20x1020 20400x20"}, "171h", True, "10m"),
    Scene("nobody comes on a Monday", "NoTraffic", {OK: working_days(14)}, "349h", True, "10m"),
    Scene("nobody comes on a Sunday", "NoTraffic", {OK: working_days(99)}, "325h", False, "10m"),
    Scene("everybody comes", "NoTraffic", {OK: "0+20x1050"}, "171h", False, "10m"),
    Scene("streams begin late", "SlowFirstChunk", first_chunk("0+10x40", "0+20x40"), "16m", True),
    Scene("streams begin soon", "SlowFirstChunk", first_chunk("0+20x40", "0+20x40"), "30m", False),
    Scene("a tenth is refused", "HighRefusalRate", {OK: "0+2x60", REFUSED: "0+0.2x60"}, "45m", True),
    Scene("all is refused at first sight", "HighRefusalRate",
          {OK: "0x10 0+5x50", REFUSED: "0x10 0+5x50"}, "50m", True),
    Scene("one is refused", "HighRefusalRate", {OK: "0+2x60", REFUSED: "0x30 1x30"}, "45m", False),
    Scene("too few to tell of refusals", "HighRefusalRate",
          {OK: "0+0.3x60", REFUSED: "0+0.3x60"}, "45m", False),
    Scene("a fifth is cut off", "HighTruncationRate", {OK: "0+2x60", CUT_OFF: "0+0.2x60", FULL: "0+0.2x60"},
          "45m", True),
    Scene("a twentieth is cut off", "HighTruncationRate", {OK: "0+2x60", CUT_OFF: "0+0.1x60"}, "45m", False),
    Scene("little is left of a limit", "RateLimitNear", headroom("0+3x30", "0+4x30"), "20m", True),
    Scene("much is left of it", "RateLimitNear", headroom("0+1x30", "0+4x30"), "20m", False),
    Scene("little is left of one model's limit, much of another's", "RateLimitNear",
          headroom("0+3x30", "0+4x30") | headroom("0x30", "0+60x30", "other"), "20m", True),
    Scene("little is left, of few calls", "RateLimitNear", headroom("0+1x30", "0+1x30"), "20m", False),
    Scene("half the attempts fail", "RetryStorm",
          {OK: "0+5x40", ATTEMPTS_OK: "0+5x40", ATTEMPTS_529: "0+5x40"}, "20m", True),
    Scene("half the calls are refused for good", "RetryStorm",
          {OK: "0+5x40", ERROR: "0+5x40", ATTEMPTS_OK: "0+5x40", ATTEMPTS_400: "0+5x40"}, "30m", False),
    Scene("a tenth of the attempts fails", "RetryStorm",
          {OK: "0+8x40", ATTEMPTS_OK: "0+9x40", ATTEMPTS_529: "0+1x40"}, "30m", False),
    Scene("a tool fails", "HighToolErrorRate", {TOOL_OK: "0+4x40", TOOL_ERROR: "0+1x40"}, "25m", True),
    Scene("a tool never worked", "HighToolErrorRate", {TOOL_ERROR: "0+5x40"}, "25m", True),
    Scene("three runs of a tool fail by chance", "HighToolErrorRate",
          {TOOL_OK: "0+1.5x40", TOOL_ERROR: "0x10 1 2 3x30"}, "22m", False),
    Scene("a tool works", "HighToolErrorRate", {TOOL_OK: "0+40x40", TOOL_ERROR: "0+1x40"}, "35m", False),
    Scene("calls have no price", "UnpricedCalls", {OK: "0+5x120", UNPRICED: "0+5x120"}, "80m", True),
    Scene("readers leave streams", "UnpricedCalls", {OK: "0+5x120", UNREAD: "0+1x120"}, "100m", False),
    Scene("calls have a price", "UnpricedCalls", {OK: "0+5x120"}, "100m", False),
    Scene("half the ratings are bad", "LowSatisfaction",
          {UP: "0+1x100", DOWN: "0+1x100"}, "800m", True, "10m"),
    Scene("a few bad ratings", "LowSatisfaction",
          {UP: "0+0x10 1x90", DOWN: "0x10 5x90"}, "800m", False, "10m"),
    Scene("nine of thirty ratings are bad, as chance has it", "LowSatisfaction",
          {UP: "0 21x99", DOWN: "0 9x99"}, "800m", False, "10m"),
    Scene("ten of thirty ratings are bad", "LowSatisfaction",
          {UP: "0 20x99", DOWN: "0 10x99"}, "800m", True, "10m"),
    Scene("good ratings", "LowSatisfaction", {UP: "0+9x100", DOWN: "0+1x100"}, "800m", False, "10m"),
    Scene("a tenth is made up", "HighHallucinationRate",
          {judged("hallucinated"): "0+1x100", judged("grounded"): "0+9x100"}, "800m", True, "10m"),
    Scene("two of thirty are made up, as chance has it", "HighHallucinationRate",
          {judged("hallucinated"): "0 2x99", judged("grounded"): "0 28x99"}, "800m", False, "10m"),
    Scene("five of thirty are made up", "HighHallucinationRate",
          {judged("hallucinated"): "0 5x99", judged("grounded"): "0 25x99"}, "800m", True, "10m"),
    Scene("nothing is made up", "HighHallucinationRate",
          {judged("grounded"): "0+9x100"}, "800m", False, "10m"),
    Scene("half the streams are left", "StreamsAbandoned",
          {OK: "0+5x60", CALLS + '{model="m",status="aborted"}': "0+5x60"}, "50m", True),
    Scene("no stream is left", "StreamsAbandoned", {OK: "0+5x60"}, "50m", False),
    Scene("a runaway by night, below the day's peak", "CostUnusual",
          {SPENT: "0+0x1400 0+15x20"}, "705h", True, "30m", "3h"),
    Scene("as in the weeks before", "CostUnusual", {SPENT: "0+15x1420"}, "705h", False, "30m", "3h"),
    Scene("under ten dollars more", "CostUnusual",
          {SPENT: spent_weekly(0, 0, 0, 0, now=2.4)}, "678h", False, "30m", "3h"),
    Scene("ten dollars more", "CostUnusual",
          {SPENT: spent_weekly(0, 0, 0, 0, now=2.6)}, "678h", True, "30m", "3h"),
    Scene("less than two and a half times as much", "CostUnusual",
          {SPENT: spent_weekly(50, 50, 50, 50, now=120)}, "678h", False, "30m", "3h"),
    Scene("more than two and a half times as much", "CostUnusual",
          {SPENT: spent_weekly(50, 50, 50, 50, now=130)}, "678h", True, "30m", "3h"),
    Scene("weeks that differ widely", "CostUnusual",
          {SPENT: spent_weekly(10, 30, 50, 70, now=130)}, "678h", False, "30m", "3h"),
    Scene("two weeks are too few", "CostUnusual",
          {SPENT: spent_weekly(5, 5, now=50)}, "342h", False, "30m", "3h"),
    Scene("three weeks are enough", "CostUnusual",
          {SPENT: spent_weekly(5, 5, 5, now=50)}, "510h", True, "30m", "3h"),
    Scene("a runaway by night, where there are no series by night", "CostUnusual",
          {SPENT: spent_by_day(28)}, "678h", True, "30m", "3h"),
    Scene("a runaway after three weeks without any series", "CostUnusual",
          {SPENT: spent_by_day(7, off=21)}, "678h", False, "30m", "3h"),
    Scene("no weeks before", "CostUnusual", {SPENT: "0+0x100 0+15x20"}, "55h", False, "30m"),
    Scene("alerts are judged", "Watchdog", {}, "1m", True),
    Scene("the budget burns", "SloBurnAvailabilityFast",
          failing("0+9x90", OVERLOADED, "0+1x90"), "70m", True),
    Scene("an error that was never seen before", "SloBurnAvailabilityFast",
          {OK: "0+9x90", ERROR: "0x60 100x30", OVERLOADED: "_x60 100x30"}, "64m", True),
    Scene("callers' own faults", "SloBurnAvailabilityFast", failing("0+9x90", WRONG, "0+1x90"), "70m", False),
    Scene("two failures", "SloBurnAvailabilityFast",
          failing("0+0x90", OVERLOADED, "0x30 1x5 2x60"), "40m", False),
    Scene("it burned and has ended", "SloBurnAvailabilityFast",
          failing("0+9x90", OVERLOADED, "0+1x20 20x70"), "60m", False),
    Scene("a budget that burns slowly", "SloBurnAvailabilitySlow",
          failing("0+98x200", OVERLOADED, "0+2x200"), "1900m", True, "10m"),
    Scene("a budget that lasts", "SloBurnAvailabilitySlow",
          failing("0+999x200", OVERLOADED, "0+1x200"), "1900m", False, "10m"),
    Scene("answers burn their time", "SloBurnLatencyFast",
          latency("0+10x80", "0+20x80"), "700m", True, "10m"),
    Scene("answers keep their time", "SloBurnLatencyFast",
          latency("0+20x80", "0+20x80"), "700m", False, "10m"),
    Scene("answers burn it slowly", "SloBurnLatencySlow",
          latency("0+16x200", "0+20x200"), "1900m", True, "10m"),
    Scene("answers keep it", "SloBurnLatencySlow", latency("0+20x200", "0+20x200"), "1900m", False, "10m"),
    Scene("streams burn their time", "SloBurnTtftSlow",
          first_chunk("0+16x200", "0+20x200"), "1900m", True, "10m"),
    Scene("streams keep their time", "SloBurnTtftSlow",
          first_chunk("0+20x200", "0+20x200"), "1900m", False, "10m"),
    Scene("tasks fail", "SloBurnTaskCompletionSlow",
          {TASK_DONE: "0+8x200", TASK_FAILED: "0+2x200"}, "1900m", True, "10m"),
    Scene("tasks are done", "SloBurnTaskCompletionSlow", {TASK_DONE: "0+8x200"}, "1900m", False, "10m"),
    Scene("a fifth is made up", "SloBurnHallucinationFreeSlow",
          {judged("hallucinated"): "0+2x200", judged("grounded"): "0+8x200"}, "1900m", True, "10m"),
    Scene("nothing was made up", "SloBurnHallucinationFreeSlow", {judged("grounded"): "0+8x200"},
          "1900m", False, "10m"),
    Scene("users are dissatisfied", "SloBurnSatisfactionSlow", {UP: "0+1x400", DOWN: "0+2x400"},
          "180h", True, "30m", "1h"),
    Scene("users are satisfied", "SloBurnSatisfactionSlow", {UP: "0+9x400", DOWN: "0+1x400"},
          "180h", False, "30m", "1h"),
]  # fmt: skip
SCENES.extend(
    Scene(f"{name} of a day", alert, events(told), "218h", fires, "30m", "1h")
    for alert, events in EVENTS.items()
    for name, told, fires in (("nothing", STOPS, True), ("something", GOES_ON, False))
)


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    # Its heap stays small: most of the collections that Go makes of it are not needed.
    env = {**os.environ, "GOGC": "400"}
    return subprocess.run(
        [str(PROMTOOL), *words], capture_output=True, text=True, check=False, timeout=120, env=env
    )


@pytest.fixture(scope="module")
def rule_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("rules") / "kansoku.rules.yaml"
    path.write_text(rules(alerts()), encoding="utf-8")
    return path


def expected(scene: Scene) -> list[dict[str, object]]:
    """What promtool compares: labels and annotations of what fires."""
    if not scene.fires:
        return []
    one = next(known for known in alerts() if known.name == scene.alert)
    told = any('job="shop"' in name for name in scene.series)
    labels = {"severity": one.severity, "group": one.group}
    labels |= {"slo": one.slo} if one.slo else {}
    by = {"response_model": {"model": "m"}, "tool": {"tool": "search"}, "service": {"job": "shop"}}
    split = by.get(one.by or "", {}) if told or one.by != "service" else {}
    labels |= split
    where = "".join(f": {name}" for name in split.values())
    annotations = {
        "summary": one.title.en + where,
        "summary_ja": one.title.ja + where,
        "description": one.why.en,
        "description_ja": one.why.ja,
        "action": one.todo.en,
        "action_ja": one.todo.ja,
    }
    return [{"exp_labels": labels, "exp_annotations": annotations}]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.alert}: {scene.name}")
def test_it_fires_where_it_must_and_nowhere_else(scene: Scene, tmp_path: Path) -> None:
    rule_file = tmp_path / "kansoku.rules.yaml"
    alert = next(one for one in alerts() if one.name == scene.alert)
    built_on = [slo for slo in SLOS if slo.name == alert.slo]
    # Figures are told in test_prometheus_annotations.py: here only that it fires.
    text = re.sub(r"\n +value(_ja)?: .*", "", rules([alert], built_on, ()))
    rule_file.write_text(text, encoding="utf-8")
    asked = {
        "rule_files": [str(rule_file)],
        "evaluation_interval": scene.judged or scene.step,
        "tests": [
            {
                "interval": scene.step,
                "input_series": [{"series": name, "values": told} for name, told in scene.series.items()],
                "alert_rule_test": [
                    {
                        "eval_time": scene.at,
                        "alertname": scene.alert,
                        "exp_alerts": expected(scene),
                    }
                ],
            }
        ],
    }
    file = tmp_path / "scene.yaml"
    file.write_text(json.dumps(asked), encoding="utf-8")
    ended = promtool("test", "rules", str(file))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_prometheus_can_read_the_rules(rule_file: Path) -> None:
    ended = promtool("check", "rules", str(rule_file))
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_every_published_alert_has_a_scene_where_it_fires_and_one_where_it_is_quiet() -> None:
    published = {alert.name for alert in alerts()} - set(unreadable(alerts()))
    assert {scene.alert for scene in SCENES if scene.fires} == published
    assert {scene.alert for scene in SCENES if not scene.fires} == published - {"Watchdog"}


def test_what_the_metrics_cannot_tell_is_left_out_with_the_reason() -> None:
    (known,) = (alert for alert in alerts() if alert.name == "CostAnomaly")
    shown = replace(known, name="Mine", by="feature")
    assert unreadable([*alerts(), shown]) == {"Mine": "no metric has feature as a label"}


READ_ALIKE = (
    "availability",
    "error_rate",
    "task_completion_rate",
    "user_satisfaction",
    "hallucination_rate",
    "cache_hit_rate",
    "cost_per_request_usd",
    "tokens_per_request",
)


def happened(seed: int) -> tuple[list[Row], dict[str, int]]:
    """Random calls, tasks and ratings as rows, and how far they moved each counter."""
    dice = random.Random(seed)
    rows: list[Row] = []
    moved: dict[str, int] = {}

    def move(series: str, by: int = 1) -> None:
        moved[series] = moved.get(series, 0) + by

    for _ in range(300):
        outcome = dice.choice(["ok", "ok", "error", "cancelled", "aborted"])
        error = (
            dice.choice(["overloaded_error", "invalid_request_error", "http_503"])
            if outcome == "error"
            else ""
        )
        row: Row = {"kind": "call", "operation": CHAT, "outcome": outcome, "error_type": error}
        move(CALLS + f'{{model="m",status="{outcome}"}}')
        if error:
            move(ERRORS + f'{{model="m",error_type="{error}"}}')
        if outcome == "ok":
            usage = {
                kind: dice.randrange(1000) for kind in ("input", "output", "cache_read", "cache_creation")
            }
            for kind, many in usage.items():
                move(tokens(kind), many)
            took, usd = dice.choice([0.3, 3.0, 7.5, 20.0, 45.0]), dice.randrange(5)
            move(SPENT, usd)
            for bound in (*LATENCY_BUCKETS_S, math.inf):
                le = "+Inf" if bound == math.inf else bound
                move(f'claude_api_latency_seconds_bucket{{model="m",le="{le}"}}', took <= bound)
            told = {f"{kind.replace('creation', 'write')}_tokens": many for kind, many in usage.items()}
            row = {**row, **told, "duration_s": took, "cost_usd": usd}
        rows.append(row)
    for label in dice.choices([HALLUCINATED, "grounded", ""], k=100):
        score = None if label else 0.0
        rows.append({"kind": "evaluation", "name": HALLUCINATION, "label": label, "score": score})
        move(judged(label or "unlabelled"))
    for how in dice.choices(["completed", "failed", "cancelled"], k=100):
        rows.append({"kind": "task", "label": how})
        move(f'claude_tasks_total{{task="t",outcome="{how}"}}')
    for rating in dice.choices(["up", "down"], k=100):
        rows.append({"kind": "feedback", "label": rating})
        move(f'claude_feedback_total{{rating="{rating}"}}')
    return rows, moved


@pytest.mark.parametrize("seed", range(4))
def test_prometheus_reads_an_indicator_as_the_oracle_does(seed: int, tmp_path: Path) -> None:
    rows, moved = happened(seed)
    asked: list[dict[str, object]] = []
    for name in READ_ALIKE:
        measure = indicator(name).measure
        value = oracle.read(measure, rows).value
        assert value is not None
        text = promql.measure(measure, promql.Window(600))
        expr = f"abs(({text}) - {value!r}) < bool 1e-9"
        asked.append({"expr": expr, "eval_time": "10m", "exp_samples": [{"labels": "{}", "value": 1}]})
    for q in ("50", "95", "99"):
        measure = indicator(f"latency_p{q}").measure
        value = oracle.read(measure, rows).value
        assert value is not None
        upper = next(bound for bound in LATENCY_BUCKETS_S if value <= bound)
        lower = max((bound for bound in LATENCY_BUCKETS_S if bound < value), default=0.0)
        text = promql.measure(measure, promql.Window(600))
        expr = f"({text} > bool {lower:g}) * ({text} <= bool {upper:g})"
        asked.append({"expr": expr, "eval_time": "10m", "exp_samples": [{"labels": "{}", "value": 1}]})
    series = [{"series": name, "values": f"5000x4 {5000 + by}x5"} for name, by in moved.items()]
    told = {
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": asked}],
    }
    file = tmp_path / "same.yaml"
    file.write_text(json.dumps(told), encoding="utf-8")
    ended = promtool("test", "rules", str(file))
    assert ended.returncode == 0, ended.stdout + ended.stderr
