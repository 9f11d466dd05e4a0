"""The SQL reader against the oracle, on random rows in a real ClickHouse engine."""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, cast

import pytest
from chdb import session
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kansoku.catalog.fields import CALLS, FEEDBACK, RELATIONS, TOOL_CALLS, Field, Kind, Relation
from kansoku.catalog.filters import BY_NAME
from kansoku.catalog.indicators import INDICATORS
from kansoku.catalog.measures import (
    AtLeast,
    AtMost,
    Both,
    Condition,
    Count,
    Either,
    Is,
    Mean,
    Measure,
    Not,
    OneOf,
    Present,
    Quantile,
    Ratio,
    Reading,
    Share,
    Sum,
)
from kansoku.catalog.outcomes import IS_BILLED
from kansoku.catalog.panels import (
    GROUPS,
    Bars,
    Breakdown,
    Column,
    Line,
    Panel,
    Recent,
    TimeSeries,
)
from kansoku.catalog.prices import PriceRow
from kansoku.catalog.text import Text
from kansoku.price.book import PriceBook, billed_model
from kansoku.price.usage import Usage
from kansoku.query import choices, oracle, panel_oracle, panel_sql, releases, sql
from kansoku.query.answer import Answer, Curves, Heat, Ranking, Table
from kansoku.query.cache_dollars import CacheDollars, asked, bill
from kansoku.query.scope import Grid, Scope
from kansoku.query.statement import Statement
from kansoku.query.survey import surveys
from kansoku.show.reckoned import rates_by
from kansoku.store.schema.relations import narrow_tables
from tests.clickhouse_front import UNCOMPILED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kansoku.query.statement import Parameter

BEGIN = 1_790_000_000
WINDOW_S = 600
STEP_S = 60
SCOPE = Scope(BEGIN, BEGIN + WINDOW_S)
TABLES = {relation.table: relation for relation in RELATIONS}
WORDS = {
    "operation": ("chat", "chat", "count_tokens"),
    "outcome": ("ok", "ok", "error", "cancelled", "aborted"),
    "error_type": ("", "overloaded_error", "invalid_request_error", "api_error"),
    "kind": ("task", "feedback", "evaluation"),
    "name": ("hallucination", "answer_ticket", ""),
    "label": ("", "completed", "failed", "up", "down", "hallucinated", "grounded"),
    "request_model": ("", "claude-1", "claude-2"),
    "response_model": ("", *(f"claude-{number}" for number in range(9))),
    "user_id": ("", *(f"u-{number}" for number in range(14))),
    "tool": tuple(f"tool-{number}" for number in range(8)),
    "feature": ("", "chat", "search"),
    "unpriced_reason": ("", "unknown_model"),
    "comment": ("", "it's \\ fine\n\t'"),
}


class Session(Protocol):
    """The part of a chDB session that is used; the package has no types."""

    def query(self, sql: str, fmt: str = "CSV", *, params: Mapping[str, object] | None = None) -> object: ...

    def close(self) -> None: ...


class Engine:
    """One session of chDB, which a process can have only once, and its three tables."""

    def __init__(self) -> None:
        self._session = cast("Session", session.Session())
        self._session.query(UNCOMPILED)
        for table in narrow_tables():
            body = ", ".join(table.columns)
            # The store's columns and order, without its durability: thousands of inserts come.
            self._session.query(
                f"CREATE TABLE {table.name} ({body}) ENGINE = MergeTree ORDER BY {table.order}"
            )

    def execute(self, text: str) -> None:
        self._session.query(text)

    def hold(self, rows: panel_oracle.Rows) -> None:
        for table, held in rows.items():
            self._session.query(f"TRUNCATE TABLE {table}")
            lines = "\n".join(json.dumps(_wire(row)) for row in held)
            if lines:
                self._session.query(f"INSERT INTO {table} FORMAT JSONEachRow {lines}")

    def run(self, statement: Statement) -> Sequence[Sequence[object]]:
        bound = {name: _escaped(value) for name, value in statement.parameters.items()}
        answer = self._session.query(statement.text, "JSONCompactEachRow", params=bound)
        return [json.loads(line) for line in str(answer).split("\n") if line]

    def close(self) -> None:
        self._session.close()


