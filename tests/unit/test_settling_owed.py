"""A settling that failed is owed, and made good, by the next process too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kansoku.errors import QueryRefused, StoreError, StoreUnavailable
from kansoku.store.upkeep.owed import Owed

if TYPE_CHECKING:
    from pathlib import Path


class Passes:
    """Passes that fail while there is a fault."""

    def __init__(self) -> None:
        self.fault: StoreError | None = None
        self.made: list[int] = []

    def settle(self, since: int) -> None:
        if self.fault is not None:
            raise self.fault
        self.made.append(since)


def test_what_failed_is_made_good_from_the_earliest_on_and_then_forgotten(tmp_path: Path) -> None:
    passes = Passes()
    owed = Owed(passes.settle, tmp_path / "owed")
    owed.settle(10)
    owed.make_good()
    assert passes.made == [10]
    passes.fault = QueryRefused("too much memory")
    owed.settle(20)
    owed.settle(15)
    owed.settle(30)
    owed.make_good()
    passes.fault = None
    owed.settle(40)
    assert passes.made == [10, 40]
    owed.make_good()
    owed.make_good()
    assert passes.made == [10, 40, 15]
    assert list(tmp_path.iterdir()) == []


def test_it_is_owed_after_a_restart_whatever_the_file_says(tmp_path: Path) -> None:
    passes, file = Passes(), tmp_path / "owed"
    passes.fault = QueryRefused("too much memory")
    Owed(passes.settle, file).settle(20)
    passes.fault = None
    Owed(passes.settle, file).make_good()
    file.write_text("")  # a power cut came between
    Owed(passes.settle, file).make_good()
    Owed(passes.settle, file).make_good()
    assert passes.made == [20, 0]


def test_a_store_that_is_away_is_told_to_who_loads(tmp_path: Path) -> None:
    passes = Passes()
    passes.fault = StoreUnavailable("it ended")
    owed = Owed(passes.settle, tmp_path / "owed")
    with pytest.raises(StoreUnavailable):
        owed.settle(20)
    owed.make_good()
    assert list(tmp_path.iterdir()) == []
