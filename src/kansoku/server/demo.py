"""The demo workload, which a server may run beside itself."""

import asyncio
import logging
import os
import sys
from asyncio.subprocess import Process
from typing import Self

from kansoku.catalog.rights import KEY_VARIABLE

log = logging.getLogger("kansoku.server")

_DEMO = "kansoku_demo"
NEEDED = (_DEMO, "anthropic")
"""The packages that it cannot run without."""

_STOP_DEMO_S = 5.0


class Demo:
    """The demo workload in a process of its own, which ends when its standard input does."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls, url: str, key: str = "") -> Self:
        """Starts it against the server at the URL, which takes that key."""
        words = (sys.executable, "-m", _DEMO, "--endpoint", url, "--stop-when-stdin-closes")
        env = {**os.environ, KEY_VARIABLE: key} if key else None
        return cls(await asyncio.create_subprocess_exec(*words, stdin=asyncio.subprocess.PIPE, env=env))

    async def stop(self) -> None:
        """Ends it, kindly first: it sends what it still has."""
        self._watching.cancel()
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(_STOP_DEMO_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def _watch(self) -> None:
        """Says so if it ends by itself."""
        status = await self._process.wait()
        log.error("the demo workload ended with status %s; the server goes on", status)
