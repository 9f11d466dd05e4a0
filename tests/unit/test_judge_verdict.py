"""The verdict: states, sentences and reasons, in both languages."""

from dataclasses import replace

import pytest

from kansoku.catalog.indicators import INDICATORS, indicator
from kansoku.catalog.measures import Reading
from kansoku.judge.standing import standing
from kansoku.judge.verdict import Evidence, verdict


def evidence(
    failed: int,
    ended: int,
    *,
    window_s: int = 3_600,
    p95: float | None = 3.14,
    spent: float | None = 12.4,
    unpriced: int = 0,
    begun: int | None = None,
    most: str | None = "overloaded_error",
    feature: str | None = None,
    **others: Reading,
) -> Evidence:
    """So many ended calls, so many of them failed; every other indicator without data."""
    share = failed / ended if ended else None
    readings = {known.name: Reading(None, 0) for known in INDICATORS}
    readings["error_rate"] = Reading(share, ended)
    readings["availability"] = Reading(None if share is None else 1 - share, ended)
    readings["latency_p95"] = Reading(p95, ended if p95 is not None else 0)
    calls = ended if begun is None else begun
    besides = {
        "calls": Reading(float(calls), calls),
        "spent": Reading(spent, ended),
        "unpriced": Reading(float(unpriced), unpriced),
    }
    return Evidence(
        window_s, readings | others, besides, most if failed else None, (feature,) if feature else ()
    )


@pytest.mark.parametrize(
    ("given", "en", "ja"),
    [
        pytest.param(
            evidence(50, 12_480),
            "WORKING: 99.6 % of 12,480 calls succeeded in the last hour; P95 3.1 s; $12.40.",
            "正常: 直近1時間の12,480件のうち99.6%が成功、P95 3.1秒、$12.40。",
            id="most calls succeed",
        ),
        pytest.param(
            evidence(5, 12_480, unpriced=31),
            "WORKING: 99.96 % of 12,480 calls succeeded in the last hour; P95 3.1 s; "
            "at least $12.40 (31 calls without a known price).",
            "正常: 直近1時間の12,480件のうち99.96%が成功、P95 3.1秒、$12.40以上(価格不明 31件)。",
            id="nearly all succeed, some without a price",
        ),
        pytest.param(
            evidence(0, 1, spent=None, unpriced=1, window_s=86_400),
            "WORKING: 100 % of 1 call succeeded in the last 24 hours; P95 3.1 s; "
            "cost unknown (1 call without a known price).",
            "正常: 直近24時間の1件のうち100%が成功、P95 3.1秒、コスト不明(価格不明 1件)。",
            id="one call without a price",
        ),
        pytest.param(
            evidence(0, 40, p95=None, spent=None, feature="chat", window_s=7 * 86_400),
            "WORKING: 100 % of 40 calls for “chat” succeeded in the last 7 days.",
            "正常: 「chat」の直近7日の40件のうち100%が成功。",
            id="one feature, and nothing known besides",
        ),
        pytest.param(
            evidence(35, 482),
            "DEGRADED: error rate 7.3 % (objective: at most 5 %, 482 calls), "
            "most often overloaded_error, in the last hour.",
            "低下: 直近1時間で、エラー率 7.3%(目標 5%以下、482件)、最多は overloaded_error。",
            id="too many errors",
        ),
        pytest.param(
            evidence(0, 482, p95=10.0004),
            "DEGRADED: latency P95 10.0004 s (objective: at most 10 s, 482 calls), in the last hour.",
            "低下: 直近1時間で、レイテンシ P95 10.0004秒(目標 10秒以下、482件)。",
            id="just too slow",
        ),
        pytest.param(
            evidence(
                0,
                482,
                p95=20.0,
                hallucination_rate=Reading(0.1, 50),
                task_completion_rate=Reading(0.5, 60),
            ),
            "DEGRADED: latency P95 20 s (objective: at most 10 s, 482 calls); "
            "task completion 50.0 % (objective: at least 95 %, 60 tasks); and 1 more, in the last hour.",
            "低下: 直近1時間で、レイテンシ P95 20秒(目標 10秒以下、482件)。"
            "タスク完了率 50.0%(目標 95%以上、60件)、ほか1項目。",
            id="three objectives missed",
        ),
        pytest.param(
            evidence(18, 20, window_s=900),
            "DOWN: 18 of 20 calls failed in the last 15 minutes, most often overloaded_error.",
            "停止: 直近15分の20件のうち18件が失敗、最多は overloaded_error。",
            id="nearly all fail",
        ),
        pytest.param(
            evidence(3, 3, most=None, feature="chat"),
            "DOWN: 3 of 3 calls for “chat” failed in the last hour.",
            "停止: 「chat」の直近1時間の3件のうち3件が失敗。",
            id="all of three fail, of no known type",
        ),
        pytest.param(
            evidence(0, 0, p95=None, spent=None),
            "NO DATA: no call of Claude in the last hour.",
            "データなし: 直近1時間に Claude の呼び出しがありません。",
            id="no call",
        ),
        pytest.param(
            evidence(0, 0, p95=None, spent=None, begun=5),
            "NO DATA: none of 5 calls ran to its end in the last hour.",
            "データなし: 直近1時間の5件に、最後まで実行された呼び出しがありません。",
            id="only calls that the application stopped",
        ),
        pytest.param(
            evidence(2, 2),
            "NO DATA: too few calls to judge: 2 of 2 calls failed in the last hour.",
            "データなし: 直近1時間の2件のうち2件が失敗。判断には呼び出しが少なすぎます。",
            id="two failures are too few to call it down, and not working either",
        ),
    ],
)
def test_the_headline_when(given: Evidence, en: str, ja: str) -> None:
    headline = verdict(given).headline
    assert (headline.en, headline.ja) == (en, ja)


