"""A local HTTP server that speaks the Messages API's wire format on a real socket.

For tests it answers from a script, for the demo from a plan:

    with MessagesServer() as server:
        server.script(Failure.overloaded(), Reply(blocks=(Text("hi"),)))
        client = anthropic.Anthropic(base_url=server.base_url, api_key="local")
        client.messages.create(...)          # 529, then the retry succeeds
    assert [r.retry_count for r in server.requests] == [0, 1]
"""

from __future__ import annotations

import asyncio
import http
import json
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Self, TypeAlias, assert_never

from kansoku_demo import wire
from kansoku_demo.answers import (
    Answer,
    Disconnected,
    ErrorEvent,
    Event,
    Events,
    Failure,
    HangUp,
    Json,
    JsonObject,
    Pause,
    RateLimits,
    Raw,
    Received,
    Reply,
    Truncated,
)

if TYPE_CHECKING:
    from types import TracebackType

Plan: TypeAlias = Callable[[Received], Answer]

_MESSAGES_PATHS = frozenset({"/v1/messages", wire.COUNT_TOKENS_PATH})
_SSE = "text/event-stream; charset=utf-8"


def hello(_request: Received) -> Answer:
    """The plan of a server that was given none: the same short reply to every request."""
    return Reply()


class MessagesServer:
    """The Messages API on 127.0.0.1, served from a thread of its own while the context is open.

    A scripted answer comes first, in the order of `script()`; when the script is used up, `plan`
    is asked for each request (default: `hello`, a plain `Reply()`). Each HTTP attempt takes one
    answer, so a call the SDK retries takes several. A plan that raises answers 500, not retried,
    with the exception in the message. `port=0` takes a free port.

    `run_id` is part of every request and message id: fix it where a test compares ids; by default
    it is random, so that two runs never share an id. `keep_requests=False` keeps no list of
    requests, for a server that runs for days.
    """

    def __init__(
        self,
        plan: Plan = hello,
        *,
        port: int = 0,
        run_id: str | None = None,
        keep_requests: bool = True,
    ) -> None:
        self._plan = plan
        self._port = port
        self._run_id = secrets.token_hex(4) if run_id is None else run_id
        self._scripted: deque[Answer] = deque()
        self._received: list[Received] = []
        self._keep_requests = keep_requests
        self._count = 0
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, name="messages-server", daemon=True)
        self._server: asyncio.Server | None = None

    @property
    def base_url(self) -> str:
        """What the SDK takes as `base_url`. Only inside the context."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> tuple[Received, ...]:
        """Every request so far, in order of arrival."""
        with self._lock:
            return tuple(self._received)

    def script(self, *answers: Answer) -> None:
        """Append answers to the script; they are taken one per HTTP attempt."""
        with self._lock:
            self._scripted.extend(answers)

    @property
    def unused_answers(self) -> int:
        """How many scripted answers were not asked for: 0 at the end of a well-aimed test."""
        with self._lock:
            return len(self._scripted)

    def __enter__(self) -> Self:
        start = asyncio.start_server(self._connected, "127.0.0.1", self._port)
        try:
            self._server = self._loop.run_until_complete(start)
        except OSError:
            self._loop.close()
            raise
        self._port = self._server.sockets[0].getsockname()[1]
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        # A transport closes its socket in the next turn of the loop.
        await asyncio.sleep(0)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
        connection = _Connection(reader, writer)
        try:
            while await self._exchange(connection):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client left, or the server closes: both are normal ends of a connection.
            return
        finally:
            writer.close()

    async def _exchange(self, connection: _Connection) -> bool:
        """Answer one request; False when the connection is not to be used again."""
        head = await connection.read_head()
        if head is None:
            return False
        method, path, headers = head
        try:
            body = await connection.read_body(headers)
        except ValueError as error:
            received = self._receive(method, path, headers, {})
            return await self._send(connection, received, Failure.invalid_request(str(error)))
        received = self._receive(method, path, headers, body)
        return await self._send(connection, received, self._next_answer(received))

    def _receive(self, method: str, path: str, headers: Mapping[str, str], body: JsonObject) -> Received:
        with self._lock:
            self._count += 1
            received = Received(number=self._count, method=method, path=path, headers=headers, body=body)
            if self._keep_requests:
                self._received.append(received)
        return received

    def _next_answer(self, received: Received) -> Answer:
        with self._lock:
            scripted = self._scripted.popleft() if self._scripted else None
        if scripted is not None:
            return _fitting(scripted, received)
        try:
            return _fitting(self._plan(received), received)
        except Exception as error:
            return Failure(status=500, type="api_error", message=f"plan: {error!r}", should_retry=False)

    def _id(self, prefix: str, number: int) -> str:
        return f"{prefix}_01{self._run_id}{number:08d}"

    async def _send(self, connection: _Connection, received: Received, answer: Answer) -> bool:
        request_id = self._id("req", received.number)
        if not isinstance(answer, Events):
            await asyncio.sleep(answer.delay_s)
        match answer:
            case Reply():
                return await self._send_reply(connection, received, answer, request_id)
            case Failure():
                return await _send_failure(connection, answer, request_id)
            case Events():
                return await _send_events(connection, answer, request_id)
            case Raw():
                await _stand(answer.pause)
                headers = {"request-id": request_id, **answer.headers}
                await connection.send_body(
                    answer.status, answer.body, {"content-type": answer.content_type, **headers}
                )
                return True
            case HangUp():
                return False
            case _:
                assert_never(answer)

    async def _send_reply(
        self, connection: _Connection, received: Received, reply: Reply, request_id: str
    ) -> bool:
        message_id = self._id("msg", received.number)
        headers = _headers(request_id, reply.rate_limits, reply.headers)
        if received.path == wire.COUNT_TOKENS_PATH:
            return await _send_json(connection, reply, wire.token_count(reply), headers)
        if not received.stream:
            body = wire.body(reply, model=received.model, message_id=message_id)
            return await _send_json(connection, reply, body, headers)
        events = wire.events(reply, model=received.model, message_id=message_id)
        return await _send_stream(connection, reply, events, headers, request_id)


class _Connection:
    """HTTP/1.1 on one socket: reads requests, writes bodies whole or in chunks."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._unsent = bytearray()

    async def read_head(self) -> tuple[str, str, dict[str, str]] | None:
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            return None
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        method, target, _version = first.split(" ", 2)
        fields = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in fields}
        return method, target.partition("?")[0], headers

    async def read_body(self, headers: Mapping[str, str]) -> JsonObject:
        """The JSON object of the body; `ValueError` says what is wrong with it."""
        raw = await self._reader.readexactly(int(headers.get("content-length", "0")))
        if not raw:
            return {}
        body: Json = json.loads(raw)
        if not isinstance(body, dict):
            raise ValueError("body: a JSON object is required")  # noqa: TRY004 - one error for a bad body
        return body

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        lines = [f"HTTP/1.1 {status} {_phrase(status)}"]
        lines.extend(f"{name}: {value}" for name, value in headers.items())
        self._unsent += "\r\n".join((*lines, "", "")).encode("latin-1")

    def write(self, data: bytes) -> None:
        self._unsent += data

    def write_chunk(self, data: bytes) -> None:
        self._unsent += b"%x\r\n%s\r\n" % (len(data), data)

    async def flush(self) -> None:
        # Events with no wait between them leave in one write: a stream costs few system calls.
        if self._unsent:
            self._writer.write(bytes(self._unsent))
            self._unsent.clear()
        await self._writer.drain()

    async def send_body(self, status: int, data: bytes, headers: Mapping[str, str]) -> None:
        self.start(status, {**headers, "content-length": str(len(data))})
        self.write(data)
        await self.flush()


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _headers(request_id: str, limits: RateLimits | None, extra: Mapping[str, str]) -> dict[str, str]:
    figures = {} if limits is None else wire.rate_limit_headers(limits, time.time())
    return {
        "request-id": request_id,
        "anthropic-organization-id": "org_local",
        **figures,
        **extra,
    }


