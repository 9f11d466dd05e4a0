"""What observing costs a call: CPU of the calling thread and of the whole process, over the bare SDK.

    ./dev bench calls [--peers] [--rounds 7] [--cases create,stream] [--json]
    ./dev bench calls --memory      resident memory over 50,000 calls
    ./dev bench calls --imports     CPU of importing kansoku after the SDK, and of the first init()

Each contender has a process of its own and drives the real `anthropic` SDK over a transport without a
network. They take turns, one pair of rounds at a time: bare and observed, in alternating order. A figure is
the median of the pairs' differences in microseconds of CPU per call (`time.thread_time`,
`time.process_time`). An observed round ends with a flush, so the process figure holds everything up to the
sending to a local sink (whose own CPU is another process's); the sink's count shows that it was sent. The
contender `bare` observes nothing: its figures are the noise. Peers (bench/peers.txt) go into `.dev/peers`.
"""

# ruff: noqa: ANN401  peers and answers are not typed here

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from contest.cases import CASES
from contest.contenders import ORDINARY, PEERS, RECORDS

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent / ".dev"
PEERS_PYTHON = TOOLS / "peers/bin/python"
MEMORY_CALLS = 50_000
REFUSED = {"openlit 1.45.0": "it requires anthropic>=0.42.0,<1.0.0"}
"""Peers that do not install beside the locked SDK, and what the resolver says."""

IMPORTS = """
import time, sys, anthropic
began = time.process_time()
if sys.argv[1] == "kansoku":
    import kansoku; kansoku.init, kansoku.task, kansoku.tool, kansoku.configure_logging
imported = time.process_time()
if sys.argv[1] == "kansoku":
    kansoku.init(service="bench", endpoint=sys.argv[2])
print(imported - began, time.process_time() - imported, flush=True)
import os; os._exit(0)
"""

Figures = dict[str, dict[str, dict[str, float]]]
"""By case and contender: bare, thread and process, in microseconds per call."""


class Child:
    """A contender's process."""

    def __init__(self, name: str, endpoint: str, errors: Path) -> None:
        self.name = name
        python = str(PEERS_PYTHON) if name in PEERS else sys.executable
        env = {**os.environ, "PYTHONPATH": str(HERE), "TRACELOOP_TELEMETRY": "false"}
        with errors.open("w") as told:
            self._process = subprocess.Popen(
                [python, "-m", "contest.child", name, endpoint],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
                env=env,
            )
        self._errors = errors

    def read(self) -> Any:
        """The next answer.

        Raises:
            RuntimeError: If the process ended, with the last line that it said.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError((self._errors.read_text().strip().splitlines() or ["ended"])[-1])
        return json.loads(line)

    def ask(self, command: str) -> Any:
        """The answer to a command."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()
        return self.read()

    def close(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.wait()


@contextmanager
def sink() -> Generator[str]:
    """The endpoint that all send to."""
    command = [sys.executable, str(HERE / "contest/sink.py")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


@contextmanager
def started(names: list[str], endpoint: str, refused: dict[str, str]) -> Generator[list[Child]]:
    """The contenders' processes; one that does not start is noted as refused."""
    TOOLS.mkdir(exist_ok=True)
    with ExitStack() as closing:
        children: list[Child] = []
        waiting: list[Child] = []
        for name in names:
            slug = name.replace(" ", "-")
            waiting.append(Child(name, f"{endpoint}/{slug}", TOOLS / f"bench-{slug}.log"))
            closing.callback(waiting[-1].close)
        for child in waiting:
            try:
                child.read()
            except RuntimeError as error:
                refused[child.name] = str(error)
            else:
                children.append(child)
        yield children


def install_peers() -> None:
    """Installs the peers beside the checkout."""
    uv = str(TOOLS / "bin/uv")
    if not PEERS_PYTHON.exists():
        subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(TOOLS / "peers")], check=True)
    subprocess.run(
        [uv, "pip", "install", "-q", "--python", str(PEERS_PYTHON), "-r", str(HERE / "peers.txt")], check=True
    )


def compared(children: list[Child], names: list[str], rounds: int, refused: dict[str, str]) -> Figures:
    """Medians over paired rounds, the contenders taking turns."""
    pairs: dict[tuple[str, str], list[dict[str, list[float]]]] = {}
    for number in range(rounds + 1):
        for case in names:
            for child in [each for each in children if each.name not in refused]:
                try:
                    pair = child.ask(f"case {case}")
                except (RuntimeError, BrokenPipeError) as error:
                    refused[child.name] = str(error)
                    continue
                if number:  # the first pair warms up
                    pairs.setdefault((case, child.name), []).append(pair)
    found: Figures = {case: {} for case in names}
    for (case, name), measured in pairs.items():
        found[case][name] = medians(measured)
    return found


