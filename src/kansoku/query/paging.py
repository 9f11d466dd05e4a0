"""Where the next page of a list begins.

Lists are read in two steps: first how far back the page reaches, then its rows. What is deleted or moves up
between the two makes a page short that is not the last one, so the rows say what the first step found.
"""

from collections.abc import Sequence

from kansoku.query.statement import Cells, whole

ALL_OF_IT = "NULL"
"""The last column of rows that were read in one step."""


def reach(is_full: str, time: str) -> str:
    """The last column of each row: how far back a full page reaches, in nanoseconds since 1970; else null."""
    return f"if({is_full}, toUnixTimestamp64Nano({time}), NULL)"


def next_page(found: Sequence[Cells], limit: int, time_at: int) -> int | None:
    """Where the next page begins, in nanoseconds since 1970; None if this one was the last.

    Args:
        found: The rows of the page, the newest first, with what `reach` gives as their last column.
        limit: How many rows were asked for.
        time_at: The column that the rows are ordered by.
    """
    if not found:
        return None
    if len(found) >= limit:
        return whole(found[-1][time_at])
    reached = found[0][-1]
    return None if reached is None else whole(reached)
