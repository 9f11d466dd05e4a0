"""Requests made to harm the receiver: they cost little and are told so."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from kansoku.errors import Malformed, SpoolUnavailable, TooLarge
from kansoku.receive.otlp import JSON, inflate, storable
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool
from kansoku.store.segments import Layout, Signal


def test_a_gzip_body_of_countless_members_is_refused_after_a_few() -> None:
    with pytest.raises(Malformed, match="over 64 members"):
        inflate(gzip.compress(b"") * 65, "gzip", 100)
    assert inflate(gzip.compress(b"a") * 64, "gzip", 100) == b"a" * 64


def test_an_identity_with_spaces_is_not_hex() -> None:
    trace = "5b 8e 5b 8e 5b 8e 5b 8e 5b 8e ff"
    body = b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%b"}]}]}]}' % trace.encode()
    with pytest.raises(Malformed, match="is not hex"):
        storable(Signal.TRACES, body, JSON)


def test_bodies_that_arrive_together_share_one_bounded_room(tmp_path: Path) -> None:
    receiver = Receiver(Spool.open(Layout(tmp_path)), max_bytes=10)
    with receiver.room() as first:
        for _ in range(7):
            room = receiver.room()
            room.__enter__()(10)
        first(10)
        with receiver.room() as late, pytest.raises(SpoolUnavailable, match="more arrives at once"):
            late(1)
    with receiver.room() as next_one:
        next_one(4)
        next_one(6)
        with pytest.raises(TooLarge):
            next_one(1)
    assert receiver.rejected == 2
