"""What Claude costs beyond a price list: rates as data, and the rules that the list does not know.

Amounts are USD. Sources: Anthropic's pricing, data residency and fast mode pages (read 2026-11-23).
"""

from dataclasses import dataclass

US_GEO = "us"
US_GEO_FACTOR = 1.1
"""Inference pinned to the United States costs this many times as much, on every token class."""

US_GEO_EXEMPT = (
    "claude-3",
    "claude-opus-4-0",
    "claude-opus-4-1",
    "claude-opus-4-2025",
    "claude-opus-4-5",
    "claude-sonnet-4-0",
    "claude-sonnet-4-2025",
    "claude-sonnet-4-5",
    "claude-haiku-4-5",
)
"""Model id prefixes from before Opus 4.6 and Sonnet 4.6, which the factor does not apply to."""

NO_MODEL = "no model named"
UNKNOWN_MODEL = "unknown model"
UNKNOWN_TOKENS = "tokens unknown"


@dataclass(frozen=True, slots=True)
class Rates:
    """USD per token of each class, and per web search."""

    input: float
    output: float
    cache_read: float
    cache_write_5m: float
    cache_write_1h: float
    web_search: float


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
