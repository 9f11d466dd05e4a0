"""Our rates beside LiteLLM's, of every Claude model that both know: each difference is explained, or fails.

The table is read as a file of the installed package, which is never imported. It knows no days, so ours is
asked for the day on which the two were last compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Final, cast

import pytest

from kansoku.catalog.prices import TABLE, TABLE_DATE, US_GEO
from kansoku.price.book import PriceBook, geo_factor
from kansoku.price.table import own_name, row_of

COMPARED_WITH: Final = "1.110.2"
PROVIDERS: Final = {
    "anthropic": "anthropic",
    "azure_ai": "azure.foundry",
    "bedrock": "aws.bedrock",
    "bedrock_converse": "aws.bedrock",
    "vertex_ai-anthropic_models": "gcp.vertex_ai",
}
"""Our provider by theirs."""
CLASSES: Final = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
}
"""Their name of each class of tokens by ours."""
LIMITS: Final = (100, 128, 200)
"""Thousands of prompt tokens at which either table may begin a long tier."""
BOOK: Final = PriceBook()

Entry = Mapping[str, object]
Rate = float | None
Pairs = dict[str, tuple[Rate, Rate]]
"""Ours and theirs by key, in USD per million tokens (searches: per thousand; `us` and `fast`: factors)."""


@dataclass(frozen=True, slots=True)
class Explained:
    """Differences with one cause: keys with ours and theirs, the same for each of the models."""

    models: tuple[str, ...]
    pairs: Mapping[str, tuple[Rate, Rate]]
    why: str


@dataclass(frozen=True, slots=True)
class Shifted:
    """Models of which ours is that many times theirs on every key both have, for one cause."""

    models: tuple[str, ...]
    factor: float
    why: str


BETA_ENDED: Final = (
    "The tier belonged to the beta of a million tokens, which Anthropic ended for this model on 2026-04-30: "
    "no longer prompt is answered. genai-prices keeps it, right for older days; LiteLLM has dropped it."
)
BETA_ON_BEDROCK: Final = (
    "The same tier, which LiteLLM keeps for Bedrock and genai-prices' table of AWS has not. Whether Bedrock "
    "still answers such prompts was not found out; if so, ours is too low for them."
)
GOVCLOUD: Final = (
    "genai-prices' table of AWS prices these ids as any regional endpoint; LiteLLM has 1.2 of the list. "
    "AWS's page of GovCloud was not read."
)
IN_REGION: Final = (
    "An id without a region is an endpoint of one region, which costs a tenth more than the global one from "
    "Sonnet 4.5 on, as genai-prices has it; LiteLLM gives the bare id the global price."
)
EXPLAINED: Final = (
    Explained(
        ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
        {
            "input >200k": (6.0, 3.0),
            "output >200k": (22.5, 15.0),
            "cache_read >200k": (0.6, 0.3),
            "cache_write_5m >200k": (7.5, 3.75),
            "cache_write_1h >200k": (12.0, 6.0),
            "input batch >200k": (3.0, 1.5),
            "output batch >200k": (11.25, 7.5),
            "cache_read batch >200k": (0.3, 0.15),
            "cache_write_5m batch >200k": (3.75, 1.875),
        },
        BETA_ENDED,
    ),
    Explained(
        ("azure_ai/claude-sonnet-4-5",),
        {
            "input >200k": (6.0, 3.0),
            "output >200k": (22.5, 15.0),
            "cache_read >200k": (0.6, 0.3),
            "cache_write_5m >200k": (7.5, 3.75),
            "cache_write_1h >200k": (12.0, 6.0),
        },
        BETA_ENDED,
    ),
    Explained(
        ("vertex_ai/claude-sonnet-4-5", "vertex_ai/claude-sonnet-4-5@20250929"),
        {
            "input batch >200k": (3.0, 1.5),
            "output batch >200k": (11.25, 7.5),
            "cache_read batch >200k": (0.3, 0.15),
            "cache_write_5m batch >200k": (3.75, 1.88),
        },
        "For batches LiteLLM has no price of a long prompt here, so its short one is compared.",
    ),
    Explained(
        ("vertex_ai/claude-haiku-5-5", "vertex_ai/claude-haiku-5-5@default"),
        {
            "input batch >100k": (0.25, 0.05),
            "output batch >100k": (1.25, 0.25),
            "cache_read batch >100k": (0.025, 0.005),
            "cache_write_5m batch >100k": (0.3125, 0.0625),
        },
        "For batches LiteLLM has no price of a long prompt here, but has at Anthropic, and there it is ours.",
    ),
    Explained(
        (
            "vertex_ai/claude-sonnet-4-5",
            "vertex_ai/claude-sonnet-4-5@20250929",
            "vertex_ai/claude-sonnet-4-6",
            "vertex_ai/claude-sonnet-4-6@default",
        ),
        {"cache_write_5m batch": (1.875, 1.88)},
        "Half of 3.75, which LiteLLM rounds to cents here and not at Anthropic.",
    ),
    Explained(
        ("vertex_ai/claude-opus-5-5", "vertex_ai/claude-opus-5-5@default"),
        {"input batch": (2.0, 2.5), "output batch": (10.0, 12.5)},
        "LiteLLM's is half of what Opus 5 costs, not of its own 4 and 20 for this model.",
    ),
    Explained(
        ("claude-mythos-preview",),
        {
            "input": (25.0, 10.0),
            "output": (125.0, 50.0),
            "cache_read": (2.5, 1.0),
            "cache_write_5m": (31.25, 12.5),
            "cache_write_1h": (50.0, 20.0),
        },
        "LiteLLM contradicts itself: for Bedrock it has 27.5 and 137.5. Anthropic called 10 and 50 less than "
        "half of the Preview's price.",
    ),
    Explained(
        (
            "anthropic.claude-sonnet-4-20250514-v1:0",
            "apac.anthropic.claude-sonnet-4-20250514-v1:0",
            "eu.anthropic.claude-sonnet-4-20250514-v1:0",
            "global.anthropic.claude-sonnet-4-20250514-v1:0",
            "us.anthropic.claude-sonnet-4-20250514-v1:0",
        ),
        {
            "input >200k": (3.0, 6.0),
            "output >200k": (15.0, 22.5),
            "cache_read >200k": (0.3, 0.6),
            "cache_write_5m >200k": (3.75, 7.5),
        },
        BETA_ON_BEDROCK,
    ),
    Explained(
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0",),
        {
            "input >200k": (3.0, 6.0),
            "output >200k": (15.0, 22.5),
            "cache_read >200k": (0.3, 0.6),
            "cache_write_5m >200k": (3.75, 7.5),
            "cache_write_1h >200k": (6.0, 12.0),
        },
        BETA_ON_BEDROCK,
    ),
    Explained(
        (
            "au.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "jp.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        ),
        {
            "input >200k": (3.3, 6.6),
            "output >200k": (16.5, 24.75),
            "cache_read >200k": (0.33, 0.66),
            "cache_write_5m >200k": (4.125, 8.25),
            "cache_write_1h >200k": (6.6, 13.2),
        },
        BETA_ON_BEDROCK,
    ),
    Explained(
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929-v1:0"),
        {
            "input >200k": (3.3, 6.0),
            "output >200k": (16.5, 22.5),
            "cache_read >200k": (0.33, 0.6),
            "cache_write_5m >200k": (4.125, 7.5),
            "cache_write_1h >200k": (6.6, 12.0),
        },
        BETA_ON_BEDROCK,
    ),
    Explained(
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",),
        {
            "input >200k": (3.3, 7.2),
            "output >200k": (16.5, 27.0),
            "cache_read >200k": (0.33, 0.72),
            "cache_write_5m >200k": (4.125, 9.0),
            "cache_write_1h >200k": (6.6, 14.4),
        },
        BETA_ON_BEDROCK,
    ),
)
SHIFTED: Final = (
    Shifted(
        (
            "anthropic.claude-fable-5",
            "anthropic.claude-fable-5-1",
            "anthropic.claude-haiku-4-5-20251001-v1:0",
            "anthropic.claude-haiku-4-5@20251001",
            "anthropic.claude-haiku-5-5",
            "anthropic.claude-mythos-5-1",
            "anthropic.claude-opus-4-5-20251101-v1:0",
            "anthropic.claude-opus-4-6-v1",
            "anthropic.claude-opus-4-7",
            "anthropic.claude-opus-4-8",
            "anthropic.claude-opus-5",
            "anthropic.claude-opus-5-5",
            "anthropic.claude-sonnet-4-5-20250929-v1:0",
            "anthropic.claude-sonnet-4-6",
            "anthropic.claude-sonnet-5",
            "anthropic.claude-sonnet-5-5",
            "claude-sonnet-4-5-20250929-v1:0",
        ),
        1.1,
        IN_REGION,
    ),
    Shifted(
        (
            "us-gov.anthropic.claude-haiku-5-5",
            "us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0",
            "us-gov.anthropic.claude-sonnet-5",
            "us-gov.anthropic.claude-sonnet-5-5",
        ),
        1.1 / 1.2,
        GOVCLOUD,
    ),
    Shifted(
        ("vertex_ai/claude-3-5-haiku", "vertex_ai/claude-3-5-haiku@20241022"),
        0.8,
        "LiteLLM has the 1 and 5 of the model's first weeks; genai-prices has the later 0.8 and 4.",
    ),
    Shifted(
        ("anthropic.claude-v2:1",),
        1.1,
        "A model retired before the regional surcharge; no table of AWS knows it, and we add the tenth to "
        "Anthropic's price. No call of today has it.",
    ),
    Shifted(
        ("anthropic.claude-3-7-sonnet-20240620-v1:0",),
        1 / 1.2,
        "An id with a date that no Claude 3.7 Sonnet has; LiteLLM's figures are GovCloud's.",
    ),
)
UNKNOWN: Final = {"anthropic.claude-instant-v1", "anthropic.claude-v1", "azure_ai/claude-opus-5-5-fast"}
"""What we leave unpriced: models retired long ago, and an id that LiteLLM made for fast mode."""


@pytest.fixture(scope="module")
def theirs() -> dict[str, Entry]:
    """Their entries of Claude models at the providers compared, by our provider and their id."""
    assert version("litellm") == COMPARED_WITH, "read the differences again, and explain those that are new"
    path = distribution("litellm").locate_file("litellm/model_prices_and_context_window_backup.json")
    entries = cast("dict[str, Entry]", json.loads(Path(str(path)).read_text(encoding="utf-8")))
    return {name: entry for name, entry in entries.items() if "claude" in name and is_compared(name, entry)}


def is_compared(name: str, entry: Entry) -> bool:
    """Whether it is a plain id at a provider of ours: `region/model` and offers of throughput are not."""
    return entry.get("litellm_provider") in PROVIDERS and "/" not in id_of(name) and "commitment" not in name


def id_of(name: str) -> str:
    """The model's id without the name of the provider before it."""
    return name.removeprefix("vertex_ai/").removeprefix("azure_ai/")


