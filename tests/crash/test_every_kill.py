"""The server is killed with -9 under load; every acknowledged item is stored once.

    ./dev crash --kills 200

runs it longer than the test suite does, through every step.
"""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from tests.crash.run import Kill, kills, run
from tests.crash.steps import STEPS, Step

if TYPE_CHECKING:
    from pathlib import Path


def test_what_was_acknowledged_is_stored_once_though_server_and_store_are_killed(tmp_path: Path) -> None:
    planned = [
        Kill("server", named("after fsync, before the answer")),
        Kill("store", named("in INSERT of spans and their views")),
        Kill("server", None),
    ]
    counts = asyncio.run(run(tmp_path, planned, seed=7, tell=lambda _: None))
    assert min(counts.values()) > 0


def test_each_step_is_died_at_once_before_any_is_again() -> None:
    planned = kills(len(STEPS) * 4 // 3 + 1, random.Random(1))
    assert [kill.step.name for kill in planned if kill.step is not None].count("in append") == 1
    assert {kill.step for kill in planned} == {*STEPS, None}


def named(name: str) -> Step:
    (found,) = (step for step in STEPS if step.name == name)
    return found
