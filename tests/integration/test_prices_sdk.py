"""What each shape of usage costs, through the real SDK: expected USD are worked out by hand here.

Rates are USD per million tokens, as Anthropic's pricing, data residency and fast mode pages publish them
(the rules in `catalog/prices.py`); input, output, cache read, 5-minute write, 1-hour write:

    claude-sonnet-5-5   2 / 10 / 0.10 / 2.50 / 4        claude-opus-5-5   4 / 20 / 0.20 / 5 / 8
    claude-opus-5       5 / 25 / 0.50                   claude-fable-5-1  10 / 50 / 0.25
    claude-haiku-5-5    0.1 / 0.5 / 0.01 up to 100,000 tokens of prompt, five times that beyond
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Event, Events, JsonObject, Raw, Reply, Usage
from kansoku_demo.messages_server import MessagesServer
from tests.integration.sdk import ASK, Sdk, client_of, close_clients, only_call

BATCH = "msgbatch_prices"


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of usage: who answers, with which usage, and what that costs in USD."""

    name: str
    model: str
    usage: Usage
    usd: float


SHAPES = (
    # 1,000 x 2 + 400 x 10 = 6,000 millionths
    Shape("plain", "claude-sonnet-5-5", Usage(input_tokens=1_000, output_tokens=400), 0.006),
    # 100 x 2 + 10 x 10 + 20,000 x 2.50 = 50,300 millionths: a write for 5 minutes is 1.25x of input
    Shape(
        "written for 5 minutes",
        "claude-sonnet-5-5",
        Usage(input_tokens=100, output_tokens=10, cache_write_5m_tokens=20_000),
        0.0503,
    ),
    # 100 x 2 + 10 x 10 + 20,000 x 4 = 80,300 millionths: a write for an hour is 2x of input
    Shape(
        "written for an hour",
        "claude-sonnet-5-5",
        Usage(input_tokens=100, output_tokens=10, cache_write_1h_tokens=20_000),
        0.0803,
    ),
    # 100 x 2 + 10 x 10 + 20,000 x 2.50 + 10,000 x 4 = 90,300 millionths
    Shape(
        "written for both",
        "claude-sonnet-5-5",
        Usage(input_tokens=100, output_tokens=10, cache_write_5m_tokens=20_000, cache_write_1h_tokens=10_000),
        0.0903,
    ),
    # 100 x 5 + 10 x 25 + 200,000 x 0.50 = 100,750 millionths: 0.1x of input
    Shape(
        "read at 0.1x",
        "claude-opus-5",
        Usage(input_tokens=100, output_tokens=10, cache_read_tokens=200_000),
        0.10075,
    ),
    # 100 x 4 + 10 x 20 + 200,000 x 0.20 = 40,600 millionths: 0.05x of input
    Shape(
        "read at 0.05x",
        "claude-opus-5-5",
        Usage(input_tokens=100, output_tokens=10, cache_read_tokens=200_000),
        0.0406,
    ),
    # 100 x 10 + 10 x 50 + 200,000 x 0.25 = 51,500 millionths: 0.025x of input
    Shape(
        "read at 0.025x",
        "claude-fable-5-1",
        Usage(input_tokens=100, output_tokens=10, cache_read_tokens=200_000),
        0.0515,
    ),
    # 30,000 x 2 + 500 x 10 = 65,000 millionths, and 3 searches of 10 USD a thousand = 0.03
    Shape(
        "web search",
        "claude-sonnet-5-5",
        Usage(input_tokens=30_000, output_tokens=500, web_search_requests=3),
        0.095,
    ),
    # (1,000 x 4 + 400 x 20) x 1.1 = 13,200 millionths, and 2 searches, which the place does not make dearer
    Shape(
        "inference in the US",
        "claude-opus-5-5",
        Usage(input_tokens=1_000, output_tokens=400, web_search_requests=2, inference_geo="us"),
        0.0332,
    ),
    # (1,000 x 1 + 400 x 5) = 3,000 millionths: a model from before Opus 4.6 costs the same in the US
    Shape(
        "an old model in the US",
        "claude-haiku-4-5",
        Usage(input_tokens=1_000, output_tokens=400, inference_geo="us"),
        0.003,
    ),
    # (1,000 x 4 + 400 x 20) x 2 = 24,000 millionths
    Shape("fast mode", "claude-opus-5-5", Usage(input_tokens=1_000, output_tokens=400, speed="fast"), 0.024),
    # 60,000 + 40,000 read = 100,000: 60,000 x 0.1 + 40,000 x 0.01 + 1,000 x 0.5 = 6,900 millionths
    Shape(
        "the longest short prompt",
        "claude-haiku-5-5",
        Usage(input_tokens=60_000, cache_read_tokens=40_000, output_tokens=1_000),
        0.0069,
    ),
    # one token more: 60,001 x 0.5 + 40,000 x 0.05 + 1,000 x 2.5 = 34,500.5 millionths
    Shape(
        "a long prompt",
        "claude-haiku-5-5",
        Usage(input_tokens=60_001, cache_read_tokens=40_000, output_tokens=1_000),
        0.0345005,
    ),
)


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="prices") as server:
        yield server
        close_clients()


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def whole(client: Sdk, model: str) -> None:
    client.messages.create(**{**ASK, "model": model})


