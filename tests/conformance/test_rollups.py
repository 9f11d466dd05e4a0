"""Rollups in a real engine: they answer as the calls do, whatever came late, left, or was cut short."""

from __future__ import annotations

import json
import math
import random
import re
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol, cast

import pytest
from chdb import session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kansoku.catalog.fields import CALLS, FEEDBACK, TOOL_CALLS, Relation
from kansoku.catalog.filters import BY_NAME
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import Quantile, Reading
from kansoku.catalog.outcomes import IS_BILLED
from kansoku.catalog.panels import GROUPS, Bars, Line, Panel, TimeSeries
from kansoku.catalog.prices import Rates
from kansoku.catalog.rollups import ROLLUPS, SKETCH_ERROR
from kansoku.catalog.slos import SLOS
from kansoku.catalog.text import Text
from kansoku.errors import StoreUnavailable
from kansoku.query import choices, panel_oracle, releases, rolled
from kansoku.query.answer import Curves, Heat, Ranking, Table
from kansoku.query.cache_dollars import asked, bill
from kansoku.query.oracle import Row, amount, belongs, holds, read, within
from kansoku.query.panel_sql import plan
from kansoku.query.rankings import rankings, together
from kansoku.query.rolled import (
    MOST_RANGES,
    NOTHING,
    Held,
    Withdrawn,
    held,
    holdings,
    pieces,
    withdrawals,
    withdrawn,
)
from kansoku.query.scope import Grid, Scope
from kansoku.query.slo_sql import read_tally, tally
from kansoku.query.survey import surveys
from kansoku.store import asking
from kansoku.store.schema.relations import narrow_tables
from kansoku.store.upkeep import rollups
from kansoku.store.upkeep.rollups import Keeper, rollup_tables, touched
from tests.clickhouse_front import UNCOMPILED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from kansoku.query.answer import Answer
    from kansoku.query.statement import Parameter, Statement

HOUR, DAY = 3_600, 86_400
BEGIN = 1_790_000_000 // HOUR * HOUR
NOW = BEGIN + 5 * HOUR + 1_234
WORDS = {
    "operation": ("chat", "chat", "chat", "count_tokens", "batch_result"),
    "outcome": ("ok", "ok", "ok", "error", "cancelled"),
    "error_type": ("", "overloaded_error", "api_error", "it's \\ odd"),
    "response_model": ("", "claude-1", "claude-2"),
    "request_model": ("", "claude-1", "claude-2"),
    "kind": ("task", "feedback", "feedback", "evaluation"),
    "label": ("", "up", "down", "completed", "failed", "hallucination"),
    "feature": ("", "chat", "search"),
    "service": ("a", "b"),
    "environment": ("production", "staging"),
    "release": ("1", "2"),
    "user_id": ("", "u-1", "u-2", "u-3"),
    "tool": ("search", "book"),
    "unpriced_reason": ("", "", "unknown_model"),
}


class Session(Protocol):
    """The part of a chDB session that is used; the package has no types."""

    def query(self, sql: str, fmt: str = "CSV", *, params: Mapping[str, object] | None = None) -> object: ...

    def close(self) -> None: ...


class Database:
    """A chDB session with the narrow tables and the rollups, which can be made to fail."""

    def __init__(self) -> None:
        self._session = cast("Session", session.Session())
        self._session.query(UNCOMPILED)
        self.fails_in: int | None = None
        self.changed = 0
        self.asked = 0
        self.before: Callable[[str], None] | None = None
        for table in narrow_tables():
            self.run(
                f"CREATE TABLE {table.name} ({', '.join(table.columns)})"
                f" ENGINE MergeTree ORDER BY {table.order}"
            )

    def run(self, statement: str) -> None:
        self.changed += 1
        if self.fails_in is not None:
            if self.fails_in == 0:
                raise StoreUnavailable("killed here")
            self.fails_in -= 1
        if self.before is not None:
            self.before(statement)
        # Thousands of small statements: what makes them survive a power cut is left out.
        made, _, durable = statement.partition("\nSETTINGS ttl_only")
        granule = re.search(r"index_granularity = \d+", durable)
        self._session.query(f"{made} SETTINGS {granule[0]}" if granule else made)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        self.asked += 1
        return [tuple(row) for row in self.told(statement, {})]

    def told(self, statement: str, bound: Mapping[str, Parameter]) -> list[list[object]]:
        told = {name: asking.bound(value) for name, value in bound.items()}
        answer = str(self._session.query(statement, "JSONCompact", params=told))
        return json.loads(answer)["data"] if answer.strip() else []

    def ask(self, statement: Statement) -> list[list[object]]:
        return self.told(statement.text, statement.parameters)

    def insert(self, table: str, rows: Sequence[Row], stored_at: int) -> None:
        if rows:
            lines = "\n".join(json.dumps({**row, "time": _wire(row), "stored_at": stored_at}) for row in rows)
            self._session.query(f"INSERT INTO {table} FORMAT JSONEachRow {lines}")

    def empty(self) -> None:
        self.fails_in = self.before = None
        names = [
            *(table.name for table in narrow_tables()),
            *(table.name for table in rollups.rollup_tables()),
        ]
        for name in names:
            self._session.query(f"TRUNCATE TABLE IF EXISTS {name}")

    def close(self) -> None:
        self._session.close()


def _wire(row: Row) -> str:
    time = row["time"]
    assert isinstance(time, int)
    return f"{time // 10**9}.{time % 10**9:09d}"


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    opened = Database()
    opened.run("SET output_format_json_quote_64bit_integers = 0, mutations_sync = 1")
    Keeper(opened).prepare()
    yield opened
    opened.close()


@pytest.fixture
def fresh(database: Database) -> Database:
    database.empty()
    return database


@dataclass
class Kept:
    """A database, what is in it, and the pass over it at a time of the test's own."""

    database: Database
    rows: dict[str, list[Row]]
    now: float = NOW

    def __post_init__(self) -> None:
        self.keeper = Keeper(self.database, clock=lambda: self.now)

    def store(self, rows: Sequence[Row], relation: Relation = CALLS) -> None:
        self.rows.setdefault(relation.table, []).extend(rows)
        self.database.insert(relation.table, rows, int(self.now))

    def held(self) -> Held:
        asked = holdings(BEGIN - HOUR, int(self.now))
        return held(self.database.ask(asked), int(self.now))


def call(draw: random.Random, begin: int = BEGIN - HOUR, end: int = NOW, relation: Relation = CALLS) -> Row:
    words = {name: draw.choice(values) for name, values in WORDS.items()}
    numbers = {
        "duration_s": draw.choice([0.0, 0.5, 0.001, draw.randrange(1, 2**16) / 64]),
        "ttft_s": draw.choice([None, draw.randrange(2**10) / 64]),
        "cost_usd": draw.choice([None, draw.randrange(2**10) / 64]),
        "attempts": draw.choice([None, 1, 2]),
        "failed_attempts": draw.choice([None, 1]),
        "score": draw.choice([None, draw.randrange(65) / 64]),
        "span_id": f"{draw.getrandbits(64):016x}",
    }
    tokens = {
        name: draw.choice([None, draw.randrange(2**12)])
        for name in ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens")
    }
    edge = draw.choice([BEGIN, BEGIN + HOUR, BEGIN + 2 * HOUR]) * 10**9 - draw.choice([0, 1])
    anywhere = draw.randrange(begin * 10**9, end * 10**9)
    known = {field.name for field in relation.fields}
    time = draw.choice([anywhere, anywhere, edge])
    return {name: one for name, one in {**words, **numbers, **tokens, "time": time}.items() if name in known}


