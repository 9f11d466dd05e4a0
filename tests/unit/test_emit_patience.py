"""Patience by a clock of the test's."""

import threading

from kansoku.emit.patience import Patience


class Clock:
    """Seconds and steps, as the test tells."""

    def __init__(self) -> None:
        self.now = 100.0
        self.steps = 0
        self.refusals = 0

    def patience(self, still_s: float, most_s: float | None = None) -> Patience:
        return Patience(still_s, most_s, lambda: self.steps, lambda: self.refusals, clock=lambda: self.now)


def test_without_progress_it_ends_after_the_time() -> None:
    clock = Clock()
    patience = clock.patience(3, 10)
    clock.now += 2
    assert patience.left_s() == 1
    clock.now += 2
    assert patience.left_s() == 0


def test_each_step_gives_it_the_time_anew_up_to_the_most() -> None:
    clock = Clock()
    patience = clock.patience(3, 10)
    left: list[float] = []
    for _ in range(6):
        clock.now += 2
        clock.steps += 1
        left.append(patience.left_s())
    assert left == [3, 3, 3, 2, 0, 0]


def test_without_a_most_no_step_gives_it_more() -> None:
    clock = Clock()
    patience = clock.patience(3)
    clock.now += 2
    clock.steps += 1
    assert patience.left_s() == 1


def test_nobody_who_listens_twice_in_a_row_ends_it() -> None:
    clock = Clock()
    patience = clock.patience(3, 10)
    clock.refusals = 1
    assert patience.left_s() == 3
    clock.refusals = 2
    assert patience.left_s() == 0


def test_what_was_refused_before_is_tried_once_more() -> None:
    clock = Clock()
    clock.refusals = 40
    patience = clock.patience(3, 10)
    assert patience.left_s() == 3
    clock.refusals = 41
    assert patience.left_s() == 0


def test_an_endpoint_that_is_heard_of_between_two_refusals_has_its_time() -> None:
    clock = Clock()
    clock.refusals = 40
    patience = clock.patience(3, 10)
    for clock.refusals in (0, 1):
        assert patience.left_s() == 3
    clock.refusals = 2
    assert patience.left_s() == 0


def test_what_is_there_is_had_when_no_time_is_left() -> None:
    patience, event, lock = Patience(0), threading.Event(), threading.Lock()
    assert patience.take(lock)
    assert not patience.take(lock)
    assert not patience.see(event)
    event.set()
    assert patience.see(event)
