"""Clients of the application's own kinds: without a hash, or equal to each other."""

import asyncio

import anthropic
import httpx2
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

import kansoku.testing
from kansoku.instrument.assembly import Spans
from kansoku_demo import wire
from kansoku_demo.answers import Reply
from tests.integration.sdk import ASK, MODEL, Sdk, needs_spans


class Equal:  # noqa: PLW1641  that is the point
    """What is equal to all of its kind has no hash."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Equal)


class Kind(type):  # noqa: PLW1641
    """A kind of classes that have no hash either."""

    def __eq__(cls, other: object) -> bool:
        return isinstance(other, Kind)


class Client(Equal, anthropic.Anthropic):
    pass


class AsyncClient(Equal, anthropic.AsyncAnthropic):
    pass


class OddClient(Equal, anthropic.Anthropic, metaclass=Kind):
    pass


class Http(Equal, httpx2.Client):
    pass


class AsyncHttp(Equal, httpx2.AsyncClient):
    pass


def answer(_: httpx2.Request) -> httpx2.Response:
    return httpx2.Response(200, json=wire.body(Reply(), model=MODEL, message_id="msg_1"))


def ask(kind: Sdk) -> None:
    """A call by each of two equal clients, each with an HTTP client of its own, which are equal too."""
    for _ in range(2):
        with Http(transport=httpx2.MockTransport(answer)) as http:
            kind(base_url="http://api.local", api_key="local", http_client=http).messages.create(**ASK)


def ask_asynchronously() -> None:
    async def main() -> None:
        for _ in range(2):
            http: Sdk = AsyncHttp(transport=httpx2.MockTransport(answer))
            async with AsyncClient(base_url="http://api.local", api_key="local", http_client=http) as client:
                await client.messages.create(**ASK)

    asyncio.run(main())


@pytest.fixture
def tracing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK makes spans of its own."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", TracerProvider())


@needs_spans
@pytest.mark.usefixtures("tracing")
@pytest.mark.parametrize("spans", ["kansoku", "native"])
@pytest.mark.parametrize("kind", [Client, OddClient, None])
def test_a_client_without_a_hash_is_recorded_like_any_other(kind: Sdk, spans: Spans) -> None:
    with kansoku.testing.capture(spans=spans) as captured:
        if kind is None:
            ask_asynchronously()
        else:
            ask(kind)
        assert captured.metrics["kansoku_internal_errors"] == {}
        assert [(call.outcome, call.provider, call.attempts) for call in captured.calls] == [
            ("ok", "anthropic", 1)
        ] * 2
        assert len(captured.spans) == (2 if spans == "kansoku" else 0)


@needs_spans
@pytest.mark.usefixtures("tracing")
def test_clients_that_are_equal_get_their_own_tracers_back() -> None:
    clients: list[Sdk] = []
    for _ in range(2):
        http = Http(transport=httpx2.MockTransport(answer))
        clients.append(Client(base_url="http://api.local", api_key="local", http_client=http))
    before = [client._lazy_tracer for client in clients]
    assert None not in before
    with kansoku.testing.capture():
        for client in clients:
            client.messages.create(**ASK)
        assert [client._lazy_tracer for client in clients] == [None, None]
    assert [client._lazy_tracer for client in clients] == before
