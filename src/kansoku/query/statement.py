"""A SQL text with the values bound to it, and what its cells mean when they come back."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from kansoku.catalog.measures import Reading

Parameter = str | int | float | bool | None | list[str]
Cells = Sequence[object]


@dataclass(frozen=True, slots=True)
class Statement:
    """One read of the store; `{name:Type}` places in `text` take `parameters`."""

    text: str
    parameters: Mapping[str, Parameter]


def number(cell: object) -> float | None:
    """A cell as a number; null and not-a-number are no data.

    Raises:
        TypeError: If the cell holds something that no number can be read from.
    """
    if cell is None:
        return None
    if not isinstance(cell, int | float | str):
        raise TypeError(f"expected a number in the answer of the store, got {type(cell).__name__}")
    value = float(cell)
    return value if math.isfinite(value) else None


def whole(cell: object) -> int:
    """A cell as a whole number; null is 0.

    Raises:
        TypeError: If the cell holds something that no number can be read from.
    """
    if isinstance(cell, int | str):
        return int(cell)
    return int(number(cell) or 0)


def texts(cell: object) -> dict[str, str]:
    """A cell as a map of texts; anything else is an empty one."""
    if not isinstance(cell, dict):
        return {}
    return {str(name): str(value) for name, value in cast("dict[object, object]", cell).items()}


def reading(value: object, n: object) -> Reading:
    """The two cells that every measure gives."""
    return Reading(number(value), whole(n))
