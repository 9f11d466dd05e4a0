"""Run in a process of its own: calls while the SDK's own spans go to an application's TracerProvider.

Prints as JSON what each side saw. Arguments: the Messages API, whose the spans are, and `drop` for a sampler
that drops everything.
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

import anthropic
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

import kansoku
import kansoku.testing

URL, OWNER, *MORE = sys.argv[1:]
ASK: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "x"}],
}
EXPORTER = InMemorySpanExporter()


def set_up() -> None:
    """The application's own tracing."""
    provider = TracerProvider(sampler=ALWAYS_OFF if "drop" in MORE else ALWAYS_ON)
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    trace.set_tracer_provider(provider)


async def asynchronously() -> None:
    """The async ways."""
    async with anthropic.AsyncAnthropic(base_url=URL, api_key="local") as client:
        await client.messages.create(**ASK)
        async with client.messages.stream(**ASK) as stream:
            await stream.get_final_message()


def calls(client: Any) -> None:  # noqa: ANN401  as an application of any version calls it
    """One call in each way: whole, streamed, left early, failed, raw, counted, low-level."""
    client.messages.create(**ASK)
    with client.messages.stream(**ASK) as stream:
        stream.until_done()
    with client.messages.stream(**ASK) as stream:
        next(iter(stream))
    with suppress(anthropic.APIStatusError):
        client.messages.create(**{**ASK, "model": "fail"})
    client.messages.with_raw_response.create(**ASK)
    client.messages.count_tokens(model=ASK["model"], messages=ASK["messages"])
    client.post("/v1/messages", body=dict(ASK), cast_to=anthropic.types.Message)
    asyncio.run(asynchronously())


def main() -> None:
    """Calls, and prints what was seen."""
    set_up()
    client = anthropic.Anthropic(base_url=URL, api_key="local", max_retries=1)
    owner: Any = OWNER
    with kansoku.testing.capture(spans=owner) as captured:
        with kansoku.task("answer", user_id="taro@example.co.jp", feature="support"):
            calls(client)
        found = captured.calls
        told: dict[str, Any] = {
            "kansoku": [span.name for span in captured.spans if span.name != "task answer"],
            "calls": [[call.outcome, call.call_id, call.cost.usd] for call in found],
            "lines": [line["span_id"] for line in captured.logs if str(line["event"]).startswith("api_call")],
            "ok": captured.metric("claude_api_calls", "claude-sonnet-5-5", "ok"),
            "output": captured.metric("claude_tokens", "claude-sonnet-5-5", "output"),
            "faults": list(captured.metrics["kansoku_internal_errors"].values()),
        }
    told["native"] = [
        [
            span.name,
            format(span.context.span_id, "016x") if span.context else "",
            span.status.status_code.name,
            dict(span.attributes or {}),
            (span.end_time or 0) - (span.start_time or 0),
        ]
        for span in EXPORTER.get_finished_spans()
    ]
    EXPORTER.clear()
    client.messages.create(**ASK)
    told["after"] = len(EXPORTER.get_finished_spans())
    print(json.dumps(told))  # noqa: T201


main()
