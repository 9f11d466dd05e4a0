"""Places in traces, ids and recent answers."""

from itertools import count

from kansoku.instrument.session import Recent, Scope, Source, enter, scope, surroundings
from kansoku.record.facts import NOWHERE, Place, Surroundings


def test_ids_are_of_the_right_size_and_differ() -> None:
    source = Source()
    assert 0 < source.trace_id() < 2**128
    assert 0 < source.span_id() < 2**64
    assert len({source.span_id() for _ in range(1_000)}) == 1_000


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
