"""The shipped alerts and objectives: names, bounds that exist once, and burn rates that can be reached."""

import pytest

from kansoku.catalog.alert_pack import FOUR, alerts
from kansoku.catalog.alerts import Compare, Every, Some, Test
from kansoku.catalog.fields import CALLS, TOOL_CALLS, Relation
from kansoku.catalog.indicators import bound
from kansoku.catalog.measures import AtMost, Both, Condition, Is, Not
from kansoku.catalog.outcomes import FAILED, SUCCEEDED
from kansoku.catalog.slo_actions import action
from kansoku.catalog.slos import BURNS, SLOS, burn_alerts
from kansoku.errors import DefinitionError


def comparisons(test: Test) -> list[Compare]:
    match test:
        case Compare():
            return [test]
        case Every(tests) | Some(tests):
            return [one for each in tests for one in comparisons(each)]
        case _:
            return []


def test_the_requirements_four_have_their_names_and_times() -> None:
    assert [(alert.name, alert.for_s) for alert in FOUR] == [
        ("HighErrorRate", 300),
        ("HighLatency", 600),
        ("CostAnomaly", 300),
        ("CacheMissRateHigh", 1800),
    ]


def test_no_two_alerts_have_a_name() -> None:
    names = [alert.name for alert in alerts()]
    assert len(names) == len(set(names))


def test_every_alert_speaks_both_languages() -> None:
    for alert in alerts():
        for text in (alert.title, alert.why, alert.todo):
            assert text.en
            assert text.ja
            assert text.en != text.ja


def test_the_objectives_hold_what_their_indicators_are_held_to() -> None:
    targets = {slo.name: slo.target for slo in SLOS}
    assert targets == {
        "availability": 0.995,
        "latency": 0.95,
        "ttft": 0.95,
        "task_completion": 0.95,
        "hallucination_free": 0.98,
        "satisfaction": 0.80,
    }
    latency = next(slo for slo in SLOS if slo.name == "latency")
    assert latency.good == AtMost("duration_s", 10.0)


def test_a_bound_is_the_number_that_rules_write() -> None:
    for alert in (one for slo in SLOS for one in burn_alerts(slo)):
        for asked in comparisons(alert.test):
            assert asked.bound == float(f"{asked.bound:.10g}"), alert.name


def test_an_indicator_without_objective_has_no_bound() -> None:
    with pytest.raises(DefinitionError, match="latency_p50"):
        bound("latency_p50")


def test_every_burn_rate_that_alerts_can_be_reached() -> None:
    for slo in SLOS:
        for alert in burn_alerts(slo):
            shares = [one.bound for one in comparisons(alert.test) if one.sign == ">"]
            assert shares
            assert all(0 < share < 1 for share in shares)


def test_a_burn_needs_both_windows_and_three_bad_events() -> None:
    fast, slow = burn_alerts(SLOS[0])
    assert (fast.severity, slow.severity) == ("page", "ticket")
    assert [(one.signal.window_s, one.sign, round(one.bound, 6)) for one in comparisons(fast.test)] == [
        (3_600, ">", 0.072),
        (300, ">", 0.072),
        (3_600, ">=", 3),
        (21_600, ">", 0.03),
        (1_800, ">", 0.03),
        (21_600, ">=", 3),
    ]


def test_a_burn_says_how_fast_the_budget_goes_over_which_windows_and_of_what() -> None:
    fast, slow = burn_alerts(next(slo for slo in SLOS if slo.name == "availability"))
    assert fast.why.en == (
        "The error budget (target 99.5 %) is being spent more than 14.4 times as fast as allowed over both "
        "1 hour and 5 minutes, or more than 6 times as fast as allowed over both 6 hours and 30 minutes. "
        "Indicator: Of the calls that a healthy API would answer, the share that was answered."
    )
    assert fast.why.ja == (
        "エラーバジェット(目標 99.5 %)が、1時間と5分の両方で許容の 14.4 倍超、または6時間と30分の両方で"
        "許容の 6 倍超の速さで消費されています。指標: 正しいリクエストのうち、応答が得られた割合。"
    )
    assert "or faster than allowed over both 3 days and 6 hours." in slow.why.en


def test_what_to_do_about_a_burn_fits_what_the_objective_counts() -> None:
    todos = {slo.name: {alert.todo.en for alert in burn_alerts(slo)} for slo in SLOS}
    (availability,) = todos.pop("availability")
    assert "error type" in availability
    assert all(len(todo) == 1 for todo in todos.values())
    assert len({todo for each in todos.values() for todo in each}) == len(todos)
    assert not any("error type" in todo for each in todos.values() for todo in each)


@pytest.mark.parametrize(
    ("relation", "good", "word"),
    [
        (CALLS, Not(FAILED), "error type"),
        (CALLS, AtMost("cost_usd", 0.1), "dear calls"),
        (CALLS, Both((Is("outcome", "ok"), AtMost("duration_s", 5.0))), "slow API"),
        (CALLS, Not(Is("stop_reason", "refusal")), "bad events"),
        (TOOL_CALLS, SUCCEEDED, "tool"),
    ],
)
def test_an_objective_of_ones_own_has_an_action_that_fits(
    relation: Relation, good: Condition, word: str
) -> None:
    assert word in action(relation, good).en


def test_a_burn_rate_that_no_share_can_pass_makes_no_alert() -> None:
    low = [slo for slo in SLOS if not all(slo.reachable(burn) for burn in BURNS)]
    assert [slo.name for slo in low] == ["satisfaction"]
