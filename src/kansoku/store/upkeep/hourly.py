"""Something done every hour while a server runs, unless the clock on the wall has jumped."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from kansoku.errors import SettingError, StoreError
from kansoku.store.clock import running_clock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_log = logging.getLogger(__name__)
_FIRST_S = 60.0
_EVERY_S = 3600.0
_MOST_DRIFT_S = 900.0


class Hourly:
    """Does it a minute after the start and every hour from then on; a failure is logged and tried again.

    What depends on dates must not be done by a wrong one: if the wall clock moved by a quarter of an
    hour more or less than the time that passed, nothing is done until it is right or the server is
    started anew.

    Args:
        what: Its name in the log.
        act: Does it.
        leads: Whether this node does it; of several that share a store, one does. Asked each time.
        wall: The wall clock, unix seconds.
        steady: A clock that never jumps and goes on while the machine sleeps, in seconds.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        what: str,
        act: Callable[[], Awaitable[object]],
        *,
        leads: Callable[[], bool] = lambda: True,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = running_clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._what = what
        self._act = act
        self._leads = leads
        self._drift = lambda: wall() - steady()
        self._sleep = sleep

    async def run(self) -> None:
        """Runs until it is cancelled."""
        began, pause = self._drift(), _FIRST_S
        while True:
            await self._sleep(pause)
            pause = _EVERY_S
            jumped = self._drift() - began
            if abs(jumped) > _MOST_DRIFT_S:
                _log.error("%s: not done, as the clock has jumped by %.0f s", self._what, jumped)
                continue
            if not self._leads():
                continue
            try:
                await self._act()
            except (StoreError, SettingError) as error:
                _log.warning("%s: %s; next try in an hour", self._what, error)
