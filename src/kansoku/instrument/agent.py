"""The seams of the Claude Agent SDK: the two generators that every message to the application goes through.

Facts about `claude-agent-sdk` this rests on (0.2.188, checked): `query()` takes its messages from
`InternalClient.process_query`, and every reader of `ClaudeSDKClient` from its `receive_messages`; both
are looked up on the class at each call, so it does not matter how and when the application imported
them. Prompts of a client go through `query` and `connect`. The user's options, hooks and environment
are left as they are: tools are seen in the messages.
"""

import functools
import logging
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any
from weakref import finalize

from kansoku.instrument.by_identity import ByIdentity
from kansoku.instrument.session import Session, active, surroundings
from kansoku.record.agent_observer import AgentEnding, AgentObserver, ObservedRun, RunBegan
from kansoku.record.agent_run import facts_of
from kansoku.record.facts import Call, Fact

log = logging.getLogger("kansoku")

_WHERE = "agent sdk"
_TELEMETRY = "CLAUDE_CODE_ENABLE_TELEMETRY"
_OFF = frozenset({"", "0", "false", "no", "off"})

_unwrap: list[Callable[[], None]] = []
_observers: ByIdentity[AgentObserver] = ByIdentity()
_told: set[str] = set()


def attach() -> None:
    """Wraps the seams, once.

    Raises:
        ImportError: If the package is not installed, or has no such modules.
        AttributeError: If this version of it has no such seams.
    """
    from claude_agent_sdk import ClaudeSDKClient
    from claude_agent_sdk._internal.client import InternalClient

    if _unwrap:
        return
    seams: tuple[tuple[Any, str, Callable[[Any], Any]], ...] = (
        (InternalClient, "process_query", _process_query),
        (ClaudeSDKClient, "receive_messages", _receive_messages),
        (ClaudeSDKClient, "query", _client_query),
        (ClaudeSDKClient, "connect", _client_connect),
        (ClaudeSDKClient, "disconnect", _client_disconnect),
    )
    originals = [getattr(owner, name) for owner, name, _ in seams]  # all are there, or none is wrapped
    for (owner, name, around), original in zip(seams, originals, strict=True):
        setattr(owner, name, functools.wraps(original)(around(original)))
        _unwrap.append(functools.partial(setattr, owner, name, original))


def detach() -> None:
    """Puts the SDK's own functions back."""
    while _unwrap:
        _unwrap.pop()()


def _process_query(original: Callable[..., Any]) -> Callable[..., Any]:
    """`process_query`, its messages observed: one process, whose first run begins with it."""

    def process_query(client: Any, *args: Any, **kwargs: Any) -> Any:
        session = active()
        messages = original(client, *args, **kwargs)
        options = kwargs.get("options", args[1] if len(args) > 1 else None)
        if session is None:
            return messages
        return _Messages(session, _new_observer(session, options), messages, is_process=True)

    return process_query


def _receive_messages(original: Callable[..., Any]) -> Callable[..., Any]:
    """`receive_messages`, observed. Leaving it early ends no run: the application may read on."""

    def receive_messages(client: Any) -> Any:
        session = active()
        messages = original(client)
        if session is None:
            return messages
        return _Messages(session, _observer_of(session, client), messages, is_process=False)

    return receive_messages


