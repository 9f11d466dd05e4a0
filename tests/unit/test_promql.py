"""Measures and tests as PromQL, and what the exported metrics cannot tell."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from kansoku.catalog.alert_pack import ALERTS
from kansoku.catalog.alerts import Always, Compare, Every, Lost, Signal, Some, Test, Unusual
from kansoku.catalog.fields import CALLS, EVALUATIONS, FEEDBACK, TASKS
from kansoku.catalog.filters import of_models
from kansoku.catalog.indicators import INDICATORS, indicator
from kansoku.catalog.measures import (
    AtMost,
    Both,
    Condition,
    Count,
    Either,
    Is,
    Mean,
    Measure,
    Not,
    OneOf,
    Present,
    Quantile,
    Ratio,
    Sum,
)
from kansoku.catalog.outcomes import ANSWERED, ENDED, FAILED, IS_CHAT
from kansoku.errors import DefinitionError
from kansoku.query.promql import Given, Window, condition, measure, of_service, span, value

MINUTE = Window(60)


def test_a_callers_own_fault_is_no_part_of_availability() -> None:
    faults = (
        '(sum(increase(claude_api_errors_total{error_type=~"invalid_request_error|not_found_error|'
        'request_too_large"}[1m])) or vector(0))'
    )
    answered = '(sum(increase(claude_api_calls_total{status="ok"}[1m])) or vector(0))'
    ended = '(sum(increase(claude_api_calls_total{status=~"error|ok"}[1m])) or vector(0))'
    assert measure(indicator("availability").measure, MINUTE) == f"{answered} / ({ended} - {faults})"


def test_a_counter_that_is_not_there_counts_zero() -> None:
    failed = Count(CALLS, Both((ENDED, FAILED)))
    assert measure(failed, MINUTE) == (
        '(sum(increase(claude_api_calls_total{status="error"}[1m])) or vector(0))'
    )
    assert measure(failed, Window(60, by="model")) == (
        '(sum by (model)(increase(claude_api_calls_total{status="error"}[1m]))'
        " or 0 * sum by (model)(increase(claude_api_calls_total[1m])))"
    )


def test_a_label_with_signs_of_its_own_is_taken_as_it_is() -> None:
    one = Count(CALLS, Both((ENDED, FAILED, Is("error_type", 'say "no"'))))
    two = Count(CALLS, Both((ENDED, FAILED, OneOf("error_type", ("a.b", "c|d")))))
    assert r'{error_type="say \"no\""}' in measure(one, MINUTE)
    assert r'{error_type=~"a\\.b|c\\|d"}' in measure(two, MINUTE)


def test_a_condition_that_no_row_meets_counts_zero() -> None:
    assert measure(Count(FEEDBACK, Is("label", "sideways")), MINUTE) == "vector(0)"


def test_a_bound_is_read_with_and_without_its_decimal() -> None:
    text = measure(Count(CALLS, Both((ANSWERED, AtMost("duration_s", 10.0)))), MINUTE)
    assert 'claude_api_latency_seconds_bucket{le=~"10(\\\\.0)?"}' in text


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Count(CALLS, Is("feature", "chat")), "no metric has feature as a label"),
        (Count(CALLS, Both((ANSWERED, AtMost("duration_s", 7.0)))), "7 is no bucket"),
        (Count(CALLS, AtMost("duration_s", 10.0)), "not exported of these calls alone"),
        (Count(CALLS, Is("stop_reason", "refusal")), "counted of answers"),
        (Count(CALLS, Both((ANSWERED, Not(Is("stop_reason", "refusal"))))), "only where they are named"),
        (Quantile(CALLS, "rate_limit_remaining_ratio", 0.5, ANSWERED), "no histogram of rate_limit"),
        (Quantile(CALLS, "retry_wait_s", 0.5), "no histogram of retry_wait_s"),
        (Sum(CALLS, ("cost_usd",), Is("feature", "chat")), "totals are exported of all calls only"),
        (Count(EVALUATIONS, Is("name", "tone")), "only 'hallucination' can be read"),
        (Count(TASKS, Is("name", "answer")), "no metric has name as a label"),
        (Count(CALLS, Both((Is("feature", "chat"), Present("unpriced_reason")))), "of all calls only"),
        (Sum(CALLS, ("thinking_tokens",)), "no metric has the total of thinking_tokens"),
        (Count(CALLS, Is("response_model", "m")), "no metric has response_model alone as a label"),
        (
            Count(CALLS, Either((Is("response_model", "m"), Is("request_model", "n")))),
            "no metric has response_model alone as a label",
        ),
    ],
)
def test_what_the_metrics_cannot_tell_says_why(asked: Measure, why: str) -> None:
    with pytest.raises(DefinitionError, match=why):
        measure(asked, MINUTE)


def test_tests_are_joined_and_bounds_written_out() -> None:
    spent = Compare(Signal(Sum(CALLS, ("cost_usd",)), 3600, ago_s=86_400), ">=", 2.5)
    cost = "(sum(increase(claude_cost_usd_total[1h] offset 1d)) or vector(0)) >= 2.5"
    assert condition(spent, None) == cost
    assert condition(Every((spent, Always())), None) == f"({cost})\nand\n(vector(1))"
    assert condition(Some((spent, Always())), None) == f"({cost})\nor\n(vector(1))"


@pytest.mark.parametrize(
    ("seconds", "text"), [(45, "45s"), (90, "90s"), (300, "5m"), (7200, "2h"), (259_200, "3d")]
)
def test_times_are_written_as_prometheus_reads_them(seconds: int, text: str) -> None:
    assert span(seconds) == text


def test_failed_calls_are_split_by_their_error_type() -> None:
    split = Window(60, by="error_type")
    assert (
        measure(Count(CALLS, FAILED), split) == "sum by (error_type)(increase(claude_api_errors_total[1m]))"
    )
    one = Count(CALLS, Both((FAILED, Is("error_type", "api_error"))))
    assert '{error_type="api_error"}' in measure(one, split)
    with pytest.raises(DefinitionError, match="only failed calls have an error type"):
        measure(Count(CALLS, ENDED), split)


def test_every_series_is_narrowed_to_a_service() -> None:
    only = of_service("shop")
    given = Given(only)
    spent = Compare(Signal(Sum(CALLS, ("cost_usd",)), 3600), ">", 1)
    assert (
        condition(spent, None, given)
        == '(sum(increase(claude_cost_usd_total{job="shop"}[1h])) or vector(0)) > 1'
    )
    lost = condition(Lost(300, 86_400), "service", given)
    assert lost.count('kansoku_instrumented{job="shop"}') == 4
    assert lost.count('up{job="shop"}') == 1
    assert lost.count("{") == 5
    late = measure(indicator("latency_p95").measure, Window(60, only=only))
    assert 'claude_api_latency_seconds_bucket{job="shop"}[1m]' in late
    assert of_service(None) == ()


OF_M = of_models(("m",))
EITHER = Either((OneOf("response_model", ("a", "b.c")), OneOf("request_model", ("b.c", "a"))))


@pytest.mark.parametrize(
    ("where", "matcher"),
    [
        (OF_M, 'model="m"'),
        (Not(OF_M), 'model!="m"'),
        (
            Either((OneOf("response_model", ("a", "b.c")), OneOf("request_model", ("b.c", "a")))),
            r'model=~"a|b\\.c"',
        ),
        (Is("service", "shop"), 'job="shop"'),
        (Both((OF_M, Not(OneOf("service", ("x", "y"))))), 'model="m",job!~"x|y"'),
    ],
)
@pytest.mark.parametrize(
    "asked",
    [
        *(one.measure for one in INDICATORS if one.name in ("availability", "latency_p95", "ttft_p95")),
        *(one.measure for one in INDICATORS if "cost" in one.name or one.name == "tokens_per_request"),
        indicator("cache_hit_rate").measure,
        Count(CALLS, Both((ANSWERED, Present("duration_s"), AtMost("duration_s", 10.0)))),
        Count(CALLS, Present("unpriced_reason")),
    ],
)
def test_a_model_or_a_service_narrows_every_series(asked: Measure, where: Condition, matcher: str) -> None:
    def narrowed(text: str) -> str:
        return re.sub(
            r"(claude_\w+)(?:\{([^}]*)\})?", lambda found: f"{found[1]}{{{joined(found[2])}}}", text
        )

    def joined(labels: str | None) -> str:
        return f"{labels},{matcher}" if labels else matcher

    assert measure(_with(asked, where), MINUTE) == narrowed(measure(asked, MINUTE))


def _with(asked: Measure, where: Condition) -> Measure:
    if isinstance(asked, Ratio):
        return replace(asked, eligible=Both((asked.eligible, where)))
    return replace(asked, where=Both((asked.where, where)))


def test_weeks_before_are_those_of_the_same_model() -> None:
    (unusual,) = (one for alert in ALERTS for one in _unusual(alert.test))
    narrow = replace(unusual, signal=replace(unusual.signal, measure=_with(unusual.signal.measure, OF_M)))
    text = condition(narrow, None)
    assert text.count("claude_cost_usd_total{") == text.count('claude_cost_usd_total{model="m"}') > 3


def _unusual(test: Test) -> Iterator[Unusual]:
    if isinstance(test, Unusual):
        yield test
    for one in test.tests if isinstance(test, Every | Some) else ():
        yield from _unusual(one)


def test_a_service_that_was_never_seen_is_lost_only_where_it_is_asked_for_by_name() -> None:
    assert "absent" not in condition(Lost(300, 86_400), "service")
    assert "absent_over_time" in condition(Lost(300, 86_400), "service", Given(of_service("shop")))


def test_a_recorded_series_stands_for_its_measure_and_window_alone() -> None:
    failed = Count(CALLS, Both((ENDED, FAILED)))
    given = Given(recorded={(failed, 60): "kept"})
    assert value(Signal(failed, 60), given=given) == "kept"
    assert value(Signal(failed, 60, ago_s=60), given=given) == "kept offset 1m"
    for other in (Signal(failed, 120), Signal(Count(CALLS, ENDED), 60)):
        assert "kept" not in value(other, given=given)
    assert "kept" not in value(Signal(failed, 60), "response_model", given)


def test_a_range_may_be_named_and_looked_at_from_the_end() -> None:
    calls = Count(CALLS, Both((ENDED, FAILED)))
    assert "[$__range] @ end()" in measure(calls, Window("$__range", at_end=True))
    assert "[1m] @ end() offset 1h" in measure(calls, Window(60, ago_s=3600, at_end=True))


def test_attempts_are_taken_over_all_calls_and_not_over_those_that_succeeded() -> None:
    text = measure(Mean(CALLS, ("attempts",), IS_CHAT), MINUTE)
    assert text == (
        "(sum(increase(claude_api_attempts_total[1m])) or vector(0)) / "
        "(sum(increase(claude_api_calls_total[1m])) or vector(0))"
    )
