"""When the demo ends: a signal, the death of the parent, or the end of standard input."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_PARENT_CHECK_S = 0.5


def end_on_signals(end: Callable[[], None]) -> None:
    """Call `end` in the event loop at SIGTERM and SIGINT, where the platform has them."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, end)
        except NotImplementedError:
            signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(end) and None)


async def parent_death(parent_pid: int) -> None:
    """Return when this process has another parent than `parent_pid`: the parent has died.

    On Windows the parent's id stays the same; `end_with_stdin` is the way there.
    """
    while os.getppid() == parent_pid:
        await asyncio.sleep(_PARENT_CHECK_S)


def end_with_stdin(end: Callable[[], None]) -> None:
    """Call `end` in the event loop when standard input is closed, read by a thread of its own."""
    loop = asyncio.get_running_loop()
    stdin = sys.stdin

    def wait() -> None:
        while stdin is not None and stdin.buffer.read(4_096):
            pass
        with contextlib.suppress(RuntimeError):  # the loop has ended for another reason
            loop.call_soon_threadsafe(end)

    threading.Thread(target=wait, name="stdin-watch", daemon=True).start()
