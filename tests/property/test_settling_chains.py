"""Of calls that are one by chains of ids, places and names, one stays, however they arrive."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kansoku.store.engine import Engine
from kansoku.store.schema.newest import bring_up
from kansoku.store.upkeep.settling import joined
from tests.conformance.emitted import hold
from tests.conformance.test_settling import (
    HOUR,
    KANSOKU,
    MESSAGE,
    OTEL,
    REQUEST,
    SDK,
    settle,
    told,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from kansoku.query.emitted import Raw

SCOPES = (KANSOKU, SDK, OTEL, "a.scope", "b.scope")
MOST = len(SCOPES)


@dataclass(frozen=True)
class Telling:
    """What an emitter tells of a call; `parent` and `names` are other emitters of the same call."""

    scope: str
    has_message: bool
    has_request: bool
    parent: int | None
    names: int | None

    @property
    def has_no_id(self) -> bool:
        return not (self.has_message or self.has_request)


@st.composite
def calls(draw: st.DrawFn) -> list[Telling]:
    """One call, told of by some emitters, each of which lies in none or in one that was drawn before."""
    scopes = draw(st.lists(st.sampled_from(SCOPES), unique=True, min_size=2, max_size=MOST))
    tellings: list[Telling] = []
    for number, scope in enumerate(scopes):
        others = [each for each in range(len(scopes)) if each != number]
        named = draw(st.none() | st.sampled_from(others)) if scope == KANSOKU else None
        before = draw(st.none() | st.integers(0, number - 1)) if number else None
        tellings.append(Telling(scope, draw(st.booleans()), draw(st.booleans()), before, named))
    return tellings


def groups(call: list[Telling]) -> list[set[int]]:
    """The tellings that are one call, as docs/emitters.md says it."""

    def linked(a: int, b: int) -> bool:
        one, other = call[a], call[b]
        return (
            (one.has_message and other.has_message)
            or (one.has_request and other.has_request)
            or (one.parent == b and (one.has_no_id or other.has_no_id))
            or one.names == b
        )

    found: list[set[int]] = []
    for number in range(len(call)):
        mine = [group for group in found if any(linked(number, one) or linked(one, number) for one in group)]
        found = [group for group in found if group not in mine]
        found.append({number}.union(*mine))
    return found


def span_of(number: int, at: int) -> int:
    return number * 10 + at + 1


def raw(number: int, at: int, telling: Telling) -> Raw:
    own: dict[str, str] = {}
    if telling.has_message:
        own[MESSAGE] = f"msg_{number}"
    if telling.has_request:
        own[REQUEST] = f"req_{number}"
    if telling.names is not None:
        own["kansoku.duplicates.span_id"] = f"{span_of(number, telling.names):016x}"
    parent = 0 if telling.parent is None else span_of(number, telling.parent)
    made = told(telling.scope, span_of(number, at), own, at=HOUR + number % 40, trace=number + 1)
    return replace(made, parent_span_id=f"{parent:016x}" if parent else "")


@pytest.fixture(scope="module")
def store() -> Iterator[Engine]:
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        engine = Engine(Path(folder))
        bring_up(engine)
        yield engine
        engine.close()
        os.chdir(before)


# Each example is many calls, and is not made smaller when it fails: a pass costs half a second.
@settings(
    max_examples=6,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    told_calls=st.lists(calls(), min_size=25, max_size=60),
    chance=st.randoms(use_true_random=False),
    cuts=st.integers(1, 3),
)
def test_of_each_group_exactly_one_call_stays_in_any_order_and_cut_of_arrival(
    store: Engine, told_calls: list[list[Telling]], chance: Random, cuts: int
) -> None:
    for table in ("otel_traces", "calls", "duplicate_calls"):
        store.run(f"TRUNCATE TABLE {table}")
    raws = [raw(number, at, one) for number, call in enumerate(told_calls) for at, one in enumerate(call)]
    chance.shuffle(raws)
    for cut in range(cuts):
        hold(store, raws[cut::cuts])
        settle(store)
    stay = {int(str(span), 16) for (span,) in store.rows("SELECT span_id FROM calls")}
    for number, call in enumerate(told_calls):
        for group in groups(call):
            spans = {span_of(number, at) for at in group}
            assert len(spans & stay) == 1, (call, group, spans & stay)
    ((gone,),) = store.rows("SELECT uniqExact(span_id) FROM duplicate_calls")
    assert gone == len(raws) - len(stay)


def test_ends_are_joined_by_what_repeats_both() -> None:
    links = [("b", "a"), ("b", "c"), ("d", "c"), ("x", "y"), ("z", "y")]
    assert joined(links) == [{"a", "c"}]
    assert joined([]) == []
