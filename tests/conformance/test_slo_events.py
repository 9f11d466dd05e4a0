"""The events of error budgets in SQL against the oracle, and the routes that show them, on a real engine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from kansoku.catalog.measures import Count
from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import SLOS, CostBudget, Slo
from kansoku.errors import QueryRefused
from kansoku.query import oracle
from kansoku.query.scope import Grid, Scope
from kansoku.query.slo_sql import DAY_S, by_day, events, read_days
from kansoku.query.statement import Statement
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.honesty import Intake
from kansoku.show.slos import Promises
from kansoku.store.port import Rows
from tests.conformance.test_readers import BEGIN, WINDOW_S, Engine, generated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kansoku.query.statement import Parameter
    from kansoku.store.port import Store

NOW = BEGIN + WINDOW_S + 0.25
WINDOWS = (60, 300, 86_400)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    yield opened
    opened.close()


def meant(slo: Slo, rows: Sequence[oracle.Row], scope: Scope) -> tuple[int, int]:
    """What the objective's words say, by the oracle."""
    held = oracle.within(scope, rows)
    eligible = oracle.read(Count(slo.relation, slo.eligible), held).n
    good = oracle.read(Count(slo.relation, slo.good), [row for row in held if _is(slo, row)]).n
    return eligible, eligible - good


def _is(slo: Slo, row: oracle.Row) -> bool:
    return oracle.read(Count(slo.relation, slo.eligible), [row]).n == 1


