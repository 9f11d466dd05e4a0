"""A ledger in memory, which stands for the store that nodes share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kansoku.store.ledger import Entry, Page

if TYPE_CHECKING:
    from collections.abc import Sequence


class MemoryLedger:
    """One ledger, as `Ledger` says. `leading`: the term by which the tried node leads, if it does."""

    def __init__(self, leading: int | None = None) -> None:
        self.leading = leading
        self.written: list[tuple[int, int, tuple[Entry, ...]]] = []

    def term(self) -> int | None:
        return self.leading

    def newest(self) -> int:
        return max((term for term, _, _ in self.written), default=0)

    def read(self, *, term: int = 0, after: int = 0, settled: bool = False) -> Page:
        del settled
        newest = self.newest()
        since = after if newest == term else 0
        rows: dict[tuple[str, str], Entry] = {}
        number = since
        for of, at, entries in sorted(self.written, key=lambda one: one[:2]):
            if of == newest:
                number = max(number, at)
                rows |= {(one.table, one.key): one for one in entries if not one.table or at > since}
        return Page(newest, number, tuple(rows.values()))

    def write(self, term: int, number: int, entries: Sequence[Entry]) -> None:
        self.written.append((term, number, tuple(entries)))

    def forget(self, term: int) -> None:
        self.written = [one for one in self.written if one[0] >= term]
