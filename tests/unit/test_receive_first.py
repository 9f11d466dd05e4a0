"""Exports are answered before the application behind them is asked; everything else is left to it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kansoku.receive.http import OtlpFirst
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool
from kansoku.store.segments import Layout


async def _rest(_scope: Any, _receive: Any, send: Any) -> None:  # noqa: ANN401  ASGI
    await send({"type": "http.response.start", "status": 299, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/traces", 415),
        ("POST", "/v1/logs", 415),
        ("POST", "/v1/metrics", 415),
        ("GET", "/v1/traces", 299),
        ("POST", "/v1/traces/", 299),
        ("POST", "/api/query", 299),
    ],
)
def test_exports_alone_are_taken_before_the_rest(tmp_path: Path, method: str, path: str, status: int) -> None:
    said: list[dict[str, Any]] = []

    async def ask() -> None:
        spool = Spool.open(Layout(tmp_path))
        app = OtlpFirst(Receiver(spool), _rest)

        async def body() -> dict[str, Any]:
            return {"type": "http.request", "body": b"text", "more_body": False}

        async def told(message: Any) -> None:  # noqa: ANN401  ASGI
            said.append(dict(message))

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(b"content-type", b"text/plain")],
        }
        await app(scope, body, told)
        await spool.close()

    asyncio.run(ask())
    assert said[0]["status"] == status


def test_what_is_no_request_is_left_to_the_rest(tmp_path: Path) -> None:
    async def ask() -> list[Any]:
        spool = Spool.open(Layout(tmp_path))
        said: list[Any] = []

        async def nothing() -> Any:  # noqa: ANN401  ASGI
            return {"type": "websocket.disconnect"}

        async def told(message: Any) -> None:  # noqa: ANN401  ASGI
            said.append(message)

        await OtlpFirst(Receiver(spool), _rest)({"type": "websocket", "path": "/v1/traces"}, nothing, told)
        await spool.close()
        return said

    assert asyncio.run(ask())[0]["status"] == 299


async def _told_nothing(_message: Any) -> None:  # noqa: ANN401  ASGI
    pytest.fail("nothing is to be answered")


def test_an_export_that_is_cancelled_from_outside_is_no_late_body(tmp_path: Path) -> None:
    async def ask() -> None:
        spool = Spool.open(Layout(tmp_path))
        receiver = Receiver(spool)
        waiting = asyncio.Event()

        async def never() -> Any:  # noqa: ANN401  ASGI
            waiting.set()
            await asyncio.Event().wait()

        scope: Any = {"type": "http", "method": "POST", "path": "/v1/traces", "headers": []}
        asked = asyncio.create_task(OtlpFirst(receiver, _rest)(scope, never, _told_nothing))
        await waiting.wait()
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert (receiver.rejected, receiver.held_bytes) == (0, 0)
        await spool.close()

    asyncio.run(ask())
