"""Questions whose asker went away: they end, and what they asked of the store ends with them."""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ASKED_BY_POST = frozenset({"/api/query", "/api/alerts/backtest"})
"""Questions that are sent rather than named; any other POST acts, and is carried through."""


class EndAbandoned:
    """Cancels what answers a question of the API once nobody is connected to hear it."""

    def __init__(self, app: "ASGIApp") -> None:
        self._app = app

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http" or not _is_question(scope["method"], scope["path"]):
            await self._app(scope, receive, send)
            return
        given: asyncio.Queue[Message] = asyncio.Queue(maxsize=1)
        answering = asyncio.create_task(self._answer(scope, given.get, send), name="question")
        hearing = asyncio.create_task(_heard(receive, given), name="asker")
        try:
            await asyncio.wait((answering, hearing), return_when=asyncio.FIRST_COMPLETED)
            if not answering.done():
                answering.cancel()
                with suppress(asyncio.CancelledError):
                    await answering
                return
            await answering
        finally:  # whoever cancels this, the server as it ends, leaves nothing behind
            answering.cancel()
            hearing.cancel()

    async def _answer(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        await self._app(scope, receive, send)


def _is_question(method: str, path: str) -> bool:
    return (method == "GET" and path.startswith("/api/")) or (method == "POST" and path in _ASKED_BY_POST)


async def _heard(receive: "Receive", given: "asyncio.Queue[Message]") -> None:
    """Hands on what the asker sends; returns when it is gone."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            if not given.full():
                given.put_nowait(message)
            return
        await given.put(message)