def medians(pairs: list[dict[str, list[float]]]) -> dict[str, float]:
    """Microseconds per call: the bare SDK, and what is added on the thread and in the process."""

    def added(part: int) -> float:
        return 1e6 * statistics.median(pair["observed"][part] - pair["bare"][part] for pair in pairs)

    return {
        "bare": 1e6 * statistics.median(pair["bare"][1] for pair in pairs),
        "thread": added(0),
        "process": added(1),
    }


def sent(endpoint: str) -> dict[str, int]:
    """Bytes that reached the sink, by path; the path begins with the contender."""
    with urllib.request.urlopen(endpoint, timeout=10) as answer:
        return json.load(answer)


def show(found: Figures, names: list[str]) -> None:
    """Prints the table: added CPU of the calling thread / of the whole process."""
    print(f"{'added CPU µs per call':20}" + "".join(f"{name:>16}" for name in ["(bare SDK)", *names]))
    for case, figures in found.items():
        base = f"{statistics.median(each['bare'] for each in figures.values()):.0f}"
        cells = [pair_of(figures[name]) if name in figures else "-" for name in names]
        print(f"{case:20}" + "".join(f"{cell:>16}" for cell in [base, *cells]))
    if {"stream of 20", "stream of 2000"} <= found.keys():
        each = [delta(found, name) for name in names]
        print(f"{'each delta':20}{'':16}" + "".join(f"{cell:>16}" for cell in each))


def pair_of(figures: dict[str, float]) -> str:
    """Thread and process in one cell."""
    return f"{figures['thread']:.0f} / {figures['process']:.0f}"


def delta(found: Figures, name: str) -> str:
    """What a stream's delta adds, by the difference of a long and a short stream."""
    long, short = found["stream of 2000"].get(name), found["stream of 20"].get(name)
    if long is None or short is None:
        return "-"
    thread, process = ((long[part] - short[part]) / 1_980 for part in ("thread", "process"))
    return f"{thread:.2f} / {process:.2f}"


def memory(endpoint: str) -> dict[str, list[float]]:
    """Resident megabytes over the calls, with Kansoku and without."""
    with started(["kansoku", "bare"], endpoint, {}) as children:
        return {each.name: [size / 2**20 for size in each.ask(f"memory {MEMORY_CALLS}")] for each in children}


def imports(endpoint: str, rounds: int) -> dict[str, float]:
    """Median CPU milliseconds of the import beyond the SDK's and of the first init, in fresh interpreters."""
    spent: dict[str, list[list[float]]] = {"kansoku": [], "nothing": []}
    for _ in range(rounds):
        for what, each in spent.items():
            command = [sys.executable, "-c", IMPORTS, what, endpoint]
            said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            each.append([1e3 * float(word) for word in said.split()])
    kansoku, nothing = spent["kansoku"], spent["nothing"]
    return {
        what: statistics.median(k[part] - n[part] for k, n in zip(kansoku, nothing, strict=True))
        for part, what in enumerate(("import ms", "first init ms"))
    }


def words() -> argparse.Namespace:
    """The options given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--cases", default="", help="parts of the names of cases, with commas between")
    for flag in ("peers", "memory", "imports", "json"):
        parser.add_argument(f"--{flag}", action="store_true")
    return parser.parse_args()


def contest(endpoint: str, given: argparse.Namespace) -> None:
    """Compares the contenders and prints what was found."""
    if given.peers:
        install_peers()
    parts = given.cases.split(",")
    cases = [name for name in CASES if any(part.strip() in name for part in parts)]
    refused = dict(REFUSED) if given.peers else {}
    names = [*ORDINARY, *(PEERS if given.peers else {})]
    with started(names, endpoint, refused) as children:
        found = compared(children, cases, given.rounds, refused)
    got = sent(endpoint)
    if given.json:
        said = {"cases": found, "records": RECORDS, "refused": refused, "sent bytes": got}
        print(json.dumps(said, indent=2))
        return
    show(found, [name for name in names if name not in refused])
    for name in names:
        slug = f"/{name.replace(' ', '-')}/"
        total = sum(size for path, size in got.items() if path.startswith(slug))
        print(f"{name:16}{RECORDS[name]}; sent {total / 1e6:.1f} MB")
    for name, reason in refused.items():
        print(f"{name:16}refused: {reason}")


def main() -> None:
    """Runs what is asked for."""
    given = words()
    with sink() as endpoint:
        if given.memory:
            print(json.dumps({"resident MB": memory(endpoint)}))
        if given.imports:
            print(json.dumps({"CPU": imports(endpoint, max(7, given.rounds))}))
        if not (given.memory or given.imports):
            contest(endpoint, given)


if __name__ == "__main__":
    main()
