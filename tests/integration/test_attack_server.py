"""A whole server and the commands against peers that hold on, drip or lie."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from kansoku.cli.app import run
from kansoku.cli.server import UNREACHABLE, Server, ServerProblem
from kansoku.errors import SettingError
from kansoku.receive import http
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool
from kansoku.server.settings import ServerSettings, check
from kansoku.store.segments import Layout
from tests.servers import RunningServer, running

HALF = (
    b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
    b"Content-Length: 1000\r\n\r\nhalf"
)


def test_a_body_that_never_ends_does_not_keep_the_server_from_stopping(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        address = urlsplit(server.url)
        with socket.create_connection((str(address.hostname), address.port or 0)) as held:
            held.sendall(HALF)
            server.get("healthz")  # so the half was read
            server.process.send_signal(signal.SIGTERM)
            said, _ = server.process.communicate(timeout=30)
        assert server.process.returncode == 0
        assert "everything acknowledged is on disk" in said


def test_a_spool_that_cannot_be_written_shows_in_health_counts_and_answers_until_it_can(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as server:
        assert server.get("healthz") == {"status": "ok"}
        spool = tmp_path / "spool"
        spool.rename(tmp_path / "gone")
        with pytest.raises(HTTPError) as unwell:
            server.get("healthz")
        with unwell.value as told:
            assert (told.code, "the folder is missing" in told.read().decode()) == (503, True)
        with pytest.raises(HTTPError) as refused:
            _send(server, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"name": "answer"}]}]}]}')
        with refused.value as told:
            assert (told.code, told.headers["retry-after"]) == (503, "2")
        (tmp_path / "gone").rename(spool)
        assert server.get("healthz") == {"status": "ok"}
        taken = _send(server, b'{"resourceSpans": [{"scopeSpans": [{"spans": [{}, {"spanId": "ab"}]}]}]}')
        assert taken["partialSuccess"]["rejectedSpans"] == "1"
        honest = server.get("api/honesty")
        assert (honest["rejected_requests"], honest["rejected_items"]) == (1, 1)
        assert (honest["refusals"]["spool_unavailable"], honest["faults"]["identity"]) == (1, 1)
        with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:
            metrics = answer.read().decode()
        assert 'kansoku_requests_rejected_total{reason="spool_unavailable"} 1.0' in metrics
        assert 'kansoku_items_rejected_total{reason="identity"} 1.0' in metrics
        assert 'kansoku_items_rejected_total{reason="time"} 0.0' in metrics


def _send(server: RunningServer, spans: bytes) -> Any:  # noqa: ANN401  JSON
    request = urllib.request.Request(
        f"{server.url}/v1/traces", data=spans, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_a_body_that_does_not_come_in_time_is_refused_and_its_room_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BODY_S", 0.05)
    told: list[int] = []

    async def receive() -> dict[str, object]:
        if not parts:
            await asyncio.Event().wait()
        return parts.pop()

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            told.append(int(str(message["status"])))

    parts: list[dict[str, object]] = [{"type": "http.request", "body": b"half", "more_body": True}]
    spool = Spool.open(Layout(tmp_path))
    receiver = Receiver(spool, max_bytes=10)
    route = http.otlp_routes(receiver)[0]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/traces",
        "headers": [(b"content-type", b"application/x-protobuf")],
    }
    asyncio.run(route.app(scope, receive, send))  # pyright: ignore[reportArgumentType]
    assert told == [400]
    with receiver.room() as take:
        take(10)
    assert receiver.rejected == 1
    asyncio.run(spool.close())


@pytest.mark.parametrize("mark", list("*?{}"))
def test_a_data_directory_that_reads_as_a_pattern_is_refused_by_name(mark: str) -> None:
    with pytest.raises(SettingError, match=r"--data-dir .* as a pattern; choose another folder"):
        check(ServerSettings(data_dir=Path(f"/data{mark}")))


def test_a_server_that_drips_is_given_up_in_time() -> None:
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, suppress(OSError):
                connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                while not done.wait(0.02):
                    connection.sendall(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(ServerProblem, match="timed out") as problem:
            Server(url, timeout_s=0.2).get("api/status")
        done.set()
        dripping.join()
    assert problem.value.code == UNREACHABLE


@pytest.mark.parametrize(
    "body",
    [
        b'{"state": "working"}',
        b'{"state": "working", "headline": 3, "reasons": [1], "indicators": []}',
        b'{"state": "working", "headline": {"en": "", "ja": ""}, "reasons": [], "indicators": [3]}',
        b"[" * 100_000,
    ],
)
def test_an_answer_of_another_shape_is_a_stranger_s_and_no_state(
    body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

        answering = threading.Thread(target=answer)
        answering.start()
        assert run(["status", "--url", f"http://127.0.0.1:{listener.getsockname()[1]}"]) == UNREACHABLE
        answering.join()
    assert "is not a Kansoku server" in capsys.readouterr().err


def test_an_address_without_its_end_is_named() -> None:
    with pytest.raises(ServerProblem, match="not an http:// or https:// address"):
        Server("http://[::1").get("api/status")
