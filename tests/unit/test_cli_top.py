"""`kansoku top`: its picture in both languages, printed and followed, against a server on a real socket."""

from __future__ import annotations

import io
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from kansoku.cli import top
from kansoku.cli.app import run
from kansoku.cli.server import Server
from kansoku.cli.table import width
from kansoku.cli.top_view import Seen, drawn
from kansoku.judge.phrases import about
from tests.unit.test_cli_commands import status_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kansoku.catalog.text import Language

NOW = 1_790_000_000


def bars(name: str, *rows: tuple[str, float | None, float | None]) -> dict[str, object]:
    told = [{"label": label, "value": value, "share": share, "n": 1} for label, value, share in rows]
    return {"id": name, "kind": "bars", "rows": told}


def alert(name: str, severity: str) -> dict[str, object]:
    return {"name": name, "severity": severity, "unit": "ratio", "title": {"en": f"{name}!", "ja": "異常"}}


def alarm(name: str, state: str, **changed: object) -> dict[str, object]:
    told = {"name": name, "state": state, "labels": {"service": "shop\x1b[2J"}, "value": 0.42}
    quiet: dict[str, object] = {"active_since": NOW - 60, "silenced_by": [], "inhibited_by": []}
    return {**told, **quiet, **changed}


def slo(title: str, left: float | None, state: str, lasts_s: float | None) -> dict[str, object]:
    return {"title": {"en": title, "ja": "約束"}, "left": left, "state": state, "lasts_s": lasts_s}


def answers() -> dict[str, dict[str, object]]:
    """What the server tells, by path: a fall to nothing at the end, and a step that still runs."""
    ok = [8.0] * 4 + [3.0] * 6 + [90.0]
    series: list[dict[str, object]] = [{"values": ok}, {"values": [None] * 4 + [3.0] * 7}]
    times = [NOW - 105 + 10 * place for place in range(11)]
    rate: dict[str, object] = {"id": "calls_by_outcome", "times": times, "series": series}
    models = bars("cost_by_model", ("claude-\x1b[31mopus", 1.234, 0.6), ("", None, None))
    features = bars("cost_by_feature", ("support_chat", 1.0, 0.4))
    alerts = [alert("HighErrorRate", "page"), alert("Watchdog", "info"), alert("HighLatency", "ticket")]
    active = [alarm("HighErrorRate", "firing"), alarm("Watchdog", "firing"), alarm("HighLatency", "pending"),
              alarm("HighLatency", "resolved")]  # fmt: skip
    return {
        "/api/status": status_body("degraded", demo=True),
        "/api/panels/api_health": {"from": NOW - 900, "to": NOW, "step_s": 10, "panels": [rate]},
        "/api/panels/cost": {"panels": [models, features]},
        "/api/panels/users": {"panels": [bars("cost_by_user")]},
        "/api/alerts": {"evaluated_at": time.time(), "alerts": alerts, "active": active},
        "/api/slos": {
            "slos": [slo("Answered", 0.43, "burning", 16 * 86_400.0), slo("New", None, "no_data", None)],
            "cost": {"budget_usd": 200.0, "left_usd": -50.0, "state": "exhausted", "lasts_s": None},
        },
    }


class ByPath:
    """A server that answers each path with its own JSON, or that the path is not known."""

    def __init__(self) -> None:
        self.answers = answers()
        self.asked: list[str] = []
        by_path = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                by_path.asked.append(self.path)
                body = by_path.answers.get(urlsplit(self.path).path)
                self.send_response(404 if body is None else 200)
                self.end_headers()
                self.wfile.write(json.dumps(body or {"error": {"message": "no such path"}}).encode())

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


