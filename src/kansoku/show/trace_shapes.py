"""The JSON of a trace's picture, and of one span in full."""

from pydantic import BaseModel

from kansoku.show.shapes import Nanoseconds


class CallShape(BaseModel):
    """What is known of a span that is a call; tokens in are cached ones included."""

    span_id: str
    cost_usd: float | None
    input_tokens: float | None
    output_tokens: float | None
    ttft_s: float | None
    attempts: float | None
    outcome: str
    error_type: str
    unpriced_reason: str


class Shape(BaseModel):
    """A trace's spans in columns, earliest first; `truncated` when it has more than are given.

    `parents` are places in the columns, -1 for a span that names no parent and -2 where its parent is not
    there. Times are microseconds, of `starts_us` after `begin_ns`; `names` and `services` are places in
    `words`.
    """

    trace_id: str
    begin_ns: Nanoseconds
    ids: list[str]
    parents: list[int]
    starts_us: list[int]
    durations_us: list[int]
    names: list[int]
    services: list[int]
    failed: list[bool]
    words: list[str]
    calls: list[CallShape]
    truncated: bool


class EventShape(BaseModel):
    """Something that happened while a span ran."""

    time_ns: Nanoseconds
    name: str
    attributes: dict[str, str]


class Detail(BaseModel):
    """A span's own words."""

    kind: str
    scope: str
    status: str
    status_message: str
    attributes: dict[str, str]
    resource: dict[str, str]
    events: list[EventShape]
