"""One contender's process: `python -m contest.child NAME ENDPOINT`. Reads commands, answers JSON lines.

case NAME    a pair of rounds, bare and observed: CPU seconds a call of [thread, process] for each
memory N     N observed calls: resident bytes before, and after every tenth of them
"""

# ruff: noqa: ANN401  peers and answers are not typed here

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from contest.cases import CASES, Run
from contest.contenders import BARE_OPTIONS, ORDINARY, PEERS, Contender


class Rounds:
    """A contender's rounds; every second pair begins with the observed one."""

    def __init__(self, contender: Contender) -> None:
        self._contender = contender
        self._runs: dict[tuple[str, bool], Run] = {}
        self._pairs = 0

    def pair(self, case: str) -> dict[str, list[float]]:
        """One pair of rounds."""
        self._pairs += 1
        order = (False, True) if self._pairs % 2 else (True, False)
        found = {observed: self._round(case, observed=observed) for observed in order}
        return {"bare": found[False], "observed": found[True]}

    def memory(self, calls: int) -> list[int]:
        """Resident bytes over that many calls."""
        self._contender.on()
        run = self._run("create small", observed=True)
        run(500)
        sizes = [self._resident()]
        for _ in range(10):
            run(calls // 10)
            sizes.append(self._resident())
        self._contender.off()
        return sizes

    def _round(self, case: str, *, observed: bool) -> list[float]:
        """CPU seconds a call of the calling thread, and of the process with a flush."""
        if observed:
            self._contender.on()
        run, calls = self._run(case, observed=observed), CASES[case][0]
        gc.collect()
        process, thread = time.process_time(), time.thread_time()
        run(calls)
        thread_spent = time.thread_time() - thread
        if observed:
            self._contender.flush()
        process_spent = time.process_time() - process
        if observed:
            self._contender.off()
        return [thread_spent / calls, process_spent / calls]

    def _run(self, case: str, *, observed: bool) -> Run:
        """The case with its client, which is made once, and observed ones while the contender is on."""
        key = case, observed
        if key not in self._runs:
            options = self._contender.options if observed else BARE_OPTIONS
            self._runs[key] = CASES[case][1](options)
        return self._runs[key]

    def _resident(self) -> int:
        """Resident bytes when everything has been sent."""
        self._contender.flush()
        gc.collect()
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


def answer(rounds: Rounds, words: list[str]) -> Any:
    """The answer to one command."""
    return rounds.memory(int(words[1])) if words[0] == "memory" else rounds.pair(words[1])


def main() -> None:
    """Answers commands until there are no more. Only answers go to standard output."""
    name, endpoint = sys.argv[1:3]
    out = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # peers print
    rounds = Rounds((ORDINARY | PEERS)[name](endpoint))
    print(json.dumps("ready"), file=out)
    for line in sys.stdin:
        print(json.dumps(answer(rounds, line.strip().split(" ", 1))), file=out)
    out.flush()
    os._exit(0)  # whatever a peer's threads still wait for


if __name__ == "__main__":
    main()
