"""Places in traces, ids and recent answers."""

import os
from itertools import count

import pytest

from kansoku.instrument import ids
from kansoku.instrument.session import Recent, Scope, Source, enter, scope, surroundings
from kansoku.record.facts import NOWHERE, Place, Surroundings


class SameBits:
    """Stands for a sequence that is begun again and again."""

    def getrandbits(self, _: int) -> int:
        return 7


def test_ids_are_of_the_right_size_and_differ() -> None:
    source = Source()
    assert 0 < source.trace_id() < 2**128
    assert 0 < source.span_id() < 2**64
    assert len({source.span_id() for _ in range(1_000)}) == 1_000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a fork")
def test_a_forked_child_has_ids_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "time_ns", lambda: 0)  # which would tell them apart, too, but for an accident
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writing, f"{ids.trace_id()} {ids.span_id()}".encode())
        os._exit(0)
    os.waitpid(pid, 0)
    theirs = os.read(reading, 200).decode().split()
    os.close(reading)
    os.close(writing)
    assert theirs[0] != str(ids.trace_id())
    assert theirs[1] != str(ids.span_id())


def test_what_goes_on_with_the_same_sequence_has_other_ids_at_another_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = count(1)
    monkeypatch.setattr(ids, "time_ns", lambda: next(at))
    monkeypatch.setattr(ids, "_random", SameBits())
    assert len({ids.trace_id() for _ in range(3)} | {ids.span_id() for _ in range(3)}) == 6


def test_an_id_is_never_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "time_ns", lambda: 7)
    monkeypatch.setattr(ids, "_random", SameBits())
    assert (ids.trace_id(), ids.span_id()) == (1, 1)


def test_scopes_nest() -> None:
    one = Scope(Place(1, 2), Surroundings(task="one"), None)
    two = Scope(Place(1, 3), Surroundings(task="two"), None)
    leave_one = enter(one)
    leave_two = enter(two)
    assert surroundings().task == "two"
    leave_two()
    assert scope() is one
    leave_one()
    assert (scope(), surroundings()) == (None, NOWHERE)


def test_recent_answers_are_forgotten_oldest_first() -> None:
    recent = Recent(limit=2)
    numbers = count(1)
    for name in ("a", "b", "c", ""):
        recent.remember(name, Place(1, next(numbers)), NOWHERE)
    assert recent.find("a") is None
    assert recent.find("") is None
    assert recent.find("c") == (Place(1, 3), NOWHERE)
