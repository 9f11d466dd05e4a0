"""Metric cells, and what each fact adds to them."""

import threading
import tracemalloc
from collections.abc import Callable
from typing import cast, get_args

import pytest

from kansoku.catalog import emitters, losses
from kansoku.catalog import instruments as i
from kansoku.catalog.outcomes import Outcome
from kansoku.catalog.vocabularies import PROVIDERS, WORDS
from kansoku.emit.cells import Cells, Histogram, Number, State, folded, summed
from kansoku.emit.guard import Guard
from kansoku.emit.identity import Identity
from kansoku.emit.measurements import Measurements
from kansoku.emit.otlp_metrics import MetricsReader, named, since
from kansoku.emit.room import Room
from kansoku.record.facts import Call, Cost, Fact, Place, Usage
from kansoku.record.limits import Headroom


def cells(max_series: int = 2_000) -> Cells:
    return Cells(i.INSTRUMENTS, max_series)


def measure(fact: Fact, these: Cells) -> None:
    Measurements(these).fact(fact)


def call(**known: object) -> Call:
    told: dict[str, object] = {
        "place": Place(1, 2),
        "started_unix_ns": 1,
        "duration_s": 1.0,
        "operation": "chat",
        "provider": "anthropic",
        "request_model": "asked",
        "response_model": "answered",
        "outcome": "ok",
    }
    return Call(**{**told, **known})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_value_equal_to_a_bound_lies_below_it() -> None:
    these = cells()
    for value in (0.1, 0.100001, 600.0, 601.0):
        these.observe(i.API_LATENCY, value, "m")
    found = dict(these.snapshot())[i.API_LATENCY]
    histogram = dict(found)[("m",)]
    assert isinstance(histogram, Histogram)
    assert (histogram.counts[0], histogram.counts[1], histogram.counts[-2:]) == (1, 1, [1, 1])
    assert (histogram.count, histogram.low, histogram.high) == (4, 0.1, 601.0)


def test_label_combinations_are_bounded_and_the_rest_is_counted() -> None:
    these = cells(max_series=20)
    for number in range(25):
        these.add(i.TASKS, 1, f"t{number}", "completed")
    assert these.value(i.TASKS, "other", "completed") == 5
    assert these.value(i.TASKS, "t0", "completed") == 1
    assert these.value(i.DROPPED, "metrics", "cardinality") == 5


def test_what_is_over_the_limit_keeps_how_it_ended() -> None:
    these = cells(max_series=4)
    measurements = Measurements(these)
    for number in range(20):
        failed = number % 4 == 0
        measurements.fact(
            call(
                response_model=f"m{number}",
                request_model=f"m{number}",
                outcome="error" if failed else "ok",
                error_type="overloaded_error" if failed else "",
                usage=Usage(input_tokens=3, output_tokens=1, cache_read_tokens=1),
            )
        )
    by_outcome = {"ok": 0.0, "error": 0.0}
    for (_, status), count in these.of(i.API_CALLS):
        by_outcome[status] = by_outcome.get(status, 0) + count
    assert by_outcome == {"ok": 15, "error": 5, "cancelled": 0, "aborted": 0}
    assert these.value(i.API_ERRORS, "other", "overloaded_error") == 1
    assert these.value(i.GEN_AI_TOKENS, "chat", "anthropic", "other", "input") > 0
    assert these.value(i.CACHE_HIT_RATE) == 0.25, "the hit rate sees tokens of every model"
    assert len(these.of(i.API_CALLS)) <= 4 + len(get_args(Outcome))


def test_a_word_that_is_not_known_is_a_name_and_no_word_of_ours_is_unknown() -> None:
    assert folded(i.API_ERRORS, ("m", "an_error_from_a_gateway")) == ("other", "other")
    assert folded(i.GEN_AI_DURATION, ("chat", "aws.bedrock", "m", "")) == ("chat", "aws.bedrock", "other", "")
    assert folded(i.API_ATTEMPTS, ("m", "503")) == ("other", "503")
    assert named(i.API_CALLS, ("other", "error")) == {
        "model": "other",
        "status": "error",
        "otel.metric.overflow": True,
    }
    assert named(i.API_CALLS, ("m", "error")) == {"model": "m", "status": "error"}
    assert set(PROVIDERS) == {ours for _, ours in emitters.PROVIDERS}
    labels = {name for instrument in i.INSTRUMENTS for name in instrument.labels}
    assert set(WORDS) <= labels, "no vocabulary is of a label that nothing has"


