"""The price of a call: tokens times the tariff of the model that answered, at the time it was called.

Tariffs come from the `genai-prices` data set, read offline. A model it does not know is unpriced with
a reason, never free.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol, cast

from kansoku.catalog.prices import (
    NO_MODEL,
    UNKNOWN_MODEL,
    UNKNOWN_TOKENS,
    US_GEO,
    US_GEO_EXEMPT,
    US_GEO_FACTOR,
    Rates,
    Tariff,
)
from kansoku.price.usage import Cost, Iteration, Usage

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, TieredPrices

_MILLION = 1_000_000
_THOUSAND = 1_000
_HOUR_NS = 3_600 * 10**9

_PROVIDERS = {
    "anthropic": "anthropic",
    "aws.bedrock": "aws",
    "gcp.vertex_ai": "google",
    "azure.foundry": "azure",
}
"""The data set's provider by ours."""

TABLE_FAILED = "price table failed"

_DIRECT = "anthropic"
_BATCH = "batch"
_FAST = "fast"


class TariffSource(Protocol):
    """Gives the tariff of a model, or None where it knows none. Amounts are USD per token."""

    def __call__(self, provider: str, model: str, hour: int, speed: str, tier: str, /) -> Tariff | None:
        """The tariff at an hour (whole hours since 1970, UTC) for that speed and service tier."""
        ...


class PriceBook:
    """Prices calls. Costs a dictionary look-up and some multiplications once a model has been seen."""

    def __init__(self, tariffs: TariffSource | None = None) -> None:
        self._tariff: TariffSource = tariffs or genai_tariff

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
        hour = started_unix_ns // _HOUR_NS
        billed = ((model, usage), *((each.model or model, _billed(each)) for each in usage.iterations))
        try:
            tariffs = [self._tariff(provider, name, hour, speed, tier) for name, _ in billed]
        except Exception:  # the tables are another's; a fault in them must not cost the whole call
            return Cost(unpriced_reason=TABLE_FAILED)
        known = [tariff for tariff in tariffs if tariff is not None]
        if len(known) < len(tariffs):
            return Cost(unpriced_reason=UNKNOWN_MODEL)
        amounts = (
            _amount(part, tariff) * _geo_factor(geo, name)
            for (name, part), tariff in zip(billed, known, strict=True)
        )
        return Cost(usd=sum(amounts) + _searches(usage, known[0]), source=known[0].source)


def _billed(iteration: Iteration) -> Usage:
    """An iteration as usage of its own."""
    return Usage(
        input_tokens=iteration.input_tokens,
        output_tokens=iteration.output_tokens,
        cache_read_tokens=iteration.cache_read_tokens,
        cache_write_5m_tokens=iteration.cache_write_5m_tokens,
        cache_write_1h_tokens=iteration.cache_write_1h_tokens,
    )


def _amount(usage: Usage, tariff: Tariff) -> float:
    """USD for the tokens alone."""
    rates = tariff.rates_for(usage.prompt_tokens or 0)
    return (
        (usage.input_tokens or 0) * rates.input
        + (usage.output_tokens or 0) * rates.output
        + (usage.cache_read_tokens or 0) * rates.cache_read
        + (usage.cache_write_5m_tokens or 0) * rates.cache_write_5m
        + (usage.cache_write_1h_tokens or 0) * rates.cache_write_1h
    )


def _searches(usage: Usage, tariff: Tariff) -> float:
    """USD for web searches, which neither geography nor batch changes."""
    return (usage.web_search_requests or 0) * tariff.rates.web_search


def _geo_factor(geo: str, model: str) -> float:
    """What the place of inference multiplies token prices by."""
    return US_GEO_FACTOR if geo == US_GEO and not model.startswith(US_GEO_EXEMPT) else 1.0


@lru_cache(maxsize=1024)
def genai_tariff(provider: str, model: str, hour: int, speed: str, tier: str, /) -> Tariff | None:
    """The tariff in the `genai-prices` data set; a model unknown to a cloud is looked up at Anthropic."""
    context = {
        key: value for key, value in (("speed", _FAST), ("processing", _BATCH)) if value in (speed, tier)
    }
    for known in dict.fromkeys((_PROVIDERS.get(provider, _DIRECT), _DIRECT)):
        price = _model_price(known, model, datetime.fromtimestamp(hour * 3_600, UTC), context)
        if price is not None:
            return _tariff(price)
    return None


def _model_price(provider: str, model: str, at: datetime, context: dict[str, str]) -> "ModelPrice | None":
    """The data set's price of the model, or None where it has none."""
    from genai_prices import Usage as NoUsage
    from genai_prices import calc_price

    try:
        return calc_price(
            NoUsage(input_tokens=0, output_tokens=0),
            model,
            provider_id=provider,
            genai_request_timestamp=at,
            price_context=context or None,
        ).model_price
    except LookupError:
        return None


def _tariff(price: "ModelPrice") -> Tariff:
    """The data set's price as our own rates."""
    long_from = _long_from(price)
    return Tariff(
        rates=_rates(price, _base),
        source=f"genai-prices {version('genai-prices')}",
        long=_rates(price, _top) if long_from else None,
        long_from=long_from,
    )


_Pick = Callable[["object"], float]


def _rates(price: "ModelPrice", pick: _Pick) -> Rates:
    """USD per token; a class that the data set does not price costs as much as plain input."""

    def per_token(key: str, otherwise: str = "input_mtok") -> float:
        value = getattr(price, key, None)
        return pick(value if value is not None else getattr(price, otherwise, None)) / _MILLION

    return Rates(
        input=per_token("input_mtok"),
        output=per_token("output_mtok"),
        cache_read=per_token("cache_read_mtok"),
        cache_write_5m=per_token("cache_write_mtok"),
        cache_write_1h=per_token("cache_write_1h_mtok", "cache_write_mtok"),
        web_search=pick(getattr(price, "web_searches_kcount", None)) / _THOUSAND,
    )


def _base(value: object) -> float:
    """The price of a short prompt."""
    return float(cast("float", getattr(value, "base", value)) or 0)


def _top(value: object) -> float:
    """The price of a long prompt."""
    tiers = getattr(value, "tiers", None)
    return float(tiers[-1].price) if tiers else _base(value)


def _long_from(price: "ModelPrice") -> int:
    """Prompt tokens above which the long rates apply, or 0 where there are none."""
    tiers = cast("TieredPrices | None", getattr(price, "input_mtok", None))
    found = getattr(tiers, "tiers", None)
    return int(found[-1].start) if found else 0
