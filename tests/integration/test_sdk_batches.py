"""Batches: each result that is read is one fact, told once, at half price, its ids its own."""

import asyncio
import json
from collections.abc import Callable, Iterator

import anthropic
import pytest

import kansoku
import kansoku.testing
from kansoku.catalog.fields import BATCH_RESULT, CALLS
from kansoku.catalog.indicators import indicator
from kansoku.catalog.outcomes import IS_ANSWER, IS_CHAT
from kansoku.instrument import batches
from kansoku.instrument.batches import Batches
from kansoku.record.batch import place_of
from kansoku.record.facts import Call
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Raw, Reply, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, MODEL, Sdk, async_client_of, client_of, close_clients

BATCH = "msgbatch_01"
ENDED_NS = 1_795_000_000 * 10**9
USED = Usage(
    input_tokens=1_000_000,
    cache_read_tokens=100_000,
    cache_write_5m_tokens=10_000,
    cache_write_1h_tokens=20_000,
    output_tokens=500_000,
    web_search_requests=2,
)
COUNTS = {"processing": 0, "succeeded": 1, "errored": 1, "canceled": 1, "expired": 1}


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="b") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def batch(api: MessagesServer, batch_id: str = BATCH, status: str = "ended") -> Raw:
    """The API's answer for a batch."""
    return Raw(
        body=json.dumps(
            {
                "id": batch_id,
                "type": "message_batch",
                "processing_status": status,
                "request_counts": COUNTS,
                "created_at": "2026-11-18T10:00:00Z",
                "expires_at": "2026-11-19T10:00:00Z",
                "ended_at": "2026-11-18T11:06:40Z" if status == "ended" else None,
                "archived_at": None,
                "cancel_initiated_at": None,
                "results_url": f"{api.base_url}/v1/messages/batches/{batch_id}/results",
            }
        ).encode()
    )


def entry(custom_id: str, **result: object) -> bytes:
    return json.dumps({"custom_id": custom_id, "result": result}).encode() + b"\n"


def succeeded(custom_id: str, model: str = MODEL) -> bytes:
    message = dict(wire.body(Reply(usage=USED), model=model, message_id=f"msg_{custom_id}"))
    return entry(custom_id, type="succeeded", message=message)


ERROR = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}, "request_id": None}
RESULTS = Raw(
    body=succeeded("first")
    + entry("second", type="errored", error=ERROR)
    + entry("third", type="canceled")
    + entry("fourth", type="expired"),
    content_type="application/x-jsonl",
)


def results_of(captured: Captured) -> list[Call]:
    """The results alone, and nothing went wrong."""
    assert captured.metrics["kansoku_internal_errors"] == {}
    return [call for call in captured.calls if call.operation == "batch_result"]


def by_for(client: Sdk) -> list[str]:
    decoder = client.messages.batches.results(BATCH)
    assert type(decoder).__name__ == "JSONLDecoder"
    return [each.custom_id for each in decoder]


def by_next(client: Sdk) -> list[str]:
    decoder = client.messages.batches.results(BATCH)
    found: list[str] = []
    while (each := next(decoder, None)) is not None:
        found.append(each.custom_id)
    return found


def beta(client: Sdk) -> list[str]:
    return [each.custom_id for each in client.beta.messages.batches.results(BATCH)]


def raw_parsed(client: Sdk) -> list[str]:
    raw = client.messages.batches.with_raw_response.results(BATCH)
    return [each.custom_id for each in raw.parse()]


def asynchronously(client: Sdk) -> list[str]:
    async def main() -> list[str]:
        async with client.at() as other:
            decoder = await other.messages.batches.results(BATCH)
            assert type(decoder).__name__ == "AsyncJSONLDecoder"
            return [each.custom_id async for each in decoder]

    return asyncio.run(main())


