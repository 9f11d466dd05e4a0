"""What there is to filter by."""

from collections.abc import Sequence
from typing import cast

from kansoku.catalog.filters import FILTERS
from kansoku.query.scope import moment
from kansoku.query.statement import Cells, Statement

VALUES_AT_MOST = 100
"""So many values of a filter are told, those of most calls first."""


def values(begin: int, end: int) -> Statement:
    """The values of every filter among the calls that began in [`begin`, `end`), in one pass."""
    counted = ", ".join(
        f"topK({VALUES_AT_MOST})(toString({one.fields[0]})) AS values_{one.name}" for one in FILTERS
    )
    text = (
        f"SELECT {counted} FROM calls "
        "WHERE time >= {from:DateTime64(9, 'UTC')} AND time < {to:DateTime64(9, 'UTC')}"
    )
    return Statement(text, {"from": moment(begin), "to": moment(end)})


def values_told(cells: Cells) -> dict[str, list[str]]:
    """The values by filter, in order; what is unknown is none."""
    told = zip(FILTERS, cast("Sequence[Sequence[str]]", cells), strict=True)
    return {one.name: sorted(value for value in found if value) for one, found in told}
