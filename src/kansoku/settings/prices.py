"""The `[[prices]]` of a file of settings, checked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import cast

from kansoku.catalog.prices import PriceRow
from kansoku.errors import SettingError
from kansoku.settings.document import Document

TABLE = "prices"

_RATES = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
_AMOUNTS = (*_RATES, "web_search", "multiplier")
_DATES = {"from": "since", "until": "until"}
_NAMES = ("model", "provider")
_KEYS = (*_NAMES, *_AMOUNTS, *_DATES)


def prices_of(given: object, document: Document) -> tuple[PriceRow, ...]:
    """The user's prices.

    Raises:
        SettingError: If one cannot be used.
    """
    listed = cast("list[object]", given) if isinstance(given, list) else [None]
    if not all(isinstance(one, dict) for one in listed):
        raise document.wrong_at(document.line(TABLE), "prices must be tables; write [[prices]]")
    rows = cast("list[dict[str, object]]", listed)
    return tuple(_Entry(document, number, one).row() for number, one in enumerate(rows))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One `[[prices]]` of the file."""

    document: Document
    number: int
    given: Mapping[str, object]

    def row(self) -> PriceRow:
        """The entry, checked."""
        for key in self.given:
            if key not in _KEYS:
                raise self.wrong(key, f"is not known; use one of {', '.join(_KEYS)}")
        self._whole()
        amounts = {key: self._amount(key) for key in _AMOUNTS if key in self.given}
        names = {key: self._name(key) for key in _NAMES if key in self.given}
        days = {field: self._day(key) for key, field in _DATES.items() if key in self.given}
        row = _made(PriceRow, {**names, **amounts, **days})
        if row.since is not None and row.until is not None and row.since >= row.until:
            raise self.wrong("until", "is not after from; until is the first day that is not included")
        return row

    def _whole(self) -> None:
        """Sees that nothing is missing: a model, and rates or a multiplier of others' rates."""
        if "model" not in self.given:
            raise self.wrong("model", 'is missing; name one, as in model = "claude-opus-5-5"')
        told = [key for key in (*_RATES, "web_search") if key in self.given]
        for key in ("input", "output"):
            if told and key not in self.given:
                raise self.wrong(key, "is missing; give USD per million tokens, with input and output both")
        if not told and "multiplier" not in self.given:
            raise self.wrong("input", "is missing; give rates in USD per million tokens, or a multiplier")

    def _amount(self, key: str) -> float:
        value = self.given[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise self.wrong(key, f"{value!r} is no number; give USD per million tokens, as in 4.0")
        if value < 0:
            raise self.wrong(key, f"{value} is negative; give 0 or more")
        return float(value)

    def _name(self, key: str) -> str:
        value = self.given[key]
        if not isinstance(value, str) or not value.strip("* "):
            raise self.wrong(key, f'{value!r} names none; give text, as in {key} = "…"')
        if "*" in value.removesuffix("*") or ("*" in value and key != "model"):
            raise self.wrong(key, f"{value!r} has * where it means nothing; only a model may end in it")
        return value

    def _day(self, key: str) -> date:
        value = self.given[key]
        if isinstance(value, datetime) or not isinstance(value, date):
            raise self.wrong(key, f"{value!s} is no date; write it without quotes, as in 2026-11-01")
        return value

    def wrong(self, key: str, why: str) -> SettingError:
        """The error that says where and how."""
        return self.document.wrong(TABLE, key, why, self.number)


def _made(row: Callable[..., PriceRow], given: Mapping[str, object]) -> PriceRow:
    return row(**given)
