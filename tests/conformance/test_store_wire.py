"""The trimmed OTLP schema against the official one, and the values that only Python can read."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from kansoku.store.loading.wire import MESSAGES, ONE_OF, WITH_BYTES

WIRE_TYPES = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_BOOL: "bool",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_FIXED64: "fixed64",
    FieldDescriptor.TYPE_FIXED32: "fixed32",
    FieldDescriptor.TYPE_SFIXED64: "sfixed64",
    FieldDescriptor.TYPE_UINT64: "uint64",
    FieldDescriptor.TYPE_UINT32: "uint32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_SINT32: "sint32",
    FieldDescriptor.TYPE_ENUM: "int32",
}
AS_BYTES = {"ArrayValue", "KeyValueList"}


def official() -> dict[str, Descriptor]:
    """Every message that an export request can hold, by its short name."""
    found: dict[str, Descriptor] = {}
    waiting: list[Descriptor] = [
        request.DESCRIPTOR
        for request in (ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest)
    ]
    while waiting:
        message = waiting.pop()
        if message.name not in found:
            found[message.name] = message
            waiting.extend(field.message_type for field in message.fields if field.message_type)
    return found


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_every_part_has_the_official_number_type_and_repetition(name: str) -> None:
    fields = official()[name].fields_by_name
    for part in MESSAGES[name]:
        field = fields[part.name]
        type_ = field.message_type.name if field.message_type else WIRE_TYPES[field.type]
        expected = "bytes" if type_ in AS_BYTES else type_
        assert (part.number, part.type, part.repeated) == (field.number, expected, field.is_repeated)


def test_a_posted_value_differs_in_one_level_of_lists_alone() -> None:
    deeper = {
        part.name: (part.number, part.type) for part in ONE_OF.messages["AnyValue"] if not part.presence
    }
    flat = {part.name: (part.number, part.type) for part in MESSAGES["AnyValue"]}
    assert deeper == {**flat, "array_value": (5, "ArrayValue")}
    assert [part.number for part in ONE_OF.messages["ArrayValue"]] == [
        field.number for field in official()["ArrayValue"].fields
    ]
    assert {part.name: (part.number, part.type) for part in ONE_OF.messages["Element"]} == flat
    assert set(ONE_OF.messages) == {*MESSAGES, "ArrayValue", "Element"}


def test_the_text_declares_every_message_once() -> None:
    assert sorted(line.split()[1] for line in WITH_BYTES.schema_text().splitlines()[1:]) == sorted(MESSAGES)


def test_parts_can_be_left_out_of_the_columns_by_their_full_name() -> None:
    whole = WITH_BYTES.structure("Status")
    assert whole == "message String, code Int32"
    assert WITH_BYTES.structure("Status", frozenset({"Status.message", "Event.code"})) == "code Int32"
