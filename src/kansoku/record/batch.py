"""The results of a batch: each entry is a call that the application made earlier, answered at half price.

An entry's trace and span ids come from its batch's id and its `custom_id` alone, so that whoever reads the
results again, in whichever process, tells of the same spans.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import cast

from kansoku.catalog.fields import BATCH_RESULT
from kansoku.catalog.outcomes import Outcome
from kansoku.catalog.prices import BATCH
from kansoku.price.book import PriceBook
from kansoku.price.usage import NO_COST, Cost
from kansoku.record.body import Body
from kansoku.record.facts import Call, Place, Surroundings
from kansoku.record.observer import tool_names_of
from kansoku.record.reading import Json, part, parts, plain, text
from kansoku.record.usage import usage_of

EXPIRED = "batch_expired"
"""The error type of a request that its batch did not come to within the time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is known of a batch whose results are read. `ended_unix_ns` is the time of its results."""

    id: str
    provider: str
    ended_unix_ns: int
    around: Surroundings


def place_of(batch_id: str, custom_id: str) -> Place:
    """The one place of an entry: the batch is the trace, the entry the span."""
    return Place(_hash(16, batch_id), _hash(8, batch_id, custom_id))


def _hash(size: int, *texts: str) -> int:
    """A number of so many bytes that is never 0."""
    data = json.dumps(("kansoku.batch", *texts)).encode()
    return int.from_bytes(blake2b(data, digest_size=size).digest(), "big") or 1


def custom_id_of(entry: object) -> str:
    """The application's id of the request, of a parsed or a plain entry."""
    return text(plain(entry), "custom_id")


def message_of(entry: object) -> Json:
    """The answer in an entry; empty where it has none."""
    return part(part(plain(entry), "result"), "message")


def entries_of(body: Body) -> Iterator[Json]:
    """The entries in the bytes of results (JSON Lines), as far as they can be read."""
    for line in body.decoded().splitlines():
        try:
            yield plain(cast("object", json.loads(line)))
        except ValueError:
            continue


def ended_unix_ns(batch: object) -> tuple[str, int] | None:
    """Id and end of a batch that the API told of, nanoseconds since 1970; None for anything else."""
    told = plain(batch)
    ended = told.get("ended_at")
    if text(told, "type") != "message_batch" or not text(told, "id"):
        return None
    try:
        at = datetime.fromisoformat(ended) if isinstance(ended, str) else ended
    except ValueError:
        return None
    return (text(told, "id"), round(at.timestamp()) * 10**9) if isinstance(at, datetime) else None


def call_of(entry: object, batch: Batch, prices: PriceBook) -> Call:
    """An entry as a call, priced as a request of a batch."""
    told = plain(entry)
    result = part(told, "result")
    message = part(result, "message")
    outcome, error_type, error_message = _ending(result)
    used = part(message, "usage")
    usage = usage_of(used)
    model = text(message, "model")
    custom_id = text(told, "custom_id")
    cost: Cost = NO_COST
    if message:
        cost = prices.cost(
            usage,
            provider=batch.provider,
            model=model,
            started_unix_ns=batch.ended_unix_ns,
            speed=text(used, "speed"),
            tier=BATCH,
            geo=text(used, "inference_geo"),
        )
    return Call(
        place=place_of(batch.id, custom_id),
        started_unix_ns=batch.ended_unix_ns,
        duration_s=0.0,
        operation=BATCH_RESULT,
        provider=batch.provider,
        request_model=model,
        response_model=model,
        outcome=outcome,
        error_type=error_type,
        error_message=error_message,
        stop_reason=text(message, "stop_reason"),
        refusal_category=text(part(message, "stop_details"), "category"),
        usage=usage,
        cost=cost,
        service_tier=BATCH if message else "",
        speed=text(used, "speed"),
        inference_geo=text(used, "inference_geo"),
        response_id=text(message, "id"),
        tool_names=tool_names_of(parts(message, "content")),
        batch_id=batch.id,
        custom_id=custom_id,
        around=batch.around,
    )


def _ending(result: Json) -> tuple[Outcome, str, str]:
    """Outcome, error type and message of a result."""
    match text(result, "type"):
        case "succeeded":
            return "ok", "", ""
        case "canceled":
            return "cancelled", "", ""
        case "expired":
            return "error", EXPIRED, ""
        case kind:
            error = part(part(result, "error"), "error")
            return "error", text(error, "type") or kind or "error", text(error, "message")
