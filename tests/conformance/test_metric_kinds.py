"""Metrics of every kind, received in protobuf and in JSON of every allowed spelling, give the same rows."""

from __future__ import annotations

import asyncio
import base64
import json
import math
import time
from typing import TYPE_CHECKING, cast

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    AGGREGATION_TEMPORALITY_CUMULATIVE as CUMULATIVE,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import AGGREGATION_TEMPORALITY_DELTA as DELTA
from opentelemetry.proto.metrics.v1.metrics_pb2 import DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK as NONE

from kansoku.receive.otlp import JSON, PROTOBUF
from kansoku.receive.receiver import Receiver
from kansoku.receive.spool import Spool, SpoolLimits
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout, Signal
from tests.ready_tables import give_tables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NOW_NS = time.time_ns()
TRACE, SPAN = bytes(range(240, 256)), bytes(range(248, 256))
MOST, LEAST = (1 << 63) - 1, -(1 << 63)
KINDS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")
FORMS = ("protobuf", "json", "loose")


def request(service: str) -> ExportMetricsServiceRequest:
    """Each kind of metric in each of its states."""
    made = ExportMetricsServiceRequest()
    group = made.resource_metrics.add()
    group.resource.attributes.add(key="service.name").value.string_value = service
    metrics = group.scope_metrics.add().metrics
    numbers = metrics.add(name="numbers", unit="1").gauge.data_points
    for number in (math.nan, math.inf, -math.inf, -0.0, 1e308):
        numbers.add(as_double=number, time_unix_nano=NOW_NS)
    for number in (MOST, LEAST, 0):
        numbers.add(as_int=number, time_unix_nano=NOW_NS)
    numbers.add(flags=NONE, time_unix_nano=NOW_NS)
    for temporality in (DELTA, CUMULATIVE):
        total = metrics.add(name=f"sum {temporality}").sum
        total.aggregation_temporality, total.is_monotonic = temporality, temporality == CUMULATIVE
        point = total.data_points.add(as_double=1.5, time_unix_nano=NOW_NS)
        point.attributes.add(key="raw").value.bytes_value = b"\xff\xfe?"
        for exemplar in (
            point.exemplars.add(as_int=-3, trace_id=TRACE, span_id=SPAN),
            point.exemplars.add(as_double=2.5, time_unix_nano=NOW_NS),
        ):
            exemplar.filtered_attributes.add(key="user").value.int_value = MOST
        spread = metrics.add(name=f"histogram {temporality}").histogram
        spread.aggregation_temporality = temporality
        spread.data_points.add(
            count=MOST, sum=-1.5, min=-2.0, max=0.5, bucket_counts=[1, 0, 2], explicit_bounds=[-1.0, 0.0]
        )
        spread.data_points.add(count=3)
        spread.data_points.add(flags=NONE)
        fine = metrics.add(name=f"exponential {temporality}").exponential_histogram
        fine.aggregation_temporality = temporality
        fine.data_points.add(
            count=6, sum=3.0, scale=-10, zero_count=1, zero_threshold=0.25, flags=0, min=-4.0, max=4.0
        )
        fine.data_points[0].positive.offset = -(1 << 31)
        fine.data_points[0].positive.bucket_counts.extend([1, 2])
        fine.data_points[0].negative.offset = 3
        fine.data_points[0].negative.bucket_counts.append(MOST)
        fine.data_points.add(scale=20, flags=NONE)
    summary = metrics.add(name="summary").summary.data_points
    summary.add(count=2, sum=math.inf).quantile_values.add(quantile=0.99, value=math.nan)
    summary.add(flags=NONE)
    return made


def as_json(service: str, *, loose: bool) -> bytes:
    """The request in OTLP/JSON: by the letter, or in the other spellings that are taken."""
    tree = MessageToDict(
        request(service), preserving_proto_field_name=loose, use_integers_for_enums=not loose
    )
    return json.dumps(_spelt(tree, loose=loose)).encode()


def _spelt(node: object, *, loose: bool, name: str = "") -> object:
    match node:
        case dict():
            members = cast("dict[str, object]", node)
            return {key: _spelt(value, loose=loose, name=key) for key, value in members.items()}
        case list():
            return [_spelt(one, loose=loose, name=name) for one in cast("list[object]", node)]
        case str() if name in {"traceId", "spanId", "trace_id", "span_id"}:
            identity = base64.b64decode(node).hex()
            return identity.upper() if loose else identity
        case str() if loose and name != "unit" and node.lstrip("-").isdecimal():
            return int(node)
        case _:
            return node


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, list[object]]]:
    """The rows of each form and each kind, as ClickHouse writes them in tabs."""
    return asyncio.run(_stored(tmp_path_factory.mktemp("metrics")))


