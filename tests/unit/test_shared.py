"""Rows that nodes have in common, over a ledger in memory: when a node may take them up."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from kansoku.store.ledger import Entry
from kansoku.store.shared import BEGUN, NotShared, Shared
from tests.ledgers import MemoryLedger

if TYPE_CHECKING:
    from collections.abc import Iterator


def row(name: str, told: str) -> Entry:
    return Entry("alarms", f'["{name}"]', f'{{"name":"{name}","told":"{told}"}}')


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(":memory:", isolation_level=None)
    opened.execute("CREATE TABLE alarms (name TEXT PRIMARY KEY, told TEXT)")
    yield opened
    opened.close()


def held(database: sqlite3.Connection) -> list[tuple[str, str]]:
    return database.execute("SELECT name, told FROM alarms ORDER BY name").fetchall()


def test_a_term_is_taken_up_only_once_its_first_row_stands(database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO alarms VALUES ('Slow', 'long ago')")
    ledger = MemoryLedger(leading=3)
    shared = Shared(database, {"alarms": ("name",)}, ledger)
    ledger.write(2, 2, [row("ApiOutage", "firing")])  # the term's second writing is here before its first
    with pytest.raises(NotShared, match="another node begins to lead"):
        shared.take()
    assert not shared.leads()
    assert held(database) == [("Slow", "long ago")]
    assert ledger.newest() == 2  # nothing of a part was made the whole
    ledger.write(2, 1, [BEGUN, row("ApiOutage", "pending"), row("Slow", "firing")])
    assert shared.take()
    assert shared.leads()
    assert held(database) == [("ApiOutage", "firing"), ("Slow", "firing")]
    assert ledger.written == [(3, 1, (BEGUN, row("ApiOutage", "firing"), row("Slow", "firing")))]
