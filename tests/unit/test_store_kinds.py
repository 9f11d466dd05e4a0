"""A segment of metrics runs the statements of the kinds that it has, and all where that is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

from kansoku.store.loading.inserts import FROM_FILE
from kansoku.store.loading.kinds import KINDS, kinds_of
from kansoku.store.segments import Signal, varint

if TYPE_CHECKING:
    from pathlib import Path

TOKEN = "01795921948402126709-ff1b87b1"


def request(*kinds: str) -> bytes:
    made = ExportMetricsServiceRequest()
    for kind in kinds:
        metric = made.resource_metrics.add().scope_metrics.add().metrics.add(name=kind)
        if kind in KINDS:
            getattr(metric, kind).SetInParent()
    body = made.SerializeToString()
    return varint(len(body)) + body


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / f"{TOKEN}.ready"
    path.write_bytes(content)
    return path


def test_every_kind_of_every_request_is_found(tmp_path: Path) -> None:
    path = written(tmp_path, request("gauge", "summary") + request("gauge") + request("histogram"))
    assert kinds_of(path) == {"gauge", "summary", "histogram"}
    assert kinds_of(written(tmp_path, request(*KINDS))) == set(KINDS)
    assert kinds_of(written(tmp_path, request("without points"))) == set()


@pytest.mark.parametrize(
    "content",
    [b"\x04\xff\xff\xff\xff", request("gauge") + b"\x7f\x00", request("gauge") * 200_000],
    ids=["no request", "torn", "large"],
)
def test_of_what_is_not_read_all_kinds_are_loaded(tmp_path: Path, content: bytes) -> None:
    assert kinds_of(written(tmp_path, content)) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_of_metrics_only_the_tables_of_their_kinds_are_filled(kind: str) -> None:
    (statement,) = FROM_FILE.of(Signal.METRICS, TOKEN, {kind})
    assert statement.startswith(f"INSERT INTO otel_metrics_{kind} (")
    assert statement in FROM_FILE.of(Signal.METRICS, TOKEN)


def test_other_signals_have_no_kinds() -> None:
    assert FROM_FILE.of(Signal.TRACES, TOKEN, set()) == FROM_FILE.of(Signal.TRACES, TOKEN)
