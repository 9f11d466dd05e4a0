"""Pricing stored calls again with the price book of today.

Rates are looked up once for each provider, model, tier, speed and place, in Python and by the price
book; the arithmetic over each call is done by the store, in the price book's order. Days on which
nothing changes its price are rewritten together, each by one mutation: it is durable once accepted,
goes on after a crash, and leads to the same rows when it is asked for again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, cast

from kansoku.catalog.fields import BATCH_RESULT, CALLS, CHAT
from kansoku.catalog.prices import AGENT_SDK, NO_MODEL, UNKNOWN_MODEL, UNKNOWN_RATE, UNKNOWN_TOKENS, Rates
from kansoku.price.book import billed_model, geo_factor
from kansoku.store.port import QueryLimits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kansoku.catalog.prices import Tariff
    from kansoku.price.book import PriceBook
    from kansoku.store.port import RewritableStore

_LIMITS = QueryLimits(seconds=300.0, rows=100_000)
_TABLE: Final = CALLS.table
_KEY = ("provider", "request_model", "response_model", "service_tier", "speed", "inference_geo")
_KEY_SQL = "concat(" + ", ".join(f"toString({name}), '\\t'" for name in _KEY) + ")"
_NEVER_LONG = 2**63

Key = tuple[str, str, str, str, str, str]
"""What a call's rates depend on besides its day, in the order of `_KEY`."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which stored calls to price again: from `since` until before `until`, in unix seconds.

    Attributes:
        since: The first second.
        until: The end, not included.
        model: Only calls that this model answered, or that asked for it.
        only_unpriced: Only calls without a price.
        dry_run: Only say what would be.
    """

    since: int
    until: int
    model: str = ""
    only_unpriced: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class ModelRepriced:
    """Calls of one model and their price, in USD, before and after; unpriced ones count as nothing."""

    model: str
    calls: int = 0
    usd_before: float = 0.0
    usd_after: float = 0.0


@dataclass(slots=True)
class Repriced:
    """What pricing again did.

    Attributes:
        calls: The calls looked at.
        changed: Those of them whose price, or reason for none, is another now.
        models: The same by model, the most calls first.
        unpriced: Calls that stay without a price, by reason.
        kept_iterations: Calls that keep what they had, as tokens of their iterations are not stored.
        kept_unknown: Calls that keep a price that no table knows any more.
    """

    calls: int = 0
    changed: int = 0
    models: list[ModelRepriced] = field(default_factory=list[ModelRepriced])
    unpriced: Counter[str] = field(default_factory=Counter[str])
    kept_iterations: int = 0
    kept_unknown: int = 0


@dataclass(frozen=True, slots=True)
class _Epoch:
    """Days through which each key keeps its tariff and factor; `end` is not included (unix seconds)."""

    begin: int
    end: int
    prices: tuple[tuple[Key, Tariff | None, float], ...]


async def reprice(store: RewritableStore, book: PriceBook, wanted: Wanted) -> Repriced:
    """Prices the wanted calls again, or says what that would change.

    Raises:
        StoreError: If the store could not answer; asking again goes on where it ended.
    """
    told = await store.query(_distinct(wanted), limits=_LIMITS)
    seen = [(_key(row), date.fromisoformat(str(row[len(_KEY)]))) for row in told.rows]
    done = Repriced(kept_iterations=await _with_iterations(store, wanted))
    by_model: dict[str, ModelRepriced] = {}
    for epoch in await asyncio.to_thread(_epochs, book, seen, wanted):
        expressions = _Expressions(epoch.prices)
        where = _where(wanted, epoch.begin, epoch.end)
        rows = (await store.query(expressions.survey(where), limits=_LIMITS)).rows
        if _add(done, by_model, rows) and not wanted.dry_run:
            await store.rewrite(expressions.rewrite(where))
    done.models = sorted(by_model.values(), key=lambda one: (-one.calls, one.model))
    return done


async def _with_iterations(store: RewritableStore, wanted: Wanted) -> int:
    where = _where(wanted, wanted.since, wanted.until, iterations=True)
    rows = (await store.query(f"SELECT count() FROM {_TABLE} WHERE {where}", limits=_LIMITS)).rows  # noqa: S608
    return int(cast("int", rows[0][0]))


def _add(done: Repriced, by_model: dict[str, ModelRepriced], rows: Iterable[tuple[object, ...]]) -> bool:
    """Counts one epoch's answer: model, reason now, calls, changed, kept, USD before and after.

    Returns:
        Whether any call of it changes.
    """
    changed_before = done.changed
    for model, reason, *numbers in rows:
        calls, changed, kept, before, after = cast("list[float]", numbers)
        one = by_model.setdefault(str(model), ModelRepriced(str(model)))
        one.calls += int(calls)
        one.usd_before += before
        one.usd_after += after
        done.calls += int(calls)
        done.changed += int(changed)
        done.kept_unknown += int(kept)
        if reason:
            done.unpriced[str(reason)] += int(calls)
    return done.changed > changed_before


def _key(row: tuple[object, ...]) -> Key:
    return cast("Key", tuple(map(str, row[: len(_KEY)])))


def _distinct(wanted: Wanted) -> str:
    """Every key and day there is."""
    names = ", ".join(_KEY)
    where = _where(wanted, wanted.since, wanted.until)
    return f"SELECT {names}, toString(toDate(time)) AS day FROM {_TABLE} WHERE {where} GROUP BY {names}, day"  # noqa: S608


def _epochs(book: PriceBook, seen: Sequence[tuple[Key, date]], wanted: Wanted) -> list[_Epoch]:
    """The days of the calls, grouped while nothing changes its price."""
    keys = sorted({key for key, _ in seen})
    days = sorted({day for _, day in seen})
    told = [(day, tuple(_price(book, key, day) for key in keys)) for day in days]
    epochs: list[_Epoch] = []
    for prices, same in groupby(told, key=itemgetter(1)):
        alike = [day for day, _ in same]
        begin = max(wanted.since, _second(alike[0]))
        end = min(wanted.until, _second(alike[-1]) + 86_400)
        epochs.append(_Epoch(begin, end, prices))
    return epochs


def _price(book: PriceBook, key: Key, day: date) -> tuple[Key, Tariff | None, float]:
    provider, asked, answered, tier, speed, geo = key
    model = billed_model(provider, asked, answered)
    tariff = book.tariff(provider, model, day, speed, tier) if model else None
    return key, tariff, geo_factor(geo, model)


def _second(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _where(wanted: Wanted, begin: int, end: int, *, iterations: bool = False) -> str:
    """The calls that bill something, in that time, as asked."""
    conditions = [
        f"time >= toDateTime64({begin}, 9, 'UTC')",
        f"time < toDateTime64({end}, 9, 'UTC')",
        f"operation IN ({_quoted(CHAT)}, {_quoted(BATCH_RESULT)})",
        # neither price nor reason: it bills nothing, or its agent's process told the amount elsewhere
        "(cost_usd IS NOT NULL OR unpriced_reason != '')",
        f"price_source != {_quoted(AGENT_SDK)}",
        f"ifNull(iterations, 0) {'>' if iterations else '='} 0",
    ]
    if wanted.model:
        name = _quoted(wanted.model)
        conditions.append(f"(response_model = {name} OR request_model = {name})")
    if wanted.only_unpriced:
        conditions.append("cost_usd IS NULL")
    return " AND ".join(conditions)


class _Expressions:
    """The price book's arithmetic in SQL, over one epoch's rates.

    Each distinct tariff has a number; `slot` is the number of a call's, or 0. Element 0 is unknown.
    """

    def __init__(self, prices: Sequence[tuple[Key, Tariff | None, float]]) -> None:
        known = dict.fromkeys((tariff, factor) for _, tariff, factor in prices if tariff is not None)
        numbers = {price: number for number, price in enumerate(known, start=1)}
        slots = [(key, numbers[tariff, factor]) for key, tariff, factor in prices if tariff is not None]
        self._prices = list(known)
        self._slots = slots

    def survey(self, where: str) -> str:
        """The statement that says what would be: see `_add` for its columns."""
        return (
            f"WITH {self._slot()} AS slot, {self._usd('slot')} AS usd, {self._reason('slot', 'usd')} AS why,"  # noqa: S608
            f" if(why = '', usd, cost_usd) AS after,"
            f" if(why = '' OR cost_usd IS NOT NULL, '', why) AS reason,"
            f" {self._source('slot', 'why')} AS source"
            f" SELECT if(response_model != '', response_model, request_model) AS model, reason, count(),"
            f" countIf(NOT (after <=> cost_usd) OR reason != unpriced_reason OR source != price_source),"
            f" countIf(why != '' AND cost_usd IS NOT NULL),"
            f" sum(ifNull(cost_usd, 0)), sum(ifNull(after, 0))"
            f" FROM {_TABLE} WHERE {where} GROUP BY model, reason"
        )

    def rewrite(self, where: str) -> str:
        """The statement that makes it so. A price that no table knows any more stays."""
        changes = {
            "cost_usd": "if(why = '', usd, cost_usd)",
            "price_source": self._source("slot", "why"),
            "unpriced_reason": "if(why = '' OR cost_usd IS NOT NULL, '', why)",
        }
        told = ", ".join(f"{column} = {self._bound(value)}" for column, value in changes.items())
        return f"ALTER TABLE {_TABLE} UPDATE {told} WHERE {where}"

    def _bound(self, expression: str) -> str:
        """The expression, in which `slot`, `usd` and `why` are a call's."""
        inner = _let("why", self._reason("slot", "usd"), expression)
        return _let("slot", self._slot(), _let("usd", self._usd("slot"), inner))

    def _slot(self) -> str:
        if not self._slots:
            return "toUInt32(0)"
        keys = ", ".join(_quoted("".join(f"{part}\t" for part in key)) for key, _ in self._slots)
        numbers = ", ".join(f"toUInt32({number})" for _, number in self._slots)
        return f"transform({_KEY_SQL}, [{keys}], [{numbers}], toUInt32(0))"

    def _usd(self, slot: str) -> str:
        prompt = "(ifNull(input_tokens, 0) + ifNull(cache_read_tokens, 0) + ifNull(cache_write_tokens, 0))"
        limits = [tariff.long_from if tariff.long else _NEVER_LONG for tariff, _ in self._prices]
        is_long = f"{prompt} > [{', '.join(f'toUInt64({n})' for n in (_NEVER_LONG, *limits))}][{slot} + 1]"
        parts = " + ".join(
            _part(count, f"if({is_long}, {self._rate(slot, name, long=True)}, {self._rate(slot, name)})")
            for name, count in _COUNTS.items()
        )
        factor = _element([factor for _, factor in self._prices], slot)
        searches = _part("ifNull(web_search_requests, 0)", self._rate(slot, "web_search"))
        return f"(({parts}) * {factor} + {searches})"

    def _rate(self, slot: str, name: str, *, long: bool = False) -> str:
        rates = ((tariff.long or tariff.rates) if long else tariff.rates for tariff, _ in self._prices)
        return _element([_rate(one, name) for one in rates], slot)

    def _reason(self, slot: str, usd: str) -> str:
        return (
            f"multiIf(request_model = '' AND response_model = '', {_quoted(NO_MODEL)},"
            f" input_tokens IS NULL OR output_tokens IS NULL, {_quoted(UNKNOWN_TOKENS)},"
            f" {slot} = 0, {_quoted(UNKNOWN_MODEL)}, {usd} IS NULL, {_quoted(UNKNOWN_RATE)}, '')"
        )

    def _source(self, slot: str, why: str) -> str:
        sources = ", ".join(map(_quoted, ("", *(tariff.source for tariff, _ in self._prices))))
        return f"if({why} = '', [{sources}][{slot} + 1], toString(price_source))"


