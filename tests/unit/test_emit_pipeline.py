"""The pipeline with an outlet that can be told to fail, and the guard."""

import asyncio
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import get_args

import pytest
from opentelemetry.sdk.metrics.export import MetricsData
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from kansoku.catalog import losses
from kansoku.catalog.instruments import DROPPED, INSTRUMENTS
from kansoku.emit import pipeline as pipelines
from kansoku.emit.cells import Cells
from kansoku.emit.cleaning import Cleaner
from kansoku.emit.content import Content, Told
from kansoku.emit.guard import Guard
from kansoku.emit.identity import Identity
from kansoku.emit.limits import Limits
from kansoku.emit.pipeline import Pipeline
from kansoku.emit.room import Room
from kansoku.emit.telemetry import Telemetry
from kansoku.record.facts import AgentRun, Call, Evaluation, Fact, Place, Surroundings, TaskRun
from kansoku.redact.redactor import FAILED, Redactor


class Outlet:
    """Keeps span ids; refuses, or raises, while told to."""

    def __init__(self) -> None:
        self.goes = True
        self.raises = False
        self.sent: list[int] = []
        self.batches: list[int] = []
        self.waits: dict[str, int] = {}

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        del who
        if self.raises:
            raise RuntimeError("outlet")
        self.batches.append(len(batch))
        if self.goes:
            self.sent += [one.fact.place.span_id for one in batch]
        return self.goes

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        del who, batch
        return self.goes

    def metrics(self, data: MetricsData, /) -> bool:
        del data
        return self.goes

    def resend(self, *, urgent: bool) -> bool:
        del urgent
        return True

    def waiting(self) -> Mapping[str, int]:
        return self.waits

    def arrived(self) -> int:
        return len(self.batches)

    def refusals(self) -> int:
        return 0

    def retire(self) -> None:
        pass

    def close(self) -> None:
        pass


def call(number: int) -> Fact:
    return Call(
        place=Place(1, number + 1),
        started_unix_ns=1,
        duration_s=1,
        operation="chat",
        provider="anthropic",
        request_model="m",
        outcome="ok",
    )


def built(
    outlet: Outlet,
    limits: Limits | None = None,
    room: Room | None = None,
    before: Pipeline | None = None,
) -> tuple[Pipeline, Cells, Guard]:
    cells, guard = Cells(INSTRUMENTS), Guard()
    identity = Identity("t", Resource({}), InstrumentationScope("t"))
    cleaner = Cleaner(Redactor())
    pipeline = Pipeline(
        identity=identity,
        outlet=outlet,
        cells=cells,
        cleaner=cleaner,
        guard=guard,
        limits=limits,
        room=room,
        before=before,
    )
    return pipeline, cells, guard


def test_everything_goes_in_batches_and_in_order() -> None:
    outlet = Outlet()
    pipeline, _, guard = built(outlet)
    for number in range(1_200):
        pipeline.put(lambda number=number: call(number))
    assert pipeline.close(5)
    assert outlet.sent == list(range(1, 1_201))
    assert max(outlet.batches) == pipelines.BATCH
    assert guard.faults == {}


def test_one_that_left_is_over_only_when_its_metrics_were_told_once_more() -> None:
    outlet = Outlet()
    outlet.goes = False
    pipeline, _, _ = built(outlet)
    pipeline.leave(0, Cells(INSTRUMENTS))
    assert not pipeline.flush(5)
    assert not pipeline.is_over
    outlet.goes = True
    assert pipeline.flush(5) or pipeline.is_over
    assert pipeline.close(5)


class Slow(Outlet):
    """Takes its time for each batch, or for ever."""

    def __init__(self, batch_s: float | None) -> None:
        super().__init__()
        self.batch_s = batch_s

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        threading.Event().wait(self.batch_s)
        return super().spans(who, batch)


def test_the_end_of_a_process_waits_for_as_long_as_requests_arrive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "EXIT_S", 1.5)
    monkeypatch.setattr(pipelines, "EXIT_MOST_S", 60)
    outlet = Slow(0.3)
    pipeline, cells, _ = built(outlet, Limits(batch=1))
    for number in range(8):
        pipeline.put(lambda number=number: call(number))
    pipeline.finish()
    assert outlet.sent == list(range(1, 9))
    assert cells.value(DROPPED, "spans", "closed unsent") == 0


def test_the_end_of_a_process_does_not_wait_for_an_endpoint_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pipelines, "EXIT_S", 0.2)
    monkeypatch.setattr(pipelines, "EXIT_MOST_S", 3600)
    pipeline, cells, _ = built(Slow(None))
    pipeline.put(lambda: call(0))
    pipeline.finish()
    assert cells.value(DROPPED, "spans", "closed unsent") == 1


