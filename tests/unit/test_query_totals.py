"""Statements of totals: how much of a long window is read apart at a time."""

import pytest

from kansoku.catalog.alerts import Signal
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import ALWAYS, Count
from kansoku.query.memory import GRAIN_S, Memory
from kansoku.query.totals import grouped, totals

NOW = 1_790_000_000 // GRAIN_S * GRAIN_S
DAYS = 30
SIGNAL = Signal(Count(CALLS, ALWAYS), DAYS * 86_400)
WINDOW = (NOW - DAYS * 86_400, NOW)


def looked() -> Memory:
    memory = Memory()
    memory.heed([], NOW + 3_600)
    return memory


@pytest.mark.parametrize(("by", "most"), [(None, DAYS * 96), ("feature", 40)])
def test_of_an_alert_that_is_split_few_stretches_are_read_apart_at_a_time(by: str | None, most: int) -> None:
    memory, groups = looked(), grouped(CALLS, by, ())
    asked = totals(groups, {SIGNAL: WINDOW}, memory)
    assert 0 < len(asked.whole) <= most
    assert str(asked.statement.parameters["edges"]).count(",") <= most + 1


def test_all_of_a_long_window_is_remembered_in_the_end_and_nothing_that_was_read_in_one() -> None:
    memory, groups = looked(), grouped(CALLS, "feature", ())
    asked = totals(groups, {SIGNAL: WINDOW}, memory)
    for _ in range(DAYS * 96 // 32):
        # A stretch that is not read apart lies in a longer one that begins where the window does.
        rows = [(at, "chat", 1) for at in asked.whole if at not in asked.known] + [(WINDOW[0] + 1, "chat", 5)]
        memory.keep(asked.key, asked.found(rows), asked.whole)
        asked = totals(groups, {SIGNAL: WINDOW}, memory)
    known = memory.known(asked.key)
    assert len(known) == DAYS * 96
    assert all(rows == [(at, "chat", 1)] for at, rows in known.items())
