"""Every query of the Grafana dashboards, on a real Prometheus: none is empty."""

import json
import math
import random
import re
from collections.abc import Iterator
from typing import Any

import pytest

from kansoku.publish import grafana
from kansoku.query.cache_dollars import CacheDollars
from kansoku.record.facts import Call
from tests.conformance import history
from tests.conformance.history import BEGIN, LENGTH_S, MISSING, SCRAPE_S

if MISSING:
    pytest.skip(f"not installed: {', '.join(MISSING)}", allow_module_level=True)

END = BEGIN + LENGTH_S
DAY_S = 86_400
STEPS = {DAY_S: 600, LENGTH_S - 3_600: 1_200}
"""By the length that is looked at: the interval that Grafana takes for 120 points, as it rounds."""


def asked() -> list[Any]:
    """Every panel with each of its queries."""
    made = json.loads(grafana.files(["en"])["dashboards/kansoku-en.json"])
    return [
        pytest.param(panel, target, id=f"{panel['title']} {target['refId']}")
        for panel in made["panels"]
        for target in panel.get("targets", [])
    ]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with history.prometheus(tmp_path_factory.mktemp("history")) as started:
        yield started


def filled(text: str, length_s: int, step_s: int) -> str:
    """The query as Grafana sends it: https://grafana.com/docs/grafana/latest/datasources/prometheus/."""
    around = max(step_s + SCRAPE_S, 4 * SCRAPE_S)
    for name, value in (
        ("$__rate_interval", f"{around}s"),
        ("$__interval", f"{step_s}s"),
        ("$__range", f"{length_s}s"),
        ("$service", ".*"),
    ):
        text = text.replace(name, value)
    assert "$" not in text
    return text


def read(address: str, target: Any, length_s: int) -> list[tuple[dict[str, str], list[float]]]:  # noqa: ANN401
    """The series of the answer, each with its labels."""
    step_s = STEPS[length_s]
    text = filled(target["expr"], length_s, step_s)
    if target["instant"]:
        found = history.answer(address, "query", query=text, time=END)["result"]
        return [(one["metric"], [float(one["value"][1])]) for one in found]
    begin = END - length_s
    found = history.answer(address, "query_range", query=text, start=begin, end=END, step=step_s)["result"]
    return [(one["metric"], [float(value) for _, value in one["values"]]) for one in found]


@pytest.mark.parametrize("length_s", STEPS)
@pytest.mark.parametrize(("panel", "target"), asked())
def test_no_query_is_empty(address: str, panel: Any, target: Any, length_s: int) -> None:  # noqa: ANN401
    series = read(address, target, length_s)
    assert series
    unit = panel["fieldConfig"]["defaults"].get("unit")
    for labels, values in series:
        assert all(math.isfinite(value) and value >= 0 for value in values)
        assert unit != "percentunit" or max(values) <= 1
        assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= set(labels)
    assert any(value > 0 for _, values in series for value in values)


def calls_of_a_day() -> list[Call]:
    """The calls of the day up to the end, as those who asked for it count them."""
    dice = random.Random(7)
    facts = [(at, fact) for at in range(BEGIN, END, SCRAPE_S) for fact in history.drawn(dice, at)]
    return [fact for at, fact in facts if at > END - DAY_S and isinstance(fact, Call)]


def values_of(address: str, title: str, at: int = 0) -> dict[str, float]:
    """The newest values of the panel's query in that place, by model, over a day."""
    found = [one.values[1] for one in asked() if one.values[0]["title"] == title]
    return {labels.get("model", ""): values[-1] for labels, values in read(address, found[at], DAY_S)}


def test_the_cache_in_dollars_is_what_the_page_reckons_of_the_same_calls(address: str) -> None:
    calls = calls_of_a_day()
    parts = {model: CacheDollars(model, "") for model in history.MODELS}
    for call in calls:
        part = parts[call.request_model]
        part.read += call.usage.cache_read_tokens or 0
        part.written += call.usage.cache_write_tokens or 0
        part.saved += call.cost.cache_saved_usd or 0
        part.paid += call.cost.cache_premium_usd or 0
    assert values_of(address, "Saved by the cache") == {
        "": pytest.approx(sum(one.saved for one in parts.values()), rel=0.02)
    }
    lost = sum(one.lost for one in parts.values())
    assert lost > 0
    assert values_of(address, "Lost on the cache") == {"": pytest.approx(lost, rel=0.05)}
    table = "Cache in dollars, by model"
    for at, figure in enumerate(("saved", "paid", "lost", "net")):
        expected = {name: getattr(one, figure) for name, one in parts.items()}
        assert values_of(address, table, at) == pytest.approx(expected, rel=0.05)


def test_a_month_is_forecast_by_the_days_that_are_known(address: str) -> None:
    dice = random.Random(7)
    facts = [fact for at in range(BEGIN, END, SCRAPE_S) for fact in history.drawn(dice, at)]
    spent = sum(fact.cost.usd or 0 for fact in facts if isinstance(fact, Call))
    found = values_of(address, "A month at last week's pace")
    assert found == {"": pytest.approx(spent / 2 * 30, rel=0.04)}


def test_the_steps_of_counts_together_are_the_whole(address: str) -> None:
    calls = len(calls_of_a_day())
    (target,) = (one.values[1] for one in asked() if one.values[0]["title"] == "Calls by outcome")
    series = read(address, target, DAY_S)
    assert {labels["status"] for labels, _ in series} == {"ok", "error", "cancelled", "aborted"}
    assert sum(sum(values) for _, values in series) == pytest.approx(calls, rel=0.02)
