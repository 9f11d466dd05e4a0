"""Requests made to harm the receiver: they cost little and are told so."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import ExitStack
from pathlib import Path

import pytest

from kansoku.errors import Malformed, Overloaded, TooLarge
from kansoku.receive.encodings import inflate
from kansoku.receive.items import Caps
from kansoku.receive.otlp import JSON, sift
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool
from kansoku.store.segments import Layout, Signal


def test_a_gzip_body_of_countless_members_is_refused_after_a_few() -> None:
    with pytest.raises(Malformed, match="over 64 frames"):
        inflate(gzip.compress(b"") * 65, "gzip", 100)
    assert inflate(gzip.compress(b"a") * 64, "gzip", 100) == b"a" * 64


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
