"""Who of several nodes does what only one may do: the rules, without a clock or a store of their own.

A lease is a row of claims numbered 1, 2, 3 …, each written by a node; the highest number holds. The store
promises one thing: of two claims of one number, only the first is kept. Time is never compared between
nodes, whose clocks may be hours apart:

- A holder counts its `hold_s` from before it sent its claim, by its own clock, and renews it well before.
- Another node takes over when it has watched one claim stay the highest for `wait_s`, by its own clock.

So two nodes hold at once only if their clocks run at rates that differ by more than `wait_s / hold_s`, or
if a node is halted between asking whether it holds and acting on it. What is done under a lease must
therefore be such that doing it twice leads to the same rows. A stale view of the claims, from a replica
that lags, delays a takeover and never makes a second holder.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HOLD_S = 15.0
WAIT_S = 20.0
RENEW_S = 5.0


@dataclass(frozen=True, slots=True)
class Claim:
    """A node's claim. A node's name is made anew each time it starts.

    `attempt` tells the tries of one node for one number apart: a try whose answer was lost may be the one
    that was kept, and it holds from when it was sent, not from when it was found.
    """

    number: int
    holder: str
    attempt: int = 0


@dataclass(slots=True)
class Contender:
    """One node's part of one lease. Times are seconds of any clock of its own that only runs forward.

    Attributes:
        node: The node's name.
        hold_s: How long a claim holds.
        wait_s: How long another's claim must be watched before it is taken over.
        renew_s: How old an own claim is renewed at.
    """

    node: str
    hold_s: float = HOLD_S
    wait_s: float = WAIT_S
    renew_s: float = RENEW_S
    _seen: Claim | None = field(default=None, init=False)
    _seen_at: float = field(default=0.0, init=False)
    _claimed_at: float = field(default=float("-inf"), init=False)
    _attempts: int = field(default=0, init=False)
    _term: int = field(default=0, init=False)

    def holds(self, now: float) -> bool:
        """Whether this node may act now."""
        return now < self._claimed_at + self.hold_s

    def term(self, now: float) -> int | None:
        """The number that its holding began with, higher than that of all before; None if it may not act."""
        return self._term if self.holds(now) else None

    def next_claim(self, highest: Claim | None, now: float) -> Claim | None:
        """The claim to write, seeing the highest one there is; None to go on watching.

        `now` is from after the claims were read.
        """
        self._see(highest, now)
        if self._seen is None:
            return self._claim(1)
        if self._seen.holder == self.node:
            due = now >= self._claimed_at + self.renew_s
        else:
            due = now >= self._seen_at + self.wait_s
        return self._claim(self._seen.number + 1) if due else None

    def written(self, claim: Claim, highest: Claim | None, asked_at: float, now: float) -> None:
        """Takes note of the highest claim after writing one, sent after `asked_at` and read before `now`."""
        self._see(highest, now)
        if highest == claim:
            if not self.holds(asked_at):
                self._term = claim.number
            self._claimed_at = asked_at

    def _claim(self, number: int) -> Claim:
        self._attempts += 1
        return Claim(number, self.node, self._attempts)

    def _see(self, highest: Claim | None, now: float) -> None:
        """A replica that lags shows less than was seen before; what was seen counts."""
        if highest is not None and (self._seen is None or highest.number > self._seen.number):
            self._seen, self._seen_at = highest, now
