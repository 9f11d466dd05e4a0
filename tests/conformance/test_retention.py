"""What is over is dropped by whole days and months, what is late is counted, content is cleared by deny."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from kansoku.catalog.retention import RETENTIONS, kind_of
from kansoku.errors import QueryRefused
from kansoku.store.schema.newest import bring_up, tables
from kansoku.store.segments import Layout
from kansoku.store.task import Work
from kansoku.store.upkeep import sizes
from kansoku.store.upkeep.retention import kept_attributes, retain
from kansoku.store.upkeep.rollups import Keeper, rollup_tables
from tests.conformance.conftest import emptied

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kansoku.store.engine import Engine

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC).timestamp()
SPAN = """
    INSERT INTO otel_traces (Timestamp, TraceId, SpanAttributes, StatusMessage,
        `Events.Timestamp`, `Events.Name`, `Events.Attributes`)
    VALUES ('{at}', '{name}', {{'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'claude-a',
        'gen_ai.input.messages': 'SECRET', 'anything': 'SECRET', 'kansoku.error.message': 'SECRET',
        'user.id': 'u'}}, 'SECRET', ['{at}'], ['e'], [{{'text': 'SECRET'}}])
"""
LOG = """
    INSERT INTO otel_logs (Timestamp, TraceId, Body, LogAttributes)
    VALUES ('{at}', '{name}', 'SECRET', {{'prompt': 'SECRET', 'event.name': 'e'}})
