"""Kansoku (観測): is the AI feature working?

`init` records every call of Claude that the process makes, as metrics, traces and logs, redacted;
`task`, `tool`, `feedback` and `evaluation` add what only the application knows.
"""

from kansoku.instrument.judgements import evaluation, feedback
from kansoku.instrument.setup import flush, init, shutdown
from kansoku.instrument.tasks import Task, task
from kansoku.instrument.tools import tool

__all__ = ["Task", "evaluation", "feedback", "flush", "init", "shutdown", "task", "tool"]
