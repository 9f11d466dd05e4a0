"""Tools: functions of the application that the model asks for, timed and counted by name."""

import functools
import inspect
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar, overload

from kansoku.catalog.outcomes import Outcome
from kansoku.instrument.session import Scope, Session, active, enter, surroundings
from kansoku.record.facts import Place, ToolRun

P = ParamSpec("P")
R = TypeVar("R")


@overload
def tool(name: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def tool(name: str | None = None, /) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def tool(name: Any = None, /) -> Any:
    """Decorates a tool: `@kansoku.tool`, or `@kansoku.tool("name")`; sync and async functions alike.

    Each run becomes an `execute_tool` span with its duration, and an error where it raised.
    """
    if callable(name):
        return _wrapped(name, getattr(name, "__name__", "tool"))
    return lambda function: _wrapped(function, name or getattr(function, "__name__", "tool"))  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType, reportUnknownVariableType]


def _wrapped(function: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function, each of whose runs is recorded."""
    if inspect.iscoroutinefunction(function):

        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            with _run(name):
                return await function(*args, **kwargs)

        return functools.wraps(function)(coroutine)

    def plain(*args: Any, **kwargs: Any) -> Any:
        with _run(name):
            return function(*args, **kwargs)

    return functools.wraps(function)(plain)


@contextmanager
def _run(name: str) -> Generator[None]:
    """Records one run; what the tool raises goes on."""
    session = active()
    if session is None:
        yield
        return
    ended: Callable[[BaseException | None], None] | None = None
    with session.guard.kept("tool"):
        ended = _begin(session, name)
    error: BaseException | None = None
    try:
        yield
    except BaseException as raised:
        error = raised
        raise
    finally:
        with session.guard.kept("tool"):
            if ended is not None:
                ended(error)


def _begin(session: Session, name: str) -> Callable[[BaseException | None], None]:
    """Begins a run; gives what ends it."""
    place = session.place()
    began = session.source.unix_ns(), session.source.clock()
    leave = enter(Scope(place, surroundings(), session.current_span()))

    def end(error: BaseException | None) -> None:
        leave()
        _put(session, name, place, began, error)

    return end


def _outcome(error: BaseException | None) -> Outcome:
    """How a run ended: cancellation and interrupts are no fault of the tool."""
    match error:
        case None:
            return "ok"
        case Exception():
            return "error"
        case _:
            return "cancelled"


def _put(
    session: Session, name: str, place: Place, began: tuple[int, float], error: BaseException | None
) -> None:
    """Queues a run that ended."""
    run = ToolRun(
        place=place,
        started_unix_ns=began[0],
        duration_s=max(0.0, session.source.clock() - began[1]),
        tool=name,
        outcome=_outcome(error),
        error_type="" if error is None else type(error).__name__,
        around=surroundings(),
    )
    session.pipeline.put(lambda: run)
