"""The part of OpenTelemetry's HTTP exporters that sends finished bytes, and what its answers mean."""

import math
import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from kansoku.emit.backlog import LONGEST_WAIT_S, Answer, SendBytes
from kansoku.emit.refusals import Refusals
from kansoku.emit.session_environment import remember

_PASSING = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""What OTLP's specification has a client try again; any other refusal is for good."""


def http_sender(exporter: object, refusals: Refusals | None = None) -> SendBytes | None:
    """Sends finished bytes as the exporter does, trying again within its time-out; None where it cannot.

    The parts have private names. Without the first the exporter encodes for itself, which costs more and says
    the same; without the others nobody knows how long the endpoint wants to wait. `refusals` is told how each
    of the exporter's attempts ended, also of one that encodes for itself.
    """
    client: Any = getattr(exporter, "_client", None)
    if not callable(getattr(client, "export", None)):
        return None
    heard = None
    if callable(getattr(getattr(client, "_transport", None), "request", None)):
        remember(getattr(client._transport, "_session", None))  # noqa: SLF001
        heard = client._transport = _Heard(client._transport, refusals or Refusals())  # noqa: SLF001

    def send(data: bytes) -> Answer:
        if heard is not None:
            heard.last = None
        return _answer(client.export(data), heard)

    return send


class _Heard:
    """A transport that keeps the last response."""

    def __init__(self, inner: Any, refusals: Refusals) -> None:  # noqa: ANN401  has a private name
        self._inner = inner
        self._refusals = refusals
        self.last: Any = None

    def request(self, *args: Any, **named: Any) -> Any:  # noqa: ANN401  hands on what it is given
        """Sends a request."""
        self.last = self._inner.request(*args, **named)
        self._refusals.heard(getattr(self.last, "error", None))
        return self.last

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  hands on what it is asked for
        return getattr(self._inner, name)

    def is_passing(self, error: object) -> bool:
        """Whether there was no connection; also where it is closing, which has no error."""
        is_connection_error = getattr(self._inner, "is_connection_error", None)
        return error is None or not callable(is_connection_error) or bool(is_connection_error(error))

    def wait_s(self) -> float:
        """How long the last response wants to wait."""
        try:
            return _seconds(self.last.headers().get("retry-after"))
        except Exception:  # headers of a malformed response may raise anything
            return 0.0


def _answer(result: Any, heard: _Heard | None) -> Answer:  # noqa: ANN401  has a private name
    """What the exporter's result means."""
    if result.success is True:
        return Answer(went=True)
    status: object = getattr(result, "status_code", None)
    if isinstance(status, int):
        passing = status in _PASSING
        return Answer(went=False, passing=passing, wait_s=heard.wait_s() if heard and passing else 0.0)
    return Answer(went=False, passing=heard is None or heard.is_passing(getattr(result, "error", None)))


def _seconds(told: str | None) -> float:
    """A `Retry-After` in seconds from now: a number of them, or a date."""
    if told is None:
        return 0.0
    try:
        wait = float(told)
    except ValueError:
        wait = parsedate_to_datetime(told).timestamp() - time.time()
    return min(max(wait, 0.0), LONGEST_WAIT_S) if math.isfinite(wait) else 0.0
