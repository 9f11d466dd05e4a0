"""The line of a call that begins, for those who ask for it: `api_call_start`."""

import json
import logging
from collections.abc import Callable
from functools import lru_cache, partial

from kansoku.catalog import log_keys as keys
from kansoku.instrument.session import Session
from kansoku.record.observer import Began
from kansoku.redact.redactor import Redactor

START_EVENT = "api_call_start"

_NANOS = 1_000_000_000
_lines = logging.getLogger(keys.CALLS_LOGGER)


def starts_logged(session: Session) -> Callable[[Began], None]:
    """What has a call's beginning logged, redacted, at INFO.

    It is logged on the pipeline's worker, in turn: so it comes before the line of the call's end.
    """
    clean = lru_cache(maxsize=4096)((session.redactor or Redactor()).text)

    def started(began: Began) -> None:
        if _lines.isEnabledFor(logging.INFO):
            session.pipeline.put_turn(partial(_log, began, session.service, clean))

    return started


def _log(began: Began, service: str, clean: Callable[[str], str]) -> None:
    """Logs it."""
    line = start_line(began, service, clean)
    _lines.info("%s", json.dumps(line, ensure_ascii=False, separators=(",", ":")))


def start_line(began: Began, service: str, clean: Callable[[str], str]) -> dict[str, object]:
    """The line; it has the trace and span id of the line that the call will end with."""
    around = began.around
    texts = {
        "request_model": began.request_model,
        keys.TASK.name: around.task,
        keys.FEATURE.name: around.feature,
        keys.USER_ID.name: around.user_id,
        keys.SESSION_ID.name: around.session_id,
    }
    return {
        keys.TIMESTAMP.name: began.unix_ns / _NANOS,
        keys.LEVEL.name: "INFO",
        keys.EVENT.name: START_EVENT,
        keys.SERVICE.name: service,
        keys.TRACE_ID.name: format(began.place.trace_id, "032x"),
        keys.SPAN_ID.name: format(began.place.span_id, "016x"),
        "operation": began.operation,
        "provider": began.provider,
        "stream": began.stream,
        **{name: clean(text) for name, text in texts.items() if text},
    }
