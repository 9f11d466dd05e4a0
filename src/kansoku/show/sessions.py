"""The routes of sessions: a list by session or user, and the traces of one of them in order."""

import asyncio
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field

from kansoku.query import paging, sessions
from kansoku.query.sessions import By, SessionSearch
from kansoku.query.statement import Statement
from kansoku.show import session_shapes, shapes
from kansoku.show.paged import paged
from kansoku.show.refusals import RequestRefused
from kansoku.show.view import View
from kansoku.store.port import QueryLimits, Store

LIMITS = QueryLimits(seconds=5.0, rows=10_000, memory_bytes=512 << 20)
"""What a list of sessions may cost."""

_LAST_NS = 2**63 - 1


class SessionsAsked(View):
    """Which sessions: those with a call in the view; `by` puts calls together by user instead."""

    by: By = "session"
    before: int | None = Field(default=None, ge=0, le=_LAST_NS)
    limit: int = Field(default=100, ge=1, le=1_000)

    def search(self, now: float, one_id: str = "") -> SessionSearch:
        """The search, for one of them where an id is given.

        Raises:
            RequestRefused: If the time cannot be looked at.
        """
        return SessionSearch(self.scope(now), self.by, one_id, self.before, self.limit)


class SessionAsked(SessionsAsked):
    """Which one: its whole id, which may hold any character and therefore is no part of the path."""

    one_id: str = Field(min_length=1, max_length=400, alias="id")


def add_sessions(routes: APIRouter, store: Store, clock: Callable[[], float]) -> None:
    """Adds the routes `/api/sessions` and `/api/session`."""
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    async def found(statement: Statement) -> list[tuple[object, ...]]:
        return (await store.query(statement.text, statement.parameters, limits=LIMITS)).rows

    @routes.get("/api/sessions", responses=refusals)
    async def listed(asked: Annotated[SessionsAsked, Query()]) -> session_shapes.SessionPage:
        search = asked.search(clock())
        rows = await paged(found, sessions.newest(search))
        before = sessions.next_page(search, rows)
        return session_shapes.SessionPage(
            begin=search.scope.begin,
            end=search.scope.end,
            sessions=[
                session_shapes.SessionShape.model_validate(asdict(sessions.session(cells)))
                for cells in paging.rows_of(rows)
            ],
            before=None if before is None else str(before),
        )

    @routes.get("/api/session", responses={**refusals, 404: {"model": shapes.Refusal}})
    async def one(asked: Annotated[SessionAsked, Query()]) -> session_shapes.SessionTraces:
        search = asked.search(clock(), asked.one_id)
        own, traces = await asyncio.gather(found(sessions.newest(search)), found(sessions.traces(search)))
        if not own:
            raise RequestRefused("id: it has no call in this time", status=404, field="id")
        return session_shapes.SessionTraces(
            begin=search.scope.begin,
            end=search.scope.end,
            session=session_shapes.SessionShape.model_validate(asdict(sessions.session(own[0]))),
            traces=[
                session_shapes.SessionTraceShape.model_validate(asdict(sessions.trace(cells)))
                for cells in traces[: sessions.TRACES_AT_MOST]
            ],
            truncated=len(traces) > sessions.TRACES_AT_MOST,
        )
