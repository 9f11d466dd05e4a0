"""Requests made to harm the receiver: they cost little and are told so."""

from __future__ import annotations

import asyncio
import gzip
import sys
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from kansoku.errors import Malformed, Overloaded, TooLarge
from kansoku.receive.door import Door
from kansoku.receive.encodings import FIRST_BYTES, inflate
from kansoku.receive.items import Caps
from kansoku.receive.memory import Memory
from kansoku.receive.otlp import JSON, PROTOBUF, sift
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool
from kansoku.redact.redactor import Redactor
from kansoku.store.segments import Layout, Signal

NOW_NS = 1_795_000_000_000_000_000


def letters(count: int) -> bytes:
    """A request of one span with so many letters."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(name="x" * count)
    return request.SerializeToString()


LETTERS = letters(FIRST_BYTES - 100)
"""Is just inflated in one part."""


def nothing(_: int) -> None:
    """There is memory for all."""


def test_a_gzip_body_of_countless_members_is_refused_after_a_few() -> None:
    with pytest.raises(Malformed, match="over 64 frames"):
        inflate(gzip.compress(b"") * 65, "gzip", 100, nothing)
    assert inflate(gzip.compress(b"a") * 64, "gzip", 100, nothing) == b"a" * 64


def test_an_identity_with_spaces_is_not_hex() -> None:
    trace = "5b 8e 5b 8e 5b 8e 5b 8e 5b 8e ff"
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%b"}]}]}]}' % trace.encode()
    with pytest.raises(Malformed, match="a trace_id that is not 16 bytes"):
        sift(Signal.TRACES, body, JSON, 0, Caps())


def test_bodies_that_arrive_together_share_one_bounded_room(tmp_path: Path) -> None:
    spool = Spool.open(Layout(tmp_path))
    receiver = Receiver(spool, max_bytes=10)
    with ExitStack() as arriving:
        for _ in range(8):
            arriving.enter_context(receiver.room())(10)
        with receiver.room() as late, pytest.raises(Overloaded, match="more arrives at once"):
            late(1)
    with receiver.room() as again:
        again(4)
        again(6)
        with pytest.raises(TooLarge):
            again(1)
    assert +receiver.refusals == {"overloaded": 1, "too_large": 1}
    asyncio.run(spool.close())


@pytest.mark.parametrize("compress", [gzip.compress, zstd.compress])
def test_bodies_take_memory_for_what_they_are_inflated_to(
    tmp_path: Path, compress: Callable[[bytes], bytes]
) -> None:
    async def run() -> None:
        spool = Spool.open(Layout(tmp_path))
        receiver = Receiver(spool, max_bytes=1 << 20)
        encoding = "gzip" if compress is gzip.compress else "zstd"
        body = compress(LETTERS * 10)
        with ExitStack() as others:
            for _ in range(7):
                others.enter_context(receiver.room())(1 << 20)
            await receiver.receive(Signal.TRACES, body, PROTOBUF, encoding)
            assert receiver.held_bytes == 7 << 20
            others.enter_context(receiver.room())((1 << 20) - FIRST_BYTES)
            with pytest.raises(Overloaded, match="more arrives at once"):
                await receiver.receive(Signal.TRACES, body, PROTOBUF, encoding)
        assert receiver.held_bytes == 0
        assert +receiver.refusals == {"overloaded": 1}
        await spool.close()

    asyncio.run(run())


@pytest.mark.parametrize(("times", "aside"), [(1, False), (2, True)])
def test_only_what_inflates_to_little_is_inflated_in_the_event_loop(
    tmp_path: Path, times: int, aside: bool
) -> None:
    threads: list[threading.Thread] = []

    def clock_ns() -> int:
        threads.append(threading.current_thread())
        return NOW_NS

    async def run() -> None:
        spool = Spool.open(Layout(tmp_path))
        receiver = Receiver(spool, clock_ns=clock_ns)
        await receiver.receive(Signal.TRACES, gzip.compress(LETTERS * times), PROTOBUF, "gzip")
        await spool.close()

    asyncio.run(run())
    assert [one is not threading.main_thread() for one in threads] == [aside]


def test_a_share_that_is_over_takes_no_more() -> None:
    memory = Memory(10)
    with memory.share() as share:
        share.take(7)
        share.take(-2)
        assert memory.held == share.size == 5
        with pytest.raises(Overloaded, match="more arrives at once"):
            share.take(6)
    with pytest.raises(Overloaded, match="nobody waits"):
        share.take(1)
    assert memory.held == 0


def test_a_body_behind_a_door_counts_until_its_thread_ends_though_nobody_waits(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Door):
        def redacted(self, signal: Signal, message: bytes) -> bytes:
            del signal
            begun.set()
            go_on.wait()
            return message

    async def run() -> None:
        spool = Spool.open(Layout(tmp_path))
        receiver = Receiver(spool, door=Slow(Redactor()))
        body = letters(1000)

        async def sent() -> None:
            with receiver.room() as take:
                take(len(body))
                await receiver.receive(Signal.TRACES, body, PROTOBUF)

        sending = asyncio.create_task(sent())
        await asyncio.to_thread(begun.wait)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        held = receiver.held_bytes
        go_on.set()
        assert (sending.cancelled(), held) == (True, len(body))
        while receiver.held_bytes:
            await asyncio.sleep(0.001)
        await spool.close()

    asyncio.run(run())
