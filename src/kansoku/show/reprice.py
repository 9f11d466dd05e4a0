"""The route that prices stored calls again."""

import asyncio
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kansoku.errors import SettingError
from kansoku.show import pictures, shapes
from kansoku.show.bodies import body_of, schema_of
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused
from kansoku.show.view import LAST_SECOND
from kansoku.store.upkeep.reprice import Repriced, Wanted

_ANY_SECONDS = 600
"""How far past the present calls are priced again when no end is given: clocks differ."""

Repricing = Callable[[Wanted], Awaitable[Repriced]]


class RepriceAsked(BaseModel):
    """The body of `/api/reprice`: unix seconds, and which of the calls from then."""

    model_config = ConfigDict(extra="forbid", strict=True)
    since: int = Field(ge=0, le=LAST_SECOND)
    until: int | None = Field(default=None, ge=0, le=LAST_SECOND)
    model: str = Field(default="", max_length=200)
    only_unpriced: bool = False
    dry_run: bool = False


def add_repricing(routes: APIRouter, repricing: Repricing, clock: Callable[[], float]) -> None:
    """The route that prices stored calls again, one request after the other."""
    turn = asyncio.Lock()

    @routes.post(
        "/api/reprice", responses={400: {"model": shapes.Refusal}}, openapi_extra=schema_of(RepriceAsked)
    )
    async def reprice(request: Request) -> shapes.RepriceAnswer:
        same_origin(request)
        asked = await _reprice_asked(request)
        wanted = Wanted(
            since=asked.since,
            until=int(clock()) + _ANY_SECONDS if asked.until is None else asked.until,
            model=asked.model,
            only_unpriced=asked.only_unpriced,
            dry_run=asked.dry_run,
        )
        try:
            async with turn:
                return pictures.repriced(await repricing(wanted))
        except SettingError as error:
            raise RequestRefused(str(error)) from None


async def _reprice_asked(request: Request) -> RepriceAsked:
    """What is to be priced again."""
    body = await body_of(request, "since")
    try:
        return RepriceAsked.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "since"
        raise RequestRefused(f"{field}: {first['msg']}; times are unix seconds", field=field) from None
