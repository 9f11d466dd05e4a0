"""A database in the test's own process, for what is not about processes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kansoku.store.engine import Engine
from tests.conformance.stores import RunningFront, running_front

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The one database that this process can have open, of one module's tests."""
    folder, before = tmp_path_factory.mktemp("database"), Path.cwd()
    os.chdir(folder)
    made = Engine(folder)
    yield made
    made.close()
    os.chdir(before)


def emptied(engine: Engine) -> Engine:
    """The engine without any table."""
    for (name,) in engine.rows("SHOW TABLES"):
        engine.run(f"DROP TABLE IF EXISTS {name} SYNC")
    return engine


@pytest.fixture(scope="session")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningFront]:
    """One ClickHouse behind HTTP for all tests, each in a database of its own."""
    with running_front(tmp_path_factory.mktemp("front")) as started:
        yield started
