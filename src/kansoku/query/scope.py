"""The rows that a question is about: a stretch of time and the values that some fields must have."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from kansoku.catalog.fields import Relation
from kansoku.catalog.filters import BY_NAME
from kansoku.errors import DefinitionError

T = TypeVar("T")

FILTERS = ("feature", "service", "environment", "release")
"""The fields that every relation has, so that a filter on one never silently leaves a panel whole."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Rows that began in [`begin`, `end`), whole seconds since 1970, and have the filtered values.

    `filters` are names of `catalog.filters`, each with its value.
    """

    begin: int
    end: int
    filters: tuple[tuple[str, str], ...] = ()

    @classmethod
    def until(cls, now: float, window_s: int, filters: tuple[tuple[str, str], ...] = ()) -> "Scope":
        """The window that ends with the second that `now` (unix seconds) lies in."""
        end = int(now) + 1
        return cls(end - window_s, end, filters)

    @property
    def filtered_fields(self) -> frozenset[str]:
        """The fields that the filters look at."""
        return frozenset(field for name, _ in self.filters for field in BY_NAME[name].fields)

    def before(self, step_s: int) -> "Scope":
        """The stretch of the same length before it, earlier by a whole number of steps."""
        shift = -(-(self.end - self.begin) // step_s) * step_s
        return Scope(self.begin - shift, self.end - shift, self.filters)

    def unfit(self, relation: Relation) -> str | None:
        """The name of a filter that can say nothing of the relation's rows, or None."""
        names = (name for name, _ in self.filters)
        return next(
            (name for name in names if name not in BY_NAME or not BY_NAME[name].suits(relation)), None
        )

    def check(self, relation: Relation) -> None:
        """See that every filter can be applied to the relation.

        Raises:
            DefinitionError: If one cannot: the answer would be about more than was asked.
        """
        name = self.unfit(relation)
        if name is not None:
            raise DefinitionError(f"{relation.table} cannot be filtered by {name!r}")


@dataclass(frozen=True, slots=True)
class Grid:
    """A scope cut into steps that start at multiples of `step_s` seconds since 1970.

    The first step is the first that begins inside the scope, so that it is never a part of one;
    the last may still be running.
    """

    scope: Scope
    step_s: int

    @property
    def begin(self) -> int:
        """Where the first step begins, in unix seconds."""
        return -(-self.scope.begin // self.step_s) * self.step_s

    @property
    def whole(self) -> Scope:
        """The scope without the part before the first step."""
        return Scope(self.begin, self.scope.end, self.scope.filters)

    def times(self) -> tuple[int, ...]:
        """The beginning of each step, in unix seconds."""
        return tuple(range(self.begin, self.scope.end, self.step_s))

    def spread(self, found: Mapping[int, T], nothing: T) -> Iterator[T]:
        """What was found at each step, `nothing` at the others."""
        return (found.get(time, nothing) for time in self.times())


def moment(unix_s: int) -> str:
    """The second as ClickHouse reads a `DateTime64(9, 'UTC')`."""
    return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%d %H:%M:%S")
