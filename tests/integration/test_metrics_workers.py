"""Several workers of real servers: whichever answers a scrape, the totals are right and never go down.

An import of the SDK takes three seconds of a core. Workers that are forked have it from their parent, which
imports it and nothing of ours; those of uvicorn import it anew. So few workers, and none that waits at its
end for an endpoint that is not there.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kansoku_demo.messages_server import MessagesServer
from tests.integration.receiver import Receiver
from tests.integration.sdk import MODEL

_SETTLED_S = 120.0
"""How long to wait on a machine that is busy with other things; on a free one it is seconds."""

_LOOK_AGAIN_S = 0.05
_APP = "tests.integration.workers_app"
_UVICORN = ["uvicorn", f"{_APP}:asgi", "--workers", "4", "--log-level", "warning"]
_GUNICORN = ["gunicorn", f"{_APP}:wsgi", "--timeout", "300", "--no-control-socket", "-w"]
_GUNICORN_WITH_THE_SDK = "import anthropic; from gunicorn.app.wsgiapp import run; run()"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass
class Service:
    """A started server of several workers."""

    process: subprocess.Popen[bytes]
    port: int
    scrape_port: int
    log: Path

    def ask(self) -> int:
        """Makes one call of Claude; gives the id of the worker that did."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/ask", timeout=_SETTLED_S) as answer:
            return int(answer.read())

    def calls(self, port: int) -> float:
        """The calls that a scrape shows."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=_SETTLED_S) as page:
            families = text_string_to_metric_families(page.read().decode())
        return sum(
            each.value
            for family in families
            for each in family.samples
            if each.name == "claude_api_calls_total" and each.labels == {"model": MODEL, "status": "ok"}
        )


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="w") as server:
        yield server


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where a worker leaves what it compiled for those that come after it: where all tests do, if they do."""
    kept = None if sys.dont_write_bytecode else sys.pycache_prefix
    return kept or str(tmp_path_factory.mktemp("compiled"))


@pytest.fixture
def told(api: MessagesServer, receiver: Receiver, compiled: str, tmp_path: Path) -> dict[str, str]:
    """What the application is told by its environment."""
    return {
        "APP_API": api.base_url,
        "APP_ENDPOINT": receiver.url,
        "TMPDIR": str(tmp_path),
        "PYTHONPYCACHEPREFIX": compiled,
        "PYTHONDONTWRITEBYTECODE": "",
    }


@contextmanager
def running(told: dict[str, str], command: list[str], scrape_port: int | None = None) -> Generator[Service]:
    port, scrape_port = free_port(), scrape_port or free_port()
    server, *words = command
    if server == "gunicorn":
        words = ["-c", _GUNICORN_WITH_THE_SDK, *words, "--bind", f"127.0.0.1:{port}"]
    else:
        words = ["-m", server, *words, "--port", str(port)]
    log = Path(told["TMPDIR"]) / "log"
    environment = {**os.environ, **told, "APP_PROMETHEUS_PORT": str(scrape_port)}
    with log.open("ab") as said:
        process = subprocess.Popen([sys.executable, *words], env=environment, stdout=said, stderr=said)
    try:
        yield Service(process, port, scrape_port, log)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SETTLED_S)


def until(found: Callable[[], float], wanted: float) -> None:
    """Looks until a number is what it should be; fails with the last one."""
    deadline = time.monotonic() + _SETTLED_S
    last: object = None
    while time.monotonic() < deadline:
        try:
            last = found()
        except (OSError, HTTPException) as error:
            last = error
        if last == wanted:
            return
        time.sleep(_LOOK_AGAIN_S)  # between two looks; what is waited for is the number
    pytest.fail(f"{last!r} is not {wanted!r}")


def several(service: Service, workers: int) -> tuple[int, set[int]]:
    """Calls until that many workers have made some; gives how many calls there were."""
    until(lambda: service.calls(service.port), 0)
    pids: set[int] = set()
    calls = 0
    deadline = time.monotonic() + _SETTLED_S
    while (len(pids) < workers or calls < 40) and time.monotonic() < deadline:
        pids.add(service.ask())
        calls += 1
    assert len(pids) >= workers
    return calls, pids


def assert_steady(service: Service, calls: int) -> None:
    """Each of many scrapes, of the port and of the mounted page, shows the same total."""
    until(lambda: service.calls(service.scrape_port), calls)
    until(lambda: service.calls(service.port), calls)
    assert {service.calls(service.port) for _ in range(20)} == {calls}
    assert {service.calls(service.scrape_port) for _ in range(5)} == {calls}


@pytest.mark.parametrize(
    "command",
    [[*_GUNICORN, "4", "--preload"], [*_GUNICORN, "4"], _UVICORN],  # the first one compiles, once
    ids=["preload", "gunicorn", "uvicorn"],
)
def test_four_workers_show_one_total_and_a_killed_one_takes_nothing_along(
    told: dict[str, str], command: list[str]
) -> None:
    with running(told, command) as service:
        calls, pids = several(service, 3)
        assert_steady(service, calls)
        os.kill(next(iter(pids)), signal.SIGKILL)
        until(lambda: service.calls(service.scrape_port), calls)
        for _ in range(10):
            service.ask()
        assert_steady(service, calls + 10)
        said = service.log.read_text()
        assert "cannot be served" not in said
        assert "Kansoku failed" not in said


def test_a_restarted_service_counts_from_0_and_recycled_workers_take_nothing_along(
    told: dict[str, str],
) -> None:
    scrape_port = free_port()
    with running(told, [*_GUNICORN, "1"], scrape_port) as service:
        calls, _ = several(service, 1)
        assert_steady(service, calls)
    with running(told, [*_GUNICORN, "2", "--max-requests", "8"], scrape_port) as service:
        until(lambda: service.calls(scrape_port), 0)
        assert_recycled(service, 30)


def assert_recycled(service: Service, calls: int) -> None:
    """Each scrape while workers come and go shows what the one before did or more, and the last one all."""
    pids: set[int] = set()
    seen = 0.0
    for _ in range(calls):
        pids.add(service.ask())
        try:
            now = service.calls(service.scrape_port)
        except (OSError, HTTPException):  # the port is being handed over
            continue
        assert now >= seen
        seen = now
    assert len(pids) > 2
    until(lambda: service.calls(service.scrape_port), calls)
