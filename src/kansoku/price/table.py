"""Rows of a price table as tariffs: which row holds for a model on a day, and what it makes of others."""

import re
from collections.abc import Iterable
from datetime import date

from kansoku.catalog.prices import (
    BATCH,
    BATCH_FACTOR,
    BEDROCK,
    BEDROCK_FACTORS,
    BEDROCK_REGIONAL_FACTOR,
    BEFORE_REGIONAL,
    FAST,
    FAST_FACTORS,
    STANDARD,
    STANDARD_TIERS,
    PriceRow,
    Rates,
    Tariff,
)

_MILLION = 1_000_000
_THOUSAND = 1_000
_ID = re.compile(
    r"(?:(?P<region>(?!anthropic\.)[a-z-]+)\.)?(?:anthropic\.)?(?P<name>claude.*?)(?:-v\d+(?::\d+)?)?(?:@default)?$"
)
_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):bedrock:[^:]*:[^:]*:(?:foundation-model|inference-profile)/(?P<id>.+)"
)
_GOV = "us-gov"
_DATE = re.compile(r"[-@]\d{8}$")


def own_name(model: str) -> str:
    """The model as Anthropic names it: without what Bedrock and Vertex put around it."""
    found = _ID.fullmatch(model_id(model))
    return found["name"] if found else model


def model_id(model: str) -> str:
    """The id in an ARN of Bedrock's; any other name as it is.

    GovCloud's model ARNs tell the partition where ids tell the region: `us-gov.` is put before those.
    """
    found = _ARN.fullmatch(model)
    if found is None:
        return model
    in_gov = found["partition"] == f"aws-{_GOV}" and not found["id"].startswith(f"{_GOV}.")
    return f"{_GOV}.{found['id']}" if in_gov else found["id"]


def beside(provider: str, model: str, other: str) -> str:
    """Another model of the same call, at the endpoint of the first.

    Bedrock's endpoint stands in the id that was asked for; what the API tells of further models is bare.
    """
    first, second = _ID.fullmatch(model_id(model)), _ID.fullmatch(other)
    if provider != BEDROCK or first is None or not first["region"] or second is None or second["region"]:
        return other
    return f"{first['region']}.anthropic.{other.removeprefix('anthropic.')}"


def row_of(rows: Iterable[PriceRow], provider: str, model: str, day: date) -> PriceRow | None:
    """The first row that holds for the model at the provider on that day (UTC)."""
    return next((row for row in rows if _holds(row, provider, model, day)), None)


def _holds(row: PriceRow, provider: str, model: str, day: date) -> bool:
    return (
        row.provider in ("", provider)
        and (row.since is None or day >= row.since)
        and (row.until is None or day < row.until)
        and any(_names(row.model, name) for name in (model, own_name(model)))
    )


def _names(pattern: str, model: str) -> bool:
    if pattern.endswith("*"):
        return model.startswith(pattern[:-1])
    return pattern in (model, _DATE.sub("", model))


def priced(row: PriceRow, source: str, below: Tariff | None, factor: float) -> Tariff | None:
    """The row's tariff.

    Args:
        row: The row.
        source: The name of its table.
        below: The tariff of the tables below, which gives what the row does not tell.
        factor: What the tier, speed and place of the call multiply the row's own rates by.
    """
    if row.input is None or row.output is None:
        return None if below is None else _discounted(row, source, below)
    own = _rates(row, row.input, row.output).times(factor)
    if below is None:
        return Tariff(own.times(row.multiplier), source)
    rates = own.filled(below.rates).times(row.multiplier)
    long = None if below.long is None else rates.raised(below.rates, below.long)
    return Tariff(rates, source, long, below.long_from)


def _discounted(row: PriceRow, source: str, below: Tariff) -> Tariff:
    """Another table's tariff, multiplied."""
    changed = below.times(row.multiplier)
    return Tariff(changed.rates, f"{source}, {below.source}", changed.long, changed.long_from)


def _rates(row: PriceRow, given: float, written: float) -> Rates:
    def per_token(rate: float | None) -> float | None:
        return None if rate is None else rate / _MILLION

    return Rates(
        input=given / _MILLION,
        output=written / _MILLION,
        cache_read=per_token(row.cache_read),
        cache_write_5m=per_token(row.cache_write_5m),
        cache_write_1h=per_token(row.cache_write_1h),
        web_search=None if row.web_search is None else row.web_search / _THOUSAND,
    )


def tier_factor(model: str, speed: str, tier: str) -> float | None:
    """What speed and service tier multiply token rates by; None where no price of one of them is known.

    A batch is never fast.
    """
    if tier == BATCH:
        return BATCH_FACTOR
    if tier not in STANDARD_TIERS:
        return None
    if speed in STANDARD:
        return 1.0
    if speed != FAST:
        return None
    return next((factor for known, factor in FAST_FACTORS.items() if _names(known, own_name(model))), None)


def place_factor(provider: str, model: str) -> float:
    """What the endpoint of the cloud multiplies Anthropic's token rates by."""
    if provider != BEDROCK or own_name(model).startswith(BEFORE_REGIONAL):
        return 1.0
    found = _ID.fullmatch(model_id(model))
    return BEDROCK_FACTORS.get((found and found["region"]) or "", BEDROCK_REGIONAL_FACTOR)
