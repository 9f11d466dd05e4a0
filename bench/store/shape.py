"""The shape of the traffic that is made up: who calls, which models, when, and how it ends.

Shares are guesses of an application in production, the same for every store that is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from kansoku.errors import SettingError
from kansoku.price.book import PriceBook

USERS: Final = 100_000
USERS_FLAT: Final = 10
"""Zipf's law, but flat among the first: the most frequent user makes about a hundredth of the calls."""

DAYS: Final = 30
HOUR_S: Final = 3_600
DAY_S: Final = 86_400
_HOURS = (22, 17, 14, 12, 13, 18, 27, 38, 55, 74, 86, 92, 84, 90, 96, 98, 92, 84, 70, 58, 50, 44, 36, 28)
_WEEK = (1.0, 1.04, 1.06, 1.03, 0.94, 0.46, 0.40)
"""Monday first."""
_GROWTH = 1.008
"""Calls of a day to those of the day before, weekdays apart."""

MODELS: Final = {
    "claude-sonnet-5-5": 30.0,
    "claude-haiku-4-5": 20.0,
    "claude-opus-5": 14.0,
    "claude-sonnet-5": 9.0,
    "claude-sonnet-4-6": 7.0,
    "claude-sonnet-4-5": 6.0,
    "claude-opus-4-8": 5.0,
    "claude-opus-4-5": 3.0,
    "claude-fable-5": 2.5,
    "claude-opus-4-7": 1.5,
    "claude-opus-4-1": 1.0,
    "claude-mythos-5": 1.0,
}
TOKENS_PER_S: Final = (74, 150, 48, 70, 68, 64, 50, 46, 60, 44, 30, 36)
"""Of each model, in the order of `MODELS`."""

SERVICES: Final = {"support-bot": 40, "search": 24, "agent": 16, "writer": 10, "ingest": 6, "evals": 4}
ENVIRONMENTS: Final = {"production": 93, "staging": 5, "development": 2}
FEATURES: Final = {
    "answer": 20,
    "summary": 14,
    "search": 12,
    "triage": 9,
    "draft": 8,
    "translate": 6,
    "classify": 6,
    "extract": 5,
    "review": 4,
    "plan": 3,
    "label": 3,
    "moderate": 3,
    "rank": 2,
    "rewrite": 2,
    "tag": 1,
    "chat": 1,
    "digest": 1,
    "explain": 1,
}
TASKS: Final = {"": 60, "resolve_ticket": 16, "answer_question": 12, "write_report": 8, "run_agent": 4}
OPERATIONS: Final = {"chat": 965, "count_tokens": 20, "batch_result": 12, "other": 3}
PROVIDERS: Final = {"anthropic": 82, "aws.bedrock": 11, "gcp.vertex_ai": 5, "azure.foundry": 2}
STOP_REASONS: Final = {"end_turn": 78, "tool_use": 18, "max_tokens": 3, "refusal": 1}
ERRORS: Final = {
    "overloaded_error": 42,
    "rate_limit_error": 26,
    "api_error": 9,
    "client_timeout": 9,
    "invalid_request_error": 6,
    "connection_error": 5,
    "truncated_stream": 3,
}
STATUSES: Final = ("529", "429", "500", "NULL", "400", "NULL", "200")
"""The HTTP status of each error, in the order of `ERRORS`."""
TOOLS: Final = {
    "lookup_order": 30,
    "search_docs": 24,
    "get_weather": 10,
    "send_mail": 9,
    "run_sql": 8,
    "read_file": 7,
    "create_ticket": 5,
    "calculator": 4,
    "browse": 3,
}
RATE_LIMITS: Final = {"input-tokens": 6, "requests": 2, "output-tokens": 2}
RATINGS: Final = {"up": 82, "down": 18}
LABELS: Final = {"pass": 90, "hallucination": 6, "unsafe": 1, "off_topic": 3}

USUAL_ERRORS: Final = 0.006
BURST_ERRORS: Final = 0.28
BURST_S: Final = 600
BURST_ONE_IN: Final = 400
"""Of the stretches of ten minutes of each model, one in this many has a burst of errors."""


@dataclass(frozen=True, slots=True)
class Day:
    """24 hours: when they begin (unix seconds), which calls are theirs, and how many each hour has."""

    begin: int
    first: int
    hours: tuple[int, ...]

    @property
    def calls(self) -> int:
        """Calls of the day."""
        return sum(self.hours)


def days(calls: int, until: int, count: int = DAYS) -> list[Day]:
    """That many calls over the days that end at `until` (unix seconds), by the hour and the weekday.

    Raises:
        SettingError: If `until` is not the end of an hour.
    """
    if until % HOUR_S:
        raise SettingError(f"until: {until} is not a whole hour, UTC; use {until - until % HOUR_S}")
    begins = [until - DAY_S * (count - at) for at in range(count)]
    weights = [
        _WEEK[(hour // DAY_S + 3) % 7] * _GROWTH**at * _HOURS[hour // HOUR_S % 24]
        for at, begin in enumerate(begins)
        for hour in range(begin, begin + DAY_S, HOUR_S)
    ]
    shares = _apportioned(calls, weights)
    found: list[Day] = []
    first = 0
    for at, begin in enumerate(begins):
        found.append(Day(begin, first, tuple(shares[24 * at : 24 * at + 24])))
        first += found[-1].calls
    return found


def rates() -> list[tuple[float, float, float, float]]:
    """USD per token of each model: input, cache read, cache write, output."""
    book = PriceBook()
    found: list[tuple[float, float, float, float]] = []
    for model in MODELS:
        tariff = book.tariff("anthropic", model, date(2026, 11, 20), "", "")
        known = tariff and tariff.rates
        if known is None or known.input is None or known.output is None:
            raise SettingError(f"{model} has no price")
        found.append((known.input, known.cache_read or 0.0, known.cache_write_5m or 0.0, known.output))
    return found


def _apportioned(total: int, weights: list[float]) -> list[int]:
    """The total in whole parts by their weights; the sum is the total."""
    whole, counts, done = sum(weights), [0] * len(weights), 0
    reached = 0.0
    for at, weight in enumerate(weights):
        reached += weight
        counts[at] = round(total * reached / whole) - done
        done += counts[at]
    return counts
