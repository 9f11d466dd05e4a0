"""The pipeline: facts in from any thread, telemetry out on threads of its own.

```
calling thread ── put ──▶ queue ──▶ worker: read, redact, measure, span + log ──▶ buffer ──▶ sender ──▶ outlet
```
The queue and the buffers are bounded; what does not fit is counted as dropped. Everything in the
buffers is redacted already. The worker wakes on a timer rather than on each fact, so that `put` costs
the caller an append and no switch of threads. It takes several facts at a time through each step, as
fact by fact costs half as much again: the code of all steps together does not stay in the processor's cache.
"""

import logging
import sys
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from operator import call
from typing import Final, Literal, TypeVar

from opentelemetry.sdk.metrics.export import MetricsData

from kansoku.catalog.instruments import INTERNAL_ERRORS
from kansoku.catalog.losses import Pillar, Reason
from kansoku.emit import forks
from kansoku.emit.cells import Cells
from kansoku.emit.cleaning import Cleaner
from kansoku.emit.content import Content, Told, lost
from kansoku.emit.guard import Guard
from kansoku.emit.identity import Identity
from kansoku.emit.limits import Limits
from kansoku.emit.line_records import LineRecords
from kansoku.emit.log_line import is_failure
from kansoku.emit.measurements import Measurements
from kansoku.emit.meter import Meter
from kansoku.emit.native import NativeSpans
from kansoku.emit.otlp_metrics import MetricsReader, Temporality
from kansoku.emit.outlet import Outlet
from kansoku.emit.patience import Patience
from kansoku.emit.room import Room
from kansoku.emit.telemetry import Telemetry, telemetry_of
from kansoku.record.facts import Call, Fact

log = logging.getLogger("kansoku")
lines = logging.getLogger("kansoku.calls")
lines.addHandler(logging.NullHandler())  # else Python prints errors itself where no logging is set up
"""Carries one JSON object per fact at INFO (ERROR for failures), for the application's own handlers."""

QUEUE_LIMIT = 20_000
BUFFER_LIMIT = 20_000
BATCH = 512
BATCH_BYTES = 2 << 20
"""What was said in the calls of one request, about: receivers take a few megabytes."""

UNREACHABLE: Final = "endpoint unreachable"
"""Why something is lost that could not be sent for too long, or was refused."""

CONTENT: Final = "content"
"""What was said in calls, where its losses are counted."""

TOGETHER = 64
"""Facts that the worker takes through each of its steps at a time, at most."""


WORK_EVERY_S = 0.1
SEND_EVERY_S = 1.0
METRICS_EVERY_S = 15.0
EXIT_S, EXIT_MOST_S = 3.0, 10.0
"""How long the end of a process waits while nothing gets on, and in all."""
_WORK_S = 2.0
"""How long others wait for the worker, which a log handler of the application's may hold up for ever."""

_Send = Callable[[Identity, Sequence[Telemetry]], bool]

Read = Callable[[], Fact | Told | None]
"""Makes the fact, later and elsewhere; None where there is none after all."""

T = TypeVar("T")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class _Turn:
    """Something that is done between the facts before it and those after it."""

    do: Callable[[], None]


@dataclass(slots=True)
class _Together:
    """Facts that go through the worker's steps together, and what is done after them.

    Their reads are held for so long: of a call that has the SDK's span, nothing else holds that.
    """

    reads: list[Read] = field(default_factory=list[Read])
    told: list[Fact | Told] = field(default_factory=list["Fact | Told"])
    turn: _Turn | None = None


@dataclass(slots=True)
class _Flush:
    """Someone who waits until everything has been sent, and whether it went."""

    done: threading.Event = field(default_factory=threading.Event)
    went: bool = False


