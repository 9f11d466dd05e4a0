"""The commands against a server on a real socket that gives scripted answers."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from kansoku.catalog.indicators import INDICATORS, objective
from kansoku.cli.app import run
from kansoku.cli.language import language_of
from kansoku.cli.table import aligned, plain


class Scripted:
    """A server that answers every request with the same status and body, and keeps what was asked."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.asked: list[tuple[str, str, bytes]] = []
        scripted = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                length = int(self.headers.get("content-length", 0))
                scripted.asked.append((self.command, self.path, self.rfile.read(length)))
                self.send_response(scripted.status)
                self.end_headers()
                self.wfile.write(scripted.body)

            do_POST = do_DELETE = do_GET  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def answers(self, body: object, status: int = 200) -> None:
        self.status, self.body = status, json.dumps(body).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Scripted]:
    scripted = Scripted()
    yield scripted
    scripted.close()


def status_body(state: str, *, demo: bool = False) -> dict[str, object]:
    values = {"availability": 0.9996, "error_rate": 0.0004, "latency_p95": 3.14, "tokens_per_request": 1834.2}
    return {
        "state": state,
        "headline": {"en": "WORKING: all is well.", "ja": "正常: 問題ありません。"},
        "sentence": {"en": "all is well.", "ja": "問題ありません。"},
        "reasons": [{"en": "A \x1b[31mred reason.", "ja": "理由。"}],
        "window": "1h",
        "demo": demo,
        "indicators": [
            {
                "name": known.name,
                "value": values.get(known.name),
                "unit": known.unit,
                "n": 12_480 if known.name in values else 0,
                "window_s": 3_600,
                "objective": bound.bound if (bound := objective(known.name)) else None,
                "state": "ok" if known.name in values else "no_data",
            }
            for known in INDICATORS
        ],
    }


@pytest.mark.parametrize(("state", "code"), [("working", 0), ("degraded", 1), ("down", 2), ("no_data", 3)])
def test_the_exit_code_is_the_state(
    server: Scripted, capsys: pytest.CaptureFixture[str], state: str, code: int
) -> None:
    server.answers(status_body(state))
    assert run(["status", "--url", server.url, "--lang", "en"]) == code
    assert capsys.readouterr().out.startswith("WORKING: all is well.\n  - A  [31mred reason.\n\n")


