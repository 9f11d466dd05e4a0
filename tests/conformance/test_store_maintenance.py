"""Maintenance beside loading and asking: one task at a time, heard while it runs, and the size report."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest

from kansoku.cli.store_sizes import sizes_told
from kansoku.errors import QueryRefused
from kansoku.store.segments import Layout, Signal
from kansoku.store.upkeep.sizes import group_of
from tests.conformance.test_store_segments import ask, loaded, span, spool

if TYPE_CHECKING:
    from pathlib import Path

    from kansoku.store.embedded import EmbeddedStore
    from kansoku.store.port import Rows

CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-a", "user.id": "u"}

Table = dict[str, object]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


async def sizes(store: EmbeddedStore) -> tuple[dict[str, object], dict[str, Table]]:
    answer = await store.maintain("stats", {})
    return answer, {str(one["table"]): one for one in cast("list[Table]", answer["tables"])}


async def sizes_and_parts(store: EmbeddedStore) -> tuple[Rows, Table, dict[str, Table]]:
    """The parts and the report of a moment: none was added or removed while it was made."""
    statement = (
        "SELECT table, sumIf(rows, NOT startsWith(name, 'patch-')), sum(bytes_on_disk),"
        " sum(data_compressed_bytes), sum(data_uncompressed_bytes), count() FROM system.parts"
        " WHERE active AND database = currentDatabase() GROUP BY table ORDER BY table"
    )
    before = await store.query(statement)
    while True:
        answer, tables = await sizes(store)
        parts = await store.query(statement)
        if parts.rows == before.rows:
            return parts, answer, tables
        before = parts


def test_the_size_report_says_what_the_parts_say(layout: Layout) -> None:
    layout.create()
    layout.set_aside(Signal.LOGS).joinpath("1.ready").write_bytes(b"x" * 7)

    async def question(store: EmbeddedStore) -> None:
        for table in ("otel_traces", "calls"):
            await store.rewrite(f"ALTER TABLE {table} MODIFY SETTING min_bytes_for_wide_part = 0")
        await store.rewrite("SYSTEM STOP MERGES")
        for number in range(3):
            spool(layout, Signal.TRACES, *(span(f"{number} {each}", CALL) for each in range(20)))
        await loaded(layout)
        parts, answer, tables = await sizes_and_parts(store)
        keys = ("rows", "bytes", "compressed", "uncompressed", "parts")
        told = {name: tuple(one[key] for key in keys) for name, one in tables.items() if one["rows"]}
        assert told == {str(row[0]): row[1:] for row in parts.rows}
        assert told["calls"][0] == 60
        assert tables["otel_logs"]["rows"] == tables["otel_logs"]["bytes"] == 0
        assert tables["otel_logs"]["oldest"] is None
        (seen,) = (await store.query("SELECT min(Timestamp), max(Timestamp) FROM otel_traces")).rows
        assert (tables["otel_traces"]["oldest"], tables["otel_traces"]["newest"]) == seen

        groups = cast("dict[str, dict[str, int]]", tables["otel_traces"]["groups"])
        whole = sum(group["compressed"] for group in groups.values())
        assert groups["attributes"]["compressed"] > 0 == groups["small parts"]["compressed"]
        assert whole == tables["otel_traces"]["compressed"]
        on_disk = sum(cast("int", row[2]) for row in parts.rows)
        assert answer["bytes"] == on_disk
        assert answer["bytes_per_call"] == on_disk / 60
        told_groups = [cast("dict[str, dict[str, int]]", one["groups"]) for one in tables.values()]
        small = sum(one["small parts"]["compressed"] for one in told_groups)
        without = (on_disk - groups["attributes"]["compressed"]) / 60
        assert answer["bytes_per_call_without_content"] == (without if small <= on_disk / 20 else None)
        assert answer["spool"] == {"bytes": 0, "waiting": 0, "set_aside": 1, "set_aside_bytes": 7}
        assert answer["cut_short"] == {"parts": 0, "bytes": 0}
        assert "detached/" not in sizes_told(answer, "en")
        table = next(layout.database.glob("store/*/*/detached"))
        for name in ("broken-on-start_202611_1_1_0", "broken-on-start_202611_2_2_0", "ignored_202611_3_3_0"):
            (table / name).mkdir()
            (table / name / "data.bin").write_bytes(b"half of it")
        answer, _ = await sizes(store)
        assert answer["cut_short"] == {"parts": 2, "bytes": 20}
        assert "2 parts (20 B) that a full or failing disk cut short" in sizes_told(answer, "en")
        answer = await store.maintain("discard", {}, print)
        assert answer == {"parts": 2, "bytes": 20, "kept": 0}
        assert [path.name for path in table.iterdir()] == ["ignored_202611_3_3_0"]

    ask(layout, question)


def test_small_parts_hide_what_content_takes_and_the_report_says_so(layout: Layout) -> None:
    spool(layout, Signal.TRACES, span("one", CALL))

    async def question(store: EmbeddedStore) -> None:
        answer, tables = await sizes(store)
        groups = cast("dict[str, dict[str, int]]", tables["calls"]["groups"])
        assert groups["small parts"]["compressed"] == tables["calls"]["compressed"]
        assert answer["bytes_per_call"] == answer["bytes"]
        assert answer["bytes_per_call_without_content"] is None

    ask(layout, question)


def test_an_empty_store_has_no_bytes_a_call(layout: Layout) -> None:
    async def question(store: EmbeddedStore) -> None:
        answer, _ = await sizes(store)
        assert answer["calls"] == 0
        assert answer["bytes_per_call"] is None

    ask(layout, question)


@pytest.mark.parametrize(
    ("name", "type_", "group"),
    [
        ("Events.Attributes", "Array(Map(LowCardinality(String), String))", "attributes"),
        ("Body", "String", "bodies"),
        ("Timestamp", "DateTime64(9)", "times"),
        ("SpanName", "LowCardinality(String)", "labels"),
        ("TraceId", "String", "texts and ids"),
        ("cost_usd", "Nullable(Float64)", "numbers"),
    ],
)
def test_a_column_is_counted_in_the_group_of_its_type(name: str, type_: str, group: str) -> None:
    assert group_of(name, type_) == group


def test_a_task_that_is_not_known_is_refused(layout: Layout) -> None:
    async def question(store: EmbeddedStore) -> None:
        with pytest.raises(QueryRefused, match="task: 'tidy' is not known; use one of stats"):
            await store.maintain("tidy", {})

    ask(layout, question)
