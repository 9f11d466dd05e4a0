"""What Claude costs beyond a price list: rates as data, and the rules that the list does not know.

Amounts are USD. Sources: Anthropic's pricing, data residency and fast mode pages (read 2026-11-23).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

BATCH: Final = "batch"
BATCH_FACTOR = 0.5
"""What the batch tier multiplies every token class by; searches keep their price."""

STANDARD_TIERS: Final = ("", "standard", "default", "priority")
"""Service tiers at a model's own rates, in the words of the API and of Bedrock; what a contract for priority
takes off nobody else knows. A tier that is not known has no price, as it may cost less or more.
"""

STANDARD: Final = ("", "standard")
"""Speeds at a model's own rates. What one that is not known costs nobody knows."""

FAST: Final = "fast"
FAST_FACTORS: Final = {
    "claude-fable-5-2": 2.0,
    "claude-opus-5-5": 2.0,
    "claude-opus-5": 2.0,
    "claude-opus-4-8": 2.0,
    "claude-opus-4-7": 6.0,
    "claude-opus-4-6": 6.0,
}
"""What fast mode multiplies every token class of a model by; of others no price of it is known.

Anthropic's page lists those that pay double. The two before them, which have no fast mode any more, paid 30
and 150 (OpenRouter's pages of claude-opus-4.6-fast and claude-opus-4.7-fast, read 2026-11-28).
"""

BEDROCK: Final = "aws.bedrock"
BEDROCK_FACTORS: Final = {"global": 1.0, "us-gov": 1.2}
"""What these endpoints of Bedrock multiply every token class by; GovCloud's is LiteLLM's word alone."""
BEDROCK_REGIONAL_FACTOR = 1.1
"""The same for every other endpoint, from Sonnet 4.5 on."""

BEFORE_REGIONAL = (
    "claude-3",
    "claude-opus-4-0",
    "claude-opus-4-1",
    "claude-opus-4-2025",
    "claude-sonnet-4-0",
    "claude-sonnet-4-2025",
)
"""Model id prefixes from before Sonnet 4.5: the same at every endpoint of Bedrock, in both public tables."""

WEB_SEARCH_THOUSAND = 10.0
"""USD for a thousand web searches; a web fetch costs its tokens only."""

US_GEO = "us"
ANY_GEO: Final = ("", "global", "not_available")
"""What the API tells of a place of inference that costs nothing more. What another costs nobody knows."""
US_GEO_FACTOR = 1.1
"""Inference pinned to the United States costs this many times as much, on every token class."""

US_GEO_EXEMPT = (*BEFORE_REGIONAL, "claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5")
"""Model id prefixes from before Opus 4.6 and Sonnet 4.6, which the factor does not apply to."""

AGENT_SDK: Final = "claude-agent-sdk"
"""Source of amounts that an agent's process told itself: no table here made them, none changes them."""

NO_MODEL = "no model named"
UNKNOWN_MODEL = "unknown model"
UNKNOWN_TOKENS = "tokens unknown"
UNKNOWN_RATE = "rate of a token class unknown"
TABLE_FAILED = "price table failed"
NOT_YET_PRICED = "not priced yet"
"""What others recorded, from its storing until the store's next pass over what is new."""
UNPRICED_REASONS = (NO_MODEL, UNKNOWN_MODEL, UNKNOWN_TOKENS, UNKNOWN_RATE, TABLE_FAILED, NOT_YET_PRICED)


RATE_KEY = ("provider", "request_model", "response_model", "service_tier", "speed", "inference_geo")
"""The fields of a call that its rates depend on, besides its day and the size of its prompt."""

