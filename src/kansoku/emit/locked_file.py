"""Advisory locks on files (flock): they end with the process that holds them, however it ends.

Windows has none; there every process shows its own numbers.
"""

import importlib.util
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_ALONE_S = 2.0
_LOOK_AGAIN_S = 0.005


def there_are_locks() -> bool:
    """Whether this system has such locks."""
    return importlib.util.find_spec("fcntl") is not None


def hold(path: Path) -> int | None:
    """Locks the file, made if need be, and gives its descriptor; None if another process holds it."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def let_go(descriptor: int) -> None:
    """Unlocks, also for a child forked meanwhile that has a copy of the descriptor."""
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether a living process holds the file's lock."""
    if not path.exists():
        return False
    descriptor = hold(path)
    if descriptor is None:
        return True
    let_go(descriptor)
    return False


@contextmanager
def alone(path: Path) -> Generator[None]:
    """Runs the block while no other process is in one on the same file.

    Raises:
        TimeoutError: If another does not leave it in two seconds.
    """
    deadline = time.monotonic() + _ALONE_S
    while (descriptor := hold(path)) is None:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{path} is locked by another process")
        time.sleep(_LOOK_AGAIN_S)  # flock has no wait with a time limit
    try:
        yield
    finally:
        let_go(descriptor)
