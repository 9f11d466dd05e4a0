"""Tasks: what the application is doing for whom while it calls Claude, and whether it worked out."""

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from functools import partial
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, cast

from kansoku.catalog.outcomes import TaskOutcome
from kansoku.instrument.session import Scope, Session, active, enter, surroundings
from kansoku.record.facts import Place, Surroundings, TaskRun

P = ParamSpec("P")
R = TypeVar("R")


class Task:
    """One task, as a context manager (`with`, `async with`) or as a decorator of any function.

    An exception that leaves it marks it failed and goes on; `fail` marks it failed without one.
    """

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
        self._session: Session | None = None
        self._scope: Scope | None = None
        self._leave: Callable[[], None] | None = None
        self._began_ns = 0
        self._began_s = 0.0

    def fail(self, reason: str = "") -> None:
        """Marks the task failed, whatever its block does afterwards."""
        self._failure = reason

    def score(self, score: float) -> None:
        """Says how well it went, from 0 to 1."""
        self._score = min(1.0, max(0.0, score))

    def __enter__(self) -> Self:
        session = active()
        if session is not None:
            with session.guard.kept("task"):
                self._enter(session)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session = self._session
        if session is not None:
            with session.guard.kept("task"):
                self._exit(session, error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def __call__(self, function: Callable[P, R]) -> Callable[P, R]:
        """The function, each of whose calls is a task of its own. Generators are one until they end."""
        return _wrapped(function, self._again)

    def _again(self) -> "Task":
        """A fresh task of the same name and people."""
        return Task(self.name, attributes=self.attributes, **self._named)

    def _enter(self, session: Session) -> None:
        """Begins: a place in the trace, and the surroundings for what happens inside."""
        outer = surroundings()
        given = {key: str(value) for key, value in self._named.items() if value is not None}
        inherited = {key: getattr(outer, key) for key in ("feature", "user_id", "session_id", "release")}
        named = {**inherited, **given}
        named["feature"] = named["feature"] or self.name
        self.around = Surroundings(task=self.name, **named)
        self.place = session.place()
        self._session = session
        self._began_ns = session.source.unix_ns()
        self._began_s = session.source.clock()
        self._scope = Scope(self.place, self.around, session.current_span())
        self.resume()

    def resume(self) -> None:
        """Makes the task the innermost again."""
        if self._scope is not None:
            self._leave = enter(self._scope)

    def suspend(self) -> None:
        """Leaves the task without ending it: what runs until it resumes is not part of it."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def _exit(self, session: Session, error: BaseException | None) -> None:
        """Ends, and queues what became of it. Being cancelled, or a generator being closed, is no failure."""
        self.suspend()
        if isinstance(error, Exception) and self._failure is None:
            self._failure = type(error).__name__
        label: TaskOutcome = "failed"
        if self._failure is None:
            label = "completed" if error is None else "cancelled"
        assert self.place is not None  # noqa: S101  set by _enter, which set the session too
        run = TaskRun(
            place=self.place,
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


def _wrapped(function: Callable[P, R], again: Callable[[], Task]) -> Callable[P, R]:
    """The function inside a task per call, of the same kind as it was."""
    call = cast("Callable[..., Any]", function)
    if inspect.isasyncgenfunction(function):
        wrapper = _async_generator(call, again)
    elif inspect.iscoroutinefunction(function):
        wrapper = _coroutine(call, again)
    elif inspect.isgeneratorfunction(function):
        wrapper = _generator(call, again)
    else:
        wrapper = _plain(call, again)
    return cast("Callable[P, R]", functools.wraps(function)(wrapper))


def _plain(call: Callable[..., Any], again: Callable[[], Task]) -> Callable[..., Any]:
    """A function, each call a task."""

    def plain(*args: Any, **kwargs: Any) -> Any:
        with again():
            return call(*args, **kwargs)

    return plain


def _coroutine(call: Callable[..., Any], again: Callable[[], Task]) -> Callable[..., Any]:
    """An async function, each call a task."""

    async def coroutine(*args: Any, **kwargs: Any) -> Any:
        with again():
            return await call(*args, **kwargs)

    return coroutine


def _generator(call: Callable[..., Any], again: Callable[[], Task]) -> Callable[..., Any]:
    """A generator, a task until it ends; what its reader does between two items is not part of it."""

    def generator(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        with again() as task:
            inner = call(*args, **kwargs)
            step: Callable[[], Any] = partial(next, inner)
            while True:
                try:
                    item = step()
                except StopIteration as stop:
                    return stop.value
                task.suspend()
                try:
                    step = partial(inner.send, (yield item))
                except GeneratorExit:
                    inner.close()
                    raise
                except BaseException as error:
                    step = partial(inner.throw, error)
                finally:
                    task.resume()

    return generator


def _async_generator(call: Callable[..., Any], again: Callable[[], Task]) -> Callable[..., Any]:
    """An async generator, a task until it ends, as `_generator` has it."""

    async def async_generator(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        with again() as task:
            inner = call(*args, **kwargs)
            step: Callable[[], Any] = partial(anext, inner)
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
                task.suspend()
                try:
                    step = partial(inner.asend, (yield item))
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = partial(inner.athrow, error)
                finally:
                    task.resume()

    return async_generator
