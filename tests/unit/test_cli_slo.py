"""`kansoku slo` against a server that gives scripted answers, and over files of settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from kansoku.cli.app import run
from tests.unit.test_cli_commands import Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


def body(state: str, cost: str | None = None) -> dict[str, Any]:
    return {
        "at": 1_790_000_000,
        "slos": [
            {
                "name": "availability",
                "title": {"en": "Calls are \x1b[31manswered", "ja": "呼び出しが応答される"},
                "why": {"en": "Why.", "ja": "理由。"},
                "target": 0.995,
                "window_s": 2_592_000,
                "eligible": 20_000,
                "bad": 50,
                "allowed": 100.0,
                "left": 0.5,
                "rate": 4.0,
                "lasts_s": 324_000.0,
                "state": state,
                "burns": [
                    {
                        "factor": 14.4,
                        "long_s": 3_600,
                        "short_s": 300,
                        "severity": "page",
                        "long_rate": 4.0,
                        "short_rate": None,
                        "passed": False,
                    }
                ],
                "warnings": [{"en": "too few calls", "ja": "件数が足りません"}],
            }
        ],
        "cost": cost
        and {"budget_usd": 5000.0, "spent_usd": 90.5, "left_usd": 1.0, "forecast_usd": 400.0, "state": cost},
        "name": "availability",
        "days": [{"at": 1_789_948_800, "eligible": 10_000, "bad": 10, "left": 0.9}],
    }


@pytest.mark.parametrize(
    ("state", "cost", "code"),
    [
        ("ok", None, 0),
        ("no_data", None, 0),
        ("low_traffic", "ok", 0),
        ("burning", None, 1),
        ("exhausted", None, 1),
        ("ok", "burning", 1),
    ],
)
def test_the_exit_code_says_whether_budgets_last(
    server: Scripted, state: str, cost: str | None, code: int
) -> None:
    server.answers(body(state, cost))
    assert run(["slo", "list", "--url", server.url]) == code
    assert server.asked[0][1] == "/api/slos"


def test_objectives_are_listed_in_both_languages(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers(body("burning", "ok"))
    run(["slo", "list", "--url", server.url, "--lang", "en"])
    english = capsys.readouterr().out
    for words in ("availability", "99.5 %", "30 days", "99.8 %", "50.0 %", "3 days", "BURNING", "$90.50"):
        assert words in english, words
    assert "warning: too few calls" in english
    assert "\x1b" not in english
    run(["slo", "list", "--url", server.url, "--lang", "ja"])
    japanese = capsys.readouterr().out
    for words in ("目標値", "30日", "消費中", "警告: 件数が足りません", "呼び出しが応答される"):
        assert words in japanese, words


def test_one_objective_is_shown_with_burn_rates_and_days(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers(body("ok"))
    assert run(["slo", "show", "availability", "--url", server.url, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    for words in ("1 hour / 5 minutes", "4 / –", "14.4", "2026-09-21 00:00:00", "10,000", "90.0 %"):
        assert words in told, words
    assert [path for _, path, _ in server.asked] == ["/api/slos", "/api/slos/availability"]
    assert run(["slo", "show", "nothing", "--url", server.url]) == 1
    assert "availability" in capsys.readouterr().err


def test_json_is_the_server_s_own(server: Scripted, capsys: pytest.CaptureFixture[str]) -> None:
    server.answers(body("ok"))
    run(["slo", "list", "--url", server.url, "--json"])
    assert json.loads(capsys.readouterr().out) == body("ok")


def test_another_server_is_not_understood(server: Scripted) -> None:
    server.answers({"slos": 3})
    assert run(["slo", "list", "--url", server.url]) == 4


def test_every_error_of_a_file_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "k.toml"
    file.write_text(
        '[[slos]]\nname = "latency"\ntarget = 1\n'
        '[[slos]]\nname = "ttft"\ntarget = 0.5\n'
        '[[alerts]]\nname = "HighErrorRate"\nbound = 5\n'
        '[[alerts]]\nname = "CostAnomaly"\nchannel = "nobody"\n'
        "[budget]\nmonthly_usd = 0\n"
    )
    assert run(["slo", "validate", str(file), "--lang", "en"]) == 1
    told = capsys.readouterr()
    for words in (
        "k.toml, line 3: slos.target 1 leaves no error budget",
        "k.toml, line 9: alerts.bound 5 is no share",
        "k.toml, line 12: alerts.channel 'nobody' is not known",
        "k.toml, line 14: budget.monthly_usd 0 leaves nothing to spend",
    ):
        assert words in told.err, words
    assert "warning: ttft: with a target of 50 % the burn rate 3" in told.out


def test_a_file_without_error_is_said_to_be_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: Scripted
) -> None:
    file = tmp_path / "k.toml"
    file.write_text('[[slos]]\nname = "latency"\ntarget = 0.99\n')
    server.answers(body("ok"))
    assert run(["slo", "validate", str(file), "--lang", "en", "--url", server.url]) == 0
    told = capsys.readouterr().out
    assert "6 objectives and" in told
    assert "warning: too few calls" in told
    assert run(["slo", "validate", str(tmp_path / "none.toml")]) == 1


def test_the_past_is_told_with_what_was_missed(
    server: Scripted, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    firing: dict[str, Any] = {
        "labels": {"feature": "chat"},
        "active_since": 1_789_990_000,
        "fired_at": 1_789_990_300,
        "resolved_at": 1_789_997_500,
        "value": 0.25,
    }
    alert: dict[str, Any] = {"severity": "page", "unit": "ratio", "slo": None, "truncated": False}
    kept: dict[str, Any] = {"slo": "availability", "missed": []}
    lost: dict[str, Any] = {
        "slo": "ttft",
        "missed": [{"from": 1_789_990_000, "to": 1_789_993_600, "bad": 0.2}],
    }
    server.answers(
        {
            "from": 1_789_000_000,
            "to": 1_790_000_000,
            "step_s": 60,
            "alerts": [
                {"name": "HighErrorRate", **alert, "firings": [firing, firing | {"resolved_at": None}]},
                {"name": "CostAnomaly", **alert, "firings": list[Any]()},
            ],
            "objectives": [kept, lost],
        }
    )
    file = tmp_path / "k.toml"
    file.write_text("[budget]\nmonthly_usd = 5\n")
    words = ["slo", "backtest", "HighErrorRate", "--window", "7d", "--file", str(file), "--url", server.url]
    assert run([*words, "--lang", "en"]) == 0
    told = capsys.readouterr().out
    for part in (
        "HighErrorRate{feature=chat}",
        "2 hours",
        "still fires",
        "25.0 %",
        "Would not have fired: CostAnomaly",
        "availability: nothing was missed.",
        "MISSED: ttft burned too fast from 2026-09-21 11:26:40 to 2026-09-21 12:26:40 (1 hour)",
    ):
        assert part in told, part
    method, path, sent = server.asked[0]
    assert (method, path) == ("POST", "/api/alerts/backtest")
    asked = json.loads(sent)
    assert asked == {"names": ["HighErrorRate"], "window": "7d", "toml": "[budget]\nmonthly_usd = 5\n"}