def test_flush_says_when_it_did_not_go_and_the_loss_is_counted() -> None:
    outlet = Outlet()
    pipeline, cells, _ = built(outlet)
    outlet.goes = False
    pipeline.put(lambda: call(0))
    assert pipeline.flush(5) is False
    assert cells.value(DROPPED, "spans", "endpoint unreachable") == 1
    outlet.goes = True
    pipeline.put(lambda: call(1))
    assert pipeline.flush(5) is True
    assert outlet.sent == [2]
    pipeline.close(5)


def test_a_closed_pipeline_does_not_wait() -> None:
    pipeline, _, _ = built(Outlet())
    assert pipeline.close(5)
    began = time.monotonic()
    assert pipeline.flush(60) is False
    assert pipeline.close(60) is False
    assert time.monotonic() - began < 30


def test_what_is_put_into_a_closed_pipeline_goes_out_by_the_one_that_takes_its_place() -> None:
    first, second = Outlet(), Outlet()
    closed, _, _ = built(first)
    closed.put(lambda: call(0))
    assert closed.close(5)
    closed.put(lambda: call(1))
    pipeline, _, _ = built(second, before=closed)
    closed.put(lambda: call(2))
    closed.refresh()
    assert pipeline.close(5)
    assert (first.sent, second.sent) == ([1], [2, 3])


def test_an_outlet_that_raises_is_a_fault_of_ours_and_the_sender_goes_on_without_that_batch() -> None:
    outlet = Outlet()
    pipeline, cells, guard = built(outlet)
    outlet.raises = True
    pipeline.put(lambda: call(0))
    assert pipeline.flush(5) is False
    assert guard.faults == {"sender": 1}
    assert cells.value(DROPPED, "spans", "outlet failed") == 1
    outlet.raises = False
    pipeline.put(lambda: call(1))
    assert pipeline.flush(5) is True
    assert outlet.sent == [2]
    pipeline.close(5)


def test_a_full_buffer_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipelines, "BUFFER_LIMIT", 3)
    monkeypatch.setattr(pipelines, "SEND_EVERY_S", 3_600.0)
    outlet = Outlet()
    pipeline, cells, _ = built(outlet)
    for number in range(5):
        pipeline.put(lambda number=number: call(number))
    pipeline.refresh()
    assert cells.value(DROPPED, "spans", "buffer full") == 2
    assert pipeline.close(5)
    assert outlet.sent == [1, 2, 3]


def test_cleaning_reaches_every_text_of_a_fact() -> None:
    planted = "taro@example.com"
    dirty = TaskRun(
        place=Place(1, 2),
        started_unix_ns=1,
        duration_s=1,
        name=planted,
        label="failed",
        comment=planted * 20,
        attributes=(("a", [planted]), ("password", "x")),
        around=Surroundings(*[planted] * 5),
    )
    clean = Cleaner(Redactor()).clean(dirty)
    assert planted not in str(clean)
    assert isinstance(clean, TaskRun)
    assert clean.around == Surroundings(*["<EMAIL>"] * 5)
    assert clean.attributes == (("a", ["<EMAIL>"]), ("password", "<SECRET>"))
    assert clean.label == "failed"
    same = call(1)
    assert Cleaner(Redactor()).clean(same) is same


@pytest.mark.parametrize("kind", get_args(Fact), ids=lambda kind: kind.__name__)
def test_cleaning_leaves_out_no_field_that_may_hold_text(kind: type[Fact]) -> None:
    planted = "taro@example.com"
    own = ("operation", "provider", "outcome", "route", "" if kind is Evaluation else "label")
    texts = {each.name: planted for each in fields(kind) if each.type is str and each.name not in own}
    rest = {each.name: _SAMPLES[each.name] for each in fields(kind) if each.name in _SAMPLES}
    dirty = kind(**{**rest, **texts})  # pyright: ignore[reportArgumentType]
    clean = Cleaner(Redactor()).clean(dirty)
    assert planted in str(dirty)
    assert planted not in str(clean)


_SAMPLES: dict[str, object] = {
    "place": Place(1, 2),
    "started_unix_ns": 1,
    "duration_s": 1.0,
    "operation": "chat",
    "provider": "anthropic",
    "outcome": "ok",
    "label": "up",
    "tool_names": ("taro@example.com",),
    "around": Surroundings(*["taro@example.com"] * 5),
}


