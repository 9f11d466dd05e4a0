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
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Final, cast

from kansoku.catalog.emitters import TELLERS
from kansoku.catalog.fields import BATCH_RESULT, CALLS, CHAT
from kansoku.catalog.prices import AGENT_SDK
from kansoku.query.sql import literal
from kansoku.store.port import QueryLimits
from kansoku.store.upkeep.pricing import KEY, Arithmetic, key_of, price_of, second_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kansoku.price.book import PriceBook
    from kansoku.store.port import RewritableStore
    from kansoku.store.upkeep.pricing import Key, Price

_LIMITS = QueryLimits(seconds=300.0, rows=100_000)
_TABLE: Final = CALLS.table


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
    """Days through which each key keeps its tariff and factor; `end` is not included (unix seconds).

    Of the days from `begin` to `end` only those of `days` have been looked up.
    """

    begin: int
    end: int
    days: tuple[date, ...]
    prices: tuple[Price, ...]


async def reprice(store: RewritableStore, book: PriceBook, wanted: Wanted) -> Repriced:
    """Prices the wanted calls again, or says what that would change.

    Raises:
        StoreError: If the store could not answer; asking again goes on where it ended.
    """
    told = await store.query(_distinct(wanted), limits=_LIMITS)
    seen = [(key_of(row), date.fromisoformat(str(row[len(KEY)]))) for row in told.rows]
    done = Repriced(kept_iterations=await _with_iterations(store, wanted))
    by_model: dict[str, ModelRepriced] = {}
    for epoch in await asyncio.to_thread(_epochs, book, seen, wanted):
        expressions = Arithmetic(epoch.prices)
        days = ", ".join(f"'{day}'" for day in epoch.days)
        known = f"toDate(time) IN ({days}) AND {expressions.within()}"
        where = f"{_where(wanted, epoch.begin, epoch.end)} AND {known}"
        rows = (await store.query(expressions.survey(where), limits=_LIMITS)).rows
        if _add(done, by_model, rows) and not wanted.dry_run:
            await store.rewrite(f"ALTER TABLE {_TABLE} UPDATE {expressions.changes()} WHERE {where}")
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


def _distinct(wanted: Wanted) -> str:
    """Every key and day there is."""
    names = ", ".join(KEY)
    where = _where(wanted, wanted.since, wanted.until)
    return f"SELECT {names}, toString(toDate(time)) AS day FROM {_TABLE} WHERE {where} GROUP BY {names}, day"  # noqa: S608


def _epochs(book: PriceBook, seen: Sequence[tuple[Key, date]], wanted: Wanted) -> list[_Epoch]:
    """The days of the calls, grouped while nothing changes its price."""
    keys = sorted({key for key, _ in seen})
    days = sorted({day for _, day in seen})
    told = [(day, tuple(price_of(book, key, day) for key in keys)) for day in days]
    epochs: list[_Epoch] = []
    for prices, same in groupby(told, key=itemgetter(1)):
        alike = [day for day, _ in same]
        begin = max(wanted.since, second_of(alike[0]))
        end = min(wanted.until, second_of(alike[-1]) + 86_400)
        epochs.append(_Epoch(begin, end, tuple(alike), prices))
    return epochs


def _where(wanted: Wanted, begin: int, end: int, *, iterations: bool = False) -> str:
    """The calls that bill something, in that time, as asked."""
    conditions = [
        f"time >= toDateTime64({begin}, 9, 'UTC')",
        f"time < toDateTime64({end}, 9, 'UTC')",
        f"operation IN ({literal(CHAT)}, {literal(BATCH_RESULT)})",
        # neither price nor reason: it bills nothing, or its agent's process told the amount elsewhere
        "(cost_usd IS NOT NULL OR unpriced_reason != '')",
        f"price_source NOT IN ({', '.join(map(literal, (AGENT_SDK, *TELLERS)))})",
        f"ifNull(iterations, 0) {'>' if iterations else '='} 0",
    ]
    if wanted.model:
        name = literal(wanted.model)
        conditions.append(f"(response_model = {name} OR request_model = {name})")
    if wanted.only_unpriced:
        conditions.append("cost_usd IS NULL")
    return " AND ".join(conditions)
