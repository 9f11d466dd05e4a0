"""Whether a web address may be sent to, decided by the numbers that its name stands for at that moment.

A webhook's address comes from whoever made the webhook. Without this look at the numbers it could make the
server speak to its own network: to a database, or to the service of a cloud that hands out credentials.
The connection is then made to a number that was looked at, so that the name cannot change its meaning.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import urlsplit

from kansoku.errors import KansokuError

LookUp = Callable[[str, int], Sequence[str]]
"""Gives the numbers of a host's name, and may raise OSError."""

Number = IPv4Address | IPv6Address

_LONGEST_LABEL, _LONGEST_HOST = 63, 254
"""Characters of a part of a name, and of a whole one with its last dot, by RFC 1035."""

_LOOK_UP_S = 5.0
_MOST_LETTERS = 2_048
_HTTPS, _HTTP = 443, 80
_EMBEDDED = (  # numbers of IPv6 that a gateway carries to the one of IPv4 in them: the last 32 bits
    ip_network("::ffff:0:0/96"),
    ip_network("::/96"),
    ip_network("64:ff9b::/96"),
    ip_network("::ffff:0:0:0/96"),
)
_NEVER = (
    ip_network("0.0.0.0/8"),
    ip_network("100.64.0.0/10"),
    ip_network("168.63.129.16/32"),  # a public number that inside Azure is the machine's own host
    ip_network("192.0.0.0/24"),
    ip_network("192.88.99.0/24"),
    ip_network("198.18.0.0/15"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2001::/23"),  # Teredo among them, which carries IPv4
    ip_network("2002::/16"),  # 6to4, which carries IPv4
    ip_network("3fff::/20"),
    ip_network("5f00::/16"),
    ip_network("fec0::/10"),
)


class TargetRefused(KansokuError):
    """The address must not be sent to; the message names the host and the mend."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect: the numbers that were looked at, and what the request is for."""

    https: bool
    host: str
    port: int
    path: str
    numbers: tuple[str, ...]


def is_public(number: Number) -> bool:
    """Whether the number belongs to a host of the internet, and not to some network of one's own."""
    if isinstance(number, IPv6Address):
        if any(number in network for network in _EMBEDDED):
            return is_public(IPv4Address(int(number) & 0xFFFF_FFFF))
        if number.scope_id is not None:
            return False
    return (
        number.is_global
        and not number.is_multicast
        and not number.is_reserved
        and not any(number in network for network in _NEVER if network.version == number.version)
    )


def look_up(host: str, port: int) -> list[str]:
    """The numbers of a name, as the system's resolver tells them within five seconds.

    Raises:
        OSError: If it tells none, or takes longer.
    """
    answers: SimpleQueue[list[str] | OSError] = SimpleQueue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(one[4][0]) for one in found)))
        except (OSError, UnicodeError) as error:
            answers.put(OSError(str(error)))

    Thread(target=ask, daemon=True, name="notify-look-up").start()
    try:
        answer = answers.get(timeout=_LOOK_UP_S)
    except Empty:
        raise TimeoutError(f"no answer about the name within {_LOOK_UP_S:.0f} s") from None
    if isinstance(answer, OSError):
        raise answer
    return answer


def target(url: str, *, allow_private: bool, look_up: LookUp = look_up) -> Target:
    """Where to connect for a web address.

    Raises:
        TargetRefused: If it is none, is not encrypted, or stands for no number of the internet.
        OSError: If its name is not known now.
    """
    https, host, port, path = _split(url)
    if not https and not allow_private:
        raise TargetRefused(
            "the address must begin with https://; allow_private = true in the channel allows others"
        )
    numbers = look_up(host, port)
    allowed = tuple(one for one in numbers if allow_private or is_public(ip_address(one)))
    if not allowed:
        raise TargetRefused(
            f"{host} is in a private or special network ({', '.join(numbers)}); "
            "allow_private = true in the channel allows it"
        )
    return Target(https, host, port, path, allowed)


def _split(url: str) -> tuple[bool, str, int, str]:
    """The parts of a web address that is written in the one plain way."""
    plain = url.isascii() and url.isprintable() and not set(url) & set(' \\<>"^`{|}')
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        plain, parts, host, port = False, urlsplit(""), None, None
    if not plain or len(url) > _MOST_LETTERS or parts.scheme not in ("https", "http") or not host:
        raise TargetRefused("the address is no plain web address; write https://host/…")
    if "@" in parts.netloc:
        raise TargetRefused("the address has a user before its host, which is not sent; take it out")
    if not _is_host(host):
        raise TargetRefused("the address has a host that no name can be; write https://host/…")
    https = parts.scheme == "https"
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    return https, host, port or (_HTTPS if https else _HTTP), path + query


def _is_host(host: str) -> bool:
    """Whether it can be looked up: a number without a zone, or a name of parts that DNS has room for."""
    if ":" in host:
        return "%" not in host
    labels = host.removesuffix(".").split(".")
    return all(0 < len(label) <= _LONGEST_LABEL for label in labels) and len(host) <= _LONGEST_HOST
