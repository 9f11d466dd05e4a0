from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku_demo.prompt_cache import PromptCache, count

if TYPE_CHECKING:
    from kansoku_demo.answers import JsonObject

LONG = "rule " * 1_000  # 1,250 tokens
SHORT = "rule " * 100


def request(system: str, question: str, ttl: str | None = None) -> JsonObject:
    control: JsonObject = {"type": "ephemeral"}
    if ttl is not None:
        control["ttl"] = ttl
    return {
        "model": "claude-sonnet-5-5",
        "system": [{"type": "text", "text": system, "cache_control": control}],
        "messages": [{"role": "user", "content": question}],
    }


def test_the_first_request_writes_and_the_next_reads_the_same_tokens() -> None:
    cache = PromptCache()
    first = cache.split(request(LONG, "a?"), now_s=0.0)
    second = cache.split(request(LONG, "b?"), now_s=1.0)
    assert first.written_5m > 1_250
    assert (first.read, first.written_1h) == (0, 0)
    assert (second.read, second.written_5m) == (first.written_5m, 0)
    assert first.uncached == second.uncached > 0


def test_an_entry_is_gone_after_five_minutes_and_every_read_keeps_it() -> None:
    cache = PromptCache()
    cache.split(request(LONG, "a?"), now_s=0.0)
    assert cache.split(request(LONG, "a?"), now_s=299.0).read > 0
    assert cache.split(request(LONG, "a?"), now_s=598.0).read > 0
    assert cache.split(request(LONG, "a?"), now_s=899.0).read == 0


def test_an_hour_long_entry_is_billed_apart_and_lives_for_an_hour() -> None:
    cache = PromptCache()
    first = cache.split(request(LONG, "a?", ttl="1h"), now_s=0.0)
    assert first.written_1h > 1_250
    assert first.written_5m == 0
    assert cache.split(request(LONG, "a?", ttl="1h"), now_s=3_599.0).read == first.written_1h


def test_a_prefix_below_1024_tokens_is_not_cached() -> None:
    cache = PromptCache()
    cache.split(request(SHORT, "a?"), now_s=0.0)
    again = cache.split(request(SHORT, "a?"), now_s=1.0)
    assert (again.read, again.written_5m) == (0, 0)
    assert again.uncached > 125


def test_another_model_and_another_text_share_nothing() -> None:
    cache = PromptCache()
    cache.split(request(LONG, "a?"), now_s=0.0)
    other_model = {**request(LONG, "a?"), "model": "claude-haiku-5-5"}
    assert cache.split(other_model, now_s=1.0).read == 0
    assert cache.split(request("x" + LONG, "a?"), now_s=1.0).read == 0


def test_a_longer_prefix_reads_the_shorter_one_and_writes_the_rest() -> None:
    cache = PromptCache()
    first = cache.split(request(LONG, "a?"), now_s=0.0)
    body = request(LONG, "")
    body["messages"] = [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "and now?"},
            ],
        }
    ]
    second = cache.split(body, now_s=1.0)
    assert second.read == first.written_5m
    assert second.written_5m > 1_250
    assert 0 < second.uncached < 20


def test_a_japanese_character_counts_as_a_token_and_four_ascii_ones_too() -> None:
    assert count("abcdefgh") == 2
    assert count("観測") == 2
