"""The ledger: where the nodes that share a store write what they keep in common, by the term of who leads.

A node that begins to lead writes all that it keeps under a term of its own, which is higher than every one
before, and from then on what changes. What counts is what stands under the highest term. So whatever a node
writes that led before and does not know yet that it leads no more counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as it is from now on.

    Attributes:
        table: Of which table.
        key: Names the row in the table.
        row: The row as JSON; empty where there is none any more.
    """

    table: str
    key: str
    row: str


@dataclass(frozen=True, slots=True)
class Page:
    """What stands in a ledger.

    Attributes:
        term: Under which term; 0 where nothing was written by a node that led.
        number: The number of the newest writing.
        entries: The newest of each row.
    """

    term: int
    number: int
    entries: Sequence[Entry]


class Ledger(Protocol):
    """One ledger. Each method raises a `StoreError` if the store does not answer."""

    def term(self) -> int | None:
        """The term by which this node leads; None where it does not, as far as its own clock says."""
        ...

    def newest(self) -> int:
        """The highest term that anything was written under; 0 if nothing was."""
        ...

    def read(self, *, term: int = 0, after: int = 0, settled: bool = False) -> Page:
        """What stands under the highest term.

        Args:
            term: What was read before was of this term.
            after: Of the same term leave out what was written up to this number.
            settled: Wait for what is on its way between replicas.
        """
        ...

    def write(self, term: int, number: int, entries: Sequence[Entry]) -> None:
        """Writes all of the entries or none. Where it fails they may stand there all the same."""
        ...

    def forget(self, term: int) -> None:
        """Lets go of what was written under terms lower than that one."""
        ...
