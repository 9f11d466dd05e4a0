"""Calendar periods: where each begins and ends, by the clock of its place."""

from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.periods import UNITS, Calendar, Unit

ZONES = ("UTC", "Asia/Tokyo", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Pacific/Auckland")


def at(text: str, zone: str = "UTC") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


@pytest.mark.parametrize(
    ("unit", "zone", "now", "begin", "end"),
    [
        ("day", "UTC", "2026-11-28 23:59:59", "2026-11-28", "2026-11-29"),
        ("week", "UTC", "2026-11-29 12:00", "2026-11-23", "2026-11-30"),
        ("week", "UTC", "2026-11-23", "2026-11-23", "2026-11-30"),
        ("month", "UTC", "2026-12-31 23:00", "2026-12-01", "2027-01-01"),
        ("month", "UTC", "2028-02-29", "2028-02-01", "2028-03-01"),
        ("quarter", "UTC", "2026-11-28", "2026-10-01", "2027-01-01"),
        ("quarter", "UTC", "2026-01-01", "2026-01-01", "2026-04-01"),
        ("year", "UTC", "2026-11-28", "2026-01-01", "2027-01-01"),
        ("month", "Asia/Tokyo", "2026-12-01 00:00", "2026-12-01", "2027-01-01"),
        ("day", "America/New_York", "2026-11-01 12:00", "2026-11-01", "2026-11-02"),
        ("month", "Europe/Berlin", "2026-03-31 12:00", "2026-03-01", "2026-04-01"),
    ],
)
def test_a_period_begins_and_ends_by_the_clock_of_its_place(
    unit: Unit, zone: str, now: str, begin: str, end: str
) -> None:
    assert Calendar(unit, zone).period(at(now, zone)) == (at(begin, zone), at(end, zone))


def test_a_day_is_an_hour_longer_where_the_clock_is_set_back() -> None:
    begin, end = Calendar("day", "America/New_York").period(at("2026-11-01 12:00", "America/New_York"))
    assert end - begin == 25 * 3_600


@given(
    st.sampled_from(UNITS),
    st.sampled_from(ZONES),
    st.integers(1_577_836_800, 2_051_222_400),
)
def test_periods_follow_one_another_without_a_gap(unit: Unit, zone: str, now: int) -> None:
    calendar = Calendar(unit, zone)
    begin, end = calendar.period(now)
    assert begin <= now < end
    assert calendar.period(begin) == calendar.period(end - 1) == (begin, end)
    assert calendar.period(end)[0] == end
    assert calendar.period(begin - 1)[1] == begin
    days = calendar.days(begin, end)
    assert (days[0][0], days[-1][1]) == (begin, end)
    assert all(one[1] == other[0] for one, other in pairwise(days))
