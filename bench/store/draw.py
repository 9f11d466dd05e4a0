"""Random draws as ClickHouse SQL: each a function of the row's number and a salt, so that a seed fixes all.

A row's number is the column `number`; rows of one request share `pair`, the number of its first call.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Final, Literal

Of = Literal["number", "pair"]

_SLOTS = 512
"""The finest weight: shares are multiples of 1/512, looked up in a list of that many places."""

PAIR: Final = "intDiv(number, 2)"


def bits(salt: str, seed: int, of: Of = "number") -> str:
    """64 random bits."""
    whose = PAIR if of == "pair" else "number"
    return f"cityHash64({whose}, {zlib.crc32(f'{seed}:{salt}'.encode())})"


def uniform(salt: str, seed: int, of: Of = "number") -> str:
    """A number in [0, 1)."""
    return f"(bitShiftRight({bits(salt, seed, of)}, 11) / 9007199254740992)"


def lognormal(salt: str, seed: int, median: str, sigma: float, of: Of = "number") -> str:
    """A positive number with that median, its logarithm normal with that deviation."""
    first, second = uniform(f"{salt}/1", seed, of), uniform(f"{salt}/2", seed, of)
    normal = f"(sqrt(-2 * log(1 - {first})) * cos(2 * pi() * {second}))"
    return f"({median} * exp({sigma} * {normal}))"


def hexadecimal(salt: str, seed: int, size: Literal[8, 16], of: Of = "number") -> str:
    """An id of that many bytes, two hex digits each."""
    parts = [f"reinterpretAsFixedString({bits(f'{salt}/{at}', seed, of)})" for at in range(size // 8)]
    whole = parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"
    return f"lower(hex({whole}))"


def place(weights: Mapping[str, float], salt: str, seed: int, of: Of = "number") -> str:
    """The place (from 1) of one of the names, drawn by its weight."""
    slots = ", ".join(str(at) for at in _slots(list(weights.values())))
    return f"([{slots}][1 + bitAnd({bits(salt, seed, of)}, {_SLOTS - 1})])"


def named(weights: Mapping[str, float], at: str) -> str:
    """The name at that place."""
    return f"({texts(list(weights))}[{at}])"


def chosen(weights: Mapping[str, float], salt: str, seed: int, of: Of = "number") -> str:
    """One of the names, drawn by its weight."""
    return named(weights, place(weights, salt, seed, of))


def texts(values: list[str]) -> str:
    """A list of texts."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return f"[{quoted}]"


def _slots(weights: list[float]) -> list[int]:
    """How many slots each place gets, at least one; the first takes what rounding leaves."""
    total = sum(weights)
    counts = [max(1, round(_SLOTS * weight / total)) for weight in weights]
    counts[0] += _SLOTS - sum(counts)
    return [at for at, count in enumerate(counts, 1) for _ in range(count)]
