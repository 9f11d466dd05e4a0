"""One request by HTTP, to a number that was looked at, with an end to every wait, and no redirect followed.

Nothing of it comes from the environment: no proxy is used, and no other address than the request's.
"""

import socket
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.client import HTTPConnection, HTTPException, HTTPResponse
from importlib.metadata import version
from threading import Timer
from time import time
from unicodedata import category

from kansoku.notify.outcome import Outcome, masked
from kansoku.notify.target import LookUp, Target, TargetRefused, look_up, target

STEP_S = 10.0
"""A connection, and each piece of an answer, may take so many seconds."""

WHOLE_S = 20.0
"""All of it may take so many seconds once the name is known."""

_MOST_ANSWER = 4_096
_MOST_EXCERPT = 300
_OK, _REDIRECT, _BAD, _SERVER = 200, 300, 400, 500
_AGAIN = (408, 425, 429)


@dataclass(frozen=True, slots=True)
class Request:
    """A POST. `secrets` are what must never be told of it.

    Attributes:
        url: Where to.
        body: The bytes.
        headers: Besides the length, the host and who sends.
        allow_private: Whether it may go to a network of one's own, and without encryption.
        secrets: Texts that are masked in whatever is told of it.
    """

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    allow_private: bool = False
    secrets: tuple[str, ...] = field(default=(), repr=False)


def post(
    request: Request, *, look_up: LookUp = look_up, step_s: float = STEP_S, whole_s: float = WHOLE_S
) -> Outcome:
    """Sends it, and says how that ended. Never raises for what the network or the other side does."""
    secrets = (request.url, *request.secrets)
    try:
        where = target(request.url, allow_private=request.allow_private, look_up=look_up)
        return _sent(request, where, secrets, step_s, whole_s)
    except TargetRefused as error:
        return Outcome("refused", masked(str(error), secrets))
    except (OSError, HTTPException) as error:
        return Outcome("later", masked(_reason(error), secrets))


def _sent(
    request: Request, where: Target, secrets: tuple[str, ...], step_s: float, whole_s: float
) -> Outcome:
    connection = _Pinned(where, step_s)
    ending = Timer(whole_s, connection.cut)
    ending.daemon = True
    ending.start()
    try:
        connection.request(
            "POST",
            where.path,
            body=request.body,
            headers={"User-Agent": f"kansoku/{version('kansoku')}", "Connection": "close", **request.headers},
        )
        return _read(connection.getresponse(), secrets)
    finally:
        ending.cancel()
        connection.close()


def _read(answer: HTTPResponse, secrets: tuple[str, ...]) -> Outcome:
    """What an answer means. One whose body breaks off still has its status."""
    try:
        body = _beginning(answer)
    except (OSError, HTTPException):
        body = b""
    status = answer.status
    said = f"HTTP {status} {excerpt(masked(body.decode('utf-8', 'replace'), secrets))}".strip()
    if _OK <= status < _REDIRECT:
        return Outcome("sent", said, status)
    if status >= _SERVER or status in _AGAIN:
        return Outcome("later", said, status, _retry_after(answer.getheader("Retry-After")))
    if _REDIRECT <= status < _BAD:
        said += " (redirects are not followed; give the address that it leads to)"
    return Outcome("refused", said, status)


def _beginning(answer: HTTPResponse) -> bytes:
    """As much of the body as is told of. `read` would go on to the end where a chunk's length is below 0."""
    body = b""
    while len(body) < _MOST_ANSWER and (more := answer.read1(_MOST_ANSWER - len(body))):
        body += more
    return body[:_MOST_ANSWER]


def excerpt(text: str) -> str:
    """The beginning of a text, in one line."""
    line = "".join(" " if category(letter) in ("Cc", "Cf", "Zl", "Zp") else letter for letter in text)
    return " ".join(line.split())[:_MOST_EXCERPT]


def _retry_after(told: str | None) -> float | None:
    """The seconds that the header tells, as a number or as a date."""
    if told is None:
        return None
    if told.strip().isascii() and told.strip().isdigit():
        return float(told.strip()[:9])
    try:
        return max(0.0, parsedate_to_datetime(told).timestamp() - time())
    except (ValueError, OverflowError):
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    return excerpt(f"{type(error).__name__}: {error}")


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """What is trusted: the system's certificates, or those that the variable SSL_CERT_FILE names."""
    return ssl.create_default_context()


class _Pinned(HTTPConnection):
    """A connection to the numbers that were looked at, in their order, the name shown in TLS and `Host`."""

    def __init__(self, where: Target, step_s: float) -> None:
        super().__init__(where.host, where.port, timeout=step_s)
        self.default_port = 443 if where.https else 80
        self._where = where
        self._step_s = step_s
        self._live: socket.socket | None = None
        self._is_cut = False

    def connect(self) -> None:
        """Connects to the first number that answers."""
        self.sock = self._live = self._dialled()
        if self._where.https:
            host = self._where.host
            wrapped = trusted().wrap_socket(self.sock, server_hostname=host, do_handshake_on_connect=False)
            self.sock = self._live = wrapped
            wrapped.do_handshake()

    def cut(self) -> None:
        """Ends whatever is being waited for, now and later."""
        # Not `sock`: while an answer is read that ends its connection, that is None already.
        self._is_cut = True
        if self._live is not None:
            with suppress(OSError):
                self._live.shutdown(socket.SHUT_RDWR)

    def _dialled(self) -> socket.socket:
        fault: OSError = OSError("no address")
        for number in self._where.numbers:
            if self._is_cut:
                raise TimeoutError
            try:
                return socket.create_connection((number, self._where.port), self._step_s)
            except OSError as error:
                fault = error
        raise fault
