"""The price of a call: tokens times the tariff of the model that answered, on the day it was called.

Three tables are asked, the first one that knows the model wins: the user's own prices, our small
table, the `genai-prices` data set. A model that none of them knows is unpriced with a reason, never free.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache

from kansoku.catalog.prices import (
    ANY_GEO,
    BEDROCK,
    NO_MODEL,
    TABLE,
    TABLE_DATE,
    TABLE_FAILED,
    UNKNOWN_MODEL,
    UNKNOWN_RATE,
    UNKNOWN_TOKENS,
    US_GEO,
    US_GEO_EXEMPT,
    US_GEO_FACTOR,
    PriceRow,
    Rates,
    Tariff,
)
from kansoku.catalog.settings import CONFIG_FILE
from kansoku.price.cache import cache_usd
from kansoku.price.genai import genai_tariff
from kansoku.price.table import beside, own_name, place_factor, priced, row_of, tier_factor
from kansoku.price.usage import Cost, Iteration, Usage

PLACES = 12
"""Decimal places that amounts of USD are rounded to, here and where stored calls are priced again: no price
needs as many, and sums of products in binary end in digits that say nothing."""

_DAY_NS = 86_400 * 10**9
_MOST_KNOWN = 65_536

_Key = tuple[str, str, date, str, str, str]
"""Provider, model, day, speed, tier and place of inference."""

TariffSource = Callable[[str, str, date], Tariff | None]
"""Gives the usual tariff for provider, model and day (UTC), or None where it knows none."""


class PriceBook:
    """Prices calls. Costs a dictionary look-up and some multiplications once a model has been seen.

    Args:
        tariffs: The last table, `genai-prices` by default.
        overrides: The user's own prices, asked first.
        rows: Our small table, asked second.
    """

    def __init__(
        self,
        tariffs: TariffSource = genai_tariff,
        *,
        overrides: Sequence[PriceRow] = (),
        rows: Sequence[PriceRow] = TABLE,
    ) -> None:
        self._last = tariffs
        self._overrides = tuple(overrides)
        self._rows = tuple(rows)
        self._known: dict[tuple[str, str, date, str, str], Tariff | None] = {}
        self._placed: dict[_Key, tuple[Tariff, float] | None] = {}

    def cost(
        self,
        usage: Usage,
        *,
        provider: str,
        model: str,
        started_unix_ns: int,
        speed: str = "",
        tier: str = "",
        geo: str = "",
    ) -> Cost:
        """The cost of one answered call, its iterations on other models included."""
        if not model:
            return Cost(unpriced_reason=NO_MODEL)
        if usage.output_tokens is None or usage.input_tokens is None:
            return Cost(unpriced_reason=UNKNOWN_TOKENS)
        day = day_of(started_unix_ns)
        billed = [(model, usage)]
        if usage.iterations:
            billed += [
                (beside(provider, model, each.model or model), _billed(each)) for each in usage.iterations
            ]
        usd, source, rates_known, own = 0.0, "", True, None
        for name, part in billed:
            try:
                rated = self._rated(provider, name, day, _speed_of(name, model, speed, tier), tier, geo)
            except Exception:  # the tables are another's; a fault in them must not cost the whole call
                return Cost(unpriced_reason=TABLE_FAILED)
            if rated is None:
                return Cost(unpriced_reason=UNKNOWN_MODEL)
            own, amount = own or rated, _amount(part, *rated)
            rates_known = rates_known and amount is not None
            usd, source = usd + (amount or 0.0), source or rated[0].source
        if not rates_known or own is None:
            return Cost(unpriced_reason=UNKNOWN_RATE)
        return Cost(round(usd, PLACES), source, "", *_cached(usage, *own))

    def _rated(self, *key: *_Key) -> tuple[Tariff, float] | None:
        """The tariff by all but the last part of the key, at that place; None of an unknown model."""
        try:
            return self._placed[key]
        except KeyError:
            if len(self._placed) >= _MOST_KNOWN:
                self._placed.clear()
            tariff = self.tariff(*key[:5])
            found = self._placed[key] = None if tariff is None else placed(tariff, key[5], key[1])
            return found

    def tariff(self, provider: str, model: str, day: date, speed: str, tier: str) -> Tariff | None:
        """What the model costs there on that day (UTC), before the surcharge of a place of inference."""
        key = (provider, model, day, speed, tier)
        try:
            return self._known[key]
        except KeyError:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            found = self._known[key] = self._looked_up(*key)
            return found

    def _looked_up(self, provider: str, model: str, day: date, speed: str, tier: str) -> Tariff | None:
        """The first table's tariff; what a row leaves out comes from the tables after it."""
        factor = tier_factor(model, speed, tier)
        if factor is None:
            usual = self._looked_up(provider, model, day, "", "")
            return usual and Tariff(Rates(), usual.source)
        found = self._ours(provider, model, day, factor)
        if found is None and (listed := self._last(provider, model, day)) is not None:
            found = listed.times(factor)
        override = row_of(self._overrides, provider, model, day)
        return found if override is None else priced(override, CONFIG_FILE, found, factor)

    def _ours(self, provider: str, model: str, day: date, factor: float) -> Tariff | None:
        row = row_of(self._rows, provider, model, day)
        if row is None:
            return None
        return priced(row, f"kansoku {TABLE_DATE}", None, factor * place_factor(provider, model))


