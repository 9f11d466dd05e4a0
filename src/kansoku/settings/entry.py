"""One entry of a list of tables in a file of settings, read key by key."""

import math
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar, cast

from kansoku.errors import DefinitionError, SettingError
from kansoku.settings.document import Document

_SPAN = re.compile(r"([1-9][0-9]{0,5})([smhd])")
_SIZES = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

_MOST = 10**12
"""Nothing that is counted, timed or paid for comes to more."""

Element = TypeVar("Element", bound=str)


@dataclass(frozen=True, slots=True)
class Entry:
    """A table of the file: the entry's place among those of its name, and what it says."""

    document: Document
    table: str
    place: int
    given: Mapping[str, object]

    def known(self, keys: Iterable[str]) -> None:
        """See that it has no other keys.

        Raises:
            SettingError: If it has.
        """
        names = tuple(keys)
        for key in self.given:
            if key not in names:
                raise self.wrong(key, f"is not known; use one of {', '.join(names)}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text in one line.

        Raises:
            SettingError: If it is none, or is missing and has no default.
        """
        value = self.given.get(key, default)
        if value is None:
            raise self.wrong(key, f'is missing; give it, as in {key} = "…"')
        if not isinstance(value, str) or not value.isprintable() or (key in self.given and not value.strip()):
            raise self.wrong(key, f'{value!r} is no text in one line; write {key} = "…"')
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A text, or a list of them.

        Raises:
            SettingError: If it is neither.
        """
        value = self.given[key]
        listed = cast("list[object]", value) if isinstance(value, list) else [value]
        if not listed or not all(isinstance(one, str) and one.strip() for one in listed):
            raise self.wrong(key, f'{value!r} is no text; write {key} = "…" or a list of texts')
        return tuple(cast("list[str]", listed))

    def one_of(self, key: str, known: tuple[Element, ...], default: Element | None = None) -> Element:
        """One of the texts that are known.

        Raises:
            SettingError: If it is another.
        """
        value = self.given.get(key, default)
        found = next((one for one in known if one == value), None)
        if found is None:
            said = "is missing" if value is None else f"{value!r} is not known"
            raise self.wrong(key, f"{said}; use one of {', '.join(known)}")
        return found

    def flag(self, key: str) -> bool:
        """True or false; false where nothing is said.

        Raises:
            SettingError: If it is neither.
        """
        value = self.given.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, f"{value!r} is neither true nor false")
        return value

    def number(self, key: str, what: str) -> float:
        """A number that is not negative, nor beyond all that is measured.

        Raises:
            SettingError: If it is none; the message says `what` is to be given.
        """
        value = self.given.get(key)
        if value is None:
            raise self.wrong(key, f"is missing; give {what}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise self.wrong(key, f"{value!r} is no number; give {what}")
        if value < 0:
            raise self.wrong(key, f"{value} is negative; give {what}")
        if value > _MOST:
            raise self.wrong(key, f"{value:g} is more than there can ever be; give {what}")
        return float(value)

    def whole(self, key: str, default: int) -> int:
        """A whole number, 0 or more, and not beyond all that is counted.

        Raises:
            SettingError: If it is none.
        """
        value = self.given.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self.wrong(key, f"{value!r} is no whole number; give 0 or more")
        if value > _MOST:
            raise self.wrong(key, f"{value} is more than there can ever be; give at most {_MOST}")
        return value

    def span(self, key: str, least_s: int, most_s: int, example: str) -> int:
        """Seconds of a time such as 5m.

        Raises:
            SettingError: If it is none between the two.
        """
        value = self.given.get(key)
        if value is None:
            raise self.wrong(key, f'is missing; give a time, as in {key} = "{example}"')
        found = _SPAN.fullmatch(value) if isinstance(value, str) else None
        if value == "0s" or value == "0m" or value == 0:
            seconds = 0
        elif found is None:
            raise self.wrong(key, f'{value!r} is no time; write a number and s, m, h or d, as in "{example}"')
        else:
            seconds = int(found[1]) * _SIZES[found[2]]
        if not least_s <= seconds <= most_s:
            raise self.wrong(key, f"{value!r} must be from {spelled(least_s)} to {spelled(most_s)}")
        return seconds

    def wrong(self, key: str, why: str) -> SettingError:
        """The error that says where and how."""
        return self.document.wrong(self.table, key, why, self.place)

    def refused(self, key: str, error: DefinitionError) -> SettingError:
        """The error of what a key says that cannot be read."""
        return self.wrong(key, f"cannot be read: {error}")


class Faults:
    """What is wrong with a file: the first fault is raised, or with `collect` all are kept in `found`."""

    def __init__(self, *, collect: bool = False) -> None:
        self.found: list[SettingError] = []
        self._collect = collect

    @contextmanager
    def kept(self) -> Generator[None]:
        """Whatever is wrong in here is kept, if faults are collected.

        Raises:
            SettingError: If they are not.
        """
        try:
            yield
        except SettingError as error:
            if not self._collect:
                raise
            self.found.append(error)


def entries(document: Document, table: str, given: object) -> tuple[Entry, ...]:
    """The entries of a list of tables.

    Raises:
        SettingError: If it is no list of tables.
    """
    listed = cast("list[object]", given) if isinstance(given, list) else [None]
    if not all(isinstance(one, dict) for one in listed):
        raise document.wrong_at(document.line(table), f"{table} must be tables; write [[{table}]]")
    tables = cast("list[dict[str, object]]", listed)
    return tuple(Entry(document, table, place, one) for place, one in enumerate(tables))


def spelled(seconds: int) -> str:
    """So many seconds as the file has them: 90s, 5m, 6h, 28d."""
    size, unit = (
        next(
            (size, unit) for unit, size in reversed(_SIZES.items()) if seconds % size == 0 and seconds >= size
        )
        if seconds
        else (1, "s")
    )
    return f"{seconds // size}{unit}"
