"""What settling owes: a pass that failed is made again until it succeeds, after a restart too."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from kansoku.errors import QueryRefused, QueryTimeout

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_log = logging.getLogger(__name__)
_AGAIN_S: Final = 30.0


class Owed:
    """Settles, and remembers since when calls are not settled because a pass over them failed.

    Args:
        settle: Makes a pass over the calls stored from a unix second on.
        file: Remembers that second over a restart; it is there while something is owed.
    """

    def __init__(self, settle: Callable[[int], None], file: Path) -> None:
        self._settle = settle
        self._file = file
        self._noting = threading.Lock()
        self._since = _read(file)

    def settle(self, since: int) -> None:
        """A pass; a fault in it never keeps a segment from being stored, and is made good later.

        Raises:
            StoreUnavailable: If the store is away; whoever asked does it again.
        """
        try:
            self._settle(since)
        except (QueryRefused, QueryTimeout):
            _log.exception("Calls stored since %d are not settled yet", since)
            self._note(since)

    def make_good(self) -> None:
        """Makes the pass that is owed, if there is one."""
        with self._noting:
            since, self._since = self._since, None
        if since is None:
            return
        try:
            self._settle(since)
        except Exception as error:  # whatever it is, it is owed still
            _log.warning("Calls stored since %d are not settled yet: %s", since, error)
            self._note(since)
        else:
            self._forget()

    def run(self, stopping: threading.Event) -> None:
        """Makes good what is owed, again and again until told to stop."""
        while not stopping.wait(_AGAIN_S):
            self.make_good()

    def _note(self, since: int) -> None:
        with self._noting:
            self._since = since if self._since is None else min(since, self._since)
            draft = self._file.with_suffix(".draft")
            try:
                draft.write_text(str(self._since), encoding="utf-8")
                draft.replace(self._file)
            except OSError as error:  # a full disk may be why the pass failed
                _log.warning("What settling owes is remembered until the store ends: %s", error)

    def _forget(self) -> None:
        with self._noting:
            if self._since is None:
                self._file.unlink(missing_ok=True)


def _read(file: Path) -> int | None:
    try:
        told = file.read_text(encoding="utf-8")
    except OSError:
        return None
    return int(told) if told.isdigit() else 0