class Pipeline:
    """Takes facts and sees them out.

    Args:
        identity: Who the telemetry is from.
        outlet: Where it goes.
        cells: The metric cells to add to.
        cleaner: The redaction that every fact goes through.
        guard: Keeps faults of this pipeline's own from the application.
        limits: How much waits, and how often it is sent.
        seen: Told every fact after its redaction; for tests.
        natives: The SDK's own spans; a call that has one gets none of Kansoku's.
        temporality: Whether metrics are sent as sums since the beginning or since the last sending.
        room: For what was said in calls, while it waits to be sent.
        before: The pipeline, which made way, that this one takes the place of. What is put there after all,
            by calls that began before, is worked off here.
        ending: Run where a process ends without closing this, before that is done for it.
    """

    def __init__(
        self,
        *,
        identity: Identity,
        outlet: Outlet,
        cells: Cells,
        cleaner: Cleaner,
        guard: Guard,
        limits: Limits | None = None,
        seen: Callable[[Fact], None] | None = None,
        natives: NativeSpans | None = None,
        temporality: Temporality = "cumulative",
        room: Room | None = None,
        before: "Pipeline | None" = None,
        ending: Callable[[], None] | None = None,
    ) -> None:
        self._identity = identity
        self._outlet = outlet
        self._cells = cells
        self._cleaner = cleaner
        self._guard = guard
        self._limits = limits or Limits(SEND_EVERY_S, METRICS_EVERY_S, BUFFER_LIMIT, BATCH)
        self._seen = seen
        self._natives = natives or NativeSpans(cleaner)
        self._room = room or Room()
        self._measurements = Measurements(cells)
        self._metrics = MetricsReader(cells, temporality, time.time_ns())
        self._meters: list[Meter] = []
        self._queue: deque[Read | _Turn] = deque()
        self._is_succeeded = False
        self._left_ns: int | None = None
        self._last: MetricsData | None = None
        self._told_last = False
        self._ending = ending
        self._steps = 0
        self._look: Callable[[], None] = lambda: None
        self._spans: deque[Telemetry] = deque()
        self._logs: deque[Telemetry] = deque()
        if before is not None:
            self._queue, natives_before = before.hand_on()
            self._natives.inherit(natives_before)
        self._start()
        ref = weakref.WeakMethod(self._forked)
        forks.in_child(lambda: (again := ref()) and again())
        children = sys.modules.get("multiprocessing.process")
        if children is not None and children.parent_process() is not None:
            _finish_with_process(self)

    def put(self, read: Read) -> bool:
        """Queues a fact to be read on the worker. Never blocks; when full, drops and counts it: False."""
        return self._put(read)

    def put_turn(self, do: Callable[[], None]) -> bool:
        """Queues what the worker does when all that was put before is out, and nothing that is put later."""
        return self._put(_Turn(do))

    def _put(self, one: Read | _Turn) -> bool:
        """Queues it, if there is room."""
        if len(self._queue) >= QUEUE_LIMIT:
            self._cells.lose(1, "facts", "queue full")
            return False
        self._queue.append(one)
        return True

    def expect(self, model: str) -> None:
        """Makes a model's metrics at 0, as its first call has begun."""
        self._measurements.expect(self._cleaner.text(model))

    def add_meter(self, meter: Meter) -> None:
        """Tells the meter of every fact, and ten times a second that the queue is worked off."""
        self._meters.append(meter)

    def before_reading(self, look: Callable[[], None]) -> None:
        """Has it run each time before metrics are read, to bring a gauge up to date."""
        self._look = look

    def refresh(self, timeout_s: float = _WORK_S) -> bool:
        """Works off what is queued and brings the metrics up to date; called before a scrape.

        False if the worker was held up for that long; the metrics are as new as they can be then.
        """
        return self._refresh(Patience(timeout_s))

    def flush(self, timeout_s: float) -> bool:
        """Sends all that has been put; False if it did not go within the time, or nothing sends any more."""
        return self._flush(Patience(timeout_s))

    @property
    def is_over(self) -> bool:
        """Whether it was closed, or closed itself after it left."""
        return self._stopping.is_set()

    def leave(self, timeout_s: float, heir: Cells) -> None:
        """Sends what is here, after it made way, for up to so long; the rest later, and then closes itself.

        Metrics are told once more, as they are now. The heir counts what is lost from now on.
        """
        self._cells.heir = heir
        self._left_ns = time.time_ns()
        self._flush(Patience(timeout_s, refusals=self._outlet.refusals))
        self._outlet.retire()

    def urge(self) -> None:
        """Has what waits tried at once."""
        self._flushes.append(_Flush())
        self._wake.set()

    def close(self, timeout_s: float, most_s: float | None = None) -> bool:
        """Flushes and stops the threads, all within the time; what is put later is lost, or a successor's.

        With `most_s` it waits for up to so long, as long as no `timeout_s` pass in which nothing gets on.
        Where nobody listens it does not wait for that: refused twice in a row, the end is there.
        Gives False if not all went, or it was closed before; but for one that closed itself after all had.
        """
        if self._stopping.is_set():
            return self._told_last and not self._waits()
        patience = Patience(timeout_s, most_s, self._steps_made, self._outlet.refusals)
        self._refresh(patience)
        self._close_meters(patience)
        flushed = self._flush(patience)
        self._stopping.set()
        self._wake.set()
        self._outlet.close()
        for thread in self._threads:
            thread.join(timeout=patience.left_s())
        self._count_unsent()
        return flushed

    def finish(self) -> None:
        """Closes where the process ends, after telling what is not over yet."""
        if self._is_succeeded and self._left_ns is None:
            return
        if self._ending is not None and not self._is_succeeded:
            with self._guard.kept("end"):
                self._ending()
        self.close(EXIT_S, EXIT_MOST_S)

    def make_way(self) -> None:
        """Works off what was put, and nothing that is put from now on: that is a successor's. Still sends."""
        self.refresh()
        self._close_meters(Patience(_WORK_S))
        free = self._working.acquire(timeout=_WORK_S)  # so that no two take from the queue at once
        self._is_succeeded = True
        if free:
            self._working.release()

    def hand_on(self) -> tuple[deque[Read | _Turn], NativeSpans]:
        """What is still put here, and the SDK's spans that wait, for another to take."""
        self._is_succeeded = True
        return self._queue, self._natives

    def _steps_made(self) -> int:
        """Grows with all that is worked off or arrives; not with what is tried."""
        return self._steps + self._outlet.arrived()

    def _refresh(self, patience: Patience) -> bool:
        """As `refresh`."""
        worked = self._work(patience)
        with self._guard.kept("metrics"):
            self._look()
        for where, count in list(self._guard.faults.items()):
            self._cells.put(INTERNAL_ERRORS, count, where)
        return worked

    def _flush(self, patience: Patience) -> bool:
        """As `flush`."""
        worked = self._refresh(patience)
        if self._stopping.is_set():
            return False
        flush = _Flush()
        self._flushes.append(flush)
        self._wake.set()
        return patience.see(flush.done) and flush.went and worked

    def _count_unsent(self) -> None:
        """Says and counts what nobody will send any more."""
        waiting = self._outlet.waiting()
        buffers: dict[Pillar, deque[Telemetry]] = {"spans": self._spans, "logs": self._logs}
        lost: dict[Pillar, int] = {
            pillar: waiting.get(pillar, 0) + len(buffer) for pillar, buffer in buffers.items()
        }
        for pillar, count in lost.items():
            if count:
                self._cells.lose(count, pillar, "closed unsent")
        if any(lost.values()):
            log.warning("%(spans)d spans and %(logs)d log records did not go in time and are lost", lost)
        unsent = self._metrics.unsent()
        if unsent:
            self._cells.lose(unsent, "metrics", "closed unsent")
            log.warning("the last deltas of %d metric series did not go and are lost", unsent)

    def _close_meters(self, patience: Patience) -> None:
        """Publishes the last counts, before an endpoint that does not answer takes the time there is."""
        free = patience.take(self._working)
        try:
            meters, self._meters = self._meters, []
            for meter in reversed(meters):
                with self._guard.kept("metrics"):
                    meter.close()
        finally:
            if free:  # else the worker is held up, and they are closed all the same
                self._working.release()

    def _start(self) -> None:
        """Starts worker and sender with fresh locks."""
        self._working = threading.Lock()
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._flushes: deque[_Flush] = deque()
        self._threads = [
            threading.Thread(target=run, name=f"kansoku-{name}", daemon=True)
            for name, run in (("worker", self._run_worker), ("sender", self._run_sender))
        ]
        for thread in self._threads:
            thread.start()

    def _forked(self) -> None:
        """In a forked child: what was waiting belongs to the parent, and its threads are gone."""
        self._guard.forked()
        self._room.forked()
        for waiting in (self._queue, self._spans, self._logs):
            waiting.clear()
        self._identity = self._identity.forked()
        self._cells.forked()
        self._metrics.forked(time.time_ns())
        for meter in self._meters:
            with self._guard.kept("metrics"):
                meter.forked()
        if self._stopping.is_set() or self._left_ns is not None:
            self._stopping = threading.Event()  # as a thread that is gone may hold the other
            self._stopping.set()
            return
        self._start()
        forking = sys.modules.get("multiprocessing.util")
        if forking is not None:  # a child of its forgets what was to run at the end, and then asks again
            forking.register_after_fork(self, _finish_with_process)

    def _run_worker(self) -> None:
        """Works the queue off every tenth of a second."""
        while not self._stopping.wait(WORK_EVERY_S):
            self._work()
            with self._working:
                for meter in self._meters:
                    with self._guard.kept("metrics"):
                        meter.worked()

    def _work(self, patience: Patience | None = None) -> bool:
        """Reads, redacts and distributes all that is queued; False if another does, for longer than that."""
        if not (self._working.acquire() if patience is None else patience.take(self._working)):
            return False
        try:
            while self._queue and not self._is_succeeded:
                with forks.whole():  # the price data are imported here
                    together = self._taken()
                self._distribute(together.told)
                self._steps += 1
                if together.turn is not None:
                    self._each(call, (together.turn.do,))
        finally:
            self._working.release()
        return True

    def _taken(self) -> _Together:
        """The next facts of the queue, up to something that is done in turn.

        One with what was said in it is the last: that is large, and counts as held only from `_keep` on.
        """
        together = _Together()
        while self._queue and len(together.reads) < TOGETHER:
            one = self._queue.popleft()
            if isinstance(one, _Turn):
                together.turn = one
                break
            together.reads.append(one)
            together.told.extend(self._each(call, (one,)))
            if together.told and isinstance(together.told[-1], Told):
                break
        return together

    def _each(self, step: Callable[[T], Made | None], ones: Iterable[T]) -> list[Made]:
        """What the step makes of each; one that it fails at is counted and goes no further."""
        made: list[Made] = []
        for one in ones:
            try:
                result = step(one)
            except Exception:
                self._guard.count("worker")
            else:
                if result is not None:
                    made.append(result)
        return made

    def _distribute(self, told: Iterable[Fact | Told]) -> None:
        """Facts, redacted here, into metrics, spans, log lines and log records."""
        facts = self._each(self._measured, self._each(self._cleaned, told))
        written = self._each(self._written, facts)
        self._each(self._keep, written)
        self._each(partial(_say, LineRecords(lines)), written)
        self._each(self._tell, written)

    def _cleaned(self, told: Fact | Told) -> tuple[Fact, Content | None]:
        """The fact redacted, and what was said in it, which is."""
        if isinstance(told, Told):
            return self._cleaner.clean(told.call), told.content
        return self._cleaner.clean(told), None

    def _measured(self, one: tuple[Fact, Content | None]) -> tuple[Fact, Content | None]:
        """The same, added to the metrics."""
        self._measurements.fact(one[0])
        return one

    def _written(self, one: tuple[Fact, Content | None]) -> tuple[Telemetry, Content | None]:
        """The fact with its line."""
        return telemetry_of(one[0], self._identity.service), one[1]

    def _keep(self, written: tuple[Telemetry, Content | None]) -> None:
        """Keeps span and log record for the sender; what was said goes onto the span, ours or the SDK's."""
        one, content = written
        fact = one.fact
        if one.span_fact is not None and not (isinstance(fact, Call) and self._natives.take(fact, content)):
            self._buffer("spans", self._spans, one if content is None else self._with(one, content))
        self._buffer("logs", self._logs, one)

    def _tell(self, written: tuple[Telemetry, Content | None]) -> None:
        """Tells tests and meters of the fact."""
        fact = written[0].fact
        if self._seen is not None:
            self._seen(fact)
        for meter in self._meters:
            meter.fact(fact)

    def _buffer(self, pillar: Pillar, buffer: deque[Telemetry], item: Telemetry) -> None:
        """Keeps the item for the sender; drops and counts when there is no room."""
        if len(buffer) >= self._limits.buffer:
            self._cells.lose(1, pillar, "buffer full")
            self._room.give(item.size)
        else:
            buffer.append(item)

    def _with(self, one: Telemetry, content: Content) -> Telemetry:
        """The fact with what was said, where there is room for it until it is sent."""
        if not self._room.take(content.size):
            self._cells.lose(1, CONTENT, "buffer full")
            content = lost("buffer full")
        return replace(one, content=content)

    def _run_sender(self) -> None:
        """Sends every second, metrics less often, and at once when asked to flush."""
        metrics_at = time.monotonic()
        while not self._stopping.is_set():
            self._wake.wait(self._limits.send_every_s)
            self._wake.clear()
            flushes = [self._flushes.popleft() for _ in range(len(self._flushes))]
            self._steps += len(flushes)
            due = bool(flushes) or time.monotonic() - metrics_at >= self._limits.metrics_every_s
            went = False
            with self._guard.kept("sender"):
                went = self._send(metrics=due, urgent=bool(flushes))
            metrics_at = time.monotonic() if due else metrics_at
            for flush in flushes:
                flush.went = went
                flush.done.set()
            if self._left_ns is not None and self._told_last and not self._waits():
                self._stopping.set()
                self._outlet.close()

    def _send(self, *, metrics: bool, urgent: bool) -> bool:
        """Sends what waits in the outlet, then the buffers in batches. Says if all went."""
        resent = False
        with self._guard.kept("sender"):
            resent = self._outlet.resend(urgent=urgent)
        spans_taken = self._send_all("spans", self._spans, self._outlet.spans)
        logs_taken = self._send_all("logs", self._logs, self._outlet.logs)
        metrics_went = not metrics or self._send_metrics()
        return resent and spans_taken and logs_taken and metrics_went and not self._waits()

    def _waits(self) -> bool:
        """Whether a request waits, or something that none was made of."""
        return bool(self._spans or self._logs or any(self._outlet.waiting().values()))

    def _send_metrics(self) -> bool:
        """Sends the state of every metric; after it left the last one, once, and as of then."""
        if self._told_last:
            return True
        self.refresh()
        left_ns = self._left_ns
        data = self._last or self._metrics.read(self._identity, left_ns or time.time_ns())
        self._last = data if left_ns is not None else None
        went = self._outlet.metrics(data)
        if went:
            self._metrics.went()
            self._told_last = left_ns is not None
        return went

    def _send_all(self, pillar: Literal["spans", "logs"], buffer: deque[Telemetry], send: _Send) -> bool:
        """Sends one buffer until it is empty; a batch that is not taken is lost and ends the attempt."""
        while buffer and not self._stopping.is_set():
            batch = _batch(buffer, self._limits.batch)
            lost: Reason | None = "outlet failed"
            try:
                lost = None if send(self._identity, batch) else UNREACHABLE
            except Exception:
                self._guard.count("sender")
            for _ in batch:  # only now: a flush looks at the buffer
                self._room.give(buffer.popleft().size)
            if lost is not None:
                self._cells.lose(len(batch), pillar, lost)
                return False
        return not buffer


def _batch(buffer: deque[Telemetry], most: int) -> list[Telemetry]:
    """The first items: so many at most, and none beyond the one that makes what was said in them too much."""
    batch: list[Telemetry] = []
    size = 0
    for item in islice(buffer, most):
        batch.append(item)
        size += item.size
        if size > BATCH_BYTES:
            break
    return batch


def _say(records: LineRecords, written: tuple[Telemetry, object]) -> None:
    """Logs a line."""
    one, _ = written
    level = logging.ERROR if is_failure(one.fact) else logging.INFO
    if lines.isEnabledFor(level):
        lines.handle(records.record(level, one.line))


def _finish_with_process(pipeline: Pipeline) -> None:
    """Has a child of `multiprocessing` send what is left as it ends, and publish its last counts.

    It may not run what `atexit` holds.
    """
    from multiprocessing.util import Finalize

    Finalize(None, pipeline.finish, exitpriority=0)
