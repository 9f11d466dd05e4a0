"""Bytes on the disk for each call: its narrow row, its span, with and without what was said."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.store.filling import Wanted, filled
from kansoku.store.embedded import EmbeddedStore
from kansoku.store.segments import Layout

CONTENT_WORDS: Final = 150
"""Words of a prompt, and of an answer, in spans with content: a kilobyte each, half as much on the median."""

_SIZES: Final = (
    "SELECT table, sum(rows), sum(bytes_on_disk) FROM system.parts"
    " WHERE database = 'default' AND active AND rows > 0 GROUP BY table ORDER BY table"
)


@dataclass(frozen=True, slots=True)
class Size:
    """A table's rows and bytes."""

    rows: int
    bytes: int

    @property
    def each(self) -> float:
        """Bytes a row."""
        return self.bytes / self.rows


async def sizes(data: Path) -> Mapping[str, Size]:
    """The tables of the store in that folder."""
    store = EmbeddedStore(Layout(data))
    await store.start()
    try:
        rows = (await store.query(_SIZES)).rows
    finally:
        await store.close()
    return {str(table): Size(int(str(count)), int(str(size))) for table, count, size in rows}


async def sizes_with_and_without(calls: int, seed: int) -> Mapping[str, Mapping[str, Size]]:
    """Of two fresh stores of the same calls, their spans once without and once with prompts and answers."""
    found: dict[str, Mapping[str, Size]] = {}
    for name, words in (("without content", 0), ("with content", CONTENT_WORDS)):
        with tempfile.TemporaryDirectory(prefix="bench-store-") as folder:
            wanted = Wanted(calls, seed, days=3, span_days=3, log_days=3, content_words=words)
            filled(Path(folder), wanted)
            found[name] = await sizes(Path(folder))
    return found