def calls(seed: int, n: int, relation: Relation = CALLS) -> list[Row]:
    draw = random.Random(seed)
    return [call(draw, relation=relation) for _ in range(n)]


SHORT = [one for one in ROLLUPS if one.table == "calls" and one.period_s <= HOUR]

# --- the same answer


def assert_same(kept: Kept, panel: Panel, grid: Grid) -> float | None:
    planned = plan(panel, grid, kept.held())
    found = planned.answer([kept.database.ask(one) for one in planned.statements])
    rows = {"calls": [], "tool_calls": [], "outcomes": []} | kept.rows
    meant = panel_oracle.answer(panel, rows, grid)
    if planned.error is None:
        assert near(flat(found), flat(meant), 1e-9), (panel.id, found, meant)
    else:
        assert shape(found) == shape(meant), (panel.id, found, meant)
    if isinstance(panel, Bars) and len(together([panel, panel])) == 1:
        asked = rankings([panel, replace(panel, top=2)], grid.scope, kept.held())
        whole, two = asked.answers(kept.database.ask(asked.statement))
        assert near(flat(whole), flat(meant), 1e-9), (panel.id, whole, meant)
        assert two.bars == whole.bars[:2]
    return planned.error


def flat(answer: Answer) -> object:
    match answer:
        case Curves(times, curves):
            return (times, tuple((one.label.en, one.values) for one in curves))
        case Ranking(bars):
            return tuple((bar.label, bar.value, bar.share, bar.n) for bar in bars)
        case Table(rows):
            return rows
        case Reading(value, n):
            return (value, n)
        case Heat(times, rows):
            return (times, rows)


def shape(answer: Answer) -> object:
    """The answer without its numbers: what is known, in which order, of whom."""
    match answer:
        case Curves(times, curves):
            return (times, [(one.label.en, [value is None for value in one.values]) for one in curves])
        case Table(rows):
            return [(row[0], [cell is None for cell in row]) for row in rows]
        case Ranking() | Reading() | Heat():
            return flat(answer)


def near(one: object, other: object, error: float) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=error, abs_tol=0.0)
    if isinstance(one, tuple) and isinstance(other, tuple):
        ones, others = cast("tuple[object, ...]", one), cast("tuple[object, ...]", other)
        return len(ones) == len(others) and all(near(a, b, error) for a, b in zip(ones, others, strict=True))
    return one == other


def assert_surveys_agree(kept: Kept, scope: Scope) -> set[str]:
    """Every indicator as the oracle has it; a quantile between its neighbours, give or take the error."""
    asked = {one.name: one.measure for one in INDICATORS}
    approximate: set[str] = set()
    for survey in surveys(asked, scope, kept.held()):
        for name, found in survey.readings(kept.database.ask(survey.statement)).items():
            measure = asked[name]
            rows = within(scope, kept.rows.get(measure.relation.table, []))
            meant = read(measure, rows)
            assert found.n == meant.n, name
            if isinstance(measure, Quantile) and survey.error is not None and meant.value is not None:
                approximate.add(name)
                assert found.value is not None
                low, high = neighbours(measure, rows)
                assert low * (1 - SKETCH_ERROR) - 1e-9 <= found.value <= high * (1 + SKETCH_ERROR) + 1e-9, (
                    name
                )
            else:
                assert near((found.value,), (meant.value,), 1e-9), (name, found, meant)
    return approximate


def neighbours(measure: Quantile, rows: Sequence[Row]) -> tuple[float, float]:
    """The two values between which the quantile lies."""
    mine = (row for row in rows if belongs(measure.relation, row) and holds(measure.where, row))
    values = sorted(value for row in mine if (value := amount(row, measure.field)) is not None)
    place = (len(values) - 1) * measure.q
    return values[math.floor(place)], values[math.ceil(place)]


FILTERS = (
    (),
    (("feature", "chat"),),
    (("feature", ""),),
    (("service", "a"), ("release", "2")),
    (("environment", "staging"), ("feature", "search")),
)


def scope_of(begin: int, length: int, filters: tuple[tuple[str, str], ...]) -> Scope:
    return Scope(begin, begin + length, filters)


scopes = st.builds(
    scope_of,
    st.sampled_from([BEGIN, BEGIN - HOUR - 1]) | st.integers(BEGIN - 2 * HOUR, BEGIN + 2 * HOUR),
    st.sampled_from([2 * HOUR, 2 * HOUR + 1, 3 * HOUR, 6 * HOUR]) | st.integers(1, 8 * HOUR),
    st.sampled_from(FILTERS),
)
often = settings(max_examples=5, deadline=None, suppress_health_check=(HealthCheck.too_slow,))


@often
@given(
    seed=st.integers(0, 2**32),
    sizes=st.tuples(st.integers(0, 150), st.integers(0, 60)),
    scope=scopes,
    step=st.sampled_from([60, 300, 420, 900, HOUR, 2 * HOUR, 5_400]),
)
def test_every_panel_and_indicator_answers_from_rollups_as_from_the_rows(
    database: Database, seed: int, sizes: tuple[int, int], scope: Scope, step: int
) -> None:
    database.empty()
    kept = Kept(database, {})
    kept.store(calls(seed, sizes[0]))
    kept.store(calls(seed, sizes[1], TOOL_CALLS), TOOL_CALLS)
    kept.store(calls(seed, sizes[1], FEEDBACK), FEEDBACK)
    kept.keeper.keep()
    assert_surveys_agree(kept, scope)
    for panel in (panel for group in GROUPS for panel in group.panels):
        assert_same(kept, panel, Grid(scope, step))


TITLE = Text("T", "T")
COST = next(one.measure for one in INDICATORS if one.name == "cost_daily_total_usd")
LONG = Scope(BEGIN, BEGIN + 5 * HOUR)
USERS = ("rollup_calls_user_4d", "rollup_calls_user_1d")


def known(name: str) -> Panel:
    return next(panel for group in GROUPS for panel in group.panels if panel.id == name)


def panel_by(field: str) -> Panel:
    return TimeSeries("by", TITLE, TITLE, "usd", (Line("c", TITLE, COST, "usd"),), by=field, top=2)


@pytest.fixture(scope="module")
def rolled_up(database: Database) -> Kept:
    """Some hours whose periods are made, for the tests that ask and change nothing; they stand together."""
    database.empty()
    kept = Kept(database, {})
    kept.store(calls(1, 200))
    kept.store(calls(1, 60, FEEDBACK), FEEDBACK)
    kept.store(calls(1, 60, TOOL_CALLS), TOOL_CALLS)
    kept.keeper.keep()
    return kept


