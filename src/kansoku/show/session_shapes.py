"""The JSON of sessions: calls by whom they belong to, and the traces of one of them."""

from pydantic import BaseModel, Field

from kansoku.show.shapes import Nanoseconds


class SumsShape(BaseModel):
    """What calls come to; the cost is without the `unpriced` ones, tokens in are cached ones included."""

    first_ns: Nanoseconds
    last_ns: Nanoseconds
    calls: int
    errors: int
    cost_usd: float | None
    unpriced: int
    input_tokens: float | None
    output_tokens: float | None


class SessionShape(BaseModel):
    """A session or a user: `others` are its users, or the user's sessions, of which `other` is one."""

    id: str
    other: str
    others: int
    traces: int
    sums: SumsShape


class SessionPage(BaseModel):
    """Those of the newest call first; `before` asks for the next page, null if this is the last."""

    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    sessions: list[SessionShape]
    before: str | None


class SessionTraceShape(BaseModel):
    """A trace by its calls in the session; `feature` and `model` are of its first call."""

    trace_id: str
    feature: str
    model: str
    error_type: str
    sums: SumsShape


class SessionTraces(BaseModel):
    """One session or user with its traces in order; `truncated` when there are more."""

    begin: int = Field(serialization_alias="from")
    end: int = Field(serialization_alias="to")
    session: SessionShape
    traces: list[SessionTraceShape]
    truncated: bool