async def _stored(data: Path) -> dict[str, dict[str, list[object]]]:
    layout = Layout(data)
    spool = Spool.open(layout, SpoolLimits(reserve_bytes=0))
    receiver = Receiver(spool)
    bodies: Mapping[str, tuple[bytes, str]] = {
        "protobuf": (request("protobuf").SerializeToString(), PROTOBUF),
        "json": (as_json("json", loose=False), JSON),
        "loose": (as_json("loose", loose=True), JSON),
    }
    for body, media in bodies.values():
        assert not (await receiver.receive(Signal.METRICS, body, media)).rejected
    await spool.close()
    give_tables(layout)
    store = EmbeddedStore(layout)
    await store.start()
    try:
        async with asyncio.timeout(60):
            while layout.backlog().waiting:
                await asyncio.sleep(0.02)
        return {form: {kind: await _rows(store, form, kind) for kind in KINDS} for form in FORMS}
    finally:
        await store.close()


async def _rows(store: EmbeddedStore, form: str, kind: str) -> list[object]:
    found = await store.query(
        "SELECT formatRow('TSV', * EXCEPT (ServiceName, ResourceAttributes)) AS row"
        f" FROM otel_metrics_{kind} WHERE ServiceName = '{form}' ORDER BY row"
    )
    return [row[0] for row in found.rows]


Stored = dict[str, dict[str, list[object]]]


@pytest.mark.parametrize("form", ["json", "loose"])
@pytest.mark.parametrize("kind", KINDS)
def test_json_in_every_spelling_gives_the_rows_of_protobuf(stored: Stored, form: str, kind: str) -> None:
    assert stored[form][kind] == stored["protobuf"][kind]


def _columns(stored: Stored, kind: str, first: int) -> list[list[str]]:
    """The columns of a kind's own, in the order of its table."""
    return [str(row).rstrip("\n").split("\t")[first:] for row in stored["protobuf"][kind]]


def test_numbers_of_a_gauge_keep_what_has_no_number_in_json(stored: Stored) -> None:
    values = [(float(row[1]), row[0]) for row in _columns(stored, "gauge", 12)]
    numbers = (math.inf, -math.inf, 1e308, float(MOST), float(LEAST), 0.0, -0.0)
    assert sorted(value for value in values if not math.isnan(value[0])) == sorted(
        [*((number, "0") for number in numbers), (0.0, "1")]
    )
    assert [flags for number, flags in values if math.isnan(number)] == ["0"]
    assert any(number == 0 and math.copysign(1, number) < 0 for number, _ in values)


def test_a_sum_keeps_temporality_monotony_and_exemplars(stored: Stored) -> None:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(NOW_NS // 10**9)) + f".{NOW_NS % 10**9:09d}"
    exemplars = [
        f"[{{'user':'{MOST}'}},{{'user':'{MOST}'}}]",
        f"['1970-01-01 00:00:00.000000000','{when}']",
        "[-3,2.5]",
        f"['{SPAN.hex()}','']",
        f"['{TRACE.hex()}','']",
    ]
    assert _columns(stored, "sum", 12) == [
        ["0", "1.5", *exemplars, "1", "false"],
        ["0", "1.5", *exemplars, "2", "true"],
    ]
    assert all(base64.b64encode(b"\xff\xfe?").decode() in str(row) for row in stored["json"]["sum"])


def test_a_histogram_keeps_its_buckets_and_tells_where_nothing_was_recorded(stored: Stored) -> None:
    none = ["[]", "[]", "[]", "[]", "[]"]
    assert sorted(_columns(stored, "histogram", 12)) == sorted(
        row
        for temporality in ("1", "2")
        for row in (
            ["0", str(MOST), "-1.5", "[1,0,2]", "[-1,0]", *none, "-2", "0.5", temporality],
            ["0", "3", "0", "[]", "[]", *none, "0", "0", temporality],
            ["1", "0", "0", "[]", "[]", *none, "0", "0", temporality],
        )
    )


def test_an_exponential_histogram_keeps_scale_offsets_and_both_sides(stored: Stored) -> None:
    none = ["[]", "[]", "[]", "[]", "[]"]
    own = ["-10", "1", str(-(1 << 31)), "[1,2]", "3", f"[{MOST}]"]
    assert sorted(_columns(stored, "exponential_histogram", 12)) == sorted(
        row
        for temporality in ("1", "2")
        for row in (
            ["0", "6", "3", *own, *none, "-4", "4", temporality],
            ["1", "0", "0", "20", "0", "0", "[]", "0", "[]", *none, "0", "0", temporality],
        )
    )


def test_a_summary_keeps_its_quantiles(stored: Stored) -> None:
    assert sorted(_columns(stored, "summary", 12)) == [
        ["0", "2", "inf", "[0.99]", "[nan]"],
        ["1", "0", "0", "[]", "[]"],
    ]
