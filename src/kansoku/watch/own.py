"""What the server knows of itself and of other nodes, as findings of the alerts that no row tells of."""

from collections.abc import Callable, Iterable, Mapping

from kansoku.catalog.alert_pack import (
    EVALUATION_FAILING,
    NODE_MISSED,
    NOTICES_LOST,
    NOTICES_LOST_S,
    SET_ASIDE,
    SETTINGS_REFUSED,
    STORE_BEHIND,
    STORE_BEHIND_S,
)
from kansoku.judge.alarm import Alarm, Finding, Holding
from kansoku.judge.notice import Cause, Told
from kansoku.store.segments import Lag
from kansoku.watch.nodes import Nodes, Standing

NODE = "node"
"""The label that names a node, where there may be several."""

_BLAMED = 10
"""So many failing alerts are named."""


class OwnFindings:
    """Looks at the spool and the queue of notices, and remembers what goes on failing.

    Args:
        lag: Tells how far the store is behind with what was received, at a unix second.
        untold: Tells how many news of alarms never arrived since a unix second.
        nodes: Has the other nodes that share the store know how this one stands, and tells of them.
    """

    def __init__(self, lag: Callable[[float], Lag], untold: Callable[[float], int], nodes: Nodes) -> None:
        self._lag_at = lag
        self._untold_since = untold
        self._nodes = nodes
        self._standings: Mapping[str, Standing] = {}
        self._missed: Mapping[str, Standing] = {}
        self._untold = 0
        self._failed_since: Mapping[str, float] | None = None
        self.refused = ""
        """Why newer settings cannot be used."""

    @property
    def late(self) -> bool:
        """Whether alerts look at less than there is, as of the last look."""
        return any(map(_is_late, self._standings.values()))

    def tell(self, at: float) -> Standing:
        """Looks at the disk, at that moment in unix seconds, and has the other nodes know of it."""
        own = Standing(self._lag_at(at), self.refused)
        self._nodes.tell(own, at)
        return own

    def leave(self, at: float) -> None:
        """Has the other nodes not miss this one from that moment on, in unix seconds."""
        self._nodes.leave(at)

    def look(self, at: float) -> None:
        """Looks at the disk, at that moment in unix seconds, and at what the other nodes told."""
        self._standings = self._nodes.standings(self.tell(at), at)
        self._missed = self._nodes.missed(at)
        self._untold = self._untold_since(at - NOTICES_LOST_S)

    def rewind(self, at: float) -> None:
        """Lets nothing lie after that moment, to which the clock was set back."""
        self._failed_since = {name: min(since, at) for name, since in (self._failed_since or {}).items()}

    def findings(self, errors: Iterable[str], known: Iterable[Alarm], at: float) -> dict[str, Finding]:
        """Where each alert of the server's own stands, by name.

        Args:
            errors: The alerts that could not be evaluated.
            known: Every alarm before this evaluation.
            at: The moment of it, in unix seconds.
        """
        return {
            EVALUATION_FAILING.name: self._failing(errors, known, at),
            STORE_BEHIND.name: self._where(lambda one: one.lag.segments if _is_late(one) else 0),
            SET_ASIDE.name: self._where(lambda one: one.lag.set_aside),
            SETTINGS_REFUSED.name: self._where(lambda one: None if one.refused else 0),
            NODE_MISSED.name: Finding(
                tuple(
                    Holding({NODE: name}, float(one.lag.segments))
                    for name, one in sorted(self._missed.items())
                )
            ),
            NOTICES_LOST.name: _counted(self._untold),
        }

    def blamed(self, alarm: Alarm) -> Told:
        """What cannot be evaluated names the alerts that have failed for all that time."""
        since = self._failed_since or {}
        failing = [name for name, begun in since.items() if begun <= alarm.active_since]
        return Told(alarm, tuple(Cause("alert", name, 1 / len(failing)) for name in failing[:_BLAMED]))

    def _where(self, value: Callable[[Standing], int | None]) -> Finding:
        """At which nodes it holds: where the value is not 0. A node that is alone has no name."""
        found = ((name, value(one)) for name, one in sorted(self._standings.items()))
        return Finding(
            tuple(
                Holding({NODE: name} if name else {}, None if amount is None else float(amount))
                for name, amount in found
                if amount != 0
            )
        )

    def _failing(self, errors: Iterable[str], known: Iterable[Alarm], at: float) -> Finding:
        """Whether it holds that one and the same alert goes on failing.

        On a slow machine now this alert is left out and now that one, and each is answered soon after:
        once none is left of those that failed when the alarm became active, it begins anew.
        """
        mine = [alarm for alarm in known if is_failing(alarm) and alarm.state in ("pending", "firing")]
        since = [alarm.active_since for alarm in mine]
        before = self._failed_since
        begun = since[0] if before is None and since else at
        self._failed_since = {name: (before or {}).get(name, begun) for name in errors}
        longest = min(self._failed_since.values(), default=None)
        if longest is None or (since and longest > since[0]):
            return Finding()
        return _counted(len(self._failed_since))


def is_failing(alarm: Alarm) -> bool:
    """Whether it is the alarm that alerts cannot be evaluated."""
    return alarm.alert.name == EVALUATION_FAILING.name


def _is_late(one: Standing) -> bool:
    return one.lag.oldest_s > STORE_BEHIND_S


def _counted(number: int) -> Finding:
    """That it holds where there is any."""
    return Finding((Holding({}, float(number)),) if number else ())
