"""Panels that need more than rows: what the prompt cache saved by the price book, and the month's budget."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import assert_never

from kansoku.catalog.panels import CacheFigure, CacheTable, Month, PanelGroup, Reckoned
from kansoku.catalog.prices import Rates
from kansoku.catalog.slos import CostBudget
from kansoku.catalog.text import Text
from kansoku.errors import QueryRefused
from kansoku.price.book import PriceBook
from kansoku.query.cache_dollars import CacheBill, CacheDollars, Key, asked, bill
from kansoku.query.rolled import Held
from kansoku.query.scope import Scope
from kansoku.show import pictures, shapes
from kansoku.show.month import month_cost, month_shape
from kansoku.store.port import Store
from kansoku.store.upkeep.pricing import key_of, price_of

_UNPRICED = Text(
    "{0} calls that used the cache have no known price and are left out.",
    "キャッシュを使った呼び出しのうち {0} 件は価格不明のため除外しています。",
)
_UNPRICED_ONE = Text("1 call that used the cache has no known price and is left out.", _UNPRICED.ja)


@dataclass(frozen=True, slots=True)
class Money:
    """What dollars are reckoned by: the price book, and what a month may cost."""

    book: PriceBook = field(default_factory=PriceBook)
    budget: CostBudget | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """What is looked at, the stretch before it where that is compared, the present, and what rollups hold."""

    scope: Scope
    before: Scope | None
    now: float
    rollups: Held


async def reckoned(store: Store, group: PanelGroup, at: Moment, money: Money) -> list[shapes.PanelNow]:
    """The group's reckoned panels, in their order.

    Raises:
        StoreError: If the store could not answer.
    """
    cached = any(isinstance(one, CacheFigure | CacheTable) for one in group.reckoned)
    bills, month = await asyncio.gather(
        _bills(store, at, money) if cached else _nothing(),
        _month(store, at, money) if any(isinstance(one, Month) for one in group.reckoned) else _no_month(),
    )
    return [_shown(one, bills, month) for one in group.reckoned]


@dataclass(frozen=True, slots=True)
class _Bills:
    """The bill of what is looked at, and of the stretch before."""

    now: CacheBill = field(default_factory=CacheBill)
    before: CacheBill = field(default_factory=CacheBill)


async def _nothing() -> _Bills:
    return _Bills()


async def _no_month() -> shapes.CostShape | None:
    return None


async def _month(store: Store, at: Moment, money: Money) -> shapes.CostShape | None:
    return month_shape(await month_cost(store, money.budget, at.now, at.rollups))


async def _bills(store: Store, at: Moment, money: Money) -> _Bills:
    if at.before is None:
        return _Bills(await cache_bill(store, at.scope, money.book, at.rollups))
    scopes = (at.scope, at.before)
    return _Bills(
        *await asyncio.gather(*(cache_bill(store, scope, money.book, at.rollups) for scope in scopes))
    )


async def cache_bill(store: Store, scope: Scope, book: PriceBook, rollups: Held) -> CacheBill:
    """What the cache saved and cost in the scope.

    Raises:
        StoreError: If the store could not answer, or there is more than it may tell.
    """
    statement = asked(scope, rollups)
    found = await store.query(statement.text, statement.parameters)
    if found.truncated:
        raise QueryRefused("what the cache saved: too many features and models; choose a shorter time")
    return await asyncio.to_thread(bill, found.rows, rates_by(book))


def rates_by(book: PriceBook) -> Callable[[Key, date, int], Rates | None]:
    """The rates of the price book, looked up once for each key and day."""

    def rates_of(key: Key, day: date, prompt: int) -> Rates | None:
        _, tariff, factor = price_of(book, key_of(key), day)
        return None if tariff is None else tariff.rates_for(prompt).times(factor)

    return rates_of


def _shown(one: Reckoned, bills: _Bills, month: shapes.CostShape | None) -> shapes.PanelNow:
    match one:
        case CacheFigure(figure=figure):
            return shapes.StatPanel(
                id=one.id,
                unit="usd",
                value=bills.now.total(_FIGURES[figure]),
                n=sum(part.calls for part in bills.now.parts),
                before=bills.before.total(_FIGURES[figure]),
            )
        case CacheTable(columns=columns):
            shown = [part for part in bills.now.parts if part.calls][: one.top]
            rows = [[_cell(part, column.field) for column in columns] for part in shown]
            titles = pictures.plain_columns(columns)
            return shapes.TablePanel(id=one.id, columns=titles, rows=rows, note=_note(bills.now.parts))
        case Month():
            if month is None:
                raise TypeError("the month was not asked for")
            return shapes.MonthPanel(id=one.id, cost=month)
        case _:
            assert_never(one)


_FIGURES: dict[str, Callable[[CacheDollars], float]] = {
    "saved": lambda one: one.saved,
    "paid": lambda one: one.paid,
    "lost": lambda one: one.lost,
    "net": lambda one: one.net,
}


def _cell(part: CacheDollars, field: str) -> shapes.Cell:
    if field in _FIGURES:
        return _FIGURES[field](part)
    return (part.feature if field == "feature" else part.model) or None


def _note(parts: Sequence[CacheDollars]) -> shapes.Words | None:
    unpriced = sum(part.unpriced for part in parts)
    told = (f"{unpriced:,}",)
    note = _UNPRICED_ONE if unpriced == 1 else _UNPRICED
    return pictures.words(note.format(told, told)) if unpriced else None
