"""A host looked up on a thread of its own: DNS that is slow or away holds nobody up."""

import socket
import threading
import time
from collections.abc import Sequence
from typing import Any

Target = tuple[socket.AddressFamily, tuple[str | int, ...] | str]
"""A socket's family, and what it connects to."""

KEPT_S = 5.0
"""How long an answer holds before the host is looked up again, be it that there is none."""


class Lookup:
    """Where a host is.

    Args:
        host: Its name or address. An address needs no looking up.
        port: The port that packets are to go to.
    """

    def __init__(self, host: str, port: int) -> None:
        self._where = (host, port)
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._found: Target | None = None
        self._why = ""
        self._answered_at = float("-inf")

    def target(self) -> Target | None:
        """Where packets go, or None while that is being looked up. Never waits.

        Raises:
            OSError: If the host was not found; it is looked up again after some seconds.
        """
        address = _of_numbers(*self._where)
        if address is not None:
            return address
        with self._lock:
            if self._asking is None and time.monotonic() - self._answered_at >= KEPT_S:
                self._ask()
            if self._asking is None and self._why:
                raise OSError(self._why)
            return self._found

    def wait(self, timeout_s: float) -> None:
        """Waits until an answer is there, if one is asked for."""
        with self._lock:
            asking = self._asking
        if asking is not None:
            asking.join(timeout_s)

    def forked(self) -> None:
        """In a forked child: the thread is the parent's, and the lock may be."""
        self._lock = threading.Lock()
        self._asking = None
        self._answered_at = float("-inf")

    def _ask(self) -> None:
        """Begins to look it up, under the lock; an older answer holds until then."""
        self._asking = threading.Thread(target=self._run, name="kansoku-lookup", daemon=True)
        try:
            self._asking.start()
        except RuntimeError as error:  # the interpreter is ending
            self._answer(None, str(error))

    def _run(self) -> None:
        """Looks it up."""
        found, why = None, ""
        try:
            found = _first(socket.getaddrinfo(*self._where, type=socket.SOCK_DGRAM))
        except (OSError, UnicodeError) as error:  # a name may be none that can be asked for
            why = str(error) or type(error).__name__
        with self._lock:
            self._answer(found, why)

    def _answer(self, found: Target | None, why: str) -> None:
        """Keeps the answer, under the lock."""
        self._asking, self._found, self._why = None, found, why
        self._answered_at = time.monotonic()


def _of_numbers(host: str, port: int) -> Target | None:
    """The target of an address; None for a name."""
    try:
        return _first(socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST))
    except (OSError, UnicodeError):
        return None


def _first(answers: Sequence[tuple[socket.AddressFamily, object, int, str, Any]]) -> Target:
    """The answer to take; there is one at least."""
    return answers[0][0], answers[0][4]
