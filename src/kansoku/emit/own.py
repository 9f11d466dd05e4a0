"""Kansoku's own way out: exporters made in the process that sends: a fork shares no connection."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module

from opentelemetry.context import attach, detach, set_value
from opentelemetry.sdk.metrics.export import MetricsData

from kansoku.emit import forks
from kansoku.emit.exporters import Exporters, Lost
from kansoku.emit.identity import Identity
from kansoku.emit.otlp import Destination, console, otlp
from kansoku.emit.telemetry import Telemetry

_SUPPRESSED = "suppress_instrumentation"
"""Context key that other instrumentations look at before they record the requests that are sent here."""

_LATE = ("netrc", "encodings.idna")
"""What requests and sockets import at their first request; no fork may cut through that either."""


class Own:
    """Sends by every exporter that is wanted. What one of them raises goes on after all were asked.

    Each keeps what waits for itself, so none gets anything twice because of another.

    Args:
        destination: Where it goes.
        lost: Told what is lost that had waited.
    """

    def __init__(self, destination: Destination, lost: Lost) -> None:
        self._destination = destination
        self._lost = lost
        self._pid = 0
        self._exporters: list[Exporters] = []
        self._of_parent: list[Exporters] = []

    def spans(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends the spans of facts that make one."""
        return _all_of([lambda one=one: one.spans(who, batch) for one in self._here()])

    def logs(self, who: Identity, batch: Sequence[Telemetry], /) -> bool:
        """Sends log records."""
        return _all_of([lambda one=one: one.logs(who, batch) for one in self._here()])

    def metrics(self, data: MetricsData, /) -> bool:
        """Sends the state of every metric."""
        return _all_of([lambda one=one: one.metrics(data) for one in self._here()])

    def resend(self, *, urgent: bool) -> bool:
        """Sends what waits."""
        waiting = [one for one in self._made_here() if any(one.waiting().values())]
        return not waiting or _all_of([lambda one=one: one.resend(urgent=urgent) for one in waiting])

    def waiting(self) -> Mapping[str, int]:
        """How many items of each pillar wait in this process."""
        found = Counter[str]()
        for one in self._made_here():
            found.update(one.waiting())
        return found

    def arrived(self) -> int:
        """Grows with each request that arrives, and as the exporters are made, which imports much."""
        return sum(1 + one.arrived for one in self._made_here())

    def refusals(self) -> int:
        """How many times in a row nobody listened at the endpoint."""
        return max((one.refusals.count for one in self._made_here()), default=0)

    def retire(self) -> None:
        """Nothing here is the application's."""

    def close(self) -> None:
        """Closes the connections."""
        for one in self._made_here():
            one.close()

    def _made_here(self) -> list[Exporters]:
        """This process's exporters, as far as they were needed."""
        return self._exporters if self._pid == os.getpid() else []

    def _here(self) -> list[Exporters]:
        """This process's exporters. A parent's are kept: to let go of them could end what it still uses."""
        if self._pid != os.getpid():
            self._of_parent += self._exporters
            with forks.whole():
                made = otlp(self._destination, self._lost), console(self._destination)
                for name in _LATE:
                    import_module(name)
            self._exporters = [one for one in made if one is not None]
            self._pid = os.getpid()
        return self._exporters


def _all_of(sends: Sequence[Callable[[], bool]]) -> bool:
    """Runs all, unrecorded by others; gives whether all went, and raises the first exception at the end."""
    went = True
    failed: Exception | None = None
    before = attach(set_value(_SUPPRESSED, value=True))
    for send in sends:
        try:
            went = send() and went
        except Exception as error:
            failed = failed or error
    detach(before)
    if failed is not None:
        raise failed
    return went
