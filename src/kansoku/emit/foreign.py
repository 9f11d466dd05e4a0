"""Spans of other instrumentors around a call: an inference span of the same call is a double of ours."""

import logging
from collections.abc import Iterable, Mapping

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import get_current_span

from kansoku.catalog.fields import CALL_OPERATIONS, OPERATION
from kansoku.record.facts import Foreign

log = logging.getLogger("kansoku")

_MODELS = ("gen_ai.request.model", "llm.model_name")
_LLM_KINDS = {"openinference.span.kind": "LLM", "llm.request.type": "chat"}
"""How OpenInference and older OpenLLMetry mark an inference span, which neither names an operation on."""


class ForeignSpans:
    """Finds a foreign inference span of the same call; says once by whom it is."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def around(self, model: str, outside: object | None = None) -> Foreign | None:
        """The current span, or else that outside, if another instrumentor made it for a call of the model."""
        for span in (get_current_span(), outside):
            if isinstance(span, ReadableSpan) and _is_inference(span.attributes or {}, model):
                scope = "" if span.instrumentation_scope is None else span.instrumentation_scope.name
                self.say((scope,))
                context = span.get_span_context()
                return None if context is None else Foreign(format(context.span_id, "016x"), scope)
        return None

    def current(self) -> object | None:
        """The current span, if another instrumentor made it for a call of any model."""
        span = get_current_span()
        return span if isinstance(span, ReadableSpan) and _is_call(span.attributes or {}) else None

    def say(self, scopes: Iterable[str]) -> None:
        """Logs once per instrumentor that there are two."""
        for scope in sorted(set(scopes) - self._said):
            self._said.add(scope)
            log.warning(
                "Two instrumentors record the calls of Claude: %s and Kansoku. Costs and calls double where "
                "both are read. Leave the other one's set-up out of the application, or name it in "
                "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS; kansoku.duplicates.span_id names its span on ours, "
                "where it lies around the call.",
                scope or "an unnamed one",
            )


def _is_inference(attributes: Mapping[str, object], model: str) -> bool:
    """Whether the attributes are those of an inference of that model."""
    told = next((attributes[name] for name in _MODELS if name in attributes), model)
    return told == model and _is_call(attributes)


def _is_call(attributes: Mapping[str, object]) -> bool:
    """Whether the attributes are those of an inference."""
    return attributes.get(OPERATION) in CALL_OPERATIONS or any(
        attributes.get(name) == value for name, value in _LLM_KINDS.items()
    )