def streamed(client: Sdk, model: str) -> None:
    for _ in client.messages.create(**{**ASK, "model": model}, stream=True):
        pass


def helped(client: Sdk, model: str) -> None:
    with client.messages.stream(**{**ASK, "model": model}) as stream:
        stream.until_done()


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("call", [whole, streamed, helped])
def test_a_call_costs_what_its_usage_costs(
    api: MessagesServer, captured: Captured, call: Callable[[Sdk, str], None], shape: Shape
) -> None:
    api.script(Reply(usage=shape.usage))
    call(client_of(api), shape.model)
    cost = only_call(captured).cost
    assert cost.usd == pytest.approx(shape.usd, rel=1e-9)
    assert cost.source.startswith("genai-prices ")
    assert captured.metric("claude_cost_usd", shape.model) == pytest.approx(shape.usd, rel=1e-9)


def ended(api: MessagesServer) -> Raw:
    """The API's answer for a batch that ended."""
    return Raw(
        body=json.dumps(
            {
                "id": BATCH,
                "type": "message_batch",
                "processing_status": "ended",
                "request_counts": {
                    "processing": 0,
                    "succeeded": 1,
                    "errored": 0,
                    "canceled": 0,
                    "expired": 0,
                },
                "created_at": "2026-11-18T10:00:00Z",
                "expires_at": "2026-11-19T10:00:00Z",
                "ended_at": "2026-11-18T11:06:40Z",
                "archived_at": None,
                "cancel_initiated_at": None,
                "results_url": f"{api.base_url}/v1/messages/batches/{BATCH}/results",
            }
        ).encode()
    )


def test_a_batch_costs_half_on_tokens_cached_ones_too_and_all_of_its_searches(
    api: MessagesServer, captured: Captured
) -> None:
    usage = Usage(
        input_tokens=1_000,
        output_tokens=400,
        cache_read_tokens=100_000,
        cache_write_1h_tokens=10_000,
        web_search_requests=2,
        service_tier="batch",
    )
    message = dict(wire.body(Reply(usage=usage), model="claude-sonnet-5-5", message_id="msg_batch"))
    line = {"custom_id": "one", "result": {"type": "succeeded", "message": message}}
    results = Raw(body=json.dumps(line).encode() + b"\n", content_type="application/x-jsonl")
    api.script(ended(api), results)
    assert [each.custom_id for each in client_of(api).messages.batches.results(BATCH)] == ["one"]
    (call,) = (each for each in captured.calls if each.operation == "batch_result")
    # (1,000 x 2 + 400 x 10 + 100,000 x 0.10 + 10,000 x 4) / 2 = 28,000 millionths, and 2 searches = 0.02
    assert call.cost.usd == pytest.approx(0.048, rel=1e-9)


ITERATIONS: list[JsonObject] = [
    {"type": "message", "model": "claude-haiku-5-5", "input_tokens": 1_000, "output_tokens": 400},
    {
        "type": "advisor_message",
        "model": "claude-opus-5-5",
        "input_tokens": 2_000,
        "output_tokens": 300,
        "cache_read_input_tokens": 10_000,
    },
    {"type": "compaction", "input_tokens": 60_000, "output_tokens": 500},
]
# The call: 1,000 x 0.1 + 400 x 0.5 = 300. The advisor, on Opus 5.5: 2,000 x 4 + 300 x 20 + 10,000 x 0.20 =
# 16,000. The compaction, on the call's own model: 60,000 x 0.1 + 500 x 0.5 = 6,250. All: 22,550 millionths.
ITERATIONS_USD = 0.02255
OWN = Reply(usage=Usage(input_tokens=1_000, output_tokens=400))
BETA = {**ASK, "model": "claude-haiku-5-5"}


def test_iterations_cost_the_rates_of_their_own_models(api: MessagesServer, captured: Captured) -> None:
    body = dict(wire.body(OWN, model="claude-haiku-5-5", message_id="msg_iterations"))
    usage = body["usage"]
    assert isinstance(usage, dict)
    body["usage"] = {**usage, "iterations": list(ITERATIONS)}
    api.script(Raw(body=json.dumps(body).encode()))
    client_of(api).beta.messages.create(**BETA)
    assert only_call(captured).cost.usd == pytest.approx(ITERATIONS_USD, rel=1e-9)


def test_iterations_told_in_a_stream_cost_the_same(api: MessagesServer, captured: Captured) -> None:
    *before, _, stop = wire.events(OWN, model="claude-haiku-5-5")
    told: JsonObject = {"input_tokens": 1_000, "output_tokens": 400, "iterations": list(ITERATIONS)}
    delta: JsonObject = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": told}
    api.script(Events(events=(*before, Event("message_delta", delta), stop)))
    for _ in client_of(api).beta.messages.create(**BETA, stream=True):
        pass
    assert only_call(captured).cost.usd == pytest.approx(ITERATIONS_USD, rel=1e-9)
