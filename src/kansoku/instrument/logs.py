"""`configure_logging`: everything that the process logs as one JSON object a line, redacted."""

import logging
import sys
import threading
import warnings as python_warnings
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TextIO

from kansoku.catalog.instruments import INTERNAL_ERRORS, REDACTED
from kansoku.emit.json_lines import LineWriter, Origin
from kansoku.emit.line_queue import LineQueue
from kansoku.emit.line_stream import LineStream, is_open
from kansoku.errors import SettingError
from kansoku.instrument.access_lines import SERVERS
from kansoku.instrument.arguments import redactor_of
from kansoku.instrument.log_handler import EXIT_S, LineHandler
from kansoku.instrument.session import Session, active
from kansoku.instrument.structlog_lines import configure_structlog

if TYPE_CHECKING:
    from kansoku.catalog.losses import Reason
    from kansoku.redact.redactor import Redactor

Level = str | int

_LOG = logging.getLogger("kansoku")
_UNCAUGHT = logging.getLogger("kansoku.uncaught")


class LogSetup:
    """What `configure_logging` put in place."""

    def __init__(self, handler: LineHandler | None, changes: list[Callable[[], None]]) -> None:
        self._handler = handler
        self._changes = changes

    @property
    def dropped(self) -> Mapping[str, int]:
        """Entries that were not written, by reason, since the process configured this."""
        return {} if self._handler is None else dict(self._handler.queue.dropped)

    def flush(self, timeout: float = EXIT_S) -> bool:
        """Waits until what was logged has been written; False if it was not within `timeout` seconds."""
        return self._handler is None or self._handler.queue.flush(timeout)

    def undo(self) -> None:
        """Writes what is queued and puts logging back as it was. Harmless when called again."""
        while self._changes:
            self._changes.pop()()
        if self._handler is not None:
            self._handler.close()
        if self in _current:
            _current.remove(self)


_current: list[LogSetup] = []
"""What is in place: one, or none."""


def configure_logging(
    level: Level = "INFO",
    stream: TextIO | None = None,
    *,
    levels: Mapping[str, Level] | None = None,
    loggers: Iterable[str] = SERVERS,
    force: bool = True,
    redactor: "Redactor | None" = None,
    console: bool = False,
    service: str = "",
    environment: str = "",
    structlog: bool = True,
    warnings: bool = True,
    uncaught: bool = False,
) -> LogSetup:
    """Has everything that the process logs written as one JSON object a line, redacted.

    Works before, after and without `init`; trace ids, task and user come from where the code is. The
    thread that logs only copies and queues; a stream that blocks loses lines (counted in
    `kansoku_dropped_total{pillar="logs"}`) and never holds up the application. Calling it again
    replaces what it put in place.

    Args:
        level: The root logger's level, by name or number.
        stream: Where lines go; else standard error as it is now. Where it is closed, or there is none, as in
            a daemon, logging stays as it was, which is said once.
        levels: Levels of single loggers, such as `{"httpx2": "WARNING"}`.
        loggers: Loggers that bring handlers of their own, uvicorn's and gunicorn's by default: theirs
            are taken off whenever they are put on, so that each line is written once, as JSON.
        force: Takes every other handler off the root logger, as `logging.basicConfig(force=True)` does.
        redactor: Replaces the redactor of `init`, else that of `[redaction]` in `kansoku.toml`, else the
            default one.
        console: Plain words for a terminal instead of JSON; as redacted.
        service: The application's name, where `init` does not tell it.
        environment: Where it runs, where `init` does not tell it.
        structlog: Sets structlog up too, if it is installed.
        warnings: Takes in what the `warnings` module says.
        uncaught: Logs exceptions that end the program or a thread, instead of their plain traceback.

    Returns:
        What flushes it, undoes it, and says what was dropped.

    Raises:
        SettingError: If a level is none, or a setting in `kansoku.toml` cannot be used.
    """
    wanted = {"": level, **(levels or {})}
    for name, each in wanted.items():
        _check_level(name, each)
    target = sys.stderr if stream is None else stream
    if not is_open(target):
        _say_closed()
        return LogSetup(None, [])
    handler = _handler(target, redactor, Origin(service, environment), console=console)
    for before in tuple(_current):
        before.undo()
    undo: list[Callable[[], None]] = []
    setup = LogSetup(handler, undo)
    try:
        for name, each in wanted.items():
            undo.append(_level_set(name, each))
        undo.append(_on_root(handler, force=force))
        undo.extend(_adopted(name) for name in loggers)
        if structlog and (structlog_undo := configure_structlog()) is not None:
            undo.append(structlog_undo)
        if warnings:
            undo.append(_warnings_taken())
        if uncaught:
            undo.append(_uncaught_logged())
    except BaseException:
        setup.undo()
        raise
    _current.append(setup)
    return setup


def _say_closed() -> None:
    """Says that there is nowhere to write to, wherever the application logs; that may be closed as well."""
    with suppress(Exception):
        _LOG.warning(
            "configure_logging: the stream is closed, or there is none, so logging stays as it was; give one "
            "that is open, as in configure_logging(stream=open(path, 'a'))"
        )


