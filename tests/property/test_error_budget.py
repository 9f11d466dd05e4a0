"""Error budgets: kept in summed events, and what they say of any traffic."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import BURNS, LEAST_BAD, SLOS, CostBudget, Slo, burn_alerts
from kansoku.judge.budget import (
    Budget,
    MonthCost,
    Tally,
    budget,
    month_of,
    remainders_of_periods,
    warnings,
    windows,
)

AVAILABILITY = next(slo for slo in SLOS if slo.name == "availability")
JUDGED = next(slo for slo in SLOS if slo.name == "hallucination_free")
DAY = 86_400


@st.composite
def tallies(draw: st.DrawFn, most: int = 100_000) -> Tally:
    eligible = draw(st.integers(0, most))
    return Tally(eligible, draw(st.integers(0, eligible)))


targets = st.floats(0.5, 0.9999)


def over_every_window(slo: Slo, tally: Tally) -> Budget:
    return budget(slo, dict.fromkeys(windows(slo), tally))


def test_a_quiet_night_of_failures_counts_by_its_calls_and_not_by_its_hours() -> None:
    busy = [Tally(60_000, 0)] * 12
    night = [Tally(12, 6)] * 12
    whole = sum([*busy, *night], Tally())
    assert whole == Tally(720_144, 72)
    assert whole.share == pytest.approx(0.0001, rel=0.01)
    found = Budget(AVAILABILITY, whole)
    assert found.allowed == pytest.approx(3_600.72)
    assert found.left == pytest.approx(0.98, abs=0.001)
    assert found.state == "ok"


@given(st.lists(tallies(), max_size=20), targets)
def test_a_budget_over_all_is_that_of_the_summed_parts(parts: list[Tally], target: float) -> None:
    slo = replace(AVAILABILITY, target=target)
    found = Budget(slo, sum(parts, Tally()))
    assert found.allowed == pytest.approx(sum(Budget(slo, part).allowed for part in parts), abs=1e-6)
    if found.left is not None:
        assert found.left * found.allowed == pytest.approx(
            found.allowed - sum(part.bad for part in parts), abs=1e-6
        )


@given(tallies(), targets)
def test_what_is_used_is_the_burn_rate_over_the_whole_window(tally: Tally, target: float) -> None:
    found = Budget(replace(AVAILABILITY, target=target), tally)
    rate = tally.rate(found.slo)
    assert (found.left is None) == (rate is None) == (tally.eligible == 0)
    if found.left is not None and rate is not None:
        assert 1 - found.left == pytest.approx(rate, rel=1e-3, abs=1e-3)


@given(tallies(), st.integers(1, 1_000), targets)
def test_one_more_bad_event_never_leaves_more(tally: Tally, more: int, target: float) -> None:
    slo = replace(AVAILABILITY, target=target)
    before, after = Budget(slo, tally), Budget(slo, tally + Tally(more, more))
    if before.left is not None and after.left is not None:
        assert after.left <= before.left + 1e-9 or before.left < 0


@given(tallies(most=400))
def test_nothing_is_exhausted_or_burning_on_fewer_bad_events_than_alert(tally: Tally) -> None:
    state = over_every_window(AVAILABILITY, tally).state
    if tally.bad < LEAST_BAD:
        assert state not in ("exhausted", "burning")
    assert (state == "no_data") == (tally.eligible == 0)


@given(tallies(), tallies(), targets)
def test_a_burn_rate_alerts_only_where_both_windows_pass_it(long: Tally, short: Tally, target: float) -> None:
    slo = replace(AVAILABILITY, target=target)
    for burn in slo.burns:
        found = budget(slo, {burn.long_s: long, burn.short_s: short})
        for one in found.burns:
            if one.burn == burn and one.passed:
                rates = (long.rate(slo), short.rate(slo))
                assert all(rate is not None and rate > burn.factor * (1 - 1e-9) for rate in rates)
                assert long.bad >= LEAST_BAD
    assert len(budget(slo, {}).burns) == sum(slo.reachable(burn) for burn in slo.burns)


@pytest.mark.parametrize(
    ("eligible", "bad", "state"),
    [
        (0, 0, "no_data"),
        (1_000, 4, "ok"),
        (1_000, 5, "exhausted"),
        (100, 2, "low_traffic"),
        (100, 3, "exhausted"),
    ],
)
def test_the_state_of_availability(eligible: int, bad: int, state: str) -> None:
    assert Budget(AVAILABILITY, Tally(eligible, bad)).state == state


def test_few_judged_answers_are_low_traffic_however_bad() -> None:
    assert over_every_window(JUDGED, Tally(29, 29)).state == "low_traffic"
    assert over_every_window(JUDGED, Tally(30, 30)).state == "exhausted"


def test_an_hour_of_failures_burns_and_tells_how_long_the_budget_lasts() -> None:
    bad_hour = Tally(1_000, 100)
    found = budget(
        AVAILABILITY, {300: Tally(80, 8), 3_600: bad_hour, AVAILABILITY.window_s: Tally(100_000, 250)}
    )
    assert found.state == "burning"
    assert found.rate == pytest.approx(20)
    assert found.lasts_s == pytest.approx(0.5 * 30 * DAY / 20)
    calm = budget(AVAILABILITY, {3_600: Tally(1_000, 1), AVAILABILITY.window_s: Tally(100_000, 250)})
    assert (calm.state, calm.lasts_s) == ("ok", None)
    spent = budget(AVAILABILITY, {AVAILABILITY.window_s: Tally(100_000, 501)})
    assert (spent.state, spent.lasts_s) == ("exhausted", 0.0)


@pytest.mark.parametrize(("bad", "state"), [(2, "ok"), (3, "burning")])
def test_two_failures_of_a_quiet_hour_do_not_burn_and_three_do(bad: int, state: str) -> None:
    hour = Tally(10, bad)
    found = budget(AVAILABILITY, {300: hour, 3_600: hour, AVAILABILITY.window_s: Tally(100_000, bad)})
    assert found.state == state


def test_recovered_failures_no_longer_burn() -> None:
    found = budget(
        AVAILABILITY,
        {300: Tally(80, 0), 3_600: Tally(1_000, 100), AVAILABILITY.window_s: Tally(100_000, 250)},
    )
    assert found.state == "ok"


def test_a_target_too_low_for_a_burn_rate_is_told_with_what_it_takes() -> None:
    low = replace(AVAILABILITY, target=0.90)
    (told,) = warnings(low)
    assert "the burn rate 14.4 over 1 hour and 5 minutes never alerts" in told.en
    assert "90 %" in told.en
    assert "93.1 %" in told.en
    assert "1時間と5分" in told.ja
    assert [len(warnings(slo)) for slo in SLOS] == [0] * len(SLOS)
    assert len(burn_alerts(low)) == 2
    lower = warnings(replace(AVAILABILITY, target=0.5, burns=BURNS[:1]))
    assert "nothing guards this objective" in lower[-1].en


def test_traffic_too_low_for_the_target_is_told() -> None:
    (told,) = Budget(AVAILABILITY, Tally(500, 0)).warnings
    assert "500 calls in 30 days allow 2.5 bad, fewer than the 3" in told.en
    assert Budget(AVAILABILITY, Tally(600, 0)).warnings == ()
    assert Budget(AVAILABILITY, Tally()).warnings == ()


NOVEMBER = 1_793_491_200
"""2026-11-01T00:00:00Z."""


def test_the_month_is_that_of_utc_and_december_has_a_next_one() -> None:
    assert month_of(NOVEMBER) == (NOVEMBER, NOVEMBER + 30 * DAY)
    assert month_of(NOVEMBER - 0.5)[1] == NOVEMBER
    december = NOVEMBER + 30 * DAY
    assert month_of(december + 30 * DAY) == (december, december + 31 * DAY)


def test_the_forecast_goes_on_as_the_last_days_did() -> None:
    now = NOVEMBER + 10 * DAY
    found = MonthCost(CostBudget(300.0), now, spent=100.0, recent=70.0, recent_s=7 * DAY)
    assert found.left == 200.0
    assert found.forecast == pytest.approx(300.0)
    assert found.state == "ok"
    more = replace(found, recent=77.0)
    assert more.forecast == pytest.approx(320.0)
    assert (more.state, more.lasts_s) == ("burning", pytest.approx(200 / 11 * DAY))
    assert replace(found, spent=300.0).state == "exhausted"
    assert replace(found, spent=300.0).lasts_s == 0.0
    assert replace(found, spent=None).state == "no_data"


@given(
    st.floats(0.0, 1e6),
    st.floats(0.0, 1e6),
    st.floats(0, 1e9, exclude_min=True),
    st.floats(1.0, 1e6),
)
def test_a_forecast_is_never_below_what_is_spent(
    spent: float, recent: float, after: float, usd: float
) -> None:
    now = NOVEMBER + after
    found = MonthCost(CostBudget(usd), now, spent, recent, recent_s=7 * DAY)
    assert found.forecast is not None
    assert found.forecast >= spent
    begin, end = month_of(now)
    assert begin <= now < end
    if found.state == "burning":
        assert found.lasts_s is not None


def test_a_month_without_a_budget_has_a_forecast_and_nothing_left_or_burning() -> None:
    found = MonthCost(None, NOVEMBER + 14 * DAY, spent=100.0, recent=70.0, recent_s=7 * DAY)
    assert found.forecast == pytest.approx(100.0 + 10.0 * 16)
    assert (found.left, found.lasts_s, found.state) == (None, None, "ok")
    assert MonthCost(None, NOVEMBER + 14 * DAY, spent=None).state == "no_data"


MONTHLY = replace(AVAILABILITY, calendar=Calendar("month"))


def test_the_budget_of_a_calendar_month_is_of_what_happened_since_it_began() -> None:
    now = NOVEMBER + 3 * DAY + 0.5
    assert windows(MONTHLY, now)[-1] == 3 * DAY + 1
    assert MONTHLY.looks_back(NOVEMBER) == 1
    found = budget(MONTHLY, {3 * DAY + 1: Tally(10_000, 25), MONTHLY.window_s: Tally(90_000, 900)}, now)
    assert (found.left, found.period) == (pytest.approx(0.5), (NOVEMBER, NOVEMBER + 30 * DAY))
    assert burn_alerts(MONTHLY) == burn_alerts(AVAILABILITY)


def test_a_calendar_budget_lasts_as_long_as_it_grows_faster_than_it_burns() -> None:
    now = NOVEMBER + 10 * DAY
    looked = MONTHLY.looks_back(now)

    def lasts(bad_of_an_hour: int, bad: int = 250) -> float | None:
        hour = Tally(1_000, bad_of_an_hour)
        return budget(MONTHLY, {300: hour, 3_600: hour, looked: Tally(100_000, bad)}, now).lasts_s

    assert lasts(5) is None
    # Half of what ten days allowed is left; each day allows a tenth more and takes two.
    assert lasts(10) == pytest.approx(5 * DAY)
    assert lasts(6) is None  # in 50 days, which is after the month's end
    assert lasts(10, 600) == 0.0


def test_a_month_that_has_just_begun_is_not_warned_of_for_its_few_calls() -> None:
    few = Tally(500, 0)
    assert Budget(MONTHLY, few, at=NOVEMBER + 2 * DAY).warnings == ()
    (told,) = Budget(MONTHLY, few, at=NOVEMBER + 20 * DAY).warnings
    assert "500 calls in this calendar month allow" in told.en


def test_a_budget_too_small_to_round_is_a_budget_all_the_same() -> None:
    slo = replace(SLOS[0], target=0.9999999999)
    for bad, state in ((0, "ok"), (3, "exhausted")):
        assert Budget(slo, Tally(3, bad)).state == state


def test_what_is_left_at_the_end_of_a_day_begins_anew_with_each_period() -> None:
    now = NOVEMBER + DAY + 60
    steps = {NOVEMBER - DAY + hour * 3_600: Tally(100, 1) for hour in range(49)}
    found = remainders_of_periods(MONTHLY, Calendar("month"), steps, now)
    assert len(found) == 31 + 2
    last_of_october, first, today = found[-3:]
    assert last_of_october[:2] == (NOVEMBER, Tally(2_400, 24))
    assert first[2].tally == Tally(2_400, 24)
    assert today[2].tally == Tally(2_500, 25)
