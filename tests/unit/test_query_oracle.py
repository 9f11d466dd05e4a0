"""What conditions and measures mean, in cases small enough to check by eye."""

import pytest

from kansoku.catalog.fields import CALLS, FEEDBACK, RELATIONS, TASKS
from kansoku.catalog.indicators import INDICATORS, indicator
from kansoku.catalog.measures import (
    ALWAYS,
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
from kansoku.catalog.panels import GROUPS
from kansoku.errors import DefinitionError
from kansoku.query import sql
from kansoku.query.oracle import holds, read, within
from kansoku.query.panel_sql import plan
from kansoku.query.scope import Grid, Scope
from kansoku.query.statement import number, whole
from kansoku.query.survey import surveys


@pytest.mark.parametrize(
    ("condition", "row", "held"),
    [
        (Is("outcome", "ok"), {"outcome": "ok"}, True),
        (Is("outcome", ""), {"outcome": ""}, False),
        (OneOf("outcome", ("", "ok")), {"outcome": ""}, False),
        (Is("stream", value=False), {"stream": None}, False),
        (Is("stream", value=False), {"stream": False}, True),
        (AtLeast("score", 0.5), {"score": 0.5}, True),
        (AtLeast("score", 0.0), {"score": None}, False),
        (AtMost("score", 0.5), {"score": None}, False),
        (Not(AtMost("score", 0.5)), {"score": None}, True),
        (Present("score"), {"score": 0.0}, True),
        (Present("tool_names"), {"tool_names": []}, False),
        (Present("label"), {}, False),
        (Both(), {}, True),
        (Either(()), {}, False),
    ],
)
def test_a_condition_on_an_unknown_field_is_false_and_not_turns_it(
    condition: Condition, row: dict[str, object], held: bool
) -> None:
    assert holds(condition, row) is held


ROWS: list[dict[str, object]] = [
    {"outcome": "ok", "duration_s": 1.0, "cost_usd": 0.5, "output_tokens": 10, "input_tokens": None},
    {"outcome": "ok", "duration_s": 3.0, "cost_usd": None, "output_tokens": None, "input_tokens": 7},
    {"outcome": "error", "duration_s": None, "cost_usd": 0.25, "output_tokens": 0, "input_tokens": 5},
]


@pytest.mark.parametrize(
    ("measure", "value", "n"),
    [
        (Count(CALLS, Is("outcome", "ok")), 2.0, 2),
        (Count(CALLS, Is("outcome", "aborted")), 0.0, 0),
        (Ratio(CALLS, ALWAYS, Is("outcome", "error")), 1 / 3, 3),
        (Ratio(CALLS, Is("outcome", "aborted"), ALWAYS), None, 0),
        (Quantile(CALLS, "duration_s", 0.95), 2.9, 2),
        (Quantile(CALLS, "ttft_s", 0.5), None, 0),
        (Sum(CALLS, ("cost_usd",)), 0.75, 2),
        (Sum(CALLS, ("output_tokens", "input_tokens")), 22.0, 3),
        (Sum(CALLS, ("ttft_s",)), None, 0),
        (Mean(CALLS, ("output_tokens", "input_tokens")), 7.5, 2),
        (Mean(CALLS, ("ttft_s",)), None, 0),
        (Share(CALLS, ("input_tokens",), ("input_tokens", "output_tokens")), 12 / 22, 3),
        (Share(CALLS, ("input_tokens",), ("output_tokens",), Is("outcome", "error")), None, 1),
    ],
)
def test_a_measure_gives_its_value_and_the_rows_it_rests_on(
    measure: Measure, value: float | None, n: int
) -> None:
    found = read(measure, ROWS)
    assert (found.value, found.n) == (pytest.approx(value) if value is not None else None, n)


def test_rows_of_another_kind_in_the_same_table_do_not_count() -> None:
    rows = [{"kind": "task", "label": "up"}, {"kind": "feedback", "label": "up"}]
    assert read(Count(FEEDBACK), rows) == Reading(1.0, 1)


def test_every_indicator_but_a_count_has_no_data_over_nothing() -> None:
    assert {read(known.measure, ()) for known in INDICATORS} == {Reading(None, 0)}


def test_a_scope_begins_inclusive_ends_exclusive_and_filters() -> None:
    scope = Scope(10, 20, (("feature", "chat"),))
    times = (10 * 10**9 - 1, 10 * 10**9, 20 * 10**9 - 1, 20 * 10**9)
    rows = [{"time": time, "feature": name} for time in times for name in ("chat", "search")]
    assert [row["time"] for row in within(scope, rows)] == [times[1], times[2]]


def test_the_window_until_now_includes_the_running_second() -> None:
    assert Scope.until(100.7, 60) == Scope(41, 101)


def test_a_grid_has_only_whole_steps_but_the_running_one() -> None:
    assert Grid(Scope(41, 101), 30).times() == (60, 90)
    assert Grid(Scope(60, 120), 30).times() == (60, 90)


def test_every_definition_of_the_catalog_can_be_read_as_sql() -> None:
    scope = Scope(0, 600, (("feature", "chat"),))
    assert len(surveys({known.name: known.measure for known in INDICATORS}, scope)) == 2
    for panel in (panel for group in GROUPS for panel in group.panels):
        assert plan(panel, Grid(scope, 60)).statements


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        (Is("nope", "x"), "calls has no field 'nope'"),
        (Is("attempts", "x"), "calls.attempts is not a label or text"),
        (Is("outcome", value=True), "calls.outcome is not a flag"),
        (AtLeast("outcome", 1), "calls.outcome is not a count or seconds or usd or score"),
        (Is("time", "x"), "calls.time is not a label or text"),
    ],
)
def test_a_condition_that_cannot_mean_anything_is_refused_by_name(condition: Condition, told: str) -> None:
    with pytest.raises(DefinitionError, match=told):
        sql.condition(condition, CALLS)


def test_a_filter_that_a_table_lacks_is_refused_rather_than_ignored() -> None:
    with pytest.raises(DefinitionError, match="outcomes cannot be filtered by 'response_model'"):
        surveys({"tasks": Count(TASKS)}, Scope(0, 1, (("response_model", "x"),)))


def test_an_indicator_in_sql_reads_as_one_would_write_it() -> None:
    assert sql.measure(indicator("user_satisfaction").measure) == sql.Expression(
        "countIf((kind = 'feedback' AND ((label IN ('up', 'down')) AND (label = 'up')))) / "
        "nullIf(countIf((kind = 'feedback' AND (label IN ('up', 'down')))), 0)",
        "countIf((kind = 'feedback' AND (label IN ('up', 'down'))))",
    )


def test_no_alias_of_a_statement_is_the_name_of_a_column() -> None:
    columns = {field.name for relation in RELATIONS for field in relation.fields}
    assert not columns & {"at", "place", "who", "share", "named", "v0", "n0", "v1", "n1", "c0"}


def test_cells_are_read_as_numbers_and_no_number_is_no_data() -> None:
    assert (number("1.5"), number(None), number(float("nan")), number(7)) == (1.5, None, None, 7.0)
    assert (whole("9223372036854775807"), whole(2**63), whole(None)) == (2**63 - 1, 2**63, 0)
    with pytest.raises(TypeError, match="list"):
        number([])