LONG_PROMPTS = (100_000, 200_000)
"""Every size, in tokens, beyond which a prompt pays the long rates of some model that there is."""


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per token of each class, and per web search; None where a table does not tell."""

    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write_5m: float | None = None
    cache_write_1h: float | None = None
    web_search: float | None = None

    def times(self, factor: float) -> "Rates":
        """The rates with every token class, but not the searches, that many times as dear."""
        return Rates(
            _times(self.input, factor),
            _times(self.output, factor),
            _times(self.cache_read, factor),
            _times(self.cache_write_5m, factor),
            _times(self.cache_write_1h, factor),
            self.web_search,
        )

    def filled(self, below: "Rates") -> "Rates":
        """The rates, with what they do not tell taken from the table below."""
        return Rates(
            _either(self.input, below.input),
            _either(self.output, below.output),
            _either(self.cache_read, below.cache_read),
            _either(self.cache_write_5m, below.cache_write_5m),
            _either(self.cache_write_1h, below.cache_write_1h),
            _either(self.web_search, below.web_search),
        )

    def raised(self, flat: "Rates", raised: "Rates") -> "Rates":
        """The rates raised as another table raises its own, from `flat` to `raised`, class by class."""
        return Rates(
            _raised(self.input, flat.input, raised.input),
            _raised(self.output, flat.output, raised.output),
            _raised(self.cache_read, flat.cache_read, raised.cache_read),
            _raised(self.cache_write_5m, flat.cache_write_5m, raised.cache_write_5m),
            _raised(self.cache_write_1h, flat.cache_write_1h, raised.cache_write_1h),
            self.web_search,
        )


def _raised(rate: float | None, flat: float | None, raised: float | None) -> float | None:
    return None if rate is None or not flat or raised is None else rate * raised / flat


def _times(rate: float | None, factor: float) -> float | None:
    return None if rate is None else rate * factor


def _either(rate: float | None, below: float | None) -> float | None:
    return below if rate is None else rate


@dataclass(frozen=True, slots=True)
class Tariff:
    """Rates of one model; prompts of more than `long_from` tokens pay the `long` rates on every token."""

    rates: Rates
    source: str
    long: Rates | None = None
    long_from: int = 0

    def rates_for(self, prompt_tokens: int) -> Rates:
        """The rates that a prompt of that many tokens, cached ones included, pays."""
        if self.long is not None and prompt_tokens > self.long_from:
            return self.long
        return self.rates

    def times(self, factor: float) -> "Tariff":
        """The tariff with every token class that many times as dear."""
        if factor == 1.0:
            return self
        return replace(
            self, rates=self.rates.times(factor), long=self.long.times(factor) if self.long else None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """A row of a price table: for which model, when, and USD per million tokens of each class.

    Attributes:
        model: The model's id, also with a date after it; or the beginning of ids, ending in `*`.
        provider: Only calls by that provider; empty for all.
        web_search: USD per thousand searches.
        since: The first day (UTC) that it holds for.
        until: The first day (UTC) that it no longer holds for.
        multiplier: What token rates are multiplied by: the row's own, or, where it has none, those of
            the tables below.
        source: Where the rates are published.
    """

    model: str
    provider: str = ""
    input: float | None = None
    output: float | None = None
    cache_read: float | None = None
    cache_write_5m: float | None = None
    cache_write_1h: float | None = None
    web_search: float | None = None
    since: date | None = None
    until: date | None = None
    multiplier: float = 1.0
    source: str = ""


TABLE_DATE = date(2026, 11, 24)
"""When the rows below were last compared with their sources; it is the table's version."""

_LITELLM = "LiteLLM 1.110.2, model_prices_and_context_window_backup.json, read 2026-11-24"

TABLE: tuple[PriceRow, ...] = (
    PriceRow(
        model="claude-mythos-5",
        input=10.0,
        output=50.0,
        cache_read=1.0,
        cache_write_5m=12.5,
        cache_write_1h=20.0,
        web_search=WEB_SEARCH_THOUSAND,
        source=f"{_LITELLM}; as its sibling Fable 5 in genai-prices 0.2.3",
    ),
    PriceRow(
        model="claude-mythos-5-1",
        input=10.0,
        output=50.0,
        cache_read=0.25,
        cache_write_5m=12.5,
        cache_write_1h=20.0,
        web_search=WEB_SEARCH_THOUSAND,
        source=f"{_LITELLM}; as its sibling Fable 5.1 in genai-prices 0.2.3",
    ),
    PriceRow(
        model="claude-mythos-preview",
        input=25.0,
        output=125.0,
        cache_read=2.5,
        cache_write_5m=31.25,
        cache_write_1h=50.0,
        web_search=WEB_SEARCH_THOUSAND,
        source=f"{_LITELLM}: its rows for Bedrock without the tenth. Its row for Anthropic says 10 and 50, "
        "which Anthropic, as quoted, called less than half of the Preview's price when Fable 5 came",
    ),
    PriceRow(
        model="claude-sonnet-5-5",
        provider="anthropic",
        input=2.0,
        output=10.0,
        cache_read=0.2,
        cache_write_5m=2.5,
        cache_write_1h=4.0,
        web_search=WEB_SEARCH_THOUSAND,
        until=date(2026, 10, 7),
        source="inferred: genai-prices 0.2.3, but cache reads at the 0.1x of input of older models: our "
        "notes of the pricing page date the 0.05x from 2026-10-07; no page of the days before was read",
    ),
)
"""Claude models, or times of them, that genai-prices lacks. Each says where it is from, or is inferred."""
