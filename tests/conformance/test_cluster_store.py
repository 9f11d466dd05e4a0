"""What is a cluster's alone: installing, being away, lost answers, several nodes, what is said to it."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.panels import GROUPS
from kansoku.errors import QueryRefused, QueryTimeout, StoreUnavailable
from kansoku.query.answer import Answer, Bar, Ranking
from kansoku.query.scope import Scope
from kansoku.show import questions
from kansoku.store.clickhouse.cluster import ClusterStore
from kansoku.store.clickhouse.installation import install, script
from kansoku.store.clickhouse.lease import Claim
from kansoku.store.clickhouse.leases import Holding, Leases
from kansoku.store.clickhouse.server import ClickHouse, Pause
from kansoku.store.loading.flattening import flattened
from kansoku.store.loading.inserts import Inserts
from kansoku.store.loading.sources import FromPost
from kansoku.store.loading.values import value_json
from kansoku.store.port import QueryLimits
from kansoku.store.schema.migrations import NEWEST
from kansoku.store.segments import Layout, LoadRefused, Signal, varint
from tests.conformance.test_cluster_schema import Database
from tests.conformance.test_store_segments import NOW, loaded, metrics, span, spool, value

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kansoku.store.clickhouse.address import Address
    from tests.conformance.stores import RunningFront

CALL = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "anthropic"}


@asynccontextmanager
async def node(layout: Layout, address: Address) -> AsyncGenerator[ClusterStore]:
    """A node of Kansoku."""
    layout.create()
    store = ClusterStore(layout, address)
    await store.start()
    try:
        yield store
    finally:
        await store.close()


async def total(store: ClusterStore, table: str) -> object:
    return (await store.query(f"SELECT count() FROM {table}")).rows[0][0]


@pytest.fixture(scope="module")
def address(front: RunningFront) -> Address:
    """A cluster whose tables a test may leave rows in."""
    return front.address(cluster=True)


def test_installing_again_changes_nothing_and_a_node_starts_on_it(
    front: RunningFront, address: Address, tmp_path: Path
) -> None:
    before = len(front.said())
    install(address)
    again = [one for one in front.said()[before:] if one.startswith(("CREATE", "ALTER", "INSERT", "DROP"))]
    assert again
    assert all(one.startswith("CREATE") and "IF NOT EXISTS" in one for one in again)

    async def run() -> None:
        async with node(Layout(tmp_path), address) as store:
            assert (await store.query("SELECT max(version), count() FROM schema_version")).rows == [
                (NEWEST, 2)
            ]

    asyncio.run(run())


def test_the_printed_statements_are_those_that_installing_runs_and_all_parse(
    front: RunningFront, address: Address
) -> None:
    made = replace(address, database="printed")
    before = len(front.said())
    install(made)
    ran = {one for one in front.said()[before:] if one.startswith("CREATE")}
    printed = script(made)
    assert {one for one in printed if one.startswith("CREATE")} == ran
    with closing(Database().connection) as connection:
        for statement in printed:
            quoted = statement.replace("\\", "\\\\").replace("'", "\\'")
            connection.query(f"SELECT formatQuerySingleLine('{quoted}')")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"password": "wrong"}, "refuses the user or the password; correct .* KANSOKU_STORE_PASSWORD"),
        ({"database": "nowhere"}, "has no such database; install it with: kansoku store init"),
        ({"database": "default"}, "has no schema; bring it to version"),
    ],
)
def test_what_waiting_does_not_mend_ends_the_start(
    address: Address, tmp_path: Path, change: dict[str, str], why: str
) -> None:
    async def run() -> None:
        async with node(Layout(tmp_path), replace(address, **change)):
            pytest.fail("it started")

    with pytest.raises(StoreUnavailable, match=why) as told:
        asyncio.run(run())
    assert "pass/word" not in str(told.value)
    assert "wrong" not in str(told.value)


def test_a_newer_schema_is_not_written_to(front: RunningFront, tmp_path: Path) -> None:
    newer = front.address(cluster=True)
    with closing(ClickHouse(newer)) as server:
        server.run(f"INSERT INTO schema_version (version, what) VALUES ({NEWEST + 1}, 'newer')")

    async def run() -> None:
        async with node(Layout(tmp_path), newer):
            pytest.fail("it started")

    with pytest.raises(StoreUnavailable, match="made by a newer Kansoku"):
        asyncio.run(run())


def test_a_node_starts_without_clickhouse_keeps_what_arrives_and_stores_it_when_it_comes(
    front: RunningFront, address: Address, tmp_path: Path
) -> None:
    layout = Layout(tmp_path)
    spool(layout, Signal.TRACES, span("kept while away"))

    async def run() -> None:
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        async with node(layout, replace(address, port=port)) as store:
            with pytest.raises(StoreUnavailable, match=r"does not answer|did not answer"):
                await store.query("SELECT 1")
            assert layout.backlog().waiting == 1
            # It comes: whoever listens at the port passes on to the front.
            passing = await asyncio.start_server(_passing_to(front.port), "127.0.0.1", port)
            async with asyncio.timeout(60):
                await loaded(layout)
                asked = "SELECT count() FROM otel_traces WHERE SpanName = 'kept while away'"
                assert (await _patiently(store, asked)) == 1
        passing.close()
        for one in asyncio.all_tasks() - {asyncio.current_task()}:
            one.cancel()
            await asyncio.wait([one])

    asyncio.run(run())


async def _patiently(store: ClusterStore, statement: str) -> object:
    while True:
        try:
            return (await store.query(statement)).rows[0][0]
        except StoreUnavailable:
            await asyncio.sleep(0.1)  # its own pause goes on; what is waited for is the answer


def _passing_to(port: int):  # noqa: ANN202 - asyncio's own callback
    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while some := await reader.read(1 << 16):
                writer.write(some)
        finally:
            writer.close()

    async def passed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(copy(reader, there[1]), copy(there[0], writer), return_exceptions=True)

    return passed


@pytest.mark.parametrize(
    ("code", "after"), [(319, True), (285, False), (242, False), (999, False), (60, False)]
)
def test_a_cause_that_passes_keeps_the_segment_and_a_lost_answer_stores_it_once(
    front: RunningFront, tmp_path: Path, code: int, after: bool
) -> None:
    address, layout = front.address(cluster=True), Layout(tmp_path)

    async def run() -> None:
        async with node(layout, address) as store:
            front.fail(code, 1, after=after)
            spool(layout, Signal.TRACES, span("once", CALL))
            await loaded(layout)
            assert layout.backlog().set_aside == 0
            assert [await total(store, table) for table in ("otel_traces", "calls")] == [1, 1]

    asyncio.run(run())


def test_two_nodes_store_and_ask_at_once_each_from_a_spool_of_its_own(
    front: RunningFront, tmp_path: Path
) -> None:
    address = front.address(cluster=True)
    layouts = [Layout(tmp_path / name) for name in ("a", "b")]
    for layout in layouts:
        for number in range(3):
            spool(layout, Signal.TRACES, span(f"{layout.data.name}{number}", CALL))

    async def run() -> None:
        async with node(layouts[0], address) as first, node(layouts[1], address) as second:
            await asyncio.gather(*(loaded(layout) for layout in layouts))
            assert [await total(store, "calls") for store in (first, second)] == [6, 6]

    asyncio.run(run())


def test_the_users_panels_are_answered_in_one_pass_over_every_shard(
    front: RunningFront, tmp_path: Path
) -> None:
    layout = Layout(tmp_path)
    for number in range(5):
        user = {"user.id": f"u-{number % 2}", "gen_ai.usage.output_tokens": str(number)}
        spool(layout, Signal.TRACES, span(f"c{number}", CALL | user, span_id=bytes([number + 1] * 8)))
    users = next(group for group in GROUPS if group.id == "users")

    async def run() -> list[Answer]:
        async with node(layout, front.address(cluster=True)) as store:
            await loaded(layout)
            _, told = await questions.panels(store, users, Scope(0, 2**32 - 1))
            return [one.answer for one in told]

    cost, calls, tokens = asyncio.run(run())
    assert cost == Ranking(())
    assert calls == Ranking((Bar("u-0", 3.0, 0.6, 3), Bar("u-1", 2.0, 0.4, 2)))
    assert tokens == Ranking((Bar("u-0", 6.0, 0.6, 3), Bar("u-1", 4.0, 0.4, 2)))
    assert len([one for one in front.said() if one.startswith("SELECT arraySlice")]) == 1


def test_a_segment_is_inserted_by_token_to_all_shards_before_it_is_removed(
    front: RunningFront, address: Address, tmp_path: Path
) -> None:
    layout = Layout(tmp_path)
    before = len(front.said())
    path = spool(layout, Signal.LOGS, b"")

    async def run() -> None:
        async with node(layout, address):
            await loaded(layout)

    asyncio.run(run())
    (said,) = [one for one in front.said()[before:] if one.startswith("INSERT INTO otel_logs")]
    assert f"insert_deduplication_token = '{path.stem}'" in said
    asked = front.settings("INSERT INTO otel_logs")
    assert asked["distributed_foreground_insert"] == "1"
    assert (asked["insert_quorum"], asked["insert_quorum_parallel"]) == ("auto", "1")
    assert asked["async_insert"] == "0"


def test_a_question_that_nobody_waits_for_is_ended_on_the_server(
    front: RunningFront, address: Address, tmp_path: Path
) -> None:
    async def run() -> None:
        async with node(Layout(tmp_path), address) as store:
            await store.query("SELECT 1")  # the connection and the judge are there
            asked = asyncio.create_task(store.query("SELECT sleepEachRow(1) FROM numbers(2)"))
            async with asyncio.timeout(30):
                while not any("sleepEachRow" in one for one in front.said()[-3:]):
                    await asyncio.sleep(0.02)
                asked.cancel()
                while not front.said()[-1].startswith("KILL QUERY WHERE query_id = '"):
                    await asyncio.sleep(0.02)
            with pytest.raises(asyncio.CancelledError):
                await asked

    asyncio.run(run())


def test_a_question_is_read_only_within_its_limits_and_sees_every_shard(
    front: RunningFront, address: Address, tmp_path: Path
) -> None:
    async def run() -> None:
        async with node(Layout(tmp_path), address) as store:
            limits = QueryLimits(seconds=1.0, rows=7, memory_bytes=123 << 20)
            await store.query("SELECT 'limited'", limits=limits)
            with pytest.raises(QueryTimeout):
                await store.query("SELECT sleepEachRow(0.5) FROM numbers(60)", limits=limits)

    asyncio.run(run())
    asked = front.settings("SELECT 'limited'")
    assert asked["readonly"] == "1"
    assert (asked["max_execution_time"], asked["max_result_rows"]) == ("1.0", "7")
    assert asked["max_memory_usage"] == str(123 << 20)
    assert (asked["distributed_product_mode"], asked["skip_unavailable_shards"]) == ("global", "0")


def test_rows_are_changed_on_every_node_and_waited_for(
    front: RunningFront, address: Address, tmp_path: Path
) -> None:
    async def run() -> None:
        async with node(Layout(tmp_path), address) as store:
            await store.rewrite("ALTER TABLE calls UPDATE cost_usd = 1 WHERE trace_id = 'none'")
            with pytest.raises(QueryRefused, match=r"docs/cluster\.md"):
                await store.maintain("erase", {})

    asyncio.run(run())
    said = "ALTER TABLE calls_local ON CLUSTER 'prod' UPDATE cost_usd = 1"
    assert front.said()[-1].startswith(said)
    assert front.settings(said)["mutations_sync"] == "2"


def test_one_server_without_a_cluster_stores_in_plain_tables_and_keeps_days(
    front: RunningFront, tmp_path: Path
) -> None:
    address, layout = front.address(cluster=False), Layout(tmp_path)
    spool(layout, Signal.METRICS, metrics())
    deep_value: dict[str, object] = {"a": [1.5, True]}
    spool(layout, Signal.TRACES, span("plain", {**CALL, "deep": deep_value}))

    async def run() -> None:
        async with node(layout, address) as store:
            await loaded(layout)
            tables = [str(row[0]) for row in (await store.query("SHOW TABLES")).rows]
            assert "calls" in tables
            assert not [name for name in tables if name.endswith("_local")]
            deep = await store.query("SELECT SpanAttributes['deep'] FROM otel_traces")
            assert deep.rows == [('{"a":[1.5,true]}',)]
            assert [await total(store, table) for table in ("calls", "otel_metrics_sum")] == [1, 1]
            assert store.keeps_days
            told = await store.maintain("stats", {})
            assert told["calls"] == 1
            kept = await store.maintain("retention", {"apply": True, "now": 2e9, "set": {"calls": 1}})
            assert kept["dropped"]
            assert await total(store, "calls") == 0
            assert (await store.maintain("retry", {}))["segments"] == 0

    asyncio.run(run())


IN_SQL: dict[str, object] = {
    "words": ["a", '日本/\n\t"\\'],
    "numbers": [1, -(2**63), True, None],
    "bytes": [b"\x01"],
}
NOTHING: dict[str, object] = {}
IN_PYTHON: tuple[object, ...] = (
    [1.5],
    [1.0],
    ["\x01"],
    ["\x7f"],
    ["\u2028"],
    [[1]],
    [NOTHING],
    NOTHING,
    {"a": [0.1]},
)


def test_a_list_of_plain_values_is_read_by_the_server_and_all_else_is_flattened_to_the_same_text(
    front: RunningFront, tmp_path: Path
) -> None:
    address, layout = front.address(cluster=True), Layout(tmp_path)
    for number, deep in enumerate(IN_PYTHON):
        spool(layout, Signal.TRACES, span(f"{number:02}", {"v": deep}))

    async def run() -> None:
        async with node(layout, address) as store:
            await loaded(layout)
            found = await store.query("SELECT SpanAttributes['v'] FROM otel_traces ORDER BY SpanName")
            assert [row[0] for row in found.rows] == [value_json(value(deep)) for deep in IN_PYTHON]
            before = len(front.said())
            spool(layout, Signal.TRACES, span("99", IN_SQL))
            await loaded(layout)
            posted = [one for one in front.said()[before:] if one.startswith("INSERT INTO otel_traces")]
            assert len(posted) == 1
            found = await store.query("SELECT SpanAttributes FROM otel_traces WHERE SpanName = '99'")
            assert found.rows == [({name: value_json(value(one)) for name, one in IN_SQL.items()},)]

    asyncio.run(run())


def test_only_values_that_need_it_are_flattened_and_a_torn_end_stays() -> None:
    request = span(own={"list": [1.5], "map": {"b": b"\x01"}, "text": "as it is", "none": None})
    body = request.SerializeToString()
    torn = b"\x05ab"
    content = flattened(Signal.TRACES, varint(len(body)) + body + torn)
    assert content.endswith(torn)
    flat = type(request).FromString(content[len(varint(len(content) - len(torn) - 2)) : -len(torn)])
    told = {one.key: one.value for one in flat.resource_spans[0].scope_spans[0].spans[0].attributes}
    assert told["list"].string_value == "[1.5]"
    assert told["map"].string_value == '{"b":"AQ=="}'
    assert told["text"].string_value == "as it is"
    assert told["none"].WhichOneof("value") is None
    with pytest.raises(LoadRefused):
        flattened(Signal.TRACES, varint(1) + b"\xff")


def test_a_posted_statement_ends_where_its_data_begins(front: RunningFront) -> None:
    assert front.port
    for signal in Signal:
        inserts = Inserts(FromPost())
        for statement in (*inserts.of(signal, "token"), *inserts.check(signal), *inserts.reads(signal)):
            assert statement.endswith("\nFORMAT Protobuf\n")
            assert "input('" in statement
            assert "{path:String}" not in statement


def test_of_two_claims_of_one_number_the_first_is_kept_and_one_node_holds_the_lease(
    address: Address,
) -> None:
    clock = [0.0]
    with closing(ClickHouse(address)) as one, closing(ClickHouse(address)) as other:
        first, second = Leases(one), Leases(other)
        assert first.highest("claims") is None
        first.write("claims", Claim(1, "a", 1))
        second.write("claims", Claim(1, "b", 1))
        second.write("other claims", Claim(1, "b", 1))
        assert first.highest("claims") == second.highest("claims") == Claim(1, "a", 1)
        assert first.highest("other claims") == Claim(1, "b", 1)

        nodes = [Holding(leases, "test", lambda: clock[0]) for leases in (first, second)]
        for clock[0] in (0.0, 6.0, 12.0):
            for node_ in nodes:
                node_.look()
            assert [node_.holds() for node_ in nodes] == [True, False]
        for clock[0] in (13.0, 24.0, 33.1):  # the first one looks no more
            nodes[1].look()
        assert [node_.holds() for node_ in nodes] == [False, True]


def test_a_node_keeps_the_lease_of_the_passes_while_it_runs(front: RunningFront, tmp_path: Path) -> None:
    address = front.address(cluster=True)

    async def run() -> None:
        async with node(Layout(tmp_path), address) as store:
            assert not store.leads()
            async with asyncio.timeout(60):
                while not store.leads():
                    await asyncio.sleep(0.05)

    asyncio.run(run())


# What clickhouseexporter names in its INSERTs (opentelemetry-collector-contrib, `traces_insert.sql` at
# 61540ced and `logs_insert.sql` at 2cbebc60; `EventName` where the table has it).
COLLECTOR_SPAN = (
    *("Timestamp", "TraceId", "SpanId", "ParentSpanId", "TraceState", "SpanName", "SpanKind", "ServiceName"),
    *("ResourceAttributes", "ScopeName", "ScopeVersion", "SpanAttributes", "Duration", "StatusCode"),
    *("StatusMessage", "Events.Timestamp", "Events.Name", "Events.Attributes", "Links.TraceId"),
    *("Links.SpanId", "Links.TraceState", "Links.Attributes"),
)
COLLECTOR_LOG = (
    *(
        "Timestamp",
        "TraceId",
        "SpanId",
        "TraceFlags",
        "SeverityText",
        "SeverityNumber",
        "ServiceName",
        "Body",
    ),
    *("ResourceSchemaUrl", "ResourceAttributes", "ScopeSchemaUrl", "ScopeName", "ScopeVersion"),
    *("ScopeAttributes", "LogAttributes", "EventName"),
)
RICH_CALL: dict[str, object] = {
    **CALL,
    "gen_ai.request.model": "claude-opus-5-5",
    "gen_ai.usage.input_tokens": 100,
    "gen_ai.usage.cache_read.input_tokens": 40,
    "gen_ai.usage.output_tokens": 0,
    "gen_ai.response.finish_reasons": ["end_turn"],
    "kansoku.cost.usd": 0.25,
}


def test_what_a_collector_writes_becomes_the_same_call(front: RunningFront, tmp_path: Path) -> None:
    address, layout = front.address(cluster=True), Layout(tmp_path)
    spool(layout, Signal.TRACES, span("by kansoku", RICH_CALL, failed=True))
    attributes = {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in RICH_CALL.items()
    }
    values = (
        f"toDateTime64('{NOW}', 9, 'UTC')",
        *("lower(hex('0123456789abcdef'))", "'0001020304050607'", "'ffffffffffffffff'", "''", "'by kansoku'"),
        *("'Unspecified'", "'support-bot'", "map('service.name', 'support-bot', 'service.version', '1')"),
        *("''", "''", f"map({', '.join(_text(one) for pair in attributes.items() for one in pair)})"),
        *("1500000000", "'Error'", "''", "[]", "[]", "[]", "[]", "[]", "[]", "[]"),
    )
    place = f'"{address.database}"."otel_traces"'
    told = f"INSERT INTO {place} ({', '.join(COLLECTOR_SPAN)}) VALUES ({', '.join(values)})"
    logged = (
        f"INSERT INTO otel_logs ({', '.join(COLLECTOR_LOG)}) SELECT {', '.join(COLLECTOR_LOG)} FROM otel_logs"
    )

    async def run() -> None:
        async with node(layout, address) as store:
            await loaded(layout)
            with closing(ClickHouse(address)) as collector:
                collector.run(told)
                collector.run(logged)
            ours = "SELECT * EXCEPT (trace_id, stored_at) FROM calls ORDER BY time"
            first, second = (await store.query(ours)).rows
            assert first == second
            assert len((await store.query("SELECT DISTINCT trace_id FROM calls")).rows) == 2

    asyncio.run(run())


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def test_in_one_server_the_node_that_leads_prices_what_arrived_without_a_price(
    front: RunningFront, tmp_path: Path
) -> None:
    address, layout = front.address(cluster=False), Layout(tmp_path)
    foreign = {**CALL, "gen_ai.request.model": "claude-opus-4-5", "gen_ai.usage.input_tokens": 1000}
    spool(layout, Signal.TRACES, span("foreign", {**foreign, "gen_ai.usage.output_tokens": 10}))

    async def run() -> None:
        async with node(layout, address) as store, asyncio.timeout(90):
            await loaded(layout)
            asked = "SELECT count() FROM calls WHERE cost_usd > 0"
            while (await store.query(asked)).rows != [(1,)]:
                await asyncio.sleep(0.2)

    asyncio.run(run())


def test_pauses_grow_and_end_with_an_answer() -> None:
    pause = Pause()
    lengths: list[float] = []
    for _ in range(8):
        pause.failed(100.0)
        lengths.append(pause.left(100.0))
    assert lengths == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert pause.left(110.0) == 5.0
    assert pause.left(200.0) == 0.0
    pause.succeeded()
    assert pause.left(100.0) == 0.0
