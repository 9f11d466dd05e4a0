"""The JSON of facets of log records, and of the live tail."""

from pydantic import BaseModel

from kansoku.show.shapes import LogRecord


class FacetValueShape(BaseModel):
    """A value, and how many of the counted records have it."""

    value: str
    records: int


class FacetShape(BaseModel):
    """The commonest values of one thing; `name` is an attribute's, where `of` is `attribute`."""

    of: str
    name: str
    values: list[FacetValueShape]


class FacetsShape(BaseModel):
    """Facets of a search; `sampled` where there were more records than the `records` counted."""

    records: int
    sampled: bool
    facets: list[FacetShape]


class TailBatch(BaseModel):
    """New records, earliest first; `gap` where there may have been more than could be told."""

    records: list[LogRecord]
    gap: bool = False


class TailTrouble(BaseModel):
    """Why nothing new can be told just now; it is tried again."""

    message: str
