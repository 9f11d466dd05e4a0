"""Lanes: who runs, who waits, who is turned away, and that waiting counts against a question's time."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import TYPE_CHECKING

import pytest

from kansoku.errors import QueryTimeout, StoreUnavailable
from kansoku.store.lanes import Lane, Lanes, Turn
from kansoku.store.port import QueryLimits
from kansoku.store.process import Questions

if TYPE_CHECKING:
    from collections.abc import Callable

NARROW = Lane("narrow", slots=1, waiting=1)
OTHER = Lane("other", slots=1, waiting=0)
LIMITS = QueryLimits(seconds=10.0)


class Blocking:
    """A question that holds its slot until it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = threading.Event(), threading.Event()

    def __call__(self, _: Turn) -> None:
        self.begun.set()
        self.let_go.wait(30)


def fills(lanes: Lanes, lane: Lane) -> Blocking:
    held = Blocking()
    lanes.submit(lane, LIMITS, held)
    assert held.begun.wait(30)
    return held


def told(done: list[object]) -> Callable[[Turn], None]:
    def run(turn: Turn) -> None:
        try:
            done.append(turn.left())
        except (QueryTimeout, StoreUnavailable) as error:
            done.append(error)

    return run


def test_a_full_lane_holds_up_its_own_questions_and_no_others() -> None:
    lanes, done = Lanes(NARROW, OTHER, clock=lambda: 0.0), list[object]()
    held = fills(lanes, NARROW)
    ran = threading.Event()
    lanes.submit(NARROW, LIMITS, told(done))
    lanes.submit(OTHER, LIMITS, lambda _: ran.set())
    assert ran.wait(30)
    assert done == []
    held.let_go.set()
    lanes.close()
    assert done == [LIMITS]


def test_one_more_than_may_wait_is_told_so_at_once_and_later_ones_come_in_again() -> None:
    lanes, done = Lanes(NARROW, clock=lambda: 0.0), list[object]()
    held = fills(lanes, NARROW)
    first = threading.Event()
    lanes.submit(NARROW, LIMITS, lambda _: first.set())
    lanes.submit(NARROW, LIMITS, told(done))
    assert isinstance(done[0], StoreUnavailable)
    held.let_go.set()
    assert first.wait(30)
    again = fills(lanes, NARROW)
    again.let_go.set()
    lanes.close()


@pytest.mark.parametrize(("waited", "left"), [(0.0, 10.0), (4.0, 6.0)])
def test_the_wait_for_a_turn_is_taken_from_the_time_allowed(waited: float, left: float) -> None:
    assert Turn(LIMITS, since=100.0, clock=lambda: 100.0 + waited).left().seconds == left


def test_a_question_that_waited_all_its_time_is_not_run() -> None:
    with pytest.raises(QueryTimeout, match=r"10\.0 s"):
        Turn(LIMITS, since=100.0, clock=lambda: 110.0).left()


def test_what_waits_can_be_taken_out_once_and_leaves_its_place() -> None:
    lanes, done = Lanes(NARROW, clock=lambda: 0.0), list[object]()
    held = fills(lanes, NARROW)
    take_out = lanes.submit(NARROW, LIMITS, told(done))
    crowded = lanes.submit(NARROW, LIMITS, told([]))
    assert [take_out(), take_out(), crowded()] == [True, False, False]
    ran = threading.Event()
    lanes.submit(NARROW, LIMITS, lambda turn: ran.set() if not turn.crowded else None)
    last = lanes.submit(NARROW, LIMITS, told(done))
    held.let_go.set()
    assert ran.wait(30)
    lanes.close()
    assert len(done) == 1, "the one place was free again, and one alone"
    assert isinstance(done[0], StoreUnavailable)
    assert not last()


def test_what_is_taken_out_is_held_by_nothing_while_the_slot_is_busy() -> None:
    lanes = Lanes(NARROW, clock=lambda: 0.0)
    held = fills(lanes, NARROW)
    asked = Blocking()
    gone = weakref.ref(asked)
    take_out = lanes.submit(NARROW, LIMITS, asked)
    assert take_out()
    del asked, take_out
    gc.collect()
    assert gone() is None
    held.let_go.set()
    lanes.close()


def test_a_question_that_fails_leaves_its_slot_to_the_next() -> None:
    lanes, done = Lanes(NARROW, clock=lambda: 0.0), list[object]()
    told_to_fail = threading.Event()

    def fails(_: Turn) -> None:
        told_to_fail.wait(30)
        raise ValueError

    lanes.submit(NARROW, LIMITS, fails)
    lanes.submit(NARROW, LIMITS, told(done))
    told_to_fail.set()
    lanes.close()
    assert done == [LIMITS]


def test_what_has_begun_is_not_taken_out() -> None:
    lanes = Lanes(NARROW, clock=lambda: 0.0)
    begun, go = threading.Event(), threading.Event()

    def run(_: Turn) -> None:
        begun.set()
        go.wait(30)

    take_out = lanes.submit(NARROW, LIMITS, run)
    assert begun.wait(30)
    assert not take_out()
    go.set()
    lanes.close()
    assert not take_out()


def test_a_question_is_ended_only_if_it_has_begun() -> None:
    questions = Questions()
    assert not questions.cancel(1), "it never came"
    questions.open(1)
    questions.wait(1, lambda: True)
    assert not questions.cancel(1)
    assert not questions.is_unwanted(1), "it is taken out and gone"
    questions.open(2)
    questions.wait(2, lambda: False)
    assert questions.cancel(2)
    assert questions.is_unwanted(2)
    questions.close(2)
    assert not questions.is_unwanted(2)
    questions.wait(2, lambda: True)
    assert not questions.cancel(2), "it ended before it was known how to take it out"
