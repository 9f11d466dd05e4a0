"""Monitors for Datadog, their queries read over the very packets that an application sends."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import Alert, Compare, Every, Some, Test
from kansoku.catalog.fields import CALLS
from kansoku.catalog.instruments import INSTRUMENTS
from kansoku.catalog.measures import Both, Condition, Count, Is, Measure, OneOf, Quantile, Ratio
from kansoku.catalog.outcomes import IS_CHAT
from kansoku.emit.dogstatsd import is_sent, packet_of
from kansoku.emit.measurements import moves_of
from kansoku.errors import DefinitionError
from kansoku.publish.datadog import monitors, untold
from kansoku.query import datadog, oracle
from kansoku.query.datadog import Grouped
from kansoku.query.oracle import Row
from kansoku.record.facts import Call, Evaluation, Feedback, TaskRun, ToolRun
from tests.conformance.history import drawn

Packet = tuple[str, float, dict[str, str]]

FACTS = [fact for at in range(60) for fact in drawn(random.Random(at), at)]


def packets() -> Iterator[Packet]:
    """What an agent would get: names, amounts and tags."""
    for move in (move for fact in FACTS for move in moves_of(fact) if is_sent(move[0])):
        head, _, tags = packet_of(move, "service:shop,env:prod").partition("|#")
        name, _, amount = head.partition("|")[0].partition(":")
        told = (tag.partition(":") for tag in tags.split(","))
        yield name, float(amount), {key: value for key, _, value in told}


def rows() -> Iterator[Row]:
    """The facts as the oracle reads them."""
    for fact in FACTS:
        match fact:
            case Call():
                usage = fact.usage
                yield {
                    "kind": "call",
                    "operation": fact.operation,
                    "outcome": fact.outcome,
                    "error_type": fact.error_type,
                    "duration_s": fact.duration_s,
                    "ttft_s": fact.ttft_s,
                    "stop_reason": fact.stop_reason,
                    "rate_limit_remaining_ratio": fact.rate_limit_remaining_ratio,
                    "cost_usd": fact.cost.usd,
                    "unpriced_reason": fact.cost.unpriced_reason,
                    "input_tokens": usage.input_tokens,
                    "cache_read_tokens": usage.cache_read_tokens,
                    "cache_write_tokens": usage.cache_write_tokens,
                    "attempts": len(fact.attempt_statuses),
                    "failed_attempts": sum(not one.startswith("2") for one in fact.attempt_statuses),
                }
            case ToolRun():
                yield {"kind": "tool_call", "outcome": fact.outcome}
            case TaskRun() | Feedback():
                yield {"kind": "task" if isinstance(fact, TaskRun) else "feedback", "label": fact.label}
            case Evaluation():
                yield {"kind": "evaluation", "name": fact.name, "label": fact.label, "score": None}
            case _:
                raise AssertionError(fact)


def questions(test: Test) -> Iterator[Compare]:
    match test:
        case Compare():
            yield test
        case Every(tests) | Some(tests):
            for one in tests:
                yield from questions(one)
        case _:
            raise AssertionError(test)


TOLD = [alert for alert in alerts() if alert.name not in untold(alerts())]
SENT = list(packets())


def counted(query: str) -> float:
    """The query's value before its sign, each count added up over the packets."""

    def added(found: re.Match[str]) -> str:
        how, name, scope = found.groups()
        amounts = [amount for sent, amount, tags in SENT if sent == name and fits(scope, tags)]
        return repr(float(len(amounts) if how == "count" else sum(amounts)))

    text = query.partition(":")[2].rpartition(" ")[0].rpartition(" ")[0]
    text = re.sub(r"default_zero\((\w+):([\w.]+)\{([^}]*)\}(?: by \{\w+\})?\.as_count\(\)\)", added, text)
    assert re.fullmatch(r"[\d.e()+/\- ]+", text)
    return float(eval(text))


def fits(scope: str, tags: dict[str, str]) -> bool:
    """Whether the tags are what the scope asks for."""
    for one in scope.split(" AND "):
        among = re.fullmatch(r"(\w+)( NOT)? IN \((.*)\)", one)
        single = re.fullmatch(r"(NOT )?(\w+):(.*)", one)
        if among is not None:
            held = tags.get(among[1]) in among[3].split(",")
            wanted = among[2] is None
        else:
            assert single is not None, one
            told = tags.get(single[2], "")
            held = told.startswith(single[3][:-1]) if single[3].endswith("*") else told == single[3]
            wanted = single[1] is None
        if held != wanted:
            return False
    return True


@pytest.mark.parametrize("alert", TOLD, ids=lambda alert: alert.name)
def test_a_query_over_the_packets_is_what_the_measure_means(alert: Alert) -> None:
    facts = list(rows())
    for asked in questions(alert.test):
        if isinstance(asked.signal.measure, Quantile) or asked.signal.ago_s:
            continue  # the sketch is Datadog's, and of earlier nothing is asked; both are looked at below
        means = oracle.read(asked.signal.measure, facts).value
        query = datadog.comparison(asked, Grouped(("service:shop",)))
        assert means is not None
        assert counted(query) == pytest.approx(means)
        assert counted(query.replace("service:shop", "service:other").replace(" / (", " / (1 + ")) == 0


