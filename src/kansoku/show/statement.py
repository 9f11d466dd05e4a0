"""The route that answers a statement that a person wrote."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kansoku.errors import QueryRefused
from kansoku.show import shapes
from kansoku.show.bodies import body_of, schema_of
from kansoku.show.origin import same_origin
from kansoku.show.refusals import RequestRefused
from kansoku.store.port import QueryLimits, Store

QUERY_LIMITS = QueryLimits(seconds=10.0, rows=10_000, memory_bytes=512 << 20, ad_hoc=True)
"""What a statement sent to `/api/query` may cost."""


class Asked(BaseModel):
    """The body of `/api/query`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    sql: str = Field(min_length=1)


def add_query(routes: APIRouter, store: Store) -> None:
    """Adds `/api/query`."""

    @routes.post("/api/query", responses={400: {"model": shapes.Refusal}}, openapi_extra=schema_of(Asked))
    async def query(request: Request) -> shapes.QueryAnswer:
        same_origin(request)
        try:
            found = await store.query(await _sql(request), limits=QUERY_LIMITS)
        except QueryRefused as error:
            raise RequestRefused(str(error), field="sql") from None
        return shapes.QueryAnswer(
            columns=[shapes.QueryColumn(name=one.name, type=one.type) for one in found.columns],
            rows=[list(cells) for cells in found.rows],
            truncated=found.truncated,
        )


async def _sql(request: Request) -> str:
    """The statement in the request's body."""
    body = await body_of(request, "sql")
    try:
        return Asked.model_validate_json(body).sql
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        message = f'send {{"sql": "SELECT …"}} as application/json: {reason}'
        raise RequestRefused(message, field="sql") from None
