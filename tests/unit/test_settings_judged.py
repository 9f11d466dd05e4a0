"""Objectives, alerts and a budget in `kansoku.toml`: what may be said, and what is told where not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import Alert, Compare, Every, Lost, Some
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import (
    AtLeast,
    AtMost,
    Both,
    Condition,
    Count,
    Either,
    Is,
    Not,
    OneOf,
    Present,
    Ratio,
)
from kansoku.catalog.periods import Calendar
from kansoku.catalog.slos import BURNS, MONTH_S, SLOS, Burn, CostBudget, Slo, burns_over
from kansoku.catalog.text import Text
from kansoku.errors import DefinitionError, SettingError
from kansoku.query.oracle import holds
from kansoku.settings import parsed
from kansoku.settings.alerts import alerts_of
from kansoku.settings.channels import Webhook
from kansoku.settings.condition import condition_of, written
from kansoku.settings.defined import Defined, defined
from kansoku.settings.entry import Faults

DAY_S = 86_400


def told(text: str) -> Defined:
    return defined(parsed(text, "k.toml", {}))


def slo(found: Defined, name: str) -> Slo:
    return next(one for one in found.slos if one.name == name)


def alert(found: Defined, name: str) -> Alert:
    return next(one for one in found.alerts if one.name == name)


def first(test: object) -> Compare:
    if isinstance(test, Every):
        return first(test.tests[0])
    assert isinstance(test, Compare)
    return test


@pytest.mark.parametrize("key", ["bound = 0.5", 'window = "5m"', "at_least = 5", 'service = "shop"'])
def test_a_test_of_several_sorts_is_not_changed_in_part(key: str) -> None:
    plain = next(one for one in alerts() if one.name == "HighErrorRate")
    mixed = replace(plain, test=Every((plain.test, Some((plain.test, Lost(300, DAY_S))))))
    text = f'[[alerts]]\nname = "HighErrorRate"\n{key}'
    given = parsed(text, "k.toml", {})
    assert given.document is not None
    with pytest.raises(SettingError, match="cannot be changed of HighErrorRate; turn it off"):
        alerts_of(given.tables["alerts"], given.document, (mixed,), Faults())


def test_without_a_word_everything_is_as_it_ships() -> None:
    found = told("")
    assert (found.slos, found.alerts, found.budget) == (SLOS, alerts(), None)


def test_a_shipped_objective_is_changed_by_name_and_its_alerts_follow() -> None:
    found = told('[[slos]]\nname = "availability"\ntarget = 0.999\nat_least = 50\nfeature = "support"')
    changed = slo(found, "availability")
    assert (changed.target, changed.at_least) == (0.999, 50)
    assert changed.title.en == "Calls are answered (support)"
    assert not holds(changed.eligible, {"operation": "chat", "outcome": "ok", "feature": "search"})
    assert holds(changed.eligible, {"operation": "chat", "outcome": "ok", "feature": "support"})
    fast = first(getattr(alert(found, "SloBurnAvailabilityFast").test, "tests")[0])  # noqa: B009
    assert fast.bound == pytest.approx(14.4 * 0.001)
    assert isinstance(fast.signal.measure, Ratio)
    assert fast.signal.measure.eligible == changed.eligible
    assert [one.name for one in found.slos] == [one.name for one in SLOS]


def test_an_objective_of_ones_own_by_conditions() -> None:
    found = told(
        """
