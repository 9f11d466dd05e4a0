"""The observer of an agent's messages: it cuts their stream into runs, each from a prompt to its result.

It does no I/O and knows neither `query` nor `ClaudeSDKClient`: the seam tells it of beginnings, messages
and ends. One observer belongs to one process of the command line, so it has one ledger of totals.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from kansoku.record.agent_ledger import Ledger
from kansoku.record.agent_message import AgentItem, item_of
from kansoku.record.facts import Place, Surroundings

AgentEnding = Literal["result", "raised", "closed"]
"""How a run ended: with its result, with an exception, or left early."""


@dataclass(frozen=True, slots=True)
class RunBegan:
    """What is known when a run begins."""

    place: Place
    around: Surroundings
    unix_ns: int
    clock_s: float
    cli_telemetry: bool = False


@dataclass(slots=True)
class ObservedRun:
    """One run as it was seen."""

    began: RunBegan
    ledger: Ledger
    cleared: bool = False
    items: list[AgentItem] = field(default_factory=list[AgentItem])
    result: Any = None
    ending: AgentEnding = "closed"
    error: BaseException | None = None
    end_s: float = 0.0


@dataclass(slots=True)
class AgentObserver:
    """Watches one process of the command line; `ended` is told of every run, once."""

    clock: Callable[[], float]
    begin_run: Callable[[], RunBegan]
    ended: Callable[[ObservedRun], None]
    ledger: Ledger = field(default_factory=Ledger)
    run: ObservedRun | None = None
    _waiting: RunBegan | None = None
    _cleared: bool = False

    def prompted(self) -> None:
        """A prompt goes out: a run begins, now or, where one is under way, once that has ended."""
        began = self.begin_run()
        if self.run is None:
            self._open(began)
        else:
            self._waiting = began

    def message(self, message: object) -> None:
        """A message came."""
        item = item_of(message, self.clock())
        if item is None:
            return
        run = self.run
        if run is None and item.kind in {"ready", "reset"}:
            self._cleared |= item.kind == "reset"  # words about the session, no work of the agent
            return
        run = run or self._open(self._waiting or self.begin_run())
        run.cleared |= item.kind == "reset"
        run.items.append(item)
        if item.kind == "result":
            run.result = message
            self.end("result")

    def end(self, how: AgentEnding, error: BaseException | None = None) -> None:
        """The run is over; where none is under way, nothing is."""
        run, self.run = self.run, None
        if run is None:
            return
        run.ending, run.error, run.end_s = how, error, self.clock()
        self.ended(run)

    def _open(self, began: RunBegan) -> ObservedRun:
        """A run is under way."""
        self.run = ObservedRun(began, self.ledger, cleared=self._cleared)
        self._waiting, self._cleared = None, False
        return self.run
