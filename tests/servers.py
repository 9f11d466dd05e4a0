"""A real server in a process of its own, as `kansoku up` starts it."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_READY_S = 60.0
_STORED_S = 120.0
"""What is waited for on a machine that is busy with other things; on a free one it is there in seconds."""


@dataclass(slots=True)
class RunningServer:
    """A started server, what it said, and the key that it is asked with."""

    process: subprocess.Popen[str]
    url: str
    said: list[str]
    key: str = ""

    def get(self, path: str) -> Any:  # noqa: ANN401  JSON
        """The JSON at a path of the API."""
        request = urllib.request.Request(f"{self.url}/{path}", headers=self._headers())
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def get_until(self, path: str, holds: Callable[[Any], bool]) -> Any:  # noqa: ANN401  JSON
        """The JSON at a path as soon as it holds; the last one when it does not within two minutes."""
        deadline = time.monotonic() + _STORED_S
        answer = self.get(path)
        while not holds(answer) and time.monotonic() < deadline:
            time.sleep(0.1)  # between two looks; what is waited for is the condition
            answer = self.get(path)
        return answer

    def query(self, sql: str) -> list[list[Any]]:
        """The rows of a statement."""
        request = urllib.request.Request(
            f"{self.url}/api/query",
            data=json.dumps({"sql": sql}).encode(),
            headers={"content-type": "application/json", **self._headers()},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)["rows"]

    def query_until(self, sql: str, holds: Callable[[list[list[Any]]], bool]) -> list[list[Any]]:
        """The rows as soon as they hold; the last ones when they do not within two minutes."""
        deadline = time.monotonic() + _STORED_S
        rows = self.query(sql)
        while not holds(rows) and time.monotonic() < deadline:
            time.sleep(0.1)  # between two looks; what is waited for is the condition
            rows = self.query(sql)
        return rows

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    def stop(self) -> int:
        """Ends it as Ctrl-C does; gives its exit status."""
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate(timeout=60)[0].splitlines()
        return self.process.returncode


def kansoku(*words: str) -> list[str]:
    """The command line of `kansoku` in this environment."""
    return [sys.executable, "-c", "from kansoku.cli import main; main()", *words]


@contextmanager
def running(data_dir: Path, *words: str, key: str = "") -> Generator[RunningServer]:
    """`kansoku up` on free ports until the block ends, asked with that key."""
    process = subprocess.Popen(
        kansoku("up", "--port", "0", "--grpc-port", "0", "--data-dir", str(data_dir), *words),
        stdout=subprocess.PIPE,
        text=True,
    )
    server = RunningServer(process, "", [], key)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            server.said.append(line.rstrip())
            found = re.search(r"page, API and OTLP/HTTP +(https?://\S+)", line)
            server.url = found[1] if found else server.url
            if line.startswith("Ready"):
                break
        assert server.url, "\n".join(server.said)
        yield server
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
