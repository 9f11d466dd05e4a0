"""OpenTelemetry's process-wide providers, for one test: registered by its API, and forgotten afterwards."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import opentelemetry._logs._internal as logs_api
import opentelemetry.metrics._internal as metrics_api
from opentelemetry import trace as trace_api
from opentelemetry.util._once import Once

_GLOBALS: tuple[tuple[Any, str], ...] = (
    (trace_api, "_TRACER_PROVIDER"),
    (metrics_api, "_METER_PROVIDER"),
    (logs_api, "_LOGGER_PROVIDER"),
)


@contextmanager
def no_providers() -> Generator[None]:
    """A process without providers, in which each may be registered once; as it was before, afterwards."""
    before = [getattr(module, name) for module, name in _GLOBALS]
    for module, name in _GLOBALS:
        setattr(module, name, None)
        setattr(module, f"{name}_SET_ONCE", Once())
    try:
        yield
    finally:
        for (module, name), provider in zip(_GLOBALS, before, strict=True):
            setattr(module, name, provider)
            setattr(module, f"{name}_SET_ONCE", Once())
