"""The store as people ask it: whoever asks is not kept waiting for what has just arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku.store.port import DEFAULT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kansoku.store.port import Parameter, QueryLimits, Rows, Store


class Seen:
    """A `Store` that tells of each question before it is asked.

    Args:
        store: What answers.
        told: Told of each.
    """

    def __init__(self, store: Store, told: Callable[[], None]) -> None:
        self._store = store
        self._told = told

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        """As the port says."""
        self._told()
        return await self._store.query(statement, parameters, limits=limits)
