"""What the environment says that cannot be obeyed: said once, however often it is read.

Such a variable may be meant for another program, so that it is never an error of the application's.
"""

import logging
from collections.abc import Generator
from contextlib import contextmanager, suppress

log = logging.getLogger("kansoku")

_said: set[str] = set()


def doubt(text: str) -> None:
    """Says it, unless that has been done."""
    if text not in _said:
        _said.add(text)
        with suppress(Exception):  # a handler of the application's may write to what is closed
            log.warning("%s", text)


def forget() -> None:
    """Has everything said again: the environment is read anew."""
    _said.clear()


@contextmanager
def heard() -> Generator[set[str]]:
    """Gives what is said inside of the block, all of it anew."""
    forget()
    yield _said
