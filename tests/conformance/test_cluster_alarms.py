"""Nodes that share a store: whoever leads goes on with the alarms and the news of whoever led before.

A node that is killed is one that is asked for nothing any more: it closes nothing, and what it has not yet
told the store is lost with it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import pytest

from kansoku.judge.quiet import Matcher, Wanted
from kansoku.notify.outbox import FILE, Outbox
from kansoku.notify.outcome import Outcome
from kansoku.notify.queue import Queue
from kansoku.store.clickhouse.lease import RENEW_S
from kansoku.store.clickhouse.leases import Holding, Leases
from kansoku.store.clickhouse.ledgers import LEDGERS, ClickHouseLedger
from kansoku.store.clickhouse.server import ClickHouse
from kansoku.store.ledger import Entry
from kansoku.store.segments import Lag
from kansoku.store.shared import NotShared
from kansoku.watch.nodes import FRESH_S, Nodes
from kansoku.watch.state import WatchState
from kansoku.watch.watch import EVERY_S, Watch
from tests.alarms import notice, settings, told
from tests.unit.test_watch import FIRST, NOW, MemoryStore, alert

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from kansoku.catalog.alerts import Alert
    from kansoku.notify.delivery import Delivery
    from kansoku.notify.item import Item
    from kansoku.settings.channels import Channel
    from kansoku.store.clickhouse.address import Address
    from tests.conformance.stores import RunningFront

CHAT = '[[channels]]\nname = "ops"\nkind = "slack"\nurl_env = "URL"\ngroup_wait = "{}"\n'
SECOND = alert("Slow", 300)
KEPT = alert("Kept", 600, for_s=0, keep_firing_for_s=120)


class Killed(BaseException):
    """The node is gone in the middle of what it did."""


@dataclass
class World:
    """What all nodes have before them: traffic, a channel that counts, and one true time."""

    store: MemoryStore = field(default_factory=MemoryStore)
    heard: list[tuple[str, str, str, float]] = field(default_factory=list[tuple[str, str, str, float]])
    at: float = NOW - RENEW_S
    kill_after_sending: bool = False
    down: bool = False

    def send(self, channel: Channel, items: Sequence[Item], now: float | None = None) -> Outcome:
        """The channel: hears the alarm's name, its state, its fingerprint, and since when."""
        del channel, now
        if self.down:
            return Outcome("later", "HTTP 503", 503)
        self.heard += [(one.name, one.state, one.fingerprint, one.at - NOW) for one in items]
        if self.kill_after_sending:
            raise Killed
        return Outcome("sent", "ok", 200)

    @property
    def news(self) -> list[tuple[str, str, float]]:
        return [(name, state, at) for name, state, _, at in self.heard]


class Node:
    """One node as `kansoku up` puts it together, but for threads and a clock that runs."""

    def __init__(
        self, world: World, address: Address, folder: Path, ends: ExitStack, *, group_wait: str = "0s"
    ) -> None:
        folder.mkdir(exist_ok=True)
        self.world, self.stopped_at = world, None
        self.server = ClickHouse(address)
        ends.callback(self.server.close)
        self.test = folder.parent.name
        self.holding = Holding(Leases(self.server), self.test, self.clock)
        outbox = Outbox(folder / FILE, self.ledger("notices"))
        ends.callback(outbox.close)
        sender = cast("Delivery", world)
        channels = settings(CHAT.format(group_wait))
        self.queue = Queue(outbox, channels, sender, clock=self.clock, chance=lambda: 0.0)
        self.state = WatchState.open(folder / "watch.sqlite3", self.ledger)
        ends.callback(self.state.close)
        self.lag = Lag(0, 0.0)
        self.nodes = Nodes(folder.name, self.ledger("nodes"))
        self.watch = self.watching(FIRST, SECOND, KEPT)

    def watching(self, *alerts: Alert) -> Watch:
        return Watch(
            self.world.store,
            self.state,
            alerts,
            clock=self.clock,
            tell=self.queue.told,
            leads=self.holding.holds,
            ready=self.queue.lead,
            lag=lambda _: self.lag,
            nodes=self.nodes,
        )

    stopped_at: float | None
    """Where its clock stands while it is halted."""

    def clock(self) -> float:
        return self.world.at if self.stopped_at is None else self.stopped_at

    def ledger(self, name: str) -> ClickHouseLedger:
        return ClickHouseLedger(self.server, f"{name} of {self.test}", self.holding.term)

    def beat(self) -> None:
        """What a node does by itself within fifteen seconds."""
        asyncio.run(self.watch.evaluate(self.clock()))
        self.send()

    def send(self) -> None:
        for _ in range(100):
            if self.queue.once("ops") > 0:
                return
        raise AssertionError("it never comes to rest")

    def states(self) -> dict[str, tuple[str, float]]:
        return {
            one.alarm.alert.name: (one.alarm.state, (one.alarm.fired_at or one.alarm.active_since) - NOW)
            for one in (seen.told for seen in self.watch.now().alarms)
        }


@pytest.fixture
def ends() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def address(front: RunningFront) -> Address:
    """One database for all tests, each with a lease and ledgers of its own."""
    return front.address(cluster=True)


