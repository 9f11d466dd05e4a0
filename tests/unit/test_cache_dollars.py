"""What the prompt cache saved and lost, with figures reckoned by hand."""

from __future__ import annotations

from datetime import date

import pytest

from kansoku.catalog.prices import LONG_PROMPTS, Rates
from kansoku.price.genai import genai_tariff
from kansoku.query.cache_dollars import CacheBill, bill

DAY = "2026-11-20"
MILLION = 1_000_000
SONNET = Rates(3e-6, 15e-6, 0.3e-6, 3.75e-6, 6e-6)
LONG = Rates(6e-6, 22.5e-6, 0.6e-6, 7.5e-6, 12e-6)


def row(
    feature: str, *tokens: int, model: str = "sonnet", calls: int = 1, size: int = 0, bare: int = 0
) -> tuple[object, ...]:
    """Calls alike: tokens read, written for five minutes, written for an hour."""
    sizes = [(calls, *tokens) if place == size and not bare else (0, 0, 0, 0) for place in range(3)]
    return (
        "anthropic",
        model,
        "",
        "",
        "",
        "",
        feature,
        DAY,
        calls * bare,
        *(one for of in sizes for one in of),
    )


def rates_of(key: tuple[str, ...], day: date, prompt: int) -> Rates | None:
    assert day == date(2026, 11, 20)
    if key[1] != "sonnet":
        return None
    return LONG if prompt > 200_000 else SONNET


def reckoned(*rows: tuple[object, ...]) -> CacheBill:
    return bill(rows, rates_of)


def test_reads_save_and_writes_cost_the_difference_to_uncached_input() -> None:
    (chat,) = reckoned(row("chat", 10 * MILLION, MILLION, 2 * MILLION, calls=5)).parts
    assert (chat.model, chat.feature, chat.calls) == ("sonnet", "chat", 5)
    assert chat.saved == pytest.approx(10 * 2.7)
    assert chat.paid == pytest.approx(1 * 0.75 + 2 * 3.0)
    assert chat.net == pytest.approx(27.0 - 6.75)
    assert chat.lost == 0


def test_what_was_written_and_cannot_have_been_read_is_lost() -> None:
    chat, once = reckoned(
        row("chat", 10 * MILLION, MILLION, 0), row("once", 0, 3 * MILLION, 0), row("once", MILLION, 0, 0)
    ).parts
    assert (chat.lost, once.feature) == (0, "once")
    # Of three million written tokens one can have been read: two thirds of 3 x $0.75 are gone.
    assert once.lost == pytest.approx(1.5)
    assert once.net == pytest.approx(2.7 - 2.25)
    # One feature's reads are not another's.
    assert reckoned(row("chat", 9, 0, 0), row("once", 0, 9, 0)).total(lambda one: one.lost) == pytest.approx(
        9 * 0.75e-6
    )


def test_a_long_prompt_pays_long_rates() -> None:
    sizes = [(place, LONG_PROMPTS[place - 1] if place else 0) for place in range(3)]
    saved = [reckoned(row("", MILLION, 0, 0, size=place)).parts[0].saved for place, _ in sizes]
    assert saved == pytest.approx([2.7, 2.7, 5.4])


def test_calls_without_a_price_count_apart_and_in_nothing_else() -> None:
    found = reckoned(
        row("chat", 5, 5, 5, model="other", calls=3),
        row("chat", 5, 5, 5, bare=1, calls=4),
        row("chat", 5, 0, 0),
    )
    assert {(one.model, one.calls, one.unpriced) for one in found.parts} == {
        ("sonnet", 1, 4),
        ("other", 0, 3),
    }
    assert reckoned(row("chat", 5, 5, 5, bare=1)).total(lambda one: one.saved) is None
    assert reckoned().total(lambda one: one.lost) is None


def test_a_rate_is_needed_only_for_tokens_that_there_are() -> None:
    def no_hour(*_: object) -> Rates:
        return Rates(3e-6, 15e-6, 0.3e-6, 3.75e-6)

    known, unknown = (bill([row("chat", 5, 5, hour)], no_hour).parts[0] for hour in (0, 1))
    assert (known.calls, known.unpriced) == (1, 0)
    assert (unknown.calls, unknown.unpriced, unknown.saved) == (0, 1, 0.0)


@pytest.mark.parametrize("provider", ["anthropic", "aws.bedrock", "gcp.vertex_ai", "azure.foundry"])
def test_every_size_at_which_a_price_of_the_data_set_rises_is_told_apart(provider: str) -> None:
    models = (
        "claude-sonnet-4-5",
        "claude-sonnet-4-20250514",
        "claude-opus-4-6",
        "claude-haiku-4-5",
        "claude-2.1",
    )
    found = [genai_tariff(provider, model, date(2026, 11, 20)) for model in models]
    assert {one.long_from for one in found if one is not None and one.long} <= set(LONG_PROMPTS)
