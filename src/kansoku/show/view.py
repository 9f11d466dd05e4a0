"""What a request looks at: a stretch of time and filters, as its parameters say."""

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from kansoku.catalog.filters import FILTERS
from kansoku.catalog.windows import DEFAULT_WINDOW, window_seconds
from kansoku.errors import SettingError
from kansoku.query.scope import Scope
from kansoku.show.refusals import RequestRefused

LAST_SECOND = 9_000_000_000  # the store's nanoseconds end in 2262
_LONGEST_S = 400 * 86_400
_VALUE_CHARACTERS = 400


class View(BaseModel):
    """What a request looks at.

    A window that ends now, or the time from `from` until before `to` (unix seconds; `to` left out is now);
    of that, the rows that have the given values. With `compare=before` the time before it is told beside.
    """

    model_config = ConfigDict(extra="forbid")
    window: str = DEFAULT_WINDOW
    begin: int | None = Field(default=None, ge=0, le=LAST_SECOND, alias="from")
    end: int | None = Field(default=None, ge=0, le=LAST_SECOND, alias="to")
    feature: str = Field(default="", max_length=_VALUE_CHARACTERS)
    service: str = Field(default="", max_length=_VALUE_CHARACTERS)
    environment: str = Field(default="", max_length=_VALUE_CHARACTERS)
    release: str = Field(default="", max_length=_VALUE_CHARACTERS)
    model: str = Field(default="", max_length=_VALUE_CHARACTERS)
    user: str = Field(default="", max_length=_VALUE_CHARACTERS)
    compare: Literal["", "before"] = ""

    @property
    def is_chosen(self) -> bool:
        """Whether it is about a stretch of time that was chosen, rather than one that ends now."""
        return self.begin is not None or self.end is not None

    @property
    def filters(self) -> tuple[tuple[str, str], ...]:
        """The filters that are set, with their values."""
        given = ((one.name, str(getattr(self, one.name))) for one in FILTERS)
        return tuple(pair for pair in given if pair[1])

    def scope(self, now: float) -> Scope:
        """The rows that are looked at.

        Raises:
            RequestRefused: If the window is not known, or the chosen time has no length or too much.
        """
        try:
            seconds = window_seconds(self.window)
        except SettingError as error:
            raise RequestRefused(str(error), field="window") from None
        if not self.is_chosen:
            return Scope.until(now, seconds, self.filters)
        end = int(now) + 1 if self.end is None else self.end
        begin = end - seconds if self.begin is None else self.begin
        if begin >= end:
            raise RequestRefused("from: it must lie before `to`; both are unix seconds", field="from")
        if end - begin > _LONGEST_S:
            raise RequestRefused("from: at most 400 days can be looked at; choose a later one", field="from")
        return Scope(begin, end, self.filters)


Viewed = Annotated[View, Query()]
