"""The door, message by message: what is redacted, what stays to the bit, and what happens at a fault."""

import logging
import threading

import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList

from kansoku.receive.door import FAILED, Door
from kansoku.redact.redactor import Redactor
from kansoku.store.segments import Signal

PERSON, PASSWORD = "taro@example.com", "correct horse 17"


def text(value: str) -> AnyValue:
    return AnyValue(string_value=value)


def logs(body: AnyValue, **attributes: AnyValue) -> bytes:
    request = ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(body=body)
    record.attributes.extend(KeyValue(key=key, value=value) for key, value in attributes.items())
    return request.SerializeToString()


def through(message: bytes, door: Door | None = None) -> ExportLogsServiceRequest:
    return ExportLogsServiceRequest.FromString((door or Door(Redactor())).redacted(Signal.LOGS, message))


def nested(*values: AnyValue, **pairs: AnyValue) -> AnyValue:
    inner = KeyValueList(values=[KeyValue(key=key, value=value) for key, value in pairs.items()])
    return AnyValue(array_value=ArrayValue(values=[*values, AnyValue(kvlist_value=inner)]))


def test_values_keep_their_kind_and_lose_what_is_found() -> None:
    body = nested(
        text(PERSON), AnyValue(int_value=7), AnyValue(bytes_value=PERSON.encode()), who=text(PERSON)
    )
    record = through(logs(body)).resource_logs[0].scope_logs[0].log_records[0]
    assert record.body == nested(
        text("<EMAIL>"), AnyValue(int_value=7), AnyValue(bytes_value=b"<EMAIL>"), who=text("<EMAIL>")
    )


def test_whatever_stands_under_a_secret_key_is_masked() -> None:
    message = logs(
        text(""),
        password=text(PASSWORD),
        api_key=AnyValue(int_value=5),
        token=nested(text(PASSWORD), a=text(PASSWORD)),
        secret=AnyValue(bytes_value=b"\xff\xfe"),
        max_tokens=AnyValue(int_value=5),
    )
    told = through(message).resource_logs[0].scope_logs[0].log_records[0].attributes
    values = {pair.key: pair.value for pair in told}
    assert values.pop("max_tokens") == AnyValue(int_value=5)
    assert set(map(str, values.values())) == {str(text("<SECRET>"))}


def test_a_key_that_holds_a_person_is_redacted() -> None:
    told = through(logs(text(""), **{PERSON: AnyValue(int_value=1)}))
    assert told.resource_logs[0].scope_logs[0].log_records[0].attributes[0].key == "<EMAIL>"


@pytest.mark.parametrize(
    "value", [text("fine"), AnyValue(bytes_value=b"\xff\xfe"), AnyValue(double_value=0.5)]
)
def test_what_nothing_is_found_in_stays_to_the_bit(value: AnyValue) -> None:
    message = logs(value, a=value, b=nested(value, c=value))
    assert Door(Redactor()).redacted(Signal.LOGS, message) == message


def test_ids_and_times_stay_and_every_other_text_of_a_span_and_a_metric_is_looked_at() -> None:
    spans = ExportTraceServiceRequest()
    scope = spans.resource_spans.add(schema_url="https://s/1.2").scope_spans.add()
    scope.scope.name = scope.scope.version = PERSON
    span = scope.spans.add(trace_id=b"t" * 16, span_id=b"s" * 8, name=PERSON, trace_state=f"a={PERSON}")
    span.status.message = PERSON
    span.events.add(name=PERSON, time_unix_nano=7)
    span.links.add(trace_state=PERSON, trace_id=b"t" * 16)
    message = spans.SerializeToString()
    told = ExportTraceServiceRequest.FromString(Door(Redactor()).redacted(Signal.TRACES, message))
    assert PERSON not in str(told)
    kept = told.resource_spans[0].scope_spans[0].spans[0]
    assert (kept.trace_id, kept.span_id, kept.events[0].time_unix_nano) == (b"t" * 16, b"s" * 8, 7)
    assert told.resource_spans[0].schema_url == "https://s/1.2"
    metrics = ExportMetricsServiceRequest()
    metric = metrics.resource_metrics.add().scope_metrics.add().metrics.add(name=PERSON, unit="{call}")
    point = metric.histogram.data_points.add(bucket_counts=[1, 2])
    point.exemplars.add().filtered_attributes.add(key="who", value=text(PERSON))
    told_metrics = ExportMetricsServiceRequest.FromString(
        Door(Redactor()).redacted(Signal.METRICS, metrics.SerializeToString())
    )
    assert PERSON not in str(told_metrics)
    assert told_metrics.resource_metrics[0].scope_metrics[0].metrics[0].unit == "{call}"


def test_fields_that_nobody_knows_are_left_out() -> None:
    unknown = b"\xfa\x7f" + bytes([len(PERSON)]) + PERSON.encode()  # field 2047, of bytes
    assert PERSON.encode() not in Door(Redactor()).redacted(Signal.LOGS, logs(text("a")) + unknown)


def test_a_fault_masks_every_text_is_said_once_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def text(self, text: str, key: str = "") -> str:
            raise RuntimeError(text + key)

        def redact(self, value: object) -> object:
            raise RuntimeError(value)

    door = Door(Broken())
    for _ in range(2):
        told = through(
            logs(nested(text(PERSON), a=text(PASSWORD)), password=text(PASSWORD), n=text("")), door
        )
        assert PERSON not in str(told)
        assert PASSWORD not in str(told)
        assert FAILED in str(told)
    assert door.failures == 2
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert PERSON not in caplog.text


def test_a_recognizer_that_fails_masks_its_text_alone() -> None:
    def broken(given: str) -> list[tuple[int, int, str]]:
        if "b" in given:
            raise RuntimeError(given)
        return []

    told = str(through(logs(text("b"), a=text("a c")), Door(Redactor(recognizers=[broken]))))
    assert FAILED in told
    assert "a c" in told


def test_threads_share_a_door() -> None:
    door = Door(Redactor())
    wrong: list[str] = []

    def many(number: int) -> None:
        for each in range(200):
            told = str(through(logs(text(f"{number}.{each} {PERSON}")), door))
            if PERSON in told or f"{number}.{each} <EMAIL>" not in told:
                wrong.append(told)

    threads = [threading.Thread(target=many, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