def _fitting(answer: Answer, received: Received) -> Answer:
    """The answer, or the error that tells why it cannot answer this request."""
    if not isinstance(answer, Reply | Events):
        return answer
    if received.path not in _MESSAGES_PATHS:
        return Failure(status=404, type="not_found_error", message=f"path: {received.path}")
    if isinstance(answer, Events) and not received.stream:
        return Failure.invalid_request("stream: this scripted answer needs `stream: true`")
    if (
        isinstance(answer, Reply)
        and isinstance(answer.ending, ErrorEvent | Truncated)
        and not received.stream
    ):
        return Failure.invalid_request("stream: the scripted ending needs `stream: true`")
    return answer


async def _stand(pause: Pause | None, at: int | None = None) -> None:
    """Wait for the release of a pause that is due after `at` events (None: due in any case)."""
    if pause is not None and (at is None or at == pause.after):
        await asyncio.wrap_future(pause.reach())


async def _send_failure(connection: _Connection, failure: Failure, request_id: str) -> bool:
    await _stand(failure.pause)
    headers = _headers(request_id, failure.rate_limits, {**wire.retry_headers(failure), **failure.headers})
    body = wire.dump(wire.error_body(failure.type, failure.message, request_id))
    await connection.send_body(failure.status, body, {"content-type": "application/json", **headers})
    return True


