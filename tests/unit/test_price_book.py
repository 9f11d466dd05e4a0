"""Prices by hand, from the rates published for each model (USD per million tokens)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from genai_prices import Usage as Amounts
from genai_prices import calc_price

from kansoku.catalog.prices import (
    FAST_FACTORS,
    NO_MODEL,
    UNKNOWN_MODEL,
    UNKNOWN_RATE,
    UNKNOWN_TOKENS,
    PriceRow,
)
from kansoku.price.book import PriceBook, billed_model
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


def test_what_the_cache_saved_and_cost_more_is_the_difference_to_uncached_input() -> None:
    usage = Usage(
        input_tokens=5,
        output_tokens=5,
        cache_read_tokens=3 * MILLION,
        cache_write_5m_tokens=MILLION,
        cache_write_1h_tokens=2 * MILLION,
    )
    found = cost(usage, "claude-opus-5-5")
    assert found.cache_saved_usd == pytest.approx(3 * (4.0 - 0.2))
    assert found.cache_premium_usd == pytest.approx(1 * (5.0 - 4.0) + 2 * (8.0 - 4.0))
    batch = cost(usage, tier="batch")
    assert batch.cache_saved_usd == pytest.approx(3 * 3.8 / 2)
    abroad = cost(usage, geo="us")
    assert (abroad.cache_saved_usd, abroad.cache_premium_usd) == pytest.approx((3 * 3.8 * 1.1, 9.0 * 1.1))


def test_a_call_without_cached_tokens_or_a_price_tells_nothing_of_the_cache() -> None:
    for found in (
        cost(Usage(input_tokens=5, output_tokens=5)),
        cost(Usage(input_tokens=5, output_tokens=5, cache_read_tokens=5), "claude-of-tomorrow"),
        cost(
            Usage(
                input_tokens=5,
                output_tokens=5,
                iterations=(Iteration("compaction", "claude-opus-5-5", 5, 5, cache_read_tokens=MILLION),),
            )
        ),
    ):
        assert (found.cache_saved_usd, found.cache_premium_usd) == (None, None)


def test_a_read_dearer_than_uncached_input_is_no_saving() -> None:
    book = override(input=1.0, output=2.0, cache_read=3.0, cache_write_5m=0.5)
    usage = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=MILLION, cache_write_5m_tokens=MILLION)
    found = of(book, usage)
    assert found.usd == pytest.approx(3.5)
    assert (found.cache_saved_usd, found.cache_premium_usd) == (0.0, 0.0)


def test_batch_halves_tokens_and_fast_doubles_them() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, tier="batch").usd == pytest.approx(12.0)
    assert cost(usage, speed="fast").usd == pytest.approx(48.0)


def test_a_speed_that_is_not_known_has_no_price() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, speed="turbo") == Cost(unpriced_reason=UNKNOWN_RATE)
    assert cost(usage, speed="standard") == cost(usage)
    assert cost(usage, speed="turbo", tier="batch") == cost(usage, tier="batch")


def test_a_service_tier_that_is_not_known_has_no_price() -> None:
    usage = Usage(
        input_tokens=MILLION, output_tokens=MILLION, iterations=(Iteration("compaction", "", 1, 1),)
    )
    assert cost(usage, tier="flex") == Cost(unpriced_reason=UNKNOWN_RATE)
    assert of(override(input=1.0, output=2.0), usage, tier="flex") == Cost(unpriced_reason=UNKNOWN_RATE)
    assert cost(usage, "claude-of-tomorrow", tier="flex") == Cost(unpriced_reason=UNKNOWN_MODEL)
    assert cost(usage, "claude-mythos-5", tier="flex") == Cost(unpriced_reason=UNKNOWN_RATE)
    for tier in ("standard", "default", "priority"):
        assert cost(usage, tier=tier) == cost(usage)


def test_a_place_of_inference_that_is_not_known_has_no_price() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, geo="eu") == Cost(unpriced_reason=UNKNOWN_RATE)
    assert cost(usage, "claude-of-tomorrow", geo="eu") == Cost(unpriced_reason=UNKNOWN_MODEL)
    for geo in ("global", "not_available"):
        assert cost(usage, geo=geo) == cost(usage)


def test_what_is_kept_in_the_cache_for_a_time_that_is_not_known_has_no_price() -> None:
    usage = Usage(input_tokens=1, output_tokens=1, cache_write_5m_tokens=9, odd_write_tokens=4)
    assert cost(usage) == Cost(unpriced_reason=UNKNOWN_RATE)
    step = Iteration("compaction", "", 1, 1, cache_write_5m_tokens=9, odd_write_tokens=4)
    inside = Usage(input_tokens=1, output_tokens=1, iterations=(step,))
    assert cost(inside) == Cost(unpriced_reason=UNKNOWN_RATE)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-sonnet-4-5-lite"),
        ("anthropic", "claude-3-haiku-mini-20240307"),
        ("anthropic", "claude-opus-4-5-20251101-lite"),
        ("aws.bedrock", "us.anthropic.claude-sonnet-4-5-lite-v1:0"),
        ("gcp.vertex_ai", "claude-sonnet-4-5-lite@20301001"),
        ("gcp.vertex_ai", "my-claude-sonnet-4-5"),
        ("azure.foundry", "claude-haiku-4-5-nano"),
    ],
)
def test_a_name_that_holds_another_models_is_not_priced_as_that(provider: str, model: str) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    found = BOOK.cost(usage, provider=provider, model=model, started_unix_ns=NOW)
    assert found == Cost(unpriced_reason=UNKNOWN_MODEL)


@pytest.mark.parametrize(
    ("provider", "model"),
    [
        ("anthropic", "claude-opus-4-10"),
        ("anthropic", "claude-haiku-4-50-20301001"),
        ("aws.bedrock", "eu.anthropic.claude-opus-4-51-v1:0"),
        ("gcp.vertex_ai", "claude-sonnet-5-51@20301001"),
    ],
)
def test_a_version_is_not_priced_as_the_one_that_its_number_begins_with(provider: str, model: str) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    found = BOOK.cost(usage, provider=provider, model=model, started_unix_ns=NOW)
    assert found == Cost(unpriced_reason=UNKNOWN_MODEL)


@pytest.mark.parametrize(
    "model",
    [
        "claude-opus-4-5-20251101",
        "claude-opus-4-5@20251101",
        "claude-opus-4-5-latest",
        "claude-opus-4-5[1m]",
        "claude-4.5-opus",
        "CLAUDE-OPUS-4-5",
    ],
)
def test_dates_and_aliases_of_a_version_are_priced_as_it(model: str) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, model).usd == pytest.approx(5.0 + 25.0)


@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("claude-fable-5-2", 2 * (8.0 + 40.0)),
        ("claude-opus-5-5", 2 * (4.0 + 20.0)),
        ("claude-opus-5", 2 * (5.0 + 25.0)),
        ("claude-opus-4-8", 2 * (5.0 + 25.0)),
        ("claude-opus-4-7", 30.0 + 150.0),
        ("claude-opus-4-6", 30.0 + 150.0),
    ],
)
def test_fast_mode_has_a_price_of_its_own_for_each_model_that_has_it(model: str, usd: float) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, model=model, speed="fast").usd == pytest.approx(usd)


@pytest.mark.parametrize(
    "model", ["claude-opus-4-5", "claude-fable-5-1", "claude-sonnet-5-5", "claude-mythos-5"]
)
def test_a_fast_call_of_a_model_whose_fast_price_nobody_told_is_unpriced_and_not_guessed(model: str) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert cost(usage, model=model, speed="fast") == Cost(unpriced_reason=UNKNOWN_RATE)
    assert cost(usage, model=model, speed="standard").usd
    assert cost(usage, model=model, speed="fast", tier="batch").usd, "a batch is never fast"
    book = override(model=model, input=1.0, output=2.0)
    assert of(book, usage, model, speed="fast") == Cost(unpriced_reason=UNKNOWN_RATE)


def test_an_iteration_of_a_model_without_fast_mode_was_not_fast() -> None:
    step = Iteration("advisor_message", "claude-opus-4-5", MILLION, 0)
    usage = Usage(input_tokens=MILLION, output_tokens=0, iterations=(step,))
    assert cost(usage, speed="fast").usd == pytest.approx(8.0 + 5.0)


def test_our_price_of_fast_mode_is_the_data_sets_where_it_has_one() -> None:
    for model, factor in FAST_FACTORS.items():
        plain, fast = (
            calc_price(Amounts(input_tokens=MILLION), model, provider_id="anthropic", price_context=how)
            for how in (None, {"speed": "fast"})
        )
        told = float(fast.input_price / plain.input_price)
        assert told in {factor, 1.0}, "1.0 where it has none"


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
    found = cost(advised, model="claude-haiku-5-5")
    assert found.usd == pytest.approx(4.0)
    read = replace(advised, cache_read_tokens=MILLION)
    alone = replace(read, iterations=())
    assert cost(read, "claude-haiku-5-5").cache_saved_usd == cost(alone, "claude-haiku-5-5").cache_saved_usd


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


# Cache reads per million, from the pricing page: 0.1x of input for Opus 5 and Haiku 4.5, 0.05x for Opus 5.5
# and Sonnet 5.5, 0.025x for Fable 5.1 and 5.2.
@pytest.mark.parametrize(
    ("model", "usd"),
    [
        ("claude-opus-5", 0.50),
        ("claude-haiku-4-5-20251001", 0.10),
        ("claude-opus-5-5", 0.20),
        ("claude-sonnet-5-5", 0.10),
        ("claude-fable-5-1", 0.25),
        ("claude-fable-5-2", 0.20),
    ],
)
def test_a_cache_read_costs_what_the_table_says_for_its_model(model: str, usd: float) -> None:
    assert cost(
        Usage(input_tokens=0, output_tokens=0, cache_read_tokens=MILLION), model
    ).usd == pytest.approx(usd)


def test_a_batch_pays_searches_in_full() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=0, web_search_requests=1_000)
    assert cost(usage, tier="batch").usd == pytest.approx(2.0 + 10.0)
    assert cost(usage, "claude-mythos-5", tier="batch").usd == pytest.approx(5.0 + 10.0)


@pytest.mark.parametrize(
    ("model", "short", "read"),
    [
        ("claude-mythos-5", 60.0, 1.0),
        ("claude-mythos-5-1", 60.0, 0.25),
        ("claude-mythos-preview", 150.0, 2.5),
    ],
)
def test_our_own_table_knows_what_the_data_set_lacks(model: str, short: float, read: float) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION, cache_read_tokens=MILLION)
    found = cost(usage, model)
    assert found.usd == pytest.approx(short + read)
    assert found.source.startswith("kansoku 2026-")
    assert cost(usage, f"{model}-20261101") == found


@pytest.mark.parametrize("times", range(1, 60))
def test_an_amount_has_no_digits_that_say_nothing(times: int) -> None:
    usage = Usage(
        input_tokens=times, output_tokens=7 * times, cache_read_tokens=13 * times, cache_write_5m_tokens=times
    )
    found = cost(usage, "claude-sonnet-5-5")
    millionths = times * (2 + 7 * 10 + 13 * Decimal("0.1") + Decimal("2.5"))
    assert found.usd == float(millionths / MILLION)
    assert found.cache_saved_usd == float(times * 13 * Decimal("1.9") / MILLION)
    assert found.cache_premium_usd == float(times * Decimal("0.5") / MILLION)


def test_a_call_is_priced_by_the_rates_of_its_day() -> None:
    def read_on(day_ns: int) -> float | None:
        usage = Usage(input_tokens=0, output_tokens=0, cache_read_tokens=MILLION)
        book = BOOK.cost(usage, provider="anthropic", model="claude-sonnet-5-5", started_unix_ns=day_ns)
        return book.usd

    noon = 1_791_288_000 * 10**9  # 2026-10-06T12:00Z
    assert read_on(noon) == pytest.approx(0.2)
    assert read_on(noon + 12 * 3_600 * 10**9 - 1) == pytest.approx(0.2)
    assert read_on(noon + 12 * 3_600 * 10**9) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("asked", "usd"),
    [
        ("us.anthropic.claude-opus-5-5-v1:0", 4.4),
        ("global.anthropic.claude-opus-5-5-v1:0", 4.0),
        ("eu.anthropic.claude-mythos-5", 11.0),
        ("apac.anthropic.claude-opus-5", 5.5),  # the data set's table of AWS lacks this region of the model
        ("us-gov.anthropic.claude-opus-5", 6.0),
        ("eu.anthropic.claude-3-opus-20240229-v1:0", 15.0),  # from before regional endpoints cost more
        ("global.anthropic.claude-mythos-5", 10.0),
    ],
)
def test_a_regional_endpoint_of_bedrock_costs_a_tenth_more(asked: str, usd: float) -> None:
    model = billed_model("aws.bedrock", asked, "claude-opus-5-5")
    usage = Usage(input_tokens=MILLION, output_tokens=0)
    found = BOOK.cost(usage, provider="aws.bedrock", model=model, started_unix_ns=NOW)
    assert found.usd == pytest.approx(usd)


def test_elsewhere_the_model_that_answered_is_billed() -> None:
    assert billed_model("anthropic", "claude-opus-5", "claude-opus-5-5") == "claude-opus-5-5"
    assert billed_model("anthropic", "claude-opus-5", "") == "claude-opus-5"


def override(**given: float | str | date) -> PriceBook:
    row: dict[str, object] = {"model": "claude-opus-5-5", **given}
    return PriceBook(overrides=[PriceRow(**row)])  # pyright: ignore[reportArgumentType]


def of(book: PriceBook, usage: Usage, model: str = "claude-opus-5-5", **how: str) -> Cost:
    return book.cost(usage, provider="anthropic", model=model, started_unix_ns=NOW, **how)


def test_the_users_own_price_comes_first_and_the_tables_fill_what_it_leaves_out() -> None:
    book = override(input=1.0, output=2.0)
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION, cache_read_tokens=MILLION)
    assert of(book, usage).usd == pytest.approx(1.0 + 2.0 + 0.2)
    assert of(book, usage).source == "kansoku.toml"
    assert of(book, usage, tier="batch").usd == pytest.approx(1.6)
    assert of(book, usage, speed="fast").usd == pytest.approx(6.4)
    assert of(book, usage, "claude-opus-5").source.startswith("genai-prices")


def test_the_users_own_price_of_a_long_prompt_rises_as_the_tables_does() -> None:
    book = override(model="claude-haiku-5-5", input=1.0, output=3.0, multiplier=0.5)
    beyond = Usage(input_tokens=90_001, cache_read_tokens=10_000, output_tokens=1_000)
    short = 0.5 * (90_001 * 1e-6 + 10_000 * 0.01e-6 + 1_000 * 3e-6)
    assert of(book, beyond, "claude-haiku-5-5").usd == pytest.approx(5 * short)
    assert of(book, beyond, "claude-haiku-5-5", tier="batch").usd == pytest.approx(5 * short / 2)
    assert of(book, Usage(input_tokens=9, output_tokens=0), "claude-haiku-5-5").usd == pytest.approx(4.5e-6)


def test_a_discount_alone_multiplies_the_tables_tokens_but_not_searches() -> None:
    book = override(model="claude-*", multiplier=0.8)
    usage = Usage(input_tokens=MILLION, output_tokens=0, web_search_requests=1_000)
    assert of(book, usage).usd == pytest.approx(3.2 + 10.0)
    assert of(book, usage).source.startswith("kansoku.toml, genai-prices ")
    assert of(book, usage, "claude-of-tomorrow") == Cost(unpriced_reason=UNKNOWN_MODEL)


def test_an_override_holds_from_its_first_day_until_its_last_and_for_its_provider() -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=0)
    assert of(override(input=1.0, output=1.0, until=date(2026, 11, 18)), usage).usd == pytest.approx(4.0)
    assert of(override(input=1.0, output=1.0, since=date(2026, 11, 18)), usage).usd == pytest.approx(1.0)
    assert of(override(input=1.0, output=1.0, provider="gcp.vertex_ai"), usage).usd == pytest.approx(4.0)


def test_a_rate_that_no_table_tells_leaves_the_call_unpriced_only_if_it_is_needed() -> None:
    book = override(model="claude-of-tomorrow", input=1.0, output=2.0)
    assert of(book, Usage(input_tokens=MILLION, output_tokens=0), "claude-of-tomorrow").usd == pytest.approx(
        1.0
    )
    read = Usage(input_tokens=1, output_tokens=1, cache_read_tokens=1)
    assert of(book, read, "claude-of-tomorrow") == Cost(unpriced_reason=UNKNOWN_RATE)


@pytest.mark.parametrize("day_ns", [NOW, NOW - 60 * 86_400 * 10**9])
def test_a_batch_costs_half_on_days_before_the_data_set_knew_batches_too(day_ns: int) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=0)
    found = BOOK.cost(
        usage, provider="anthropic", model="claude-opus-5-5", started_unix_ns=day_ns, tier="batch"
    )
    assert found.usd == pytest.approx(2.0)


SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"


@pytest.mark.parametrize(
    ("arn", "model"),
    [
        (f"arn:aws:bedrock:us-east-1::foundation-model/{SONNET}", SONNET),
        (f"arn:aws:bedrock:eu-west-1:123456789012:inference-profile/global.{SONNET}", f"global.{SONNET}"),
        (f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{SONNET}", f"us.{SONNET}"),
        (f"arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/{SONNET}", f"us-gov.{SONNET}"),
        (
            f"arn:aws-us-gov:bedrock:us-gov-east-1:123456789012:inference-profile/us-gov.{SONNET}",
            f"us-gov.{SONNET}",
        ),
    ],
)
def test_an_arn_of_bedrocks_is_priced_as_the_model_and_endpoint_in_it(arn: str, model: str) -> None:
    usage = Usage(input_tokens=MILLION, output_tokens=MILLION)
    assert billed_model("aws.bedrock", arn, "claude-sonnet-4-5-20250929") == arn
    by_arn, by_id = (
        BOOK.cost(usage, provider="aws.bedrock", model=each, started_unix_ns=NOW) for each in (arn, model)
    )
    assert by_id.usd is not None
    assert by_arn == by_id
    own = PriceBook(overrides=(PriceRow(model="claude-sonnet-4-5", input=1.0, output=1.0, source="t"),))
    assert own.cost(usage, provider="aws.bedrock", model=arn, started_unix_ns=NOW).usd == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("asked", "inner", "usd"),
    [
        (f"global.{SONNET}", "claude-haiku-4-5-20251001", 1.0),
        (f"global.{SONNET}", "anthropic.claude-haiku-4-5-20251001-v1:0", 1.0),
        (f"global.{SONNET}", "us.anthropic.claude-haiku-4-5-20251001-v1:0", 1.1),
        (f"arn:aws:bedrock:eu-west-1:1:inference-profile/global.{SONNET}", "claude-haiku-4-5", 1.0),
        (f"us.{SONNET}", "claude-haiku-4-5-20251001", 1.1),
        (SONNET, "claude-haiku-4-5-20251001", 1.1),
        (SONNET, "anthropic.claude-haiku-4-5-20251001-v1:0", 1.1),
        (f"global.{SONNET}", "", 3.0),
    ],
)
def test_an_iteration_runs_at_the_endpoint_of_its_call(asked: str, inner: str, usd: float) -> None:
    usage = Usage(
        input_tokens=0, output_tokens=0, iterations=(Iteration("advisor_message", inner, MILLION, 0),)
    )
    found = BOOK.cost(usage, provider="aws.bedrock", model=asked, started_unix_ns=NOW)
    assert found.usd == pytest.approx(usd)
