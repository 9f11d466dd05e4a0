"""Leases: whatever the clocks say and whenever a claim arrives, two nodes never hold one at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from kansoku.store.clickhouse.lease import HOLD_S, RENEW_S, WAIT_S, Claim, Contender

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass
class Store:
    """Keeps the first claim of each number; a view may lag behind by some of them."""

    kept: list[Claim] = field(default_factory=list[Claim])

    def write(self, claim: Claim) -> None:
        if claim.number not in {one.number for one in self.kept}:
            self.kept.append(claim)

    def highest(self, lag: int = 0) -> Claim | None:
        seen = sorted(self.kept, key=lambda one: one.number)
        return seen[-1 - lag] if len(seen) > lag else None


@dataclass
class Node:
    """A contender with a clock that was set to anything and runs a little fast or slow."""

    contender: Contender
    offset: float
    rate: float

    def clock(self, true_time: float) -> float:
        return self.offset + self.rate * true_time

    def look(self, store: Store, moments: Sequence[float], lags: Sequence[int], *, lost: bool) -> None:
        """One look at the claims; reading, writing and reading again each end at one of the moments."""
        read, sent, stored, seen = moments
        claim = self.contender.next_claim(store.highest(lags[0]), self.clock(read))
        if claim is None:
            return
        store.write(claim)
        assert sent <= stored
        if not lost:
            self.contender.written(claim, store.highest(lags[1]), self.clock(sent), self.clock(seen))

    def holds(self, true_time: float) -> bool:
        return self.contender.holds(self.clock(true_time))


# Rates that differ by less than WAIT_S / HOLD_S, far more than clocks do.
RATES = st.floats(0.9, 1.1)
NODES = st.lists(st.tuples(st.floats(-1e9, 1e9), RATES), min_size=2, max_size=3)
LOOKS = st.lists(
    st.tuples(
        st.integers(0, 2),  # who looks
        st.floats(0.0, 12.0),  # how long after the look before
        st.floats(0.0, 6.0),  # how long its statements take
        st.integers(0, 2),  # how far its view lags at first
        st.integers(0, 2),  # and after the claim
        st.booleans(),  # whether the answer is lost
    ),
    min_size=20,
    max_size=120,
)


@settings(max_examples=100, deadline=None)
@given(NODES, LOOKS)
def test_no_two_nodes_hold_at_once(
    clocks: list[tuple[float, float]], looks: list[tuple[int, float, float, int, int, bool]]
) -> None:
    store = Store()
    nodes = [Node(Contender(str(n)), offset, rate) for n, (offset, rate) in enumerate(clocks)]
    now, holders, terms = 0.0, list[str](), dict[int, str]()
    for who, pause, takes, lag, lag_after, lost in looks:
        now += pause
        moments = (now, now, now + takes / 2, now + takes)
        nodes[who % len(nodes)].look(store, moments, (lag, lag_after), lost=lost)
        for moment in (now, now + takes / 2, now + takes):
            holding = [node.contender.node for node in nodes if node.holds(moment)]
            assert len(holding) <= 1, (moment, holding, store.kept)
            holders += holding
            for node in nodes:
                term = node.contender.term(node.clock(moment))
                assert (term is not None) is node.holds(moment)
                if term is not None:
                    assert term >= max(terms, default=0)  # whoever holds later holds by a higher one
                    assert terms.setdefault(term, node.contender.node) == node.contender.node
        now += takes
    numbers = [claim.number for claim in store.kept]
    assert sorted(numbers) == list(range(1, len(numbers) + 1))


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), RATES), min_size=1, max_size=3), st.integers(0, 2))
def test_where_all_goes_well_one_holds_without_a_gap_and_the_next_takes_over_when_it_dies(
    clocks: list[tuple[float, float]], dies: int
) -> None:
    store = Store()
    nodes = [Node(Contender(str(n)), offset, rate) for n, (offset, rate) in enumerate(clocks)]

    def run(alive: list[Node], begin: float, end: float) -> list[list[str]]:
        told: list[list[str]] = []
        for tick in range(int(begin), int(end)):
            for node in alive:
                node.look(store, (tick, tick, tick, tick), (0, 0), lost=False)
            told.append([node.contender.node for node in alive if node.holds(tick)])
        return told

    steady = run(nodes, 0, 120)
    assert steady == [steady[0]] * 120
    assert len(steady[0]) == 1
    dead = nodes[dies % len(nodes)]
    left = [node for node in nodes if node is not dead]
    after = run(left, 120, 120 + 2 * WAIT_S)
    if left:
        assert len(after[-1]) == 1


def test_a_holder_renews_before_its_time_is_over_and_another_waits_longer() -> None:
    assert 2 * RENEW_S < HOLD_S < WAIT_S
    holder = Contender("a")
    first = holder.next_claim(None, 100.0)
    assert first == Claim(1, "a", 1)
    assert not holder.holds(100.0)
    assert first is not None
    holder.written(first, first, 100.0, 101.0)
    assert holder.holds(100.0 + HOLD_S - 0.1)
    assert not holder.holds(100.0 + HOLD_S)
    assert holder.next_claim(first, 100.0 + RENEW_S - 0.1) is None
    assert holder.next_claim(first, 100.0 + RENEW_S) == Claim(2, "a", 2)


def test_a_claim_that_another_wrote_first_holds_nothing() -> None:
    late = Contender("b")
    claim = late.next_claim(None, 5.0)
    assert claim is not None
    late.written(claim, Claim(1, "a"), 5.0, 6.0)
    assert not late.holds(5.0)
    assert late.next_claim(Claim(1, "a"), 6.0 + WAIT_S - 0.1) is None
    assert late.next_claim(Claim(1, "a"), 6.0 + WAIT_S) == Claim(2, "b", 2)


def test_a_try_whose_answer_was_lost_holds_nothing_when_it_is_found_again() -> None:
    node = Contender("a")
    lost = node.next_claim(None, 0.0)
    again = node.next_claim(None, 12.0)  # a replica that lags does not show it
    assert lost is not None
    assert again is not None
    node.written(again, lost, 12.0, 13.0)
    assert not node.holds(13.0)
    assert node.next_claim(lost, 14.0) == Claim(2, "a", 3)


def test_a_node_that_starts_again_is_another_one() -> None:
    again = Contender("a again")
    assert again.next_claim(Claim(7, "a"), 0.0) is None
    assert not again.holds(0.0)
