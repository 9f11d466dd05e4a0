"""The session: what is in force between `init` and `shutdown`, and the only global of the app half."""

import time
from collections import OrderedDict
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Protocol

from kansoku.instrument import ids
from kansoku.instrument.batches import Batches
from kansoku.instrument.tool_memory import ToolMemory
from kansoku.price.book import PriceBook
from kansoku.record.facts import NOWHERE, Place, Surroundings
from kansoku.record.maker import maker

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from kansoku.emit.cells import Cells
    from kansoku.emit.context import OtelContext
    from kansoku.emit.foreign import ForeignSpans
    from kansoku.emit.guard import Guard
    from kansoku.emit.native import NativeSpans
    from kansoku.emit.otlp import Destination
    from kansoku.emit.pipeline import Pipeline
    from kansoku.emit.predecessors import Predecessors
    from kansoku.emit.scrape import ScrapePort
    from kansoku.emit.shared_cells import SharedCells
    from kansoku.instrument.content import ContentCapture
    from kansoku.instrument.open_streams import OpenStreams
    from kansoku.record.facts import Call
    from kansoku.record.observer import Began, CallObserver
    from kansoku.redact.redactor import Redactor


class CurrentSpan(Protocol):
    """Tells which span is current."""

    def __call__(self, context: "Context | None" = None) -> tuple[int, int, bool] | None:
        """Trace id, span id and sampled flag; without a context of OpenTelemetry's, in the current one."""
        ...


Ways = tuple[Callable[["CallObserver"], None], Callable[["CallObserver"], "Call"]]
"""What is done with a call that ended, and what reads it later."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where times and ids come from; tests fix it. `clock` is seconds of any origin, for durations."""

    unix_ns: Callable[[], int] = time.time_ns
    clock: Callable[[], float] = time.perf_counter
    trace_id: Callable[[], int] = ids.trace_id
    span_id: Callable[[], int] = ids.span_id


@dataclass(slots=True, eq=False)
class Scope:
    """The task or tool that the code is in: its place, its surroundings, the span around it.

    A task's surroundings may be set while it runs; a tool's scope, `within` a task's, has that one's.
    """

    place: Place
    around: Surroundings
    outside: tuple[int, int, bool] | None
    within: "Scope | None" = None
    task: object = None
    ended: bool = False

    @property
    def owner(self) -> "Scope":
        """The scope that holds the surroundings: the task's, or the tool's own outside of tasks."""
        return self if self.within is None else self.within


class Recent:
    """Where the latest answers were given, by message id, so that a later judgement finds its call."""

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._known: OrderedDict[str, tuple[Place, Surroundings]] = OrderedDict()

    def remember(self, response_id: str, place: Place, around: Surroundings) -> None:
        """Keeps an answer's place, and forgets the oldest one over the limit."""
        if response_id:
            self._known[response_id] = (place, around)
            if len(self._known) > self._limit:
                self._known.popitem(last=False)

    def find(self, response_id: str) -> tuple[Place, Surroundings] | None:
        """Where the answer was given, if it was lately and in this process."""
        return self._known.get(response_id)


_scope: ContextVar[Scope | None] = ContextVar("kansoku_scope", default=None)


@dataclass(slots=True)
class Session:
    """Everything that records: pipeline, cells, guard, prices, clock and ids."""

    pipeline: "Pipeline"
    cells: "Cells"
    guard: "Guard"
    current_span: "CurrentSpan"
    open: "OpenStreams"
    prices: PriceBook = field(default_factory=PriceBook)
    source: Source = field(default_factory=Source)
    models: set[str] = field(default_factory=set[str])
    recent: Recent = field(default_factory=Recent)
    batches: Batches = field(default_factory=Batches)
    foreign: "ForeignSpans | None" = None
    """Knows other instrumentors' spans of calls; without it nobody looks for them."""
    natives: "NativeSpans | None" = None
    tools: ToolMemory = field(default_factory=ToolMemory)
    otel: "OtelContext | None" = None
    shared: "SharedCells | None" = None
    share: Callable[[], object] | None = None
    """Begins to share the cells with the service's other workers."""
    on_close: list[Callable[[], None]] = field(default_factory=list[Callable[[], None]])
    started: "Callable[[Began], None] | None" = None
    ways: Ways | None = None
    """The seam's, of each call; None before the first."""
    service: str = ""
    environment: str = ""
    redactor: "Redactor | None" = None
    content: "ContentCapture | None" = None
    """Keeps what is said in calls; None, as it is unless told, keeps nothing."""
    destination: "Destination | None" = None
    """Where its own telemetry goes."""
    scrape_port: "ScrapePort | None" = None
    """Where scrapes are answered, if on a port."""
    predecessors: "Predecessors | None" = None
    """The pipelines before, as far as something of theirs waits."""
    is_scraped: bool = False
    """Whether its metrics were ever asked for by Prometheus."""

    def inherit(self, before: "Session") -> None:
        """Remembers what the session before did."""
        self.recent, self.batches, self.tools = before.recent, before.batches, before.tools
        self.predecessors = before.predecessors

    def place(self) -> Place:
        """A new span's place: under the current span or task, whichever is nearer, or in its own trace."""
        return self.here()[0]

    def here(self) -> tuple[Place, Surroundings]:
        """A new span's place, and the names and people it is for."""
        context = None if self.otel is None else self.otel.current()
        current = scope(context)
        return self._under(current, context), NOWHERE if current is None else current.owner.around

    def _under(self, current: Scope | None, context: "Context | None") -> Place:
        """A new span's place, where this is the innermost task, in that context of OpenTelemetry's."""
        span = self.current_span(context)
        new = self.source.span_id()
        if current is not None and span == current.outside:
            return _place(current.place.trace_id, new, current.place.span_id, current.place.sampled)
        if span is not None:
            return _place(span[0], new, span[1], span[2])
        return _place(self.source.trace_id(), new)


_place = maker(Place)

_active: Session | None = None


def active() -> Session | None:
    """The session in force, or None before `init` and after `shutdown`."""
    return _active


def activate(session: Session | None) -> Session | None:
    """Puts a session in force, gives the one that was."""
    global _active
    before, _active = _active, session
    return before


def scope(context: "Context | None" = None) -> Scope | None:
    """The innermost task or tool that the code is in; by OpenTelemetry's context, if that was read.

    Where Python's context was not carried along, as in a thread that got OpenTelemetry's context only,
    the one in there, unless it has ended.
    """
    current = _scope.get()
    if current is not None or _active is None or _active.otel is None:
        return current
    carried = _active.otel.scope(context)
    return carried if isinstance(carried, Scope) and not carried.ended else None


def surroundings() -> Surroundings:
    """Where the code is: the innermost task's names and people."""
    current = scope()
    return NOWHERE if current is None else current.owner.around


def enter(scope: Scope) -> Callable[[], None]:
    """Makes a task the innermost; gives what leaves it again, from whichever context that is called."""
    before = _scope.get()
    _scope.set(scope)
    otel = None if _active is None else _active.otel
    leave_otel = None if otel is None else otel.enter(scope, asdict(scope.owner.around))
    return lambda: _leave(scope, before, leave_otel)


def _leave(scope: Scope, before: Scope | None, leave_otel: Callable[[], None] | None) -> None:
    """Restores the task before, unless another has been entered meanwhile in this context.

    A token's `reset` would raise where a generator is closed in another context than it ran in.
    """
    if leave_otel is not None:
        leave_otel()
    if _scope.get() is scope:
        _scope.set(before)