def test_status_prints_every_indicator_in_columns_that_line_up(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers(status_body("working", demo=True))
    run(["status", "--url", server.url, "--lang", "en", "--window", "6h", "--feature", "chat & co"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[demo data] WORKING: all is well."
    assert lines[3:6] == [
        "INDICATOR             VALUE  UNIT         N  OBJECTIVE  STATE",
        "availability          99.96  %       12,480  ≥ 99.5 %   ok       Availability",
        "error_rate             0.04  %       12,480  ≤ 5 %      ok       Error rate",
    ]
    assert "latency_p50               –  s            0  –          no data  Latency P50" in lines
    assert "tokens_per_request    1,834  tokens  12,480  –          ok       Tokens per request" in lines
    assert len(lines) == 4 + 13
    method, path, _ = server.asked[0]
    assert method == "GET"
    assert parse_qs(urlsplit(path).query) == {"window": ["6h"], "feature": ["chat & co"]}


def test_status_speaks_japanese_where_the_locale_does(
    server: Scripted, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "ja_JP.UTF-8")
    server.answers(status_body("working", demo=True))
    run(["status", "--url", server.url])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[デモデータ] 正常: 問題ありません。"
    assert "latency_p95             3.1  秒        12,480  ≤ 10秒   正常        レイテンシ P95" in lines


def test_status_as_json_is_the_servers_answer_and_keeps_the_exit_code(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers(status_body("down"))
    assert run(["status", "--url", server.url, "--json"]) == 2
    assert json.loads(capsys.readouterr().out) == status_body("down")


def test_a_server_that_is_not_there_is_named_with_the_mend(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["status", "--url", "http://127.0.0.1:9"]) == 4
    told = capsys.readouterr().err
    assert "http://127.0.0.1:9" in told
    assert "kansoku up" in told


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}"])
def test_another_server_is_not_taken_for_ours(
    server: Scripted, capsys: pytest.CaptureFixture[str], body: bytes
) -> None:
    server.body = body
    assert run(["status", "--url", server.url]) == 4
    assert server.url in capsys.readouterr().err


def test_a_store_that_is_starting_is_no_answer_and_says_why(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers({"error": {"message": "the store is starting", "field": None}}, 503)
    assert run(["status", "--url", server.url]) == 4
    assert capsys.readouterr().err == "kansoku: the store is starting\n"


@pytest.mark.parametrize(
    "arguments",
    [["status", "--window", "2h"], ["status", "--lang", "fr"], ["nope"], ["query"], ["status", "--x"]],
)
def test_wrong_arguments_end_with_64_because_2_means_down(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert run(arguments) == 64
    assert capsys.readouterr().err


ANSWER = {
    "columns": [{"name": "model", "type": "String"}, {"name": "n", "type": "UInt64"}],
    "rows": [["クロード", 12], [None, 9223372036854775807]],
    "truncated": False,
}


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("table", "model     n\nクロード  12\n          9223372036854775807\n"),
        ("csv", "model,n\nクロード,12\n,9223372036854775807\n"),
    ],
)
def test_query_prints_rows(server: Scripted, capsys: pytest.CaptureFixture[str], how: str, told: str) -> None:
    server.answers(ANSWER)
    assert run(["query", "--url", server.url, "--format", how, "SELECT 1"]) == 0
    assert capsys.readouterr().out == told
    assert server.asked == [("POST", "/api/query", b'{"sql": "SELECT 1"}')]


def test_query_as_json_is_an_array_of_row_objects(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers(ANSWER)
    assert run(["query", "--url", server.url, "--format", "json", "SELECT 1"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"model": "クロード", "n": 12},
        {"model": None, "n": 9223372036854775807},
    ]


def test_rows_that_were_cut_are_noted_beside_the_output(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers(ANSWER | {"truncated": True})
    assert run(["query", "--url", server.url, "--format", "csv", "SELECT 1"]) == 0
    assert capsys.readouterr().err == "kansoku: cut after 2 rows; narrow the statement\n"


def test_a_refused_statement_goes_to_stderr_with_exit_code_1(
    server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    server.answers({"error": {"message": "unknown table t", "field": "sql"}}, 400)
    assert run(["query", "--url", server.url, "SELECT * FROM t"]) == 1
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "kansoku: unknown table t\n")


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "ja_JP.UTF-8"}, "ja"),
        ({"LANG": "ja_JP.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_ALL": "", "LANG": "ja"}, "ja"),
        ({}, "en"),
    ],
)
def test_the_language_follows_the_locale(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


def test_a_name_cannot_command_the_terminal() -> None:
    assert plain("a\x1b]0;t\x07\u202eb\nc") == "a ]0;t  b c"
    assert aligned([["ab", "c"], ["漢", "d"]]) == "ab  c\n漢  d"


def test_pseudonym_prints_what_a_user_is_called_in_the_telemetry(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("KANSOKU_USER_ID_KEY", raising=False)
    assert run(["pseudonym", "u-17"]) == 64
    monkeypatch.setenv("KANSOKU_USER_ID_KEY", "hunter2")
    assert run(["pseudonym", "u-17"]) == 64
    assert "hunter2" not in "".join(capsys.readouterr())
    monkeypatch.setenv("KANSOKU_USER_ID_KEY", "0123456789abcdef")
    assert run(["pseudonym", "u-17"]) == 0
    printed = capsys.readouterr().out.strip()
    monkeypatch.setattr("sys.stdin", io.StringIO("u-17\n"))
    assert run(["pseudonym", "-"]) == 0
    assert capsys.readouterr().out.strip() == printed == "u_vqewsrkvw7qhgllc3xfklr5hw6"
