"""One person's data goes from every table, the spool and what is set aside; others' stays; it is proved."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from kansoku.errors import QueryRefused
from kansoku.store.loading.halving import halve
from kansoku.store.schema.newest import bring_up
from kansoku.store.segments import Layout, Signal, frames
from kansoku.store.task import Work
from kansoku.store.upkeep.erasure import erase
from tests.conformance.conftest import emptied
from tests.conformance.test_store_segments import loaded, outcome_log, span, spool, started

if TYPE_CHECKING:
    from collections.abc import Callable

    from kansoku.store.embedded import EmbeddedStore
    from kansoku.store.engine import Engine

ID = "planted-Q7xV2mB9tK4w"
CALL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "claude-a", "kansoku.cost.usd": 0.25}

Told = dict[str, object]


def of(trace: int, **own: object) -> bytes:
    """A call's span in a trace of its own."""
    request = span(
        f"answer {trace}", {**CALL, **{name.replace("_", "."): value for name, value in own.items()}}
    )
    one = request.resource_spans[0].scope_spans[0].spans[0]
    one.trace_id = trace.to_bytes(16, "big")
    one.span_id = hashlib.blake2b(repr((trace, own)).encode(), digest_size=8).digest()
    return request.SerializeToString()


def log_of(trace: int, text: str) -> bytes:
    request = outcome_log(
        "kansoku.feedback", {"kansoku.feedback.rating": "up", "kansoku.feedback.comment": text}
    )
    for record in request.resource_logs[0].scope_logs[0].log_records:
        record.trace_id = trace.to_bytes(16, "big")
        record.body.string_value = text
    return request.SerializeToString()


def filled(layout: Layout) -> None:
    """Spans, logs and a segment set aside, of the person and of others."""
    state = span("state", CALL)
    state.resource_spans[0].scope_spans[0].spans[0].trace_state = f"user={ID}"
    spool(layout, Signal.TRACES, of(1, user_id=ID), of(2, user_id="other"), of(3, session_id=f"s {ID}"))
    spool(
        layout,
        Signal.TRACES,
        of(1),
        of(1, user_id="beside"),
        of(4, user_id=f"{ID}0"),
        state.SerializeToString(),
    )
    spool(layout, Signal.LOGS, log_of(1, "fine"), log_of(2, "fine too"), log_of(5, f"I am {ID}."))
    aside = spool(layout, Signal.TRACES, of(6, user_id=ID), of(7, user_id="other"), b"\xff " + ID.encode())
    aside.rename(layout.set_aside(Signal.TRACES) / aside.name)
    (layout.set_aside(Signal.TRACES) / f"{aside.stem}.txt").write_text(f"cannot parse {ID}")


def files_with(folder: Path, text: str) -> list[Path]:
    """The files that hold the text; parts come and go while a store runs."""
    paths = [Path(place, name) for place, _, names in os.walk(folder) for name in names]
    return [path for path in paths if text.encode() in held_by(path)]