"""

Told = dict[str, object]


@pytest.fixture
def work(engine: Engine) -> Work:
    bring_up(emptied(engine))
    return Work(engine, Layout(Path()), lambda _: None, threading.Event(), nullcontext)


def stored(work: Work, statement: str, *days: str) -> None:
    for day in days:
        work.database.run(statement.format(at=f"{day} 10:00:00", name=day))


def passed(work: Work, *, now: float = NOW, apply: bool = True, **days: Mapping[str, object]) -> Told:
    return retain(work, {"now": now, "apply": apply, **days})


def dropped(told: Told) -> list[tuple[object, ...]]:
    keys = ("table", "partition", "rows", "late")
    return [tuple(one[key] for key in keys) for one in cast("list[Told]", told["dropped"])]


def told_of(told: Told, key: str) -> list[Told]:
    return cast("list[Told]", told[key])


def names(work: Work, table: str = "otel_traces", column: str = "TraceId") -> list[object]:
    return [row[0] for row in work.database.rows(f"SELECT {column} FROM {table} ORDER BY 1")]


def test_days_go_whole_and_calls_stay_when_their_spans_go(work: Work) -> None:
    stored(work, SPAN, "2026-10-27", "2026-10-28", "2026-11-27")
    told = passed(work)
    assert dropped(told) == [("otel_traces", "2026-10-27", 1, False)]
    assert names(work) == ["2026-10-28", "2026-11-27"]
    assert names(work, "calls", "trace_id") == ["2026-10-27", "2026-10-28", "2026-11-27"]


def test_a_month_of_calls_goes_when_its_last_day_does(work: Work) -> None:
    stored(work, SPAN, "2025-10-01", "2025-11-01")
    day = 86_400
    end_of_october = datetime(2026, 12, 5, 12, tzinfo=UTC).timestamp()  # 400 days after 2025-10-31
    assert ("calls", "202510", 1, False) not in dropped(passed(work, now=end_of_october, apply=False))
    told = passed(work, now=end_of_october + day)
    assert ("calls", "202510", 1, False) in dropped(told)
    assert names(work, "calls", "trace_id") == ["2025-11-01"]


def test_without_apply_nothing_goes(work: Work) -> None:
    stored(work, SPAN, "2026-01-01")
    told = passed(work, apply=False, file={"content": 5})
    assert dropped(told) == [("otel_traces", "2026-01-01", 1, False), ("trace_hours", "202601", 1, False)]
    assert told["applied"] is False
    assert names(work) == ["2026-01-01"]
    assert work.database.rows("SELECT count() FROM retention_log") == [(0,)]


def test_rows_that_come_when_their_day_is_gone_are_dropped_and_counted(work: Work) -> None:
    stored(work, SPAN, "2026-09-01", "2026-11-27")
    assert passed(work)["late_rows"] == 0
    stored(work, SPAN, "2026-09-01", "2026-09-02", "2026-11-26")
    told = passed(work)
    assert dropped(told) == [
        ("otel_traces", "2026-09-01", 1, True),
        ("otel_traces", "2026-09-02", 1, True),
        ("trace_hours", "202609", 2, False),
    ]
    assert told["late_rows"] == 2
    assert dropped(passed(work)) == []
    # The next day's pass drops what has just become too old: not late.
    stored(work, SPAN, "2026-10-28")
    assert dropped(passed(work, now=NOW + 86_400)) == [("otel_traces", "2026-10-28", 1, False)]


def test_the_file_wins_over_what_a_command_set_and_that_over_the_default(work: Work) -> None:
    told = passed(work, apply=False, set={"traces": 7, "logs": 8}, file={"logs": 9, "calls": None})
    kinds = {str(one["name"]): (one["days"], one["set_by"]) for one in cast("list[Told]", told["kinds"])}
    assert kinds["traces"] == (7, "command")
    assert kinds["logs"] == (9, "kansoku.toml")
    assert kinds["calls"] == (None, "kansoku.toml")
    assert kinds["metrics"] == (30, "default")
    passed(work, apply=False, set={"traces": "forever"})
    told = passed(work, apply=False)
    kinds = {str(one["name"]): (one["days"], one["set_by"]) for one in cast("list[Told]", told["kinds"])}
    assert (kinds["traces"], kinds["logs"]) == ((None, "command"), (8, "command"))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"trace": 7}, "trace is not known; use one of calls, "),
        ({"traces": 0}, "traces 0 is neither days from 1"),
        ({"traces": True}, "traces True is neither"),
        ({"traces": "7"}, "traces '7' is neither"),
        ([], "set: must be an object"),
    ],
)
def test_days_that_mean_nothing_are_refused_and_nothing_is_done(work: Work, given: object, why: str) -> None:
    stored(work, SPAN, "2026-01-01")
    with pytest.raises(QueryRefused, match=why):
        retain(work, {"now": NOW, "apply": True, "set": given})
    assert names(work) == ["2026-01-01"]


def test_content_of_older_days_is_cleared_by_deny_and_once(work: Work) -> None:
    for statement in (SPAN, LOG):
        stored(work, statement, "2026-11-10", "2026-11-25")
    short = {"content": 7}
    cleared = [(one["table"], one["partition"]) for one in told_of(passed(work, file=short), "cleared")]
    assert cleared == [("otel_logs", "2026-11-10"), ("otel_traces", "2026-11-10")]
    held = {
        str(name): text
        for name, text in work.database.rows(
            "SELECT TraceId, toString((SpanAttributes, StatusMessage, Events.Attributes)) FROM otel_traces"
        )
    }
    assert "SECRET" not in str(held["2026-11-10"])
    assert str(held["2026-11-25"]).count("SECRET") == 5
    assert "'gen_ai.request.model':'claude-a'" in str(held["2026-11-10"])
    assert "'user.id':'u'" in str(held["2026-11-10"])
    logs = work.database.rows("SELECT TraceId, Body, mapKeys(LogAttributes) FROM otel_logs ORDER BY 1")
    assert logs == [("2026-11-10", "", ["event.name"]), ("2026-11-25", "SECRET", ["prompt", "event.name"])]

    assert passed(work, file=short)["cleared"] == []
    work.database.run(SPAN.format(at="2026-11-10 11:00:00", name="2026-11-10"))
    again = told_of(passed(work, file=short), "cleared")
    assert [(one["table"], one["partition"]) for one in again] == [("otel_traces", "2026-11-10")]
    assert "SECRET" not in str(work.database.rows("SELECT * FROM otel_traces WHERE TraceId = '2026-11-10'"))


def test_what_a_column_is_made_of_is_no_content_and_sentences_are() -> None:
    kept = kept_attributes()
    assert {"gen_ai.operation.name", "user.id", "enduser.id", "kansoku.release", "event.name"} <= set(kept)
    assert "kansoku.error.message" not in kept
    assert not any(name.endswith((".message", "messages", "comment", "prompt")) for name in kept)


def test_every_table_with_rows_is_kept_as_something() -> None:
    known = {one.name for one in RETENTIONS}
    dated = [table.name for table in (*tables(), *rollup_tables()) if table.partition != "tuple()"]
    kinds = {name: kind_of(name) for name in dated}
    assert set(kinds.values()) <= known
    assert kinds["otel_metrics_sum"] == "metrics"
    assert kinds["otel_traces"] == "traces"
    assert kinds["calls"] == "calls"
    with pytest.raises(ValueError, match="shop_orders"):
        kind_of("shop_orders")


def test_a_table_that_is_not_ours_is_neither_dropped_from_nor_counted(work: Work) -> None:
    Keeper(work.database).prepare()
    for name in ("shop_orders", "rollup_of_the_shop", "otel_metrics_mine"):
        work.database.run(
            f"CREATE TABLE {name} (day Date) ENGINE MergeTree PARTITION BY toYYYYMM(day) ORDER BY day"
        )
        work.database.run(f"INSERT INTO {name} VALUES ('2020-01-01')")
    rollup = next(table for table in rollup_tables() if table.partition != "tuple()").name
    work.database.run(f"INSERT INTO {rollup} (begin) VALUES ('2020-01-01 00:00:00')")
    assert dropped(passed(work)) == [(rollup, "202001", 1, False)]
    assert work.database.rows("SELECT count() FROM shop_orders") == [(1,)]
    counted = {str(one["table"]) for one in told_of(sizes.stats(work, {}), "tables")}
    assert rollup in counted
    assert not counted & {"shop_orders", "rollup_of_the_shop", "otel_metrics_mine"}
