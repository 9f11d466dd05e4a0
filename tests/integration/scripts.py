"""Python programs that tests run in processes of their own."""

import atexit
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tests.integration.forked import Forks

ASKING = """
import anthropic
ASK = dict(model="claude-sonnet-5-5", max_tokens=9, messages=[{"role": "user", "content": "x"}])

def ask(api):
    client = anthropic.Anthropic(base_url=api, api_key="local")
    client.messages.create(**ASK)
    client.close()
"""
"""Makes a call; put before a script, it imports the SDK."""


def bin_of(name: str) -> str:
    """A command of this environment."""
    return str(Path(sys.executable).parent / name)


def environment(**changes: str) -> Mapping[str, str]:
    """This process's environment without its OpenTelemetry variables, and with the changes."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "KANSOKU_"))}
    here = str(Path(sys.executable).parent)
    return {**kept, "PATH": os.pathsep.join((here, kept.get("PATH", ""))), **changes}


def run(*command: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end; it must end well."""
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=240, check=False, env=environment(**env)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def python(script: str, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Runs a script with the words as its arguments, which imports the SDK; it must end well."""
    done = forked(ASKING + textwrap.dedent(script), *words, cwd=Path.cwd(), timeout_s=240, **env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def forked(
    script: str, *words: str, cwd: Path, timeout_s: float, **env: str
) -> subprocess.CompletedProcess[str]:
    """Runs a script in a process that has the SDK imported and nothing else."""
    return _forks().run(script, *words, env=environment(**env), cwd=str(cwd), timeout_s=timeout_s)


@cache
def _forks() -> Forks:
    started = Forks(environment())
    atexit.register(started.close)
    return started
