"""The route that says whether the server can receive and be asked."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter
from starlette.responses import JSONResponse

from kansoku.errors import ReceiveError, StoreError
from kansoku.store.port import Store


def add_health(routes: APIRouter, store: Store, ready: Callable[[], Awaitable[None]] | None) -> None:
    """Adds `/healthz`."""

    @routes.get("/healthz")
    async def healthy() -> JSONResponse:
        try:
            await store.query("SELECT 1")
            if ready is not None:
                await ready()
        except (StoreError, ReceiveError) as error:
            return JSONResponse({"status": "unavailable", "reason": str(error)}, status_code=503)
        return JSONResponse({"status": "ok"})
