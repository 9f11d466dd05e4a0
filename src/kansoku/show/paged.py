"""One page of a list that is read in two steps, of which what is deleted between them may leave nothing."""

from collections.abc import Awaitable, Callable

from kansoku.query import paging
from kansoku.query.statement import Statement


async def paged(
    found: Callable[[Statement], Awaitable[list[tuple[object, ...]]]], statement: Statement
) -> list[tuple[object, ...]]:
    """What gives the page, for `paging.rows_of`; read once more if all of its rows were gone.

    Args:
        found: Asks the store.
        statement: What gives the page.
    """
    told = await found(statement)
    return await found(statement) if told and not paging.rows_of(told) else told