def _wire(row: oracle.Row) -> Mapping[str, object]:
    time = row["time"]
    assert isinstance(time, int)
    return {**row, "time": f"{time // 10**9}.{time % 10**9:09d}"}


def _escaped(value: Parameter) -> Parameter:
    """ClickHouse reads a bound text as a cell of a tab-separated file."""
    if not isinstance(value, str):
        return value
    for plain, escaped in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        value = value.replace(plain, escaped)
    return value.replace("\0", "\\0")


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    opened = Engine()
    yield opened
    opened.close()


# --- random rows, conditions and measures

EDGES = [second * 10**9 - early for second in (BEGIN, BEGIN + 60, BEGIN + WINDOW_S) for early in (0, 1)]
LETTERS = "ab'\\\"\n\t\r\0\x85{}% é観😀"
texts = st.text(st.characters(codec="utf-8"), max_size=4)


def value(field: Field, draw: random.Random) -> object:  # noqa: PLR0911
    """A value of the field: unknown often enough, sums of floats exact, so that ties are ties."""
    if field.name == "time":
        anywhere = draw.randrange((BEGIN - 90) * 10**9, (BEGIN + WINDOW_S + 90) * 10**9)
        return draw.choice([anywhere, anywhere, anywhere, draw.choice(EDGES)])
    if field.name in WORDS:
        return draw.choice(WORDS[field.name])
    match field.kind:
        case Kind.LABEL | Kind.TEXT:
            return draw.choice(["", "a", "b", "".join(draw.choices(LETTERS, k=3))])
        case Kind.LABELS:
            return draw.choice([[], ["x"], ["x", "y"]])
        case Kind.COUNT:
            return draw.choice([None, draw.randrange(10), draw.randrange(2**40)])
        case Kind.SECONDS | Kind.USD:
            return draw.choice([None, draw.randrange(2**16) / 64, draw.randrange(2**16) / 64])
        case Kind.SCORE:
            return draw.choice([None, 0.0, 0.25, 0.5, 0.75, 1.0])
        case Kind.FLAG:
            return draw.choice([None, True, False])


def generated(seed: int, sizes: Sequence[int]) -> panel_oracle.Rows:
    """Rows by the seed: drawing each cell through Hypothesis would take minutes."""
    draw = random.Random(seed)
    return {
        table: [
            {field.name: value(field, draw) for field in relation.fields}
            | {"span_id": f"{draw.getrandbits(64):016x}"}
            for _ in range(size)
        ]
        for (table, relation), size in zip(TABLES.items(), sizes, strict=True)
    }


@dataclass(frozen=True)
class Seed:
    """What makes a set of rows, short enough to be printed when a test fails."""

    number: int
    sizes: tuple[int, ...]

    def rows(self) -> panel_oracle.Rows:
        return generated(self.number, self.sizes)


size = st.integers(0, 60)
seeds = st.builds(Seed, st.integers(0, 2**32), st.tuples(*(size for _ in TABLES)))


def names(relation: Relation, *kinds: Kind) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [field.name for field in relation.fields if field.kind in kinds and field.name != "time"]
    )


def words(field: str) -> st.SearchStrategy[str]:
    return st.sampled_from(WORDS[field]) if field in WORDS else st.sampled_from(["", "a"]) | texts


def conditions(relation: Relation) -> st.SearchStrategy[Condition]:
    word = names(relation, Kind.LABEL, Kind.TEXT)
    numbers = _numbers(relation)
    bounds = st.integers(0, 9) | st.floats(0, 1024, allow_subnormal=False) | st.sampled_from([0.0, 0.25, 0.5])
    leaves = st.one_of(
        word.flatmap(lambda field: st.builds(Is, st.just(field), words(field))),
        word.flatmap(
            lambda field: st.builds(OneOf, st.just(field), st.lists(words(field), max_size=3).map(tuple))
        ),
        st.builds(Present, st.sampled_from([field.name for field in relation.fields])),
        st.builds(AtLeast, numbers, bounds),
        st.builds(AtMost, numbers, bounds),
    )
    if any(field.kind is Kind.FLAG for field in relation.fields):
        leaves |= st.builds(Is, names(relation, Kind.FLAG), st.booleans())
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.builds(Both, st.lists(inner, max_size=3).map(tuple)),
            st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
        ),
        max_leaves=5,
    )