def until(world: World, after_s: float, *nodes: Node) -> None:
    """Lets the nodes run until so many seconds after the begin, at an evaluation."""
    while world.at < NOW + after_s:
        world.at += RENEW_S
        for node in nodes:
            node.holding.look()
        if world.at % EVERY_S == NOW % EVERY_S:
            for node in nodes:
                node.beat()


def test_the_next_node_goes_on_where_the_killed_one_ended(
    address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    first = Node(world, address, tmp_path / "1", ends)
    second = Node(world, address, tmp_path / "2", ends)
    world.store.counts = {120: 1.0, 300: 1.0, 600: 1.0}
    until(world, 0, first, second)
    world.store.counts = {120: 1.0, 300: 1.0}  # the third goes on firing only because it is told to
    until(world, 30, first, second)
    before = {"ApiOutage": ("firing", 0), "Slow": ("pending", 0), "Kept": ("firing", 0)}
    assert first.states() == second.states() == before
    assert (first.watch.now().leads, second.watch.now().leads) == (True, False)
    assert world.news == [("ApiOutage", "firing", 0), ("Kept", "firing", 0)]

    until(world, 120, second)  # the first was killed
    assert second.watch.now().leads
    assert second.states() == before | {"Slow": ("firing", 60)}  # pending for a minute, as of 0
    world.store.counts = {}
    until(world, 135, second)
    assert world.news[2:] == [
        ("Slow", "firing", 60),
        ("ApiOutage", "resolved", 135),
        ("Slow", "resolved", 135),
        ("Kept", "resolved", 135),  # two minutes after it ceased, which the first one saw
    ]
    changes = asyncio.run(second.watch.history(NOW, NOW + 1_000, 100))
    fired = [(one.alert, one.at - NOW) for one in changes if one.state == "firing"]
    assert sorted(fired) == [("ApiOutage", 0), ("Kept", 0), ("Slow", 60)]


def test_what_any_node_could_not_store_fires_with_its_name_whoever_leads(
    address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    first = Node(world, address, tmp_path / "1", ends)
    second = Node(world, address, tmp_path / "2", ends)
    until(world, 0, first, second)
    assert (first.watch.now().leads, second.watch.now().leads) == (True, False)
    second.lag = Lag(0, 0.0, set_aside=2)
    until(world, 30, first, second)
    (aside,) = (one.told.alarm for one in first.watch.now().alarms)
    assert (aside.alert.name, dict(aside.labels), aside.value) == ("DataSetAside", {"node": "2"}, 2)
    until(world, 120, second)  # the first was killed
    assert second.watch.now().leads
    assert len(world.news) == 1, "it is the alarm of before"
    assert world.news[0][:2] == ("DataSetAside", "firing")
    third = Node(world, address, tmp_path / "3", ends)
    until(world, 120 + FRESH_S, third)  # the second was killed too
    assert [news[:2] for news in world.news] == [
        ("DataSetAside", "firing"),
        ("NodeMissed", "firing"),
        ("DataSetAside", "resolved"),
        ("NodeMissed", "firing"),
    ]
    again = Node(world, address, tmp_path / "2", ends)
    until(world, 180 + FRESH_S, third, again)
    missed = {one.told.alarm.labels["node"]: one.told.alarm.state for one in third.watch.now().alarms}
    assert missed == {"1": "firing", "2": "resolved"}, "that with the same folder runs again"


def test_nobody_misses_a_node_that_ended_by_itself(address: Address, tmp_path: Path, ends: ExitStack) -> None:
    world = World()
    first = Node(world, address, tmp_path / "1", ends)
    second = Node(world, address, tmp_path / "2", ends)
    until(world, 60, first, second)
    first.watch.leave(world.at)
    until(world, 120 + FRESH_S, second)
    assert second.watch.now().leads
    assert world.news == []


def test_what_the_killed_node_had_queued_is_told_once(
    address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    first = Node(world, address, tmp_path / "1", ends, group_wait="1m")
    second = Node(world, address, tmp_path / "2", ends, group_wait="1m")
    world.store.counts = {120: 1.0, 600: 1.0}
    until(world, 15, first, second)
    assert world.news == []  # it waits for company
    until(world, 60, second)
    assert world.news == [("ApiOutage", "firing", 0), ("Kept", "firing", 0)]


@pytest.mark.parametrize("dies", ["keeping", "handing on", "noting that", "noting that it was sent"])
def test_a_node_killed_at_any_step_tells_nothing_twice_but_what_it_was_killed_over(
    address: Address, tmp_path: Path, ends: ExitStack, monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    world = World()
    first, second = (Node(world, address, tmp_path / one, ends) for one in "12")
    until(world, 0, first, second)
    world.store.counts = {120: 1.0}
    with monkeypatch.context() as patched:
        if dies == "noting that it was sent":
            world.kill_after_sending = True
        else:
            _kill(patched, dies)
        with pytest.raises(Killed):
            until(world, 15, first)
    world.kill_after_sending = False
    until(world, 60, second)
    world.store.counts = {}
    until(world, 75, second)
    fired = [one for one in world.news if one[1] == "firing"]
    since = fired[0][2] if dies == "keeping" else 15
    assert fired == [("ApiOutage", "firing", since)] * (2 if dies == "noting that it was sent" else 1)
    assert world.news[len(fired) :] == [("ApiOutage", "resolved", 75)]


def _kill(patched: pytest.MonkeyPatch, dies: str) -> None:
    """Has the node that runs die as it keeps an alarm, hands it on as news, or notes that it did."""
    writes = {"keeping": 1, "handing on": 2, "noting that": 3}[dies]

    def write(self: ClickHouseLedger, term: int, number: int, entries: Sequence[Entry]) -> None:
        nonlocal writes
        writes -= 1
        if not writes:
            raise Killed
        real(self, term, number, entries)

    real = ClickHouseLedger.write
    patched.setattr(ClickHouseLedger, "write", write)


def test_a_node_that_was_halted_and_believes_to_lead_changes_and_tells_nothing(
    address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    first, second = (Node(world, address, tmp_path / one, ends) for one in "12")
    until(world, 0, first, second)
    first.stopped_at = world.at
    until(world, 60, second)
    assert (first.holding.holds(), second.holding.holds()) == (True, True)  # by its own clock
    world.store.counts = {120: 1.0}
    first.beat()
    with pytest.raises(sqlite3.Error, match="another node leads"):
        first.queue.told(notice(NOW, [told(fired_at=NOW)]))
    first.send()
    with pytest.raises(sqlite3.Error, match="another node leads"):
        first.state.keep(NOW, (), ())
    assert world.news == []
    until(world, 75, second)
    assert world.news == [("ApiOutage", "firing", 75)]
    first.stopped_at = None
    until(world, 90, first, second)
    assert first.states() == second.states() == {"ApiOutage": ("firing", 75)}
    assert len(world.news) == 1


def test_what_a_halted_node_had_begun_to_write_counts_for_nothing(
    address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    first, second, third = (Node(world, address, tmp_path / one, ends) for one in "123")
    until(world, 0, first, second, third)
    term = first.holding.term()
    assert term is not None
    until(world, 60, second, third)
    late = first.ledger("notices")
    late.write(term, 1_000, [Entry("channels", '["ops"]', '{"name":"ops","not_before":9e9}')])
    world.store.counts = {120: 1.0}
    until(world, 90, third)
    assert third.watch.now().leads
    assert world.news == [("ApiOutage", "firing", 90)]
    kept = first.server.rows(
        f"SELECT DISTINCT ledger, term FROM {LEDGERS.name} WHERE term > 0 AND ledger LIKE '%{first.test}'"
    )
    terms = {str(ledger): found for ledger, found in kept}
    assert len(kept) == len(terms) == 2  # what older terms held is let go
    assert {found > term for found in terms.values()} == {True}  # type: ignore[operator]


def test_silences_are_those_of_all_nodes(address: Address, tmp_path: Path, ends: ExitStack) -> None:
    world = World()
    first, second = (Node(world, address, tmp_path / one, ends) for one in "12")
    until(world, 0, first, second)
    wanted = Wanted((Matcher("alertname", "ApiOutage"),), "Mio", "work", None, world.at + 3_600)
    made = asyncio.run(second.watch.silence(wanted))
    assert asyncio.run(first.watch.silences()) == [made]
    world.store.counts = {120: 1.0}
    until(world, 30, first, second)
    assert world.news == []
    asyncio.run(first.watch.expire(made.name))
    until(world, 45, first, second)
    assert world.news == [("ApiOutage", "firing", 15)]
    assert [one.state(world.at) for one in asyncio.run(second.watch.silences())] == ["expired"]


def test_while_the_store_takes_nothing_the_node_tells_nothing_and_goes_on_after_it(
    front: RunningFront, address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    node = Node(world, address, tmp_path / "1", ends)
    until(world, 0, node)
    world.store.counts = {120: 1.0}
    world.at += RENEW_S
    front.fail(999, 1, after=True)  # it was written, and the answer is lost
    with pytest.raises(NotShared):
        node.state.keep(world.at, (), ())
    assert not node.state.leads()
    until(world, 30, node)
    assert world.news == [("ApiOutage", "firing", 15)]


def test_a_node_that_was_alone_brings_its_alarms_and_silences_along(
    address: Address, tmp_path: Path, ends: ExitStack
) -> None:
    world = World()
    world.store.counts = {120: 1.0}
    folder = tmp_path / "1"
    folder.mkdir()
    state = WatchState.open(folder / "watch.sqlite3")
    alone = Watch(world.store, state, (FIRST,), clock=lambda: NOW)
    asyncio.run(alone.evaluate(NOW))
    wanted = Wanted((Matcher("alertname", "Kept"),), "Mio", "work", None, NOW + 3_600)
    made = asyncio.run(alone.silence(wanted))
    state.close()
    first, second = (Node(world, address, tmp_path / one, ends) for one in "12")
    until(world, 15, first, second)
    assert first.states() == second.states() == {"ApiOutage": ("firing", 0)}
    assert asyncio.run(second.watch.silences()) == [made]
