"""The verdict over all services on a real engine: a small one that is broken is named beside a large one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from tests.conformance.test_readers import BEGIN, WINDOW_S, Engine, generated
from tests.conformance.test_slo_events import client

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    yield opened
    opened.close()


def status(engine: Engine, *calls: tuple[str, str, int], service: str = "") -> dict[str, Any]:
    """What `/api/status` says of calls of the last minute: by service, outcome and how many."""
    each = [(who, outcome) for who, outcome, many in calls for _ in range(many)]
    rows = generated(3, (len(each), 0, 0))
    for row, (who, outcome) in zip(rows["calls"], each, strict=True):
        told = cast("dict[str, object]", row)
        told.update(time=(BEGIN + WINDOW_S - 30) * 10**9, operation="chat", outcome=outcome, service=who)
        told.update(error_type="overloaded_error" if outcome == "error" else "", duration_s=1.0, ttft_s=0.5)
    engine.hold(rows)
    asked = {"window": "15m"} | ({"service": service} if service else {})
    return client(engine, None).get("/api/status", params=asked).json()


def test_a_small_service_whose_calls_all_fail_is_named_beside_a_large_one(engine: Engine) -> None:
    told = status(engine, ("large", "ok", 900), ("small", "error", 3))
    assert told["state"] == "degraded"
    assert (
        told["headline"]["en"] == "DEGRADED: 3 of 3 calls of service “small” failed, in the last 15 minutes."
    )
    assert told["headline"]["ja"] == "低下: 直近15分で、サービス「small」の3件のうち3件が失敗。"
    assert told["reasons"][0]["en"] == "3 of 3 calls of service “small” failed."


def test_a_service_that_is_alone_or_looked_at_says_nothing_twice(engine: Engine) -> None:
    told = status(engine, ("small", "error", 4))
    assert told["state"] == "down"
    assert not any("service" in one["en"] for one in told["reasons"])
    told = status(engine, ("large", "ok", 90), ("small", "error", 4), service="small")
    assert told["state"] == "down"
    assert not any("service" in one["en"] for one in told["reasons"])


def test_a_failure_or_two_of_a_small_service_break_nothing(engine: Engine) -> None:
    assert status(engine, ("large", "ok", 900), ("small", "error", 2))["state"] == "working"
    assert (
        status(engine, ("large", "ok", 900), ("small", "ok", 30), ("small", "error", 1))["state"] == "working"
    )
