"""The token classes that are priced, as SQL over the narrow table of calls."""

from typing import Final

WRITTEN: Final = "ifNull(cache_write_tokens, 0)"
_WRITTEN_1H: Final = f"least(ifNull(cache_write_1h_tokens, 0), {WRITTEN})"

TOKEN_CLASSES: Final = {
    "input": "ifNull(input_tokens, 0)",
    "output": "ifNull(output_tokens, 0)",
    "cache_read": "ifNull(cache_read_tokens, 0)",
    "cache_write_5m": f"({WRITTEN} - {_WRITTEN_1H})",
    "cache_write_1h": _WRITTEN_1H,
}
"""How many tokens of each class a stored call used, in the order in which the price book adds."""

PROMPT: Final = f"({TOKEN_CLASSES['input']} + {TOKEN_CLASSES['cache_read']} + {WRITTEN})"
"""The whole prompt: uncached, read and written."""
