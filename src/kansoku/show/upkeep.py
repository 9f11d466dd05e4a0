"""The route that runs a task of maintenance: `told` a line while it runs, then `answer` or `error`."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import suppress
from typing import cast

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from kansoku.errors import QueryRefused, SettingError, StoreError
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused

Answer = dict[str, object]
Maintaining = Callable[[str, Mapping[str, object], Callable[[str], None]], Awaitable[Answer]]

_BODY_BYTES = 64 * 1024
_ALIVE_S = 5.0
"""How often a line comes at least, so that no proxy and no reader takes a long task for a dead one."""


def upkeep_routes(maintaining: Maintaining) -> APIRouter:
    """The route `/api/store/{task}`.

    Args:
        maintaining: Runs a task of the store by its name.
    """
    routes = APIRouter()

    @routes.post("/api/store/{task}")
    async def maintain(task: str, request: Request) -> StreamingResponse:
        same_origin(request)
        arguments = await _arguments(request)
        return StreamingResponse(_lines(maintaining, task, arguments), media_type="application/x-ndjson")

    return routes


async def _arguments(request: Request) -> Mapping[str, object]:
    """The JSON object in the body."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _BODY_BYTES:
            raise RequestRefused(f"body: it is over {_BODY_BYTES} bytes", status=413, field="body")
    with suppress(ValueError, RecursionError):
        found: object = json.loads(bytes(body) or b"{}")
        if isinstance(found, dict):
            return cast("Answer", found)
    raise RequestRefused("body: send a JSON object of the task's arguments", field="body")


async def _lines(
    maintaining: Maintaining, task: str, arguments: Mapping[str, object]
) -> AsyncIterator[bytes]:
    """One JSON object a line. A reader that hangs up does not end the task."""
    words: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.ensure_future(maintaining(task, arguments, words.put_nowait))
    running.add_done_callback(lambda _: words.put_nowait(""))
    while not running.done() or not words.empty():
        try:
            async with asyncio.timeout(_ALIVE_S):
                told = await words.get()
        except TimeoutError:
            told = ""
        if told or not running.done():
            yield _line({"told": told})
    try:
        yield _line({"answer": await running})
    except (StoreError, SettingError) as error:
        fault = "asker" if isinstance(error, QueryRefused | SettingError) else "store"
        yield _line({"error": {"message": str(error), "fault": fault}})


def _line(value: Answer) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode() + b"\n"