def test_a_series_takes_no_more_memory_than_is_said() -> None:
    for instrument, buckets, limit in ((i.COST, (1.0,), 0.5), (i.API_LATENCY, i.API_LATENCY.buckets, 3.6)):
        these = cells()
        tracemalloc.start()
        before = tracemalloc.get_traced_memory()[0]
        for number in range(2_000):
            for bound in buckets:
                at = (1 << 127) + number, (1 << 63) + number, 1_795_527_562_193_038_000 + number
                these.apply(
                    ((instrument, bound * (1 - number * 1e-6), (f"claude-model-number-{number}",)),), at
                )
        taken = tracemalloc.get_traced_memory()[0] - before
        tracemalloc.stop()
        assert limit / 2 < taken / 2_000 / 1_000 < limit


def test_the_sum_of_several_processes_has_the_exemplar_of_the_latest_call() -> None:
    states: list[State] = []
    for at in (3, 9, 5):
        these = cells()
        these.apply(((i.COST, 1.0, ("m",)), (i.API_LATENCY, 0.3, ("m",))), (at, at, at))
        states.append(these.state())
    total = summed(states)
    cost, latency = total[i.COST]["m",], total[i.API_LATENCY]["m",]
    assert cost == Number(3.0, (1.0, 9, 9, 9))
    assert isinstance(latency, Histogram)
    assert list(latency.exemplars.values()) == [(0.3, 9, 9, 9)]


def test_a_delta_has_the_exemplars_of_its_own_interval_only() -> None:
    these = cells()
    these.apply(((i.API_LATENCY, 0.3, ("m",)),), (1, 1, 1))
    base = these.state()
    these.apply(((i.API_LATENCY, 500.0, ("m",)),), (2, 2, 2))
    added = since(base, these.state())[i.API_LATENCY]["m",]
    assert isinstance(added, Histogram)
    assert (added.count, list(added.exemplars.values())) == (1, [(500.0, 2, 2, 2)])


def test_threads_lose_nothing() -> None:
    these = cells()

    def add() -> None:
        for _ in range(2_000):
            these.add(i.TASKS, 1, "t", "completed")

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert these.value(i.TASKS, "t", "completed") == 8_000


def test_a_snapshot_does_not_move_with_the_cells() -> None:
    these = cells()
    these.observe(i.API_LATENCY, 1, "m")
    before = dict(these.snapshot())[i.API_LATENCY]
    these.observe(i.API_LATENCY, 1, "m")
    histogram = before[0][1]
    assert isinstance(histogram, Histogram)
    assert histogram.count == 1


def test_calls_are_counted_under_the_model_that_answered_else_the_one_asked() -> None:
    these = cells()
    measure(call(), these)
    measure(call(response_model="", outcome="error", error_type="api_error"), these)
    assert these.value(i.API_CALLS, "answered", "ok") == 1
    assert these.value(i.API_CALLS, "asked", "error") == 1
    assert these.value(i.API_ERRORS, "asked", "api_error") == 1


@pytest.mark.parametrize("outcome", ["cancelled", "aborted"])
def test_a_call_that_the_application_stopped_is_neither_error_nor_latency(outcome: str) -> None:
    these = cells()
    measure(call(outcome=outcome), these)
    assert these.value(i.API_CALLS, "answered", outcome) == 1
    assert these.value(i.API_LATENCY, "answered") == 0
    assert dict(these.snapshot())[i.API_ERRORS] == []


@pytest.mark.parametrize(("outcome", "timed"), [("ok", 1), ("error", 0), ("cancelled", 0), ("aborted", 0)])
def test_the_first_chunk_is_timed_of_answered_calls_as_the_indicator_reads_it(
    outcome: str, timed: int
) -> None:
    these = cells()
    measure(call(outcome=outcome, ttft_s=0.4), these)
    assert these.value(i.TTFT, "answered") == timed


