"""structlog onto the same lines: its events go through the standard library's loggers, keys and all."""

from collections.abc import Callable, MutableMapping
from importlib.util import find_spec
from typing import Any

from kansoku.emit.snapshot import snapshot, text_of
from kansoku.instrument.log_handler import FIELDS

_PASSED_ON = ("exc_info", "stack_info", "stacklevel")


def structlog_processor(
    _logger: Any, _method: str, event_dict: MutableMapping[str, Any]
) -> tuple[tuple[str], dict[str, Any]]:
    """The last processor of a structlog chain whose loggers are the standard library's.

    Gives the arguments for such a logger: the event as message, every other key as a field of the line.
    `configure_logging` puts it in place; a chain of your own may end with it.
    """
    event = event_dict.pop("event", "")
    passed = {name: event_dict.pop(name) for name in _PASSED_ON if name in event_dict}
    fields = {text_of(key): snapshot(value) for key, value in event_dict.items()}
    return (text_of(event),), {**passed, "extra": {FIELDS: fields}}


def configure_structlog() -> Callable[[], None] | None:
    """Sets structlog up, if it is installed; gives what puts its settings back.

    Loggers that structlog cached on first use before this keep what they had.
    """
    if find_spec("structlog") is None:
        return None
    import structlog

    before, was_configured = structlog.get_config(), structlog.is_configured()
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog_processor,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )

    def undo() -> None:
        structlog.reset_defaults()
        if was_configured:
            structlog.configure(**before)

    return undo