def _numbers(relation: Relation) -> st.SearchStrategy[str]:
    return names(relation, Kind.COUNT, Kind.SECONDS, Kind.USD, Kind.SCORE)


@st.composite
def measures(draw: st.DrawFn) -> Measure:
    relation = draw(st.sampled_from(RELATIONS))
    held = conditions(relation)
    fields = st.lists(_numbers(relation), min_size=1, max_size=3, unique=True).map(tuple)
    quantiles = st.integers(0, 1000).map(lambda thousandth: thousandth / 1000)
    of = st.just(relation)
    return draw(
        st.one_of(
            st.builds(Count, of, held),
            st.builds(Ratio, of, held, held),
            st.builds(Quantile, of, _numbers(relation), quantiles, held),
            st.builds(Sum, of, fields, held),
            st.builds(Mean, of, fields, held),
            st.builds(Share, of, fields, fields, held),
        )
    )


def by_sql(engine: Engine, asked: Mapping[str, Measure], scope: Scope) -> dict[str, Reading]:
    found: dict[str, Reading] = {}
    for survey in surveys(asked, scope):
        found |= survey.readings(engine.run(survey.statement))
    return found


def by_oracle(rows: panel_oracle.Rows, asked: Mapping[str, Measure], scope: Scope) -> dict[str, Reading]:
    return {
        name: oracle.read(measure, oracle.within(scope, rows[measure.relation.table]))
        for name, measure in asked.items()
    }


def same(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=0.0)
    if isinstance(one, tuple) and isinstance(other, tuple):
        ones, others = cast("tuple[object, ...]", one), cast("tuple[object, ...]", other)
        return len(ones) == len(others) and all(map(same, ones, others))
    return one == other


def flat(answer: Answer) -> object:
    match answer:
        case Curves(times_, curves):
            return (times_, tuple((curve.label.en, curve.values) for curve in curves))
        case Ranking(bars):
            return tuple((bar.label, bar.value, bar.share, bar.n) for bar in bars)
        case Table(rows):
            return rows
        case Reading(value, n):
            return (value, n)
        case Heat(times_, counts):
            return (times_, counts)


often = settings(max_examples=25, deadline=None, suppress_health_check=(HealthCheck.too_slow,))


@often
@given(seed=seeds)
def test_every_indicator_reads_the_same_in_sql_as_in_python(engine: Engine, seed: Seed) -> None:
    rows = seed.rows()
    engine.hold(rows)
    asked = {indicator.name: indicator.measure for indicator in INDICATORS}
    for scope in (SCOPE, replace(SCOPE, filters=(("feature", "chat"), ("user", "u-1")))):
        meant, read = by_oracle(rows, asked, scope), by_sql(engine, asked, scope)
        for name in asked:
            assert same(flat(read[name]), flat(meant[name])), (name, read[name], meant[name])


@often
@given(seed=seeds, several=st.lists(measures(), min_size=1, max_size=12))
def test_any_measure_under_any_condition_reads_the_same_in_sql_as_in_python(
    engine: Engine, seed: Seed, several: list[Measure]
) -> None:
    rows = seed.rows()
    engine.hold(rows)
    asked = {str(place): measure for place, measure in enumerate(several)}
    meant, read = by_oracle(rows, asked, SCOPE), by_sql(engine, asked, SCOPE)
    for name, measure in asked.items():
        assert same(flat(read[name]), flat(meant[name])), (measure, read[name], meant[name])


