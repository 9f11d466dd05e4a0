"""The SDK's `messages.stream()`: under which span it was called, as its request is sent after it came back.

Another instrumentor's span is the current one while the helper is made, and no more when the call begins.
"""

from collections.abc import Callable, Generator
from contextvars import ContextVar
from typing import Any

from kansoku.instrument.session import active

made_within: ContextVar[object | None] = ContextVar("kansoku_made_within", default=None)
"""The foreign span that the helper whose request is being sent was made within."""


def managers() -> list[type]:
    """The classes whose objects `messages.stream()` gives, as far as this version of the SDK has them."""
    from anthropic.lib import streaming

    names = ("MessageStreamManager", "AsyncMessageStreamManager")
    found = [getattr(streaming, f"{beta}{name}", None) for beta in ("", "Beta") for name in names]
    return [each for each in found if isinstance(each, type)]


def made(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of such a class, which remembers a foreign span for the request."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        session = active()
        span = None
        if session is not None and session.foreign is not None and args:
            with session.guard.kept("streams"):
                span = session.foreign.current()
        if span is not None:
            args = (_Within(span, args[0]), *args[1:])
        original(self, *args, **kwargs)

    return init


class _Within:
    """A request, sent with the span told; called by the sync helper and awaited by the async one."""

    def __init__(self, span: object, request: Any) -> None:
        self._span = span
        self._request = request

    def __call__(self) -> Any:
        """Sends it."""
        before = made_within.get()
        made_within.set(self._span)
        try:
            return self._request()
        finally:
            made_within.set(before)

    def __await__(self) -> Generator[object, None, object]:
        """Sends it; no token, as a coroutine may be closed in another context than it ran in."""
        before = made_within.get()
        made_within.set(self._span)
        try:
            waiting: Generator[object, None, object] = self._request.__await__()
            return (yield from waiting)
        finally:
            made_within.set(before)
