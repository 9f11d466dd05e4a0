"""CPU time of the contenders over the same texts: medians over rounds in which they take turns."""

from __future__ import annotations

import statistics
from collections.abc import Iterable

from bench.redaction.case import Case
from bench.redaction.peers.process import Process, TooSlow

PATIENCE_S = 5.0
STRETCH_S = 0.03
"""How long one round of one contender lasts: short texts are redacted so often."""

Times = dict[str, float | None]
"""CPU microseconds of one redaction by contender; None if it took longer than our patience."""


def timed(cases: Iterable[Case], processes: list[Process], rounds: int) -> dict[str, Times]:
    """The median of every contender for every case."""
    return {case.name: _medians(case, processes, rounds) for case in cases}


def _medians(case: Case, processes: list[Process], rounds: int) -> Times:
    """One case. The first round warms up and tells how often to redact in each of the others."""
    first = {process.name: _seconds(case, process, 1) for process in processes}
    taken = {name: [] if one is None else [one] for name, one in first.items()}
    for _ in range(rounds):
        for process in processes:
            once = first[process.name]
            again = _again(case, process, once) if once is not None else None
            taken[process.name] += [] if again is None else [again]
    return {name: _median(each) for name, each in taken.items()}


def _again(case: Case, process: Process, once: float) -> float | None:
    """A further round; none where one alone takes longer than a second."""
    count = max(1, min(2_000, int(STRETCH_S / max(once, 1e-6))))
    return _seconds(case, process, count) if once < 1 else None


def _median(seconds: list[float]) -> float | None:
    """The median in microseconds, without the round that warmed up if there are others."""
    return 1e6 * statistics.median(seconds[1:] or seconds) if seconds else None


def _seconds(case: Case, process: Process, count: int) -> float | None:
    """CPU seconds of one redaction; None if it took too long."""
    asked = {"time": case.text, "json": case.json, "count": count, "patience": PATIENCE_S}
    try:
        return process.ask(asked)
    except TooSlow:
        return None
