"""A block that things happen inside of: a task, or a tool's run."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import ClassVar, Self, TypeVar

from kansoku.catalog.losses import Place
from kansoku.instrument.session import Scope, Session, active, enter, scope

R = TypeVar("R")


class Block(ABC):
    """Begins when it is entered and ends when it is left; what is wrong in either is counted, never raised.

    It may be entered again. While it runs, each further entry is a block of its own, as two calls that share
    one object are still two.
    """

    where: ClassVar[Place]
    """Where faults are counted."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._scope: Scope | None = None
        self._leave: Callable[[], None] | None = None
        self._others: list[Self] = []

    @abstractmethod
    def again(self) -> Self:
        """A fresh block like this one."""

    @abstractmethod
    def begin(self, session: Session) -> Scope:
        """Begins, forgetting what an earlier entry left; gives the place of what happens inside."""

    @abstractmethod
    def end(self, session: Session, scope: Scope, error: BaseException | None) -> None:
        """Queues what became of it."""

    def returned(self, result: R) -> R:
        """A function whose call it is returned; gives the result on."""
        return result

    def __enter__(self) -> Self:
        session = active()
        if session is not None:
            with session.guard.kept(self.where):
                if self._is_running():
                    return self._another()
                self._scope = self.begin(session)
                self._session = session
                self.resume()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        session = self._session
        if session is not None:
            with session.guard.kept(self.where):
                self._left()._finish(error)

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.__exit__(kind, error, traceback)

    def resume(self) -> None:
        """Makes it the innermost again."""
        if self._scope is not None:
            self._leave = enter(self._scope)

    def suspend(self) -> None:
        """Leaves it without ending it: what runs until it resumes is not part of it."""
        if self._leave is not None:
            self._leave()
            self._leave = None

    def _is_running(self) -> bool:
        """Whether it was entered and has not been left."""
        return self._scope is not None and not self._scope.ended

    def _another(self) -> Self:
        """One more entry while this one runs."""
        other = self.again()
        self._others.append(other)
        return other.__enter__()

    def _left(self) -> "Block":
        """The entry that is left: of several the innermost here, else the latest."""
        if not self._others or self._scope is scope():
            return self
        here = next((each for each in self._others if each._scope is scope()), self._others[-1])
        self._others.remove(here)
        return here

    def _finish(self, error: BaseException | None) -> None:
        """Ends it, once."""
        session, inside = self._session, self._scope
        if session is not None and inside is not None and not inside.ended:
            self.suspend()
            inside.ended = True
            self.end(session, inside, error)
