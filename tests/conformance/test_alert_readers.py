"""The SQL reader of alerts against the oracle: one verdict on random rows in a real ClickHouse engine."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench.alerts.__main__ import narrowed
from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import WEEK_S, Compare, Every, Lost, Reported, Signal, Some, Unusual
from kansoku.catalog.fields import CALLS
from kansoku.catalog.instruments import DROPPED, INSTRUMENTED, INTERNAL_ERRORS
from kansoku.catalog.measures import Count, Is, OneOf, Sum
from kansoku.errors import DefinitionError
from kansoku.query import alert_causes, alert_oracle, backtest_sql, oracle, reported
from kansoku.query.alert_oracle import POINTS
from kansoku.query.alert_sql import METRIC_TABLES, plan
from kansoku.query.memory import LOOK_S, Memory, look
from kansoku.query.past import Past
from kansoku.query.totals import AskTotals
from tests.conformance.test_readers import BEGIN, WINDOW_S, Engine, generated, same

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kansoku.catalog.alerts import Test

NOW = BEGIN + WINDOW_S + 0.25
POINT_COLUMNS = (
    "ServiceName String, TimeUnix DateTime64(9, 'UTC'), MetricName String, Value Float64,"
    " StartTimeUnix DateTime64(9, 'UTC'), ResourceAttributes Map(String, String),"
    " Attributes Map(String, String), AggregationTemporality Int32"
)
"""Of the tables of metric points, those that are asked for."""

SERVICES = ("", "shop", "search", "batch")


def loose(test: Test, draw: random.Random) -> Test:  # noqa: PLR0911
    """The test with bounds and windows at which few random rows come down on either side."""
    match test:
        case Compare(signal, sign, bound):
            window_s = draw.choice([60, 300, 600])
            bound = bound if abs(bound) < 1 else draw.choice([0.0, 1.0, 2.0, 5.0])
            return Compare(replace(signal, window_s=window_s, ago_s=min(signal.ago_s, 60)), sign, bound)
        case Every(tests):
            return Every(tuple(loose(one, draw) for one in tests))
        case Some(tests):
            return Some(tuple(loose(one, draw) for one in tests))
        case Unusual():
            return replace(test, weeks_known=draw.choice([1, 2]), floor=1.0, deviations=1.0)
        case Reported():
            bound = test.bound if test.sign == "<" else draw.choice([1.0, 20.0])
            return replace(test, window_s=draw.choice([60, 300, 600]), bound=bound)
        case Lost():
            return replace(test, after_s=draw.choice([30, 120, 300]))
        case _:
            return test


def own_point(draw: random.Random, at_s: int) -> dict[str, object]:
    """What a process says of Kansoku in it, at a time of which a counter's series began before."""
    metric = draw.choice([INSTRUMENTED, DROPPED, INTERNAL_ERRORS]).wire_name
    return {
        "service": draw.choice(SERVICES),
        "time": at_s * 10**9 + draw.choice([0, 1, 10**9 - 1]),
        "metric": metric,
        "value": float(draw.randrange(2) if metric == INSTRUMENTED.wire_name else draw.randrange(40)),
        "series": draw.choice(["a", "b"]),
        "start": (at_s - draw.choice([0, 400])) * 10**9,
    }


def hold_points(engine: Engine, points: Iterable[dict[str, object]]) -> None:
    """Puts these points into the tables of gauges and sums."""
    for table in reported.TABLES.values():
        engine.execute(f"TRUNCATE TABLE {table}")
    for one in points:
        gauge = one["metric"] == INSTRUMENTED.wire_name
        engine.execute(
            f"INSERT INTO {reported.TABLES['gauge' if gauge else 'counter']} VALUES ('{one['service']}',"
            f" fromUnixTimestamp64Nano({one['time']}, 'UTC'), '{one['metric']}', {one['value']},"
            f" fromUnixTimestamp64Nano({one['start']}, 'UTC'), {{'id': '{one['series']}'}}, {{}}, 2)"
        )


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    for table in METRIC_TABLES:
        opened.execute(f"CREATE TABLE {table} ({POINT_COLUMNS}) ENGINE = MergeTree ORDER BY TimeUnix")
    opened.execute("CREATE TABLE rollup_touched (begin DateTime, end DateTime) ENGINE = Memory")
    yield opened
    opened.close()


