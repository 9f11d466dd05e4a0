"""What recording costs a call: CPU of the calling thread and of the whole process, beside the bare SDK.

    ./dev bench calls [--rounds 7] [--json]

One process drives the real `anthropic` SDK over a transport without a network. Rounds with and without
Kansoku alternate, in pairs; a figure is the median of the pairs' differences, in microseconds of CPU per
call. A round with Kansoku ends with a flush, so the process figure holds redaction, pricing, span, log
line, metrics and export to a local sink (whose own CPU is another process's). Clocks: CPU time of the
calling thread (`time.thread_time`) and of the process (`time.process_time`). The SDK's own tracing is off in
both, as Kansoku switches it off: it would make the bare SDK dearer.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import logging
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import anthropic
import httpx2

import kansoku
from kansoku.instrument import seam
from kansoku.instrument.session import activate, active

MODEL = "claude-sonnet-5-5"
ASK: dict[str, Any] = {
    "model": MODEL,
    "max_tokens": 64,
    "messages": [{"role": "user", "content": "Where is my order?"}],
}
LARGE: dict[str, Any] = {**ASK, "messages": [{"role": "user", "content": "word " * 20_000}]}
USAGE = {
    "input_tokens": 120,
    "cache_read_input_tokens": 900,
    "cache_creation_input_tokens": 0,
    "output_tokens": 40,
}
MESSAGE = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": MODEL,
    "content": [{"type": "text", "text": "It is on its way."}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": USAGE,
}
OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}

SINK = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Sink(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
    def log_message(self, *args): pass
server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
print(server.server_port, flush=True)
server.serve_forever()
"""


@dataclass(frozen=True, slots=True)
class Case:
    """One way of calling: its name, calls a round, and a function that makes a round."""

    name: str
    calls: int
    run: Callable[[], None]


def sse(deltas: int) -> bytes:
    """The events of a stream with that many text deltas."""
    block = {"type": "text", "text": ""}
    events: list[dict[str, Any]] = [
        {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": block},
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}}
            for _ in range(deltas)
        ),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": deltas}},
        {"type": "message_stop"},
    ]
    return "".join(f"event: {each['type']}\ndata: {json.dumps(each)}\n\n" for each in events).encode()


def transport(status: int, content: bytes, content_type: str) -> httpx2.MockTransport:
    """Answers every request alike."""
    headers = {"content-type": content_type, "request-id": "req_01"}
    return httpx2.MockTransport(lambda _: httpx2.Response(status, content=content, headers=headers))


def sync_client(status: int, content: bytes, content_type: str = "application/json") -> anthropic.Anthropic:
    """A client of the transport, without retries."""
    http = httpx2.Client(transport=transport(status, content, content_type))
    return anthropic.Anthropic(api_key="local", base_url="http://bench", http_client=http, max_retries=0)


def cases() -> list[Case]:
    """Every way of calling that is measured."""
    return [
        creating("create, small", ASK, 300),
        creating("create, 100 KB", LARGE, 100),
        failing("error 529", 200),
        streaming(20, 100),
        streaming(200, 20),
        streaming(2000, 3),
        Case("20 async at once", 200, concurrent),
    ]


def creating(name: str, ask: dict[str, Any], calls: int) -> Case:
    """Calls that are answered at once."""
    client = sync_client(200, json.dumps(MESSAGE).encode())

    def run() -> None:
        for _ in range(calls):
            client.messages.create(**ask)

    return Case(name, calls, run)


def failing(name: str, calls: int) -> Case:
    """Calls that raise."""
    client = sync_client(529, json.dumps(OVERLOADED).encode())

    def run() -> None:
        for _ in range(calls):
            with suppress(anthropic.APIStatusError):
                client.messages.create(**ASK)

    return Case(name, calls, run)


def streaming(deltas: int, calls: int) -> Case:
    """Streams that are read to their end."""
    client = sync_client(200, sse(deltas), "text/event-stream")

    def run() -> None:
        for _ in range(calls):
            for _event in client.messages.create(**ASK, stream=True):
                pass

    return Case(f"stream of {deltas} deltas", calls, run)


def concurrent() -> None:
    """Ten gatherings of twenty async calls each."""

    async def main() -> None:
        content = json.dumps(MESSAGE).encode()
        http = httpx2.AsyncClient(transport=transport(200, content, "application/json"))
        async with anthropic.AsyncAnthropic(
            api_key="local", base_url="http://bench", http_client=http, max_retries=0
        ) as client:
            for _ in range(10):
                calls: list[Any] = [client.messages.create(**ASK) for _ in range(20)]
                await asyncio.gather(*calls)

    asyncio.run(main())


def measure(run: Callable[[], None]) -> tuple[float, float]:
    """CPU seconds of the calling thread and of the process for one round and its flush."""
    gc.collect()
    process, thread = time.process_time(), time.thread_time()
    run()
    thread_spent = time.thread_time() - thread
    kansoku.flush()
    return thread_spent, time.process_time() - process


def compared(case: Case, rounds: int) -> dict[str, float]:
    """Medians over paired rounds, in microseconds of CPU per call."""
    session = active()
    bare: list[tuple[float, float]] = []
    recorded: list[tuple[float, float]] = []
    for number in range(rounds + 1):
        activate(None)
        seam.detach()
        without = measure(case.run)
        activate(session)
        seam.attach()
        with_kansoku = measure(case.run)
        if number:  # the first pair warms up
            bare.append(without)
            recorded.append(with_kansoku)
    micro = 1e6 / case.calls

    def added(part: int) -> float:
        return statistics.median((w[part] - b[part]) * micro for w, b in zip(recorded, bare, strict=True))

    return {
        "bare": statistics.median(b[0] for b in bare) * micro,
        "thread": added(0),
        "process": added(1),
    }


def main() -> None:
    """Runs all cases and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    logging.getLogger("kansoku").setLevel(logging.CRITICAL)
    os.environ["ANTHROPIC_OPEN_TELEMETRY"] = "false"
    sink = subprocess.Popen([sys.executable, "-c", SINK], stdout=subprocess.PIPE, text=True)
    assert sink.stdout is not None
    try:
        kansoku.init(service="bench", endpoint=f"http://127.0.0.1:{sink.stdout.readline().strip()}")
        found = {case.name: compared(case, words.rounds) for case in cases()}
        kansoku.shutdown()
    finally:
        sink.kill()
        sink.wait()
    if words.json:
        print(json.dumps(found, indent=2))
        return
    print(f"{'CPU µs per call':24}{'bare SDK':>10}{'+ calling thread':>18}{'+ whole process':>18}")
    for name, figures in found.items():
        print(f"{name:24}{figures['bare']:10.0f}{figures['thread']:18.1f}{figures['process']:18.1f}")
    long, short = found["stream of 2000 deltas"], found["stream of 20 deltas"]
    print(f"{'each delta':24}{'':10}{(long['thread'] - short['thread']) / 1_980:18.2f}")


if __name__ == "__main__":
    main()