_WRITTEN = "ifNull(cache_write_tokens, 0)"
_WRITTEN_1H = f"least(ifNull(cache_write_1h_tokens, 0), {_WRITTEN})"
_COUNTS = {
    "input": "ifNull(input_tokens, 0)",
    "output": "ifNull(output_tokens, 0)",
    "cache_read": "ifNull(cache_read_tokens, 0)",
    "cache_write_5m": f"({_WRITTEN} - {_WRITTEN_1H})",
    "cache_write_1h": _WRITTEN_1H,
}
"""How many tokens of each class a stored call used, in the order in which the price book adds."""


def _let(name: str, value: str, expression: str) -> str:
    """The expression with a name for a value: a mutation knows no WITH, and copies would grow it tenfold."""
    return f"arrayMap({name} -> {expression}, [{value}])[1]"


def _rate(rates: Rates, name: str) -> float | None:
    return cast("float | None", getattr(rates, name))


def _part(count: str, rate: str) -> str:
    """USD for one class; what was not used needs no rate."""
    return f"if({count} = 0, toFloat64(0), {count} * {rate})"


def _element(values: Sequence[float | None], slot: str) -> str:
    told = ", ".join("NULL" if value is None else f"toFloat64({value!r})" for value in values)
    return f"CAST([NULL{', ' if told else ''}{told}], 'Array(Nullable(Float64))')[{slot} + 1]"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("\t", "\\t").replace("\0", "\\0")
    return f"'{escaped}'"
