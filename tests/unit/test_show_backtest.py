"""The route that runs alerts over the past, over a store in memory that gives scripted buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

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
    assert answer["objectives"] == []


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
