"""`kansoku alerts` and `kansoku silence` against a server on a real socket that gives scripted answers."""

from __future__ import annotations

import getpass
import json
import time
from typing import TYPE_CHECKING

import pytest

from kansoku.cli.app import run
from tests.unit.test_cli_commands import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE = {
    "id": "5f2a",
    "matchers": [{"label": "alertname", "value": "HighErrorRate"}, {"label": "service", "value": "shop"}],
    "who": "Mio",
    "why": "a \x1b[31mplanned test",
    "begins": 1_790_000_000.0,
    "ends": 1_790_007_200.0,
    "made_at": 1_790_000_000.0,
    "state": "active",
}


@pytest.fixture(name="server", scope="module")
def fixture_server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


def alert(name: str, severity: str, **changed: object) -> dict[str, object]:
    title = {"en": f"{name} is wrong", "ja": f"{name}の異常"}
    told = {"name": name, "severity": severity, "title": title, "state": "inactive", "health": "ok"}
    return {**told, "unit": "ratio", "error": "", **changed}


def alarm(name: str, state: str, **changed: object) -> dict[str, object]:
    told: dict[str, object] = {
        "name": name,
        "labels": {},
        "state": state,
        "value": 0.42,
        "active_since": 1_790_000_000.0,
    }
    quiet: dict[str, object] = {"causes": [], "budget_left": None, "silenced_by": [], "inhibited_by": []}
    return {**told, **quiet, **changed}


def body(*alarms: dict[str, object], age_s: float = 5.0) -> dict[str, object]:
    known = [
        alert("HighErrorRate", "page"),
        alert("HighLatency", "ticket", unit="s"),
        alert("Watchdog", "info", health="failed", error="the store restarts"),
    ]
    return {"evaluated_at": time.time() - age_s, "alerts": known, "active": list(alarms)}


@pytest.mark.parametrize(
    ("alarms", "age_s", "code"),
    [
        ([], 5, 0),
        ([alarm("Watchdog", "firing")], 5, 0),
        ([alarm("HighErrorRate", "pending"), alarm("HighErrorRate", "resolved")], 5, 0),
        ([alarm("HighLatency", "firing")], 5, 1),
        ([alarm("HighLatency", "firing"), alarm("HighErrorRate", "firing")], 5, 2),
        ([alarm("HighErrorRate", "firing", silenced_by=["5f2a"])], 5, 0),
        ([alarm("HighErrorRate", "firing", inhibited_by=["ApiOutage"])], 5, 0),
        ([alarm("HighErrorRate", "firing")], 121, 3),
    ],
)
def test_the_exit_code_is_the_gravest_that_fires(
    server: Scripted, alarms: list[dict[str, object]], age_s: float, code: int
) -> None:
    server.answers(body(*alarms, age_s=age_s))
    assert run(["alerts", "--url", server.url]) == code


