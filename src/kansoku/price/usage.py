"""What is priced and what comes of it: the usage of one call, and its cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Iteration:
    """What is billed inside one call and its top-level usage leaves out (compaction, advisor, fallback).

    Its web searches are those of an answer that was passed over; the API counts all others at the top level.
    """

    kind: str
    model: str
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    web_search_requests: int = 0
    odd_write_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call. None is unknown, never 0 by guess.

    `input_tokens` are the uncached ones only, as Anthropic counts them. `odd_write_tokens` are those among
    the ones written for five minutes that have another lifetime, whose rate is not known.
    """

    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_5m_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    output_tokens: int | None = None
    thinking_tokens: int | None = None
    web_search_requests: int | None = None
    odd_write_tokens: int = 0
    iterations: tuple[Iteration, ...] = ()

    @property
    def cache_write_tokens(self) -> int | None:
        """Tokens written to the cache, for five minutes and for an hour together."""
        if self.cache_write_5m_tokens is None and self.cache_write_1h_tokens is None:
            return None
        return (self.cache_write_5m_tokens or 0) + (self.cache_write_1h_tokens or 0)

    @property
    def iteration_count(self) -> int | None:
        """How many iterations the tokens leave out; None where there are none, as for most calls."""
        return len(self.iterations) or None

    @property
    def prompt_tokens(self) -> int | None:
        """The whole prompt: uncached, read and written."""
        if self.input_tokens is None:
            return None
        return self.input_tokens + (self.cache_read_tokens or 0) + (self.cache_write_tokens or 0)


UNKNOWN_USAGE = Usage()


@dataclass(frozen=True, slots=True)
class Cost:
    """What a call cost, in USD, by which price table; or no amount, and why.

    A call that bills nothing (a failed one, a token count) has neither amount nor reason.

    Attributes:
        cache_saved_usd: What its reads from the cache would have cost more as uncached input; None where it
            has no price.
        cache_premium_usd: What its writes to the cache cost more than that.
    """

    usd: float | None = None
    source: str = ""
    unpriced_reason: str = ""
    cache_saved_usd: float | None = None
    cache_premium_usd: float | None = None


NO_COST = Cost()
