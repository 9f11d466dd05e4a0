"""What answers a question of the API ends when its asker goes away; what acts is carried through."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kansoku.show.abandoned import EndAbandoned

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send


class App:
    """Waits until it is let go; says how it ended, and what it read."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = asyncio.Event()
        self.ended = ""
        self.read: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        try:
            self.read.append(await receive())
            self.begun.set()
            await self.go.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            self.ended = "answered"
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise


async def asked(method: str, path: str, *, leaves: bool) -> tuple[App, list[Message]]:
    app, sent = App(), list[dict[str, object]]()
    gone: asyncio.Event = asyncio.Event()
    messages = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

    async def receive() -> Message:
        for one in messages:
            return one
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "method": method, "path": path}
    running = asyncio.create_task(EndAbandoned(app)(scope, receive, send))
    async with asyncio.timeout(60):
        await app.begun.wait()
        if leaves:
            gone.set()
            for _ in range(20):
                await asyncio.sleep(0)
        app.go.set()
        await running
    return app, list(sent)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/panels/cost"), ("POST", "/api/query"), ("POST", "/api/alerts/backtest")],
)
def test_a_question_ends_with_its_asker(method: str, path: str) -> None:
    app, sent = asyncio.run(asked(method, path, leaves=True))
    assert (app.ended, sent) == ("cancelled", [])
    assert app.read == [{"type": "http.request", "body": b"{}", "more_body": False}]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/reprice"), ("DELETE", "/api/silences/7"), ("GET", "/assets/app.js")]
)
def test_what_acts_is_carried_through(method: str, path: str) -> None:
    app, sent = asyncio.run(asked(method, path, leaves=True))
    assert (app.ended, len(sent)) == ("answered", 1)


def test_an_asker_who_stays_gets_the_answer() -> None:
    app, sent = asyncio.run(asked("GET", "/api/panels/cost", leaves=False))
    assert (app.ended, len(sent)) == ("answered", 1)


def test_a_fault_is_told_on() -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive, send
        raise RuntimeError("broken")

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        """Nobody listens."""

    scope = {"type": "http", "method": "GET", "path": "/api/status"}
    with pytest.raises(RuntimeError, match="broken"):
        asyncio.run(EndAbandoned(broken)(scope, receive, send))
