"""What cache dollars are reckoned of: calls and tokens, apart by what their rates depend on."""

from collections.abc import Sequence
from typing import Final

from kansoku.catalog.fields import CALLS
from kansoku.catalog.outcomes import IS_BILLED
from kansoku.catalog.prices import LONG_PROMPTS
from kansoku.query.sql import Part, condition
from kansoku.query.token_classes import PROMPT, TOKEN_CLASSES, WRITTEN

CACHE_CLASSES: Final = ("cache_read", "cache_write_5m", "cache_write_1h")

SIZES: Final = (0, *LONG_PROMPTS)
"""Prompts that pay other rates than shorter ones are longer than these, in tokens."""

USES_CACHE: Final = f"({condition(IS_BILLED, CALLS)} AND {TOKEN_CLASSES['cache_read']} + {WRITTEN} > 0)"

_PRICED: Final = "isNotNull(cost_usd)"
_SIZE: Final = " + ".join(f"({PROMPT} > {edge})" for edge in LONG_PROMPTS)


def _of_size(place: int) -> Sequence[Part]:
    held = f"{USES_CACHE} AND {_PRICED} AND {_SIZE} = {place}"
    tokens = (Part("total", f"sumIf(toFloat64({TOKEN_CLASSES[name]}), {held})") for name in CACHE_CLASSES)
    return (Part("count", f"countIf({held})"), *tokens)


CACHE_PARTS: Final = (
    Part("count", f"countIf({USES_CACHE} AND NOT {_PRICED})"),
    *(part for place in range(len(SIZES)) for part in _of_size(place)),
)
"""Calls without a price, then, of each size, priced calls and their tokens of each class."""
