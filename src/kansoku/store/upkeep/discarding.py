"""Removes what a full or failing disk left of parts, once their rows are stored."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from kansoku.errors import StoreUnavailable
from kansoku.store.parts import aside_since, bytes_of, put_aside
from kansoku.store.segments import Signal, opened_s

if TYPE_CHECKING:
    from kansoku.store.task import Answer, Arguments, Work


def discard(work: Work, _: Arguments) -> Answer:
    """How many parts were removed, with how many bytes, and how many are kept.

    The rows of a part that was cut short while a segment was stored come again from that segment, which was
    there when the part was put aside. So a part is kept while a segment from before that waits. What a merge
    was cut short of is whole in its sources, by which the database opened.

    Raises:
        StoreUnavailable: If one cannot be removed.
    """
    waiting = [opened_s(path) for signal in Signal for path in work.layout.ready(signal)]
    oldest = min(waiting, default=None)
    aside = put_aside(work.layout.database)
    done = [part for part in aside if oldest is None or aside_since(part) < oldest]
    freed = bytes_of(done)
    try:
        for part in done:
            shutil.rmtree(part)
    except OSError as error:
        raise StoreUnavailable(f"what a disk left of parts cannot be removed: {error}") from error
    return {"parts": len(done), "bytes": freed, "kept": len(aside) - len(done)}
