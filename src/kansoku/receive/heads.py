"""HTTP/1.1 as uvicorn speaks it, but for the heads of requests: bounded in size and time, and never upgraded.

uvicorn's parser takes a head of any length. And of a request that would change to another protocol, as Java's
HTTP client asks with its first one (`Upgrade: h2c`), it leaves the body out; the request would be answered as
an empty one, and what was in it lost. Here such a request is read as if it had not asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_BYTES: Final = 64 << 10
"""So much may come without a head, or a part of a body, being whole; trailers are as heads."""
HEAD_S: Final = 60.0
"""So long a head may take."""
_OF_UPGRADES: Final = frozenset({b"upgrade", b"http2-settings"})
_INVALID: Final = "Invalid HTTP request received."


class HeadedProtocol(HttpToolsProtocol):
    """One connection."""

    _upgrading = False
    _moved = False
    _is_reading = False
    _waiting_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        """Reads on."""
        self._unset_keepalive_if_required()
        self._moved = False
        size = len(data)
        while data:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as stopped:
                head = self._without_upgrade()
                if not head:
                    self._invalid()
                    return
                data = head + data[stopped.args[0] :]
            except httptools.HttpParserError:
                self._invalid()
                return
            else:
                break
        self._bound(size)

    def on_headers_complete(self) -> None:
        """Begins the request, unless it is about to be read once more."""
        self.has_moved(is_reading=True)
        if self.parser.should_upgrade():
            self._upgrading = True
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hands it on."""
        self.has_moved(is_reading=True)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Ends the request, unless it is about to be read once more."""
        self.has_moved(is_reading=False)
        if not self._upgrading:
            super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing more."""
        self._wait_no_more()
        super().connection_lost(exc)

    def has_moved(self, *, is_reading: bool) -> None:
        """Notes that what comes is more than a head that does not end, and whether a body is to follow."""
        self._moved, self._is_reading = True, is_reading

    def is_busy(self) -> bool:
        """Whether a request before is not answered, or its answer not read."""
        return (
            (self.cycle is not None and not self.cycle.response_complete)  # pyright: ignore[reportUnnecessaryComparison]
            or bool(self.pipeline)
            or self.flow.write_paused
        )

    def _without_upgrade(self) -> bytes:
        """The head of the request once more, without what asks for another protocol, for a new parser.

        Empty for a tunnel, which nothing but its method asks for.
        """
        method = self.parser.get_method()
        if method == b"CONNECT":
            return b""
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        for name, value in self.headers:
            if name == b"connection":
                kept = [one for one in value.split(b",") if one.strip().lower() not in _OF_UPGRADES]
                lines.append(b"%b: %b" % (name, b",".join(kept)))
            elif name not in _OF_UPGRADES:
                lines.append(b"%b: %b" % (name, value))
        self._upgrading = False
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it
        return b"\r\n".join((*lines, b"", b""))

    def _bound(self, size: int) -> None:
        """Ends a connection on which a head, or what is no body, has been coming for too long."""
        if self._moved:
            self._waiting_bytes = 0
            self._wait_no_more()
            return
        self._waiting_bytes += size
        if self._waiting_bytes > HEAD_BYTES:
            self._refuse(431)
        elif self._patience is None and not self._is_reading:  # a body may come as slowly as it likes
            self._wait()

    def _wait(self) -> None:
        self._patience = self.loop.call_later(HEAD_S, self._lose_patience)

    def _lose_patience(self) -> None:
        if self.is_busy():  # the answer before may take longer than a head
            self._wait()
        else:
            self._refuse(408)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _invalid(self) -> None:
        self.logger.warning(_INVALID)
        if self.is_busy():  # what is written now would be read as the answer to the request before
            self.transport.close()
        else:
            self.send_400_response(_INVALID)

    def _refuse(self, status: int) -> None:
        """Ends the connection, and says why if it is its turn."""
        if not self.is_busy() and not self.transport.is_closing():
            told = b"content-length: 0\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + told)
        self.transport.close()
