"""Other instrumentors of the SDK: those that are known, and those that stand in the place of its methods."""

import sys
from collections.abc import Iterator
from typing import Any

OTHERS = {
    "opentelemetry-instrumentation-anthropic": ("OpenLLMetry", "opentelemetry.instrumentation.anthropic"),
    "opentelemetry-instrumentation-genai-anthropic": (
        "OpenTelemetry GenAI",
        "opentelemetry.instrumentation.genai.anthropic",
    ),
    "openinference-instrumentation-anthropic": ("OpenInference", "openinference.instrumentation.anthropic"),
    "logfire": ("Logfire", "logfire._internal.integrations.llm_providers.anthropic"),
    "openlit": ("OpenLIT", "openlit.instrumentation.anthropic"),
    "ddtrace": ("Datadog", "ddtrace.contrib.internal.anthropic.patch"),
}
"""By the package that brings it: its name for people, and its module."""

_CLASSES = ("Messages", "AsyncMessages")
_METHODS = ("create", "stream")
_DEEPEST = 20


def in_place() -> set[str]:
    """Modules of the known ones that the SDK's methods lead through now. Imports nothing."""
    functions = [getattr(owner, name, None) for owner in _owners() for name in _METHODS]
    layers = {f"{module}." for function in functions for module in _layers(function)}
    return {known for _, known in OTHERS.values() if any(each.startswith(f"{known}.") for each in layers)}


def _owners() -> Iterator[Any]:
    """The classes whose methods others replace."""
    for path in ("anthropic.resources.messages", "anthropic.resources.beta.messages"):
        module = sys.modules.get(path)
        yield from (found for name in _CLASSES if (found := getattr(module, name, None)) is not None)


def _layers(function: object) -> Iterator[str]:
    """The modules whose code runs before the SDK's own: of plain functions, and of wrapt's wrappers."""
    for _ in range(_DEEPEST):
        if function is None:
            return
        wrapper: object = getattr(function, "_self_wrapper", None)
        for each in (function, wrapper, getattr(type(wrapper), "__call__", None)):  # noqa: B004  its code is meant
            held: Any = getattr(each, "__globals__", None)
            if held is not None:
                yield str(held.get("__name__"))
        function = getattr(function, "__wrapped__", None)
