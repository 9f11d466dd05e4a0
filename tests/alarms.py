"""Alarms, and servers that take what is told of them, for the tests of notifying."""

from __future__ import annotations

import json
import queue
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal, cast

import pytest

from kansoku.catalog.alert_pack import alerts
from kansoku.judge.alarm import Alarm, fingerprint
from kansoku.judge.notice import Cause, Notice, Told
from kansoku.settings import parsed
from kansoku.settings.channels import NotifySettings

NOON = 1_795_780_800.0
"""2026-11-27 12:00:00 UTC."""

BY_NAME = {alert.name: alert for alert in alerts()}


def told(
    name: str = "HighErrorRate",
    state: Literal["firing", "resolved"] = "firing",
    fired_at: float = NOON,
    *,
    value: float | None = 0.092,
    labels: Mapping[str, str] | None = None,
    causes: tuple[Cause, ...] = (),
    budget_left: float | None = None,
    lasted_s: float = 1_800.0,
) -> Told:
    """An alarm of a shipped alert that began to fire five minutes after its test began to hold."""
    alert = BY_NAME[name]
    own = dict(labels or {})
    alarm = Alarm(alert, own, fingerprint(alert, own), "firing", value, fired_at - 300, fired_at)
    if state == "resolved":
        alarm = replace(alarm, state="resolved", resolved_at=fired_at + lasted_s)
    return Told(alarm, causes, budget_left)


def notice(at: float, changed: Iterable[Told] = (), firing: Iterable[Told] = ()) -> Notice:
    """What an evaluation has to say; what began to fire is among what fires."""
    began = tuple(changed)
    on = {one.alarm.fingerprint: one for one in (*firing, *began) if one.alarm.state == "firing"}
    return Notice(at, began, tuple(on.values()))


def settings(text: str, environment: Mapping[str, str] | None = None) -> NotifySettings:
    """The settings of a file with that text."""
    return parsed(text, "kansoku.toml", environment or {}).notify


@dataclass
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        return cast("dict[str, object]", json.loads(self.body))


@dataclass
class Listener:
    """A server on a port of its own that keeps the bytes it is sent, and answers as it is told to.

    `answers` are given one after the other, the last one for ever.
    """

    answers: list[tuple[int, dict[str, str], bytes]] = field(
        default_factory=lambda: [(200, dict[str, str](), b"ok")]
    )
    received: list[Received] = field(default_factory=list[Received])
    arrived: queue.Queue[Received] = field(default_factory=queue.Queue[Received])

    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                came = Received(self.path, dict(self.headers.items()), body)
                listener.received.append(came)
                answers = listener.answers
                status, headers, answer = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)
                listener.arrived.put(came)

            do_GET = do_POST  # noqa: N815

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                del format, args

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if self.tls is not None:
            self._server.socket = self.tls.wrap_socket(self._server.socket, server_side=True)
        self.port = int(self._server.server_address[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


OPENSSL = shutil.which("openssl")


def self_signed(folder: Path, name: str) -> Path:
    """A certificate for the name that nobody vouches for, its key beside it as key.pem."""
    if OPENSSL is None:
        pytest.skip("openssl is not installed")
    key, found = folder / "key.pem", folder / "certificate.pem"
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    names = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"]
    places = ["-keyout", str(key), "-out", str(found)]
    subprocess.run([OPENSSL, *words, *names, *places], check=True, capture_output=True)
    return found
