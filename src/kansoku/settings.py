"""The user's file of settings, `kansoku.toml`: found, read and checked.

```toml
[[prices]]
model = "claude-opus-5-5"   # or the beginning of ids: "claude-*"
input = 3.4                 # USD per million tokens
output = 17.0
```
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from pathlib import Path
from typing import cast

from kansoku.catalog.prices import PriceRow
from kansoku.catalog.settings import CONFIG_FILE, CONFIG_VARIABLE
from kansoku.errors import SettingError

_RATES = ("input", "output", "cache_read", "cache_write_5m", "cache_write_1h")
_AMOUNTS = (*_RATES, "web_search", "multiplier")
_DATES = {"from": "since", "until": "until"}
_NAMES = ("model", "provider")
_KEYS = (*_NAMES, *_AMOUNTS, *_DATES)
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Settings:
    """What the file says; empty where there is none."""

    prices: tuple[PriceRow, ...] = ()


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings in the file that `KANSOKU_CONFIG` names, or else in `./kansoku.toml`, if it is there.

    Raises:
        SettingError: If the named file cannot be read, or a setting cannot be used; the message names
            file, line, key and mend.
    """
    named = environment.get(CONFIG_VARIABLE, "")
    path = Path(named or CONFIG_FILE)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise SettingError(f"{path}: is over {_MOST_BYTES} bytes; name a file of settings")
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        if not named:
            return Settings()
        raise SettingError(
            f"{CONFIG_VARIABLE}: there is no file {named}; correct the path or unset it"
        ) from None
    except (OSError, ValueError) as error:
        raise SettingError(f"{path}: cannot be read ({error}); it must be a file of UTF-8 text") from None
    return parsed(text, str(path))


def parsed(text: str, name: str) -> Settings:
    """The settings in the text of a file of that name.

    Raises:
        SettingError: If one cannot be used.
    """
    try:
        found = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingError(f"{name}: {error}; it must be TOML") from None
    for key in found:
        if key != "prices":
            raise SettingError(f"{name}, line {_line(text, key)}: {key} is not known; use [[prices]]")
    entries: object = found.get("prices", [])
    listed = cast("list[object]", entries) if isinstance(entries, list) else [None]
    if not all(isinstance(one, dict) for one in listed):
        raise SettingError(f"{name}, line {_line(text, 'prices')}: prices must be tables; write [[prices]]")
    given = cast("list[dict[str, object]]", listed)
    return Settings(tuple(_Entry(text, name, number, one).row() for number, one in enumerate(given)))


@dataclass(frozen=True, slots=True)
class _Entry:
    """One `[[prices]]` of the file."""

    text: str
    name: str
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
        line = _line(self.text, key, entry=self.number)
        return SettingError(f"{self.name}, line {line}: prices.{key} {why}")


def _made(row: Callable[..., PriceRow], given: Mapping[str, object]) -> PriceRow:
    return row(**given)


def _line(text: str, key: str, entry: int | None = None) -> int:
    """The line of the key, in that entry if one is said; of the entry where the key is missing."""
    lines = text.splitlines()
    heads = [at for at, line in enumerate(lines) if line.replace(" ", "").startswith("[[prices]]")]
    begin, end = 0, len(lines)
    if entry is not None and entry < len(heads):
        begin, end = heads[entry], [*heads[entry + 1 :], end][0]
    for at in range(begin, end):
        if lines[at].split("=")[0].strip(" []'\"") == key:
            return at + 1
    return begin + 1
