"""The port between the pipeline and whoever counts facts or publishes counts from its worker thread."""

from typing import Protocol

from kansoku.record.facts import Fact


class Meter(Protocol):
    """Told of facts and of time. All but `forked` may fail; the pipeline's guard keeps that."""

    def fact(self, fact: Fact, /) -> None:
        """A redacted fact."""
        ...

    def worked(self) -> None:
        """The queue is worked off; called about ten times a second."""
        ...

    def forked(self) -> None:
        """The process is a forked child now; no other thread runs yet."""
        ...

    def close(self) -> None:
        """Nothing comes any more."""
        ...
