"""Every query of the Grafana dashboards over ClickHouse, on a real one: none is empty, and columns fit."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from kansoku.publish import grafana
from kansoku.store.engine import Engine
from tests.conformance.conftest import emptied

BEGIN, LENGTH_S = 1_790_000_000, 3_600


def panels() -> list[Any]:
    made = json.loads(grafana.files(["en"])["dashboards/kansoku-rows-en.json"])
    return [pytest.param(panel, id=panel["title"]) for panel in made["panels"] if panel["type"] != "row"]


@pytest.fixture(scope="module")
def held(engine: Engine) -> Iterator[Engine]:
    """The tables with a few rows, of two users and two features."""
    emptied(engine).create_tables()
    calls = [
        {
            "time": BEGIN + at * 60,
            "span_id": f"{at:016x}",
            "operation": "chat",
            "outcome": "error" if at % 5 == 0 else "ok",
            "error_type": "overloaded_error" if at % 5 == 0 else "",
            "error_message": "try later" if at % 5 == 0 else "",
            "feature": ("chat", "search")[at % 2],
            "user_id": ("u1", "u2")[at % 2],
            "attempts": 2,
            "failed_attempts": 1,
            "cost_usd": 0.5 + at % 2,
            "input_tokens": 10,
            "duration_s": 1.5,
        }
        for at in range(20)
    ]
    tools = [
        {"time": BEGIN + at * 60, "tool": "search", "outcome": "ok", "duration_s": 0.5} for at in range(20)
    ]
    said = [
        {"time": BEGIN + at * 60, "kind": "feedback", "label": "up", "comment": "good"} for at in range(20)
    ]
    for table, rows in (("calls", calls), ("tool_calls", tools), ("outcomes", said)):
        lines = "\n".join(json.dumps(row) for row in rows)
        engine.run(f"INSERT INTO {table} FORMAT JSONEachRow {lines}")
    yield engine
    emptied(engine)


def sql_of(panel: Any) -> str:  # noqa: ANN401  JSON
    """The statement, with the macros as the plugin writes them out."""
    (target,) = panel["targets"]
    text = target["rawSql"]
    for macro, value in (
        ("$__fromTime", f"toDateTime({BEGIN})"),
        ("$__toTime", f"toDateTime({BEGIN + LENGTH_S})"),
        ("$__interval_s", "60"),
    ):
        text = text.replace(macro, value)
    assert "$" not in text
    return text


@pytest.mark.parametrize("panel", panels())
def test_no_query_is_empty_and_each_column_has_its_override(held: Engine, panel: Any) -> None:  # noqa: ANN401
    assert held.rows(sql_of(panel))
    columns = [name for name, *_ in held.rows(f"DESCRIBE ({sql_of(panel)})")]
    named = [one["matcher"]["options"] for one in panel["fieldConfig"]["overrides"]]
    assert not named or named == columns


def test_the_users_are_ranked_by_what_they_cost(held: Engine) -> None:
    (panel,) = (one.values[0] for one in panels() if one.values[0]["title"] == "Cost by user, top 10")
    assert held.rows(sql_of(panel)) == [("u2", 15.0), ("u1", 5.0)]
