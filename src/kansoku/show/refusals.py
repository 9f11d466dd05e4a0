"""Every error as `{"error": {"message", "field"}}` with the status that says whose fault it is."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from kansoku.catalog.rights import Right
from kansoku.errors import QueryTimeout, StoreUnavailable
from kansoku.show.headers import SECURITY_HEADERS


class RequestRefused(Exception):
    """The request cannot be answered as it is; the message says what would be."""

    def __init__(self, message: str, *, status: int = 400, field: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.field = field


def refusal(
    status: int,
    message: str,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
    right: Right | None = None,
) -> JSONResponse:
    """The answer to a request that is not met; `right` is the one that its key lacks."""
    error = {"message": message, "field": field} | ({} if right is None else {"right": right})
    return JSONResponse({"error": error}, status_code=status, headers=dict(headers or {}))


def add_refusals(app: FastAPI) -> None:
    """Have the app answer errors in our shape."""
    for kind, answer in (
        (RequestRefused, _refused),
        (RequestValidationError, _invalid),
        (HTTPException, _http),
        (QueryTimeout, _query_timeout),
        (StoreUnavailable, _unavailable),
        (Exception, _internal),
    ):
        app.add_exception_handler(kind, answer)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestRefused)  # noqa: S101
    return refusal(error.status, str(error), error.field)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    first = error.errors()[0]
    field = str(first["loc"][-1]) if first["loc"] else None
    return refusal(400, f"{field}: {first['msg']}", field)


async def _http(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101
    return refusal(error.status_code, error.detail, headers=error.headers)


async def _query_timeout(_: Request, error: Exception) -> JSONResponse:
    return refusal(504, str(error))


async def _internal(_: Request, error: Exception) -> JSONResponse:
    # Starlette answers this one outside of every middleware.
    message = f"Kansoku failed ({type(error).__name__}); its log has the details"
    return refusal(500, message, headers=SECURITY_HEADERS)


async def _unavailable(_: Request, error: Exception) -> JSONResponse:
    return refusal(503, f"the store does not answer yet: {error}", headers={"Retry-After": "1"})
