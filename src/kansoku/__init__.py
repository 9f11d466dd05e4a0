"""Kansoku (観測): is the AI feature working?

`init` records every call of Claude that the process makes, as metrics, traces and logs, redacted;
`task`, `tool`, `feedback` and `evaluation` add what only the application knows; `configure_logging` has
everything else that the process logs written alike. `Redactor` is what all of it goes through.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kansoku.instrument.judgements import evaluation, feedback
    from kansoku.instrument.logs import configure_logging
    from kansoku.instrument.metering import metrics_asgi, metrics_wsgi
    from kansoku.instrument.setup import flush, init, shutdown
    from kansoku.instrument.structlog_lines import structlog_processor
    from kansoku.instrument.tasks import Task, carry, current_task, task
    from kansoku.instrument.tools import tool, tool_run
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

_PLACES = {
    "Drop": "redact.operators",
    "Hmac": "redact.operators",
    "Partial": "redact.operators",
    "Redactor": "redact.redactor",
    "Replace": "redact.operators",
    "Task": "instrument.tasks",
    "carry": "instrument.tasks",
    "configure_logging": "instrument.logs",
    "current_task": "instrument.tasks",
    "evaluation": "instrument.judgements",
    "feedback": "instrument.judgements",
    "flush": "instrument.setup",
    "init": "instrument.setup",
    "metrics_asgi": "instrument.metering",
    "metrics_wsgi": "instrument.metering",
    "shutdown": "instrument.setup",
    "structlog_processor": "instrument.structlog_lines",
    "task": "instrument.tasks",
    "tool": "instrument.tools",
    "tool_run": "instrument.tools",
}
"""Where each name is, which is loaded when it is first asked for.

The server and the command line import this package too, and load nothing of the application's part.
"""


def __getattr__(name: str) -> object:
    """A name that is loaded when it is first asked for, and found without this function from then on.

    All names of its folder are, as one that is first asked for while the interpreter ends cannot be loaded.
    """
    place = _PLACES.get(name)
    if place is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    folder = place.partition(".")[0]
    for each, where in _PLACES.items():
        if where.partition(".")[0] == folder:
            globals()[each] = getattr(import_module(f"{__name__}.{where}"), each)
    return globals()[name]


def __dir__() -> list[str]:
    """Every name of the package, loaded or not."""
    return sorted({*globals(), *__all__})
