"""The handler on the root logger: reads a record on the thread that logs, and queues it.

What can change or run the application's own code (arguments, fields, exceptions' texts) is read there;
redaction, JSON and writing are the writing thread's.
"""

import logging
import math
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import cast

from kansoku.catalog.log_keys import CALLS_LOGGER
from kansoku.emit.exception_chain import Seen, seen
from kansoku.emit.json_lines import Entry, Origin
from kansoku.emit.line_queue import RECURSION, LineQueue
from kansoku.emit.snapshot import UNREADABLE, Json, snapshot, text_of
from kansoku.instrument.access_lines import LOG_URLS, access, queries_hidden
from kansoku.instrument.session import scope, surroundings

FIELDS = "_kansoku_fields"
"""The record's attribute that holds a structlog event's keys."""

_DEEPEST = 2
"""Records within records: a signal handler, or the `repr` of an argument, may log while one is read."""

EXIT_S = 2.0
"""Longest wait for the stream when the interpreter ends."""

_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",  # uvicorn's, with the escapes of a terminal
    "otelTraceID",  # OpenTelemetry's own; the line has the ids already
    "otelSpanID",
    "otelServiceName",
    "otelTraceSampled",
    FIELDS,
}
_FEWEST = len(logging.makeLogRecord({}).__dict__)

_STRUCTLOG = frozenset({"_record", "_from_structlog", "_logger", "_name"})
_SAID_BY_THE_RECORD = frozenset({"level", "logger", "timestamp", "exc_info", "stack_info"})

SpanNow = Callable[[], tuple[int, int, bool] | None]


class LineHandler(logging.Handler):
    """Queues every record as an entry. Never raises, never waits, never takes records without end.

    Args:
        queue: Where entries go.
        span_now: The current span's trace and span id.
        origin: Who logs now; a session may be over when its last entries are written.
        own_files: Where Kansoku's own lines are logged; others on their logger are redacted like any.
    """

    def __init__(
        self, queue: LineQueue, span_now: SpanNow, origin: Callable[[], Origin], own_files: frozenset[str]
    ) -> None:
        super().__init__()
        self.queue = queue
        self._span_now = span_now
        self._origin = origin
        self._own_files = own_files
        self._inside = threading.local()
        self._last = _Last(queue)

    def handle(self, record: logging.LogRecord) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]  3.12 may give a record
        """Takes the record without the handler's lock: a `repr` that waits for another thread may wait."""
        wanted: object = cast("object", self.filter(record))
        if wanted:
            self.emit(wanted if isinstance(wanted, logging.LogRecord) else record)
        return bool(wanted)

    def emit(self, record: logging.LogRecord) -> None:
        """Reads and queues the record."""
        depth: int = getattr(self._inside, "depth", 0)
        if self.queue.is_own_thread or depth > _DEEPEST:
            self.queue.drop(RECURSION)
            return
        self._inside.depth = depth + 1
        try:
            entry = self._entry(record)
        except Exception:
            entry = Entry(_time(record), text_of(record.levelname), text_of(record.name), UNREADABLE)
        finally:
            self._inside.depth = depth
        if self._last.is_over:
            self._last = _Last(self.queue)
        self.queue.put(entry, urgent=_is_urgent(record))

    def flush(self) -> None:
        """Waits, for a bounded time, until all is written; the interpreter's end calls it."""
        self.queue.flush(EXIT_S)

    def close(self) -> None:
        """Writes what is queued and ends the thread."""
        self.queue.close(EXIT_S)
        super().close()

    def _entry(self, record: logging.LogRecord) -> Entry:
        """The record as it is now, and where the code is."""
        name = text_of(record.name)
        level = text_of(record.levelname)
        if name == CALLS_LOGGER and record.pathname in self._own_files:
            text = record.getMessage()
            return Entry(_time(record), level, name, text, call_line=True, origin=self._origin())
        told = access(record)
        message, fields = told if told is not None else _message(record)
        return Entry(
            _time(record),
            level,
            name,
            queries_hidden(message) if name in LOG_URLS else message,
            fields,
            self._trace(),
            surroundings(),
            _exception(record),
            text_of(record.stack_info or ""),
            origin=self._origin(),
        )

    def _trace(self) -> tuple[int, int] | None:
        """The current span, or the task where that is nearer."""
        span, task = self._span_now(), scope()
        if task is not None and span == task.outside:
            return task.place.trace_id, task.place.span_id
        return None if span is None else span[:2]


class _Last(logging.Handler):
    """Has the lines written when the interpreter ends, until `dictConfig` ends every handler."""

    def __init__(self, queue: LineQueue) -> None:
        super().__init__()
        self._queue = queue
        self.is_over = False

    def flush(self) -> None:
        """Waits, for a bounded time, until all is written."""
        self._queue.flush(EXIT_S)

    def close(self) -> None:
        """Notes that nobody will call this one any more."""
        self.is_over = True
        super().close()


def _time(record: logging.LogRecord) -> float:
    """When it was logged; records that came from elsewhere may say anything."""
    told = cast("object", record.created)
    return float(told) if isinstance(told, int | float) and math.isfinite(told) else time.time()


def _is_urgent(record: logging.LogRecord) -> bool:
    """Whether it is an error or worse."""
    level = cast("object", record.levelno)
    return isinstance(level, int) and level >= logging.ERROR


def _message(record: logging.LogRecord) -> tuple[str, dict[str, Json]]:
    """The message with its arguments, and the fields beside it."""
    fields = _extra(record) if len(record.__dict__) > _FEWEST else {}
    raw: object = record.msg
    if isinstance(raw, Mapping) and not record.args:
        return _structured(cast("Mapping[object, object]", raw), fields)
    try:
        return str.__str__(record.getMessage()), fields
    except Exception:  # the arguments do not fit: say what there is
        return f"{text_of(cast('object', raw))} {text_of(snapshot(record.args))}", fields


def _extra(record: logging.LogRecord) -> dict[str, Json]:
    """What the application added to the record."""
    more = {
        name: snapshot(value)
        for name, value in list(record.__dict__.items())
        if name not in _STANDARD and name not in _STRUCTLOG
    }
    from_structlog = record.__dict__.get(FIELDS)
    return {**more, **cast("dict[str, Json]", from_structlog)} if isinstance(from_structlog, dict) else more


def _structured(event: Mapping[object, object], fields: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """A message that is a mapping: structlog's events, and dicts that are logged as such."""
    copied = snapshot(event)
    if not isinstance(copied, dict):
        return text_of(copied), fields
    message = copied.pop("event" if "event" in copied else "message", "")
    kept = {
        name: value
        for name, value in copied.items()
        if name not in _SAID_BY_THE_RECORD and name not in _STRUCTLOG
    }
    return message if isinstance(message, str) else text_of(message), {**kept, **fields}


def _exception(record: logging.LogRecord) -> Seen | None:
    """The record's exception, from a structlog event too."""
    told: object = record.exc_info
    raw: object = record.msg
    if told is None and isinstance(raw, Mapping):
        told = cast("Mapping[object, object]", raw).get("exc_info")
        told = sys.exception() if told is True else told
    if isinstance(told, tuple) and len(cast("tuple[object, ...]", told)) > 1:
        told = cast("tuple[object, ...]", told)[1]
    if isinstance(told, BaseException):
        return seen(told)
    return Seen("", record.exc_text, [], None) if record.exc_text else None
