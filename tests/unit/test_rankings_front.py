"""Who can be among the largest, by what the front tells: the bounds to the last digit."""

import pytest

from kansoku.catalog.panels import GROUPS, Bars
from kansoku.query.answer import Bar, Ranking
from kansoku.query.rankings import Rankings, rankings
from kansoku.query.rolled import NOTHING, Held
from kansoku.query.scope import Scope

TOP = 10
COSTS = next(
    one for group in GROUPS for one in group.panels if isinstance(one, Bars) and one.id == "cost_by_user"
)
DAY = Scope(0, 86_400)
HELD = Held({"rollup_calls_user_1h": ((0, 86_400),)})
LARGE = [(200.0 - at, f"u-{at}") for at in range(TOP - 1)]


def told(
    *more: tuple[float, str], most: float, n_behind: int = 5, stretches: int = 24, ahead: int = 24
) -> Rankings | tuple[Ranking, ...]:
    """What is left where these come behind nine large ones."""
    asked = rankings([COSTS], DAY, HELD)
    assert asked.front is not None
    first = [[-value, who, 3, ahead] for value, who in sorted((*LARGE, *more), reverse=True)]
    return asked.narrowed([[first, most, n_behind, stretches, 4_000.0]])


def among(left: Rankings | tuple[Ranking, ...]) -> list[str] | None:
    assert isinstance(left, Rankings)
    named = left.statement.parameters.get("among")
    return sorted({*named}.difference(who for _, who in LARGE)) if isinstance(named, list) else None


@pytest.mark.parametrize(
    ("most", "wanted"),
    [
        (10.0, ["in", "last"]),  # the last has at least 90, and 80 in front and 10 behind reach that
        (9.9, ["last"]),
        (11.0, ["in", "last", "low"]),
        (49.0, ["in", "last", "low"]),
        (50.0, None),  # the last may have no more than 50, and so may anyone who is not in front at all
        (0.0, ["last"]),
    ],
)
def test_who_is_behind_by_less_than_may_stand_behind_is_looked_at(
    most: float, wanted: list[str] | None
) -> None:
    assert among(told((100.0, "last"), (80.0, "in"), (78.0, "low"), most=most, ahead=23)) == wanted


def test_those_who_stand_in_front_all_the_time_are_told_at_once_and_by_name_where_they_are_equal() -> None:
    left = told((100.0, "y"), (100.0, "x"), (20.0, "far"), most=1.0)
    assert isinstance(left, tuple)
    (found,) = left
    assert [bar.value for bar in found.bars] == [*(value for value, _ in LARGE), 100.0]
    assert found.bars[-1] == Bar("x", 100.0, 0.025, 3)


def test_fewer_than_are_asked_for_are_all_only_if_nothing_stands_behind() -> None:
    few = told(most=0.0, n_behind=0, stretches=0, ahead=0)
    assert isinstance(few, tuple)
    assert len(few[0].bars) == TOP - 1
    assert among(told(most=0.0)) is None


def test_too_many_who_can_be_the_largest_are_all_users() -> None:
    alike = [(100.0, f"v-{n:03}") for n in range(119)]
    assert among(told(*alike, most=0.0, ahead=23)) is None
    assert len(among(told(*alike[:-1], most=0.0, ahead=23)) or ()) == 118


def test_nothing_is_asked_before_where_no_front_is_kept() -> None:
    assert rankings([COSTS], DAY, NOTHING).front is None
    assert rankings([COSTS], DAY, Held({"rollup_calls_feature_1h": ((0, 86_400),)})).front is None
