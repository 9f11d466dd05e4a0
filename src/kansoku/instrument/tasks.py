"""Tasks: what the application is doing for whom while it calls Claude, and whether it worked out."""

from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import replace
from functools import wraps
from inspect import iscoroutinefunction
from typing import ParamSpec, TypeVar

from kansoku.catalog.outcomes import TaskOutcome
from kansoku.instrument.block import Block
from kansoku.instrument.session import Scope, Session, scope, surroundings
from kansoku.instrument.wrapped import wrapped
from kansoku.record.facts import Place, Surroundings, TaskRun
from kansoku.redact.pseudonym import as_received

P = ParamSpec("P")
R = TypeVar("R")


class Task(Block):
    """One task, as a context manager (`with`, `async with`) or as a decorator of any function.

    An exception that leaves it marks it failed and goes on; `fail` marks it failed without one.
    One that is entered while it runs gives another of the same name and people: `with shared as this:`.
    """

    where = "task"

    def __init__(
        self,
        name: str,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        feature: str | None = None,
        release: str | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__()
        self.name = name
        self.attributes = dict(attributes or {})
        self.place: Place | None = None
        self._named = {
            "user_id": user_id,
            "session_id": session_id,
            "feature": feature,
            "release": release,
        }
        self._failure: str | None = None
        self._score: float | None = None
        self.around = Surroundings()
        self._attributes = dict(self.attributes)
        self._began_ns = 0
        self._began_s = 0.0

    @property
    def id(self) -> str:
        """The id of the task's span in hex; empty before it begins."""
        return "" if self.place is None else format(self.place.span_id, "016x")

    @property
    def trace_id(self) -> str:
        """The id of the trace it is in, in hex; empty before it begins."""
        return "" if self.place is None else format(self.place.trace_id, "032x")

    def set(
        self,
        *,
        user_id: str | None = None,
        session_id: str | None = None,
        feature: str | None = None,
        release: str | None = None,
        attributes: Mapping[str, object] | None = None,
    ) -> None:
        """Says later what was not known when it began; holds for what begins from now on. Never raises.

        Tasks inside it that have begun already keep what they inherited.
        """
        named = {"user_id": user_id, "session_id": session_id, "feature": feature, "release": release}
        given = {key: value for key, value in named.items() if value is not None}
        session = self._session
        if session is None or not self._is_running():
            self._named.update(given)
            self._attributes.update(attributes or {})
            self.attributes.update(attributes or {})
        else:
            with session.guard.kept(self.where):
                self._set({key: str(value) for key, value in given.items()})
                self.attributes.update(attributes or {})

    def _set(self, given: dict[str, str]) -> None:
        """Changes the surroundings of the running task, and of the baggage it is told in."""
        self.around = replace(self.around, **given)
        if self._scope is not None:
            self._scope.around = self.around
            if scope() is self._scope and self._leave is not None:
                self.suspend()
                self.resume()

    def fail(self, reason: str = "") -> None:
        """Marks the task failed, whatever its block does afterwards."""
        self._failure = reason

    def score(self, score: float) -> None:
        """Says how well it went, from 0 to 1. Never raises: what is no number is counted as a fault."""
        session = self._session
        if session is not None:
            with session.guard.kept(self.where):
                self._score = min(1.0, max(0.0, float(score)))

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, each of whose calls is a task of its own. Generators are one until they end."""
        return wrapped(function, self.again)

    def again(self) -> "Task":
        """A fresh task of the same name and people."""
        return Task(self.name, attributes=self._attributes, **self._named)

    def begin(self, session: Session) -> Scope:
        """Begins: a place in the trace, and the surroundings for what happens inside."""
        if self._scope is not None:  # it ran before
            self._failure, self._score, self.attributes = None, None, dict(self._attributes)
        outer = surroundings()
        if scope() is None and session.otel is not None:
            received = {key: as_received(value) for key, value in session.otel.received().items()}
            outer = Surroundings(**received)
        given = {key: str(value) for key, value in self._named.items() if value is not None}
        inherited = {key: getattr(outer, key) for key in ("feature", "user_id", "session_id", "release")}
        named = {**inherited, **given}
        self.name = str(self.name)
        named["feature"] = named["feature"] or self.name
        self.around = Surroundings(task=self.name, **named)
        self.place = session.place()
        self._began_ns = session.source.unix_ns()
        self._began_s = session.source.clock()
        return Scope(self.place, self.around, session.current_span(), task=self)

    def end(self, session: Session, scope: Scope, error: BaseException | None) -> None:
        """Queues what became of it. Being cancelled, or a generator being closed, is no failure."""
        if isinstance(error, Exception) and self._failure is None:
            self._failure = type(error).__name__
        label: TaskOutcome = "failed"
        if self._failure is None:
            label = "completed" if error is None else "cancelled"
        run = TaskRun(
            place=scope.place,
            started_unix_ns=self._began_ns,
            duration_s=max(0.0, session.source.clock() - self._began_s),
            name=self.name,
            label=label,
            comment=self._failure or "",
            score=self._score,
            attributes=tuple(self.attributes.items()),
            around=self.around,
        )
        session.pipeline.put(lambda: run)


def task(
    name: str,
    *,
    user_id: str | None = None,
    session_id: str | None = None,
    feature: str | None = None,
    release: str | None = None,
    attributes: Mapping[str, object] | None = None,
) -> Task:
    """A task around calls of Claude: `with kansoku.task("answer_ticket", user_id="u-17"):`.

    Args:
        name: What is being done; few distinct values, as it becomes a metric label.
        user_id: For whom. Redacted like any text, and never a metric label.
        session_id: In which conversation.
        feature: The AI feature it belongs to; the task around it, else the name.
        release: The application's version, where it differs from `init`'s.
        attributes: Anything else, kept on the task's span, redacted.
    """
    return Task(
        name,
        user_id=user_id,
        session_id=session_id,
        feature=feature,
        release=release,
        attributes=attributes,
    )


def current_task() -> Task | None:
    """The innermost task that the code is in, or None."""
    current = scope()
    found = None if current is None else current.owner.task
    return found if isinstance(found, Task) else None


def carry(function: Callable[P, R]) -> Callable[P, R]:
    """The function, run in the context of now: the task, and OpenTelemetry's current span with it.

    For threads and executors, which begin in an empty context:
    `executor.submit(kansoku.carry(answer), ticket)`. asyncio carries its context by itself.

    Raises:
        TypeError: If it is an async function, whose event loop decides about its context.
    """
    if iscoroutinefunction(function):
        raise TypeError("carry takes a plain function; asyncio carries the context of async ones itself")
    context = copy_context()

    @wraps(function)
    def carried(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.copy().run(function, *args, **kwargs)  # a copy: one context runs once at a time

    return carried
