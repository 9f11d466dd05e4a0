"""The route that runs alerts over the past, over a store in memory that gives scripted buckets."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from kansoku.catalog.alert_pack import alerts
from kansoku.catalog.alerts import Compare, Sign, Signal
from kansoku.catalog.fields import CALLS
from kansoku.catalog.measures import Ratio
from kansoku.catalog.outcomes import ENDED, FAILED
from kansoku.judge.chart import MOST_POINTS, MOST_SERIES, Drawing
from kansoku.query.alert_oracle import Judged
from kansoku.show import backtest as backtest_route
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.honesty import Intake
from kansoku.store.port import Rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_790_000_040.5
LAST = int(NOW) // 60
TOML = """
[[alerts]]
name = "Many"
title = "Many"
relation = "calls"
sign = ">="
bound = 5
window = "2m"
for = "1m"
severity = "page"
channel = "nobody here"
"""


class Store:
    """Three minutes with three calls each, which ended ten minutes ago."""

    async def query(self, statement: str, *_: object, **__: object) -> Rows:
        if "AS bucket" not in statement:
            return Rows((), [])
        ends = [LAST - 10, LAST - 12, LAST - 11]
        parts = statement.partition("groupArray(bucket)")[2].partition("FROM")[0].count("groupArray")
        return Rows((), [("", ends, *([[3.0, 3.0, 3.0]] * parts))])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    async def honesty() -> Intake:
        return Intake(0, 0, 0)

    static: Path = tmp_path_factory.mktemp("page")
    app = show_app(Backend(store=Store(), demo=False, honesty=honesty, clock=lambda: NOW), static=static)
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened


def test_an_alert_of_the_request_s_own_is_run(client: TestClient) -> None:
    found = client.post("/api/alerts/backtest", json={"names": ["Many"], "window": "1h", "toml": TOML})
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    assert (answer["to"], answer["from"], answer["step_s"]) == (int(NOW), int(NOW) - 3_600, 60)
    (alert,) = answer["alerts"]
    # Two minutes hold five or more from the second minute on, for one minute more until it is told, and end
    # with the minute whose window holds the last three alone.
    assert alert["firings"] == [
        {
            "labels": {},
            "active_since": (LAST - 11) * 60,
            "fired_at": (LAST - 10) * 60,
            "resolved_at": (LAST - 9) * 60,
            "value": 6.0,
        }
    ]
    assert (alert["name"], alert["unit"], alert["no_data"], alert["evaluations"]) == ("Many", "calls", 0, 61)
    assert (alert["chart"], alert["for_s"]) == (None, 60)
    assert answer["objectives"] == []


def test_an_alert_is_looked_at_by_an_address_with_its_figure_over_time(client: TestClient) -> None:
    found = client.get("/api/alerts/backtest", params={"name": "HighErrorRate", "window": "1h"})
    assert found.status_code == 200, found.text
    (alert,) = found.json()["alerts"]
    chart = alert["chart"]
    assert (chart["from"], chart["step_s"]) == (int(NOW) - 3_600, 60)
    assert (chart["bound"], chart["sign"], chart["relative"], chart["left_out"]) == (0.05, ">", False, 0)
    (line,) = chart["lines"]
    assert line["labels"] == {}
    # Every call failed in the minutes that the store tells; before the first of them there is no data.
    first = LAST - 12 - chart["from"] // 60
    assert line["values"][first - 1 : first + 2] == [None, 1.0, 1.0]
    assert len(line["values"]) == alert["evaluations"]


def test_alternatives_are_drawn_as_multiples_of_their_bounds(client: TestClient) -> None:
    found = client.get("/api/alerts/backtest", params={"name": "SloBurnAvailabilityFast", "window": "1h"})
    chart = found.json()["alerts"][0]["chart"]
    assert (chart["relative"], chart["bound"], chart["sign"]) == (True, 1.0, ">")
    worst = max(one for one in chart["lines"][0]["values"] if one is not None)
    assert worst == pytest.approx(1 / (6 * 0.005), rel=1e-4)


def test_a_run_says_how_far_it_is(client: TestClient) -> None:
    body = {"names": ["HighErrorRate"], "window": "15m", "progress": True, "charts": True}
    found = client.post("/api/alerts/backtest", json=body)
    lines = [json.loads(line) for line in found.text.splitlines()]
    assert "1 / 1 questions asked" in [line.get("told") for line in lines]
    assert [one["name"] for one in lines[-1]["answer"]["alerts"]] == ["HighErrorRate"]
    assert lines[-1]["answer"]["alerts"][0]["chart"]["lines"]
    wrong = client.post("/api/alerts/backtest", json={**body, "names": ["No"]})
    assert wrong.status_code == 400


def test_a_run_that_takes_too_long_ends(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backtest_route, "LONGEST_S", -1.0)
    body = {"names": ["HighErrorRate"], "window": "15m"}
    found = client.post("/api/alerts/backtest", json=body)
    assert found.status_code == 504
    assert "ask fewer alerts, or a shorter window" in found.json()["error"]["message"]
    lines = client.post("/api/alerts/backtest", json={**body, "progress": True}).text.splitlines()
    assert "ask fewer alerts" in json.loads(lines[-1])["error"]["message"]


@pytest.mark.parametrize(
    ("sign", "values", "shown"),
    [(">", [0.1, 0.9, 0.2], 0.9), ("<", [0.3, 0.05, 0.2], 0.05)],
)
def test_a_chart_of_a_month_hides_no_peak(sign: Sign, values: list[float], shown: float) -> None:
    alert = next(one for one in alerts() if one.name == "HighErrorRate")
    test = Compare(Signal(Ratio(CALLS, ENDED, FAILED), 300), sign, 0.5)
    moments = range(0, 2_592_000, 60)
    drawing = Drawing(replace(alert, test=test), moments)
    for at, value in enumerate(values, start=600):
        drawing.add(at, {"": Judged(holds=False, value=value, known=True, first=test)})
    chart = drawing.chart()
    assert len(chart.lines[0].values) == MOST_POINTS
    assert chart.step_s * MOST_POINTS == 2_592_000
    assert [one for one in chart.lines[0].values if one is not None] == [shown]
    assert chart.lines[0].values[10] == shown


def test_a_chart_shows_first_what_alarmed_and_says_what_it_leaves_out() -> None:
    alert = next(one for one in alerts() if one.name == "HighErrorRate")
    test = Compare(Signal(Ratio(CALLS, ENDED, FAILED), 300), ">", 0.5)
    drawing = Drawing(replace(alert, test=test, by="feature"), range(0, 600, 60))
    for number in range(MOST_SERIES + 3):
        told = Judged(holds=number == 1, value=number / 100, known=True, first=test)
        drawing.add(0, {f"f{number:02}": told})
    chart = drawing.chart()
    names = [one.labels["feature"] for one in chart.lines]
    assert (names[:3], len(names), chart.left_out) == (["f01", "f14", "f13"], MOST_SERIES, 3)


def test_alerts_that_guard_an_objective_say_what_they_missed(client: TestClient) -> None:
    body = {"names": ["SloBurnAvailabilitySlow"], "window": "6h"}
    answer: dict[str, Any] = client.post("/api/alerts/backtest", json=body).json()
    (objective,) = answer["objectives"]
    assert (objective["slo"], objective["alerts"]) == ("availability", ["SloBurnAvailabilitySlow"])
    assert [one["name"] for one in answer["alerts"]] == ["SloBurnAvailabilitySlow"]
    assert all(one["from"] >= (LAST - 12) * 60 for one in objective["missed"])


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"names": ["Nothing"]}, "names", "'Nothing' is no alert; use one of HighErrorRate"),
        ({"window": "1y"}, "window", "'1y' is not known"),
        ({"toml": "[[alerts]]\nname = 3"}, "toml", "toml, line 2: alerts.name 3 is no text"),
        ({"toml": "= 3"}, "toml", "toml: "),
        ({"toml": "alerts = 3"}, "toml", "toml"),
        ({"since": 3}, "since", "since: "),
    ],
)
def test_what_cannot_be_run_says_why(
    client: TestClient, body: dict[str, object], field: str, message: str
) -> None:
    found = client.post("/api/alerts/backtest", json=body)
    assert found.status_code == 400
    error = found.json()["error"]
    assert error["field"] == field
    assert message in error["message"]


def test_another_site_s_page_cannot_ask_for_it(client: TestClient) -> None:
    found = client.post("/api/alerts/backtest", json={}, headers={"origin": "http://evil.example"})
    assert found.status_code == 403
    told = {"sec-fetch-site": "cross-site"}
    looked = client.get("/api/alerts/backtest", params={"name": "HighErrorRate"}, headers=told)
    assert looked.status_code == 403
    assert client.get("/api/alerts/backtest").status_code == 400
