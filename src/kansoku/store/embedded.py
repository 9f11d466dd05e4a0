"""The embedded store: chDB in a child process of its own, spoken to over a socket, restarted if it dies.

chDB installs signal handlers and takes its whole process down when it crashes, so it does not live
in the server. While the child is away, questions get `StoreUnavailable` and the spool takes what
arrives.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import socket
import sys
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Literal

from kansoku.errors import QueryRefused, QueryTimeout, StoreError, StoreUnavailable
from kansoku.store.asking import rows_of
from kansoku.store.channel import Message, receive
from kansoku.store.loading.aside import set_aside
from kansoku.store.parts import CUT_SHORT
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kansoku.store.port import Parameter
    from kansoku.store.segments import Layout

_log = logging.getLogger(__name__)
_START_PATIENCE_S = 60.0
_MIGRATION_PATIENCE_S = 86_400.0
_STOP_PATIENCE_S = 60.0
_GRACE_S = 5.0
_GONE = "the store process ended; it is being started again"
_MAINTENANCE_S: Final = 86_400.0
_REWRITING: Final = QueryLimits(seconds=600.0)
_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 30.0
_STEADY_S = 60.0
_CRASHES_TO_SET_ASIDE = 3
_PARSE_ASIDE_BYTES = 1 << 20
_ERRORS: dict[str, type[StoreError]] = {
    "refused": QueryRefused,
    "timeout": QueryTimeout,
    "unavailable": StoreUnavailable,
}


def _nobody(_: str) -> None:
    """Whom progress is told to where nobody asked for it."""


class EmbeddedStore:
    """A `Store` on this machine. `start` it, `query` it, `close` it, all in one event loop."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._child: _Child | None = None
        self._up = asyncio.Event()
        self._closing = False
        self._supervisor: asyncio.Task[None] | None = None
        self._crashes: Counter[str] = Counter()
        self.restarts = 0
        """How often the store process had to be started again."""
        self.keeps_days = True
        """Whether it ends by itself what has been kept long enough."""

    async def start(self) -> None:
        """Opens the database, making it where there is none, and begins to load.

        Raises:
            StoreUnavailable: If it cannot be opened; the message says why.
        """
        child = await _Child.started(self._layout.data)
        self._adopt(child)
        self._supervisor = asyncio.create_task(self._supervise(child), name="store-supervisor")

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        """As the port says."""
        child = await self._available(limits)
        try:
            async with asyncio.timeout(limits.seconds + _GRACE_S):
                body = await child.ask(statement, parameters or {}, limits)
        except TimeoutError:
            raise QueryTimeout(f"no answer within {limits.seconds} s") from None
        if len(body) > _PARSE_ASIDE_BYTES:
            return await asyncio.to_thread(rows_of, body, limits)
        return rows_of(body, limits)

    async def rewrite(self, statement: str) -> None:
        """As the port says."""
        child = await self._available(_REWRITING)
        try:
            async with asyncio.timeout(_REWRITING.seconds + _GRACE_S):
                await child.ask(statement, {}, _REWRITING, op="rewrite")
        except TimeoutError:
            raise QueryTimeout(f"not done within {_REWRITING.seconds} s; the store goes on with it") from None

    async def maintain(
        self, task: str, arguments: Mapping[str, object], told: Callable[[str], None] = _nobody
    ) -> dict[str, object]:
        """As the port says."""
        child = await self._available(_REWRITING)
        return json.loads(await child.maintain(task, arguments, told))

    async def close(self) -> None:
        """Lets the store load what is ready, then ends it."""
        self._closing = True
        if self._child is not None:
            await self._child.stop()
        if self._supervisor is not None:
            self._supervisor.cancel()
            with suppress(asyncio.CancelledError):
                await self._supervisor

    def hurry(self) -> None:
        """Ends the store at once, as far as it has come; what is not stored stays in the spool."""
        self._closing = True
        if self._child is not None:
            self._child.process.kill()

    def leads(self) -> bool:
        """Whether it does what one does for all: nobody else has this database."""
        return True

    def ledger(self, name: str) -> None:
        """No ledger: there is no other node to share anything with."""
        del name

    @property
    def process_id(self) -> int | None:
        """The store process, if there is one."""
        return None if self._child is None else self._child.process.pid

    @property
    def loading(self) -> tuple[str, ...]:
        """The segments that are being loaded now, as `traces/….ready`."""
        return () if self._child is None else tuple(self._child.loading.values())

    async def _available(self, limits: QueryLimits) -> _Child:
        """The child, waited for a moment if it is just being started again."""
        with suppress(TimeoutError):
            async with asyncio.timeout(min(limits.seconds, _GRACE_S)):
                await self._up.wait()
        if self._child is None:
            raise StoreUnavailable("the store is starting; ask again in a moment")
        return self._child

    def _adopt(self, child: _Child) -> None:
        self._child = child
        self._up.set()

    async def _supervise(self, child: _Child) -> None:
        pause = _FIRST_PAUSE_S
        while True:
            began = time.monotonic()
            status = await child.ended()
            self._child = None
            self._up.clear()
            if self._closing:
                return
            if status != CUT_SHORT:
                self._blame(child, status)
            if time.monotonic() - began > _STEADY_S:
                pause = _FIRST_PAUSE_S
            _log.error("The store process ended with status %s; next try in %.1f s", status, pause)
            child, pause = await self._revived(pause)
            self._adopt(child)

    async def _revived(self, pause: float) -> tuple[_Child, float]:
        while True:
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)
            self.restarts += 1
            try:
                return await _Child.started(self._layout.data, self._suspects()), pause
            except (StoreUnavailable, OSError) as error:  # OSError: no process can be made now
                _log.error("The store cannot start: %s; next try in %.1f s", error, pause)

    def _blame(self, child: _Child, status: int) -> None:
        """Sets a segment aside that was being loaded alone each time the process died.

        Of several that were loaded at once none is blamed yet; the next process loads each of them alone.
        """
        loading = list(child.loading.values())
        for segment in loading:
            self._crashes[segment] += len(loading) == 1
            if self._crashes[segment] >= _CRASHES_TO_SET_ASIDE:
                self._set_aside(segment, status)

    def _suspects(self) -> frozenset[str]:
        """Segments that were being loaded when a process died, and are still there."""
        return frozenset(one for one in self._crashes if (self._layout.spool / one).exists())

    def _set_aside(self, segment: str, status: int) -> None:
        folder, _, name = segment.partition("/")
        signal = Signal(folder)
        reason = f"the store process ended {self._crashes.pop(segment)} times while it was loaded ({status})"
        try:
            set_aside(self._layout, signal, self._layout.folder(signal) / name, reason)
        except OSError as error:
            _log.warning("Segment %s cannot be set aside: %s", segment, error)


