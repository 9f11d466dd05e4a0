"""The route that has the server read its file of settings again."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request
from pydantic import BaseModel

from kansoku.catalog.text import Text
from kansoku.show.origin import same_origin
from kansoku.show.pictures import words
from kansoku.show.refusals import RequestRefused
from kansoku.show.shapes import Words

Behind = Callable[[], Awaitable[tuple[Text, ...]]]
"""Says in sentences what of the file of settings does not count."""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """How the last reading of the file went.

    Attributes:
        at: When what counts now was read, unix seconds.
        alerts: How many alerts there are by it.
        slos: How many objectives.
        channels: How many channels.
        at_start: Settings that changed and count from the next start only.
        error: Why the file could not be used the last time, so that all stayed as it was; empty if it could.
    """

    at: float
    alerts: int
    slos: int
    channels: int
    at_start: tuple[str, ...] = ()
    error: str = ""


class ReloadShape(BaseModel):
    """What the file says now; `at_start` are settings that changed and count from the next start only."""

    alerts: int
    slos: int
    channels: int
    at_start: list[str]


async def settings_behind(behind: Behind | None) -> list[Words]:
    """What of the file of settings does not count, and what to do; nothing where there is no file."""
    return [] if behind is None else [words(one) for one in await behind()]


def reload_routes(reload: Callable[[], Awaitable[Reloaded]]) -> APIRouter:
    """The route `/api/reload`.

    Args:
        reload: Reads the file again.
    """
    routes = APIRouter()

    @routes.post("/api/reload")
    async def read_again(request: Request) -> ReloadShape:
        same_origin(request)
        found = await reload()
        if found.error:
            raise RequestRefused(f"{found.error} (all stays as it was)")
        return ReloadShape(
            alerts=found.alerts,
            slos=found.slos,
            channels=found.channels,
            at_start=list(found.at_start),
        )

    return routes