def day_of(unix_ns: int) -> date:
    """The day, in UTC, by which a call of that time is priced."""
    return _day(unix_ns // _DAY_NS)


@lru_cache(maxsize=64)
def _day(number: int) -> date:
    """The day with that number since 1970."""
    return datetime.fromtimestamp(number * 86_400, UTC).date()


def billed_model(provider: str, asked: str, answered: str) -> str:
    """The model id that says what a call costs.

    The one that answered; on Bedrock the one asked for, as only that names the endpoint, regional or
    global, on which the price depends.
    """
    if provider == BEDROCK and "anthropic." in asked:
        return asked
    return answered or asked


def placed(tariff: Tariff, geo: str, model: str) -> tuple[Tariff, float]:
    """The tariff at a place of inference, and what that multiplies token prices by.

    At a place that is not known the tariff has no rates.
    """
    factor = geo_factor(geo, model)
    return (Tariff(Rates(), tariff.source), 1.0) if factor is None else (tariff, factor)


def geo_factor(geo: str, model: str) -> float | None:
    """What the place of inference multiplies token prices by; None where no price of it is known."""
    if geo in ANY_GEO:
        return 1.0
    if geo != US_GEO:
        return None
    return 1.0 if own_name(model).startswith(US_GEO_EXEMPT) else US_GEO_FACTOR


def _speed_of(name: str, model: str, speed: str, tier: str) -> str:
    """The speed of a part of a fast call: that of another model, which has no fast mode, was not fast."""
    return "" if name != model and tier_factor(name, speed, tier) is None else speed


def _billed(iteration: Iteration) -> Usage:
    """An iteration as usage of its own."""
    return Usage(
        input_tokens=iteration.input_tokens,
        output_tokens=iteration.output_tokens,
        cache_read_tokens=iteration.cache_read_tokens,
        cache_write_5m_tokens=iteration.cache_write_5m_tokens,
        cache_write_1h_tokens=iteration.cache_write_1h_tokens,
        web_search_requests=iteration.web_search_requests,
        odd_write_tokens=iteration.odd_write_tokens,
    )


def _amount(usage: Usage, tariff: Tariff, factor: float) -> float | None:
    """USD for tokens and searches, or None where a rate that it needs is unknown."""
    if usage.odd_write_tokens:
        return None
    usd = 0.0
    for count, rate in _counted(usage, _rates(usage, tariff)):
        if count:  # what was not used needs no rate
            if rate is None:
                return None
            usd += count * rate
    if not usage.web_search_requests:
        return usd * factor
    per_search = tariff.rates.web_search
    return None if per_search is None else usd * factor + usage.web_search_requests * per_search


def _rates(usage: Usage, tariff: Tariff) -> Rates:
    """The rates that the prompt pays; how long it is, is asked only where that matters."""
    return tariff.rates if tariff.long is None else tariff.rates_for(usage.prompt_tokens or 0)


def _cached(usage: Usage, tariff: Tariff, factor: float) -> tuple[float, float] | tuple[None, None]:
    """USD that a call's own cached tokens saved and cost more: of its iterations no metric has the tokens.

    At prices of one's own a read may be the dearer one. That is no saving: what counts them never falls.
    """
    read, written_5m, written_1h = (
        usage.cache_read_tokens or 0,
        usage.cache_write_5m_tokens or 0,
        usage.cache_write_1h_tokens or 0,
    )
    if not (read or written_5m or written_1h):
        return None, None
    found = cache_usd(read, written_5m, written_1h, _rates(usage, tariff))
    if found is None:
        return None, None
    return _gained(found.saved * factor), _gained(found.premium * factor)


def _gained(usd: float) -> float:
    """The amount, rounded, or 0 of less."""
    return round(usd, PLACES) if usd > 0.0 else 0.0


def _counted(usage: Usage, rates: Rates) -> tuple[tuple[int | None, float | None], ...]:
    """Each token class with its rate, in the order in which stored calls are priced too."""
    return (
        (usage.input_tokens, rates.input),
        (usage.output_tokens, rates.output),
        (usage.cache_read_tokens, rates.cache_read),
        (usage.cache_write_5m_tokens, rates.cache_write_5m),
        (usage.cache_write_1h_tokens, rates.cache_write_1h),
    )