@settings(often, max_examples=15)
@given(seed=seeds)
def test_every_panel_of_the_catalog_answers_the_same_in_sql_as_in_python(engine: Engine, seed: Seed) -> None:
    rows = seed.rows()
    engine.hold(rows)
    grid = Grid(SCOPE, STEP_S)
    for panel in (panel for group in GROUPS for panel in group.panels):
        assert_same_answer(engine, panel, rows, grid)


RUNS = Text("Runs", "実行")


@often
@given(seed=seeds)
def test_a_model_is_one_that_answered_or_was_asked(engine: Engine, seed: Seed) -> None:
    rows = seed.rows()
    engine.hold(rows)
    scope = replace(SCOPE, filters=(("model", "claude-1"),))
    asked: dict[str, Measure] = {"calls": Count(CALLS)}
    meant, read = by_oracle(rows, asked, scope), by_sql(engine, asked, scope)
    assert flat(read["calls"]) == flat(meant["calls"])


@often
@given(seed=seeds)
def test_releases_are_marked_where_a_service_ran_another_before(engine: Engine, seed: Seed) -> None:
    rows = seed.rows()
    engine.hold(rows)
    first: dict[tuple[str, str], int] = {}
    for row in rows["calls"]:
        key, time = (str(row["service"]), str(row["release"])), row["time"]
        assert isinstance(time, int)
        if key[1] and time < SCOPE.end * 10**9:
            first[key] = min(time, first.get(key, time))
    meant = {
        (service, release)
        for (service, release), time in first.items()
        if time >= SCOPE.begin * 10**9
        and any(other < time for (name, _), other in first.items() if name == service)
    }
    found = releases.markers_told(engine.run(releases.markers(SCOPE.begin, SCOPE.end)))
    assert {(one.service, one.release) for one in found} == meant
    inside = [row for row in rows["calls"] if row in oracle.within(SCOPE, rows["calls"])]
    for name, statement in choices.values(SCOPE.begin, SCOPE.end).items():
        meant = {str(row[BY_NAME[name].fields[0]]) for row in inside} - {""}
        assert choices.values_told(engine.run(statement)) == sorted(meant)


# --- what the cache saved

PRICED = (
    PriceRow(model="claude-1", input=3, output=15, cache_read=0.3, cache_write_5m=3.75, cache_write_1h=6),
    PriceRow(model="claude-2", input=1, output=5, cache_read=0.1, cache_write_5m=1.25),
    PriceRow(model="claude-3", input=2, output=2, cache_read=2.5, cache_write_5m=1.5, cache_write_1h=2),
)


def no_tariff(*_: object) -> None:
    """The last table knows none of these models."""


BOOK = PriceBook(no_tariff, overrides=PRICED)


def cache_by_calls(rows: Iterable[oracle.Row]) -> dict[tuple[str, str], CacheDollars]:
    """By the price of each call, and of the same one without reads or without writes."""
    parts: dict[tuple[str, str], CacheDollars] = {}
    for row in rows:
        whole = {name: int(oracle.amount(row, name) or 0) for name in TOKENS}
        read, written = whole["cache_read_tokens"], whole["cache_write_tokens"]
        if read + written == 0 or not oracle.holds(IS_BILLED, row):
            continue
        hour = min(whole["cache_write_1h_tokens"], written)
        answered = str(row["response_model"] or row["request_model"])
        part = parts.setdefault((answered, str(row["feature"])), CacheDollars(answered, str(row["feature"])))
        plain, short = whole["input_tokens"], written - hour
        paid, unread, unwritten = (
            price_of_call(row, Usage(one, two, three, four, 0))
            for one, two, three, four in (
                (plain, read, short, hour),
                (plain + read, 0, short, hour),
                (plain + written, read, 0, 0),
            )
        )
        if row["cost_usd"] is None or paid is None or unread is None or unwritten is None:
            part.unpriced += 1
            continue
        part.calls += 1
        part.read += read
        part.written += written
        part.saved += unread - paid
        part.paid += paid - unwritten
    return parts


TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens")


