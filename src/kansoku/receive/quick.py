"""HTTP/1.1 as uvicorn speaks it, with a short way for small exports: from the parser to the spool and back.

An export of one span cost more in tasks, events and ASGI messages than in being read and stored. Here a small
protobuf body that came whole is handed on at once, and its answer is written when it is durable. Whatever
is not so plain (a door, an encoding, JSON, an item at fault, no room) takes the way of all other requests.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from kansoku.catalog.rights import AUTHORIZATION
from kansoku.receive.heads import HeadedProtocol
from kansoku.receive.http import refusal
from kansoku.receive.otlp import PROTOBUF
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from kansoku.errors import ReceiveError
    from kansoku.receive.memory import Share
    from kansoku.receive.receiver import Receiver

_SIGNALS: Final = {f"/v1/{signal.value}".encode(): signal for signal in Signal}
_MEDIA: Final = PROTOBUF.encode()
_AUTHORIZATION: Final = AUTHORIZATION.encode()
_NOT_PLAIN: Final = (b"content-encoding", b"transfer-encoding", b"upgrade")
_PATIENCE_S: Final = 1.0
"""A body that has not come by then waits on where a deadline ends it."""


def quick(receiver: Receiver) -> type[asyncio.Protocol]:
    """The protocol of each connection, for `uvicorn.Config`."""
    return cast("type[asyncio.Protocol]", partial(QuickProtocol, receiver))


class QuickProtocol(HeadedProtocol):
    """One connection."""

    def __init__(
        self,
        receiver: Receiver,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._receiver = receiver
        self._coming: _Coming | None = None

    def on_headers_complete(self) -> None:
        """Takes a plain export itself, as far as there is memory for it."""
        plain = self._plain()
        share = None if plain is None else self._receiver.held(plain[1])
        if plain is None or share is None:
            super().on_headers_complete()
        else:
            self.has_moved(is_reading=True)
            self._coming = _Coming(plain[0], share)

    def on_body(self, body: bytes) -> None:
        """Gathers it."""
        if self._coming is None:
            super().on_body(body)
        else:
            self.has_moved(is_reading=True)
            self._coming.parts.append(body)

    def on_message_complete(self) -> None:
        """Begins to store what came."""
        coming = self._coming
        if coming is None:
            super().on_message_complete()
            return
        self.has_moved(is_reading=False)
        self._coming = None
        body = coming.body()
        cycle = _Storing(keep_alive=self._has_parser() and self.parser.should_keep_alive())
        if self._receiver.begin(coming.signal, body, coming.share, partial(self._stored, cycle)):
            self.cycle = cast("RequestResponseCycle", cycle)
            return
        self._hand_on(body)
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Reads on; a body that is not whole then is waited for a moment."""
        super().data_received(data)
        if self._coming is not None and self._coming.timer is None:
            self._coming.timer = self.loop.call_later(_PATIENCE_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Gives back what it held."""
        self._dropped()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Ends when what is under way is answered."""
        self._give_up()
        super().shutdown()

    def _plain(self) -> tuple[Signal, int] | None:
        """The signal and the size of a small protobuf export that nothing else is under way beside."""
        signal = _SIGNALS.get(self.url)
        if signal is None or self.is_busy() or not self._is_simple():
            return None
        told = dict(self.headers)
        if told.get(b"content-type") != _MEDIA or any(name in told for name in _NOT_PLAIN):
            return None
        size = told.get(b"content-length", b"")
        is_sized = size.isdigit() and self._receiver.admits(told.get(_AUTHORIZATION, b""))
        return (signal, int(size)) if is_sized else None

    def _is_simple(self) -> bool:
        parser = self.parser
        return (
            self._has_parser()
            and parser.get_method() == b"POST"
            and parser.get_http_version() == "1.1"
            and not self.expect_100_continue
        )

    def _has_parser(self) -> bool:
        """Not once the connection is lost, as uvicorn has it."""
        return cast("object", self.parser) is not None

    def _dropped(self) -> bytes | None:
        """What came of a body that is not whole, if there is one; its memory is given back."""
        coming, self._coming = self._coming, None
        if coming is None:
            return None
        coming.share.end()
        return coming.body()

    def _give_up(self) -> None:
        """Leaves a body that is not whole to the way of all others."""
        body = self._dropped()
        if body is not None and not self.transport.is_closing():
            self._hand_on(body)

    def _hand_on(self, body: bytes) -> None:
        super().on_headers_complete()
        if body:
            super().on_body(body)

    def _stored(self, cycle: _Storing, error: ReceiveError | None) -> None:
        """Answers."""
        cycle.response_complete = True
        if cycle.disconnected or self.transport.is_closing():
            return
        self.transport.write(self._answer(error, keep_alive=cycle.keep_alive))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()

    def _answer(self, error: ReceiveError | None, *, keep_alive: bool) -> bytes:
        if error is None:
            status, body = 200, b""
            told = [(b"content-type", _MEDIA), (b"content-length", b"0")]
        else:
            response = refusal(error, PROTOBUF)
            status, told, body = response.status_code, response.raw_headers, bytes(response.body)
        told = [*self.server_state.default_headers, *told]
        if not keep_alive:
            told.append((b"connection", b"close"))
        head = b"".join(b"%b: %b\r\n" % pair for pair in told)
        return b"%b%b\r\n%b" % (STATUS_LINE[status], head, body)


class _Coming:
    """A body that comes, and the memory that is held for it."""

    __slots__ = ("parts", "share", "signal", "timer")

    def __init__(self, signal: Signal, share: Share) -> None:
        self.signal = signal
        self.share = share
        self.parts: list[bytes] = []
        self.timer: asyncio.TimerHandle | None = None

    def body(self) -> bytes:
        """What came; it is waited for no more."""
        if self.timer is not None:
            self.timer.cancel()
        return self.parts[0] if len(self.parts) == 1 else b"".join(self.parts)


class _Storing:
    """Stands where uvicorn has the request that it is answering; it sets these and asks for them."""

    __slots__ = ("disconnected", "keep_alive", "message_event", "response_complete")

    def __init__(self, *, keep_alive: bool) -> None:
        self.disconnected = False
        self.keep_alive = keep_alive
        self.response_complete = False
        self.message_event = _NOBODY


class _Nobody:
    """Who waits for more of a request that is whole."""

    def set(self) -> None:
        """Nobody does."""


_NOBODY: Final = _Nobody()