def _client_query(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`query` of a client: a run begins."""

    async def query(client: Any, *args: Any, **kwargs: Any) -> Any:
        session = active()
        if session is None:
            return await original(client, *args, **kwargs)
        observer = _observer_of(session, client)
        _prompted(session, observer)
        try:
            return await original(client, *args, **kwargs)
        except BaseException as error:
            _end(session, observer, "raised", error)
            raise

    return query


def _client_connect(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`connect` of a client: a new process, with totals from 0; a run begins if it is given a prompt."""

    async def connect(client: Any, *args: Any, **kwargs: Any) -> Any:
        session = active()
        if session is None:
            return await original(client, *args, **kwargs)
        with session.guard.kept(_WHERE):
            _observers.pop(client)
        observer = _observer_of(session, client)
        prompt = kwargs.get("prompt", args[0] if args else None)
        if prompt is not None:
            _prompted(session, observer)
        try:
            return await original(client, *args, **kwargs)
        except BaseException as error:
            _end(session, observer, "raised", error)
            raise

    return connect


def _client_disconnect(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """`disconnect` of a client: what is under way is left."""

    async def disconnect(client: Any) -> Any:
        session = active()
        observer = _observers.get(client)
        if session is not None and observer is not None:
            _end(session, observer, "closed")
        return await original(client)

    return disconnect


class _Messages(AsyncGenerator[Any, Any]):
    """The SDK's messages, each seen on its way, as the generator that they come from.

    No generator of its own: one around another would be closed a turn of the loop later, and where the
    loop ends at once, the command line's process would be left behind.
    """

    def __init__(
        self, session: Session, observer: AgentObserver | None, messages: Any, *, is_process: bool
    ) -> None:
        self._session = session
        self._observer = observer
        self._messages = messages
        self._is_process = is_process
        self._is_fresh = is_process

    def __del__(self) -> None:
        self._left()

    async def __anext__(self) -> Any:
        return await self._next(self._messages.__anext__)

    async def asend(self, value: Any) -> Any:
        """The next message."""
        return await self._next(functools.partial(self._messages.asend, value))

    async def athrow(self, *args: Any) -> Any:
        """Raises in the SDK's generator."""
        return await self._next(functools.partial(self._messages.athrow, *args))

    async def aclose(self) -> None:
        """Closes the SDK's generator."""
        self._left()
        await self._messages.aclose()

    async def _next(self, step: Callable[[], Awaitable[Any]]) -> Any:
        """The message of one step. A reader of a client that is cancelled may read on; a process may not."""
        if self._is_fresh:
            self._is_fresh = False
            _prompted(self._session, self._observer)
        try:
            message = await step()
        except StopAsyncIteration:
            self._left()
            raise
        except BaseException as error:
            if self._is_process or isinstance(error, Exception):
                _end(self._session, self._observer, "raised", error)
            raise
        _see(self._session, self._observer, message)
        return message

    def _left(self) -> None:
        """The messages are over, or nobody reads on."""
        if self._is_process:
            _end(self._session, self._observer, "closed")


def _prompted(session: Session, observer: AgentObserver | None) -> None:
    """Tells the observer that a prompt goes out. Never raises."""
    if observer is not None:
        with session.guard.kept(_WHERE):
            observer.prompted()


def _see(session: Session, observer: AgentObserver | None, message: Any) -> None:
    """Tells the observer of a message. Never raises."""
    if observer is not None:
        try:
            observer.message(message)
        except Exception:
            session.guard.count(_WHERE)


def _end(
    session: Session, observer: AgentObserver | None, how: AgentEnding, error: BaseException | None = None
) -> None:
    """Tells the observer of the end."""
    if observer is not None:
        with session.guard.kept(_WHERE):
            observer.end(how, error)


def _observer_of(session: Session, client: Any) -> AgentObserver | None:
    """The client's observer, or None where there can be none. Never raises."""
    try:
        observer = _observers.get(client)
        if observer is None:
            observer = _new_observer(session, getattr(client, "options", None))
            if observer is not None:
                _observers.put(client, observer)
                finalize(client, _end, session, observer, "closed").atexit = False
    except Exception:
        session.guard.count(_WHERE)
        return None
    return observer


def _new_observer(session: Session, options: Any) -> AgentObserver | None:
    """The observer of one process, or None where there can be none. Never raises."""
    try:
        cli_telemetry = _cli_telemetry(getattr(options, "env", None) or {})
        return AgentObserver(
            session.source.clock,
            functools.partial(_begin, session, cli_telemetry=cli_telemetry),
            functools.partial(_ended, session),
        )
    except Exception:
        session.guard.count(_WHERE)
        return None


def _begin(session: Session, *, cli_telemetry: bool) -> RunBegan:
    """A run begins where the application is now."""
    return RunBegan(
        session.place(),
        surroundings(),
        session.source.unix_ns(),
        session.source.clock(),
        cli_telemetry,
    )


def _cli_telemetry(env: Mapping[str, str]) -> bool:
    """Whether the command line will export telemetry of its own; said once."""
    on = env.get(_TELEMETRY, os.environ.get(_TELEMETRY, "")).lower() not in _OFF
    if on and _TELEMETRY not in _told:
        _told.add(_TELEMETRY)
        log.warning(
            "%s is on: Claude Code exports claude_code.* telemetry of the runs that Kansoku records too. "
            "Sum one of the two, never both; runs carry kansoku.agent.cli_telemetry.",
            _TELEMETRY,
        )
    return on


def _ended(session: Session, run: ObservedRun) -> None:
    """Queues the run to be read."""
    session.pipeline.put(functools.partial(_read, session, run))


def _read(session: Session, run: ObservedRun) -> Fact:
    """The run as a fact; its calls and tools are queued behind it. Runs on the worker."""
    *parts, whole = facts_of(run, session.prices, session.source.span_id)
    for fact in parts:
        if isinstance(fact, Call):
            session.recent.remember(fact.response_id, fact.place, fact.around)
        session.pipeline.put(lambda fact=fact: fact)
    return whole