def test_half_of_the_calls_failing_is_down_and_one_less_is_degraded() -> None:
    assert verdict(evidence(50, 100)).state == "down"
    assert verdict(evidence(49, 100)).state == "degraded"


def test_the_reasons_of_an_outage_name_every_broken_objective() -> None:
    reasons = verdict(evidence(18, 20)).reasons
    assert [reason.en for reason in reasons] == [
        "Availability 10.0 % (objective: at least 99.5 %, 20 calls), most often overloaded_error.",
        "Error rate 90.0 % (objective: at most 5 %, 20 calls), most often overloaded_error.",
    ]


def test_a_missed_objective_on_too_few_rows_is_told_but_does_not_degrade() -> None:
    judged = verdict(evidence(0, 40, user_satisfaction=Reading(0.5, 8)))
    assert judged.state == "working"
    assert [(reason.en, reason.ja) for reason in judged.reasons] == [
        (
            "User satisfaction 50.0 % (objective: at least 80 %, 8 ratings): too few to judge.",
            "ユーザー満足度 50.0%(目標 80%以上、8件): 判断には少なすぎます。",
        )
    ]


def test_a_broken_objective_without_any_call_still_degrades() -> None:
    given = evidence(0, 0, p95=None, spent=None, task_completion_rate=Reading(0.5, 60))
    assert verdict(given).state == "degraded"


@pytest.mark.parametrize(
    ("name", "value", "n", "state"),
    [
        ("error_rate", 0.05, 100, "ok"),
        ("error_rate", 0.0501, 1_000, "breach"),
        ("error_rate", 0.5, 9, "low_sample"),
        ("error_rate", 0.0, 9, "low_sample"),
        ("error_rate", None, 0, "no_data"),
        ("availability", 0.9, 20, "low_sample"),  # two bad calls of twenty
        ("availability", 0.85, 20, "breach"),  # three
        ("availability", 0.995, 20_000, "ok"),
        ("latency_p95", 11.0, 20, "breach"),
        ("latency_p95", 11.0, 19, "low_sample"),
        ("latency_p50", 99.0, 500, "none"),
        ("latency_p50", None, 0, "no_data"),
    ],
)
def test_the_state_of_an_indicator(name: str, value: float | None, n: int, state: str) -> None:
    assert standing(indicator(name), Reading(value, n)).state == state


def test_a_breach_of_the_error_rate_leaves_availability_to_the_reasons() -> None:
    judged = verdict(evidence(35, 482))
    assert "availability" not in judged.sentence.en
    assert any("Availability 92.7 %" in reason.en for reason in judged.reasons)


def test_a_sentence_without_its_window_would_be_wrong_so_it_follows_the_window() -> None:
    given = evidence(18, 20)
    assert "in the last hour" in verdict(given).sentence.en
    assert "in the last 30 days" in verdict(replace(given, window_s=2_592_000)).sentence.en


def test_services_that_are_broken_come_first_the_worst_of_them_before_others() -> None:
    services = {
        "large": Reading(0.02, 12_000),
        "half": Reading(0.5, 40),
        "gone": Reading(1.0, 3),
        "unlucky": Reading(1.0, 2),
        "": Reading(0.06, 100),
    }
    found = verdict(replace(evidence(35, 12_145), services=services))
    assert found.state == "degraded"
    assert found.headline.en == (
        "DEGRADED: 3 of 3 calls of service “gone” failed; 20 of 40 calls of service “half” failed; "
        "and 1 more, in the last hour."
    )
    assert [one.en for one in found.reasons] == [
        "3 of 3 calls of service “gone” failed.",
        "20 of 40 calls of service “half” failed.",
        "6 of 100 calls of services without a name failed.",
    ]
    assert "名前のないサービスの100件のうち6件が失敗" in found.reasons[-1].ja


def test_a_service_with_all_calls_there_are_is_told_as_these() -> None:
    found = verdict(replace(evidence(35, 482), services={"only": Reading(35 / 482, 482)}))
    assert found == verdict(evidence(35, 482))
