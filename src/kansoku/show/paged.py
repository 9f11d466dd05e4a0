"""One page of a list that is read in two steps, of which what is deleted between them may leave nothing."""

from collections.abc import Awaitable, Callable

from kansoku.query import paging
from kansoku.query.statement import Statement


async def paged(
    found: Callable[[Statement], Awaitable[list[tuple[object, ...]]]], *statements: Statement
) -> list[tuple[object, ...]]:
    """What gives the page, for `paging.rows_of`; read once more if all of its rows were gone.

    Args:
        found: Asks the store.
        statements: What gives the page: the first that gives no emptied one does.
    """
    told: list[tuple[object, ...]] = []
    for statement in (*statements, statements[-1]):
        told = await found(statement)
        if not told or paging.rows_of(told):
            break
    return told