def test_alerts_that_were_never_evaluated_are_no_good_news(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers({**body(), "evaluated_at": None})
    assert run(["alerts", "--url", server.url, "--lang", "en"]) == 3
    assert capsys.readouterr().out.endswith("Alerts have not been evaluated yet.\n")


def test_a_store_that_does_not_answer_is_no_good_news(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = body()
    known = [alert(name, "page", health="failed", error="away") for name in ("A", "B", "C")]
    server.answers({**answer, "alerts": [*known, alert("D", "page")]})
    assert run(["alerts", "--url", server.url, "--lang", "en"]) == 3
    assert "Nothing fires. 1 alerts were evaluated" in capsys.readouterr().out


def test_who_has_no_name_here_is_asked_for_one(
    server: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 4321")

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert run(["silence", "add", "alertname=X", "--why", "y", "--url", server.url]) == 64
    assert "--who" in capsys.readouterr().err


def test_an_alarm_is_told_with_its_causes_and_why_it_is_not_told(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    causes = [{"field": "feature", "value": "chat\x1b[2J", "share": 0.914}]
    first = alarm(
        "HighErrorRate", "firing", causes=causes, budget_left=-0.5, silenced_by=["5f2a"], inhibited_by=["A"]
    )
    second = alarm("HighLatency", "pending", value=12.5, labels={"response_model": "claude-x"})
    server.answers(body(first, second, alarm("Watchdog", "resolved")))
    run(["alerts", "--url", server.url, "--lang", "en"])
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "STATE SEVERITY ALERT VALUE SINCE (UTC) WHAT",
        "FIRING page HighErrorRate 42.0 % 2026-09-21 14:13:20 HighErrorRate is wrong",
        "caused by feature chat [2J 91%",
        "error budget left: -50.0 %",
        "silenced by 5f2a",
        "told by A",
        "pending ticket HighLatency{response_model=claude-x} 12 s 2026-09-21 14:13:20 HighLatency is wrong",
        "Watchdog could not be evaluated: the store restarts",
    ]
    run(["alerts", "--url", server.url, "--lang", "ja", "--all"])
    told = capsys.readouterr().out
    assert "発火中" in told
    assert "主因: feature chat" in told
    assert "評価失敗" in told
    server.answers({**body(), "settings_error": "kansoku.toml, line 3: target is missing"})
    run(["alerts", "--url", server.url, "--lang", "ja"])
    assert "以前の設定のまま動作しています: kansoku.toml, line 3" in capsys.readouterr().out


def test_alerts_as_json_are_the_servers_answer(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    answer = body(alarm("HighLatency", "firing"))
    server.answers(answer)
    assert run(["alerts", "--url", server.url, "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == answer


def test_a_silence_is_asked_for_as_it_was_said(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers(SILENCE)
    words = ["silence", "add", "alertname=HighErrorRate", "service=shop", "--url", server.url, "--lang", "en"]
    more = ["--why", "test", "--who", "Mio", "--for", "90m", "--from", "2026-09-21T14:13:20", "--id", "5f2a"]
    assert run([*words, *more]) == 0
    method, path, content = server.asked[-1]
    assert (method, path) == ("POST", "/api/silences")
    assert json.loads(content) == {
        "matchers": SILENCE["matchers"],
        "who": "Mio",
        "why": "test",
        "begins": 1_790_000_000.0,
        "ends": 1_790_005_400.0,
        "id": "5f2a",
    }
    told = "Silence 5f2a: alertname=HighErrorRate service=shop, until 2026-09-21 16:13:20 UTC.\n"
    assert capsys.readouterr().out == told


def test_a_silence_that_can_match_nothing_is_warned_of(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = SILENCE | {"warnings": [{"en": "No alert has it.", "ja": "アラートはありません。"}]}
    server.answers(wrong)
    add = ["silence", "add", "alertname=X", "--why", "y", "--who", "Mio", "--url", server.url, "--lang"]
    assert run([*add, "en"]) == 0
    assert capsys.readouterr().err == "Warning: silence 5f2a: No alert has it.\n"
    assert run([*add, "ja"]) == 0
    assert capsys.readouterr().err == "警告: サイレンス 5f2a: アラートはありません。\n"
    server.answers({"silences": [SILENCE, wrong]})
    assert run(["silence", "list", "--url", server.url, "--lang", "en"]) == 0
    assert capsys.readouterr().err == "Warning: silence 5f2a: No alert has it.\n"


def test_silences_are_listed_and_expired(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers({"silences": [SILENCE]})
    assert run(["silence", "list", "--url", server.url, "--lang", "en"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "5f2a  active  2026-09-21 16:13:20  alertname=HighErrorRate service=shop  Mio  a  [31mplanned test"
    )
    server.answers(SILENCE)
    assert run(["silence", "expire", "a/b", "--url", server.url, "--lang", "ja"]) == 0
    assert server.asked[-1][:2] == ("DELETE", "/api/silences/a%2Fb")
    assert "終了しました" in capsys.readouterr().out


@pytest.mark.parametrize("wrong", [["HighErrorRate"], ["a=b", "--for", "2 hours"], ["a=b", "--from", "noon"]])
def test_what_cannot_be_read_is_a_wrong_argument(server: Scripted, wrong: list[str]) -> None:
    assert run(["silence", "add", *wrong, "--why", "x", "--url", server.url]) == 64


def test_what_the_server_refuses_is_told(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers({"error": {"message": "ends: a year at most", "field": "ends"}}, status=400)
    assert run(["silence", "add", "a=b", "--why", "x", "--for", "400d", "--url", server.url]) == 1
    assert capsys.readouterr().err == "kansoku: ends: a year at most\n"