@pytest.mark.parametrize(
    ("panel", "scope", "rolled"),
    [
        (panel_by("response_model"), LONG, "rollup_calls_model_1h"),
        (
            panel_by("response_model"),
            replace(LONG, filters=(("feature", "chat"),)),
            "rollup_calls_feature_model_1h",
        ),
        (panel_by("outcome"), LONG, "rollup_calls_outcome_1h"),
        (Bars("b", TITLE, TITLE, "usd", COST, "release"), LONG, "rollup_calls_release_1h"),
        (Bars("b", TITLE, TITLE, "usd", COST, "task"), LONG, None),
        (panel_by("response_model"), replace(LONG, filters=(("user", "u-1"),)), None),
        (panel_by("response_model"), replace(LONG, filters=(("service", "a"),)), "calls_release_model_1h"),
        (panel_by("outcome"), replace(LONG, filters=(("release", "1"),)), "calls_release_outcome_1h"),
        (panel_by("outcome"), replace(LONG, filters=(("model", "claude-1"),)), "calls_model_outcome_1h"),
        (known("latency_by_model"), replace(LONG, filters=(("feature", ""),)), "calls_feature_model_1h"),
        (
            known("latency_quantiles"),
            replace(LONG, filters=(("environment", "staging"),)),
            "calls_release_1h",
        ),
        (known("tools"), replace(LONG, filters=(("feature", "chat"),)), "rollup_tools_feature_1h"),
        (known("tools"), replace(LONG, filters=(("service", "b"),)), "rollup_tools_release_1h"),
        (known("ratings_over_time"), replace(LONG, filters=(("service", "a"),)), "outcomes_release_1h"),
        (known("errors_by_model"), LONG, "rollup_calls_model_1h"),
        (known("latency_quantiles"), replace(LONG, filters=(("model", "claude-1"),)), "calls_model_1h"),
        (known("latency_heatmap"), LONG, "rollup_calls_all_1h"),
        (known("latency_quantiles"), LONG, "rollup_calls_all_1h"),
        (known("latency_quantiles"), replace(LONG, filters=(("feature", "chat"),)), "calls_feature_1h"),
        (known("satisfaction"), LONG, "rollup_outcomes_label_1h"),
        (known("ratings_over_time"), LONG, "rollup_outcomes_label_1h"),
        (known("latency_heatmap"), replace(LONG, filters=(("release", "1"),)), "rollup_calls_release_1h"),
        (
            known("latency_heatmap"),
            replace(LONG, filters=(("release", "1"), ("feature", "chat"))),
            "rollup_calls_place_1h",
        ),
        (known("latency_heatmap"), replace(LONG, filters=(("user", "u-1"),)), None),
        (known("ratings_over_time"), replace(LONG, filters=(("feature", "chat"),)), "rollup_outcomes_1h"),
        (panel_by("response_model"), Scope(BEGIN, BEGIN + 2 * HOUR), None),
    ],
)
def test_the_rollup_follows_from_the_fields_of_the_question(
    rolled_up: Kept, panel: Panel, scope: Scope, rolled: str | None
) -> None:
    kept = rolled_up
    text = plan(panel, Grid(scope, HOUR), kept.held()).statements[0].text
    assert (rolled in text) if rolled else ("rollup" not in text)
    assert_same(kept, panel, Grid(scope, HOUR))


def test_a_measure_that_no_rollup_keeps_is_read_from_the_rows_and_is_exact(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(1, 50))
    kept.keeper.keep()
    asked = {"odd": Quantile(CALLS, "retry_wait_s", 0.5), "latency": INDICATORS[2].measure}
    (both,) = surveys(asked, LONG, kept.held())
    assert (both.error, "rollup" in both.statement.text) == (None, False)
    (one,) = surveys({"latency": INDICATORS[2].measure}, LONG, kept.held())
    assert (one.error, "rollup" in one.statement.text) == (SKETCH_ERROR, True)
    assert surveys(asked, LONG, NOTHING)[0].error is None


def test_what_there_is_to_filter_by_is_told_by_rollups_as_by_the_rows(rolled_up: Kept) -> None:
    kept = rolled_up
    for begin, end in ((BEGIN - HOUR, NOW), (BEGIN - HOUR - 700, BEGIN + 4 * HOUR + 700)):
        inside = [row for row in kept.rows["calls"] if begin * 10**9 <= int(str(row["time"])) < end * 10**9]
        for name, statement in choices.values(begin, end, kept.held()).items():
            meant = {str(row[BY_NAME[name].fields[0]]) for row in inside} - {""}
            assert "FROM rollup_calls_" in statement.text
            assert choices.values_told(kept.database.ask(statement)) == sorted(meant), name


def test_of_more_values_than_are_told_those_of_most_calls_are(fresh: Database) -> None:
    kept = Kept(fresh, {})
    draw = random.Random(17)
    for n in range(choices.VALUES_AT_MOST + 5):
        told = {"feature": f"f-{n:03}", "operation": "chat", "time": (BEGIN + 7 * n) * 10**9}
        one = {**call(draw), **told}
        kept.store([one] * (2 if n >= 5 else 1))
    kept.keeper.keep()
    for by_rollups in (kept.held(), NOTHING):
        found = kept.database.ask(choices.values(BEGIN, NOW, by_rollups)["feature"])
        assert choices.values_told(found) == [f"f-{n:03}" for n in range(5, choices.VALUES_AT_MOST + 5)]


def test_users_are_read_by_the_day_and_the_rest_of_the_days_from_the_calls(fresh: Database) -> None:
    day = 86_400
    begin = BEGIN // day * day
    kept = Kept(fresh, {}, now=begin + 3 * day + 5_000)
    draw = random.Random(14)
    times = [draw.randrange(begin * 10**9, int(kept.now) * 10**9) for _ in range(120)]
    kept.store([{**call(draw), "time": time} for time in times])
    kept.keeper.keep()
    for panel in next(one for one in GROUPS if one.id == "users").panels:
        for scope in (Scope(begin - 5, int(kept.now)), Scope(begin + 7_000, begin + 2 * day + 40_000)):
            text = plan(panel, Grid(scope, HOUR), kept.held()).statements[0].text
            assert "rollup_calls_user_1d" in text
            assert_same(kept, panel, Grid(scope, HOUR))
    assert "rollup_calls_feature_12h" in kept.held().ranges
    assert "rollup_calls_user_4d" not in kept.held().ranges
    assert_surveys_agree(kept, Scope(begin, int(kept.now)))


