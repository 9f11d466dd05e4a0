"""Which alarms are not told."""

from dataclasses import replace

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.inhibitions import INHIBITIONS, Inhibition
from kansoku.catalog.slos import CostBudget
from kansoku.errors import SettingError
from kansoku.judge.alarm import Alarm, fingerprint
from kansoku.judge.quiet import (
    LONGEST_S,
    Matcher,
    Silence,
    Wanted,
    expired,
    inhibited_by,
    silenced_by,
    unmet,
)

NOW = 1_790_000_000.0
ALERTS = {one.name: one for one in alerts(cost=CostBudget(5_000.0))}


def firing(name: str, **labels: str) -> Alarm:
    alert = ALERTS[name]
    return Alarm(alert, labels, fingerprint(alert, labels), "firing", 1.0, NOW - 60, NOW)


def silence(*matchers: tuple[str, str]) -> Silence:
    return Silence("s", tuple(Matcher(*one) for one in matchers), "Mio", "work", NOW, NOW + 60, NOW)


def test_a_silence_holds_from_its_begin_until_before_its_end() -> None:
    alarm, told = firing("HighErrorRate"), silence(("alertname", "HighErrorRate"))
    told = replace(told, made_at=NOW - 100)
    held = [bool(silenced_by(alarm, [told], NOW + at)) for at in (-1, 0, 59, 60)]
    assert held == [False, True, True, False]
    assert [told.state(NOW + at) for at in (-1, 0, 60)] == ["pending", "active", "expired"]


@pytest.mark.parametrize(
    ("matchers", "held"),
    [
        ([("service", "chat")], True),
        ([("severity", "page"), ("group", "telemetry")], True),
        ([("alertname", "TelemetryLost"), ("service", "other")], False),
        ([("severity", "ticket")], False),
        ([("feature", "")], True),
        ([("feature", "x")], False),
    ],
)
def test_every_matcher_must_match(matchers: list[tuple[str, str]], held: bool) -> None:
    alarm = firing("TelemetryLost", service="chat")
    assert bool(silenced_by(alarm, [silence(*matchers)], NOW)) is held


@pytest.mark.parametrize(
    ("matchers", "warning"),
    [
        ([("alertname", "HighErrorRate"), ("service", "shop")], ""),
        ([("severity", "page"), ("group", "availability"), ("feature", "")], ""),
        ([("response_model", "claude-opus-5")], ""),
        ([("alertname", "HighErorRate")], "No alert has the name 'HighErorRate': nothing is silenced until"),
        ([("alertname", "HighErorRate")], "Is it HighErrorRate?"),
        ([("severity", "critical")], "No alert has the severity 'critical'"),
        ([("group", "x"), ("alertname", "Nope")], "No alert has the name 'Nope': nothing"),
        ([("group", "x"), ("alertname", "Nope")], "No alert has the group 'x': nothing"),
        (
            [("alertname", "HighLatency"), ("severity", "page")],
            "No alert has this name, group and severity at",
        ),
        (
            [("alertname", "HighErrorRate"), ("model", "m")],
            "has all of these labels: nothing is silenced. They",
        ),
        ([("alertname", "HighErrorRate"), ("model", "m")], "severity and one of service."),
        ([("alert", "HighErrorRate")], "They have alertname, "),
        ([("service", "a"), ("response_model", "m")], "has all of these labels"),
        ([("alertname", "CostAnomaly"), ("service", "a")], "have no labels: nothing is silenced. Leave"),
    ],
)
def test_what_a_silence_can_never_match_is_told(matchers: list[tuple[str, str]], warning: str) -> None:
    told = " ".join(one.en for one in unmet(silence(*matchers), ALERTS.values()))
    assert warning in told
    assert bool(told) is bool(warning)


def test_a_label_cannot_pass_for_the_name_of_an_alert() -> None:
    alarm = firing("TelemetryLost", alertname="HighErrorRate")
    assert not silenced_by(alarm, [silence(("alertname", "HighErrorRate"))], NOW)


def test_an_ended_silence_holds_no_more_wherever_it_stood() -> None:
    running = silence(("severity", "page"))
    assert expired(running, NOW + 10).ends == NOW + 10
    coming = replace(running, begins=NOW + 20)
    assert expired(coming, NOW + 10).state(NOW + 10) == "expired"
    assert expired(running, NOW + 90).ends == NOW + 60