def _check_level(name: str, level: Level) -> None:
    """Refuses what logging does not know as a level."""
    if isinstance(level, str) and level not in logging.getLevelNamesMapping():
        known = ", ".join(logging.getLevelNamesMapping())
        where = f"levels[{name!r}]" if name else "level"
        raise SettingError(f"{where}: {level!r} is no level; give one of {known}, or a number")


def _handler(stream: TextIO, redactor: "Redactor | None", told: Origin, *, console: bool) -> LineHandler:
    """The handler with all that is behind it."""
    from kansoku.emit.current import current_span
    from kansoku.settings import settings

    whose = redactor_of(redactor, settings().redaction if redactor is None else None)
    own = whose.telling(lambda n: _count_faults(n, "redaction"))
    writers = [LineWriter(own, console=console, on_masked=_count_masked)]
    sessions: list[Session | None] = [None]
    origins = [told]

    def origin() -> Origin:
        session = active()
        if session is not None and session is not sessions[0]:
            origins[0] = Origin(told.service or session.service, told.environment or session.environment)
            if redactor is None and session.redactor is not None:
                writers[0] = LineWriter(session.redactor, console=console, on_masked=_count_masked)
            sessions[0] = session
        return origins[0]

    queue = LineQueue(lambda: writers[0], LineStream(stream), _count_lost, lambda: _count_faults(1, "logs"))
    return LineHandler(queue, current_span, origin, _own_files())


def _own_files() -> frozenset[str]:
    """The files that log Kansoku's own lines, by the names that records have of them."""
    from kansoku.emit.line_records import LineRecords
    from kansoku.instrument.call_starts import starts_logged

    return frozenset({LineRecords.record.__code__.co_filename, starts_logged.__code__.co_filename})


def _count_lost(why: "Reason", count: int) -> None:
    """Tells the session what was lost."""
    session = active()
    if session is not None:
        session.cells.lose(count, "logs", why)


def _count_masked() -> None:
    """Tells the session of a line in which something was masked."""
    session = active()
    if session is not None:
        session.cells.add(REDACTED, 1, "logs")


def _count_faults(count: int, where: str) -> None:
    """Tells the session of a fault of our own; not by its guard, which would log it."""
    session = active()
    if session is not None:
        session.cells.add(INTERNAL_ERRORS, count, where)


def _level_set(name: str, level: Level) -> Callable[[], None]:
    """Sets a logger's level; gives what sets it back."""
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(level)
    return lambda: logger.setLevel(before)


def _on_root(handler: LineHandler, *, force: bool) -> Callable[[], None]:
    """Puts the handler on the root logger, alone if forced; gives what restores those before."""
    root = logging.getLogger()
    taken = list(root.handlers) if force else []
    for each in taken:
        root.removeHandler(each)
    root.addHandler(handler)

    def undo() -> None:
        if handler not in root.handlers:
            return  # somebody has set the root logger up anew since
        root.removeHandler(handler)
        for each in taken:
            root.addHandler(each)

    return undo


class _Adopting(logging.Filter):
    """Keeps a logger's records on their way to the root logger, whoever reconfigures it afterwards.

    `logging.config.dictConfig` replaces handlers and leaves filters, and filters run first: so this
    takes handlers off that uvicorn put on after us, in time for the first record.
    """

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self._logger = logger
        self._handlers: dict[logging.Logger, list[logging.Handler]] = {}
        self._kept_back: list[logging.Logger] = []

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets every record pass, on the right way."""
        del record
        self.adopt()
        return True

    def adopt(self) -> None:
        """Takes handlers off the logger and those above it, and has it propagate."""
        each = self._logger
        while each.parent is not None:
            if each.handlers:
                self._handlers[each], each.handlers = each.handlers, []
            if not each.propagate:
                self._kept_back.append(each)
                each.propagate = True
            each = each.parent

    def release(self) -> None:
        """Gives all of them back what was taken last."""
        self._logger.removeFilter(self)
        for each, handlers in self._handlers.items():
            each.handlers = handlers
        for each in self._kept_back:
            each.propagate = False


def _adopted(name: str) -> Callable[[], None]:
    """Adopts a logger; gives what lets it go as it was."""
    logger = logging.getLogger(name)
    adopting = _Adopting(logger)
    logger.addFilter(adopting)
    adopting.adopt()
    return adopting.release


def _warnings_taken() -> Callable[[], None]:
    """Takes warnings in; gives what lets them go again."""
    before = python_warnings.showwarning
    logging.captureWarnings(capture=True)
    were_taken = python_warnings.showwarning is before
    return lambda: None if were_taken else logging.captureWarnings(capture=False)


def _uncaught_logged() -> Callable[[], None]:
    """Logs what nobody caught; gives what puts the hooks before back."""
    program, thread = sys.excepthook, threading.excepthook

    def in_program(kind: type[BaseException], error: BaseException, trace: Any) -> None:
        if isinstance(error, Exception):
            _UNCAUGHT.critical("uncaught exception", exc_info=(kind, error, trace))
        else:
            program(kind, error, trace)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if isinstance(args.exc_value, Exception):
            _UNCAUGHT.critical("uncaught exception in a thread", exc_info=args.exc_value)
        else:
            thread(args)

    sys.excepthook, threading.excepthook = in_program, in_thread

    def undo() -> None:
        if sys.excepthook is in_program:
            sys.excepthook = program
        if threading.excepthook is in_thread:
            threading.excepthook = thread

    return undo