def test_failed_attempts_stand_at_zero_before_the_first_of_them() -> None:
    these = cells()
    Measurements(these).expect("m")
    at_zero = {labels[1] for labels, _ in dict(these.snapshot())[i.API_ATTEMPTS]}
    assert {"200", "429", "500", "529"} <= at_zero
    assert these.value(i.API_ATTEMPTS, "m", "529") == 0


def test_what_an_alert_waits_for_stands_at_zero_before_the_first_of_it() -> None:
    these = cells()
    Measurements(these).expect("m")
    found = {instrument: {labels for labels, _ in family} for instrument, family in these.snapshot()}
    assert {("m", "refusal"), ("m", "max_tokens")} <= found[i.STOP_REASONS]
    assert ("m", "unknown model") in found[i.UNPRICED_CALLS]
    assert all(found[each] == {("m",)} for each in (i.COST, i.CACHE_SAVED, i.CACHE_PREMIUM))
    assert found[i.EVALUATIONS] == {("hallucination", "hallucinated")}


def test_the_tightest_limit_is_counted_of_every_call_that_was_told_one() -> None:
    these = cells()
    near = (Headroom("requests", 90, 100), Headroom("tokens", 5, 100))
    measure(call(headroom=near), these)
    measure(call(outcome="error", error_type="rate_limit_error", headroom=near[:1]), these)
    measure(call(), these)
    ((labels, cell),) = dict(these.snapshot())[i.HEADROOM]
    assert labels == ("answered",)
    assert isinstance(cell, Histogram)
    assert (cell.count, cell.sum) == (2, pytest.approx(0.95))


@pytest.mark.parametrize(("outcome", "counted"), [("ok", 1), ("error", 0), ("aborted", 0)])
def test_why_the_model_stopped_is_counted_of_answers(outcome: str, counted: int) -> None:
    these = cells()
    measure(call(outcome=outcome, stop_reason="refusal"), these)
    assert these.value(i.STOP_REASONS, "answered", "refusal") == counted


def test_unknown_tokens_and_prices_add_nothing() -> None:
    these = cells()
    measure(call(usage=Usage(input_tokens=5), cost=Cost(unpriced_reason="tokens unknown")), these)
    assert these.value(i.TOKENS, "answered", "input") == 5
    assert these.value(i.TOKENS, "answered", "output") == 0
    assert these.value(i.COST, "answered") == 0
    assert these.value(i.UNPRICED_CALLS, "answered", "tokens unknown") == 1
    assert these.value(i.GEN_AI_TOKENS, "chat", "anthropic", "asked", "output") == 0


def test_the_hit_rate_is_of_all_tokens_and_not_a_mean_of_rates() -> None:
    these = cells()
    measure(call(usage=Usage(input_tokens=0, cache_read_tokens=900, output_tokens=1)), these)
    measure(call(usage=Usage(input_tokens=100, output_tokens=1)), these)
    assert these.value(i.CACHE_HIT_RATE) == 0.9


def test_other_operations_are_in_the_conventions_metrics_only() -> None:
    these = cells()
    measure(call(operation="count_tokens"), these)
    assert dict(these.snapshot())[i.API_CALLS] == []
    assert these.value(i.GEN_AI_DURATION, "count_tokens", "anthropic", "asked", "") == 1


def test_otlp_leaves_out_empty_labels_and_empty_instruments() -> None:
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope

    these = cells()
    measure(call(), these)
    who = Identity("t", Resource({}), InstrumentationScope("t"))
    data = MetricsReader(these, "cumulative", 1).read(who, 2)
    metrics = {each.name: each for each in data.resource_metrics[0].scope_metrics[0].metrics}
    assert "claude_tasks" not in metrics
    (point,) = metrics["gen_ai.client.operation.duration"].data.data_points
    assert "error.type" not in (point.attributes or {})
    assert (point.start_time_unix_nano, point.time_unix_nano) == (1, 2)


def test_of_several_workers_one_that_is_not_instrumented_shows_and_streams_add_up() -> None:
    whole, broken = cells(), cells()
    whole.put(i.INSTRUMENTED, 1)
    broken.put(i.INSTRUMENTED, 0)
    whole.add(i.ACTIVE_STREAMS, 2)
    broken.add(i.ACTIVE_STREAMS, 3)
    total = summed([whole.state(), broken.state()])
    assert total[i.INSTRUMENTED][()] == Number(0)
    assert total[i.ACTIVE_STREAMS][()] == Number(5)


