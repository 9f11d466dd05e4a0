"""The database as migrations and maintenance see it: statements of this folder's own, run and answered."""

from __future__ import annotations

from typing import Protocol


class Database(Protocol):
    """What runs the statements. Nobody else writes to it meanwhile, unless it is a cluster."""

    def run(self, statement: str) -> None:
        """Runs a statement to its end, mutations included.

        Raises:
            StoreError: If it could not.
        """
        ...

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a reading statement.

        Raises:
            StoreError: If it could not answer.
        """
        ...
