"""The tasks of maintenance by name, and the one thread's worth of them that runs at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kansoku.errors import QueryRefused
from kansoku.store.loading.aside import retry
from kansoku.store.upkeep.discarding import discard
from kansoku.store.upkeep.erasure import erase
from kansoku.store.upkeep.retention import retain
from kansoku.store.upkeep.sizes import stats
from kansoku.store.upkeep.snapshot import release, snapshot

if TYPE_CHECKING:
    from kansoku.catalog.retention import Days
    from kansoku.store.task import Answer, Arguments, Task, Work

TASKS: Final[dict[str, Task]] = {
    "stats": stats,
    "retention": retain,
    "erase": erase,
    "snapshot": snapshot,
    "release": release,
    "retry": retry,
    "discard": discard,
}


def run(name: str, work: Work, arguments: Arguments) -> Answer:
    """Runs a task to its end.

    Raises:
        QueryRefused: If there is no such task, or it cannot take the arguments.
        StoreError: If the store could not do it.
    """
    task = TASKS.get(name)
    if task is None:
        raise QueryRefused(f"task: {name!r} is not known; use one of {', '.join(TASKS)}")
    return task(work, arguments)


def completed(name: str, arguments: Arguments, days: Days, now: float) -> Arguments:
    """The arguments of a task with what the server knows itself: `kansoku.toml`'s days, the present."""
    if TASKS.get(name) is retain:
        return {**arguments, "file": days, "now": now}
    return arguments
