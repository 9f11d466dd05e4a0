"""Event hooks that the application gave its HTTP client: what they send and raise is no part of a call."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import anthropic
import httpx2
import pytest

import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Reply
from tests.integration.sdk import ASK, MODEL, Sdk, only_call

Hooks = dict[str, list[Callable[..., Any]]]
Answers = Callable[[httpx2.Request], httpx2.Response]


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def message() -> httpx2.Response:
    return httpx2.Response(200, json=wire.body(Reply(), model=MODEL, message_id="msg_1"))


def answer(request: httpx2.Request) -> httpx2.Response:
    """The Messages API, and beside it a place where hooks send to."""
    return message() if request.url.path == "/v1/messages" else httpx2.Response(202)


def ask(hooks: Hooks, answers: Answers = answer, **options: Any) -> None:  # noqa: ANN401
    """A call by a client whose HTTP client has the hooks."""
    with httpx2.Client(transport=httpx2.MockTransport(answers), event_hooks=hooks, **options) as http:
        client = anthropic.Anthropic(base_url="http://api.local", api_key="local", http_client=http)
        client.messages.create(**ASK)


def ask_async(hooks: Hooks) -> None:
    """The same by an async one."""

    async def main() -> None:
        http: Sdk = httpx2.AsyncClient(transport=httpx2.MockTransport(answer), event_hooks=hooks)
        async with anthropic.AsyncAnthropic(
            base_url="http://api.local", api_key="local", http_client=http, max_retries=0
        ) as client:
            await client.messages.create(**ASK)

    asyncio.run(main())


@pytest.mark.parametrize("when", ["request", "response"])
def test_what_a_hook_sends_by_the_same_client_is_no_attempt(captured: Captured, when: str) -> None:
    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:

        def audit(told: httpx2.Request | httpx2.Response) -> None:
            if told.headers.get("x-audit") is None and "audit" not in str(getattr(told, "url", "")):
                http.post("http://audit.local/audit")

        http.event_hooks = {"request": [], "response": [], when: [audit]}
        client = anthropic.Anthropic(base_url="http://api.local", api_key="local", http_client=http)
        client.messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.attempts, call.attempt_statuses) == ("ok", 1, ("200",))


def test_what_a_hook_sends_beside_the_call_is_no_attempt(captured: Captured) -> None:
    async def main() -> None:
        http: Sdk = httpx2.AsyncClient(transport=httpx2.MockTransport(answer))
        beside: list[asyncio.Task[Any]] = []

        async def audit(request: httpx2.Request) -> None:
            if request.url.path != "/audit":
                beside.append(asyncio.create_task(http.post("http://audit.local/audit")))

        http.event_hooks = {"request": [audit], "response": []}
        async with anthropic.AsyncAnthropic(
            base_url="http://api.local", api_key="local", http_client=http
        ) as client:
            await client.messages.create(**ASK)
            assert [each.status_code for each in await asyncio.gather(*beside)] == [202]

    asyncio.run(main())
    assert only_call(captured).attempt_statuses == ("200",)


class Token(httpx2.Auth):
    """Fetches a token before each request."""

    def auth_flow(self, request: httpx2.Request) -> Any:  # noqa: ANN401
        yield httpx2.Request("POST", "http://auth.local/token")
        yield request


def test_a_token_that_is_fetched_is_no_attempt(captured: Captured) -> None:
    ask({}, auth=Token())
    assert only_call(captured).attempt_statuses == ("200",)


def test_a_redirect_is_a_part_of_its_attempt_with_hooks_too(captured: Captured) -> None:
    seen: list[str] = []

    def moved(request: httpx2.Request) -> httpx2.Response:
        if request.url.host == "new.local":
            return message()
        return httpx2.Response(307, headers={"location": "http://new.local/v1/messages"})

    def hook(request: httpx2.Request) -> None:
        seen.append(request.url.host)

    ask({"request": [hook]}, moved, follow_redirects=True)
    assert only_call(captured).attempt_statuses == ("200",)
    assert seen == ["api.local", "new.local"]


WHEN = [("request", "cancelled", ()), ("response", "ok", ("200",))]
"""In a response's hooks, the answer is there: this transport gives it whole."""

