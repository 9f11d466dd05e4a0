"""What each node of several tells of itself, so that the one that evaluates knows of all of them."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from kansoku.errors import StoreError
from kansoku.store.ledger import Entry, Ledger
from kansoku.store.segments import Lag

log = logging.getLogger(__name__)

FRESH_S: Final = 180.0
"""What a node told longer ago says nothing of how it is now; clocks of nodes may differ by less."""

MISSED_S: Final = 86_400.0
"""A node that fell silent is missed for so long, unless it took its leave."""

_TELL_S: Final = 60.0
"""What is as before is told again after so long."""

_TABLE: Final = "nodes"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a node stands.

    Attributes:
        lag: How far its store is behind with what it received, and what could not be stored.
        refused: Why it cannot use newer settings; empty where it can.
    """

    lag: Lag
    refused: str = ""

    def told(self, at: float) -> str:
        """As JSON, for that moment."""
        return json.dumps({"at": at, "refused": self.refused, **asdict(self.lag)}, ensure_ascii=False)


class Nodes:
    """The standings of all nodes that share a store. Blocking; one thread at a time.

    Args:
        name: This node's, for people and for the ledger.
        ledger: Where nodes tell; None where this node is alone.
    """

    def __init__(self, name: str = "", ledger: Ledger | None = None) -> None:
        self._name = name
        self._ledger = ledger
        self._told: Standing | None = None
        self._told_at = float("-inf")
        self._others: Mapping[str, tuple[float, Standing]] = {}
        self._fails = False

    def tell(self, own: Standing, at: float) -> None:
        """Tells the others, where it is news or was told long ago.

        Args:
            own: How this node stands.
            at: The present, in unix seconds.
        """
        if self._ledger is None or (own == self._told and 0 <= at - self._told_at < _TELL_S):
            return
        try:
            self._ledger.write(0, round(at * 1e3), [Entry(_TABLE, self._name, own.told(at))])
        except StoreError as error:
            self._failed(error)
        else:
            self._told, self._told_at, self._fails = own, at, False

    def standings(self, own: Standing, at: float) -> Mapping[str, Standing]:
        """How each node stands, by its name; a node that is alone has none.

        Of the others it is what they told in the last `FRESH_S` seconds; where the store does not answer, as
        much of that as is known.

        Args:
            own: How this node stands.
            at: The present, in unix seconds.
        """
        if self._ledger is None:
            return {"": own}
        try:
            self._others = dict(_read(self._ledger.read().entries))
        except StoreError as error:
            self._failed(error)
        fresh = {name: one for name, (told_at, one) in self._others.items() if abs(at - told_at) <= FRESH_S}
        return fresh | {self._name: own}

    def missed(self, at: float) -> Mapping[str, Standing]:
        """The nodes that fell silent within `MISSED_S` seconds and did not take their leave.

        How they last stood, as of what `standings` read last.

        Args:
            at: The present, in unix seconds.
        """
        return {
            name: one
            for name, (told_at, one) in self._others.items()
            if name != self._name and FRESH_S < at - told_at <= MISSED_S
        }

    def leave(self, at: float) -> None:
        """Takes leave of the others, who do not miss this node then.

        Args:
            at: The present, in unix seconds.
        """
        if self._ledger is None or self._told is None:
            return
        try:
            self._ledger.write(0, round(at * 1e3), [Entry(_TABLE, self._name, "")])
        except StoreError as error:
            self._failed(error)

    def _failed(self, error: StoreError) -> None:
        if not self._fails:
            log.warning("nodes cannot tell one another how they stand: %s", error)
        self._fails = True


def _read(entries: Iterable[Entry]) -> Iterable[tuple[str, tuple[float, Standing]]]:
    for one in entries:
        if one.table == _TABLE and one.row:
            row = json.loads(one.row)
            lag = Lag(row["segments"], row["oldest_s"], row["set_aside"])
            yield one.key, (row["at"], Standing(lag, row["refused"]))