def price_of_call(row: oracle.Row, usage: Usage) -> float | None:
    time = row["time"]
    assert isinstance(time, int)
    provider, speed, tier, geo = (
        str(row[name]) for name in ("provider", "speed", "service_tier", "inference_geo")
    )
    model = billed_model(provider, str(row["request_model"]), str(row["response_model"]))
    found = BOOK.cost(
        usage, provider=provider, model=model, started_unix_ns=time, speed=speed, tier=tier, geo=geo
    )
    return found.usd


@settings(often, max_examples=20)
@given(number=st.integers(0, 2**32), feature=st.sampled_from(["", "chat"]))
def test_the_cache_is_reckoned_as_calls_are_priced_with_it_and_without(
    engine: Engine, number: int, feature: str
) -> None:
    rows = generated(number, (60, 0, 0))
    engine.hold(rows)
    scope = replace(SCOPE, filters=(("feature", feature),) if feature else ())
    meant = cache_by_calls(oracle.within(scope, rows["calls"]))
    found = bill(engine.run(asked(scope)), rates_by(BOOK)).parts
    assert {(one.model, one.feature) for one in found} == set(meant)
    for one in found:
        other = meant[one.model, one.feature]
        assert (one.calls, one.unpriced, one.read, one.written) == (
            other.calls, other.unpriced, other.read, other.written
        )  # fmt: skip
        for value in ("saved", "paid", "lost", "net"):
            assert getattr(one, value) == pytest.approx(getattr(other, value), rel=1e-9, abs=1e-5)


SLOWEST = Quantile(CALLS, "duration_s", 0.9)
ODD_PANELS: tuple[Panel, ...] = (
    TimeSeries("p95", RUNS, RUNS, "s", (Line("p", RUNS, SLOWEST),), by="user_id", top=2),
    TimeSeries(
        "two_tables",
        RUNS,
        RUNS,
        "count",
        (Line("a", RUNS, Count(CALLS)), Line("b", RUNS, Count(TOOL_CALLS))),
    ),
    Bars("means", RUNS, RUNS, "s", Mean(CALLS, ("duration_s",)), "user_id", top=3),
    Breakdown("few", RUNS, RUNS, "user_id", RUNS, (Line("s", RUNS, SLOWEST),), top=2),
    Recent(
        "wide",
        RUNS,
        RUNS,
        CALLS,
        Not(Is("stream", value=True)),
        tuple(Column(field.name, RUNS) for field in CALLS.fields),
        limit=4,
    ),
    Recent("marks", RUNS, RUNS, FEEDBACK, Present("score"), (Column("score", RUNS),)),
)


@settings(often, max_examples=15)
@given(seed=seeds, begin=st.integers(BEGIN - STEP_S, BEGIN + STEP_S), word=texts)
def test_panels_beyond_the_catalog_answer_the_same_whatever_is_filtered_and_wherever_steps_begin(
    engine: Engine, seed: Seed, begin: int, word: str
) -> None:
    rows = seed.rows()
    for held in rows.values():
        for row in list(held)[::2]:
            assert isinstance(row, dict)
            row["release"] = word
    engine.hold(rows)
    grid = Grid(Scope(begin, begin + 300, (("release", word),)), STEP_S)
    for panel in ODD_PANELS:
        assert_same_answer(engine, panel, rows, grid)


def assert_same_answer(engine: Engine, panel: Panel, rows: panel_oracle.Rows, grid: Grid) -> None:
    plan = panel_sql.plan(panel, grid)
    read = flat(plan.answer([engine.run(statement) for statement in plan.statements]))
    meant = flat(panel_oracle.answer(panel, rows, grid))
    assert same(read, meant), (panel.id, read, meant)


@settings(often, max_examples=30)
@given(word=st.text(st.characters(codec="utf-8")))
def test_any_text_survives_as_a_literal_and_as_a_bound_filter(engine: Engine, word: str) -> None:
    read = engine.run(_statement(f"SELECT {sql.literal(word)}, {{w:String}}", w=word))
    assert read == [[word, word]]


def _statement(text: str, **bound: Parameter) -> Statement:
    return Statement(text, bound)
