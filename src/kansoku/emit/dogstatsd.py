"""Facts as DogStatsD packets for a Datadog agent: distributions and counts, over UDP or a Unix socket."""

import re
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from kansoku.catalog.instruments import COST, TOKENS, Instrument
from kansoku.catalog.losses import Reason
from kansoku.emit.cells import Move
from kansoku.emit.lookup import Lookup
from kansoku.emit.measurements import moves_of
from kansoku.record.facts import Fact

UDP_BYTES = 1_432
"""Greatest datagram over UDP: what an Ethernet frame of 1,500 bytes carries, as Datadog's clients have it."""

UNIX_BYTES = 8_192

PORT = 8_125
_WAITING = 64
"""Datagrams that wait while the agent's host is looked up."""

_CLOSE_S = 1.0
_UNREACHABLE: Final = "agent unreachable"
_TAG_LENGTH = 200
"""Datadog's limit of a tag, its key included."""

_UNFIT = re.compile(r"[,|\s\x00-\x1f]")
_PER_CALL = (COST, TOKENS)
"""Counters whose amount per call is worth a distribution; its sum is the counter."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where an agent listens: a host and port, or a path of a Unix socket, of datagrams or a stream."""

    host: str = "127.0.0.1"
    port: int = PORT
    path: str = ""
    is_stream: bool = False


def address_of(text: str) -> Address:
    """Reads `host:port`, `udp://host:port`, `unix:///path` or `unixstream:///path`.

    Raises:
        ValueError: If it is none of these.
    """
    scheme, _, path = text.partition("://")
    if scheme in {"unix", "unixgram", "unixstream"}:
        if not path:
            raise ValueError("a unix address needs a path")
        return Address(path=path, is_stream=scheme == "unixstream")
    parts = urlsplit(text if "://" in text else f"udp://{text}")
    if parts.scheme != "udp" or not parts.hostname:
        raise ValueError("not host:port, udp://host:port, unix:///path or unixstream:///path")
    return Address(parts.hostname, parts.port or PORT)


def is_sent(instrument: Instrument) -> bool:
    """Whether it goes to Datadog: the conventions' own histograms repeat ours."""
    return instrument.name.startswith("claude_")


def packet_of(move: Move, tags: str) -> str:
    """One metric in DogStatsD's text, `name:value|type|#tags`."""
    instrument, amount, labels = move
    kind = "d" if instrument.kind == "histogram" or instrument in _PER_CALL else "c"
    own = [tag(name, value) for name, value in zip(instrument.labels, labels, strict=True) if value]
    return f"{instrument.datadog_name}:{amount:.12g}|{kind}|#{','.join([*own, tags])}"


def tag(name: str, value: str) -> str:
    """A tag; what would end it becomes `_`, and it is cut at Datadog's limit."""
    return f"{name}:{_UNFIT.sub('_', value)}"[:_TAG_LENGTH]


class DogStatsd:
    """Sends what each fact adds, in as few datagrams as hold it. What does not go is counted.

    Never waits, but for a second when it closes.

    Args:
        address: Where the agent listens.
        service: The application's name, Datadog's `service`.
        environment: Datadog's `env`; left out if empty.
        release: Datadog's `version`; left out if empty.
        dropped: Told how many packets did not go, and why.
    """

    def __init__(
        self,
        address: Address,
        service: str,
        environment: str,
        release: str,
        dropped: Callable[[int, Reason], None],
    ) -> None:
        self._address = address
        known = (("service", service), ("env", environment), ("version", release))
        self._tags = ",".join(tag(name, value) for name, value in known if value)
        self._limit = UNIX_BYTES if address.path else UDP_BYTES
        self._dropped = dropped
        self._packets: list[bytes] = []
        self._size = 0
        self._datagrams: deque[tuple[bytes, int]] = deque()
        self._socket: socket.socket | None = None
        self._lookup = Lookup(address.host, address.port)

    def fact(self, fact: Fact, /) -> None:
        """Adds the fact's packets to the datagram, and sends it when it is full."""
        for move in moves_of(fact):
            if is_sent(move[0]):
                self._add(packet_of(move, self._tags).encode())

    def worked(self) -> None:
        """Sends what is waiting."""
        self._send()

    def forked(self) -> None:
        """In a forked child: what is waiting is the parent's to send."""
        self._packets, self._size = [], 0
        self._datagrams.clear()
        self._lookup.forked()
        self._disconnect()

    def close(self) -> None:
        """Sends what is waiting and closes the socket; a host that is being looked up gets a second."""
        self._send()
        if self._datagrams:
            self._lookup.wait(_CLOSE_S)
            self._deliver()
            self._drop_waiting(0)
        self._disconnect()

    def _add(self, packet: bytes) -> None:
        """Adds a packet, after the datagram that it does not fit in has gone."""
        if self._packets and self._size + len(packet) + 1 > self._limit:
            self._send()
        self._packets.append(packet)
        self._size += len(packet) + 1

    def _send(self) -> None:
        """Has the datagram sent."""
        if self._packets:
            self._datagrams.append((b"\n".join(self._packets), len(self._packets)))
            self._packets, self._size = [], 0
        if self._datagrams:
            self._deliver()

    def _deliver(self) -> None:
        """Sends datagrams; an agent that is away or slow costs its packets and nothing else."""
        try:
            connected = self._connected()
        except OSError:
            self._drop_waiting(0)
            return
        while connected is not None and self._datagrams:
            datagram, packets = self._datagrams.popleft()
            try:
                self._give(connected, datagram)
            except BlockingIOError:
                self._dropped(packets, "agent slow")
                if self._address.is_stream:  # a part may have gone, after which nothing else is understood
                    self._disconnect()
                    return
            except OSError:
                self._disconnect()
                self._dropped(packets, _UNREACHABLE)
                return
        self._drop_waiting(_WAITING)

    def _give(self, connected: socket.socket, datagram: bytes) -> None:
        """Sends one; on a stream after its length, four bytes of which the least comes first.

        Raises:
            BlockingIOError: If the agent does not take all of it at once.
            OSError: If it is gone.
        """
        if not self._address.is_stream:
            connected.send(datagram)
            return
        framed = len(datagram).to_bytes(4, "little") + datagram
        if connected.send(framed) < len(framed):
            raise BlockingIOError

    def _drop_waiting(self, most: int) -> None:
        """Leaves the newest so many datagrams waiting."""
        while len(self._datagrams) > most:
            self._dropped(self._datagrams.popleft()[1], _UNREACHABLE)

    def _connected(self) -> socket.socket | None:
        """The socket, connected so that a refusal is told; None while the host is being looked up."""
        if self._socket is None:
            path = self._address.path
            target = (socket.AF_UNIX, path) if path else self._lookup.target()
            if target is None:
                return None
            made = socket.socket(
                target[0], socket.SOCK_STREAM if self._address.is_stream else socket.SOCK_DGRAM
            )
            made.settimeout(0)
            try:
                made.connect(target[1])
            except OSError:
                made.close()
                raise
            self._socket = made
        return self._socket

    def _disconnect(self) -> None:
        """Closes the socket; the next packets open a new one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