def test_a_clock_that_was_set_back_lets_no_silence_wait_or_come_back() -> None:
    coming = replace(silence(("severity", "page")), begins=NOW + 10)
    assert [silence(("severity", "page")).state(NOW - back) for back in (1, 43_200)] == ["active"] * 2
    assert coming.state(NOW - 43_200) == "pending"
    assert expired(silence(("severity", "page")), NOW + 10).state(NOW - 43_200) == "expired"
    assert expired(coming, NOW).state(NOW - 43_200) == "expired"


def test_a_silence_may_last_a_year_and_no_longer() -> None:
    matchers = (Matcher("severity", "page"),)
    assert Wanted(matchers, "Mio", "work", None, NOW + LONGEST_S).silence("s", NOW).begins == NOW
    for begins, ends in ((None, NOW + LONGEST_S + 1), (NOW + 9, NOW + 9), (None, float("nan"))):
        with pytest.raises(SettingError, match="ends: "):
            Wanted(matchers, "Mio", "work", begins, ends).silence("s", NOW)


def test_an_outage_speaks_for_the_rate_while_it_fires_and_not_for_itself() -> None:
    outage, rate, slow = firing("AllCallsFailing"), firing("HighErrorRate"), firing("CacheMissRateHigh")
    every = [outage, rate, slow]
    assert [inhibited_by(one, every) for one in every] == [(), (outage,), ()]
    large = firing("HighErrorRate", service="large")
    assert not inhibited_by(large, [firing("AllCallsFailing", service="small"), large])
    assert not inhibited_by(rate, [replace(outage, state="resolved"), rate])
    assert not inhibited_by(rate, [replace(outage, state="pending"), rate])


def test_the_fast_burn_of_an_objective_speaks_for_its_steady_one_and_for_no_other() -> None:
    fast, slow = firing("SloBurnLatencyFast"), firing("SloBurnLatencySlow")
    own = [
        replace(one, alert=replace(one.alert, name=f"SloBurnOwn{one.alert.name[-4:]}"))
        for one in (fast, slow)
    ]
    assert [inhibited_by(one, [fast, slow, *own]) for one in (fast, slow)] == [(), (fast,)]
    assert [inhibited_by(one, [fast, slow, *own]) for one in own] == [(), (own[0],)]
    assert inhibited_by(own[1], [fast, own[1]]) == ()


def test_an_alarm_speaks_for_none_that_is_graver() -> None:
    outage, rate = firing("ApiOutage"), firing("HighErrorRate")
    for severity, speaks in (("page", True), ("ticket", False), ("info", False)):
        lowered = replace(outage, alert=replace(outage.alert, severity=severity))
        assert bool(inhibited_by(rate, [lowered, rate])) is speaks
        both = replace(rate, alert=replace(rate.alert, severity=severity))
        assert inhibited_by(both, [lowered, both])


def test_only_alarms_of_the_same_labels_are_inhibited() -> None:
    rule = Inhibition(("TelemetryLost",), ("HighLatency",), ("service",))
    lost = firing("TelemetryLost", service="a")
    for service, held in (("a", True), ("b", False)):
        assert bool(inhibited_by(firing("HighLatency", service=service), [lost], [rule])) is held
    assert not inhibited_by(firing("HighLatency"), [lost], [rule])


def test_an_hour_that_spends_too_much_is_told_by_one_alert_alone() -> None:
    every = [firing("CostBudgetHour"), firing("CostAnomaly"), firing("CostUnusual")]
    assert [one.alert.name for one in every if not inhibited_by(one, every)] == ["CostBudgetHour"]
    assert [one.alert.name for one in every[1:] if not inhibited_by(one, every[1:])] == ["CostAnomaly"]


def test_inhibitions_name_alerts_that_there_are_and_go_round_in_no_circle() -> None:
    edges = {(by, of) for rule in INHIBITIONS for by in rule.by for of in rule.of}
    assert {name for edge in edges for name in edge} <= set(ALERTS)

    def below(name: str, seen: tuple[str, ...]) -> None:
        assert name not in seen, seen
        for by, of in edges:
            if by == name:
                below(of, (*seen, name))

    for name in ALERTS:
        below(name, ())
