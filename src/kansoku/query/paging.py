"""Where the next page of a list begins.

Lists are read in two steps: first how far back the page reaches, then its rows. What is deleted or moves up
between the two makes a page short that is not the last one, so the rows say what the first step found. A page
of which nothing is left says it by one row without an id.
"""

from collections.abc import Sequence

from kansoku.query.statement import Cells, whole

ALL_OF_IT = "NULL"
"""The last column of rows that were read in one step."""


def second_step(columns: Sequence[str], rest: str, is_full: str, since: str) -> str:
    """What reads the rows of a page, and last in each how far back a full page reaches, else null.

    Args:
        columns: What each row has, its id first.
        rest: From where the rows come, and in which order.
        is_full: What says whether the first step found as many as were asked for.
        since: What says how far back it went, a time; it is told in nanoseconds since 1970.
    """
    # Joined to an array of all rows, what the first step found is told where that array is empty too.
    return (
        f"SELECT untuple(one), if({is_full}, toUnixTimestamp64Nano({since}), NULL) FROM"
        f" (SELECT groupArray(row) AS page_rows FROM (SELECT tuple({', '.join(columns)}) AS row {rest}))"
        f" LEFT ARRAY JOIN page_rows AS one WHERE notEmpty(page_rows) OR {is_full}"
    )


def rows_of(found: Sequence[Cells]) -> list[Cells]:
    """The rows of a page; none if all that it had are gone."""
    return [cells for cells in found if cells[0] != ""]


def next_page(found: Sequence[Cells], limit: int, time_at: int) -> int | None:
    """Where the next page begins, in nanoseconds since 1970; None if this one was the last.

    Args:
        found: The rows of the page, the newest first, as `second_step` gives them, or with `ALL_OF_IT` last.
        limit: How many rows were asked for.
        time_at: The column that the rows are ordered by.
    """
    if not found:
        return None
    rows = rows_of(found)
    if len(rows) >= limit:
        return whole(rows[-1][time_at])
    reached = found[0][-1]
    return None if reached is None else whole(reached)
