"""Tokens as the API reports them, cumulative, split and sometimes not at all."""

import pytest

from kansoku.record.usage import merged, usage_of


def test_a_delta_overwrites_what_the_start_said_and_never_adds() -> None:
    start = {"input_tokens": 2_751, "output_tokens": 1, "cache_read_input_tokens": 7}
    delta = {"input_tokens": 320_032, "output_tokens": 522, "cache_read_input_tokens": None}
    usage = usage_of(merged(start, delta))
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (320_032, 522, 7)


def test_output_is_unknown_until_it_was_told() -> None:
    usage = usage_of({"input_tokens": 10, "output_tokens": 1}, output_known=False)
    assert (usage.input_tokens, usage.output_tokens) == (10, None)


def test_cache_writes_are_split_into_five_minutes_and_an_hour() -> None:
    usage = usage_of(
        {
            "input_tokens": 1,
            "cache_read_input_tokens": 4,
            "cache_creation_input_tokens": 300,
            "cache_creation": {"ephemeral_5m_input_tokens": 200, "ephemeral_1h_input_tokens": 100},
        }
    )
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (200, 100)
    assert usage.cache_write_tokens == 300
    assert usage.prompt_tokens == 305


def test_a_stale_split_gives_way_to_the_total() -> None:
    usage = usage_of(
        {
            "cache_creation_input_tokens": 3_337,
            "cache_creation": {"ephemeral_5m_input_tokens": 2_068, "ephemeral_1h_input_tokens": 1_000},
        }
    )
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens) == (2_337, 1_000)


def test_nothing_reported_is_unknown_and_not_zero() -> None:
    usage = usage_of({})
    assert usage.input_tokens is None
    assert usage.cache_write_tokens is None
    assert usage.prompt_tokens is None


def test_values_of_the_wrong_type_count_as_absent() -> None:
    usage = usage_of({"input_tokens": "12", "output_tokens": True, "cache_read_input_tokens": -1})
    assert (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens) == (None, None, None)


def test_iterations_hold_what_the_top_level_leaves_out() -> None:
    usage = usage_of(
        {
            "input_tokens": 10,
            "output_tokens": 5,
            "iterations": [
                {"type": "message", "input_tokens": 10, "output_tokens": 5},
                {
                    "type": "advisor_message",
                    "model": "claude-opus-5-5",
                    "input_tokens": 7,
                    "output_tokens": 3,
                },
            ],
        }
    )
    assert [(each.kind, each.model, each.input_tokens) for each in usage.iterations] == [
        ("advisor_message", "claude-opus-5-5", 7)
    ]


def test_after_a_fallback_the_answer_counts_once_and_what_declined_with_output_beside_it() -> None:
    def iteration(kind: str, model: str, output: int) -> dict[str, object]:
        return {"type": kind, "model": model, "input_tokens": 400, "output_tokens": output}

    usage = usage_of(
        {
            "input_tokens": 412,
            "output_tokens": 264,
            "iterations": [
                iteration("message", "claude-fable-5", 0),
                iteration("message", "claude-opus-5", 30),
                iteration("message", "claude-opus-4-8", 11),
                iteration("fallback_message", "claude-opus-4-8", 264),
            ],
        }
    )
    assert [(each.model, each.output_tokens) for each in usage.iterations] == [("claude-opus-5", 30)]
    assert (usage.input_tokens, usage.output_tokens) == (412, 264)


@pytest.mark.parametrize(
    ("total", "split", "writes"),
    [
        (600, {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200}, (400, 200, 0)),
        (
            600,
            {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200, "ephemeral_24h": 300},
            (400, 200, 300),
        ),
        (600, {"ephemeral_24h": 600}, (600, 0, 600)),
        (None, {"ephemeral_5m_input_tokens": 100, "ephemeral_24h": 300}, (400, 0, 300)),
        (None, {"ephemeral_24h": 300}, (300, 0, 300)),
        (100, {"ephemeral_24h": 300}, (100, 0, 100)),
        (600, {"ephemeral_5m_input_tokens": 600, "ephemeral_24h": 0}, (600, 0, 0)),
    ],
)
def test_writes_for_a_time_that_is_not_known_are_counted_and_told_apart(
    total: int | None, split: dict[str, int], writes: tuple[int, int, int]
) -> None:
    usage = usage_of({"cache_creation_input_tokens": total, "cache_creation": split})
    assert (usage.cache_write_5m_tokens, usage.cache_write_1h_tokens, usage.odd_write_tokens) == writes
