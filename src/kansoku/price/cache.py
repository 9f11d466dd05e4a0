"""What cached tokens cost beside uncached ones.

By Anthropic's rules (https://docs.claude.com/en/docs/build-with-claude/prompt-caching, "Pricing"), a token
read from the cache is cheaper than an uncached one, and a token written to it dearer. So, at the rates r of
a call's model, tier, speed, place and day:

    saved   = read x (r.input - r.cache_read)
    premium = written for 5 minutes x (r.cache_write_5m - r.input)
            + written for an hour x (r.cache_write_1h - r.input)
"""

from typing import NamedTuple

from kansoku.catalog.prices import Rates


class CacheUsd(NamedTuple):
    """USD that reading from the cache saved, and that writing to it cost beyond uncached input."""

    saved: float
    premium: float


def cache_usd(read: float, written_5m: float, written_1h: float, rates: Rates) -> CacheUsd | None:
    """That of so many tokens at these rates; None where a rate that it needs is not known."""
    if not (read or written_5m or written_1h):
        return CacheUsd(0.0, 0.0)
    dearer = (
        _dearer(read, rates.cache_read, rates.input),
        _dearer(written_5m, rates.cache_write_5m, rates.input),
        _dearer(written_1h, rates.cache_write_1h, rates.input),
    )
    of_reads, of_5m, of_1h = dearer
    if of_reads is None or of_5m is None or of_1h is None:
        return None
    return CacheUsd(-of_reads, of_5m + of_1h)


def _dearer(tokens: float, rate: float | None, uncached: float | None) -> float | None:
    if not tokens:
        return 0.0
    return None if rate is None or uncached is None else tokens * (rate - uncached)
