"""Bodies of requests that routes read themselves, no further than their cap."""

from typing import Any

from fastapi import Request
from pydantic import BaseModel

from kansoku.show.refusals import RequestRefused

_BODY_BYTES = 256 * 1024


async def body_of(request: Request, field: str) -> bytes:
    """The request's body, read no further than its cap."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > _BODY_BYTES:
            raise RequestRefused(f"{field}: the body is over {_BODY_BYTES} bytes", status=413, field=field)
    return bytes(read)


def schema_of(asked: type[BaseModel]) -> dict[str, Any]:
    """What the schema says of a body that the route reads itself."""
    content = {"application/json": {"schema": asked.model_json_schema()}}
    return {"requestBody": {"required": True, "content": content}}
