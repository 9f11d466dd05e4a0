"""Alerts over the past, each table read once, against the oracle's rows looked at again each minute."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import WEEK_S, Compare, Every, Signal, Unusual
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Count, Is, Mean
from kansoku.catalog.outcomes import ENDED
from kansoku.catalog.slos import BURNS, SLOS
from kansoku.judge.backtest import Backtest, Firing, backtest, missed, spending
from kansoku.query import alert_oracle, backtest_sql
from kansoku.query.alert_oracle import POINTS, Judged
from kansoku.query.alert_sql import METRIC_TABLES
from kansoku.query.backtest_sql import STEP_S
from kansoku.query.past import Past
from tests.conformance.test_alert_readers import POINT_COLUMNS, SERVICES, hold_points, loose, own_point
from tests.conformance.test_readers import BEGIN, Engine, generated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kansoku.catalog.alerts import Alert
    from kansoku.query import oracle

FIRST = BEGIN // STEP_S * STEP_S
MINUTES = 35


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    for table in METRIC_TABLES:
        opened.execute(f"CREATE TABLE {table} ({POINT_COLUMNS}) ENGINE = MergeTree ORDER BY TimeUnix")
    yield opened
    opened.close()


def same(one: Mapping[str, Judged], other: Mapping[str, Judged]) -> bool:
    return one.keys() == other.keys() and all(
        (found.holds, found.known) == (told.holds, told.known)
        and (found.value == told.value or found.value == pytest.approx(told.value, rel=1e-9, abs=1e-12))
        for found, told in ((one[who], other[who]) for who in one)
    )


@pytest.mark.parametrize("seed", [0])
def test_every_minute_is_judged_as_the_oracle_judges_it(engine: Engine, seed: int) -> None:
    draw = random.Random(seed)
    rows: dict[str, Sequence[oracle.Row]] = {}
    for table, held in generated(seed, (40, 40, 40)).items():
        rows[table] = [dict(row) | {"time": moment(draw), "service": draw.choice(SERVICES)} for row in held]
    engine.hold(rows)
    points = [own_point(draw, moment(draw) // 10**9) for _ in range(30)]
    hold_points(engine, points)
    every = {**rows, POINTS: points}
    own = (
        odd("Odd", Count(CALLS, ENDED), 90, None),
        odd("Mean", Mean(CALLS, ("duration_s",), Is("outcome", "ok")), 120, "feature"),
    )
    asked = [
        replace(alert, test=loose(alert.test, draw), for_s=draw.choice([0, 120]), keep_firing_for_s=60)
        for alert in alerts()
    ]
    past = answered(engine, [*asked, *own])
    fired = 0
    for alert in (*asked, *own):
        for minute in range(MINUTES):
            now = FIRST + minute * STEP_S
            told = alert_oracle.tested(alert, every, now)
            assert same(past.tested(alert, now), told), (alert.name, minute)
        found = backtest(alert, past.over, FIRST, FIRST + MINUTES * STEP_S)
        stepped = backtest(
            alert,
            lambda one, moments: (alert_oracle.tested(one, every, now) for now in moments),
            FIRST,
            FIRST + MINUTES * STEP_S,
        )
        assert times(found) == times(stepped)
        assert (found.no_data, found.evaluations) == (stepped.no_data, MINUTES + 1)
        fired += len(found.firings)
    assert fired > 20


def test_a_week_is_known_over_the_past_as_the_oracle_knows_it(engine: Engine) -> None:
    """A call of four weeks ago, until the end of whose week it is known what the third week cost."""
    alert = next(one for one in alerts() if one.name == "CostUnusual")
    assert isinstance(alert.test, Unusual)
    alert, window_s = replace(alert, test=replace(alert.test, weeks_known=4)), alert.test.signal.window_s
    ago = (3_600, WEEK_S + 3_600, 2 * WEEK_S + 3_600, 4 * WEEK_S + window_s - 20 * STEP_S)
    calls = [{"time": (FIRST - one) * 10**9, "cost_usd": 30.0} for one in ago]
    engine.hold({"calls": calls, "tool_calls": [], "outcomes": []})
    past = answered(engine, [alert])
    told = [alert_oracle.tested(alert, {"calls": calls}, FIRST + at * STEP_S) for at in range(MINUTES)]
    assert all(same(past.tested(alert, FIRST + at * STEP_S), one) for at, one in enumerate(told))
    assert [one[""].known for one in told] == [True] * 20 + [False] * (MINUTES - 20)


def odd(name: str, measure: Count | Mean, window_s: int, by: str | None) -> Alert:
    """An alert of a user's own whose window is no whole number of minutes."""
    test = Every((Compare(Signal(measure, window_s, ago_s=30), ">=", 1),))
    return replace(alerts()[0], name=name, test=test, by=by, for_s=0)


def moment(draw: random.Random) -> int:
    """A nanosecond around the minutes that are judged, often at the edge of one."""
    second = FIRST + draw.randrange(-5, MINUTES) * STEP_S + draw.choice([0, 1, 59, draw.randrange(60)])
    return second * 10**9 + draw.choice([0, 1, 10**9 - 1])


def answered(engine: Engine, asked: Sequence[Alert]) -> Past:
    asks = backtest_sql.asks(asked, FIRST, FIRST + MINUTES * STEP_S)
    return Past((ask, engine.run(ask.statement)) for ask in asks)


def times(found: Backtest) -> list[tuple[dict[str, str], float, float, float | None]]:
    return [(dict(one.labels), one.active_since, one.fired_at, one.resolved_at) for one in found.firings]


def test_spending_that_no_alert_told_of_is_missed(engine: Engine) -> None:
    """Thirty minutes in which every call fails; one alert sees it, one that asks for more does not."""
    calls = [
        {"time": (FIRST + minute * STEP_S) * 10**9, "operation": "chat", "outcome": outcome, "span_id": "a"}
        for minute in range(MINUTES)
        for outcome in ("error" if minute < 30 else "ok",)
    ]
    engine.hold({"calls": calls, "tool_calls": [], "outcomes": []})
    slo = next(one for one in SLOS if one.name == "availability")
    spent, high = spending(slo), next(one for one in alerts() if one.name == "HighErrorRate")
    assert spent is not None
    sharp = replace(high, test=Compare(Signal(Count(CALLS, ENDED), 300), ">=", 5), for_s=0)
    past = answered(engine, [spent, high, sharp])
    end = FIRST + MINUTES * STEP_S
    over, blind, seen = (backtest(one, past.over, FIRST, end) for one in (spent, high, sharp))
    (stretch,) = over.firings
    assert (stretch.fired_at, stretch.resolved_at) == (FIRST + 2 * STEP_S, None)
    assert blind.firings == ()  # five calls in five minutes are fewer than its twenty
    assert missed(over, [blind]) == (stretch,)
    assert missed(over, [blind, seen]) == ()


def test_a_firing_before_or_after_a_stretch_is_none_of_it() -> None:
    alert = alerts()[0]
    spent = Backtest(alert, (Firing({}, 100, 100, 200, 1.0),), 0, 1)
    for begin, end, seen in ((10, 100, False), (200, 300, False), (10, 101, True), (199, None, True)):
        other = Backtest(alert, (Firing({}, begin, begin, end, 1.0),), 0, 1)
        assert bool(missed(spent, [other])) is not seen


def test_no_burn_rate_that_can_be_reached_leaves_nothing_to_miss() -> None:
    assert spending(replace(SLOS[0], target=0.9, burns=BURNS[:1])) is None