def test_a_forked_child_counts_from_zero_and_is_still_instrumented() -> None:
    these = cells()
    these.put(i.INSTRUMENTED, 1)
    these.add(i.ACTIVE_STREAMS, 2)
    these.forked()
    assert (these.value(i.INSTRUMENTED), these.value(i.ACTIVE_STREAMS)) == (1, 0)


def test_a_forked_child_counts_its_own_calls_in_cells_that_the_parent_had_found() -> None:
    these = cells()
    measurements = Measurements(these)
    for place in (1, 2):
        measurements.fact(call(place=Place(place, place), cost=Cost(0.5, "t")))
    these.forked()
    forked = these.state()
    measurements.fact(call(place=Place(3, 3), cost=Cost(0.25, "t")))
    assert forked[i.COST]["answered",] == Number(0.0)
    latency = forked[i.API_LATENCY]["answered",]
    assert latency == Histogram([0] * 12)
    assert these.value(i.API_CALLS, "answered", "ok") == 1
    assert these.state()[i.COST]["answered",] == Number(0.25, (0.25, 3, 3, 1_000_000_001))


def test_calls_alike_past_the_limit_are_each_counted_as_other_and_as_folded() -> None:
    these = cells(max_series=2)
    measurements = Measurements(these)
    for model in ("a", "b", "a", "b"):
        for status in ("200", "529"):
            measurements.fact(call(request_model=model, response_model=model, attempt_statuses=(status,)))
    before = these.value(i.DROPPED, "metrics", "cardinality")
    alone = cells(max_series=2)
    for model in ("a", "b", "a", "b"):
        for status in ("200", "529"):
            Measurements(alone).fact(
                call(request_model=model, response_model=model, attempt_statuses=(status,))
            )
    assert before == alone.value(i.DROPPED, "metrics", "cardinality") > 0
    assert these.state() == alone.state()


def test_what_a_call_did_not_tell_moves_nothing_when_calls_of_the_same_words_did() -> None:
    these = cells()
    measurements = Measurements(these)
    told = {"usage": Usage(input_tokens=3, output_tokens=5, cache_read_tokens=7), "ttft_s": 0.5}
    for known in (told, {}, {"usage": Usage(input_tokens=0, output_tokens=None)}):
        measurements.fact(call(**known))
    assert [these.value(i.TOKENS, "answered", kind) for kind in ("input", "output", "cache_read")] == [
        3,
        5,
        7,
    ]
    assert these.value(i.TTFT, "answered") == 1
    assert these.value(i.GEN_AI_TOKENS, "chat", "anthropic", "asked", "input") == 2
    assert these.value(i.GEN_AI_TOKENS, "chat", "anthropic", "asked", "output") == 1
    assert these.value(i.API_CALLS, "answered", "ok") == 3


def ended(act: Callable[[], object]) -> bool:
    """Whether it ends, rather than waiting for itself."""
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    thread.join(10)
    return not thread.is_alive()


def test_what_the_collector_ends_inside_of_a_lock_does_not_wait_for_it() -> None:
    these, room, guard = cells(), Room(), Guard()

    class Ending(str):
        """A text that, when it is looked for, ends a stream, as the collector may at any moment."""

        __slots__ = ()

        def __hash__(self) -> int:
            these.add(i.ACTIVE_STREAMS, -1)
            room.give(0)
            guard.count("end")
            return super().__hash__()

    class Size(int):
        def __radd__(self, other: int) -> int:
            return other + int(self) + 0 * room.take(1)

    assert ended(lambda: these.add(i.INTERNAL_ERRORS, 1, Ending("a")))
    assert ended(lambda: guard.count(cast("losses.Place", Ending("begin"))))
    assert ended(lambda: room.take(Size(5)))
    assert these.value(i.INTERNAL_ERRORS, "a") == 1
    assert these.value(i.ACTIVE_STREAMS) < 0
    assert guard.faults["begin"] == 1
    assert room.taken >= 5
