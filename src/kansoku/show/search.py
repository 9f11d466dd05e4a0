"""The API's routes to single things: log records, traces, a trace's spans."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from kansoku.catalog.windows import DEFAULT_WINDOW, window_seconds
from kansoku.errors import DefinitionError, SettingError
from kansoku.query import logs, traces
from kansoku.query.scope import Scope
from kansoku.query.statement import Statement
from kansoku.show import shapes
from kansoku.show.refusals import RequestRefused
from kansoku.show.traces import TRACE_ID, no_span
from kansoku.show.view import View
from kansoku.store.port import QueryLimits, Store

SEARCH_LIMITS = QueryLimits(seconds=5.0, rows=10_000, memory_bytes=512 << 20)
"""What a search may cost."""

_WORDS_AT_MOST = 16
_VALUE = 400
_LAST_NS = 2**63 - 1


class Asked(BaseModel):
    """A window, its end in unix seconds where it is not now, and where the page before ended."""

    model_config = ConfigDict(extra="forbid")
    window: str = DEFAULT_WINDOW
    end: int | None = Field(default=None, ge=0, le=9_000_000_000, alias="to")
    before: int | None = Field(default=None, ge=0, le=_LAST_NS)
    limit: int = Field(default=100, ge=1, le=1_000)

    def scope(self, now: float, filters: tuple[tuple[str, str], ...] = ()) -> Scope:
        """The time that is looked at.

        Raises:
            RequestRefused: If the window is not one that is known.
        """
        try:
            seconds = window_seconds(self.window)
        except SettingError as error:
            raise RequestRefused(str(error), field="window") from None
        return Scope.until(now if self.end is None else self.end - 1, seconds, filters)


class LogsAsked(Asked):
    """Which log records: words of the body, and attributes as `name=value`."""

    q: str = Field(default="", max_length=500)
    service: str = ""
    severity: str = ""
    trace_id: str = ""
    after: int | None = Field(default=None, ge=0, le=_LAST_NS)
    attribute: list[str] = Field(default=[], max_length=_WORDS_AT_MOST)

    def search(self, now: float) -> logs.LogSearch:
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
        return logs.LogSearch(
            scope.begin,
            scope.end,
            words,
            service=self.service,
            severity=self.severity,
            trace_id=self.trace_id,
            attributes=tuple((name, value) for name, _, value in pairs),
            before_ns=self.before,
            after_ns=self.after,
            limit=self.limit,
        )


class TracesAsked(View):
    """Which traces: those with a call in the view that has these values; `id` is any id of it, whole."""

    before: int | None = Field(default=None, ge=0, le=_LAST_NS)
    limit: int = Field(default=100, ge=1, le=1_000)
    outcome: str = Field(default="", max_length=_VALUE)
    error_type: str = Field(default="", max_length=_VALUE)
    session: str = Field(default="", max_length=_VALUE)
    tool: str = Field(default="", max_length=_VALUE)
    one_id: str = Field(default="", max_length=_VALUE, alias="id")
    q: str = Field(default="", max_length=_VALUE)
    slower_than_s: float = Field(default=0.0, ge=0.0, allow_inf_nan=False)

    def search(self, now: float) -> traces.TraceSearch:
        """The search.

        Raises:
            RequestRefused: If the time cannot be looked at.
        """
        return traces.TraceSearch(
            self.scope(now),
            outcome=self.outcome,
            error_type=self.error_type,
            session=self.session,
            tool=self.tool,
            one_id=self.one_id.strip(),
            text=self.q.strip(),
            slower_than_s=self.slower_than_s,
            before_ns=self.before,
            limit=self.limit,
        )


def add_search(routes: APIRouter, store: Store, clock: Callable[[], float]) -> None:
    """Adds the routes under `/api/logs` and `/api/traces`."""
    refusals: dict[int | str, dict[str, Any]] = {400: {"model": shapes.Refusal}}

    async def found(statement: Statement) -> tuple[list[tuple[object, ...]], bool]:
        rows = await store.query(statement.text, statement.parameters, limits=SEARCH_LIMITS)
        return rows.rows, rows.truncated

    @routes.get("/api/logs", responses=refusals)
    async def log_records(asked: Annotated[LogsAsked, Query()]) -> shapes.LogPage:
        search = asked.search(clock())
        try:
            statement = logs.statement(search)
        except DefinitionError as error:
            raise RequestRefused(str(error), field="severity") from None
        rows, _ = await found(statement)
        records = [logs.record(cells) for cells in rows]
        return shapes.LogPage(
            begin=search.begin,
            end=search.end,
            records=[shapes.LogRecord.model_validate(one, from_attributes=True) for one in records],
            before=_told(logs.next_page(search, records)),
        )

    @routes.get("/api/traces", responses=refusals)
    async def newest(asked: Annotated[TracesAsked, Query()]) -> shapes.TracePage:
        search = asked.search(clock())
        rows, _ = await found(traces.newest(search))
        seen = [traces.trace(cells) for cells in rows]
        return shapes.TracePage(
            begin=search.scope.begin,
            end=search.scope.end,
            traces=[shapes.TraceRow.model_validate(one, from_attributes=True) for one in seen],
            before=_told(traces.next_page(search, seen)),
        )

    @routes.get("/api/traces/{trace_id}", responses={**refusals, 404: {"model": shapes.Refusal}})
    async def trace(trace_id: Annotated[str, Path(pattern=TRACE_ID)]) -> shapes.TraceNow:
        rows, truncated = await found(traces.spans(trace_id))
        if not rows:
            raise no_span(trace_id)
        spans = [traces.span(cells) for cells in rows]
        return shapes.TraceNow(
            trace_id=trace_id,
            spans=[shapes.SpanNow.model_validate(one, from_attributes=True) for one in spans],
            truncated=truncated or len(spans) >= traces.SPANS_AT_MOST,
        )


def _told(cursor: int | None) -> str | None:
    return None if cursor is None else str(cursor)
