"""What applications say of what they dropped and masked, read from their metrics in a real store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality

from kansoku.catalog.alerts import Reported
from kansoku.catalog.instruments import DROPPED
from kansoku.query import reported
from kansoku.query.own_counters import OwnCounters, own_counters, told
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import READY, Layout, Signal, varint
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_790_000_000
DAY = 86_400
CUMULATIVE, DELTA = (
    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE,
    AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA,
)


def sums(
    process: str,
    name: str,
    points: list[tuple[int, int, float]],
    labels: dict[str, str],
    temporality: AggregationTemporality.ValueType = CUMULATIVE,
) -> ExportMetricsServiceRequest:
    """Points (start and time in seconds before now, value) of one series."""
    made = ExportMetricsServiceRequest()
    group = made.resource_metrics.add()
    for key, value in (("service.name", "shop"), ("service.instance.id", process)):
        group.resource.attributes.append(KeyValue(key=key, value=AnyValue(string_value=value)))
    metric = group.scope_metrics.add().metrics.add(name=name)
    metric.sum.aggregation_temporality, metric.sum.is_monotonic = temporality, True
    for start, at, value in points:
        point = metric.sum.data_points.add(
            start_time_unix_nano=(NOW - start) * 10**9,
            time_unix_nano=(NOW - at) * 10**9,
            as_double=value,
        )
        for key, label in labels.items():
            point.attributes.append(KeyValue(key=key, value=AnyValue(string_value=label)))
    return made


def test_counters_are_read_over_restarts_kinds_and_the_time_before(tmp_path: Path) -> None:
    drops, full = "kansoku_dropped", {"pillar": "spans", "reason": "buffer full"}
    requests = [
        # It ran before the day with 100 counted, and counts 7 more; another process shares its labels.
        sums("a", drops, [(2 * DAY, DAY + 5, 90), (2 * DAY, DAY - 5, 100), (2 * DAY, 9, 107)], full),
        sums("b", drops, [(900, 600, 3), (900, 300, 4)], full),
        # Started anew under the same name: both starts count.
        sums("b", drops, [(200, 100, 2)], full),
        sums("c", drops, [(600, 500, 1), (500, 400, 5)], {"pillar": "logs", "reason": "queue full"}, DELTA),
        sums("c", "kansoku_redacted", [(600, 500, 0)], {"pillar": "facts"}),
        sums("c", "kansoku_redacted", [(600, 500, 6)], {"pillar": "logs"}),
        sums("c", "kansoku_other", [(600, 500, 50)], {"pillar": "logs"}),
    ]  # fmt: skip
    layout = Layout(tmp_path)
    layout.create()
    messages = [request.SerializeToString() for request in requests]
    body = b"".join(varint(len(one)) + one for one in messages)
    (layout.folder(Signal.METRICS) / f"1{READY}").write_bytes(body)

    dropped, over_a_day = (Reported(DROPPED, window_s, ">=", 1) for window_s in (450, DAY))

    async def asked() -> tuple[OwnCounters, OwnCounters, dict[str, float], dict[str, float]]:
        give_tables(layout)
        store = EmbeddedStore(layout)
        await store.start()
        try:
            async with asyncio.timeout(60):
                while layout.backlog().waiting:
                    await asyncio.sleep(0.02)
            day, before = own_counters(NOW - DAY, NOW), own_counters(NOW - 9 * DAY, NOW - 5 * DAY)
            rows = [(await store.query(one.text, one.parameters)).rows for one in (day, before)]
            asks = (reported.at(dropped, NOW), reported.at(over_a_day, NOW))
            lately, in_a_day = [
                {
                    str(who): float(str(value))
                    for who, value in (await store.query(one.text, one.parameters)).rows
                }
                for one in asks
            ]
            return told(rows[0]), told(rows[1]), lately, in_a_day
        finally:
            await store.close()

    day, before, lately, in_a_day = asyncio.run(asked())
    assert lately == {"shop": (107 - 107) + (4 - 4) + 2 + 5}
    assert in_a_day == {"shop": sum(day.dropped.values())}
    assert day.dropped == {"spans: buffer full": 7 + 4 + 2, "logs: queue full": 6}
    assert day.redacted == {"logs": 6}
    assert day.processes == 2
    assert before == OwnCounters({}, {}, 0)