def test_few_coarse_sums_with_sketches_are_left_to_finer_ones_that_hold_them() -> None:
    half, hour, fine = "rollup_calls_all_12h", "rollup_calls_all_1h", "rollup_calls_all_5m"
    asked = (INDICATORS[2].measure,)

    def read(begin: int, end: int, **held: tuple[int, int]) -> list[tuple[str, tuple[tuple[int, int], ...]]]:
        ranges = {f"rollup_calls_all_{name.lstrip('_')}": (one,) for name, one in held.items()}
        found = pieces(Scope(begin, end), asked, (), None, Held(ranges))
        return [("" if one.rollup is None else one.rollup.name, one.ranges) for one in found]

    week = (0, 7 * DAY)
    assert read(DAY, 2 * DAY, _12h=week, _1h=week) == [(hour, ((DAY, 2 * DAY),))]
    assert read(DAY, 2 * DAY, _12h=week, _1h=(DAY, 2 * DAY - HOUR)) == [(half, ((DAY, 2 * DAY),))]
    assert read(DAY, 5 * DAY // 2, _12h=week, _1h=week) == [(half, ((DAY, 5 * DAY // 2),))]
    assert read(DAY, DAY + 9_000, _1h=week, _5m=week) == [(fine, ((DAY, DAY + 9_000),))]
    assert read(DAY, DAY + 9_000, _1h=week) == [
        (hour, ((DAY, DAY + 7_200),)),
        ("", ((DAY + 7_200, DAY + 9_000),)),
    ]


def test_users_of_the_last_day_are_read_by_the_hour(fresh: Database) -> None:
    day = 86_400
    kept = Kept(fresh, {}, now=(BEGIN // day + 3) * day + 40_000)
    draw = random.Random(15)
    times = [int(kept.now - draw.uniform(0, 1.5 * day)) * 10**9 for _ in range(120)]
    kept.store([{**call(draw), "time": time} for time in times])
    kept.keeper.keep()
    for panel in next(one for one in GROUPS if one.id == "users").panels:
        for scope in (
            Scope(int(kept.now) - day, int(kept.now)),
            Scope(int(kept.now) - 5 * HOUR, int(kept.now) - 700),
        ):
            text = plan(panel, Grid(scope, HOUR), kept.held()).statements[0].text
            assert ("rollup_calls_user_1h" in text, "rollup_calls_user_1d" in text) == (True, False)
            assert_same(kept, panel, Grid(scope, HOUR))


def test_rankings_that_are_read_in_one_pass_are_each_its_own_and_take_who_is_equal_by_name(
    fresh: Database,
) -> None:
    kept = Kept(fresh, {})
    draw = random.Random(16)
    alike = {"cost_usd": 0.5, "operation": "chat", "outcome": "ok", "output_tokens": 7}
    dear, silent = {"cost_usd": 9.0, "input_tokens": 1}, {"cost_usd": None, "output_tokens": 900}
    users = {f"u-{n:02}": alike for n in range(25)} | {"v-dear": alike | dear, "v-unpriced": alike | silent}
    kept.store([{**call(draw, BEGIN, NOW), **told, "user_id": user} for user, told in users.items()])
    kept.keeper.keep()
    panels = next(one for one in GROUPS if one.id == "users").panels
    ranked = [panel for panel in panels if isinstance(panel, Bars)]
    assert together(panels) == [tuple(ranked)]
    for scope in (Scope(BEGIN - HOUR, NOW), replace(LONG, filters=(("user", "u-13"),)), Scope(0, 60)):
        asked = rankings(ranked, scope, kept.held())
        for panel, found in zip(ranked, asked.answers(fresh.ask(asked.statement)), strict=True):
            meant = panel_oracle.answer(panel, kept.rows, Grid(scope, HOUR))
            assert near(flat(found), flat(meant), 1e-9), (panel.id, found, meant)
            assert isinstance(found, Ranking)
            assert len(found.bars) <= 10


RANKED = [one for group in GROUPS if group.id == "users" for one in group.panels if isinstance(one, Bars)]
CROWD = 1_024
"""Of so many users of an hour the rows stand in front."""


def of_user(draw: random.Random, user: str, hour: int, **told: object) -> Row:
    tokens = dict.fromkeys(("input_tokens", "cache_read_tokens", "cache_write_tokens"))
    common = {"operation": "chat", "outcome": "ok", "cost_usd": 0.5, **tokens, "output_tokens": 7}
    begin = (BEGIN + hour * HOUR) * 10**9
    return {**call(draw), **common, "user_id": user, **told, "time": begin + draw.randrange(HOUR * 10**9)}


def assert_ranked(kept: Kept, scope: Scope, top: int = 10) -> int | None:
    """The rankings are those of all users; how many are left to look at, or None for all."""
    panels = [replace(panel, top=top) for panel in RANKED]
    asked = rankings(panels, scope, kept.held())
    assert asked.front is not None
    left = asked.narrowed(kept.database.ask(asked.front))
    told = [
        one if isinstance(one, tuple) else one.answers(kept.database.ask(one.statement))
        for one in (asked, left)
    ]
    for answers in told:
        for panel, found in zip(panels, answers, strict=True):
            meant = panel_oracle.answer(panel, kept.rows, Grid(scope, HOUR))
            assert near(flat(found), flat(meant), 1e-9), (panel.id, found, meant)
    if isinstance(left, tuple):
        return 0
    among = left.statement.parameters.get("among")
    return len(among) if isinstance(among, list) else None


def test_of_many_users_few_are_looked_at_and_the_largest_are_told(fresh: Database) -> None:
    kept = Kept(fresh, {})
    draw = random.Random(21)
    rows = [of_user(draw, f"u-{n:04}", hour) for n in range(3 * CROWD + 200) for hour in range(2)]
    # Each comes in one hour alone, so that in the other one it may stand behind for all that is known.
    rows += [of_user(draw, f"v-{n:02}", n % 2) for n in range(14) for _ in range(10 + n)]
    kept.store(rows)
    kept.keeper.keep()
    scope = Scope(BEGIN - HOUR, NOW)
    assert assert_ranked(kept, scope) in range(10, 20)
    assert assert_ranked(kept, scope, top=2) in range(2, 10)
    assert assert_ranked(kept, replace(scope, filters=(("user", "v-03"),))) == 1
    # Who is in front in each hour is told at once.
    kept.store([of_user(draw, f"w-{n:02}", hour) for n in range(12) for hour in range(2) for _ in range(90)])
    kept.now += HOUR
    kept.keeper.keep()
    assert assert_ranked(kept, scope) == 0
    # What is behind is counted in the share of each, and no row that tells of it is taken for a user's.
    asked = rankings(RANKED, scope, kept.held())
    assert asked.front is not None
    told = kept.database.ask(asked.front)[0]
    assert told[9] == sum(1 for row in kept.rows["calls"] if row["operation"] == "chat")


def test_who_is_in_front_in_no_hour_may_be_the_largest_of_all(fresh: Database) -> None:
    kept = Kept(fresh, {})
    draw = random.Random(22)
    rows = [of_user(draw, f"u-{n % 2}-{n:04}", n % 2) for n in range(2 * CROWD) for _ in range(3)]
    rows += [of_user(draw, "steady", hour) for hour in range(2) for _ in range(2)]
    kept.store(rows)
    kept.keeper.keep()
    assert assert_ranked(kept, Scope(BEGIN, NOW)) is None
    # With ten in front by more than that can be, it is not looked at.
    kept.store([of_user(draw, f"v-{n}", 1) for n in range(10) for _ in range(40)])
    kept.now += HOUR
    kept.keeper.keep()
    assert assert_ranked(kept, Scope(BEGIN, NOW)) in range(20)


def test_costs_below_zero_hide_nobody(fresh: Database) -> None:
    kept = Kept(fresh, {})
    draw = random.Random(23)
    rows = [of_user(draw, f"u-{n:04}", n % 2, cost_usd=0.5) for n in range(2 * CROWD + 400) for _ in range(2)]
    # In front by the first hour, and behind in the second, where what it had is taken back.
    rows += [of_user(draw, f"back-{n}", 0, cost_usd=30.0) for n in range(10)]
    rows += [of_user(draw, f"back-{n}", 1, cost_usd=-28.0, output_tokens=1) for n in range(10)]
    rows += [of_user(draw, f"kept-{n}", 0, cost_usd=9.0) for n in range(10)]
    # By calls and tokens, these are few and far in front: only the costs are in question.
    rows += [of_user(draw, f"busy-{n}", n % 2, cost_usd=0.0) for n in range(12) for _ in range(40)]
    kept.store(rows)
    kept.keeper.keep()
    assert_ranked(kept, Scope(BEGIN, NOW))


@pytest.mark.parametrize("seed", range(3))
def test_users_at_random_are_ranked_as_by_all_of_their_calls(fresh: Database, seed: int) -> None:
    kept = Kept(fresh, {})
    draw = random.Random(seed)
    kept.store(
        [
            {**call(draw), "user_id": f"u-{int(draw.paretovariate(0.3 + 0.2 * seed)) % 2_900:04}"}
            for _ in range(4_000)
        ]
    )
    kept.keeper.keep()
    for top in (1, 10):
        assert_ranked(kept, Scope(BEGIN - HOUR + 50, NOW), top)
        assert_ranked(kept, LONG, top)


def test_users_of_weeks_are_read_by_four_days_and_by_the_days_around_them(fresh: Database) -> None:
    day = 86_400
    begin = BEGIN // (4 * day) * 4 * day
    kept = Kept(fresh, {}, now=begin + 9 * day + 5_000)
    draw = random.Random(15)
    times = [draw.randrange((begin - day) * 10**9, int(kept.now) * 10**9) for _ in range(150)]
    kept.store([{**call(draw), "time": time} for time in times])
    kept.keeper.keep()
    ranges = held(fresh.ask(holdings(begin - 2 * day, int(kept.now))), int(kept.now))
    for panel in next(one for one in GROUPS if one.id == "users").panels:
        planned = plan(panel, Grid(Scope(begin - day // 2, int(kept.now)), HOUR), ranges)
        (statement,) = planned.statements
        assert all(f"FROM {name} WHERE" in statement.text for name in (*USERS, "calls")), statement.text
        meant = panel_oracle.answer(panel, kept.rows, Grid(Scope(begin - day // 2, int(kept.now)), HOUR))
        assert near(flat(planned.answer([fresh.ask(statement)])), flat(meant), 1e-9)


def test_rollups_by_user_answer_nothing_that_is_not_of_users(fresh: Database) -> None:
    day = 86_400
    begin = BEGIN // (4 * day) * 4 * day
    kept = Kept(fresh, {}, now=begin + 9 * day + 5_000)
    draw = random.Random(16)
    times = [draw.randrange(begin * 10**9, int(kept.now) * 10**9) for _ in range(100)]
    kept.store([{**call(draw), "time": time} for time in times])
    kept.keeper.keep()
    ranges = held(fresh.ask(holdings(begin, int(kept.now))), int(kept.now))
    assert {*USERS} <= {*ranges.ranges}
    scope = Scope(begin, begin + 9 * day)
    asked = [
        (panel.id, statement.text)
        for group in GROUPS
        for panel in group.panels
        if getattr(panel, "by", None) != "user_id"
        for statement in plan(panel, Grid(scope, day), ranges).statements
    ]
    assert [name for name, text in asked if "rollup_calls_user" in text] == []
    assert any("rollup_calls_feature_12h" in text for _, text in asked)


def test_the_events_of_objectives_are_read_from_rollups_as_from_the_rows(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(3, 300))
    judged: list[Row] = [
        {**one, "name": "hallucination", "label": "hallucinated" if n % 3 else one["label"]}
        for n, one in enumerate(calls(4, 90, FEEDBACK))
        if one["kind"] == "evaluation"
    ]
    kept.store([*judged, *calls(5, 90, FEEDBACK)], FEEDBACK)
    kept.keeper.keep()
    for slo in SLOS:
        rolled_up, direct = (tally(slo, NOW, one) for one in (kept.held(), NOTHING))
        assert "rollup_" in rolled_up.text, slo.name
        told = read_tally(slo, [tuple(row) for row in fresh.ask(rolled_up)])
        assert told == read_tally(slo, [tuple(row) for row in fresh.ask(direct)]), slo.name
        mine = [row for row in kept.rows[slo.relation.table] if belongs(slo.relation, row)]
        bad = [row for row in mine if holds(slo.eligible, row) and not holds(slo.good, row)]
        assert told == (sum(holds(slo.eligible, row) for row in mine), len(bad)), slo.name
        assert 0 < told[1] < told[0], slo.name


def released(draw: random.Random) -> list[Row]:
    """Calls of releases that begin in their service's first hour, at an edge of an hour, or anywhere."""
    begins = {
        (service, f"{service}-{one}"): draw.choice(
            [BEGIN - HOUR + 60 * one, BEGIN + 60 * one, BEGIN + HOUR * draw.randrange(4), NOW - 600]
        )
        for service in ("a", "b", "c")
        for one in range(draw.randrange(1, 5))
    }
    return [
        {
            **call(draw),
            "service": service,
            "release": release,
            "time": at * 10**9 + draw.choice([0, 1, 10**9]),
        }
        for (service, release), begin in begins.items()
        for at in (begin, begin, draw.randrange(begin, NOW))
    ]


def test_releases_that_began_are_found_by_the_hours_of_a_rollup_and_told_to_the_moment(
    database: Database,
) -> None:
    found: list[releases.Marker] = []
    for seed in range(3):
        database.empty()
        kept = Kept(database, {})
        kept.store([*released(random.Random(seed)), {**call(random.Random(seed)), "release": ""}])
        kept.keeper.keep()
        for begin, end in ((BEGIN - HOUR, NOW), (BEGIN + HOUR + 2, NOW), (BEGIN + 61, BEGIN + HOUR)):
            direct = database.ask(releases.markers(begin, end))
            asked = releases.candidates(begin, end, kept.held())
            assert asked is not None
            assert "rollup_calls_release_" in asked.text
            told = releases.candidates_told(database.ask(asked))
            began = database.ask(releases.beginnings(told, begin, end)) if told else []
            meant = {(one.service, one.release, one.time) for one in releases.markers_told(direct)}
            marked = releases.began(told, began, begin)
            assert {(one.service, one.release, one.time) for one in marked} == meant
            assert marked == sorted(marked, key=lambda one: one.time)
            found += marked
    assert len(found) > 15
    assert releases.candidates(BEGIN, NOW, NOTHING) is None


def rates_of(key: tuple[str, ...], day: date, prompt: int) -> Rates:
    """By which model, provider, size and month all tell."""
    return Rates((1 + prompt) * (31 * day.month + day.day), 0, 2.5 * len(key[1]), 3.5 * len(key[0]), 4.5)


def saved_by_calls(rows: Sequence[Row]) -> float:
    """What reads saved, call by call."""
    saved = 0.0
    for row in rows:
        read, plain, written = (
            int(amount(row, name) or 0)
            for name in ("cache_read_tokens", "input_tokens", "cache_write_tokens")
        )
        if row["cost_usd"] is not None and holds(IS_BILLED, row):
            prompt = (
                max(edge for edge in (0, 100_000, 200_000) if edge == 0 or read + plain + written > edge) + 1
            )
            first = datetime.fromtimestamp(float(str(row["time"])) / 1e9, UTC).date().replace(day=1)
            rates = rates_of((str(row["provider"]), str(row["request_model"])), first, prompt)
            saved += read * ((rates.input or 0) - (rates.cache_read or 0))
    return saved


def test_what_the_cache_saved_is_read_by_the_day_and_the_same_as_from_the_calls(fresh: Database) -> None:
    begin = 1_793_318_400  # 2026-10-30, so that the days are of two months
    kept = Kept(fresh, {}, now=begin + 4 * 86_400 + 5_000)
    draw = random.Random(16)
    times = [draw.randrange(begin * 10**9, int(kept.now) * 10**9) for _ in range(200)]
    wide = [draw.choice([1, 60, 110]) for _ in times]
    kept.store(
        [
            {
                **call(draw),
                "time": time,
                "cache_read_tokens": 2_048 * many,
                "provider": draw.choice(["", "aws.bedrock"]),
            }
            for time, many in zip(times, wide, strict=True)
        ]
    )
    kept.keeper.keep()
    ranges = held(fresh.ask(holdings(begin, int(kept.now))), int(kept.now))
    for filters, rollup in (((), True), ((("feature", "chat"),), True), ((("service", "a"),), False)):
        scope = Scope(begin + 7_000, int(kept.now), filters)
        statement = asked(scope, ranges)
        assert ("FROM rollup_calls_cache_1d WHERE" in statement.text) is rollup
        found, meant = (bill(fresh.ask(one), rates_of) for one in (statement, asked(scope)))
        by_calls = saved_by_calls(within(scope, kept.rows["calls"]))
        assert near(found.total(lambda one: one.saved), by_calls, 1e-9)
        assert sum(one.unpriced for one in meant.parts) > 0
        assert {(one.model, one.feature) for one in found.parts} == {
            (one.model, one.feature) for one in meant.parts
        }
        for one in found.parts:
            (other,) = (two for two in meant.parts if (two.model, two.feature) == (one.model, one.feature))
            assert near(astuple(one), astuple(other), 1e-9)


# --- late rows that wait for their turn


@dataclass
class Backfilled:
    """Nine days that are summed, just now, and what is asked of them."""

    kept: Kept
    whole: Scope
    late: Row

    def panels(self) -> list[Panel]:
        return [*next(one for one in GROUPS if one.id == "users").panels, known("errors_by_model")]

    def answers(self) -> list[tuple[Panel, list[Statement], object]]:
        """Each panel as it is planned now, and what it should tell."""
        grid = Grid(self.whole, HOUR)
        planned = [(panel, plan(panel, grid, self.held())) for panel in self.panels()]
        return [
            (panel, list(one.statements), flat(panel_oracle.answer(panel, self.kept.rows, grid)))
            for panel, one in planned
        ]

    def held(self) -> Held:
        now = int(self.kept.now)
        return held(self.kept.database.ask(holdings(self.whole.begin - HOUR, now)), now)

    def withdrawn(self) -> Withdrawn:
        return withdrawn(self.kept.database.ask(withdrawals()), int(self.kept.now))

    def assert_right(self) -> None:
        grid = Grid(self.whole, HOUR)
        for panel in self.panels():
            planned = plan(panel, grid, self.held())
            found = planned.answer([self.kept.database.ask(one) for one in planned.statements])
            meant = panel_oracle.answer(panel, self.kept.rows, grid)
            assert near(flat(found), flat(meant), 1e-9), (panel.id, found, meant)


@pytest.fixture
def backfilled(fresh: Database) -> Backfilled:
    begin = BEGIN // (4 * DAY) * 4 * DAY
    kept = Kept(fresh, {}, now=begin + 4 * DAY + 5_000)
    draw = random.Random(16)
    times = [draw.randrange(begin * 10**9, int(kept.now) * 10**9) for _ in range(60)]
    kept.store([{**call(draw), "time": time} for time in times])
    kept.keeper.keep()
    kept.now += 5
    late = {**call(draw), "time": (begin + 100) * 10**9, "user_id": "u-late", "cost_usd": 900.0}
    return Backfilled(kept, Scope(begin, int(kept.now)), late)


def test_a_late_row_shows_before_its_sums_are_made_anew_and_it_is_told_how_many_wait(
    backfilled: Backfilled,
) -> None:
    kept, begin = backfilled.kept, backfilled.whole.begin
    before, whole = backfilled.held(), backfilled.held().ranges
    planned = backfilled.answers()
    assert backfilled.withdrawn() == Withdrawn(0, None)
    assert whole["rollup_calls_user_4d"] == ((begin, begin + 4 * DAY),)
    kept.store([backfilled.late])
    assert kept.keeper.keep() == 0, "each period was made just now, and rests"
    backfilled.assert_right()
    assert_surveys_agree(kept, backfilled.whole)
    assert backfilled.withdrawn() == Withdrawn(96, int(kept.now))
    held = backfilled.held().ranges
    assert "rollup_calls_user_4d" not in held
    assert held["rollup_calls_user_1d"] == ((begin + DAY, begin + 4 * DAY),)
    # What was planned a moment before still finds the rows that it was planned for.
    for panel, statements, was in planned:
        found = [kept.database.ask(one) for one in statements]
        assert near(flat(plan(panel, Grid(backfilled.whole, HOUR), before).answer(found)), was, 1e-9)
    kept.now += 60
    hours = kept.keeper.keep()
    assert hours == len([one for one in SHORT if one.days is None or one.days > 4])
    assert backfilled.withdrawn() == Withdrawn(96, int(kept.now) - 60)
    # Clearing forgets what was made anew, and nothing that still waits.
    ((every,),) = kept.database.rows("SELECT count() FROM rollup_withdrawn")
    kept.keeper.clear()
    assert kept.database.rows("SELECT count() FROM rollup_withdrawn") == [(cast("int", every) - hours,)]
    assert backfilled.withdrawn() == Withdrawn(96, int(kept.now) - 60)
    # After a restart it is made anew, though there are as many rows as before and counting finds nothing.
    kept.database.run("ALTER TABLE calls DELETE WHERE user_id = 'u-late' SETTINGS mutations_sync = 1")
    kept.rows["calls"].remove(backfilled.late)
    kept.now += 4 * DAY // 60
    kept.keeper = Keeper(kept.database, clock=lambda: kept.now)
    kept.keeper.keep()
    assert backfilled.withdrawn() == Withdrawn(0, None)
    assert backfilled.held().ranges["rollup_calls_user_4d"] == whole["rollup_calls_user_4d"]
    backfilled.assert_right()


def test_a_question_over_scattered_hours_stays_short_and_whole(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    scope = Scope(BEGIN - 1, BEGIN + 30 * DAY + 1)
    every_other = [(at, at + HOUR) for at in range(BEGIN, BEGIN + 20 * DAY, 2 * HOUR)]
    long = (BEGIN + 21 * DAY, BEGIN + 25 * DAY)
    scattered = Held({"rollup_calls_feature_1h": (*every_other, long)})
    found = pieces(scope, [COST], ["feature"], HOUR, scattered)
    assert [len(piece.ranges) for piece in found] == [MOST_RANGES, MOST_RANGES + 1]
    assert long in found[0].ranges
    ranges = sorted(one for piece in found for one in piece.ranges)
    assert (ranges[0][0], ranges[-1][1]) == (scope.begin, scope.end)
    assert all(one[1] == other[0] for one, other in pairwise(ranges))
    # Asked of real rows, each of them counts once, wherever it is read.
    monkeypatch.setattr(rolled, "MOST_RANGES", 1)
    kept = Kept(fresh, {})
    kept.store(calls(19, 60))
    kept.keeper.keep()
    hours = ((BEGIN, BEGIN + HOUR), (BEGIN + 2 * HOUR, BEGIN + 4 * HOUR))
    some = Held({name: hours for name in kept.held().ranges if name.endswith("_1h")})
    planned = plan(panel_by("outcome"), Grid(LONG, HOUR), some)
    (statement,) = planned.statements
    assert "rollup_calls_outcome_1h WHERE" in statement.text
    assert "{from0_1:" not in statement.text
    meant = panel_oracle.answer(panel_by("outcome"), kept.rows, Grid(LONG, HOUR))
    assert near(flat(planned.answer([fresh.ask(statement)])), flat(meant), 1e-9)


def test_what_comes_late_during_a_long_pass_is_withdrawn_before_the_pass_is_over(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(17, 40))
    kept.keeper.keep()
    monkeypatch.setattr(rollups, "_BATCH_ROWS", 1)

    def meanwhile(statement: str) -> None:
        if statement.startswith("INSERT INTO rollup_calls_place_1h"):
            fresh.before = None
            kept.store([{**call(random.Random(18)), "time": (BEGIN + HOUR) * 10**9}])
            kept.now += 10

    fresh.run(touched(BEGIN, BEGIN + 3 * HOUR))
    fresh.before = meanwhile
    kept.keeper.keep()
    assert withdrawn(fresh.ask(withdrawals()), int(kept.now)) == Withdrawn(1, int(kept.now))
    assert_surveys_agree(kept, LONG)


def test_what_a_long_first_pass_made_of_rows_that_it_had_not_counted_is_read(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(20, 6))
    monkeypatch.setattr(rollups, "_BATCH_ROWS", 1)

    def meanwhile(statement: str) -> None:
        if statement.startswith("INSERT INTO rollup_calls"):
            if not added:
                added.append(True)
                kept.store([{**call(random.Random(18)), "time": (BEGIN + HOUR) * 10**9}])
            kept.now += 10

    added: list[bool] = []
    fresh.before = meanwhile
    kept.keeper.keep()
    fresh.before = None
    kept.now += 61
    kept.keeper.keep()
    assert withdrawn(fresh.ask(withdrawals()), int(kept.now)) == Withdrawn(0, None)
    assert_surveys_agree(kept, LONG)


def test_a_call_stored_shortly_after_its_hour_is_looked_at_once_more_and_withdraws_nothing(
    fresh: Database,
) -> None:
    kept = Kept(fresh, {}, now=BEGIN + HOUR - 600)
    kept.keeper.keep()
    kept.now = BEGIN + HOUR + 30
    kept.store([{**call(random.Random(21)), "time": (BEGIN + HOUR - 5) * 10**9}])
    kept.keeper.keep()
    kept.now = BEGIN + HOUR + 125
    assert kept.keeper.keep() >= len(SHORT)
    kept.now = BEGIN + HOUR + 245
    assert kept.keeper.keep() == len(SHORT), "it may have been priced since"
    assert fresh.rows("SELECT count() FROM rollup_withdrawn") == [(0,)]


# --- the pass


def made_of(database: Database) -> object:
    """The rows that each period of each rollup tells, newest making only."""
    return [
        (one.name, database.rows(
            f"SELECT {', '.join(('period', 'begin', *one.by))}, count() FROM {one.name}"
            " WHERE (period, version) IN"
            f" (SELECT begin, max(version) FROM rollup_periods WHERE rollup = '{one.name}' GROUP BY begin)"
            f" GROUP BY ALL ORDER BY ALL"
        ))
        for one in ROLLUPS
    ]  # fmt: skip


def test_the_open_hour_is_left_to_the_rows_and_closes_a_while_after_its_end(fresh: Database) -> None:
    kept = Kept(fresh, {}, now=BEGIN + HOUR + 60)
    kept.store(calls(3, 80))
    kept.keeper.keep()
    assert kept.held().ranges["rollup_calls_model_1h"][-1][1] == BEGIN
    kept.now = BEGIN + HOUR + 120
    kept.keeper.keep()
    assert kept.held().ranges["rollup_calls_model_1h"][-1][1] == BEGIN + HOUR
    assert kept.keeper.keep() == 0


def test_hours_without_a_row_are_known_and_nothing_is_summed_for_them(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store([{**calls(12, 1)[0], "time": (BEGIN - 20 * DAY + 5) * 10**9}])
    statements: list[str] = []
    fresh.before = statements.append
    kept.keeper.keep()
    fresh.before = None
    hourly = [one for one in statements if one.startswith("INSERT INTO rollup_calls_feature_1h ")]
    assert len(hourly) == 1, "of 485 hours, the one with a call"
    known = fresh.rows(
        "SELECT count(), sum(made_of) FROM rollup_periods WHERE rollup = 'rollup_calls_feature_1h'"
    )
    assert known == [(20 * 24 + 5, 1)]
    assert_surveys_agree(kept, Scope(BEGIN - 20 * DAY, BEGIN + 5 * HOUR))


def test_a_pass_that_finds_nothing_to_do_asks_no_question_of_each_rollup_alone(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(22, 20))
    kept.keeper.keep()
    kept.now += 10
    before = fresh.asked
    assert kept.keeper.keep() == 0
    assert fresh.asked - before < len(ROLLUPS) // 2


def test_a_pass_that_finds_nothing_to_do_reads_no_row_of_a_rollup(
    fresh: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(22, 20))
    kept.keeper.keep()
    asked: list[str] = []
    told = fresh.told

    def listened(statement: str, bound: Mapping[str, Parameter]) -> list[list[object]]:
        asked.append(statement)
        return told(statement, bound)

    monkeypatch.setattr(fresh, "told", listened)
    kept.now += 10
    assert kept.keeper.keep() == 0
    assert asked
    assert not [one for one in asked for rollup in ROLLUPS if f"FROM {rollup.name}" in one]


def test_what_is_made_again_has_a_later_version_though_the_clock_went_back(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(23, 50))
    kept.keeper.keep()
    newest = "SELECT rollup AS name, max(version) FROM rollup_periods GROUP BY name"
    before = {str(name): version for name, version in fresh.rows(newest)}
    kept.now -= 5
    fresh.run(touched(BEGIN, BEGIN + HOUR).replace("now64(3, 'UTC')", f"toDateTime64({NOW - 5}, 3, 'UTC')"))
    assert kept.keeper.keep() > 0
    after = {str(name): version for name, version in fresh.rows(newest)}
    assert all(cast("int", after[one.name]) > cast("int", before[one.name]) for one in SHORT)
    assert_surveys_agree(kept, LONG)


def test_late_rows_land_in_their_hour_and_only_their_periods_are_made_again(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(4, 100))
    kept.keeper.keep()
    kept.now += 61
    draw = random.Random(5)
    kept.store([{**call(draw), "time": (BEGIN + HOUR + 5) * 10**9} for _ in range(9)])
    assert kept.keeper.keep() == len(SHORT)
    assert kept.keeper.keep() == 0
    assert_surveys_agree(kept, LONG)
    # The same block once more, of which the store takes nothing: nothing is made again.
    kept.now += 30
    assert kept.keeper.keep() == 0


def test_rows_from_before_every_kept_period_are_found(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.keeper.keep()
    kept.now += 10
    kept.store(calls(6, 40))
    kept.keeper.keep()
    assert assert_surveys_agree(kept, LONG) == {"latency_p50", "latency_p95", "latency_p99", "ttft_p95"}
    assert kept.held().ranges


def test_what_changed_while_no_pass_was_there_is_found_at_the_start(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(7, 100))
    kept.keeper.keep()
    kept.store(calls(8, 1), CALLS)
    kept.now += 5_000  # longer ago than rows are looked through for
    kept.keeper = Keeper(fresh, clock=lambda: kept.now)
    kept.keeper.keep()
    assert_surveys_agree(kept, LONG)


def test_a_mark_makes_its_hours_anew_at_once_and_once_more_when_it_has_settled(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(9, 100))
    kept.keeper.keep()
    fresh.run(
        touched(BEGIN + HOUR, BEGIN + HOUR + 1).replace("now64(3, 'UTC')", f"toDateTime64({NOW}, 3, 'UTC')")
    )
    fresh.run("ALTER TABLE calls UPDATE cost_usd = 8 WHERE 1 SETTINGS mutations_sync = 1")
    for row in kept.rows["calls"]:
        cast("dict[str, object]", row)["cost_usd"] = 8.0
    hour = Scope(BEGIN + HOUR, BEGIN + 2 * HOUR)
    expected = read(COST, within(hour, kept.rows["calls"])).value
    n = kept.keeper.keep()
    assert n == len(SHORT)
    assert kept.keeper.keep() == 0
    panel = Bars("b", TITLE, TITLE, "usd", COST, "release")
    text = plan(panel, Grid(LONG, HOUR), kept.held()).statements[0].text
    assert "rollup_calls_release_1h" in text
    total = fresh.rows(
        "SELECT sumIf(t, period = "
        f"toDateTime({BEGIN + HOUR}, 'UTC')) FROM (SELECT period, version, "
        f"{plan_total()} AS t FROM rollup_calls_release_1h WHERE (period, version) IN"
        " (SELECT begin, max(version) FROM rollup_periods WHERE rollup = 'rollup_calls_release_1h'"
        " GROUP BY begin))"
    )[0][0]
    assert total == pytest.approx(expected)
    kept.now += 61
    assert kept.keeper.keep() >= n
    assert fresh.rows("SELECT count() FROM rollup_touched") == [(0,)]


def test_stopped_within_a_pass_it_leaves_the_marks_that_it_did_not_serve(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(9, 100))
    kept.keeper.keep()
    long_ago = touched(BEGIN + HOUR, BEGIN + HOUR + 1).replace("now64(3, 'UTC')", "toDateTime64(1, 3, 'UTC')")
    fresh.run(long_ago)
    stopped = Keeper(fresh, clock=lambda: kept.now)
    stopped.stop()
    assert stopped.keep() == 0
    assert fresh.rows("SELECT count() FROM rollup_touched") == [(1,)]
    assert Keeper(fresh, clock=lambda: kept.now).keep() == len(SHORT)
    assert fresh.rows("SELECT count() FROM rollup_touched") == [(0,)]


def plan_total() -> str:
    from kansoku.query.sql import divided

    return divided(COST).parts[1].column


@pytest.mark.parametrize("late", [False, True])
def test_killed_before_any_statement_and_begun_again_it_ends_as_if_nothing_had_happened(
    fresh: Database, late: bool
) -> None:
    def killed_at(step: int | None) -> tuple[object, int]:
        fresh.empty()
        kept = Kept(fresh, {})
        kept.store(calls(10, 60))
        if late:
            kept.keeper.keep()
            kept.now += 61
            kept.store(calls(11, 5))
            fresh.run(touched(BEGIN, BEGIN + 60))
        fresh.changed, fresh.fails_in = 0, step
        if step is not None:
            with pytest.raises(StoreUnavailable):
                kept.keeper.keep()
            # Each answer between is right: the statement that did not run has left no half of a period.
            fresh.fails_in = None
            if not late:
                assert_surveys_agree(kept, LONG)
            kept.keeper = Keeper(fresh, clock=lambda: kept.now)
        kept.keeper.keep()
        statements = fresh.changed
        kept.keeper.clear()
        assert_surveys_agree(kept, LONG)
        return made_of(fresh), statements

    meant, statements = killed_at(None)
    for step in (statements - 1, 1) if late else (0, 1, statements // 2):
        assert killed_at(step)[0] == meant, step


def test_clearing_removes_what_no_question_reads_and_nothing_else(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(12, 80))
    kept.keeper.keep()
    before = made_of(fresh)
    fresh.run(touched(0, 2**32 - 1).replace("now64(3, 'UTC')", "toDateTime64(1, 3, 'UTC')"))
    kept.now += 1
    kept.keeper.keep()
    twice = fresh.rows("SELECT count() FROM rollup_calls_model_1h")[0][0]
    kept.now += 1_000
    kept.keeper.clear()
    assert made_of(fresh) == before
    once = fresh.rows("SELECT count() FROM rollup_calls_model_1h")[0][0]
    assert isinstance(once, int)
    assert twice == 2 * once
    assert_surveys_agree(kept, LONG)


def test_of_rows_with_sketches_what_is_chosen_by_stands_before_the_time_and_granules_are_small() -> None:
    laid = {one.name: (one.order, one.settings) for one in rollup_tables()}
    small = ("index_granularity = 128",)
    place = "service, environment, release"
    models = "response_model, request_model"
    assert laid["rollup_calls_all_5m"] == ("(begin)", small)
    assert laid["rollup_calls_feature_1h"] == ("(feature, begin)", small)
    assert laid["rollup_calls_model_12h"] == (f"(begin, {models})", small)
    assert laid["rollup_calls_release_model_1h"] == (f"({place}, begin, {models})", small)
    assert laid["rollup_tools_feature_5m"] == ("(feature, begin, tool)", small)
    assert laid["rollup_outcomes_1h"] == ("(begin, feature, label)", ())
    assert laid["rollup_calls_user_1d"] == ("(place, user_id, begin)", ())


def test_what_takes_much_memory_to_sum_up_goes_to_the_disk() -> None:
    for one in ROLLUPS:
        settings = rollups.made(one, [0], 1).partition(" SETTINGS ")[2].split(", ")
        named = dict(setting.split(" = ") for setting in settings)
        spilled, most = int(named["max_bytes_before_external_group_by"]), int(named["max_memory_usage"])
        assert 0 < spilled <= most // 4


def test_a_rollup_with_sketches_in_granules_of_another_size_is_made_anew(fresh: Database) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(13, 50))
    kept.keeper.keep()
    kept.keeper.prepare()
    assert {"rollup_calls_all_1h", "rollup_calls_model_1h", "rollup_calls_place_1h"} <= {*kept.held().ranges}
    asked = "SELECT engine_full FROM system.tables WHERE name = 'rollup_calls_all_1h'"
    ((engine,),) = fresh.rows(asked)
    fresh.run("DROP TABLE rollup_calls_all_1h SYNC")
    columns = ", ".join(next(one for one in rollup_tables() if one.name == "rollup_calls_all_1h").columns)
    fresh.run(f"CREATE TABLE rollup_calls_all_1h ({columns}) ENGINE MergeTree ORDER BY begin")
    kept.keeper.prepare()
    assert fresh.rows(asked) == [(engine,)]
    assert "index_granularity = 128" in str(engine)
    assert "rollup_calls_all_1h" not in kept.held().ranges
    assert "rollup_calls_model_1h" in kept.held().ranges


def test_a_rollup_that_keeps_something_else_is_made_anew_and_one_that_is_no_more_is_dropped(
    fresh: Database,
) -> None:
    kept = Kept(fresh, {})
    kept.store(calls(13, 50))
    kept.keeper.keep()
    fresh.run("CREATE TABLE rollup_gone (a Int8) ENGINE MergeTree ORDER BY a")
    fresh.run("ALTER TABLE rollup_calls_model_1h ADD COLUMN odd Int8")
    kept.keeper.prepare()
    assert fresh.rows("EXISTS TABLE rollup_gone") == [(0,)]
    assert fresh.rows("SELECT count() FROM rollup_calls_model_1h") == [(0,)]
    assert "rollup_calls_model_1h" not in kept.held().ranges
    assert "rollup_calls_feature_1h" in kept.held().ranges
    kept.keeper.keep()
    assert_surveys_agree(kept, LONG)
