"""OTLP over HTTP: `POST /v1/traces`, `/v1/logs`, `/v1/metrics`.

The routes are plain ASGI applications, because exporters of small batches make the web framework
the larger part of the cost.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from kansoku.catalog.rights import AUTHORIZATION, BEARER
from kansoku.errors import Malformed, NotAdmitted, ReceiveError
from kansoku.receive import answers
from kansoku.receive.otlp import JSON, PROTOBUF
from kansoku.store.segments import Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Receive, Scope, Send

    from kansoku.receive.receiver import Receiver

_AUTHORIZATION: Final = AUTHORIZATION.encode()
BODY_S = 60.0
"""How long a body may take to arrive, in seconds; exporters give up after ten."""


def otlp_routes(receiver: Receiver) -> list[Route]:
    """One route for each signal; put them before any catch-all."""
    return [Route(f"/v1/{signal.value}", _Endpoint(receiver, signal), methods=["POST"]) for signal in Signal]


class OtlpFirst:
    """An ASGI application that takes exports itself and leaves the rest to another one.

    The frameworks' layers around that one (routing, middleware) took half the CPU of a request of one span.
    """

    def __init__(self, receiver: Receiver, rest: ASGIApp) -> None:
        self._ways = {f"/v1/{signal.value}": _Endpoint(receiver, signal) for signal in Signal}
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request, as ASGI has it."""
        if scope["type"] == "http" and scope["method"] == "POST":
            await self._ways.get(scope["path"], self._rest)(scope, receive, send)
        else:
            await self._rest(scope, receive, send)


class _Endpoint:
    """The ASGI application of one signal."""

    def __init__(self, receiver: Receiver, signal: Signal) -> None:
        self._receiver = receiver
        self._signal = signal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Starlette's `Headers` decodes all of them for each that is asked for.
        headers: dict[bytes, bytes] = dict(scope["headers"])
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        media = JSON if content_type.lower().startswith(JSON) else PROTOBUF
        try:
            self._receiver.admit(headers.get(_AUTHORIZATION, b""))
            with self._receiver.room() as take:
                body = await _body(receive, headers.get(b"content-length", b""), self._receiver, take)
                encoding = headers.get(b"content-encoding", b"").decode("latin-1")
                taken = await self._receiver.receive(self._signal, body, content_type, encoding)
        except ReceiveError as error:
            await refusal(error, media)(scope, receive, send)
        except ClientDisconnect:
            return  # nobody is left to be told
        else:
            content = answers.success(self._signal, taken, media)
            told = [(b"content-type", media.encode()), (b"content-length", b"%d" % len(content))]
            await send({"type": "http.response.start", "status": 200, "headers": told})
            await send({"type": "http.response.body", "body": content})


async def _body(receive: Receive, announced: bytes, receiver: Receiver, take: Callable[[int], None]) -> bytes:
    """The request's body, never more of it than the cap."""
    receiver.check_size(int(announced) if announced.isdigit() else 0)
    deadline = _Deadline(BODY_S)
    try:
        return await _parts(receive, take)
    except asyncio.CancelledError:
        if not deadline.has_passed():
            raise
        late = Malformed(f"the body did not come within {BODY_S:.0f} s")
        receiver.count(late)
        raise late from None
    finally:
        deadline.end()


class _Deadline:
    """Cancels the task that makes it after so many seconds, unless it is ended.

    `asyncio.timeout` does the same for more CPU, which requests of one span feel.
    """

    __slots__ = ("_cancelling", "_is_over", "_task", "_timer")

    def __init__(self, seconds: float) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - for the type checker: no coroutine runs but in a task
        self._task = task
        self._cancelling = task.cancelling()
        self._is_over = False
        self._timer = asyncio.get_running_loop().call_later(seconds, self._pass)

    def has_passed(self) -> bool:
        """Whether the task was cancelled by it, and by nothing else; to be asked once."""
        return self._is_over and self._task.uncancel() <= self._cancelling

    def end(self) -> None:
        """Cancels no more."""
        self._timer.cancel()

    def _pass(self) -> None:
        self._is_over = True
        self._task.cancel()


async def _parts(receive: Receive, take: Callable[[int], None]) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        take(len(part))
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def refusal(error: ReceiveError, media: str) -> Response:
    """The answer to a request that was not stored."""
    headers = {"retry-after": str(answers.RETRY_AFTER_S)} if error.retryable else {}
    if isinstance(error, NotAdmitted):
        headers = {"www-authenticate": BEARER}
    return Response(answers.body(error, media), error.http_status, media_type=media, headers=headers)