def pairs_of(name: str, entry: Entry) -> Pairs:
    """Every rate of the entry beside ours; none where we do not know the model."""
    provider, model = PROVIDERS[str(entry["litellm_provider"])], id_of(name)
    tariffs = {tier: BOOK.tariff(provider, model, TABLE_DATE, "", tier) for tier in ("", "batch")}
    if tariffs[""] is None:
        return {}
    pairs: Pairs = {}
    for tier, tariff in tariffs.items():
        assert tariff is not None
        for ours, key in CLASSES.items():
            base = entry.get(key + ("_batches" if tier else ""))
            label = f"{ours} {tier}".rstrip()
            pairs[label] = (millions(getattr(tariff.rates, ours)), millions(base))
            for limit in LIMITS:
                long = entry.get(f"{key}_above_{limit}k_tokens" + ("_batches" if tier else ""))
                if long is not None or tariff.long_from == limit * 1_000:
                    rates = tariff.rates_for(limit * 1_000 + 1)
                    told = base if long is None else long
                    pairs[f"{label} >{limit}k"] = (millions(getattr(rates, ours)), millions(told))
    pairs.update(factors(provider, model, entry))
    return {key: pair for key, pair in pairs.items() if pair[1] is not None}


def factors(provider: str, model: str, entry: Entry) -> Pairs:
    """Searches, and what the place of inference and fast mode multiply by, where they tell it."""
    plain = BOOK.tariff(provider, model, TABLE_DATE, "", "")
    fast = BOOK.tariff(provider, model, TABLE_DATE, "fast", "")
    assert plain is not None
    assert fast is not None
    searches = cast("Entry", entry.get("search_context_cost_per_query") or {})
    told = cast("Entry", entry.get("provider_specific_entry") or {})
    found: Pairs = {}
    if "search_context_size_medium" in searches:
        per_search = cast("float", searches["search_context_size_medium"])
        found["searches"] = (plain.rates.web_search and plain.rates.web_search * 1_000, per_search * 1_000)
    if provider == "anthropic":
        found["us"] = (geo_factor(US_GEO, model), cast("float", told.get("us", 1.0)))
        assert plain.rates.input is not None
        fast_rate = fast.rates.input
        found["fast"] = (fast_rate and fast_rate / plain.rates.input, cast("Rate", told.get("fast")))
    return found


