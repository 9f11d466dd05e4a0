"""Prices by hand, from the rates published for each model (USD per million tokens)."""

import pytest

from kansoku.catalog.prices import NO_MODEL, UNKNOWN_MODEL, UNKNOWN_TOKENS
from kansoku.price.book import PriceBook
from kansoku.price.usage import Cost, Iteration, Usage

BOOK = PriceBook()
NOW = 1_795_000_000 * 10**9  # 2026-11-18
MILLION = 1_000_000


def cost(usage: Usage, model: str = "claude-opus-5-5", **how: str) -> Cost:
    return BOOK.cost(usage, provider="anthropic", model=model, started_unix_ns=NOW, **how)


@pytest.mark.parametrize(
    ("usage", "usd"),
    [
        (Usage(input_tokens=MILLION, output_tokens=0), 4.0),
        (Usage(input_tokens=0, output_tokens=MILLION), 20.0),
        (Usage(input_tokens=0, output_tokens=0, cache_read_tokens=MILLION), 0.2),  # 0.05x, not 0.1x
        (Usage(input_tokens=0, output_tokens=0, cache_write_5m_tokens=MILLION), 5.0),
        (Usage(input_tokens=0, output_tokens=0, cache_write_1h_tokens=MILLION), 8.0),
        (Usage(input_tokens=0, output_tokens=0, web_search_requests=1_000), 10.0),
    ],
)
def test_each_class_of_tokens_has_its_rate(usage: Usage, usd: float) -> None:
    found = cost(usage)
    assert found.usd == pytest.approx(usd)
    assert found.source.startswith("genai-prices ")


def test_batch_halves_tokens_and_fast_doubles_them() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, tier="batch").usd == pytest.approx(12.0)
    assert cost(usage, speed="fast").usd == pytest.approx(48.0)


def test_inference_in_the_us_costs_a_tenth_more_on_tokens_but_not_on_searches() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=0, web_search_requests=1_000)
    assert cost(usage, geo="us").usd == pytest.approx(4.4 + 10.0)
    assert cost(usage, model="claude-haiku-4-5", geo="us").usd == pytest.approx(1.0 + 10.0)


def test_a_long_prompt_pays_the_long_rate_on_every_token() -> None:
    at_the_edge = Usage(input_tokens=90_000, cache_read_tokens=10_000, output_tokens=1_000)
    beyond = Usage(input_tokens=90_001, cache_read_tokens=10_000, output_tokens=1_000)
    short = 90_000 * 0.1e-6 + 10_000 * 0.01e-6 + 1_000 * 0.5e-6
    assert cost(at_the_edge, model="claude-haiku-5-5").usd == pytest.approx(short)
    assert cost(beyond, model="claude-haiku-5-5").usd == pytest.approx(5 * (short + 0.1e-6))


def test_iterations_on_another_model_are_billed_at_its_rates() -> None:
    advised = Usage(
        input_tokens=0,
        output_tokens=0,
        iterations=(Iteration("advisor_message", "claude-opus-5-5", MILLION, 0),),
    )
    assert cost(advised, model="claude-haiku-5-5").usd == pytest.approx(4.0)


@pytest.mark.parametrize(
    ("usage", "model", "reason"),
    [
        (Usage(input_tokens=1, output_tokens=1), "claude-of-tomorrow", UNKNOWN_MODEL),
        (Usage(input_tokens=1, output_tokens=1), "", NO_MODEL),
        (Usage(input_tokens=1, output_tokens=None), "claude-opus-5-5", UNKNOWN_TOKENS),
        (
            Usage(input_tokens=1, output_tokens=1, iterations=(Iteration("fallback_message", "x", 1, 1),)),
            "claude-opus-5-5",
            UNKNOWN_MODEL,
        ),
    ],
)
def test_what_has_no_price_is_unpriced_with_a_reason_and_never_free(
    usage: Usage, model: str, reason: str
) -> None:
    assert cost(usage, model=model) == Cost(usd=None, source="", unpriced_reason=reason)
