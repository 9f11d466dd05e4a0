"""The price book's arithmetic as SQL over stored calls: Python finds the rates, the store multiplies.

Rates are looked up once for each provider, model, tier, speed and place; the arithmetic over each call
follows the price book's order, so that both give the same amount.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final, cast

from kansoku.catalog.fields import CALLS
from kansoku.catalog.prices import NO_MODEL, RATE_KEY, UNKNOWN_MODEL, UNKNOWN_RATE, UNKNOWN_TOKENS, Rates
from kansoku.price.book import PLACES, billed_model, placed
from kansoku.query.sql import literal
from kansoku.query.token_classes import PROMPT, TOKEN_CLASSES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kansoku.catalog.prices import Tariff
    from kansoku.price.book import PriceBook

KEY: Final = RATE_KEY
_KEY_SQL = "concat(" + ", ".join(f"toString({name}), '\\t'" for name in KEY) + ")"
_NEVER_LONG = 2**63

Key = tuple[str, str, str, str, str, str]
"""What a call's rates depend on besides its day, in the order of `KEY`."""

Price = tuple[Key, "Tariff | None", float]
"""What the calls of a key pay on a day: its tariff, and the factor of the place of inference."""


def price_of(book: PriceBook, key: Key, day: date) -> Price:
    """What the calls of that key pay on that day."""
    provider, asked, answered, tier, speed, geo = key
    model = billed_model(provider, asked, answered)
    tariff = book.tariff(provider, model, day, speed, tier) if model else None
    return (key, None, 1.0) if tariff is None else (key, *placed(tariff, geo, model))


def key_of(row: tuple[object, ...]) -> Key:
    """The key that a row of an answer begins with."""
    return cast("Key", tuple(map(str, row[: len(KEY)])))


def second_of(day: date) -> int:
    """The day's first, in unix seconds."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


class Arithmetic:
    """The price book's arithmetic in SQL, over one epoch's rates.

    Each distinct tariff has a number; `slot` is the number of a call's, or 0. Element 0 is unknown.
    """

    def __init__(self, prices: Sequence[Price]) -> None:
        known = dict.fromkeys((tariff, factor) for _, tariff, factor in prices if tariff is not None)
        numbers = {price: number for number, price in enumerate(known, start=1)}
        slots = [(key, numbers[tariff, factor]) for key, tariff, factor in prices if tariff is not None]
        self._prices = list(known)
        self._slots = slots
        self._keys = [key for key, _, _ in prices]

    def survey(self, where: str) -> str:
        """Says what would be: model, reason now, calls, changed, kept, USD before and after."""
        return (
            f"WITH {self._slot()} AS slot, {self._usd('slot')} AS usd, {self._reason('slot', 'usd')} AS why,"  # noqa: S608
            f" if(why = '', usd, cost_usd) AS after,"
            f" if(why = '' OR cost_usd IS NOT NULL, '', why) AS reason,"
            f" {self._source('slot', 'why')} AS source"
            f" SELECT if(response_model != '', response_model, request_model) AS model, reason, count(),"
            f" countIf(NOT (round(after, {PLACES}) <=> round(cost_usd, {PLACES}))"
            f" OR reason != unpriced_reason OR source != price_source),"
            f" countIf(why != '' AND cost_usd IS NOT NULL),"
            f" sum(ifNull(cost_usd, 0)), sum(ifNull(after, 0))"
            f" FROM {CALLS.table} WHERE {where} GROUP BY model, reason"
        )

    def within(self) -> str:
        """The condition on calls whose rates these are: one stored since they were looked up has others."""
        return f"{_KEY_SQL} IN ({', '.join(map(_key_text, self._keys))})" if self._keys else "0"

    def changes(self) -> str:
        """What makes it so, as `column = value, …`. A price that no table knows any more stays."""
        changes = {
            "cost_usd": "if(why = '', usd, cost_usd)",
            "price_source": self._source("slot", "why"),
            "unpriced_reason": "if(why = '' OR cost_usd IS NOT NULL, '', why)",
        }
        return ", ".join(f"{column} = {self._bound(value)}" for column, value in changes.items())

    def _bound(self, expression: str) -> str:
        """The expression, in which `slot`, `usd` and `why` are a call's."""
        inner = _let("why", self._reason("slot", "usd"), expression)
        return _let("slot", self._slot(), _let("usd", self._usd("slot"), inner))

    def _slot(self) -> str:
        if not self._slots:
            return "toUInt32(0)"
        keys = ", ".join(_key_text(key) for key, _ in self._slots)
        numbers = ", ".join(f"toUInt32({number})" for _, number in self._slots)
        return f"transform({_KEY_SQL}, [{keys}], [{numbers}], toUInt32(0))"

    def _usd(self, slot: str) -> str:
        limits = [tariff.long_from if tariff.long else _NEVER_LONG for tariff, _ in self._prices]
        is_long = f"{PROMPT} > [{', '.join(f'toUInt64({n})' for n in (_NEVER_LONG, *limits))}][{slot} + 1]"
        parts = " + ".join(
            _part(count, f"if({is_long}, {self._rate(slot, name, long=True)}, {self._rate(slot, name)})")
            for name, count in TOKEN_CLASSES.items()
        )
        factor = _element([factor for _, factor in self._prices], slot)
        searches = _part("ifNull(web_search_requests, 0)", self._rate(slot, "web_search"))
        return f"round(({parts}) * {factor} + {searches}, {PLACES})"

    def _rate(self, slot: str, name: str, *, long: bool = False) -> str:
        rates = ((tariff.long or tariff.rates) if long else tariff.rates for tariff, _ in self._prices)
        return _element([_rate(one, name) for one in rates], slot)

    def _reason(self, slot: str, usd: str) -> str:
        return (
            f"multiIf(request_model = '' AND response_model = '', {literal(NO_MODEL)},"
            f" input_tokens IS NULL OR output_tokens IS NULL, {literal(UNKNOWN_TOKENS)},"
            f" {slot} = 0, {literal(UNKNOWN_MODEL)}, {usd} IS NULL, {literal(UNKNOWN_RATE)}, '')"
        )

    def _source(self, slot: str, why: str) -> str:
        sources = ", ".join(map(literal, ("", *(tariff.source for tariff, _ in self._prices))))
        return f"if({why} = '', [{sources}][{slot} + 1], toString(price_source))"


def _key_text(key: Key) -> str:
    """What `_KEY_SQL` gives for a call of that key."""
    return literal("".join(f"{part}\t" for part in key))


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
