"""HTTP as the server speaks it: it says when it answers, and how it ends."""

import asyncio
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from kansoku.server.demo import Demo


class Http(uvicorn.Server):
    """Says when it answers, and lets the demo send its last before it stops answering.

    A second wish to stop, while the first is being met, hurries: what is not stored stays in the spool.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        started: Callable[[], None],
        demo: Demo | None,
        *,
        hurry: Callable[[], None],
        stopping: Callable[[], None],
        reload: Callable[[], None],
    ) -> None:
        super().__init__(config)
        self._told = started
        self._demo = demo
        self._hurry = hurry
        self._stopping = stopping
        self._reload = reload
        self._loop = asyncio.get_running_loop()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Takes SIGINT and SIGTERM as a wish to stop, and SIGHUP as one to read the settings again.

        uvicorn's own would raise them again once HTTP has stopped, before spool and store are closed.
        """
        for wish in (signal.SIGINT, signal.SIGTERM):
            signal.signal(wish, self.handle_exit)
        if hasattr(signal, "SIGHUP"):
            signal.signal(signal.SIGHUP, self.handle_hangup)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Meets a wish to stop."""
        if self.should_exit:
            self.force_exit = True
            self._loop.call_soon_threadsafe(self._hurry)
        super().handle_exit(sig, frame)

    def handle_hangup(self, _sig: int, _frame: FrameType | None) -> None:
        """Has the settings read again."""
        self._loop.call_soon_threadsafe(self._reload)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts to answer."""
        await super().startup(sockets)
        if self.started:
            self._told()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops answering."""
        if self._demo is not None:
            await self._demo.stop()
        self._stopping()
        await super().shutdown(sockets)
