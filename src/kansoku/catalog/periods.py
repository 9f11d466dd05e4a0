"""Calendar periods that an error budget may be of: each begins by the clock of a place."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

Unit = Literal["day", "week", "month", "quarter", "year"]
UNITS: tuple[Unit, ...] = ("day", "week", "month", "quarter", "year")

LENGTHS_S: dict[Unit, int] = {
    "day": 86_400,
    "week": 7 * 86_400,
    "month": 30 * 86_400,
    "quarter": 91 * 86_400,
    "year": 365 * 86_400,
}
"""About how long each is: burn rates are led to it, as no period knows at its beginning how it will go on."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days, weeks (from Monday on), months, quarters or years in a time zone, by its IANA name."""

    unit: Unit
    timezone: str = "UTC"

    @property
    def zone(self) -> tzinfo:
        """The time zone.

        Raises:
            ZoneInfoNotFoundError: If it is not installed.
        """
        return UTC if self.timezone == "UTC" else ZoneInfo(self.timezone)

    def period(self, now: float) -> tuple[int, int]:
        """The period that the second (unix) lies in: its first second, and that of the next one."""
        zone = self.zone
        today = datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        first, after = _around(self.unit, today.replace(tzinfo=None))
        begin, end = (int(one.replace(tzinfo=zone).timestamp()) for one in (first, after))
        return begin, end

    def days(self, begin: int, end: int) -> tuple[tuple[int, int], ...]:
        """The days that begin from `begin` until before `end`, each by its first second and the next's."""
        found: list[tuple[int, int]] = []
        day = Calendar("day", self.timezone)
        at = begin
        while at < end:
            found.append(day.period(at))
            at = found[-1][1]
        return tuple(found)


def _around(unit: Unit, today: datetime) -> tuple[datetime, datetime]:
    """The days, by the clock on the wall, that the period begins at and the next one does."""
    match unit:
        case "day":
            return today, today + timedelta(days=1)
        case "week":
            first = today - timedelta(days=today.weekday())
            return first, first + timedelta(days=7)
        case "month":
            return today.replace(day=1), _months(today.replace(day=1), 1)
        case "quarter":
            first = today.replace(month=today.month - (today.month - 1) % 3, day=1)
            return first, _months(first, 3)
        case "year":
            first = today.replace(month=1, day=1)
            return first, first.replace(year=first.year + 1)
        case _:
            assert_never(unit)


def _months(first: datetime, more: int) -> datetime:
    months = first.month - 1 + more
    return first.replace(year=first.year + months // 12, month=months % 12 + 1)
