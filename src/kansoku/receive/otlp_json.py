"""OTLP's JSON form made into its protobuf form, item by item where the whole cannot be read.

It is protobuf's JSON mapping, but trace and span ids are hex. Taken beyond the letter of OTLP: numbers of 64
bits as numbers, enums by name, ids of either case, fields under their protobuf names.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections import Counter
from typing import TYPE_CHECKING, cast

from google.protobuf.json_format import ParseDict, ParseError

from kansoku.errors import Malformed
from kansoku.receive.items import Fault
from kansoku.store.loading.requests import REQUESTS
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

_HEX_IDS = frozenset({"traceId", "spanId", "parentSpanId", "trace_id", "span_id", "parent_span_id"})
_NO_ID = base64.b64encode(b"?").decode()
"""Stands for an id that is not hex: of a length that no id has."""
_LEVELS = {
    Signal.TRACES: (("resourceSpans", "resource_spans"), ("scopeSpans", "scope_spans"), ("spans",)),
    Signal.LOGS: (
        ("resourceLogs", "resource_logs"),
        ("scopeLogs", "scope_logs"),
        ("logRecords", "log_records"),
    ),
    Signal.METRICS: (
        ("resourceMetrics", "resource_metrics"),
        ("scopeMetrics", "scope_metrics"),
        ("metrics",),
    ),
}
_EXTENSION = "["  # protobuf's reader refuses such a name where OTLP passes over what it does not know
_WRONG = (ParseError, ValueError, TypeError, AttributeError, OverflowError, RecursionError)


def from_json(signal: Signal, body: bytes) -> tuple[Message, Counter[Fault]]:
    """The request, and what was left out because it could not be read.

    Raises:
        Malformed: If it is no request of that signal.
    """
    name = REQUESTS[signal].DESCRIPTOR.name
    try:
        tree: object = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the body is not a JSON {name}: {error}") from error
    if not isinstance(tree, dict):
        raise Malformed(f"the body is not a JSON {name}: it is not a JSON object")
    request = cast("dict[str, object]", tree)
    # Protobuf's reader takes a text where it wants an object for an empty object.
    lost = _left_out(signal, request, lambda item: isinstance(item, dict))
    try:
        return _message(signal, request), Counter({Fault.UNREADABLE: lost})
    except _WRONG:
        lost += _left_out(signal, request, lambda item: _reads(signal, item))
    try:
        return _message(signal, request), Counter({Fault.UNREADABLE: lost})
    except _WRONG as error:
        raise Malformed(f"the body is not a JSON {name}: {error}") from error


def _message(signal: Signal, tree: dict[str, object]) -> Message:
    return ParseDict(
        cast("dict[str, object]", _with_base64_ids(tree)), REQUESTS[signal](), ignore_unknown_fields=True
    )


def _left_out(signal: Signal, tree: dict[str, object], is_good: Callable[[object], bool]) -> int:
    """Takes the items that are not good out of the tree; says how many."""
    groups, scopes, items = _LEVELS[signal]
    lost = 0
    for group in _objects(tree, groups):
        for scope in _objects(group, scopes):
            for name in items:
                listed = scope.get(name)
                if isinstance(listed, list):
                    each = cast("list[object]", listed)
                    judged = [(item, is_good(item)) for item in each]
                    scope[name] = [item for item, good in judged if good]
                    lost += sum(_items(item) for item, good in judged if not good)
    return lost


def _items(item: object) -> int:
    """How many items an entry is: a metric as many as it has data points, or one if that cannot be told."""
    kinds = cast("dict[str, object]", item).values() if isinstance(item, dict) else ()
    return sum(map(_points, kinds)) or 1


def _points(kind: object) -> int:
    if not isinstance(kind, dict):
        return 0
    listed = (cast("dict[str, object]", kind).get(name) for name in ("dataPoints", "data_points"))
    return sum(len(cast("list[object]", points)) for points in listed if isinstance(points, list))


def _objects(tree: dict[str, object], names: tuple[str, ...]) -> list[dict[str, object]]:
    """The objects in the lists under these names."""
    lists = (cast("list[object]", tree[name]) for name in names if isinstance(tree.get(name), list))
    return [cast("dict[str, object]", one) for each in lists for one in each if isinstance(one, dict)]


def _reads(signal: Signal, item: object) -> bool:
    groups, scopes, items = (names[0] for names in _LEVELS[signal])
    try:
        _message(signal, {groups: [{scopes: [{items: [item]}]}]})
    except _WRONG:
        return False
    return True


def _with_base64_ids(node: object) -> object:
    """The tree with trace and span ids as JSON protobuf wants bytes; OTLP writes them in hex."""
    match node:
        case dict():
            members = cast("dict[str, object]", node)
            return {
                key: _base64(value) if key in _HEX_IDS and isinstance(value, str) else _with_base64_ids(value)
                for key, value in members.items()
                if not key.startswith(_EXTENSION)
            }
        case list():
            return [_with_base64_ids(item) for item in cast("list[object]", node)]
        case _:
            return node


def _base64(identity: str) -> str:
    try:
        # `bytes.fromhex` would pass over spaces.
        return base64.b64encode(binascii.unhexlify(identity)).decode("ascii")
    except ValueError:
        return _NO_ID
