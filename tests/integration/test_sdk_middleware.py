"""Middleware of the SDK that asks again: what the answers are billed that the application never sees."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anthropic
import httpx2
import pytest

import kansoku.testing
from kansoku.price.book import PriceBook
from kansoku.price.usage import Usage
from kansoku.testing import Captured
from tests.integration.sdk import ASK, Sdk, only_call

middleware: Any = pytest.importorskip("anthropic.lib.middleware", reason="this SDK has no middleware")

FIRST, SECOND, THIRD = "claude-opus-4-8", "claude-sonnet-4-6", "claude-haiku-4-5"
BILLED = {FIRST: (1_000, 40), SECOND: (2_000, 50), THIRD: (3_000, 60)}


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def usage(model: str, output: int | None = None) -> dict[str, object]:
    asked, written = BILLED[model]
    return {"input_tokens": asked, "output_tokens": written if output is None else output}


def refusal() -> dict[str, object]:
    details = {"type": "refusal", "category": "cyber", "fallback_credit_token": "t", "explanation": None}
    return {"stop_reason": "refusal", "stop_sequence": None, "stop_details": details}


def answer(model: str, *, refuses: bool, output: int | None = None) -> dict[str, object]:
    ending = refusal() if refuses else {"stop_reason": "end_turn", "stop_sequence": None}
    said = [] if output == 0 else [{"type": "text", "text": "So"}]
    head = {"id": f"msg_{model}", "type": "message", "role": "assistant", "model": model}
    return {**head, "content": said, **ending, "usage": usage(model, output)}


def events(message: dict[str, Any]) -> bytes:
    """The message as a stream."""
    start: dict[str, Any] = {
        **message,
        "content": [],
        "stop_reason": None,
        "usage": {**message["usage"], "output_tokens": 1},
    }
    ending = {name: message[name] for name in ("stop_reason", "stop_details") if name in message}
    told: list[dict[str, Any]] = [{"type": "message_start", "message": start}]
    for block in message["content"]:
        delta = {"type": "text_delta", "text": block["text"]}
        told += [
            {"type": "content_block_start", "index": 0, "content_block": {**block, "text": ""}},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
        ]
    told += [
        {"type": "message_delta", "delta": ending, "usage": message["usage"]},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in told).encode()


class _Chunks(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that comes in pieces, and is read once."""

    def __init__(self, data: bytes) -> None:
        self._pieces = iter([data[at : at + 100] for at in range(0, len(data), 100)])

    def __iter__(self) -> Iterator[bytes]:
        yield from self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def api(output: int | None = None, refusing: tuple[str, ...] = (FIRST,)) -> Callable[[httpx2.Request], Any]:
    """An API some of whose models refuse, after so much output."""

    def answered(request: httpx2.Request) -> httpx2.Response:
        asked = json.loads(request.content)
        refuses = asked["model"] in refusing
        message = answer(asked["model"], refuses=refuses, output=output if refuses else None)
        if asked.get("stream"):
            kind = {"content-type": "text/event-stream"}
            return httpx2.Response(200, headers=kind, content=events(message))
        return httpx2.Response(200, json=message)

    return answered


def fallbacks() -> Sdk:
    return middleware.BetaRefusalFallbackMiddleware([{"model": SECOND}, {"model": THIRD}])


def ask(served: Callable[[httpx2.Request], Any], *, stream: bool = False, entry: Sdk = None) -> Sdk:
    """What a client with middleware gets."""
    with httpx2.Client(transport=httpx2.MockTransport(served)) as http:
        client: Sdk = anthropic.Anthropic(
            base_url="http://api.local", api_key="k", http_client=http, middleware=[entry or fallbacks()]
        )
        asked = {**ASK, "model": FIRST}
        if not stream:
            return client.beta.messages.create(**asked)
        return list(client.beta.messages.create(**asked, stream=True))


def ask_async(served: Callable[[httpx2.Request], Any], *, stream: bool = False) -> Sdk:
    async def main() -> Sdk:
        http: Sdk = httpx2.AsyncClient(transport=httpx2.MockTransport(served))
        client: Sdk = anthropic.AsyncAnthropic(
            base_url="http://api.local", api_key="k", http_client=http, middleware=[fallbacks()]
        )
        asked = {**ASK, "model": FIRST}
        async with client:
            if not stream:
                return await client.beta.messages.create(**asked)
            return [event async for event in await client.beta.messages.create(**asked, stream=True)]

    return asyncio.run(main())


def price(model: str) -> float:
    asked, written = BILLED[model]
    cost = PriceBook().cost(
        Usage(input_tokens=asked, output_tokens=written),
        provider="anthropic",
        model=model,
        started_unix_ns=1_795_000_000 * 10**9,
    )
    assert cost.usd is not None
    return cost.usd


def assert_billed(captured: Captured, *models: str) -> None:
    """The last model answered; the others declined, and were billed beside it."""
    *declined, served = models
    call = only_call(captured)
    assert (call.outcome, call.request_model, call.response_model) == ("ok", FIRST, served)
    assert (call.usage.input_tokens, call.usage.output_tokens) == BILLED[served]
    assert [(each.model, each.input_tokens, each.output_tokens) for each in call.usage.iterations] == [
        (model, *BILLED[model]) for model in declined
    ]
    assert call.cost.usd == pytest.approx(sum(map(price, models)))


