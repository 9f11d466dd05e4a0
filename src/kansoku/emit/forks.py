"""What is to happen when the process forks; nothing, where there is no fork (Windows)."""

import os
from collections.abc import Callable


def in_child(run: Callable[[], object]) -> None:
    """Has the function run in every child that is forked from now on."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=run)


def around(before: Callable[[], object], after: Callable[[], object]) -> None:
    """Has the functions run before each fork, and after it in parent and child."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=before, after_in_parent=after, after_in_child=after)
