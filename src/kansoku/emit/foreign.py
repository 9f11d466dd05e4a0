"""Spans of other instrumentors around a call: an inference span of the same call is a double of ours."""

import logging
from collections.abc import Mapping

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

    def around(self, model: str) -> Foreign | None:
        """The current span, if another instrumentor made it for a call of this model."""
        span = get_current_span()
        if not isinstance(span, ReadableSpan) or not _is_inference(span.attributes or {}, model):
            return None
        scope = "" if span.instrumentation_scope is None else span.instrumentation_scope.name
        self._say(scope)
        return Foreign(format(span.get_span_context().span_id, "016x"), scope)

    def _say(self, scope: str) -> None:
        """Logs once per instrumentor that there are two."""
        if scope not in self._said:
            self._said.add(scope)
            log.warning(
                "Two instrumentors record the calls of Claude: %s and Kansoku. Costs and calls double where "
                "both are read. Leave the other one's set-up out of the application, or name it in "
                "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS; kansoku.duplicates.span_id names its span on ours.",
                scope or "an unnamed one",
            )


def _is_inference(attributes: Mapping[str, object], model: str) -> bool:
    """Whether the attributes are those of an inference of that model."""
    is_call = attributes.get(OPERATION) in CALL_OPERATIONS or any(
        attributes.get(name) == value for name, value in _LLM_KINDS.items()
    )
    told = next((attributes[name] for name in _MODELS if name in attributes), model)
    return is_call and told == model