async def _send_json(
    connection: _Connection, reply: Reply, body: JsonObject, headers: Mapping[str, str]
) -> bool:
    await _stand(reply.pause)
    await asyncio.sleep(reply.first_token_s + reply.delta_s * reply.deltas * len(reply.blocks))
    data = wire.dump(body)
    headers = {"content-type": "application/json", **headers}
    if not isinstance(reply.ending, Disconnected):
        await connection.send_body(200, data, headers)
        return True
    connection.start(200, {**headers, "content-length": str(len(data))})
    connection.write(data[: len(data) // 2])
    await connection.flush()
    return False


async def _send_stream(
    connection: _Connection,
    reply: Reply,
    events: tuple[Event, ...],
    headers: Mapping[str, str],
    request_id: str,
) -> bool:
    ending = reply.ending
    sent = events if ending is None else events[: ending.after]
    waits = _Waits(first_s=reply.first_token_s, later_s=reply.delta_s)
    await _stream(connection, sent, headers, waits, reply.pause)
    match ending:
        case None | Truncated():
            pass
        case ErrorEvent():
            data = wire.error_body(ending.type, ending.message, request_id)
            connection.write_chunk(wire.encode(Event("error", data)))
        case Disconnected():
            await connection.flush()
            return False
        case _:
            assert_never(ending)
    return await _end_chunks(connection)


async def _send_events(connection: _Connection, answer: Events, request_id: str) -> bool:
    headers = _headers(request_id, None, answer.headers)
    waits = _Waits(first_s=answer.delta_s, later_s=answer.delta_s)
    await _stream(connection, answer.events, headers, waits, answer.pause)
    if answer.disconnect:
        await connection.flush()
        return False
    return await _end_chunks(connection)


class _Waits:
    """How long to wait before an event: only deltas are waited for, the first one differently."""

    def __init__(self, *, first_s: float, later_s: float) -> None:
        self._next_s = first_s
        self._later_s = later_s

    def before(self, event: Event) -> float:
        if event.name != "content_block_delta":
            return 0.0
        wait, self._next_s = self._next_s, self._later_s
        return wait


async def _stream(
    connection: _Connection,
    events: tuple[Event, ...],
    headers: Mapping[str, str],
    waits: _Waits,
    pause: Pause | None,
) -> None:
    await _stand(pause, 0)
    connection.start(
        200,
        {
            "content-type": _SSE,
            "cache-control": "no-cache",
            "transfer-encoding": "chunked",
            **headers,
        },
    )
    for number, event in enumerate(events, start=1):
        if (wait := waits.before(event)) > 0:
            await connection.flush()
            await asyncio.sleep(wait)
        connection.write_chunk(wire.encode(event))
        if pause is not None and pause.after == number:
            await connection.flush()
            await _stand(pause, number)


async def _end_chunks(connection: _Connection) -> bool:
    connection.write(b"0\r\n\r\n")
    await connection.flush()
    return True
