"""Spending that is unusual for its hour: what `CostUnusual` calls so of made-up weeks whose hours differ."""

from __future__ import annotations

import math
import random
from itertools import accumulate
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import Unusual
from kansoku.catalog.measures import Reading
from kansoku.query.alert_oracle import Figures, judged, or_zero

if TYPE_CHECKING:
    from collections.abc import Sequence

ALERT = next(one for one in alerts() if one.name == "CostUnusual")
HOUR_S, DAY_H, WEEK_H = 3_600, 24, 168
STEP_S = 300
WEEKS = 9
"""Four to compare with, and five that are judged."""


def usual(hour: int) -> float:
    """Dollars of an hour: five by night, up to a hundred by day, less at weekends."""
    day = max(0.0, math.sin((hour % DAY_H - 6) / 12 * math.pi))
    return 5 + 95 * day * (0.3 if hour // DAY_H % 7 >= 5 else 1)


def spent(seed: int, noise: float, growth: float = 1.0) -> list[float]:
    """Dollars of each hour; their logarithms lie about the usual with that standard deviation."""
    draw = random.Random(seed)
    return [
        usual(hour) * growth ** (hour / WEEK_H) * math.exp(draw.gauss(0, noise))
        for hour in range(WEEKS * WEEK_H)
    ]


def alarms(hours: Sequence[float], begin: int, end: int) -> list[float]:
    """When it fires between these hours, in hours since `begin`; each hour's dollars flow evenly."""
    assert isinstance(ALERT.test, Unusual)
    totals = [0.0, *accumulate(hours)]

    def until(second: int) -> float:
        hour, rest = divmod(second, HOUR_S)
        return totals[hour] + (hours[hour] * rest / HOUR_S if rest else 0.0)

    fired: list[float] = []
    held_s = -STEP_S
    signals = or_zero(ALERT.test)
    for now in range(begin * HOUR_S, end * HOUR_S, STEP_S):
        read = {
            one: Reading(until(now - one.ago_s) - until(now - one.ago_s - one.window_s), 1) for one in signals
        }
        held_s = held_s + STEP_S if judged(ALERT.test, Figures(read)).holds else -STEP_S
        if held_s == ALERT.for_s:
            fired.append((now - begin * HOUR_S) / HOUR_S)
    return fired


@pytest.mark.parametrize("noise", [0.15, 0.3])
def test_weeks_whose_hours_differ_by_up_to_thirty_percent_are_usual(noise: float) -> None:
    first = 4 * WEEK_H + 2
    assert [alarms(spent(seed, noise), first, WEEKS * WEEK_H) for seed in range(3)] == [[]] * 3


def test_weeks_that_grow_by_a_quarter_each_are_usual() -> None:
    assert alarms(spent(1, 0.1, growth=1.25), 4 * WEEK_H + 2, 6 * WEEK_H) == []


@pytest.mark.parametrize("noise", [0.1, 0.3])
@pytest.mark.parametrize(("times", "within_h"), [(3, 4.0), (10, 1.5)])
def test_a_night_of_several_times_as_much_is_caught_far_below_the_peak_of_the_day(
    noise: float, times: int, within_h: float
) -> None:
    night = 4 * WEEK_H + DAY_H + 1
    for seed in range(6):
        hours = spent(seed, noise)
        hours[night : night + 5] = [one * times for one in hours[night : night + 5]]
        assert max(hours[night : night + 5]) < max(hours)
        assert min(alarms(hours, night, night + 6)) <= within_h