class _Child:
    """One run of the store process."""

    def __init__(self, process: Process, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.process = process
        self.loading: dict[int, str] = {}
        self._reader = reader
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._told: dict[int, Callable[[str], None]] = {}
        self._ids = itertools.count()
        self._patience: asyncio.Timeout | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._listener = asyncio.create_task(self._listen(), name="store-listener")

    @classmethod
    async def started(cls, data: Path, suspects: frozenset[str] = frozenset()) -> _Child:
        """A store process that is ready for questions, and loads each of the suspects alone.

        Raises:
            StoreUnavailable: If it is not.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            descriptor = theirs.fileno()
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "kansoku.store.process", str(data), str(descriptor)),
                *sorted(suspects),
                pass_fds=(descriptor,),
                stdin=asyncio.subprocess.DEVNULL,
                # A Ctrl-C at the terminal is for the server, which then says stop.
                start_new_session=True,
            )
        child = cls(process, *await asyncio.open_connection(sock=ours))
        try:
            async with asyncio.timeout(_START_PATIENCE_S) as child._patience:
                await child._ready
        except TimeoutError:
            process.kill()
            raise StoreUnavailable(f"the store did not start in {_START_PATIENCE_S} s") from None
        except StoreUnavailable:
            await child.ended()
            raise
        return child

    async def ask(
        self,
        statement: str,
        parameters: Mapping[str, Parameter],
        limits: QueryLimits,
        *,
        op: Literal["query", "rewrite"] = "query",
    ) -> bytes:
        """The body of the answer to one question.

        Raises:
            StoreUnavailable: If the process has ended, before or while it was asked.
        """
        head: dict[str, object] = {
            "op": op,
            "statement": statement,
            "parameters": dict(parameters),
            "limits": asdict(limits),
        }
        return await self._exchange(head)

    async def maintain(
        self, task: str, arguments: Mapping[str, object], told: Callable[[str], None]
    ) -> bytes:
        """The answer of a task of maintenance, as JSON.

        Raises:
            StoreUnavailable: If the process has ended, before or while it was asked.
        """
        limits = asdict(QueryLimits(seconds=_MAINTENANCE_S))
        head: dict[str, object] = {
            "op": "maintain",
            "task": task,
            "arguments": dict(arguments),
            "limits": limits,
        }
        return await self._exchange(head, told)

    async def _exchange(self, head: dict[str, object], told: Callable[[str], None] | None = None) -> bytes:
        """The body of the answer to one message."""
        if self._listener.done():  # nobody would tell this one that the process is gone
            raise StoreUnavailable(_GONE)
        number = next(self._ids)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        if told is not None:
            self._told[number] = told
        try:
            self._writer.write(Message({**head, "id": number}).encode())
            return await answer
        except asyncio.CancelledError:
            if head["op"] == "query" and not self._listener.done():
                self._writer.write(Message({"op": "cancel", "id": number}).encode())
            raise
        finally:
            del self._waiting[number]
            self._told.pop(number, None)

    async def stop(self) -> None:
        """Asks it to end; kills it if it does not."""
        self._writer.write(Message({"op": "stop"}).encode())
        try:
            async with asyncio.timeout(_STOP_PATIENCE_S):
                await self.ended()
        except TimeoutError:
            self.process.kill()
            await self.ended()

    async def ended(self) -> int:
        """The exit status, once it ended and everyone who waited for it was told."""
        # Waited for, not awaited: whoever gives up waiting would end the listener, and the next one fail.
        await asyncio.wait((self._listener,))
        self._writer.close()
        return await self.process.wait()

    async def _listen(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._take(await receive(self._reader))
        gone = StoreUnavailable(_GONE)
        for future in (self._ready, *self._waiting.values()):
            if not future.done():
                future.set_exception(gone)

    def _take(self, message: Message) -> None:
        head = message.head
        match head["op"]:
            case "ready":
                self._ready.set_result(None)
            case "migrating":
                _log.warning("The database is led to schema version %d: %s", head["version"], head["what"])
                if self._patience is not None and not self._ready.done():
                    self._patience.reschedule(asyncio.get_running_loop().time() + _MIGRATION_PATIENCE_S)
            case "failed":
                self._ready.set_exception(StoreUnavailable(head["message"]))
            case "progress":
                self._told.get(head["id"], _nobody)(head["message"])
            case "loading" if head["segment"] is None:
                self.loading.pop(head["worker"], None)
            case "loading":
                self.loading[head["worker"]] = head["segment"]
            case _:
                self._answered(message)

    def _answered(self, message: Message) -> None:
        future = self._waiting.get(message.head["id"])
        if future is None or future.done():  # the asker gave up
            return
        if "error" in message.head:
            future.set_exception(_ERRORS[message.head["error"]](message.head["message"]))
        else:
            future.set_result(message.body)
