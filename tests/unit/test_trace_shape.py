"""The columns of a trace's picture, from rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kansoku.query.trace_shape import detail, shape

AT = 1_790_000_000 * 10**9


def rows(*family: tuple[str, str]) -> list[tuple[object, ...]]:
    """Spans by their own id and their parent's, a millisecond apart."""
    return [
        (own, parent, AT + place * 10**6, 5_000_000, f"step {place % 2}", "shop", place == 1)
        for place, (own, parent) in enumerate(family)
    ]


def test_a_parent_is_told_by_its_place() -> None:
    made = shape(rows(("a", ""), ("b", "a"), ("c", "b"), ("d", "gone")))
    assert made.parents == [-1, 0, 1, -2]
    assert made.begin_ns == AT
    assert made.starts_us == [0, 1_000, 2_000, 3_000]
    assert made.durations_us == [5_000] * 4
    assert [made.words[place] for place in made.names] == ["step 0", "step 1", "step 0", "step 1"]
    assert [made.words[place] for place in made.services] == ["shop"] * 4
    assert made.failed == [False, True, False, False]
    assert len(made.words) == 3


def test_spans_that_are_above_each_other_are_broken_apart() -> None:
    assert shape(rows(("a", "a"))).parents == [-2]
    made = shape(rows(("a", "c"), ("b", "a"), ("c", "b"), ("d", "c")))
    assert made.parents.count(-2) == 1
    assert reached(made.parents) == {0, 1, 2, 3}


def test_nothing_gives_nothing() -> None:
    assert shape([]).ids == []


@given(st.lists(st.integers(-1, 12), max_size=12))
def test_every_span_is_reached_from_a_root_once(parents: list[int]) -> None:
    family = [(str(place), "" if above < 0 else str(above)) for place, above in enumerate(parents)]
    made = shape(rows(*family))
    assert reached(made.parents) == set(range(len(parents)))
    kept = sum(after == before for after, before in zip(made.parents, parents, strict=True))
    assert len(parents) - kept == made.parents.count(-2)


def reached(parents: list[int]) -> set[int]:
    """The places that are reached going down from those without a parent."""
    under: dict[int, list[int]] = {}
    for place, above in enumerate(parents):
        under.setdefault(above if above >= 0 else -1, []).append(place)
    found: set[int] = set()
    open_ones = list(under.get(-1, []))
    while open_ones:
        place = open_ones.pop()
        assert place not in found
        found.add(place)
        open_ones += under.get(place, [])
    return found


def test_a_spans_events_are_read_with_their_times() -> None:
    cells = ("Internal", "kansoku", "Error", "no", {"a": "1"}, {"b": "2"}, [AT], ["exception"], [{"c": "3"}])
    told = detail(cells)
    assert (told.kind, told.scope, told.status, told.status_message) == ("Internal", "kansoku", "Error", "no")
    assert [(one.time_ns, one.name, one.attributes) for one in told.events] == [(AT, "exception", {"c": "3"})]
