"""The routes of log records: a search, what its records have in common, and their live tail."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import StreamingResponse

from kansoku.errors import DefinitionError
from kansoku.query import log_facets, logs, paging
from kansoku.query.logs import LogSearch
from kansoku.query.statement import Statement
from kansoku.show import log_shapes, shapes
from kansoku.show.paged import paged
from kansoku.show.refusals import RequestRefused
from kansoku.show.tail import Tails
from kansoku.show.view import View
from kansoku.store.port import QueryLimits, Store

LIMITS = QueryLimits(seconds=5.0, rows=10_000, memory_bytes=512 << 20)
"""What a search may cost."""

_WORDS_AT_MOST = 16
_LAST_NS = 2**63 - 1
_SSE = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


class LogsAsked(View):
    """Which log records: the view's time and filters, words of the body, and attributes as `name=value`."""

    q: str = Field(default="", max_length=500)
    severity: str = ""
    trace_id: str = ""
    event: str = Field(default="", max_length=400)
    attribute: list[str] = Field(default=[], max_length=_WORDS_AT_MOST)
    before: int | None = Field(default=None, ge=0, le=_LAST_NS)
    after: int | None = Field(default=None, ge=0, le=_LAST_NS)
    limit: int = Field(default=100, ge=1, le=1_000)

    def search(self, now: float) -> LogSearch:
        """The search.

        Raises:
            RequestRefused: If a parameter cannot be used; the message names it and the mend.
        """
        scope, words = self.scope(now), tuple(self.q.split())
        if len(words) > _WORDS_AT_MOST:
            raise RequestRefused(f"q: at most {_WORDS_AT_MOST} words", field="q")
        pairs = [one.partition("=") for one in self.attribute]
        if any(not name or not sign for name, sign, _ in pairs):
            raise RequestRefused("attribute: write it as name=value", field="attribute")
        return LogSearch(
            scope.begin,
            scope.end,
            words,
            service=self.service,
            severity=self.severity,
            trace_id=self.trace_id,
            event=self.event,
            attributes=tuple((name, value) for name, _, value in pairs),
            filters=tuple(pair for pair in scope.filters if pair[0] != "service"),
            before_ns=self.before,
            after_ns=self.after,
            limit=self.limit,
        )


def add_logs(routes: APIRouter, store: Store, clock: Callable[[], float], tails: Tails) -> None:
    """Adds the routes under `/api/logs`."""
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    async def found(statement: Statement) -> list[tuple[object, ...]]:
        return (await store.query(statement.text, statement.parameters, limits=LIMITS)).rows

    @routes.get("/api/logs", responses=refusals)
    async def log_records(asked: Annotated[LogsAsked, Query()]) -> shapes.LogPage:
        search = asked.search(clock())
        rows = await paged(found, _made(logs.statement, search))
        records = [logs.record(cells) for cells in paging.rows_of(rows)]
        before = logs.next_page(search, rows)
        return shapes.LogPage(
            begin=search.begin,
            end=search.end,
            records=[shapes.LogRecord.model_validate(one, from_attributes=True) for one in records],
            before=None if before is None else str(before),
        )

    @routes.get("/api/logs/facets", responses=refusals)
    async def facets(asked: Annotated[LogsAsked, Query()]) -> log_shapes.FacetsShape:
        rows = await found(_made(log_facets.statement, asked.search(clock())))
        return log_shapes.FacetsShape.model_validate(asdict(log_facets.facets(rows)))

    @routes.get(
        "/api/logs/tail",
        responses={**refusals, 503: {"model": shapes.Refusal}},
        response_class=StreamingResponse,
    )
    async def tail(asked: Annotated[LogsAsked, Query()]) -> StreamingResponse:
        search = asked.search(clock())
        _made(logs.statement, search)
        tails.check(search)
        return StreamingResponse(tails.listen(search), media_type="text/event-stream", headers=_SSE)


def _made(reader: Callable[[LogSearch], Statement], search: LogSearch) -> Statement:
    """The statement of the search.

    Raises:
        RequestRefused: If the severity is none that is known.
    """
    try:
        return reader(search)
    except DefinitionError as error:
        raise RequestRefused(str(error), field="severity") from None
