"""The servers that are measured, each in a process of its own, and what they cost as the kernel counts it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, Self

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_LOOK_S = 0.25
_READY_S = 300.0


class Server(Protocol):
    """What spans are sent to."""

    name: str
    port: int
    grpc_port: int

    def pids(self) -> dict[str, int]:
        """Its processes by what they are."""
        ...

    def stored(self) -> int:
        """Spans in its database."""
        ...


@dataclass(slots=True)
class Kansoku:
    """`kansoku up` on free ports."""

    port: int
    grpc_port: int
    process: subprocess.Popen[str]
    name: str = "kansoku"

    @classmethod
    @contextmanager
    def started(cls, data: Path) -> Generator[Self]:
        """A server on that folder until the block ends."""
        port, grpc_port = free_port(), free_port()
        words = ("up", "--port", str(port), "--grpc-port", str(grpc_port), "--data-dir", str(data))
        process = subprocess.Popen(
            [sys.executable, "-c", "from kansoku.cli import main; main()", *words],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            if not any(line.startswith("Ready") for line in process.stdout):
                raise RuntimeError("kansoku up did not start")
            yield cls(port, grpc_port, process)
        finally:
            process.terminate()
            process.wait()

    def pids(self) -> dict[str, int]:
        """The server and its store."""
        return {"server": self.process.pid, "store": children(self.process.pid)[0]}

    def stored(self) -> int:
        """Spans in `otel_traces`."""
        return int(self.query("SELECT count() FROM otel_traces")[0][0])

    def query(self, statement: str) -> list[list[Any]]:
        """The rows of a statement."""
        return self._json("api/query", {"sql": statement})["rows"]

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """What the API answers at a path."""
        return self._json(path)

    def _json(self, path: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> None:
    """Returns when something answers on the port.

    Raises:
        TimeoutError: If nothing does within five minutes.
    """
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def children(pid: int) -> list[int]:
    """The processes that a process started, oldest first."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        if int(fields[1]) == pid:
            found.append(int(stat.parent.name))
    return sorted(found)


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def resident(pid: int) -> int:
    """Bytes of memory that a process has resident."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def load_average() -> float:
    """Processes that wanted a core over the last minute."""
    return os.getloadavg()[0]


@dataclass(slots=True)
class Watch:
    """Memory of a server's processes over time, and the CPU that they used since it began."""

    pids: dict[str, int]
    memory: list[dict[str, int]] = field(default_factory=list[dict[str, int]])
    _began: dict[str, float] = field(default_factory=dict[str, float])
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Looks from now on, four times a second."""
        self._began = {name: cpu_s(pid) for name, pid in self.pids.items()}
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def cpu(self) -> dict[str, float]:
        """CPU seconds of each process since the start."""
        return {name: cpu_s(pid) - self._began[name] for name, pid in self.pids.items()}

    def stop(self) -> None:
        """Looks no more."""
        self._over.set()
        assert self._thread is not None
        self._thread.join()

    @property
    def peak(self) -> int:
        """The most bytes that all processes had at once."""
        return max(sum(look.values()) for look in self.memory)

    def _look(self) -> None:
        while not self._over.wait(_LOOK_S):
            self.memory.append({name: resident(pid) for name, pid in self.pids.items()})