def held_by(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # a part that was removed since
        return b""


async def everything(store: EmbeddedStore) -> str:
    """Every value of every table, decompressed."""
    tables = (await store.query("SELECT name FROM system.tables WHERE engine LIKE '%MergeTree'")).rows
    return "".join([str((await store.query(f"SELECT * FROM {name}")).rows) for (name,) in tables])


def told_of(answer: Told) -> dict[str, Told]:
    return {str(one["table"]): one for one in cast("list[Told]", answer["tables"])}


def erased(layout: Layout, **more: object) -> tuple[Told, str]:
    """The report, and everything that is left in the tables."""

    async def run() -> tuple[Told, str]:
        async with started(layout) as store:
            # Compressed, the id would not be found by its bytes at all.
            for column in ("TraceState String", "SpanAttributes Map(LowCardinality(String), String)"):
                await store.rewrite(f"ALTER TABLE otel_traces MODIFY COLUMN {column} CODEC(NONE)")
            filled(layout)
            await loaded(layout)
            assert files_with(layout.database, ID)
            answer = await store.maintain("erase", {"ids": [ID], **more})
            assert files_with(layout.database, f"{ID}0")
            return answer, await everything(store)

    return asyncio.run(run())


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_nothing_of_the_person_is_left_and_the_others_stay(layout: Layout) -> None:
    answer, left = erased(layout)
    assert answer["proved"] is True, answer
    tables = told_of(answer)
    # Trace 1 goes whole, and of its calls those that name nobody; `…0` is somebody else.
    assert (tables["otel_traces"]["before"], tables["otel_traces"]["after"]) == (7, 2)
    assert (tables["calls"]["before"], tables["calls"]["after"]) == (7, 3)
    assert (tables["otel_logs"]["before"], tables["otel_logs"]["after"]) == (6, 2)
    assert (tables["outcomes"]["before"], tables["outcomes"]["after"]) == (6, 2)
    assert {one["left"] for one in tables.values()} == {0}
    assert left.replace(f"{ID}0", "").count(ID) == 0
    assert f"{ID}0" in left
    assert answer["set_aside"] == {"segments": 1, "items": 2, "left": 0}
    (aside,) = layout.set_aside(Signal.TRACES).iterdir()
    messages = [message.tobytes() for message, _ in frames(memoryview(aside.read_bytes()))]
    assert messages == [of(7, user_id="other")]
    for path in files_with(layout.data, ID):
        assert path.read_bytes().replace(f"{ID}0".encode(), b"").count(ID.encode()) == 0, path


def test_with_keep_sums_the_numbers_stay_and_nobody_is_named(layout: Layout) -> None:
    answer, left = erased(layout, keep_sums=True)
    assert answer["proved"] is True, answer
    tables = told_of(answer)
    assert (tables["calls"]["after"], tables["calls"]["found"]) == (7, 4)
    assert tables["outcomes"]["after"] == 6
    assert tables["otel_traces"]["after"] == 2
    assert left.replace(f"{ID}0", "").count(ID) == 0

    async def run() -> list[tuple[object, ...]]:
        async with started(layout) as store:
            return (
                await store.query(
                    "SELECT trace_id, span_id, call_id, user_id, session_id, request_model,"
                    " round(cost_usd, 2) FROM calls ORDER BY trace_id LIMIT 4"
                )
            ).rows

    assert asyncio.run(run()) == [("", "", "", "", "", "claude-a", 0.25)] * 4


def test_a_dry_run_tells_the_same_and_changes_nothing(layout: Layout) -> None:
    answer, left = erased(layout, dry_run=True)
    tables = told_of(answer)
    assert (answer["proved"], answer["dry_run"], answer["rows_left"]) == (False, True, 17)
    assert (tables["otel_traces"]["found"], tables["otel_traces"]["after"]) == (5, 7)
    assert answer["set_aside"] == {"segments": 1, "items": 2, "left": 0}
    assert left.replace(f"{ID}0", "").count(ID)
    assert len(list(layout.set_aside(Signal.TRACES).iterdir())) == 2


class Cut(Exception):
    """The database is gone."""


class Crashing:
    """A database that does `whole` changes and then no more."""

    def __init__(self, engine: Engine, whole: int) -> None:
        self._engine, self._left = engine, whole

    def run(self, statement: str) -> None:
        if statement.startswith("ALTER TABLE") and "DELETE" in statement:
            if not self._left:
                raise Cut
            self._left -= 1
        self._engine.run(statement)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        return self._engine.rows(statement)


def test_rows_that_were_deleted_lightly_before_are_off_the_disk_too(engine: Engine, layout: Layout) -> None:
    layout.create()
    bring_up(emptied(engine))
    engine.run("ALTER TABLE calls MODIFY COLUMN user_id String CODEC(NONE)")
    engine.run(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanAttributes) SELECT now64(9), toString(number),"
        f" map('gen_ai.operation.name', 'chat', 'user.id', number < 1 ? '{ID}' : 'other') FROM numbers(5)"
    )
    engine.run(
        "DELETE FROM calls WHERE trace_id = '0' SETTINGS lightweight_delete_mode = 'lightweight_update'"
    )
    engine.run("ALTER TABLE otel_traces DELETE WHERE TraceId = '0'")
    assert files_with(Path.cwd(), ID)
    changed: list[tuple[int, int]] = []

    def changing(begin: int, end: int) -> None:
        changed.append((begin, end))

    work = Work(engine, layout, lambda _: None, threading.Event(), nullcontext, changing)
    assert erase(work, {"ids": [ID]})["proved"] is True
    folder = str(engine.rows("SELECT data_paths[1] FROM system.tables WHERE name = 'calls'")[0][0])
    assert files_with(Path(folder), ID) == []
    assert changed == []
    assert erase(work, {"ids": ["other"]})["proved"] is True
    (calls,) = {end - begin for begin, end in changed}
    assert 1 <= calls <= 2


def test_cut_short_it_is_finished_by_running_it_again(engine: Engine, layout: Layout) -> None:
    layout.create()
    bring_up(emptied(engine))
    engine.run(
        "INSERT INTO otel_traces (Timestamp, TraceId, SpanAttributes)"
        " SELECT now64(9), 't' || toString(number),"
        f" map('gen_ai.operation.name', 'chat', 'user.id', number < 2 ? '{ID}' : 'other') FROM numbers(5)"
    )

    def work(database: object) -> Work:
        return Work(cast("Engine", database), layout, lambda _: None, threading.Event(), nullcontext)

    with pytest.raises(Cut):
        erase(work(Crashing(engine, 1)), {"ids": [ID]})
    answer = erase(work(engine), {"ids": [ID]})
    assert answer["proved"] is True
    assert engine.rows("SELECT DISTINCT user_id FROM calls") == [("other",)]
    assert engine.rows("SELECT count() FROM otel_traces") == [(3,)]
    assert engine.rows("SHOW TABLES LIKE 'erasing%'") == []
    lifetime = engine.rows("SELECT countIf(engine_full LIKE '%old_parts_lifetime%') FROM system.tables")
    assert lifetime == [(0,)]


def test_only_texts_are_taken_for_ids(engine: Engine, layout: Layout) -> None:
    work = Work(engine, layout, lambda _: None, threading.Event(), nullcontext)
    for ids in (None, "abcdef", [7], []):
        with pytest.raises(QueryRefused, match="ids: give"):
            erase(work, {"ids": ids})


class Loading(threading.Event):
    """A store that takes a step of loading whenever somebody waits."""

    def __init__(self, steps: list[Callable[[], object]]) -> None:
        super().__init__()
        self.steps = steps

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - as Event has it
        self.steps.pop(0)()
        return False


def test_the_halves_of_a_segment_are_waited_for_too(engine: Engine, layout: Layout) -> None:
    bring_up(emptied(engine))
    whole = spool(layout, Signal.TRACES, of(1, user_id=ID), of(2, user_id="other"))
    halves = [whole.with_name(f"{whole.stem}{half}{whole.suffix}") for half in "ab"]
    steps = Loading([lambda: halve(whole), *(half.unlink for half in halves)])
    done = erase(Work(engine, layout, lambda _: None, steps, nullcontext), {"ids": [ID]})
    assert done["spool_drained"]
    assert steps.steps == []