EXPECTED = """\
[demo data] WORKING: all is well.
  - A  [31mred reason.
calls/s 0.60  ████▆▆▆▆▆▆  the last 15 minutes
Indicators ─────────────────────────────────────────────────────────────────────
Availability               99.96 %  ok  Hallucination rate                 –
Error rate                  0.04 %  ok  User satisfaction                  –
Latency P50                      –      Cost per request                   –
Latency P95                  3.1 s  ok  Cost, last 24 h                    –
Latency P99                      –      Tokens per request      1,834 tokens  ok
Time to first chunk P95          –      Cache hit rate                     –
Task completion                  –
Models by cost ──────────  Features by cost ────────  Users by cost ────────────
claude- [31m…  $1.23  60%  support_chat   $1.00  40%  none
(unknown)          –
Alerts ─────────────────────────────────────────────────────────────────────────
FIRING   page    HighErrorRate shop [2J  42.0 %  09-21 14:12  HighErrorRate!
pending  ticket  HighLatency shop [2J    42.0 %  09-21 14:12  HighLatency!
Error budgets left ─────────────────────────────────────────────────────────────
Answered           ████░░░░░░   43.0 %  BURNING  lasts 16 days
New                ░░░░░░░░░░        –  no data
Cost of the month  ░░░░░░░░░░  -25.0 %  USED UP
14:13:20 UTC
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[ByPath]:
    server = ByPath()
    yield server
    server.close()


@pytest.fixture(name="server")
def fixture_server(shared: ByPath) -> ByPath:
    shared.answers = answers()
    shared.asked.clear()
    return shared


def seen() -> Seen:
    parts = {path.rpartition("/")[2]: body for path, body in answers().items()}
    return Seen(NOW, parts.pop("status"), cast("dict[str, dict[str, object] | str]", parts))


def picture(of: Seen, language: Language, columns: int, **more: object) -> list[str]:
    console = Console(file=io.StringIO(), width=columns, color_system=None)
    console.print(drawn(of, language, columns, **more))  # pyright: ignore[reportArgumentType]
    return [line.rstrip() for line in cast("io.StringIO", console.file).getvalue().splitlines()]


def test_top_prints_the_verdict_what_it_rests_on_what_it_costs_and_what_is_wrong(
    server: ByPath, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(top.time, "time", lambda: NOW)
    assert run(["top", "--url", server.url, "--lang", "en", "--window", "6h", "--feature", "chat & co"]) == 1
    assert capsys.readouterr().out.splitlines() == EXPECTED.splitlines()
    asked = {urlsplit(path).path: parse_qs(urlsplit(path).query) for path in server.asked}
    given = {"window": ["6h"], "feature": ["chat & co"]}
    assert asked == {
        "/api/status": given,
        "/api/panels/api_health": {**given, "window": ["15m"]},
        "/api/panels/cost": given,
        "/api/panels/users": given,
        "/api/alerts": {},
        "/api/slos": {},
    }


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_picture_fits_and_nothing_in_it_is_obeyed(language: Language, columns: int) -> None:
    lines = picture(seen(), language, columns, every=5.0)
    assert max(map(width, lines)) <= columns
    assert "\x1b" not in "".join(lines)
    words = "\n".join(lines)
    assert ("FIRING" in words, "発火中" in words) == ((True, False) if language == "en" else (False, True))
    assert ("≥ 99.5" in words) == (columns == 120)
    assert "q で終了" in words or language == "en"


def test_a_part_that_the_server_refuses_is_its_refusal(
    server: ByPath, capsys: pytest.CaptureFixture[str]
) -> None:
    del server.answers["/api/alerts"], server.answers["/api/panels/users"]
    server.answers["/api/status"] = status_body("down")
    assert run(["top", "--once", "--url", server.url]) == 2
    assert capsys.readouterr().out.count("no such path") == 2


def test_alerts_that_nobody_evaluates_are_said_so_and_many_are_counted() -> None:
    told = seen()
    alerts = cast("dict[str, object]", told.parts["alerts"])
    alerts |= {"active": [alarm("HighErrorRate", "firing")] * 7, "evaluated_at": None}
    lines = picture(told, "en", 80)
    place = next(place for place, line in enumerate(lines) if line.startswith("Alerts"))
    assert lines[place + 6 : place + 8] == ["and 2 more", "Alerts have not been evaluated yet."]


def test_what_is_not_new_is_said_above_all() -> None:
    lines = picture(seen(), "en", 80, every=5.0, problem="it \x07restarts")
    assert lines[0] == "NO NEW ANSWER since 14:13:20 UTC: it  restarts"


def watched(
    monkeypatch: pytest.MonkeyPatch,
    look: Callable[[], Seen],
    key: str,
    until: str,
    drawn: Callable[[], None] = lambda: None,
) -> str:
    """What a terminal gets; the key is pressed, or Ctrl-C if it is none, as soon as `until` is on it.

    `drawn` is told each time that something is.
    """
    console = Console(file=io.StringIO(), width=80, height=40, force_terminal=True, _environ={})

    def shown() -> str:
        return cast("io.StringIO", console.file).getvalue()

    def press(_: float) -> str:
        drawn()
        if until not in shown():
            return "x"
        if key:
            return key
        raise KeyboardInterrupt

    monkeypatch.setattr(top, "_no_keys", press)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    top._watched(console, Server("http://127.0.0.1:9"), look, 0.01, "en")  # pyright: ignore[reportPrivateUsage]
    return shown()


def test_it_looks_again_and_says_what_is_old_until_q(monkeypatch: pytest.MonkeyPatch) -> None:
    left, shown = [seen(), seen()], threading.Event()

    def look() -> Seen:
        if left:
            return left.pop()
        assert shown.wait(60)
        raise top.ServerProblem("it restarts", 4)

    screen = watched(monkeypatch, look, "Q", "it restarts", shown.set)
    assert 0 <= screen.index("calls/s") < screen.index("NO NEW ANSWER")
    assert not left


def test_ctrl_c_ends_it_as_q_does(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "calls/s" in watched(monkeypatch, seen, "", "q ends")


def test_keys_are_read_from_the_terminal_which_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    import termios

    outside, inside = os.openpty()
    with os.fdopen(inside, "r") as terminal:
        monkeypatch.setattr("sys.stdin", terminal)
        before = termios.tcgetattr(inside)
        with top._keys() as pressed:  # pyright: ignore[reportPrivateUsage]
            assert pressed(0.0) == ""
            os.write(outside, b"q")
            assert pressed(10.0) == "q"
        assert termios.tcgetattr(inside) == before
    os.close(outside)


@pytest.mark.parametrize("wrong", [["--window", "2h"], ["--lang", "fr"], ["--every", "0"]])
def test_wrong_arguments_end_with_64(wrong: list[str]) -> None:
    assert run(["top", *wrong]) == 64


def test_without_a_server_there_is_nothing_to_watch() -> None:
    assert run(["top", "--url", "http://127.0.0.1:9"]) == 4


@pytest.mark.parametrize(
    ("seconds", "told"), [(1, "1 second"), (119, "119 seconds"), (7_200, "2 hours"), (1.4e6, "16 days")]
)
def test_about_how_long(seconds: float, told: str) -> None:
    assert about(seconds).en == told
