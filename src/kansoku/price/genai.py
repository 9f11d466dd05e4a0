"""Tariffs from the `genai-prices` data set, read offline."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, cast

from kansoku.catalog.prices import BEDROCK, Rates, Tariff
from kansoku.price.table import model_id, own_name, place_factor

if TYPE_CHECKING:
    from genai_prices.types import ModelPrice, TieredPrices

_MILLION = 1_000_000
_THOUSAND = 1_000
_DIRECT = "anthropic"
_PROVIDERS = {
    "anthropic": "anthropic",
    BEDROCK: "aws",
    "gcp.vertex_ai": "google",
    "azure.foundry": "azure",
}
"""The data set's provider by ours."""


@lru_cache(maxsize=65_536)
def genai_tariff(provider: str, model: str, day: date, /) -> Tariff | None:
    """The data set's tariff on that day (UTC), or None where it knows the model at neither place.

    What a cloud's table does not tell, the whole model or one of its rates, is taken from Anthropic's.
    Batches and fast mode are reckoned by rules of ours: it has them for some models and days alone.
    """
    at = datetime.combine(day, time(12), UTC)
    direct = _tariff(_model_price(_DIRECT, model_id(model), at)) or _tariff(
        _model_price(_DIRECT, own_name(model), at)
    )
    place = _PROVIDERS.get(provider, _DIRECT)
    if place == _DIRECT:
        return direct
    there = _tariff(_model_price(place, model_id(model), at))
    usual = direct and direct.times(place_factor(provider, model))
    return usual if there is None else _filled(there, usual)


def _filled(there: Tariff, direct: Tariff | None) -> Tariff:
    if direct is None:
        return there
    return Tariff(there.rates.filled(direct.rates), there.source, there.long, there.long_from)


def _model_price(provider: str, model: str, at: datetime) -> "ModelPrice | None":
    """The data set's price of the model, or None where it has none."""
    from genai_prices import Usage as NoUsage
    from genai_prices import calc_price

    try:
        found = calc_price(
            NoUsage(input_tokens=0, output_tokens=0),
            model,
            provider_id=provider,
            genai_request_timestamp=at,
        )
    except LookupError:
        return None
    return found.model_price if _is_named(model) and not _is_cut(found.model.id, model) else None


_NAME = re.compile(
    r"(?:.*/)?(?:[a-z-]+\.)*"
    r"claude-(?:[a-z]+-\d{1,2}(?:[-.]\d{1,2})?|\d{1,2}(?:[-.]\d{1,2})?-[a-z]+|v?\d(?:[.:]\d)?|instant[-v.\d]*)"
    r"(?:[-@]\d{8}|-\d{4}-\d\d-\d\d|[-@]latest|@default|[-@]v\d+(?::\w+)*|\[1m\])*",
    re.IGNORECASE,
)
"""A model's name as Anthropic and the clouds write one: family and version, then dates and aliases."""


def _is_named(model: str) -> bool:
    """Whether nothing stands in the name that may be of another model: the data set looks at beginnings."""
    return _NAME.fullmatch(model) is not None


def _is_cut(known: str, model: str) -> bool:
    """Whether the data set knows a number of the model's version by its first digits: 4-1 is not 4-10.

    It tells most models by how their ids begin.
    """
    known = own_name(known).lower()
    _, found, rest = own_name(model).lower().partition(known)
    return bool(found) and known[-1:].isdigit() and rest[:1].isdigit()


def _tariff(price: "ModelPrice | None") -> Tariff | None:
    """The data set's price as our own rates."""
    if price is None:
        return None
    long_from = _long_from(price)
    return Tariff(
        rates=_rates(price, _base),
        source=f"genai-prices {version('genai-prices')}",
        long=_rates(price, _top) if long_from else None,
        long_from=long_from,
    )


_Pick = Callable[["object"], float]


def _rates(price: "ModelPrice", pick: _Pick) -> Rates:
    """USD per token."""

    def per_token(key: str) -> float | None:
        value = getattr(price, key, None)
        return None if value is None else pick(value) / _MILLION

    searches = getattr(price, "web_searches_kcount", None)
    return Rates(
        input=per_token("input_mtok") or 0.0,
        output=per_token("output_mtok") or 0.0,
        cache_read=per_token("cache_read_mtok"),
        cache_write_5m=per_token("cache_write_mtok"),
        cache_write_1h=per_token("cache_write_1h_mtok"),
        web_search=None if searches is None else pick(searches) / _THOUSAND,
    )


def _base(value: object) -> float:
    """The price of a short prompt."""
    return float(cast("float", getattr(value, "base", value)))


def _top(value: object) -> float:
    """The price of a long prompt."""
    tiers = getattr(value, "tiers", None)
    return float(tiers[-1].price) if tiers else _base(value)


def _long_from(price: "ModelPrice") -> int:
    """Prompt tokens above which the long rates apply, or 0 where there are none."""
    tiers = cast("TieredPrices | None", getattr(price, "input_mtok", None))
    found = getattr(tiers, "tiers", None)
    return int(found[-1].start) if found else 0
