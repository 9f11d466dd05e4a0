"""The words that labels of instruments have in every application: outcomes, error types, kinds of tokens.

Beside them labels hold names that an application, its users or its models give, without bound.
"""

from collections.abc import Mapping
from typing import Final, get_args

from kansoku.catalog import error_types, prices
from kansoku.catalog.fields import CALL_OPERATIONS, EXECUTE_TOOL, INVOKE_AGENT
from kansoku.catalog.outcomes import (
    GROUNDED,
    HALLUCINATED,
    HALLUCINATION,
    STOP_REASONS,
    Outcome,
    Rating,
    TaskOutcome,
)

TOKEN_TYPES = ("input", "output", "cache_read", "cache_creation")
PROVIDERS = ("anthropic", prices.BEDROCK, "gcp.vertex_ai", "azure.foundry")

_STATUSES = tuple(str(status) for status in range(100, 600))
_FAILURES = frozenset(
    (
        *error_types.BY_STATUS.values(),
        *error_types.BY_CLASS.values(),
        *error_types.BY_EXCEPTION.values(),
        *(f"{error_types.OTHER_STATUS}{status}" for status in _STATUSES),
    )
)

WORDS: Final[Mapping[str, frozenset[str]]] = {
    "status": frozenset((*get_args(Outcome), *_STATUSES, *_FAILURES)),
    "error_type": _FAILURES,
    "error.type": _FAILURES | {""},
    "outcome": frozenset(get_args(TaskOutcome)),
    "stop_reason": frozenset(STOP_REASONS),
    "type": frozenset(TOKEN_TYPES),
    "gen_ai.token.type": frozenset(TOKEN_TYPES),
    "gen_ai.operation.name": frozenset((*CALL_OPERATIONS, EXECUTE_TOOL, INVOKE_AGENT)),
    "gen_ai.provider.name": frozenset(PROVIDERS),
    "reason": frozenset(prices.UNPRICED_REASONS),
    "rating": frozenset(get_args(Rating)),
    "evaluation": frozenset((HALLUCINATION,)),
    "label": frozenset((HALLUCINATED, GROUNDED)),
}
"""By the label's name. A word that is not known here is like any name."""
