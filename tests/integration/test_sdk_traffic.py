"""Recorded answers of the real API, served again to the real SDK: the figures are those of the bodies."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import pytest
import yaml

import kansoku.testing

TRAFFIC = Path(__file__).resolve().parents[3] / "shared" / "traffic"
TOKENS = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Recorded = tuple[str, str, bytes, dict[str, Any]]
"""The API path, the content type, the body and the request's body."""


def recordings() -> Iterator[Recorded]:
    """Every recorded answer with status 2xx of the Messages API."""
    for path in sorted(TRAFFIC.rglob("*.yaml")):
        for each in yaml.load(path.read_bytes(), Loader=LOADER)["interactions"]:
            request, response = each["request"], each["response"]
            url = request["uri"].partition("?")[0]
            if url.startswith("https://api.anthropic.com/v1/messages") and response["status"]["code"] < 300:
                body = body_of(response)
                kind = "text/event-stream" if body.startswith(b"event:") else "application/json"
                yield url.partition(".com")[2], kind, body, asked(request)


def asked(request: dict[str, Any]) -> dict[str, Any]:
    """The request's body."""
    return request.get("parsed_body") or json.loads(request["body"])


def body_of(response: dict[str, Any]) -> bytes:
    """The response's body, inflated."""
    if "parsed_body" in response:
        return json.dumps(response["parsed_body"]).encode()
    body = response["body"]["string"]
    body = body.encode() if isinstance(body, str) else body
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body


def told(kind: str, body: bytes) -> dict[str, Any]:
    """Usage as the body tells it: of a stream the start's, overwritten by each `message_delta`."""
    if kind == "application/json":
        return json.loads(body).get("usage", {})
    usage: dict[str, Any] = {}
    for line in body.decode().splitlines():
        if line.startswith("data:"):
            event = json.loads(line.removeprefix("data:"))
            found: dict[str, Any] = event.get("message", event).get("usage") or {}
            usage |= {key: value for key, value in found.items() if value is not None}
    return usage


def replay(recorded: Recorded) -> None:
    """The recorded request through the real SDK, answered by the recorded body."""
    path, kind, body, request = recorded
    answer = httpx2.Response(200, headers={"content-type": kind, "request-id": "req_1"}, content=body)
    with httpx2.Client(transport=httpx2.MockTransport(lambda _: answer)) as http:
        client = anthropic.Anthropic(api_key="local", http_client=http)
        model, messages = request.get("model", "?"), request.get("messages", [])
        if path.endswith("count_tokens"):
            client.beta.messages.count_tokens(model=model, messages=messages)
        elif kind == "text/event-stream":
            with client.beta.messages.stream(model=model, messages=messages, max_tokens=9) as stream:
                stream.until_done()
        else:
            client.messages.create(model=model, messages=messages, max_tokens=9)


@pytest.mark.filterwarnings("ignore:The model:DeprecationWarning")
def test_recorded_traffic_is_read_as_it_was_told() -> None:
    if not TRAFFIC.is_dir():
        pytest.skip(f"no recorded traffic beside the checkout ({TRAFFIC.parent.name}/{TRAFFIC.name})")
    sums = dict.fromkeys(TOKENS, 0)
    found = list(recordings())
    with kansoku.testing.capture() as captured:
        for recorded in found:
            replay(recorded)
        calls = captured.calls
        assert captured.metrics["kansoku_internal_errors"] == {}
    assert len(calls) == len(found) > 100
    for (path, kind, body, _), call in zip(found, calls, strict=True):
        usage = told(kind, body)
        seen = call.usage
        figures = (
            seen.input_tokens,
            seen.output_tokens,
            seen.cache_read_tokens,
            seen.cache_write_tokens,
        )
        assert figures == tuple(usage.get(name) for name in TOKENS), (path, kind, usage)
        assert (call.outcome, call.stream) == ("ok", kind == "text/event-stream")
        tools: dict[str, Any] = usage.get("server_tool_use") or {}
        assert seen.web_search_requests == tools.get("web_search_requests")
        others = [each for each in usage.get("iterations") or () if each["type"] != "message"]
        assert [each.input_tokens for each in seen.iterations] == [each["input_tokens"] for each in others]
        for name, figure in zip(TOKENS, figures, strict=True):
            sums[name] += figure or 0
    priced = [call for call in calls if call.cost.usd is not None]
    assert all(call.cost.unpriced_reason in ("", "unknown model") for call in calls)
    print(f"{len(found)} answers, {len(priced)} priced, {sums}")  # noqa: T201