@pytest.mark.parametrize("read", [by_for, by_next, beta, raw_parsed, asynchronously])
def test_each_result_is_one_fact(
    api: MessagesServer, captured: Captured, read: Callable[[Sdk], list[str]]
) -> None:
    client = client_of(api)
    client.at = lambda: async_client_of(api)
    if read is raw_parsed and not hasattr(client.messages.batches.with_raw_response, "results"):
        pytest.skip(f"anthropic {anthropic.__version__} has no raw results")
    api.script(batch(api), RESULTS)
    assert read(client) == ["first", "second", "third", "fourth"]
    first, second, third, fourth = results_of(captured)
    assert (first.batch_id, first.custom_id, first.response_id) == (BATCH, "first", "msg_first")
    assert (first.outcome, first.stop_reason, first.service_tier) == ("ok", "end_turn", "batch")
    assert (first.usage.input_tokens, first.usage.output_tokens) == (1_000_000, 500_000)
    assert first.started_unix_ns == ENDED_NS
    assert (second.outcome, second.error_type, second.error_message) == (
        "error",
        "invalid_request_error",
        "no",
    )
    assert (third.outcome, third.error_type) == ("cancelled", "")
    assert (fourth.outcome, fourth.error_type) == ("error", "batch_expired")
    for other in (second, third, fourth):
        assert (other.cost.usd, other.cost.unpriced_reason) == (None, "")


def test_a_result_costs_half_of_a_call_and_searches_the_same(api: MessagesServer, captured: Captured) -> None:
    api.script(batch(api), RESULTS, Reply(usage=USED))
    client = client_of(api)
    list(client.messages.batches.results(BATCH))
    client.messages.create(**ASK)
    (result,) = [call for call in results_of(captured) if call.outcome == "ok"]
    (chat,) = [call for call in captured.calls if call.operation == "chat"]
    assert chat.cost.usd is not None
    searches = 2 * 0.01
    assert result.cost.usd == pytest.approx((chat.cost.usd - searches) / 2 + searches)
    assert captured.metric("claude_cost_usd", MODEL) == pytest.approx(chat.cost.usd + (result.cost.usd or 0))


def test_results_count_in_cost_and_tokens_and_not_as_calls(api: MessagesServer, captured: Captured) -> None:
    api.script(batch(api), RESULTS)
    list(client_of(api).messages.batches.results(BATCH))
    (first, *_) = results_of(captured)
    assert captured.metric("claude_tokens", MODEL, "input") == 1_000_000
    assert captured.metric("claude_tokens", MODEL, "output") == 500_000
    assert captured.metric("claude_cost_usd", MODEL) == first.cost.usd
    assert captured.metric("claude_batch_results", MODEL, "ok") == 1
    assert captured.metric("claude_batch_results", "", "error") == 2
    assert captured.metrics["claude_api_calls"] == {}
    assert captured.metrics["claude_api_errors"] == {}
    assert captured.metrics["claude_api_latency_seconds"] == {}
    timed = {labels[0] for labels in captured.metrics["gen_ai_client_operation_duration_seconds"]}
    assert timed == {"other"}


def test_the_indicators_take_results_for_cost_and_tokens_alone() -> None:
    def where(name: str) -> object:
        return getattr(indicator(name).measure, "where", None)

    for name in ("cost_per_request_usd", "cache_hit_rate"):
        assert BATCH_RESULT in getattr(where(name), "values", ())
    assert IS_ANSWER in getattr(where("tokens_per_request"), "conditions", ())
    assert BATCH_RESULT in IS_ANSWER.values
    for name in ("latency_p50", "latency_p95", "latency_p99", "ttft_p95"):
        assert IS_CHAT in getattr(where(name), "conditions", ())
    assert CALLS.field("batch_id").name == "batch_id"