def test_each_metric_is_one_that_is_sent() -> None:
    names = {instrument.datadog_name for instrument in INSTRUMENTS if is_sent(instrument)}
    used = set(re.findall(r"(?:p\d+|sum|count):([\w.]+)[{]", monitors(alerts(), "en")))
    assert "claude.api.latency" in used
    assert used <= names


NAMES = {
    "claude-opus-5": "claude-opus-5",
    "us.anthropic.claude-opus-5:0": "us.anthropic.claude-opus-5:0",
    "My Shop{env:prod} AND *": "my_shop_env:prod_and",
    'a,b) OR (c"d': "a_b_or_c_d",
    "要約 ボット": "要約_ボット",
    "__Draft__2__": "_draft_2",
    "ends:": "ends",
}


@pytest.mark.parametrize(("name", "kept"), NAMES.items())
def test_a_tag_is_written_as_datadog_keeps_it(name: str, kept: str) -> None:
    assert datadog.tag("model", name) == f"model:{kept}"
    whole = next(one for one in alerts() if one.name == "ApiOutage").test
    for asked in questions(narrowed(whole, Is("service", name))):
        assert set(re.findall(r"service:(.*?)(?: AND|})", datadog.comparison(asked, Grouped()))) == {kept}
    for asked in questions(narrowed(whole, OneOf("service", (name, "shop")))):
        assert f"service IN ({','.join(sorted((kept, 'shop')))})" in datadog.comparison(asked, Grouped())


def test_a_tag_is_cut_where_datadog_cuts_it_and_one_of_which_nothing_is_left_is_refused() -> None:
    assert len(datadog.tag("model", "m" * 300)) == 200
    with pytest.raises(DefinitionError, match=r"no tag of Datadog can hold the service '\{\}'"):
        monitors(alerts(), "en", "{}")
    whole = next(one for one in alerts() if one.name == "ApiOutage")
    nothing = replace(whole, test=narrowed(whole.test, Is("service", "{}")))
    assert untold([nothing]) == {"ApiOutage": "no tag of Datadog can hold the service '{}'"}


def test_two_values_that_are_one_tag_are_named_once() -> None:
    made = datadog.measure(Count(CALLS, Both((IS_CHAT, OneOf("service", ("Shop", "shop"))))), Grouped())
    assert "service IN (shop)" in made


def narrowed(test: Test, by: Condition) -> Test:
    """The test of those rows alone."""
    match test:
        case Compare(signal):
            return replace(test, signal=replace(signal, measure=_of(signal.measure, by)))
        case Every(tests) | Some(tests):
            return replace(test, tests=tuple(narrowed(one, by) for one in tests))
        case _:
            raise AssertionError(test)


def _of(measure: Measure, by: Condition) -> Measure:
    if isinstance(measure, Ratio):
        return replace(measure, eligible=Both((measure.eligible, by)))
    return replace(measure, where=Both((measure.where, by)))


def test_a_composite_comes_behind_its_parts_and_names_them_all() -> None:
    made: list[dict[str, Any]] = json.loads(monitors(alerts(), "en", "shop"))
    before: set[str] = set()
    parts: set[str] = set()
    for one in made:
        if one["type"] == "composite":
            named = re.findall(r"\{([^}]*)\}", one["query"])
            assert set(named) <= before
            assert 2 <= len(named) <= 10
            parts |= set(named)
        else:
            assert "service:shop" in one["query"]
            assert one["query"].endswith(f"{one['options']['thresholds']['critical']:.10g}")
        before.add(one["name"])
    assert parts == {one["name"] for one in made if one["tags"][1] == "part"}
    assert len(before) == len(made)


def test_a_composite_joins_its_parts_as_the_alert_does() -> None:
    made = {one["name"].partition(":")[0]: one for one in json.loads(monitors(alerts(), "en"))}
    assert made["ApiOutage"]["query"] == "{ApiOutage.1} && {ApiOutage.2}"
    fast = "SloBurnAvailabilityFast"
    ends = [f"{{{fast}.{at}}}" for at in range(1, 7)]
    assert made[fast]["query"] == f"({' && '.join(ends[:3])}) || ({' && '.join(ends[3:])})"
    assert made["ApiOutage"]["priority"] == 1
    assert "by {service}" in made["ApiOutage.1"]["query"]
    assert "service:" not in made["ApiOutage.1"]["query"]


def test_messages_are_of_the_language_that_is_asked_for() -> None:
    (outage,) = (alert for alert in alerts() if alert.name == "ApiOutage")
    assert outage.todo.ja in monitors(alerts(), "ja").replace("\\n", "\n")
    assert outage.todo.ja not in monitors(alerts(), "en")


def test_what_no_monitor_can_tell_is_left_out_with_the_reason() -> None:
    told = untold(alerts())
    assert told["NoTraffic"] == "a monitor compares only with now"
    assert told["CostUnusual"] == "a monitor knows no median of the weeks before"
    assert told["SloBurnAvailabilitySlow"] == "a monitor looks back for two days at most"
    assert not {"HighErrorRate", "HighLatency", "CostAnomaly", "CacheMissRateHigh", "ApiOutage"} & set(told)


def test_an_alternative_that_asks_of_earlier_is_left_out_alone() -> None:
    made = {one["name"].partition(":")[0]: one for one in json.loads(monitors(alerts(), "en"))}
    assert made["CacheMissRateHigh"]["query"] == "{CacheMissRateHigh.1} && {CacheMissRateHigh.2}"
    assert "sum(last_10m)" in made["CacheMissRateHigh.1"]["query"]
