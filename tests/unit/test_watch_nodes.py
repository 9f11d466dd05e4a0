"""Nodes that share a store know how each of them stands, as of lately."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import STORE_BEHIND_S
from kansoku.errors import StoreUnavailable
from kansoku.store.segments import Lag
from kansoku.watch.nodes import FRESH_S, MISSED_S, Nodes, Standing
from kansoku.watch.own import OwnFindings
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch
from tests.ledgers import MemoryLedger
from tests.unit.test_watch import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kansoku.judge.alarm import Finding
    from kansoku.store.ledger import Entry, Page

NOW = 1_790_000_000.0
GOOD, BAD = Standing(Lag(0, 0.0)), Standing(Lag(7, 300.0, 2), "kansoku.toml, line 3: target is missing")


class Away(MemoryLedger):
    """A store that does not answer while it is away."""

    away = False

    def read(self, *, term: int = 0, after: int = 0, settled: bool = False) -> Page:
        self._ask()
        return super().read(term=term, after=after, settled=settled)

    def write(self, term: int, number: int, entries: Sequence[Entry]) -> None:
        self._ask()
        super().write(term, number, entries)

    def _ask(self) -> None:
        if self.away:
            raise StoreUnavailable("it restarts")


def test_a_node_that_is_alone_has_no_name_and_tells_nobody() -> None:
    nodes = Nodes("here")
    nodes.tell(BAD, NOW)
    assert nodes.standings(BAD, NOW) == {"": BAD}


def test_each_node_knows_of_the_others_and_itself_at_once() -> None:
    ledger = MemoryLedger()
    one, other = Nodes("one", ledger), Nodes("other", ledger)
    other.tell(BAD, NOW)
    one.tell(GOOD, NOW + 1)
    assert one.standings(GOOD, NOW + 1) == {"one": GOOD, "other": BAD}
    other.tell(GOOD, NOW + 15)
    assert one.standings(BAD, NOW + 15) == {"one": BAD, "other": GOOD}


def test_what_was_told_long_ago_says_nothing_of_now() -> None:
    ledger = MemoryLedger()
    one, other = Nodes("one", ledger), Nodes("other", ledger)
    other.tell(BAD, NOW)
    assert "other" in one.standings(GOOD, NOW + FRESH_S)
    assert "other" not in one.standings(GOOD, NOW + FRESH_S + 1)
    assert "other" not in one.standings(GOOD, NOW - FRESH_S - 1), "a clock that is far ahead"


def test_a_node_that_fell_silent_is_missed_for_a_day() -> None:
    ledger = MemoryLedger()
    one, other = Nodes("one", ledger), Nodes("other", ledger)
    one.tell(GOOD, NOW)
    other.tell(BAD, NOW)
    missed: dict[float, dict[str, Standing]] = {}
    for after in (FRESH_S, FRESH_S + 1, MISSED_S, MISSED_S + 1):
        one.standings(GOOD, NOW + after)
        missed[after] = dict(one.missed(NOW + after))
    assert missed == {FRESH_S: {}, FRESH_S + 1: {"other": BAD}, MISSED_S: {"other": BAD}, MISSED_S + 1: {}}
    other.tell(GOOD, NOW + MISSED_S)
    one.standings(GOOD, NOW + MISSED_S)
    assert one.missed(NOW + MISSED_S) == {}, "it runs again"


def test_a_node_that_took_its_leave_is_not_missed(caplog: pytest.LogCaptureFixture) -> None:
    ledger = Away()
    one, other, third = (Nodes(name, ledger) for name in ("one", "other", "third"))
    other.tell(BAD, NOW)
    third.tell(BAD, NOW)
    other.leave(NOW + 1)
    ledger.away = True
    third.leave(NOW + 1)
    assert "it restarts" in caplog.text
    ledger.away = False
    one.standings(GOOD, NOW + 1)
    assert one.missed(NOW + FRESH_S + 1) == {"third": BAD}, "of it nobody was told"
    Nodes("alone").leave(NOW)
    never = MemoryLedger()
    Nodes("never told", never).leave(NOW)
    assert never.written == []


def test_a_node_that_is_missed_fires_with_its_name_and_what_it_had_not_stored() -> None:
    ledger = MemoryLedger()
    Nodes("other", ledger).tell(BAD, NOW - FRESH_S - 1)
    Nodes("idle", ledger).tell(GOOD, NOW - FRESH_S - 1)
    own = OwnFindings(lambda _: GOOD.lag, lambda _: 0, Nodes("one", ledger))
    own.look(NOW)
    found = own.findings((), (), NOW)
    assert held(found["NodeMissed"]) == [({"node": "idle"}, 0), ({"node": "other"}, 7)]
    assert held(found["StoreBehind"]) == []
    own.leave(NOW)
    assert Nodes("other", ledger).standings(GOOD, NOW) == {"other": GOOD}


def test_what_is_as_before_is_told_once_a_minute() -> None:
    ledger = MemoryLedger()
    nodes = Nodes("one", ledger)
    for after in range(0, 121, 15):
        nodes.tell(GOOD, NOW + after)
    assert [number for _, number, _ in ledger.written] == [(NOW + after) * 1e3 for after in (0, 60, 120)]
    nodes.tell(BAD, NOW + 121)
    nodes.tell(BAD, NOW + 100)  # the clock was set back
    assert len(ledger.written) == 5


def test_a_store_that_is_away_leaves_what_was_known_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = Away()
    one, other = Nodes("one", ledger), Nodes("other", ledger)
    other.tell(BAD, NOW)
    one.standings(GOOD, NOW)
    ledger.away = True
    with caplog.at_level(logging.WARNING):
        for after in (15, 30):
            one.tell(GOOD, NOW + after)
            assert one.standings(GOOD, NOW + after) == {"one": GOOD, "other": BAD}
    assert [record.getMessage() for record in caplog.records] == [
        "nodes cannot tell one another how they stand: it restarts"
    ]
    ledger.away = False
    one.tell(GOOD, NOW + 45)
    assert other.standings(GOOD, NOW + 45)["one"] == GOOD, "told as soon as it answers"


def test_what_a_node_has_not_stored_or_read_fires_with_its_name() -> None:
    ledger = MemoryLedger()
    Nodes("other", ledger).tell(Standing(Lag(7, STORE_BEHIND_S + 1.0, 2), "line 3"), NOW)
    own = OwnFindings(lambda _: Lag(1, float(STORE_BEHIND_S), 1), lambda _: 0, Nodes("one", ledger))
    own.look(NOW)
    found = own.findings((), (), NOW)
    assert held(found["StoreBehind"]) == [({"node": "other"}, 7)]
    assert held(found["DataSetAside"]) == [({"node": "one"}, 1), ({"node": "other"}, 2)]
    assert held(found["SettingsRefused"]) == [({"node": "other"}, None)]
    assert own.late


def test_the_alarms_of_a_node_that_is_alone_have_no_label() -> None:
    own = OwnFindings(lambda _: Lag(4, STORE_BEHIND_S + 1.0, 3), lambda _: 0, Nodes())
    own.refused = "line 3"
    own.look(NOW)
    found = own.findings((), (), NOW)
    names = ("StoreBehind", "DataSetAside", "SettingsRefused")
    assert [held(found[name]) for name in names] == [[({}, 4)], [({}, 3)], [({}, None)]]


def test_a_node_that_does_not_evaluate_tells_how_it_stands(tmp_path: Path) -> None:
    ledger = MemoryLedger()
    state = WatchState.open(tmp_path / "watch.sqlite3")
    nodes = Nodes("other", ledger)
    watch = Watch(MemoryStore(), state, (), leads=lambda: False, lag=lambda _: BAD.lag, nodes=nodes)
    watch.keep(BAD.refused)
    asyncio.run(watch.evaluate(NOW))
    state.close()
    assert Nodes("one", ledger).standings(GOOD, NOW)["other"] == BAD


def held(finding: Finding) -> list[tuple[dict[str, str], float | None]]:
    return [(dict(one.labels), one.value) for one in finding.holdings]