@pytest.mark.parametrize("way", [ask, ask_async])
def test_a_model_that_declined_after_it_wrote_is_billed_beside_the_one_that_answered(
    captured: Captured, way: Callable[..., Sdk]
) -> None:
    assert way(api()).model == SECOND
    assert_billed(captured, FIRST, SECOND)
    assert captured.calls[0].attempt_statuses == ("200", "200")


def test_every_model_that_declined_is_billed(captured: Captured) -> None:
    assert ask(api(refusing=(FIRST, SECOND))).model == THIRD
    assert_billed(captured, FIRST, SECOND, THIRD)


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_declined_before_it_wrote_is_not_billed(captured: Captured, stream: bool) -> None:
    ask(api(output=0), stream=stream)
    assert_billed(captured, SECOND)


@pytest.mark.parametrize("refusing", [(FIRST,), (FIRST, SECOND)])
def test_a_stream_is_that_of_the_model_that_answered_and_the_others_are_billed(
    captured: Captured, refusing: tuple[str, ...]
) -> None:
    assert ask(api(refusing=refusing), stream=True)[-1].type == "message_stop"
    assert_billed(captured, *refusing, {1: SECOND, 2: THIRD}[len(refusing)])


def test_an_answer_that_the_applications_own_middleware_passed_over_is_billed(captured: Captured) -> None:
    def twice(request: Sdk, call_next: Callable[[Sdk], Sdk]) -> Sdk:
        call_next(request)
        return call_next(request)

    ask(api(refusing=()), entry=twice)
    call = only_call(captured)
    assert [(each.model, each.output_tokens) for each in call.usage.iterations] == [(FIRST, 40)]
    assert call.cost.usd == pytest.approx(2 * price(FIRST))


def test_web_searches_of_an_answer_that_was_passed_over_are_billed(captured: Captured) -> None:
    served = api()

    def searched(request: httpx2.Request) -> httpx2.Response:
        if json.loads(request.content)["model"] != FIRST:
            return served(request)
        message = answer(FIRST, refuses=True)
        message["usage"] = {**usage(FIRST), "server_tool_use": {"web_search_requests": 3}}
        return httpx2.Response(200, json=message)

    ask(searched)
    call = only_call(captured)
    assert [(each.model, each.web_search_requests) for each in call.usage.iterations] == [(FIRST, 3)]
    assert call.cost.usd == pytest.approx(price(FIRST) + price(SECOND) + 0.03)


@pytest.mark.parametrize("refusing", [(FIRST,), (FIRST, SECOND)])
@pytest.mark.parametrize("is_async", [False, True])
def test_web_searches_of_streams_that_were_passed_over_are_billed(
    captured: Captured, refusing: tuple[str, ...], is_async: bool
) -> None:
    def searched(request: httpx2.Request) -> httpx2.Response:
        model = json.loads(request.content)["model"]
        message = answer(model, refuses=model in refusing)
        message["usage"] = {**usage(model), "server_tool_use": {"web_search_requests": 3}}
        read = _Chunks(events(message))
        return httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=read)

    (ask_async if is_async else ask)(searched, stream=True)
    call = only_call(captured)
    models = [*refusing, {1: SECOND, 2: THIRD}[len(refusing)]]
    assert [(each.model, each.web_search_requests) for each in call.usage.iterations] == [
        (model, 3) for model in refusing
    ]
    assert call.usage.web_search_requests == 3
    assert call.cost.usd == pytest.approx(sum(map(price, models)) + 0.03 * len(models))
    assert call.attempt_statuses == ("200",) * len(models)


def test_a_stream_that_the_applications_own_middleware_passed_over_is_billed(captured: Captured) -> None:
    def twice(request: Sdk, call_next: Callable[[Sdk], Sdk]) -> Sdk:
        call_next(request).http_response.read()
        return call_next(request)

    ask(api(refusing=()), entry=twice, stream=True)
    call = only_call(captured)
    assert [(each.model, each.output_tokens) for each in call.usage.iterations] == [(FIRST, 40)]
    assert call.cost.usd == pytest.approx(2 * price(FIRST))


def test_attempts_that_failed_bill_nothing(captured: Captured) -> None:
    failed = [
        httpx2.Response(529, json={"type": "error", "error": {"type": "overloaded_error", "message": ""}})
    ]
    served = api(refusing=())

    def once(request: httpx2.Request) -> httpx2.Response:
        return failed.pop() if failed else served(request)

    ask(once)
    assert_billed(captured, FIRST)
    assert captured.calls[0].attempt_statuses == ("529", "200")


def test_what_was_billed_before_the_last_request_failed_is_the_failed_calls_cost(captured: Captured) -> None:
    served = api()

    def failing(request: httpx2.Request) -> httpx2.Response:
        told = {"type": "error", "error": {"type": "invalid_request_error", "message": "no"}}
        is_first = json.loads(request.content)["model"] == FIRST
        return served(request) if is_first else httpx2.Response(400, json=told)

    with pytest.raises(anthropic.BadRequestError):
        ask(failing)
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", "invalid_request_error")
    assert (call.usage.input_tokens, call.usage.output_tokens) == (None, None)
    assert call.cost.usd == pytest.approx(price(FIRST))
