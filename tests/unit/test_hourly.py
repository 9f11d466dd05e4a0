"""What is done by the clock is not done by a clock that has jumped."""

import asyncio
import time

import pytest

from kansoku.errors import StoreUnavailable
from kansoku.store.upkeep.hourly import Hourly


class Ended(Exception):
    """The test has seen enough."""


class Clocks:
    """Clocks that move as told, and the pauses that were asked for."""

    def __init__(self, *, jumps: dict[int, float], turns: int) -> None:
        self.wall_s, self.steady_s = 1_000_000.0, 50.0
        self.pauses: list[float] = []
        self._jumps, self._turns = jumps, turns

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        if len(self.pauses) > self._turns:
            raise Ended
        self.steady_s += seconds
        self.wall_s += seconds + self._jumps.get(len(self.pauses), 0.0)


def acted(clocks: Clocks, fault: Exception | None = None) -> list[int]:
    """The turns at which it was done."""
    turns: list[int] = []

    async def act() -> None:
        turns.append(len(clocks.pauses))
        if fault is not None:
            raise fault

    hourly = Hourly("it", act, wall=lambda: clocks.wall_s, steady=lambda: clocks.steady_s, sleep=clocks.sleep)
    with pytest.raises(Ended):
        asyncio.run(hourly.run())
    return turns


def test_it_is_done_soon_after_the_start_and_then_every_hour() -> None:
    clocks = Clocks(jumps={}, turns=3)
    assert acted(clocks) == [1, 2, 3]
    assert clocks.pauses == [60, 3600, 3600, 3600]


def test_it_is_not_done_while_the_clock_is_wrong(caplog: pytest.LogCaptureFixture) -> None:
    year = 365.0 * 86_400
    assert acted(Clocks(jumps={2: year, 4: -year}, turns=5)) == [1, 4, 5]
    assert "the clock has jumped by 31536000 s" in caplog.text
    assert acted(Clocks(jumps={1: -1000.0}, turns=2)) == []
    assert acted(Clocks(jumps={1: 60.0}, turns=2)) == [1, 2]


def test_a_failure_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    assert acted(Clocks(jumps={}, turns=2), StoreUnavailable("gone")) == [1, 2]
    assert "it: gone; next try in an hour" in caplog.text


def test_of_several_nodes_it_is_done_by_the_one_that_leads_at_the_time() -> None:
    clocks = Clocks(jumps={}, turns=4)
    turns: list[int] = []

    async def act() -> None:
        turns.append(len(clocks.pauses))

    def leads() -> bool:
        return len(clocks.pauses) in (2, 3)

    one = Hourly(
        "it", act, leads=leads, wall=lambda: clocks.wall_s, steady=lambda: clocks.steady_s, sleep=clocks.sleep
    )
    with pytest.raises(Ended):
        asyncio.run(one.run())
    assert turns == [2, 3]
    assert clocks.pauses == [60, 3600, 3600, 3600, 3600]


def test_the_time_that_the_machine_slept_is_no_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    slept = 0.0

    async def sleep(_seconds: float) -> None:
        nonlocal slept
        if slept:
            raise Ended
        slept = 7200.0

    def since_boot(_clock: int) -> float:
        return 50.0 + slept

    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 7, raising=False)
    monkeypatch.setattr(time, "clock_gettime", since_boot)
    turns: list[float] = []

    async def act() -> None:
        turns.append(slept)

    with pytest.raises(Ended):
        asyncio.run(Hourly("it", act, wall=lambda: 1_000_000.0 + slept, sleep=sleep).run())
    assert turns == [7200.0]
