"""Tools: functions of the application that the model asks for, timed and counted by name."""

from collections.abc import Callable
from copy import copy
from functools import partial
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

from kansoku.catalog.outcomes import Outcome
from kansoku.instrument.block import Block
from kansoku.instrument.session import Scope, Session, scope, surroundings
from kansoku.instrument.wrapped import wrapped
from kansoku.record.facts import NOWHERE, ToolRun
from kansoku.record.tool_results import TOOL_ERROR

P = ParamSpec("P")
R = TypeVar("R")


class SdkTool(Protocol):
    """A tool that the SDK's `beta_tool` and its kin made."""

    def to_dict(self) -> Any:
        """The tool as the API is told of it."""
        ...

    @property
    def call(self) -> Callable[..., Any]:
        """What the SDK's runner calls."""
        ...


S = TypeVar("S", bound=SdkTool)


class Decorator(Protocol):
    """Gives what it is put on back, observed."""

    @overload
    def __call__(self, function: S, /) -> S: ...
    @overload
    def __call__(self, function: Callable[P, R], /) -> Callable[P, R]: ...


@overload
def tool(name: S, /) -> S: ...
@overload
def tool(name: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def tool(name: str | None = None, /) -> Decorator: ...
def tool(name: Any = None, /) -> Any:
    """Decorates a tool: `@kansoku.tool`, or `@kansoku.tool("name")`; any kind of function, or the SDK's tool.

    The name is the one the model knows the tool by, so that a run is not counted by its messages as well.

    Each run becomes an `execute_tool` span with its duration, and an error where it raised.
    """
    if isinstance(name, str) or name is None:
        return lambda function: _named(function, name)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType, reportUnknownVariableType]
    return _named(name, None)


def _named(function: Any, name: str | None) -> Any:
    """The function, each of whose runs is recorded under the name, or its own."""
    if callable(getattr(function, "call", None)) and hasattr(function, "to_dict"):
        return _of_sdk(function, name)
    found = name or getattr(function, "__name__", "tool")
    return wrapped(function, lambda: ToolBlock(found))


def _of_sdk(made: Any, name: str | None) -> Any:
    """A tool that the SDK's own decorator made: it stays one, and what its runner calls is recorded."""
    found = name or str(made.name)
    observed = copy(made)
    observed.call = wrapped(made.call, lambda: ToolBlock(found))
    if callable(getattr(made, "func", None)):  # what it does when it is called itself
        observed.func = wrapped(made.func, lambda: ToolBlock(found))
    return observed


def tool_run(name: str) -> "ToolBlock":
    """A tool's run as a block, where no function can be decorated: `with kansoku.tool_run("search"):`.

    What goes in and out of the tool is not recorded.
    """
    return ToolBlock(name)


class ToolBlock(Block):
    """One run of a tool: its duration, and an error where it raised or `fail` was called."""

    where = "tool"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self._error_type = ""
        self._around = NOWHERE
        self._began = (0, 0.0)

    def fail(self, error_type: str = TOOL_ERROR) -> None:
        """Marks the run failed without an exception; few distinct types, as they are counted."""
        self._error_type = error_type

    def returned(self, result: R) -> R:
        """A function that it decorates returned; a result that says it is an error is one."""
        if any(_says(result, name) for name in ("is_error", "isError")):
            self.fail()
        return result

    def again(self) -> "ToolBlock":
        """A fresh run of the same tool."""
        return ToolBlock(self.name)

    def begin(self, session: Session) -> Scope:
        """Begins, without an error yet."""
        outer = scope()
        self._error_type = ""
        self._began = session.source.unix_ns(), session.source.clock()
        self._around = surroundings()
        within = None if outer is None else outer.owner
        return Scope(session.place(), self._around, session.current_span(), within)

    def end(self, session: Session, scope: Scope, error: BaseException | None) -> None:
        """Queues the run that ended."""
        run = ToolRun(
            place=scope.place,
            started_unix_ns=self._began[0],
            duration_s=max(0.0, session.source.clock() - self._began[1]),
            tool=self.name,
            outcome=_outcome(error, self._error_type),
            error_type=self._error_type if error is None else type(error).__name__,
            around=self._around,
        )
        session.pipeline.put(partial(_read, session, run))


def _read(session: Session, run: ToolRun) -> ToolRun:
    """The run; that a message asked for it is not counted again. Runs on the worker."""
    session.tools.ran(run)
    return run


def _says(result: object, name: str) -> bool:
    """Whether a result has the flag set, as a key or as an attribute."""
    if isinstance(result, dict):
        return cast("dict[str, object]", result).get(name) is True
    return getattr(result, name, None) is True


def _outcome(error: BaseException | None, error_type: str) -> Outcome:
    """How a run ended: cancellation and interrupts are no fault of the tool."""
    match error:
        case None:
            return "error" if error_type else "ok"
        case Exception():
            return "error"
        case _:
            return "cancelled"