def millions(rate: object) -> Rate:
    """USD per million tokens, without the noise of floats."""
    return round(cast("float", rate) * 1e6, 9) if rate is not None else None


def is_same(ours: Rate, theirs: Rate) -> bool:
    return ours is not None and ours == pytest.approx(theirs, rel=1e-9)


def differences(theirs: Mapping[str, Entry]) -> dict[tuple[str, str], tuple[Rate, Rate]]:
    """Where the two differ, by model and key."""
    return {
        (name, key): pair
        for name, entry in theirs.items()
        for key, pair in pairs_of(name, entry).items()
        if not is_same(*pair)
    }


def explained(theirs: Mapping[str, Entry]) -> Iterator[tuple[tuple[str, str], tuple[Rate, Rate]]]:
    """What the tables above say that differs."""
    for one in EXPLAINED:
        yield from (((model, key), pair) for model in one.models for key, pair in one.pairs.items())
    written = {(model, key) for one in EXPLAINED for model in one.models for key in one.pairs}
    for one in SHIFTED:
        for model in one.models:
            pairs = pairs_of(model, theirs[model])
            for key, (_, other) in pairs.items():
                if (model, key) not in written and key != "searches" and other is not None:
                    yield (model, key), (other * one.factor, other)


def test_every_difference_to_the_second_table_is_explained_and_no_explanation_is_stale(
    theirs: dict[str, Entry],
) -> None:
    found, told = differences(theirs), dict(explained(theirs))
    assert {place: pair for place, pair in found.items() if place not in told} == {}, "not explained"
    assert {place: pair for place, pair in told.items() if place not in found} == {}, "no longer differs"
    for place, pair in told.items():
        assert found[place] == pytest.approx(pair, rel=1e-9), place
    assert all(len(one.why) > 40 for one in (*EXPLAINED, *SHIFTED))


def test_enough_is_compared_to_mean_something(theirs: dict[str, Entry]) -> None:
    by_provider: dict[str, set[str]] = {}
    for name, entry in theirs.items():
        provider, model = PROVIDERS[str(entry["litellm_provider"])], id_of(name)
        known = bool(pairs_of(name, entry))
        if known and row_of(TABLE, provider, model, TABLE_DATE) is None:  # our own rows came from there
            by_provider.setdefault(provider, set()).add(own_name(model))
    counts = {provider: len(models) for provider, models in by_provider.items()}
    assert counts["anthropic"] >= 15
    assert counts["aws.bedrock"] >= 15
    assert counts["gcp.vertex_ai"] >= 10
    assert counts["azure.foundry"] >= 8
    haiku = pairs_of("claude-haiku-5-5", theirs["claude-haiku-5-5"])
    assert {"input", "cache_write_1h", "output batch", "cache_read >100k", "us", "searches"} <= haiku.keys()


def test_models_that_only_the_second_table_knows_are_known_to_be_so(theirs: dict[str, Entry]) -> None:
    unknown = {name for name, entry in theirs.items() if not pairs_of(name, entry)}
    assert unknown == UNKNOWN
