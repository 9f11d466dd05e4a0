"""The application's own OpenTelemetry providers: found each time, as they may be registered at any time."""

from collections.abc import Callable
from typing import TypeVar

from opentelemetry._logs import LoggerProvider, get_logger_provider
from opentelemetry.metrics import MeterProvider, get_meter_provider
from opentelemetry.trace import TracerProvider, get_tracer_provider

from kansoku.emit.doubts import doubt
from kansoku.emit.quiet import quiet_here

P = TypeVar("P")

_API = ("opentelemetry.trace", "opentelemetry.metrics", "opentelemetry._logs")
"""Modules of the API, whose providers do nothing or stand for one that is not registered yet."""


def tracer_provider() -> TracerProvider | None:
    """The registered TracerProvider, or None."""
    return _real(get_tracer_provider)


def meter_provider() -> MeterProvider | None:
    """The registered MeterProvider, or None."""
    return _real(get_meter_provider)


def logger_provider() -> LoggerProvider | None:
    """The registered LoggerProvider, or None."""
    return _real(get_logger_provider)


def _real(find: Callable[[], P]) -> P | None:
    """The provider, if it is more than the API's own."""
    try:
        with quiet_here:
            found = find()
    except Exception as error:
        doubt(
            f"OTEL_PYTHON_*_PROVIDER: names a provider that cannot be had ({error}); unset it or correct it"
        )
        return None
    return None if type(found).__module__.startswith(_API) else found
