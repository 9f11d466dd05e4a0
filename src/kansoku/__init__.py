"""Kansoku (観測): is the AI feature working?

`init` records every call of Claude that the process makes, as metrics, traces and logs, redacted;
`task`, `tool`, `feedback` and `evaluation` add what only the application knows; `configure_logging` has
everything else that the process logs written alike.
"""

from kansoku.instrument.judgements import evaluation, feedback
from kansoku.instrument.logs import configure_logging
from kansoku.instrument.metering import metrics_asgi, metrics_wsgi
from kansoku.instrument.setup import flush, init, shutdown
from kansoku.instrument.structlog_lines import structlog_processor
from kansoku.instrument.tasks import Task, carry, current_task, task
from kansoku.instrument.tools import tool, tool_run

__all__ = [
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
