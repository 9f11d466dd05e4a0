"""The evaluator's beat: an evaluation at each multiple of its interval, one after the other."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from kansoku.watch.watch import EVERY_S, Watch

log = logging.getLogger(__name__)


def due_after(now: float, every_s: float = EVERY_S) -> float:
    """The first moment after `now` at which an evaluation is due; both in unix seconds."""
    return (now // every_s + 1) * every_s


async def run(
    watch: Watch,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Evaluates until it is cancelled. What is due while one evaluation runs is missed and counted."""
    due = due_after(clock())
    while True:
        wait = due - clock()
        if wait > EVERY_S:  # the clock was set back
            due = due_after(clock())
        elif wait > 0:
            await sleep(wait)
        else:
            due = await _evaluated(watch, due, clock)


async def _evaluated(watch: Watch, due: float, clock: Callable[[], float]) -> float:
    """Makes the newest evaluation that is due; gives when the next one is."""
    at = due_after(clock()) - EVERY_S
    if late := round((at - due) / EVERY_S):
        log.warning("alerts: %d evaluations were missed", late)
        watch.missed(late)
    try:
        await watch.evaluate(at)
    except Exception:
        log.exception("the evaluation of alerts failed; the next one is due as ever")
    return at + EVERY_S