@settings(max_examples=12, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
@given(seed=st.integers(0, 2**32), size=st.integers(0, 60))
def test_every_alert_reads_the_same_in_sql_as_in_python(engine: Engine, seed: int, size: int) -> None:
    draw = random.Random(seed)
    rows = {table: [dict(row) for row in held] for table, held in generated(seed, (size,) * 3).items()}
    for row in (one for held in rows.values() for one in held):
        time = row["time"]
        assert isinstance(time, int)
        row["time"] = time - draw.choice([0, 0, 1, 2, 3]) * WEEK_S * 10**9
        row["service"] = draw.choice(SERVICES)
    engine.hold(rows)
    points = [own_point(draw, BEGIN + draw.randrange(WINDOW_S)) for _ in range(draw.randrange(12))]
    hold_points(engine, points)
    asked = [replace(alert, test=loose(alert.test, draw)) for alert in alerts()]
    asked += [
        replace(alert, name=f"{alert.name} of {'two' if len(values) > 1 else 'one'}", test=test)
        for alert in draw.sample(asked, 8)
        for values in (("chat",), ("search", "chat"))
        if (test := narrowed(alert.test, OneOf("feature", values))) is not None
    ]
    made = plan(asked, NOW)
    answers = {place: engine.run(ask.statement) for place, ask in enumerate(made.asks)}
    answered = made.told(answers)
    for alert in asked:
        read, meant = answered.tested(alert), alert_oracle.tested(alert, {**rows, POINTS: points}, NOW)
        assert read is not None
        assert read.keys() == meant.keys(), alert.name
        for who, told in meant.items():
            found = read[who]
            assert (found.holds, found.known) == (told.holds, told.known), (alert.name, who)
            assert same(found.value, told.value), (alert.name, who)


class Remembering:
    """Evaluates with a memory, and compares each alert with the oracle over the same rows."""

    def __init__(self, engine: Engine, rows: list[dict[str, object]]) -> None:
        self.engine, self.rows, self.memory = engine, rows, Memory()
        wanted = [one for one in alerts() if one.name.startswith(("SloBurn", "SloAbsent", "CostUnusual"))]
        both = [test for one in wanted if (test := narrowed(one.test, Is("feature", "chat"))) is not None]
        made = [replace(wanted[0], name=f"{at}", test=test) for at, test in enumerate(both)]
        self.alerts = [
            one
            for one in (*wanted, *made)
            if {signal.measure.relation.table for signal in alert_oracle.signals(one.test)} == {"calls"}
        ]

    def evaluate(self, now: float) -> int:
        """How many stretches were remembered rather than asked."""
        self.memory.heed(self.engine.run(look(["calls"])), now)
        made = plan(self.alerts, now, self.memory)
        answers = {place: self.engine.run(ask.statement) for place, ask in enumerate(made.asks)}
        made.remember(answers, self.memory)
        told = made.told(answers)
        for alert in self.alerts:
            read, meant = told.tested(alert), alert_oracle.tested(alert, {"calls": self.rows}, now)
            assert read is not None
            for who, judged in meant.items():
                assert same(read[who].value, judged.value), (alert.name, now)
                assert (read[who].holds, read[who].known) == (judged.holds, judged.known), (alert.name, now)
        return sum(len(ask.known) for ask in made.asks if isinstance(ask, AskTotals))


def stored(engine: Engine, row: dict[str, object]) -> None:
    """Adds a row that was stored just now."""
    at = row["time"]
    assert isinstance(at, int)
    told = {**row, "time": f"{at // 10**9}.{at % 10**9:09d}", "stored_at": int(time.time())}
    engine.execute(f"INSERT INTO calls FORMAT JSONEachRow {json.dumps(told)}")


def test_what_is_remembered_of_long_windows_is_what_a_new_read_gives(engine: Engine) -> None:
    draw = random.Random(7)
    rows = [dict(row) for row in generated(7, (150, 0, 0))["calls"]]
    for row in rows:
        row |= {
            "time": int(NOW * 10**9) - draw.randrange(4 * 86_400 * 10**9),
            "feature": draw.choice(["", "chat"]),
        }
        row |= {"operation": "chat", "outcome": draw.choice(["ok", "error"])}
    for at, row in zip(range(1_000), rows[:40], strict=False):  # on either side of where windows begin
        begin = int(NOW) - (21_600, 86_400, 259_200, 7_200)[at % 4]
        row["time"] = (begin + draw.randrange(-600, 600)) * 10**9
    engine.hold({"calls": rows})
    it = Remembering(engine, rows)
    assert it.evaluate(NOW) == 0
    remembered = it.evaluate(NOW + 15)
    assert remembered > 300
    late = {**rows[0], "time": int(NOW - 40_000) * 10**9, "outcome": "error"}
    rows.append(late)
    stored(engine, late)
    assert remembered - 10 < it.evaluate(NOW + 30) < remembered
    engine.execute(f"INSERT INTO rollup_touched VALUES ({int(NOW) - 200_000}, {int(NOW) - 100_000})")
    gone = [row for row in rows if NOW - 190_000 < int(str(row["time"])) / 1e9 < NOW - 110_000]
    assert gone
    rows[:] = [row for row in rows if row not in gone]
    engine.execute(
        f"ALTER TABLE calls DELETE WHERE toUnixTimestamp(time) > {int(NOW) - 190_000}"
        f" AND toUnixTimestamp(time) < {int(NOW) - 110_000} SETTINGS mutations_sync = 2"
    )
    assert 0 < it.evaluate(NOW + 45) < remembered - 100
    engine.execute("TRUNCATE TABLE rollup_touched")
    it.evaluate(NOW + 60)
    assert it.evaluate(NOW + 75) > remembered - 10
    assert it.evaluate(NOW + 75 + LOOK_S + 1) == 0  # a mark may have come and gone
    assert it.evaluate(NOW + 75) == 0  # the clock was set back


@settings(max_examples=6, deadline=None, suppress_health_check=(HealthCheck.too_slow,))
@given(seed=st.integers(0, 2**32), size=st.integers(5, 60))
def test_who_accounts_for_what_is_wrong_is_the_same_in_sql_as_in_python(
    engine: Engine, seed: int, size: int
) -> None:
    draw = random.Random(seed)
    rows = generated(seed, (size,) * 3)
    engine.hold(rows)
    for alert in alerts():
        test = loose(alert.test, draw)
        labels = {} if alert.by is None else {alert.by: f"{draw.choice(['claude-', 'tool-'])}1"}
        found = alert_causes.wrong(test, labels, NOW)
        if found is None:
            absent = {"TelemetryLost", "NoTraffic", "Watchdog"}
            assert (
                alert.name in absent or alert_oracle.reports(alert.test) or alert.name.startswith("SloAbsent")
            ), alert.name
            continue
        held = oracle.within(found.scope, rows[found.amount.relation.table])
        ask = alert_causes.ask(found, labels)
        assert ask is not None
        assert not {*ask.fields} & {*labels}
        for field, read in ask.read(engine.run(ask.statement)).items():
            shares = shared(found.amount, field, held)
            assert len(read) == min(len(shares), alert_causes.MOST)
            for who, share in read:
                assert same(share, shares[who]), (alert.name, field)
            assert [share for _, share in read] == sorted((share for _, share in read), reverse=True)


def shared(amount: Count | Sum, field: str, rows: Iterable[oracle.Row]) -> dict[str, float]:
    """The values that account for a fifth or more of the amount, and their shares of it."""
    by: dict[str, list[oracle.Row]] = {}
    for row in rows:
        by.setdefault(str(row.get(field) or ""), []).append(row)
    amounts = {who: oracle.read(amount, mine).value or 0.0 for who, mine in by.items()}
    every = sum(amounts.values())
    return {who: told / every for who, told in amounts.items() if who and told and told / every >= 0.2}


def test_what_is_wrong_is_read_from_the_side_on_which_the_test_holds() -> None:
    by_name = {alert.name: alert.test for alert in alerts()}
    errors = alert_causes.wrong(by_name["HighErrorRate"], {}, NOW)
    slow = alert_causes.wrong(by_name["HighLatency"], {"response_model": "claude-1"}, NOW)
    missed = alert_causes.wrong(by_name["CacheMissRateHigh"], {}, NOW)
    disliked = alert_causes.wrong(by_name["LowSatisfaction"], {}, NOW)
    assert errors is not None
    assert slow is not None
    assert missed is not None
    assert disliked is not None
    failed: oracle.Row = {"operation": "chat", "outcome": "error", "duration_s": 30.0, "time": 0}
    late: oracle.Row = {**failed, "outcome": "ok", "response_model": "claude-1"}
    others: oracle.Row = {**late, "response_model": "claude-2"}
    quick: oracle.Row = {**late, "duration_s": 1.0}
    rows = [failed, late, others, quick]
    assert oracle.read(errors.amount, rows).value == 1
    assert oracle.read(slow.amount, rows).value == 1
    tokens: oracle.Row = {**late, "input_tokens": 5, "cache_read_tokens": 100, "cache_write_tokens": 7}
    assert oracle.read(missed.amount, [tokens]).value == 12
    up: oracle.Row = {"kind": "feedback", "label": "up"}
    assert oracle.read(disliked.amount, [up, up, {**up, "label": "down"}]).value == 1
    assert (missed.scope.end - missed.scope.begin, slow.scope.end) == (600, int(NOW) + 1)


def test_what_several_alerts_need_is_asked_once_and_one_that_fails_fails_only_its_own() -> None:
    shipped = alerts()
    made = plan(shipped, NOW)
    assert len(made.asks) == len({ask.statement.text + repr(ask.statement.parameters) for ask in made.asks})
    assert len(made.asks) < len(shipped)
    by_name = {alert.name: alert for alert in shipped}
    assert made.told({}).tested(by_name["ApiOutage"]) is None
    always = made.told({}).tested(by_name["Watchdog"])
    assert always is not None
    assert always[""].holds


def test_a_week_too_few_is_no_data_and_a_floor_keeps_small_sums_quiet() -> None:
    spent = Signal(Sum(CALLS, ("cost_usd",)), 600)
    alert = next(one for one in alerts() if one.name == "CostUnusual")
    test = Unusual(spent, weeks=4, weeks_known=2, deviations=3.0, floor=10.0, share=0.5)
    alert = replace(alert, test=test)

    def at(now_usd: float, *past: float) -> tuple[bool, bool]:
        rows = [{"time": int(NOW - 1) * 10**9, "cost_usd": now_usd}]
        rows += [
            {"time": int(NOW - 1 - week * WEEK_S) * 10**9, "cost_usd": usd}
            for week, usd in enumerate(past, start=1)
        ]
        told = alert_oracle.tested(alert, {"calls": rows}, NOW)[""]
        return told.holds, told.known

    assert at(100.0, 1.0) == (False, False)
    assert at(100.0, 10.0, 12.0) == (True, True)
    assert at(10.0, 1.0, 1.0) == (False, True)
    assert at(105.0, 90.0, 90.0) == (False, True)
    assert at(40.0, 10.0, 30.0) == (False, True)


DAY_S = 86_400


def spent_now(*days_ago: float) -> tuple[bool, bool]:
    """Whether $50 are unusual, and whether that is known, with a call each so many days ago."""
    alert = next(one for one in alerts() if one.name == "CostUnusual")
    rows = [{"time": int(NOW - 1) * 10**9, "cost_usd": 50.0}]
    rows += [{"time": int(NOW - one * DAY_S) * 10**9, "cost_usd": 300.0} for one in days_ago]
    told = alert_oracle.tested(alert, {"calls": rows}, NOW)[""]
    return told.holds, told.known


def test_a_night_in_which_nothing_ever_happened_is_known_where_there_are_calls_of_the_week_before() -> None:
    assert spent_now(9, 16, 22) == (True, True)
    assert spent_now(9, 16, 20.9) == (False, False)


def test_weeks_in_which_nothing_was_told_at_all_are_not_weeks_without_spending() -> None:
    every_day = [one + 0.5 for one in range(40)]
    off_for_three_weeks = [one for one in every_day if not 2 <= one < 23]
    off_for_a_week = [one for one in every_day if not 2 <= one < 9]
    assert spent_now(*every_day) == (True, True)
    assert spent_now(*off_for_three_weeks) == (False, False)
    assert spent_now(*off_for_a_week) == (True, True)


LOST_AGO = (  # hours ago in which it told something each minute, and whether it is lost five minutes after
    ("all the time until now", [(72, 0.1)], True),
    ("as silent a day ago", [(72, 24), (23, 0.1)], False),
    ("as silent a day ago, and half an hour later", [(72, 23.6), (23, 0.1)], False),
    ("as silent a day ago, but an hour later", [(72, 23.4), (23, 0.1)], True),
    ("gone for a day", [(72, 23.7)], True),
    ("as silent a week ago", [(200, 168.1), (167, 0.1)], False),
    ("new a day ago", [(24, 0.1)], True),
)


@pytest.mark.parametrize(("told", "is_lost"), [one[1:] for one in LOST_AGO], ids=[one[0] for one in LOST_AGO])
def test_a_service_that_is_usually_silent_then_is_not_lost(
    engine: Engine, told: list[tuple[float, float]], is_lost: bool
) -> None:
    now = BEGIN - BEGIN % 60
    alert = next(one for one in alerts() if one.name == "TelemetryLost")
    rows: list[oracle.Row] = [
        {"time": (now - ago_s) * 10**9, "service": "shop", "operation": "chat", "outcome": "ok"}
        for begin, end in told
        for ago_s in range(int(end * 3_600), int(begin * 3_600), 60)
    ]
    engine.hold({"calls": rows, "tool_calls": [], "outcomes": []})
    hold_points(engine, [])
    made = plan([alert], now)
    read = made.told({0: engine.run(made.asks[0].statement)}).tested(alert)
    assert read is not None
    assert read["shop"].holds == is_lost
    assert alert_oracle.tested(alert, {"calls": rows}, now)["shop"] == read["shop"]
    asked = backtest_sql.asks([alert], now, now)
    past = Past((ask, engine.run(ask.statement)) for ask in asked)
    assert past.tested(alert, now)["shop"] == read["shop"]


def test_a_service_can_be_lost_by_service_alone() -> None:
    alert = next(one for one in alerts() if one.name == "TelemetryLost")
    wrong = replace(alert, by=None)
    with pytest.raises(DefinitionError, match="TelemetryLost"):
        plan([wrong], NOW)


def test_an_alert_split_by_a_value_that_only_counts_elsewhere_counts_zero() -> None:
    alert = next(one for one in alerts() if one.name == "HighToolErrorRate")
    test = Compare(Signal(Count(CALLS), 60), "<=", 0)
    rows = [{"time": int(NOW - 300) * 10**9, "service": "shop"}]
    wide = Compare(Signal(Count(CALLS), 600), ">=", 1)
    told = alert_oracle.tested(replace(alert, by="service", test=Every((test, wide))), {"calls": rows}, NOW)
    assert told["shop"].holds
