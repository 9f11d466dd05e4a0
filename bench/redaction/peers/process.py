"""A contender's process, seen from the benchmark: started when it is asked, ended when it takes too long."""

# ruff: noqa: ANN401  any JSON

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.redaction.peers.contender import OWN_VENV

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ROOT / ".dev"


class TooSlow(Exception):
    """A contender took more CPU time than was allowed, and was ended."""


class Process:
    """The process of one contender.

    Args:
        name: The contender's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: subprocess.Popen[str] | None = None

    def ask(self, asked: dict[str, Any]) -> Any:
        """The answer.

        Raises:
            TooSlow: If there is none after the CPU time that is allowed for it.
            RuntimeError: If the process ended, with the last line that it said.
        """
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            self._process = None
            if process.wait() == -signal.SIGPROF:
                raise TooSlow
            raise RuntimeError((self._errors.read_text().strip().splitlines() or ["ended"])[-1])
        return json.loads(line)

    def close(self) -> None:
        """Ends the process, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    @property
    def _errors(self) -> Path:
        """Where the process says what went wrong."""
        return TOOLS / f"bench-redaction-{self.name.replace(' ', '-')}.log"

    def _running(self) -> subprocess.Popen[str]:
        """The process, started if it does not run."""
        if self._process is None:
            TOOLS.mkdir(exist_ok=True)
            venv = OWN_VENV.get(self.name)
            python = str(python_of(venv)) if venv else sys.executable
            with self._errors.open("w") as told:
                self._process = subprocess.Popen(
                    [python, "-m", "bench.redaction.peers.child", self.name],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=told,
                    text=True,
                    cwd=ROOT,
                    env={**os.environ, "PYTHONUTF8": "1"},
                )
        return self._process


def install_peers() -> None:
    """Installs each peer's pinned packages into an environment of its own."""
    uv = str(TOOLS / "bin/uv")
    for name in OWN_VENV.values():
        wanted = Path(__file__).parent / f"{name}.txt"
        python = python_of(name)
        if not python.exists():
            subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(python.parents[1])], check=True)
        subprocess.run([uv, "pip", "install", "-q", "--python", str(python), "-r", str(wanted)], check=True)


def python_of(name: str) -> Path:
    """The Python of a peer's environment."""
    return TOOLS / f"peers-{name}/bin/python"