[[slos]]
name = "support_quick"
title = "Support answers in 5 s"
title_ja = "サポートは 5 秒以内"
relation = "calls"
eligible = "operation = chat and outcome = ok"
good = "duration_s <= 5"
target = 0.9
window = "7d"
model = ["a", "b"]
"""
    )
    own = slo(found, "support_quick")
    assert own.title == Text("Support answers in 5 s", "サポートは 5 秒以内")
    assert own.window_s == 7 * DAY_S
    answered = {"operation": "chat", "outcome": "ok", "duration_s": 4.0}
    assert not holds(own.eligible, answered)
    assert holds(own.eligible, answered | {"request_model": "b"})
    assert holds(own.good, answered)
    assert own.burns == (
        Burn(3.36, 3_600, 300, "page"),
        Burn(1.4, 21_600, 1_800, "page"),
        Burn(0.7, 86_400, 7_200, "ticket"),
        Burn(0.233333, 259_200, 21_600, "ticket"),
    )
    assert {one.name for one in found.alerts if one.slo == "support_quick"} == {
        "SloBurnSupportQuickFast",
        "SloBurnSupportQuickSlow",
        "SloAbsentSupportQuick",
    }


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ('indicator = "latency_p95"\nat_most = 5.0', {"duration_s": 5.0}, {"duration_s": 5.1}),
        ('indicator = "error_rate"', {"outcome": "ok"}, {"outcome": "error"}),
        ('indicator = "availability"', {"outcome": "ok"}, {"outcome": "error"}),
    ],
)
def test_an_objective_of_ones_own_by_an_indicator(
    text: str, good: dict[str, object], bad: dict[str, object]
) -> None:
    own = slo(told(f'[[slos]]\nname = "own"\ntitle = "Own"\ntarget = 0.9\n{text}'), "own")
    assert (own.window_s, own.relation) == (MONTH_S, CALLS)
    row: dict[str, object] = {"operation": "chat", "outcome": "ok"}
    for one, expected in ((good, True), (bad, False)):
        assert holds(own.eligible, row | one)
        assert holds(own.good, row | one) is expected


def test_a_shipped_alert_is_changed_by_name() -> None:
    found = told(
        """
[[alerts]]
name = "HighErrorRate"
bound = 0.02
window = "10m"
for = "2m"
severity = "ticket"
at_least = 5
service = ["shop", "search"]
"""
    )
    changed = alert(found, "HighErrorRate")
    assert isinstance(changed.test, Every)
    rate, enough = changed.test.tests
    assert isinstance(rate, Compare)
    assert isinstance(enough, Compare)
    assert (rate.bound, rate.signal.window_s, enough.bound, enough.signal.window_s) == (0.02, 600, 5, 600)
    assert (changed.for_s, changed.severity) == (120, "ticket")
    assert changed.title.en == "Many calls fail (shop, search)"
    assert changed.why == Text(
        "Error rate over 10 minutes is above 2 %.", "直近10分のエラー率が 2 %を超えています。"
    )
    for measure in (rate.signal.measure, enough.signal.measure):
        where = measure.eligible if isinstance(measure, Ratio) else getattr(measure, "where")  # noqa: B009
        assert holds(where, {"operation": "chat", "outcome": "error", "service": "shop"})
        assert not holds(where, {"operation": "chat", "outcome": "error", "service": "batch"})
    others = [one for one in found.alerts if one.name != "HighErrorRate"]
    assert others == [one for one in alerts() if one.name != "HighErrorRate"]


def test_severity_alone_leaves_the_words_alone() -> None:
    changed = alert(told('[[alerts]]\nname = "CostUnusual"\nseverity = "page"\nfor = "0s"'), "CostUnusual")
    shipped = next(one for one in alerts() if one.name == "CostUnusual")
    assert (changed.severity, changed.for_s) == ("page", 0)
    assert (changed.test, changed.title, changed.why) == (shipped.test, shipped.title, shipped.why)


def test_an_alert_or_an_objective_is_turned_off() -> None:
    found = told('[[alerts]]\nname = "CostAnomaly"\noff = true\n[[slos]]\nname = "ttft"\noff = true')
    names = {one.name for one in found.alerts}
    assert not names & {"CostAnomaly", "SloBurnTtftSlow", "SloAbsentTtft"}
    assert "ttft" not in {one.name for one in found.slos}


def test_alerts_of_ones_own() -> None:
    found = told(
        """
[[alerts]]
name = "SupportSlow"
title = "Support is slow"
indicator = "latency_p95"
sign = ">"
bound = 8
window = "15m"
severity = "page"
by = "feature"
at_least = 7
release = "v2"

