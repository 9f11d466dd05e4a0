"""A search in the log: which records, newest first, a page at a time."""

# What users give is bound; nothing of it is written into the text.

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kansoku.catalog.fields import CALLS, Attribute, Resource
from kansoku.catalog.filters import BY_NAME
from kansoku.errors import DefinitionError
from kansoku.query import paging
from kansoku.query.scope import moment
from kansoku.query.statement import Cells, Parameter, Statement, texts, whole

SEVERITIES = {"trace": 1, "debug": 5, "info": 9, "warn": 13, "error": 17, "fatal": 21}
"""The least severity number of each of OpenTelemetry's ranges."""

_TOKEN = re.compile(r"\w")
_ONE_TOKEN = re.compile(r"[A-Za-z0-9]+")
"""A word that is one token, so that a body with the token holds it."""
_ASCII_LOWER = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})
_NS = 10**9


@dataclass(frozen=True, slots=True)
class LogSearch:
    """Records from `begin` until before `end` (unix seconds) that have all that is asked for.

    Attributes:
        begin: The first second.
        end: The end, not included.
        words: Each must stand in the body as whole words, in order, in any case of A to Z; of Japanese and
            Chinese, any run of characters.
        service: The service that wrote it.
        severity: Records of this severity or a higher one; a name of `SEVERITIES`.
        trace_id: The trace that it belongs to.
        event: The event that it is of.
        attributes: Name and value of attributes that it must have, of its own or of its resource.
        filters: Names of `catalog.filters` but the service, each with its value: the record says of itself
            what a call says.
        before_ns: Only records older than this, in nanoseconds since 1970: where the page before ended.
        after_ns: Only records of this time or later, in nanoseconds since 1970.
        limit: How many; those of the very nanosecond of the last come along.
    """

    begin: int
    end: int
    words: tuple[str, ...] = ()
    service: str = ""
    severity: str = ""
    trace_id: str = ""
    event: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    before_ns: int | None = None
    after_ns: int | None = None
    limit: int = 100


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One record; `time_ns` in nanoseconds since 1970. Records that are alike in everything share an `id`."""

    id: str
    time_ns: int
    service: str
    severity: str
    severity_number: int
    trace_id: str
    span_id: str
    event: str
    body: str
    attributes: dict[str, str]
    resource: dict[str, str]


_TIME_AT = 1
_ALL = (
    "Timestamp, ServiceName, SeverityNumber, TraceId, SpanId, EventName, Body, LogAttributes,"
    " ResourceAttributes"
)
_COLUMNS = (
    f"hex(sipHash64({_ALL}))",
    *("toUnixTimestamp64Nano(Timestamp)", "toString(ServiceName)", "toString(SeverityText)"),
    *("SeverityNumber", "TraceId", "SpanId", "EventName", "Body", "LogAttributes", "ResourceAttributes"),
)


def statement(asked: LogSearch) -> Statement:
    """What finds the records.

    Raises:
        DefinitionError: If the severity is none that is known.
    """
    tests, bound = matching(asked)
    bound["limit"] = asked.limit
    if asked.before_ns is not None:
        # The column of whole seconds leads the order of the table, so it is what skips the newer rows.
        tests.append(
            "TimestampTime <= {before:DateTime('UTC')} AND toUnixTimestamp64Nano(Timestamp) < {ns:Int64}"
        )
        bound |= {"before": moment(asked.before_ns // _NS), "ns": asked.before_ns}
    if asked.after_ns is not None:
        tests.append(
            "TimestampTime >= {after:DateTime('UTC')} AND toUnixTimestamp64Nano(Timestamp) >= {least:Int64}"
        )
        bound |= {"after": moment(asked.after_ns // _NS), "least": asked.after_ns}
    held = " AND ".join(tests)
    newest = "ORDER BY Timestamp DESC LIMIT {limit:UInt32}"
    if not _is_quick(asked):
        columns = ", ".join((*_COLUMNS, paging.ALL_OF_IT))
        text = f"SELECT {columns} FROM otel_logs WHERE {held} {newest} WITH TIES"
        return Statement(text, bound)
    # The time of the page's last record is found first: of older ones nothing else is read then.
    page = (
        "SELECT (min(Timestamp), count() >= {limit:UInt32})"
        f" FROM (SELECT Timestamp FROM otel_logs WHERE {held} {newest})"
    )
    rows = (
        f"FROM otel_logs WHERE {held}"
        f" AND TimestampTime >= toDateTime(since, 'UTC') AND Timestamp >= since {newest} WITH TIES"
    )
    first_step = f"WITH ({page}) AS page, page.1 AS since"
    return Statement(f"{first_step} {paging.second_step(_COLUMNS, rows, 'page.2', 'since')}", bound)


def _is_quick(asked: LogSearch) -> bool:
    """Whether short columns and the index alone find the records, so that looking twice costs little."""
    return not asked.attributes and not asked.filters and all(map(_ONE_TOKEN.fullmatch, asked.words))


def per_second(asked: LogSearch) -> Statement:
    """What counts the records by the second of their time, in unix seconds; pages and limits do not matter.

    Raises:
        DefinitionError: If the severity is none that is known.
    """
    tests, bound = matching(asked)
    text = (
        "SELECT toUnixTimestamp(TimestampTime) AS second, count() FROM otel_logs"
        f" WHERE {' AND '.join(tests)} GROUP BY second"
    )
    return Statement(text, bound)


def matching(asked: LogSearch) -> tuple[list[str], dict[str, Parameter]]:
    """What records are held to, all of it, wherever the page before ended; and what is bound to it.

    Raises:
        DefinitionError: If the severity is none that is known.
    """
    bound: dict[str, Parameter] = {"from": moment(asked.begin), "to": moment(asked.end)}
    tests = [
        "TimestampTime >= {from:DateTime('UTC')} AND TimestampTime < {to:DateTime('UTC')}",
        *_named(asked, bound),
        *(_holds(number, word, bound) for number, word in enumerate(asked.words)),
        *(_has(number, (name,), value, bound) for number, (name, value) in enumerate(asked.attributes)),
        *(
            _has(number, _names_of(name), value, bound)
            for number, (name, value) in enumerate(asked.filters, len(asked.attributes))
        ),
    ]
    return tests, bound


def record(cells: Cells) -> LogRecord:
    """The record of a row that `statement` gave."""
    own, time, service, severity, number, trace, span, event, body, attributes, resource, _ = cells
    return LogRecord(
        str(own),
        whole(time),
        *(str(service), str(severity), whole(number), str(trace), str(span), str(event), str(body)),
        texts(attributes),
        texts(resource),
    )


def next_page(asked: LogSearch, found: Sequence[Cells]) -> int | None:
    """Where the next page begins, for `before_ns`, by the rows of this one; None if it was the last."""
    return paging.next_page(found, asked.limit, _TIME_AT)


def _named(asked: LogSearch, bound: dict[str, Parameter]) -> list[str]:
    tests: list[str] = []
    if asked.service:
        tests.append("ServiceName = {service:String}")
        bound["service"] = asked.service
    if asked.trace_id:
        tests.append("TraceId = {trace:String}")
        bound["trace"] = asked.trace_id
    if asked.event:
        tests.append("EventName = {event:String}")
        bound["event"] = asked.event
    if asked.severity:
        if asked.severity not in SEVERITIES:
            raise DefinitionError(
                f"severity: {asked.severity!r} is not known; use one of {', '.join(SEVERITIES)}"
            )
        tests.append("SeverityNumber >= {severity:UInt8}")
        bound["severity"] = SEVERITIES[asked.severity]
    return tests


def _holds(number: int, word: str, bound: dict[str, Parameter]) -> str:
    """The body holds the word: by the index as tokens, and then, of several, in their order."""
    name = f"word{number}"
    held = f"positionCaseInsensitiveUTF8(Body, {{{name}:String}}) > 0"
    if not _TOKEN.search(word):
        bound[name] = word
        return held
    bound[f"{name}_low"] = word.translate(_ASCII_LOWER)
    by_index = f"hasAllTokens(Body, {{{name}_low:String}})"
    if _ONE_TOKEN.fullmatch(word):
        return by_index
    bound[name] = word
    return f"{by_index} AND {held}"


def _has(number: int, names: Sequence[str], value: str, bound: dict[str, Parameter]) -> str:
    """An attribute of one of the names has the value."""
    wanted = f"value{number}"
    bound[wanted] = value
    either: list[str] = []
    for place, name in enumerate(names):
        key = f"name{number}_{place}"
        bound[key] = name
        either += (
            f"({column}.values[indexOf({column}.keys, {{{key}:String}})] = {{{wanted}:String}}"
            f" AND has({column}.keys, {{{key}:String}}))"
            for column in ("LogAttributes", "ResourceAttributes")
        )
    return f"({' OR '.join(either)})"


def _names_of(filter_name: str) -> list[str]:
    """The attributes that the filter's fields are read from.

    Raises:
        DefinitionError: If there is no such filter.
    """
    if filter_name not in BY_NAME:
        raise DefinitionError(f"{filter_name}: records cannot be filtered by it")
    names: list[str] = []
    for field in CALLS.fields:
        if field.name not in BY_NAME[filter_name].fields:
            continue
        match field.source:
            case Attribute(name, older):
                names += (name, *older)
            case Resource(name, older, override):
                names += (name, *older, *((override,) if override else ()))
            case _:
                continue
    return names
