"""What the tests of the real SDK share: one request, and clients of a local Messages API."""

from typing import Any

import anthropic
import pytest
from anthropic._base_client import SyncAPIClient

from kansoku.record.facts import Call
from kansoku.testing import Captured
from kansoku_demo.messages_server import MessagesServer

Sdk = Any
"""An object of the SDK. Tests look at it from outside, as an application of any version would."""

MODEL = "claude-sonnet-5-5"
ASK: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Where is my order?"}],
}
needs_spans = pytest.mark.skipif(
    getattr(SyncAPIClient, "_tracer", None) is None,
    reason=f"anthropic {anthropic.__version__} makes no spans of its own (it does since 1.14)",
)
_OPEN: list[Sdk] = []
COUNT: dict[str, Any] = {"model": MODEL, "messages": ASK["messages"]}


def client_of(api: MessagesServer, **options: Sdk) -> Sdk:
    """A sync client, open until `close_clients`: an exception may hold it, so dropping does not close it."""
    _OPEN.append(anthropic.Anthropic(base_url=api.base_url, api_key="local", **options))
    return _OPEN[-1]


def close_clients() -> None:
    """Closes every sync client."""
    while _OPEN:
        _OPEN.pop().close()


def async_client_of(api: MessagesServer, **options: Sdk) -> Sdk:
    """An async client."""
    return anthropic.AsyncAnthropic(base_url=api.base_url, api_key="local", **options)


def only_call(captured: Captured) -> Call:
    """The one call there is; it made one span and one log line, and no fault of Kansoku's own.

    Tools that the API ran within it have spans and lines of their own.
    """
    assert captured.metrics["kansoku_internal_errors"] == {}
    (call,) = captured.calls
    (span,) = (each for each in captured.spans if not each.name.startswith("execute_tool "))
    (line,) = (each for each in captured.logs if each["event"] != "tool_call")
    assert span.context is not None
    assert format(span.context.span_id, "016x") == line["span_id"] == call.call_id
    return call