[[alerts]]
name = "ManyRateLimits"
title = "Rate limits"
relation = "calls"
eligible = "error_type = rate_limit_error"
sign = ">="
bound = 3
window = "5m"
for = "0s"
severity = "info"
group = "limits"
"""
    )
    slow, limits = alert(found, "SupportSlow"), alert(found, "ManyRateLimits")
    assert (slow.by, slow.for_s, slow.severity, slow.group) == ("feature", 300, "page", "own")
    assert isinstance(slow.test, Every)
    guard = slow.test.tests[1]
    assert isinstance(guard, Compare)
    assert isinstance(guard.signal.measure, Count)
    assert guard.bound == 7
    row = {"operation": "chat", "outcome": "ok", "duration_s": 1.0, "release": "v2"}
    assert holds(guard.signal.measure.where, row)
    assert not holds(guard.signal.measure.where, row | {"release": "v1"})
    assert limits.test == Compare(first(limits.test).signal, ">=", 3.0)
    assert first(limits.test).signal.measure == Count(CALLS, Is("error_type", "rate_limit_error"))
    assert (limits.for_s, limits.group) == (0, "limits")


def test_a_channel_that_an_alert_names_gets_it() -> None:
    found = told(
        '[[channels]]\nname = "ops"\nkind = "webhook"\nurl_env = "X"\nseverities = ["page"]\n'
        '[[channels]]\nname = "boss"\nkind = "webhook"\nurl_env = "X"\nalerts = ["Watchdog"]\n'
        '[[alerts]]\nname = "CostAnomaly"\nchannel = "boss"'
    )
    ops, boss = found.notify.channels
    assert isinstance(ops, Webhook)
    assert isinstance(boss, Webhook)
    assert ops.common.route.alerts == ()
    assert boss.common.route.alerts == ("Watchdog", "CostAnomaly")


def test_a_budget_has_alerts_of_its_own() -> None:
    found = told("[budget]\nmonthly_usd = 5000\nday_share = 0.2")
    assert found.budget == CostBudget(5_000.0, 0.02, 0.2)
    assert first(alert(found, "CostBudgetHour").test).bound == pytest.approx(100)
    assert first(alert(found, "CostBudgetDay").test).bound == pytest.approx(1_000)
    assert not {one.name for one in alerts()} & {"CostBudgetHour", "CostBudgetDay"}


SLO = '[[slos]]\nname = "own"\ntitle = "Own"\n'
SHIPPED = '[[slos]]\nname = "latency"\n'
HIGH = '[[alerts]]\nname = "HighErrorRate"\n'
OWN = '[[alerts]]\nname = "Own"\ntitle = "Own"\nindicator = "error_rate"\nsign = ">"\nseverity = "page"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slos = 3", "k.toml, line 1: slos must be tables; write [[slos]]"),
        ('[[slos]]\ntitle = "x"', "k.toml, line 1: slos.name is missing"),
        ('[[slos]]\nname = "A b"', "line 2: slos.name 'A b' must be a-z"),
        (f'{SLO}indicator = "availability"', "line 1: slos.target is missing; give the share"),
        (f"{SHIPPED}target = 1", "line 3: slos.target 1 leaves no error budget"),
        (f"{SHIPPED}target = 1.0", "line 3: slos.target 1 leaves no error budget"),
        (
            f"{SHIPPED}target = 99.5",
            "line 3: slos.target 99.5 is no share between 0 and 1; for 99.5 % write 0.995",
        ),
        (f"{SHIPPED}target = 0", "line 3: slos.target 0 is no share"),
        (f"{SHIPPED}target = true", "line 3: slos.target True is no number"),
        (f'{SHIPPED}window = "36h"', "line 3: slos.window must be whole days"),
        (f'{SHIPPED}window = "120d"', "line 3: slos.window '120d' must be from 1d to 90d"),
        (f'{SHIPPED}window = "a month"', "line 3: slos.window 'a month' is no time"),
        (f"{SHIPPED}windows = 1", "line 3: slos.windows is not known; use one of name, title"),
        (
            f'{SHIPPED}good = "duration_s <= 5"',
            "line 1: slos.title is missing; say what latency promises now",
        ),
        (
            f'{SHIPPED}title = "x"\ngood = "duration_s < 5"',
            "line 4: slos.good cannot be read: '<' at 12 is no sign",
        ),
        (f'{SHIPPED}relation = "calls"', "line 3: slos.relation cannot be changed of latency, which ships"),
        (f"{SHIPPED}{SHIPPED}", "line 4: slos.name 'latency' is another objective's"),
        (f"{SLO}off = true", "line 4: slos.off 'own' is not shipped"),
        (f"{SLO}target = 0.9", "line 1: slos.indicator is missing; give one, or relation (calls,"),
        (
            f'{SLO}target = 0.9\nindicator = "x"',
            "line 5: slos.indicator 'x' is not known; use one of availability",
        ),
        (
            f'{SLO}target = 0.9\nindicator = "cache_hit_rate"',
            "line 5: slos.indicator cache_hit_rate counts no good",
        ),
        (f'{SLO}target = 0.9\nindicator = "latency_p95"', "line 1: slos.at_most is missing; give seconds"),
        (f'{SLO}indicator = "error_rate"\nat_most = 3', "line 5: slos.at_most does not fit error_rate"),
        (
            f'{SLO}relation = "rows"',
            "line 4: slos.relation 'rows' is not known; use one of calls, tool_calls",
        ),
        (
            f'{SLO}relation = "tasks"\neligible = "tool = x"',
            "line 5: slos.eligible cannot be read: task has no field",
        ),
        (f'{SLO}relation = "tasks"\neligible = "always"', "line 1: slos.good is missing"),
        (
            f'{SLO}relation = "tasks"\neligible = "always"\ngood = "always"\ntarget = 0.9\nmodel = "x"',
            "line 8: slos.model does not fit",
        ),
        (f'{SHIPPED}feature = "sup*"', "line 3: slos.feature 'sup*' has *, which is not read"),
        (f"{SHIPPED}feature = []", "line 3: slos.feature [] is no text"),
        (f"{SHIPPED}at_least = -1", "line 3: slos.at_least -1 is no whole number"),
        ("alerts = 3", "k.toml, line 1: alerts must be tables; write [[alerts]]"),
        ("[[alerts]]\nbound = 1", "line 1: alerts.name is missing"),
        (f"{HIGH}bound = 5", "line 3: alerts.bound 5 is no share; for 5 % write 0.05"),
        (f'{HIGH}bound = "5%"', "line 3: alerts.bound '5%' is no number"),
        (f'{HIGH}indicator = "error_rate"', "line 3: alerts.indicator cannot be changed of HighErrorRate"),
        (f'{HIGH}for = "5 min"', "line 3: alerts.for '5 min' is no time; write a number and s, m, h or d"),
        (f'{HIGH}window = "10s"', "line 3: alerts.window '10s' must be from 1m to 30d"),
        (f'{HIGH}severity = "critical"', "line 3: alerts.severity 'critical' is not known; use one of page"),
        (f'{HIGH}group = "My group"', "line 3: alerts.group 'My group' must be a-z"),
        (f"{HIGH}{HIGH}", "line 4: alerts.name 'HighErrorRate' is another alert's"),
        (
            '[[alerts]]\nname = "CostAnomaly"\nat_least = 3',
            "line 3: alerts.at_least does not fit CostAnomaly",
        ),
        (
            '[[alerts]]\nname = "CostUnusual"\nbound = 3',
            "line 3: alerts.bound cannot be changed of CostUnusual",
        ),
        (
            '[[alerts]]\nname = "TelemetryLost"\nservice = "a"',
            "line 3: alerts.service cannot be changed of Tele",
        ),
        (
            '[[alerts]]\nname = "SloBurnLatencyFast"\nbound = 0.1',
            "line 3: alerts.bound follows from the objective; change latency in [[slos]]",
        ),
        ('[[alerts]]\nname = "Own"', "line 1: alerts.indicator is missing; give one, or relation"),
        (f'{OWN}window = "5m"', "line 1: alerts.bound is missing; give what the value is compared with"),
        (f"{OWN}bound = 0.1", "line 1: alerts.window is missing; give a time"),
        (f'{OWN}bound = 0.1\nwindow = "5m"\nby = "user_id"', "line 9: alerts.by user_id has too many values"),
        (
            f'{OWN}bound = 0.1\nwindow = "5m"\nby = "shoe"',
            "line 9: alerts.by cannot be read: call has no field 'shoe'",
        ),
        (f'{OWN}bound = 0.1\nwindow = "5m"\neligible = "always"', "line 9: alerts.eligible is given beside"),
        (f"{HIGH}bound = 1", "line 3: alerts.bound 1 is never passed, as no share is above it; give less"),
        (
            f'{OWN.replace(">", "<")}window = "5m"\nbound = 0',
            "line 8: alerts.bound 0 is never passed, as nothing is below it; give more",
        ),
        (f'{OWN.replace(">", ">=")}window = "5m"\nbound = 0', "line 8: alerts.bound 0 is passed by every"),
        (f'{OWN.replace(">", "<=")}window = "5m"\nbound = 1', "line 8: alerts.bound 1 is passed by every"),
        (
            '[[alerts]]\nname = "HighLatency"\nbound = 90_000',
            "line 3: alerts.bound 90000 is in seconds, and no call takes over a day; give less",
        ),
        (
            '[[alerts]]\nname = "CostAnomaly"\nbound = 1e30',
            "line 3: alerts.bound 1e+30 is more than there can ever be; give what",
        ),
        (
            f"{HIGH}at_least = 1_000_000_000_000_000",
            "line 3: alerts.at_least 1000000000000000 is more than there can ever be; give at most",
        ),
        (
            f"{SHIPPED}target = 0.9999999999",
            "line 3: slos.target 0.9999999999 allows less than one bad event in a million; give 0.999999",
        ),
        (
            f'{SLO}indicator = "latency_p95"\nat_most = 0\ntarget = 0.9',
            "line 5: slos.at_most 0 s is met by no call, or by all; give seconds",
        ),
        (f'{HIGH}channel = "ops"', "line 3: alerts.channel 'ops' is not known; add one as [[channels]]"),
        (f'{HIGH}\n[[alerts]]\nname = "x y"', "line 5: alerts.name 'x y' must be letters"),
        ("budget = 3", "k.toml, line 1: budget must be a table; write [budget]"),
        ("[budget]\nhour_share = 0.1", "line 1: budget.monthly_usd is missing; give USD"),
        ("[budget]\nmonthly_usd = 0", "line 2: budget.monthly_usd 0 leaves nothing to spend"),
        ("[budget]\nmonthly_usd = 10\nday_share = 2", "line 3: budget.day_share 2 is no share of the month"),
        ("[budget]\nusd = 10", "line 2: budget.usd is not known; use one of monthly_usd"),
    ],
)
def test_what_cannot_be_used_is_told_with_line_key_and_mend(text: str, message: str) -> None:
    with pytest.raises(SettingError) as caught:
        told(text)
    assert message in str(caught.value)


def test_an_application_is_not_stopped_by_a_wrong_alert() -> None:
    assert parsed("[[alerts]]\nbound = -1", "k.toml", {}).prices == ()


@pytest.mark.parametrize(
    ("text", "en", "ja"),
    [
        (
            'indicator = "latency_p95"\nsign = ">"\nbound = 8\nwindow = "5m"\nfeature = "search"',
            "Latency P95 over 5 minutes is above 8 s.",
            "直近5分のレイテンシ P95が 8 秒を超えています。",
        ),
        (
            'indicator = "cost_daily_total_usd"\nsign = ">="\nbound = 1500\nwindow = "1h"',
            "Cost over 1 hour is at least 1,500 USD.",
            "直近1時間のコストが 1,500 USD以上です。",
        ),
        (
            'indicator = "tokens_per_request"\nsign = ">"\nbound = 2e4\nwindow = "1d"',
            "Tokens per request over 1 day is above 20,000 tokens.",
            "直近1日のリクエストあたりトークンが 20,000 トークンを超えています。",
        ),
        (
            'relation = "calls"\neligible = "outcome = ok"\nsign = "<"\nbound = 3\nwindow = "90s"',
            "The number of calls (outcome = ok) over 90 seconds is below 3.",
            "直近90秒の呼び出し(outcome = ok)の件数が 3 件を下回っています。",
        ),
        (
            'relation = "tool_calls"\ngood = "outcome = error"\nsign = "<="\nbound = 0.125\nwindow = "2h"',
            "The share of tool runs with outcome = error over 2 hours is at most 12.5 %.",
            "直近2時間のツール実行のうち outcome = error の割合が 12.5 %以下です。",
        ),
    ],
)
def test_an_alert_of_ones_own_says_what_is_measured_in_which_unit_and_for_how_long(
    text: str, en: str, ja: str
) -> None:
    own = alert(told(f'[[alerts]]\nname = "Own"\ntitle = "Own"\nseverity = "page"\n{text}'), "Own")
    assert own.why == Text(en, ja)


def test_a_shipped_alert_on_no_indicator_says_what_it_holds_when_it_is_changed() -> None:
    changed = alert(told('[[alerts]]\nname = "CostAnomaly"\nbound = 50\nservice = "shop"'), "CostAnomaly")
    assert changed.why.en == "Cost over 1 hour is above 50 USD."


WORDS = st.sampled_from(["ok", "error", "a b", "and", "true", 'q"\\', "claude-x", "日本"])
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(Is, st.sampled_from(["outcome", "feature"]), WORDS),
    st.builds(Is, st.just("stream"), st.booleans()),
    st.builds(OneOf, st.just("outcome"), st.lists(WORDS, min_size=1, max_size=3).map(tuple)),
    st.builds(Present, st.sampled_from(["feature", "ttft_s", "tool_names"])),
    st.builds(AtLeast, st.just("duration_s"), st.floats(-5, 5)),
    st.builds(AtMost, st.just("ttft_s"), st.floats(-5, 5)),
)
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Both, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Either, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
ROWS = st.fixed_dictionaries(
    {
        "outcome": st.one_of(st.just(""), WORDS),
        "feature": st.one_of(st.just(""), WORDS),
        "stream": st.sampled_from([None, True, False]),
        "duration_s": st.one_of(st.none(), st.floats(-5, 5)),
        "ttft_s": st.one_of(st.none(), st.floats(-5, 5)),
        "tool_names": st.sampled_from([[], ["a"]]),
    }
)


@given(condition=CONDITIONS, rows=st.lists(ROWS, min_size=1, max_size=8))
def test_a_condition_written_and_read_again_holds_of_the_same_rows(
    condition: Condition, rows: list[dict[str, object]]
) -> None:
    again = condition_of(written(condition), CALLS)
    assert [holds(again, row) for row in rows] == [holds(condition, row) for row in rows]


@pytest.mark.parametrize("bound", ["10000000000000000", "0.0000001", "1e300", "3"])
def test_a_number_of_any_size_can_be_written(bound: str) -> None:
    one = condition_of(f"input_tokens >= {bound}", CALLS)
    assert condition_of(written(one), CALLS) == one


def test_every_shipped_objective_can_be_written() -> None:
    for shipped in SLOS:
        for one in (shipped.eligible, shipped.good):
            assert written(condition_of(written(one), shipped.relation)) == written(one)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it ends where a field must stand"),
        ("outcome", "it ends where a sign after outcome must stand"),
        ("outcome ok", "'ok' at 9 is no sign; use one of =, !="),
        ("outcome = ok outcome = error", "'outcome' at 14 is not expected; join conditions"),
        ("(outcome = ok", "it ends where ) must stand"),
        ("outcome in ok", "'ok' at 12 stands where [ must stand"),
        ("outcome = o*", "'o*' at 11 is a pattern"),
        ("outcome >= 3", "outcome cannot be compared with >=; use =, != or in"),
        ("duration_s = 3", "duration_s cannot be compared with =; use >= or <="),
        ("duration_s >= nan", "'nan' at 15 is no number"),
        ('duration_s >= "3"', "is no number; duration_s is in seconds"),
        ("time known and time = 3", "time cannot be compared with =; use another field"),
        ("stream = maybe", "stream is true or false, not 'maybe'"),
        ("tool_names = x", "tool_names cannot be compared with =; use known or unknown"),
        ('outcome = ""', "nothing equals the empty text"),
        ("outcome = ok; drop", "';' at 13 is not expected"),
        ('outcome = "ok', "'\"' at 11 is not expected; put texts in double quotes"),
        ("not " * 60 + "outcome = ok", "brackets deep"),
        ("(" * 60 + "outcome = ok" + ")" * 60, "brackets deep"),
    ],
)
def test_a_condition_that_cannot_be_read_says_where(text: str, message: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        condition_of(text, CALLS)
    assert message in str(caught.value)


def test_the_file_that_the_docs_show_can_be_used() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "slos.md").read_text(encoding="utf-8")
    shown = docs.partition("```toml\n")[2].partition("```")[0]
    found = told(f'{shown}\n[[channels]]\nname = "ops"\nkind = "webhook"\nurl_env = "X"\n')
    assert {"support_quick", "no_rate_limits"} < {one.name for one in found.slos}
    assert "ttft" not in {one.name for one in found.slos}
    assert alert(found, "SupportSlow").by == "release"


def test_an_objective_may_be_of_calendar_periods_in_a_place() -> None:
    found = slo(
        told('[[slos]]\nname = "availability"\nwindow = "week"\ntimezone = "Asia/Tokyo"'), "availability"
    )
    assert found.calendar == Calendar("week", "Asia/Tokyo")
    assert (found.window_s, found.burns) == (7 * DAY_S, burns_over(7 * DAY_S))
    month = slo(told('[[slos]]\nname = "availability"\nwindow = "month"'), "availability")
    assert (month.calendar, month.burns) == (Calendar("month"), BURNS)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('window = "fortnight"', "'fortnight' is no period; write one of day, week, month"),
        ('window = "7d"\ntimezone = "Asia/Tokyo"', "is of a calendar period"),
        ('window = "month"\ntimezone = "Mars"', "'Mars' is not known"),
    ],
)
def test_a_calendar_period_that_is_none_is_refused(said: str, why: str) -> None:
    with pytest.raises(SettingError, match=why):
        told(f'[[slos]]\nname = "availability"\n{said}')
