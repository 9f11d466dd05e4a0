"""`./dev crash [--kills N] [--seed S] [--only TEXT]`: kills a server under load and counts what is stored."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.run import kills, run
from tests.crash.steps import STEPS


def main() -> int:
    """The exit status."""
    each_once = len(STEPS) * 4 // 3 + 1
    parser = argparse.ArgumentParser(prog="./dev crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=each_once, help="how many; by default each step once")
    parser.add_argument("--seed", type=int, default=1, help="the order of steps and the random moments")
    parser.add_argument("--only", default="", help="only steps whose name holds this text")
    options = parser.parse_args()
    steps = [step for step in STEPS if options.only in step.name]
    planned = kills(options.kills, random.Random(options.seed), steps)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kansoku-crash-") as folder:
        counts = asyncio.run(run(Path(folder), planned, options.seed, tell))
    seconds = time.monotonic() - began
    tell(f"{len(planned)} kills in {seconds:.0f} s, seed {options.seed}: {counts}, each once")
    return 0


def tell(line: str) -> None:
    """Prints at once."""
    print(line, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