@settings(max_examples=8, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
@given(seed=st.integers(0, 2**32), size=st.integers(0, 80))
def test_events_are_the_same_in_sql_as_in_python(engine: Engine, seed: int, size: int) -> None:
    rows = generated(seed, (size,) * 3)
    engine.hold(rows)
    asks = events([(slo, window_s) for slo in SLOS for window_s in WINDOWS], NOW)
    found = {
        (name, ask.window_s): told
        for ask in asks
        for name, told in ask.read(engine.run(ask.statement)).items()
    }
    assert found.keys() == {(slo.name, window_s) for slo in SLOS for window_s in WINDOWS}
    for slo in SLOS:
        for window_s in WINDOWS:
            scope = Scope.until(NOW, window_s)
            assert found[slo.name, window_s] == meant(slo, rows[slo.relation.table], scope), (slo, window_s)


def test_days_are_those_of_the_calendar_and_add_up(engine: Engine) -> None:
    rows = generated(7, (80,) * 3)
    for place, row in enumerate(rows["calls"]):
        cast("dict[str, object]", row)["time"] = (BEGIN - place % 3 * DAY_S) * 10**9
    engine.hold(rows)
    slo = SLOS[0]
    today = BEGIN // DAY_S * DAY_S
    grid = Grid(Scope(today - 2 * DAY_S, today + DAY_S), DAY_S)
    found = read_days(slo, engine.run(by_day(slo, grid)))
    for day in range(grid.begin, today + 1, DAY_S):
        assert found.get(day, (0, 0)) == meant(slo, rows["calls"], Scope(day, day + DAY_S))
    assert len(found) == 3


class EngineStore:
    """The engine as a store that is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def query(self, text: str, parameters: Mapping[str, Parameter] | None = None, **_: object) -> Rows:
        if "rollup_periods" in text:
            raise QueryRefused("there are no rollups")
        rows = [tuple(row) for row in self._engine.run(Statement(text, parameters or {}))]
        return Rows((), rows, truncated=False)


def client(engine: Engine, promises: Promises | None) -> TestClient:
    async def honesty() -> Intake:
        return Intake(0, 0, 0, {}, {})

    app = show_app(
        Backend(
            store=cast("Store", EngineStore(engine)),
            demo=False,
            honesty=honesty,
            clock=lambda: NOW,
            promises=promises,
        ),
        static=Path("/nowhere"),
    )
    return TestClient(app, base_url="http://127.0.0.1")


def budgets(engine: Engine, outcomes: Sequence[str], promises: Promises | None = None) -> dict[str, Any]:
    """What `/api/slos` tells of so many calls of the last minute."""
    rows = generated(3, (len(outcomes), 0, 0))
    for row, outcome in zip(rows["calls"], outcomes, strict=True):
        told = cast("dict[str, object]", row)
        told.update(time=(BEGIN + WINDOW_S - 30) * 10**9, operation="chat", outcome=outcome, cost_usd=2.0)
        told.update(error_type="overloaded_error" if outcome == "error" else "")
    engine.hold(rows)
    return client(engine, promises).get("/api/slos").json()


def test_a_budget_is_told_in_events_with_its_burn_rates(engine: Engine) -> None:
    told = budgets(engine, ["ok"] * 396 + ["error"] * 4)
    assert [one["name"] for one in told["slos"]] == [slo.name for slo in SLOS]
    availability = told["slos"][0]
    assert (availability["eligible"], availability["bad"], availability["allowed"]) == (400, 4, 2.0)
    assert (availability["left"], availability["state"], availability["lasts_s"]) == (-1.0, "exhausted", 0.0)
    assert [burn["long_rate"] for burn in availability["burns"]] == pytest.approx([2.0] * 4)
    assert Counter(burn["passed"] for burn in availability["burns"]) == {False: 3, True: 1}
    assert told["slos"][3]["state"] == "no_data"
    assert told["slos"][3]["left"] is None
    assert told["cost"] is None


def test_a_months_cost_is_held_to_its_budget(engine: Engine) -> None:
    told = budgets(engine, ["ok"] * 40, Promises(SLOS[:1], CostBudget(100.0)))["cost"]
    assert (told["spent_usd"], told["left_usd"]) == (80.0, 20.0)
    assert told["month_begins"] <= NOW < told["month_ends"]
    assert told["state"] == "burning"
    # All of it in the last half minute; a pace is told of a day at least.
    assert told["forecast_usd"] == pytest.approx(80.0 + 80.0 * (told["month_ends"] - NOW) / DAY_S)


def test_the_history_ends_today_and_an_unknown_objective_is_refused(engine: Engine) -> None:
    budgets(engine, ["ok"] * 396 + ["error"] * 4)
    slo = replace(SLOS[0], window_s=7 * DAY_S)
    asked = client(engine, Promises((slo,)))
    days = asked.get("/api/slos/availability").json()["days"]
    assert len(days) == 7
    assert days[-1] == {"at": (BEGIN // DAY_S + 1) * DAY_S, "eligible": 400, "bad": 4, "left": -1.0}
    assert days[0]["left"] is None
    refused = asked.get("/api/slos/nothing")
    assert refused.status_code == 404
    assert "availability" in refused.text


def test_a_budget_of_calendar_periods_counts_from_midnight_in_its_place_on(engine: Engine) -> None:
    """Forty calls, one each six hours back from now: by the day in Tokyo only the last few count."""
    tokyo = Calendar("day", "Asia/Tokyo")
    begin, end = tokyo.period(NOW)
    rows = generated(3, (40, 0, 0))
    times = [int(NOW) - 60 - place * 6 * 3_600 for place in range(40)]
    for row, time in zip(rows["calls"], times, strict=True):
        told = cast("dict[str, object]", row)
        told.update(time=time * 10**9, operation="chat", outcome="ok", error_type="")
    engine.hold(rows)
    slo = replace(SLOS[0], calendar=tokyo, window_s=DAY_S)
    asked = client(engine, Promises((slo,)))
    (now,) = asked.get("/api/slos").json()["slos"]
    today = sum(begin <= time for time in times)
    assert 0 < today < 5
    assert (now["eligible"], now["from"], now["to"]) == (today, begin, end)
    assert now["over"]["en"] == "calendar day (Asia/Tokyo)"
    days = asked.get("/api/slos/availability").json()["days"]
    assert [one["at"] for one in days] == [begin, end]
    before = sum(tokyo.period(begin - 1)[0] <= time < begin for time in times)
    assert [one["eligible"] for one in days] == [before, today]
