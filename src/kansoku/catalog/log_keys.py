"""The keys of a JSON log line, of Kansoku's own lines and the application's alike."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LogKey:
    """One key of a log line; absent from a line that has no value for it, unless it is on every line."""

    name: str
    brief: str
    on_every_line: bool = False


TIMESTAMP = LogKey("timestamp", "When it was logged: seconds since 1970, UTC.", on_every_line=True)
LEVEL = LogKey("level", "DEBUG, INFO, WARNING, ERROR, CRITICAL or one of its own.", on_every_line=True)
LOGGER = LogKey("logger", "The logger's name.", on_every_line=True)
MESSAGE = LogKey("message", "The message with its arguments; on lines of the application only.")
EVENT = LogKey("event", "What Kansoku recorded: `api_call_success`, `tool_call` …; on its own lines only.")
SERVICE = LogKey("service", "The application's name.")
ENVIRONMENT = LogKey("environment", "Where it runs.")
TRACE_ID = LogKey("trace_id", "The trace: that of the current span or task, 32 hex digits.")
SPAN_ID = LogKey("span_id", "The span within it, 16 hex digits.")
TASK = LogKey("task", "The task that the code was in.")
FEATURE = LogKey("feature", "The task's feature.")
USER_ID = LogKey("user_id", "The task's user, redacted.")
SESSION_ID = LogKey("session_id", "The task's session, redacted.")
RELEASE = LogKey("release", "The application's version, where the task tells it.")
CLIENT = LogKey("client", "Who asked, on access lines: address and port.")
METHOD = LogKey("method", "The HTTP method, on access lines.")
PATH = LogKey("path", "The path asked for, on access lines; values of its query are never shown.")
STATUS = LogKey("status", "The HTTP status, on access lines.")
EXCEPTION = LogKey(
    "exception", "The exception: `type`, `message`, `notes`, `stack`, its `cause` or `context`, `members`."
)
STACK = LogKey("stack", "Where it was logged, if `stack_info` was asked for.")
CUT = LogKey("cut", "True where the line was too long and lost its further fields and stacks.")

LOG_KEYS: tuple[LogKey, ...] = (
    TIMESTAMP,
    LEVEL,
    LOGGER,
    MESSAGE,
    EVENT,
    SERVICE,
    ENVIRONMENT,
    TRACE_ID,
    SPAN_ID,
    TASK,
    FEATURE,
    USER_ID,
    SESSION_ID,
    RELEASE,
    CLIENT,
    METHOD,
    PATH,
    STATUS,
    EXCEPTION,
    STACK,
    CUT,
)
"""In the order in which a line has them; further fields of the record come before `exception`."""

RESERVED = frozenset(
    each.name for each in LOG_KEYS if each not in (CLIENT, METHOD, PATH, STATUS, RELEASE, EVENT)
)
"""Keys that a record's own fields cannot take; one that would is renamed with `RENAMED` before it."""

RENAMED = "extra_"

CALLS_LOGGER = "kansoku.calls"
"""The logger that carries Kansoku's own lines."""