RAISED = [
    TimeoutError("the vault is slow"),
    ConnectionRefusedError("the vault is down"),
    httpx2.ConnectTimeout("the vault is slow"),
    httpx2.ConnectError("the vault is down"),
    anthropic.AnthropicError("another call failed"),
    LookupError("not on a Sunday"),
]


def raising(error: Exception) -> Callable[..., NoReturn]:
    def hook(_: object) -> NoReturn:
        raise error

    return hook


@pytest.mark.parametrize("error", RAISED, ids=lambda each: type(each).__name__)
@pytest.mark.parametrize(("when", "outcome", "statuses"), WHEN)
def test_what_a_hook_raises_is_not_blamed_on_the_api(
    captured: Captured, error: Exception, when: str, outcome: str, statuses: tuple[str, ...]
) -> None:
    with (
        httpx2.Client(transport=httpx2.MockTransport(answer), event_hooks={when: [raising(error)]}) as http,
        pytest.raises(anthropic.AnthropicError),
    ):
        anthropic.Anthropic(
            base_url="http://api.local", api_key="local", http_client=http, max_retries=0
        ).messages.create(**ASK)
    call = only_call(captured)
    assert (call.outcome, call.error_type) == (outcome, type(error).__name__)
    assert (call.attempts, call.attempt_statuses) == (len(statuses), statuses)
    assert captured.metrics["claude_api_errors"] == {}


@pytest.mark.parametrize(("when", "outcome", "statuses"), WHEN)
def test_what_an_async_hook_raises_is_not_blamed_on_the_api(
    captured: Captured, when: str, outcome: str, statuses: tuple[str, ...]
) -> None:
    async def hook(_: object) -> NoReturn:
        raise TimeoutError("the vault is slow")

    with pytest.raises(anthropic.APIConnectionError):
        ask_async({when: [hook]})
    call = only_call(captured)
    assert (call.outcome, call.error_type) == (outcome, "TimeoutError")
    assert call.attempt_statuses == statuses


def test_an_answer_that_a_hook_did_not_let_be_read_is_cancelled(captured: Captured) -> None:
    def unread(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, content=iter([message().content]))

    with pytest.raises(anthropic.APIConnectionError):
        ask({"response": [raising(TimeoutError("the vault is slow"))]}, unread)
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.cost.usd) == ("cancelled", "TimeoutError", None)


def test_an_answer_that_a_hook_read_whole_and_then_refused_is_billed(captured: Captured) -> None:
    def refuse(response: httpx2.Response) -> NoReturn:
        response.read()
        raise TimeoutError("the vault is slow")

    with pytest.raises(anthropic.APIConnectionError):
        ask({"response": [refuse]})
    call = only_call(captured)
    assert (call.outcome, call.error_type, call.usage.output_tokens) == ("ok", "TimeoutError", 7)
    assert call.cost.usd is not None


def test_an_attempt_after_a_hook_that_raised_is_the_first(captured: Captured) -> None:
    fails = [TimeoutError("the vault is slow")]

    def once(_: httpx2.Request) -> None:
        if fails:
            raise fails.pop()

    ask({"request": [once]})
    call = only_call(captured)
    assert (call.outcome, call.attempts, call.attempt_statuses) == ("ok", 1, ("200",))


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (httpx2.ReadTimeout("slow"), "client_timeout"),
        (httpx2.ConnectError("down"), "connection_error"),
        (ConnectionResetError("gone"), "connection_error"),
    ],
)
def test_what_the_network_raises_behind_hooks_is_an_error_still(
    captured: Captured, error: Exception, told: str
) -> None:
    def fail(_: httpx2.Request) -> NoReturn:
        raise error

    def nothing(_: object) -> None:
        pass

    with pytest.raises(anthropic.APIConnectionError):
        ask({"request": [nothing], "response": [nothing]}, fail)
    call = only_call(captured)
    assert (call.outcome, call.error_type) == ("error", told)
    assert call.attempt_statuses == (told,) * 3
