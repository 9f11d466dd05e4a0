"""Every platform's client, sync and async, over a transport that answers as the platform does."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import httpx2
import pytest

import kansoku.testing
from kansoku.testing import Captured
from kansoku_demo import wire
from kansoku_demo.answers import Reply, Usage
from tests.aws_frames import chunk
from tests.integration.sdk import Sdk, only_call

REPLY = Reply(usage=Usage(input_tokens=12, cache_read_tokens=30, output_tokens=7))
KEYS = {"aws_access_key": "AKIDEXAMPLE", "aws_secret_key": "secret", "aws_region": "us-east-1"}
BEDROCK_MODEL = "anthropic.claude-sonnet-5-5-v1:0"
MODEL = "claude-sonnet-5-5"


class GoogleCredentials:
    """Stands for `google.auth` credentials that are valid."""

    token = "token"
    expired = False
    expiry = None
    project_id = "p"

    def refresh(self, _: object) -> None:
        raise AssertionError


Platform = tuple[str, dict[str, Any], str, str]
"""Class name of the sync client, its credentials, provider, model."""

PLATFORMS: list[Platform] = [
    ("Anthropic", {"api_key": "k"}, "anthropic", MODEL),
    ("AnthropicBedrock", KEYS, "aws.bedrock", BEDROCK_MODEL),
    ("AnthropicBedrockMantle", KEYS, "aws.bedrock", BEDROCK_MODEL),
    (
        "AnthropicVertex",
        {"region": "us-east5", "project_id": "p", "access_token": "t"},
        "gcp.vertex_ai",
        "claude-sonnet-5-5@20260101",
    ),
    (
        "AnthropicGoogleCloud",
        {"project": "p", "workspace_id": "w", "credentials": GoogleCredentials()},
        "anthropic",
        MODEL,
    ),
    ("AnthropicFoundry", {"resource": "r", "api_key": "k"}, "azure.foundry", MODEL),
    ("AnthropicAWS", {**KEYS, "workspace_id": "w"}, "anthropic", MODEL),
]
NAMES = [name for name, *_ in PLATFORMS]


@pytest.fixture
def captured() -> Iterator[Captured]:
    with kansoku.testing.capture() as captured:
        yield captured


def answer(request: httpx2.Request) -> httpx2.Response:
    """What the platform answers: whole, as server-sent events, or as an AWS event stream."""
    path = request.url.path
    body = json.loads(request.content)
    told = {"model": body.get("model", MODEL), "message_id": "msg_1"}
    headers = {"request-id": "req_1", "content-type": "application/json"}
    if path.endswith("invoke-with-response-stream"):
        frames = [chunk(wire.dump(each.data)) for each in wire.events(REPLY, **told)]
        headers["content-type"] = "application/vnd.amazon.eventstream"
        return httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(b"".join(frames)))
    if body.get("stream") or "streamRawPredict" in path:
        headers["content-type"] = "text/event-stream"
        events = map(wire.encode, wire.events(REPLY, **told))
        return httpx2.Response(200, headers=headers, stream=httpx2.ByteStream(b"".join(events)))
    return httpx2.Response(200, headers=headers, json=wire.body(REPLY, **told))


async def async_answer(request: httpx2.Request) -> httpx2.Response:
    return answer(request)


def made(name: str, options: dict[str, Any], *, is_async: bool) -> Sdk:
    """The client, or a skip that says what this version of the SDK lacks."""
    cls: Callable[..., Sdk] | None = getattr(anthropic, f"Async{name}" if is_async else name, None)
    if cls is None:
        pytest.skip(f"anthropic {anthropic.__version__} has no {name}")
    if is_async:
        return cls(**options, http_client=httpx2.AsyncClient(transport=httpx2.MockTransport(async_answer)))
    return cls(**options, http_client=httpx2.Client(transport=httpx2.MockTransport(answer)))


def asked(model: str) -> dict[str, Any]:
    return {"model": model, "max_tokens": 9, "messages": [{"role": "user", "content": "x"}]}


def assert_recorded(captured: Captured, provider: str, model: str, *, stream: bool) -> None:
    """The one call: on the platform, by the model that was asked for, with the figures of `REPLY`."""
    call = only_call(captured)
    assert (call.operation, call.provider, call.request_model) == ("chat", provider, model)
    assert (call.outcome, call.stream, call.attempts, call.http_status) == ("ok", stream, 1, 200)
    used = call.usage
    assert (used.input_tokens, used.cache_read_tokens, used.output_tokens) == (12, 30, 7)
    assert (call.response_id, call.request_id, call.stop_reason) == ("msg_1", "req_1", "end_turn")
    assert call.cost.usd is not None
    assert call.cost.usd > 0
    assert (call.ttft_s is not None) is stream


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("name", "options", "provider", "model"), PLATFORMS, ids=NAMES)
def test_a_platforms_call_is_recorded(  # noqa: PLR0917
    captured: Captured, name: str, options: dict[str, Any], provider: str, model: str, stream: bool
) -> None:
    with made(name, options, is_async=False) as client:
        if stream:
            with client.messages.create(**asked(model), stream=True) as events:
                assert [event.type for event in events][-1] == "message_stop"
        else:
            assert client.messages.create(**asked(model)).usage.output_tokens == 7
    assert_recorded(captured, provider, model, stream=stream)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("name", "options", "provider", "model"), PLATFORMS, ids=NAMES)
def test_a_platforms_async_call_is_recorded(  # noqa: PLR0917
    captured: Captured, name: str, options: dict[str, Any], provider: str, model: str, stream: bool
) -> None:
    async def main() -> None:
        async with made(name, options, is_async=True) as client:
            if stream:
                async with await client.messages.create(**asked(model), stream=True) as events:
                    assert [event.type async for event in events][-1] == "message_stop"
            else:
                assert (await client.messages.create(**asked(model))).usage.output_tokens == 7

    asyncio.run(main())
    assert_recorded(captured, provider, model, stream=stream)


@pytest.mark.parametrize(("name", "options", "provider", "model"), PLATFORMS, ids=NAMES)
def test_a_platforms_beta_is_recorded(
    captured: Captured, name: str, options: dict[str, Any], provider: str, model: str
) -> None:
    with made(name, options, is_async=False) as client:
        assert client.beta.messages.create(**asked(model)).usage.output_tokens == 7
    assert_recorded(captured, provider, model, stream=False)


@pytest.mark.parametrize(("name", "options", "provider", "model"), PLATFORMS, ids=NAMES)
def test_a_platforms_stream_left_early_is_aborted(
    captured: Captured, name: str, options: dict[str, Any], provider: str, model: str
) -> None:
    with made(name, options, is_async=False) as client, client.messages.stream(**asked(model)) as stream:
        next(stream)
    call = only_call(captured)
    assert (call.provider, call.outcome, call.usage.output_tokens) == (provider, "aborted", None)


def test_a_client_class_of_the_applications_own_is_its_parents_platform(captured: Captured) -> None:
    class OurVertexLookalike(anthropic.Anthropic):
        """Its name says Vertex; it is not."""

    http = httpx2.Client(transport=httpx2.MockTransport(answer))
    with OurVertexLookalike(api_key="k", http_client=http) as client:
        client.messages.create(**asked(MODEL))
    assert only_call(captured).provider == "anthropic"