def test_results_read_again_are_told_once(api: MessagesServer, captured: Captured) -> None:
    client = client_of(api)
    for _ in range(2):
        api.script(batch(api), RESULTS)
        list(client.messages.batches.results(BATCH))
    api.script(batch(api, "msgbatch_02"), RESULTS)
    list(client.messages.batches.results("msgbatch_02"))
    assert [call.batch_id for call in results_of(captured)] == [BATCH] * 4 + ["msgbatch_02"] * 4


def test_another_process_derives_the_same_ids(api: MessagesServer) -> None:
    places: list[list[object]] = []
    for _ in range(2):
        with kansoku.testing.capture() as captured:
            api.script(batch(api), RESULTS)
            list(client_of(api).messages.batches.results(BATCH))
            places.append([call.place for call in results_of(captured)])
            assert all(call.started_unix_ns == ENDED_NS for call in results_of(captured))
    assert (
        places[0] == places[1] == [place_of(BATCH, name) for name in ("first", "second", "third", "fourth")]
    )
    assert len({place.span_id for place in map(place_of, "aabb", "abab")}) == 4


def test_results_left_early_are_those_that_were_read(api: MessagesServer, captured: Captured) -> None:
    api.script(batch(api), RESULTS)
    decoder = client_of(api).messages.batches.results(BATCH)
    assert next(decoder).custom_id == "first"
    decoder.close()
    assert [call.custom_id for call in results_of(captured)] == ["first"]


def test_results_belong_to_the_task_that_reads_them(api: MessagesServer, captured: Captured) -> None:
    api.script(batch(api), RESULTS)
    with kansoku.task("nightly", feature="digest"):
        decoder = client_of(api).messages.batches.results(BATCH)
    list(decoder)
    assert {call.around.feature for call in results_of(captured)} == {"digest"}


def test_custom_ids_are_redacted(api: MessagesServer, captured: Captured) -> None:
    api.script(batch(api), Raw(body=succeeded("taro@example.co.jp"), content_type="application/x-jsonl"))
    list(client_of(api).messages.batches.results(BATCH))
    assert [call.custom_id for call in results_of(captured)] == ["<EMAIL>"]
    assert "taro" not in str(captured.logs) + str([span.attributes for span in captured.spans])


def test_what_else_is_done_with_batches_is_an_operation_of_its_own(
    api: MessagesServer, captured: Captured
) -> None:
    api.script(
        batch(api),
        batch(api),
        Raw(body=b'{"data": [], "has_more": false, "first_id": null, "last_id": null}'),
        batch(api),
        Raw(body=b'{"id": "msgbatch_01", "type": "message_batch_deleted"}'),
    )
    all_of = client_of(api).messages.batches
    all_of.create(requests=[{"custom_id": "first", "params": ASK}])
    all_of.retrieve(BATCH)
    all_of.list()
    all_of.cancel(BATCH)
    all_of.delete(BATCH)
    calls = captured.calls
    assert {(call.operation, call.outcome, call.cost.usd) for call in calls} == {("other", "ok", None)}
    assert [call.route.split("{")[0] for call in calls] == [
        "POST /v1/messages/batches",
        "GET /v1/messages/batches/",
        "GET /v1/messages/batches",
        "POST /v1/messages/batches/",
        "DELETE /v1/messages/batches/",
    ]
    assert BATCH not in str([span.name for span in captured.spans]) + str(captured.metrics)


def test_the_memory_of_results_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ENTRIES_KEPT", 3)
    known = Batches()
    assert all(known.is_new(number) for number in range(5))
    assert [known.is_new(number) for number in (4, 3, 2)] == [False] * 3
    assert known.is_new(0)


def test_a_result_that_cannot_be_read_costs_itself_alone(api: MessagesServer, captured: Captured) -> None:
    odd = b'{"custom_id": 7, "result": "what"}\n[]\n' + succeeded("first")
    api.script(batch(api), Raw(body=odd, content_type="application/x-jsonl"))
    assert len(list(client_of(api).messages.batches.results(BATCH))) == 3
    assert [call.outcome for call in captured.calls if call.custom_id == "first"] == ["ok"]
