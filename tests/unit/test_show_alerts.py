"""The routes of alerts and silences over an evaluator in memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from kansoku.catalog.alert_pack import alerts
from kansoku.errors import SettingError
from kansoku.judge.alarm import Alarm
from kansoku.judge.notice import Cause, Told
from kansoku.judge.quiet import Silence, Wanted, expired
from kansoku.judge.watched import AlarmNow, AlertNow, Counts, Past, Watched
from kansoku.show.alerts import firing
from kansoku.show.app import show_app
from kansoku.show.backend import Backend
from kansoku.show.honesty import Intake
from kansoku.store.port import Rows

if TYPE_CHECKING:
    from collections.abc import Sequence

NOW = 1_790_000_000.5
HIGH_ERROR_RATE = next(one for one in alerts() if one.name == "HighErrorRate")
ALARM = Alarm(HIGH_ERROR_RATE, {}, "f00d", "firing", 0.4, NOW - 400, NOW - 100)
PAST = Past(
    NOW - 100,
    "HighErrorRate",
    HIGH_ERROR_RATE.title,
    "page",
    "availability",
    "f00d",
    {},
    "pending",
    "firing",
    0.4,
    NOW - 400,
    NOW - 100,
)


class MemoryWatch:
    def __init__(self) -> None:
        self.kept: dict[str, Silence] = {}

    def now(self) -> Watched:
        return Watched(
            NOW,
            15.0,
            0.2,
            leads=True,
            counts=Counts(5, 1, 2),
            alerts=(AlertNow(HIGH_ERROR_RATE, "firing", "ok"), AlertNow(alerts()[1], "inactive", None)),
            alarms=(AlarmNow(Told(ALARM, (Cause("feature", "chat", 0.9),), 0.25), ("s1",), ("ApiOutage",)),),
            refused="kansoku.toml, line 3: target is missing",
        )

    async def history(self, begin: float, end: float, limit: int) -> Sequence[Past]:
        return [PAST, PAST][:limit] if begin <= PAST.at < end else []

    async def silences(self) -> Sequence[Silence]:
        return list(self.kept.values())

    async def silence(self, wanted: Wanted) -> Silence:
        made = wanted.silence(wanted.name or f"s{len(self.kept) + 1}", NOW)
        self.kept[made.name] = made
        return made

    async def expire(self, name: str) -> Silence:
        if name not in self.kept:
            raise SettingError(f"silence: there is none called {name!r}")
        self.kept[name] = expired(self.kept[name], NOW)
        return self.kept[name]


class NoStore:
    async def query(self, *_: object, **__: object) -> Rows:
        return Rows((), [])


@pytest.fixture(name="client", scope="module")
def fixture_client() -> TestClient:
    async def honesty() -> Intake:
        return Intake(0, 0, 0)

    app = show_app(
        Backend(store=NoStore(), demo=False, honesty=honesty, clock=lambda: NOW, watching=MemoryWatch()),
        static=Path("/none"),
    )
    return TestClient(app, base_url="http://127.0.0.1:4318", raise_server_exceptions=False)


def asked(**changed: object) -> dict[str, Any]:
    matchers = [{"label": "alertname", "value": "HighErrorRate"}]
    return {"matchers": matchers, "who": "Mio", "why": "planned work", "ends": NOW + 600, **changed}


def test_alerts_tell_each_alert_and_the_active_alarms_with_why_they_are_not_told(client: TestClient) -> None:
    body = client.get("/api/alerts").json()
    assert (body["evaluated_at"], body["every_s"], body["leads"]) == (NOW, 15.0, True)
    assert body["counts"] == {"evaluations": 5, "missed": 1, "failures": 2, "unsaved": 0, "untold": 0}
    assert body["settings_error"] == "kansoku.toml, line 3: target is missing"
    first, second = body["alerts"]
    assert (first["name"], first["state"], first["health"]) == ("HighErrorRate", "firing", "ok")
    assert (first["unit"], first["bound"], first["title"]["ja"]) == ("ratio", 0.05, "エラー率の上昇")
    assert (second["by"], second["unit"], second["health"]) == ("response_model", "s", "unknown")
    assert body["active"] == [
        {
            "fingerprint": "f00d",
            "name": "HighErrorRate",
            "labels": {},
            "state": "firing",
            "value": 0.4,
            "active_since": NOW - 400,
            "fired_at": NOW - 100,
            "resolved_at": None,
            "causes": [{"field": "feature", "value": "chat", "share": 0.9}],
            "budget_left": 0.25,
            "silenced_by": ["s1"],
            "inhibited_by": ["ApiOutage"],
        }
    ]


def test_history_is_of_a_window_and_says_when_there_is_more(client: TestClient) -> None:
    body = client.get("/api/alerts/history?window=15m").json()
    assert (body["from"], body["to"], body["truncated"]) == (NOW - 900, NOW, False)
    assert [one["state"] for one in body["changes"]] == ["firing", "firing"]
    assert client.get("/api/alerts/history?limit=1").json()["truncated"]
    refused = client.get("/api/alerts/history?window=3d")
    assert (refused.status_code, refused.json()["error"]["field"]) == (400, "window")


def test_a_silence_is_made_changed_listed_and_ended(client: TestClient) -> None:
    made = client.post("/api/silences", json=asked()).json()
    assert (made["state"], made["begins"], made["who"]) == ("active", NOW, "Mio")
    changed = client.post("/api/silences", json=asked(id=made["id"], begins=NOW + 60)).json()
    assert (changed["id"], changed["state"]) == (made["id"], "pending")
    assert client.get("/api/silences").json()["silences"] == [changed]
    over = client.request("DELETE", f"/api/silences/{made['id']}", json={}).json()
    assert (over["state"], over["ends"]) == ("expired", NOW)
    assert client.request("DELETE", "/api/silences/none", json={}).status_code == 404


def test_a_silence_that_can_match_nothing_is_made_with_a_warning_as_long_as_it_lasts(
    client: TestClient,
) -> None:
    wrong = [{"label": "alertname", "value": "HighErrorRates"}]
    made = client.post("/api/silences", json=asked(matchers=wrong)).json()
    (warning,) = made["warnings"]
    assert "Is it HighErrorRate?" in warning["en"]
    assert "「HighErrorRate」ではありませんか" in warning["ja"]
    assert made in client.get("/api/silences").json()["silences"]
    over = client.request("DELETE", f"/api/silences/{made['id']}", json={}).json()
    assert over["warnings"] == []
    assert client.post("/api/silences", json=asked()).json()["warnings"] == []


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ends": NOW - 1}, "ends"),
        ({"ends": NOW + 400 * 86_400}, "ends"),
        ({"matchers": []}, "matchers"),
        ({"matchers": [{"label": "service", "value": ""}]}, "matchers"),
        ({"why": "  "}, "why"),
        ({"who": ""}, "who"),
        ({"extra": 1}, "extra"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_by_its_field(
    client: TestClient, changed: dict[str, Any], field: str
) -> None:
    answer = client.post("/api/silences", json=asked(**changed))
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field)


def test_no_other_site_silences_anything(client: TestClient) -> None:
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert client.post("/api/silences", json=asked(), headers=foreign).status_code == 403
    assert client.request("DELETE", "/api/silences/s1", json={}, headers=foreign).status_code == 403
    assert (
        client.post("/api/silences", content="x", headers={"Content-Type": "text/plain"}).status_code == 415
    )


def test_what_fires_and_is_told_is_named_with_its_labels() -> None:
    quiet = AlarmNow(Told(ALARM), ("s1",))
    spoken_for = AlarmNow(Told(ALARM), (), ("ApiOutage",))
    pending = AlarmNow(Told(replace(ALARM, state="pending")))
    always = next(one for one in alerts() if one.severity == "info")
    living = AlarmNow(Told(replace(ALARM, alert=always)))
    told = AlarmNow(Told(replace(ALARM, labels={"model": "claude-x"})))
    watched = replace(MemoryWatch().now(), alarms=(quiet, spoken_for, pending, living, told))
    assert [one.en for one in firing(watched)] == ["Many calls fail (claude-x)"]
    assert firing(replace(watched, leads=False)) == []  # another node evaluates: these may be long over
