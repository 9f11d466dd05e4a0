"""What is to happen when the process forks; nothing, where there is no fork (Windows)."""

import os
import threading
from collections.abc import Callable

_LONGEST_S = 30.0
"""A fork waits for no longer. Imports take some tenths of a second, on a crowded machine seconds."""


def in_child(run: Callable[[], object]) -> None:
    """Has the function run in every child that is forked from now on."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=run)


def around(before: Callable[[], object], after: Callable[[], object]) -> None:
    """Has the functions run before each fork, and after it in parent and child."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before, after_in_parent=after, after_in_child=after)


class _Whole:
    """Steps of Kansoku's own threads that no fork may cut through.

    A child has none of its parent's threads, but the locks that they held, for good: of these it can renew
    its own only. The lock of a module that is just being imported is the interpreter's, and whoever imports
    it in the child waits for ever.
    """

    def __init__(self) -> None:
        self.step = threading.RLock()
        self._forking = threading.local()
        around(self._wait, self._go_on)
        in_child(self._renew)

    def _wait(self) -> None:
        """Before a fork: no step is under way."""
        self._forking.has = self.step.acquire(timeout=_LONGEST_S)

    def _go_on(self) -> None:
        """After it."""
        if self._forking.has:
            self._forking.has = False
            self.step.release()

    def _renew(self) -> None:
        """In a child whose parent's step took too long."""
        self.step = threading.RLock()


_whole = _Whole()


def whole() -> threading.RLock:
    """Held, in a `with`, by a thread of Kansoku's that may import, and runs nothing of the user."""
    return _whole.step
