"""Kansoku (観測): is the AI feature working?

`init` records every call of Claude that the process makes, as metrics, traces and logs, redacted;
`task`, `tool`, `feedback` and `evaluation` add what only the application knows; `configure_logging` has
everything else that the process logs written alike. `Redactor` is what all of it goes through.
"""

from typing import TYPE_CHECKING

from kansoku.instrument.judgements import evaluation, feedback
from kansoku.instrument.logs import configure_logging
from kansoku.instrument.metering import metrics_asgi, metrics_wsgi
from kansoku.instrument.setup import flush, init, shutdown
from kansoku.instrument.structlog_lines import structlog_processor
from kansoku.instrument.tasks import Task, carry, current_task, task
from kansoku.instrument.tools import tool, tool_run

if TYPE_CHECKING:
    from kansoku.redact.operators import Drop, Hmac, Partial, Replace
    from kansoku.redact.redactor import Redactor

__all__ = [
    "Drop",
    "Hmac",
    "Partial",
    "Redactor",
    "Replace",
    "Task",
    "carry",
    "configure_logging",
    "current_task",
    "evaluation",
    "feedback",
    "flush",
    "init",
    "metrics_asgi",
    "metrics_wsgi",
    "shutdown",
    "structlog_processor",
    "task",
    "tool",
    "tool_run",
]

_LAZY = {
    "Drop": "operators",
    "Hmac": "operators",
    "Partial": "operators",
    "Redactor": "redactor",
    "Replace": "operators",
}
"""Names of `kansoku.redact` by module: its tables are built when it is first asked for, not at start-up."""


def __getattr__(name: str) -> object:
    """A name that is loaded when it is asked for."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.redact.{_LAZY[name]}"), name)
