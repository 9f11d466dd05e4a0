"""The evaluator over a real store with a clock that stands still: a full outage, from its first failure."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from kansoku.catalog.alert_pack import alerts
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import READY, Layout, Signal, varint
from kansoku.watch.state import WatchState
from kansoku.watch.watch import EVERY_S, Watch
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from kansoku.judge.notice import Notice, Told

BEGIN = 1_790_000_010
"""A multiple of the interval."""

OUTAGE, MENDED, END = BEGIN + 1_200, BEGIN + 1_560, BEGIN + 1_920
"""A call each second; between the first two times none succeeds."""

WATCHED = (
    "ApiOutage",
    "HighErrorRate",
    "HighLatency",
    "SloBurnAvailabilityFast",
    "TelemetryLost",
    "Watchdog",
)


def spans() -> ExportTraceServiceRequest:
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add()
    group.resource.attributes.add(key="service.name", value=AnyValue(string_value="shop"))
    held = group.scope_spans.add().spans
    for number in range(END - BEGIN):
        at = BEGIN + number
        words = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "claude-opus-5",
            "gen_ai.response.model": "claude-opus-5",
            "kansoku.feature": "chat" if number % 4 else "search",
            "user.id": f"user-{number % 7}",
            "kansoku.outcome": "ok",
        }
        if OUTAGE <= at < MENDED:
            words |= {"kansoku.outcome": "error", "error.type": "overloaded_error"}
        held.add(
            name="chat",
            trace_id=(number + 1).to_bytes(16, "big"),
            span_id=(number + 1).to_bytes(8, "big"),
            start_time_unix_nano=at * 10**9,
            end_time_unix_nano=(at + 1) * 10**9,
            attributes=[
                KeyValue(key=key, value=AnyValue(string_value=value)) for key, value in words.items()
            ],
        )
    return made


@asynccontextmanager
async def stored(folder: Path) -> AsyncGenerator[EmbeddedStore]:
    """A store that holds the spans."""
    layout = Layout(folder)
    layout.create()
    body = spans().SerializeToString()
    (folder / "draft").write_bytes(varint(len(body)) + body)
    (folder / "draft").rename(layout.folder(Signal.TRACES) / f"1{READY}")
    give_tables(layout)
    store = EmbeddedStore(layout)
    await store.start()
    try:
        async with asyncio.timeout(60):
            while layout.backlog().waiting:
                await asyncio.sleep(0.02)
        yield store
    finally:
        await store.close()


class Course:
    """What was told, seconds after the first failing call, and what stood before and after each restart."""

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], tuple[float, Told]] = {}
        self.restarts: list[tuple[dict[str, Told], dict[str, Told]]] = []
        self.budget_left: float | None = None
        self.inhibited: set[str] = set()
        self.failures = 0


def standing(watch: Watch) -> dict[str, Told]:
    return {one.told.alarm.fingerprint: one.told for one in watch.now().alarms}


async def course(folder: Path) -> Course:
    """Evaluates through the outage; the evaluator restarts while alarms are pending and while they fire."""
    it = Course()

    def tell(notice: Notice) -> None:
        for one in notice.changed:
            it.told[one.alarm.alert.name, one.alarm.state] = (notice.at - OUTAGE, one)

    async with stored(folder / "data") as store:

        def started() -> tuple[WatchState, Watch]:
            state = WatchState.open(folder / "watch.sqlite3")
            watched = [one for one in alerts() if one.name in WATCHED]
            return state, Watch(store, state, watched, clock=lambda: at, tell=tell)

        at = float(OUTAGE - 30)
        state, watch = started()
        while at < END:
            await watch.evaluate(at)
            if at - OUTAGE in (150, 360):
                before = standing(watch)
                state.close()
                state, watch = started()
                it.restarts.append((before, standing(watch)))
            now = watch.now()
            it.failures += len([one for one in now.alerts if one.health == "failed"])
            for one in now.alarms:
                if one.told.alarm.alert.slo:
                    it.budget_left = one.told.budget_left
                if one.inhibited_by:
                    it.inhibited.add(one.told.alarm.alert.name)
            at += EVERY_S if at < OUTAGE + 120 else 2 * EVERY_S
        state.close()
    return it


@pytest.fixture(scope="module")
def it(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return asyncio.run(course(tmp_path_factory.mktemp("watched")))


def test_a_full_outage_is_told_within_two_minutes_and_so_is_its_end(it: Course) -> None:
    assert it.failures == 0
    fired, told = it.told["ApiOutage", "firing"]
    assert 0 < fired <= 120
    ended, _ = it.told["ApiOutage", "resolved"]
    assert MENDED - OUTAGE < ended <= MENDED - OUTAGE + 240
    assert told.alarm.value is not None
    assert told.alarm.value >= 0.5


def test_who_caused_it_is_told_with_it(it: Course) -> None:
    _, told = it.told["ApiOutage", "firing"]
    shares = {(one.field, one.value): round(one.share, 1) for one in told.causes}
    assert shares == {
        ("error_type", "overloaded_error"): 1.0,
        ("request_model", "claude-opus-5"): 1.0,
        ("feature", "chat"): 0.7,
        ("feature", "search"): 0.3,
    }
    assert [one.share for one in told.causes] == sorted((one.share for one in told.causes), reverse=True)


def test_a_restart_while_alarms_are_pending_and_while_they_fire_keeps_them_all(it: Course) -> None:
    (pending, after_pending), (firing, after_firing) = it.restarts
    assert (pending, firing) == (after_pending, after_firing)
    assert {one.alarm.state for one in pending.values()} >= {"pending", "firing"}
    states = {one.alarm.alert.name: one.alarm.state for one in firing.values()}
    assert (states["ApiOutage"], states["HighErrorRate"]) == ("firing", "firing")


def test_the_rate_is_inhibited_while_the_outage_fires_and_the_budget_is_known_to_be_gone(it: Course) -> None:
    assert {"HighErrorRate", "SloBurnAvailabilityFast"} <= it.inhibited
    ended, _ = it.told["ApiOutage", "resolved"]
    assert it.told["HighErrorRate", "firing"][0] == ended
    assert it.budget_left is not None
    assert it.budget_left < 0


def test_what_works_is_told_of_in_no_way(it: Course) -> None:
    assert {name for name, _ in it.told} <= {*WATCHED} - {"TelemetryLost"}