def test_an_agents_error_is_cut_after_redaction_so_that_no_half_of_a_secret_is_left() -> None:
    run = AgentRun(
        place=Place(1, 2),
        started_unix_ns=1,
        duration_s=1,
        agent="a",
        outcome="error",
        error_message="." * 490 + " taro@example.com " + "." * 90,
    )
    clean = Cleaner(Redactor()).clean(run)
    assert isinstance(clean, AgentRun)
    assert clean.error_message == "." * 490 + " <EMAIL> ."


def test_a_fault_in_redaction_changes_no_label_of_kansokus_own() -> None:
    def broken(_text: str) -> list[tuple[int, int, str]]:
        raise RuntimeError

    task = TaskRun(place=Place(1, 2), started_unix_ns=1, duration_s=1, name="t", label="failed", comment="c")
    clean = Cleaner(Redactor(recognizers=[broken])).clean(task)
    assert isinstance(clean, TaskRun)
    assert (clean.name, clean.label, clean.comment) == (FAILED, "failed", FAILED)


def test_the_guard_logs_a_place_once_and_lets_interrupts_pass(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="kansoku")
    guard = Guard()
    places: tuple[losses.Place, ...] = ("begin", "begin", "end")
    for where in places:
        with guard.kept(where):
            raise ValueError
    assert guard.faults == {"begin": 2, "end": 1}
    assert [each.levelname for each in caplog.records] == ["WARNING", "DEBUG", "WARNING"]
    with pytest.raises(asyncio.CancelledError), guard.kept("begin"):
        raise asyncio.CancelledError
    assert guard.faults["begin"] == 2


class Blocked(logging.Handler):
    """A handler whose write blocks, as one to a full pipe does, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.go = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        del record
        self.reached.set()
        self.go.wait(30)


def test_a_handler_that_blocks_holds_up_neither_flush_nor_scrape_nor_close() -> None:
    pipeline, _, _ = built(Outlet())
    handler = Blocked()
    pipelines.lines.addHandler(handler)
    level = pipelines.lines.level
    pipelines.lines.setLevel(logging.INFO)
    try:
        pipeline.put(lambda: call(1))
        assert handler.reached.wait(10)
        began = time.monotonic()
        assert not pipeline.flush(0.1)
        assert not pipeline.refresh(0.1)
        assert not pipeline.close(0.1)
        assert time.monotonic() - began < 5
    finally:
        handler.go.set()
        pipelines.lines.removeHandler(handler)
        pipelines.lines.setLevel(level)


class Silent(Outlet):
    """An endpoint that takes a connection and never answers, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.go = threading.Event()

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        self.go.wait(30)
        return super().logs(who, batch)


def test_close_takes_no_longer_than_it_was_given_whatever_it_waits_for() -> None:
    outlet = Silent()
    pipeline, _, _ = built(outlet)
    pipeline.put(lambda: call(1))
    began = time.monotonic()
    assert not pipeline.close(1.0)
    took = time.monotonic() - began
    outlet.go.set()
    assert took < 1.9


def test_what_is_done_in_turn_comes_after_the_facts_before_it_and_before_those_after_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pipeline, _, guard = built(Outlet())
    told: list[str] = []
    with caplog.at_level(logging.INFO, pipelines.lines.name):
        for number in range(3):
            pipeline.put(lambda number=number: call(number))
        pipeline.put_turn(lambda: told.extend(record.getMessage() for record in caplog.records))
        pipeline.put(lambda: call(3))
        pipeline.refresh()
        assert len(told) == 3
        assert len(caplog.records) == 4
    assert guard.faults == {}
    pipeline.close(5)


def test_a_fact_that_cannot_be_made_is_counted_and_costs_no_other() -> None:
    outlet = Outlet()
    pipeline, _, guard = built(outlet)

    def broken() -> Fact:
        raise ValueError("no fact")

    def failing() -> None:
        raise ValueError("nothing done")

    for number in range(pipelines.TOGETHER + 10):
        pipeline.put(broken if number % 10 == 0 else lambda number=number: call(number))
    pipeline.put_turn(failing)
    pipeline.put(lambda: None)
    assert pipeline.close(5)
    assert outlet.sent == [number + 1 for number in range(pipelines.TOGETHER + 10) if number % 10]
    assert guard.faults == {"worker": 9}


def test_what_was_said_in_a_call_counts_as_held_before_the_next_is_read() -> None:
    room = Room()
    pipeline, _, guard = built(Outlet(), Limits(send_every_s=3_600), room)
    held: list[int] = []

    def said() -> Told:
        held.append(room.taken)
        fact = call(len(held))
        assert isinstance(fact, Call)
        return Told(fact, Content({"said": "x"}, 10))

    for _ in range(3):
        pipeline.put(said)
    pipeline.refresh()
    assert held == [0, 10, 20]
    assert pipeline.close(5)
    assert room.taken == 0
    assert guard.faults == {}
