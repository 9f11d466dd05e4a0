"""Something done again and again in a thread of its own, which no failure ends."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kansoku.errors import StoreError

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

_log = logging.getLogger(__name__)


def repeat(what: str, act: Callable[[], None], stopping: threading.Event, every_s: float) -> None:
    """Does it, pauses, does it again, until told to stop; a failure is logged and tried again."""
    while not stopping.wait(every_s):
        try:
            act()
        except Exception as error:  # a thread that ended would end it for good, without a word
            is_foreseen = isinstance(error, StoreError)
            _log.warning("Not done yet: %s: %s", what, error, exc_info=not is_foreseen)
