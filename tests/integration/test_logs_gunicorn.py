"""A real gunicorn writes JSON lines: from its master, its workers, and their last words."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CONFIG = """
import kansoku
kansoku.configure_logging()
accesslog = errorlog = "-"
graceful_timeout = 5
control_socket_disable = True
"""

SYNC = """
import logging, os
def application(environ, start_response):
    if environ["PATH_INFO"] == "/broken":
        raise ValueError("of a@b.com")
    if environ["PATH_INFO"] == "/busy":
        logging.info("busy with %s", "sk-ant-abcdefghijkl")
    start_response("200 OK", [("content-length", str(len(str(os.getpid()))))])
    return [str(os.getpid()).encode()]
"""

ASGI = """
import logging, os
async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    if scope["path"] == "/broken":
        raise ValueError("of a@b.com")
    if scope["path"] == "/busy":
        logging.info("busy with %s", "sk-ant-abcdefghijkl")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""


class Server:
    """One gunicorn, and what it has written."""

    def __init__(self, process: "subprocess.Popen[str]", port: int) -> None:
        self.process = process
        self.port = port
        self.written: list[str] = []
        self._seen = threading.Condition()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self._seen:
                self.written.append(line)
                self._seen.notify_all()

    def wait_for(self, text: str) -> None:
        with self._seen:
            assert self._seen.wait_for(lambda: any(text in each for each in self.written), 30), self.written

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            return answer.read().decode()

    def close(self) -> None:
        self._reader.join(30)
        if self.process.stdout is not None:
            self.process.stdout.close()

    def ended(self) -> list[dict[str, Any]]:
        self.process.terminate()
        self.process.wait(30)
        self._reader.join(30)
        return [json.loads(line) for line in self.written]


@contextmanager
def gunicorn(folder: Path, code: str, *words: str) -> Generator[Server]:
    (folder / "app.py").write_text(code)
    (folder / "gunicorn.conf.py").write_text(CONFIG)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-b", f"127.0.0.1:{port}", *words, "app:application"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    server = Server(process, port)
    try:
        server.wait_for("Booting worker" if "sync" in words else "Application startup complete")
        yield server
    finally:
        process.kill()
        process.wait(30)
        server.close()


@pytest.mark.parametrize("worker", ["sync", "uvicorn_worker.UvicornWorker"])
def test_every_line_is_json_and_hides_queries_and_secrets(tmp_path: Path, worker: str) -> None:
    code = SYNC if worker == "sync" else ASGI
    with gunicorn(tmp_path, code, "--preload", "-w", "1", "-k", worker) as server:
        answering = server.get("/busy?code=s3cr3t")
        with pytest.raises(urllib.error.HTTPError):
            server.get("/broken?code=s3cr3t")
        lines = server.ended()
    (busy,) = [each for each in lines if each.get("message", "").startswith("busy")]
    assert busy["message"] == "busy with <SECRET>"
    assert re.fullmatch(r"\d+", answering)
    assert int(answering) != server.process.pid
    access = [each for each in lines if each["logger"] in ("gunicorn.access", "uvicorn.access")]
    assert ["/busy?code=<REDACTED>", 200] in [[each["path"], each["status"]] for each in access]
    (failed,) = [each for each in lines if each.get("exception", {}).get("message") == "of <EMAIL>"]
    assert failed["level"] == "ERROR"
    assert not [each for each in server.written if "s3cr3t" in each or "a@b" in each or "sk-ant" in each]
    said = " ".join(str(each.get("message")) for each in lines)
    assert "Starting gunicorn" in said
    assert "Shutting down: Master" in said


def test_a_worker_that_is_told_to_end_has_written_everything(tmp_path: Path) -> None:
    code = SYNC.replace(
        'logging.info("busy with',
        '[logging.info("line %d.", n) for n in range(2000)]; logging.info("busy with',
    )
    with gunicorn(tmp_path, code, "-w", "1", "-k", "sync") as server:
        os.kill(int(server.get("/busy")), signal.SIGTERM)
        lines = server.ended()
    numbers = [each["message"] for each in lines if each["message"].startswith("line ")]
    assert numbers == [f"line {n}." for n in range(2000)]
