"""Metrics as they arrive over OTLP: exemplars, deltas whose sending failed, and forked children."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

import kansoku
from kansoku.catalog.instruments import DROPPED
from kansoku.instrument.session import active
from kansoku_demo.answers import Failure
from kansoku_demo.messages_server import MessagesServer
from tests.integration.receiver import Receiver, attributes_of
from tests.integration.sdk import ASK, client_of, close_clients

CALLS, LATENCY = "claude_api_calls", "claude_api_latency_seconds"
_INSTANCE = "service.instance.id"
Point = Any
"""A point of the protocol's own classes: of a number or a histogram."""


@pytest.fixture(scope="module")
def api() -> Iterator[MessagesServer]:
    with MessagesServer(run_id="m") as server:
        yield server
        close_clients()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.refuses = False
    kansoku.shutdown()
    receiver.close()


def readings(receiver: Receiver, name: str) -> list[tuple[str, int, list[Point]]]:
    """Each sending's instance, temporality and points of a counter or histogram that moved."""
    found: list[tuple[str, int, list[Point]]] = []
    for body in receiver.of("/v1/metrics"):
        (resource,) = ExportMetricsServiceRequest.FromString(body).resource_metrics
        (instance,) = (
            each.value.string_value for each in resource.resource.attributes if each.key == _INSTANCE
        )
        for metric in resource.scope_metrics[0].metrics:
            data: Point = metric.histogram if metric.HasField("histogram") else metric.sum
            moved = [point for point in data.data_points if size(point)]
            if metric.name == name and moved:
                found.append((instance, data.aggregation_temporality, moved))
    return found


def size(point: Point) -> float:
    """What a point counts."""
    return point.count if hasattr(point, "bucket_counts") else point.as_double + point.as_int


def test_exemplars_of_histograms_and_counters_lead_to_the_spans_that_were_sent(
    api: MessagesServer, receiver: Receiver
) -> None:
    kansoku.init("exemplars", endpoint=receiver.url)
    client = client_of(api, max_retries=0)
    client.messages.create(**ASK)
    assert kansoku.flush()
    client.messages.create(**ASK)
    api.script(Failure.invalid_request("no"))
    with pytest.raises(Exception, match="no"):
        client.messages.create(**ASK)
    assert kansoku.flush()
    _, second, failed = receiver.spans()
    told = {
        name: [each for point in points for each in point.exemplars]
        for name in ("claude_cost_usd", "claude_api_errors", LATENCY)
        for _, _, points in readings(receiver, name)[-1:]
    }
    for name, span in (("claude_cost_usd", second), ("claude_api_errors", failed)):
        (exemplar,) = told[name]
        assert (exemplar.trace_id, exemplar.span_id) == (span.trace_id, span.span_id)
        assert span.start_time_unix_nano <= exemplar.time_unix_nano
        assert exemplar.time_unix_nano == pytest.approx(span.end_time_unix_nano, abs=1_000)
        assert not exemplar.filtered_attributes
    assert told["claude_cost_usd"][0].as_double == pytest.approx(attributes_of(second)["kansoku.cost.usd"])
    assert second.span_id in {each.span_id for each in told[LATENCY]}
    for each in told[LATENCY]:
        (span,) = (one for one in receiver.spans() if one.span_id == each.span_id)
        length_s = (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9
        assert each.as_double == pytest.approx(length_s, abs=1e-5)


def test_deltas_begin_where_the_last_one_that_arrived_ended(api: MessagesServer, receiver: Receiver) -> None:
    kansoku.init("deltas", endpoint=receiver.url, temporality="delta")
    client = client_of(api)
    client.messages.create(**ASK)
    assert kansoku.flush()
    client.messages.create(**ASK)
    receiver.refuses = True
    assert not kansoku.flush()
    receiver.refuses = False
    client.messages.create(**ASK)
    assert kansoku.flush()
    assert kansoku.flush()
    for name in (CALLS, LATENCY):
        (_, mode, (first,)), (_, _, (second,)) = readings(receiver, name)
        assert mode == AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA
        assert [size(first), size(second)] == [1, 2]
        assert second.start_time_unix_nano == first.time_unix_nano


@pytest.mark.parametrize(("refuses", "lost"), [(False, 0), (True, 1)])
def test_deltas_that_do_not_go_at_the_end_are_told_and_counted(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, *, refuses: bool, lost: int
) -> None:
    kansoku.init("ends", endpoint=receiver.url, temporality="delta")
    session = active()
    assert session is not None
    assert kansoku.flush()
    kansoku.feedback("up", call="msg_1")
    receiver.refuses = refuses
    with caplog.at_level(logging.WARNING, "kansoku"):
        assert kansoku.shutdown() is not refuses
    assert session.cells.value(DROPPED, "metrics", "closed unsent") >= lost
    assert ("metric series did not go and are lost" in caplog.text) is refuses
    assert len(readings(receiver, "claude_feedback")) == 1 - lost


FORK = """
import os, sys
import anthropic, kansoku
from tests.integration.sdk import ASK

kansoku.init("forks", endpoint=sys.argv[2], temporality=sys.argv[3])


def call():
    with anthropic.Anthropic(base_url=sys.argv[1], api_key="local") as client:
        client.messages.create(**ASK)


call()
call()
kansoku.flush()
child = os.fork()
call()
if child:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.parametrize(("temporality", "parents"), [("cumulative", [2, 3]), ("delta", [2, 1])])
def test_a_forked_child_is_an_instance_of_its_own_and_sends_its_last_counts_as_it_ends(
    api: MessagesServer, receiver: Receiver, temporality: str, parents: list[float]
) -> None:
    subprocess.run(
        [sys.executable, "-c", FORK, api.base_url, receiver.url, temporality],
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    by_instance: dict[str, list[float]] = {}
    for instance, _, points in readings(receiver, CALLS):
        by_instance.setdefault(instance, []).append(sum(map(size, points)))
    assert sorted(by_instance.values()) == sorted([parents, [1]])
    assert "" not in by_instance
