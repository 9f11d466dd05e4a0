"""The short way of small exports over real connections: in order, in pieces, beside others, at the end."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from kansoku.receive import heads, http, quick
from kansoku.store.segments import Signal, frames
from tests.integration.test_receive_servers import PROTOBUF, Running, body, running

if TYPE_CHECKING:
    from pathlib import Path

GET = b"GET /v1/traces HTTP/1.1\r\nHost: x\r\n\r\n"


def request(content: bytes, more: str = "") -> bytes:
    head = f"POST /v1/traces HTTP/1.1\r\nHost: x\r\nContent-Type: {PROTOBUF}\r\n{more}"
    return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content


async def answers(reader: asyncio.StreamReader, count: int) -> list[int]:
    """The statuses of so many answers, in the order in which they come."""
    found: list[int] = []
    for _ in range(count):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        told = dict(line.split(": ", 1) for line in head[1:] if line)
        assert "date" in told
        await reader.readexactly(int(told["content-length"]))
        found.append(int(head[0].split()[1]))
    return found


def stored(server: Running) -> list[bytes]:
    paths = sorted(server.layout.folder(Signal.TRACES).iterdir())
    return [bytes(one) for path in paths for one, _ in frames(memoryview(path.read_bytes()))]


def slow_way(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Counts what goes the way of all other requests."""
    taken: list[str] = []
    usual = http._Endpoint.__call__  # pyright: ignore[reportPrivateUsage]

    async def counted(self: object, scope: object, *rest: object) -> None:
        taken.append("")
        await usual(self, scope, *rest)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(http._Endpoint, "__call__", counted)  # pyright: ignore[reportPrivateUsage]
    return taken


def test_exports_of_one_connection_are_stored_and_answered_in_order_without_the_framework(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = slow_way(monkeypatch)
    sent = [body(f"span {n}") for n in range(5)]

    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            for one in sent[:3]:
                writer.write(request(one))
                assert await answers(reader, 1) == [200]
            whole = request(sent[3])
            head, rest = whole[: -len(sent[3])], whole[-len(sent[3]) :]
            for part in (head[:20], head[20:], rest[:1], rest[1:]):  # as http.client and slow nets send
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            assert await answers(reader, 1) == [200]
            assert (len(others), server.receiver.accepted) == (0, 4)
            writer.write(request(b"not protobuf"))
            assert await answers(reader, 1) == [400]
            assert len(others) == 1
            # The one after waits for the one before, whichever way each goes.
            writer.write(request(sent[4]) + GET + request(b"not protobuf") + request(sent[0]) + GET)
            assert await answers(reader, 5) == [200, 405, 400, 200, 405]
            assert stored(server) == [*sent, sent[0]]
            assert server.receiver.held_bytes == 0
            assert +server.receiver.refusals == {"malformed": 2}
            writer.close()

    asyncio.run(run())


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_body_that_lingers_is_waited_for_where_a_deadline_is_and_gives_its_memory_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hangs_up: bool
) -> None:
    monkeypatch.setattr(quick, "_PATIENCE_S", 0.01)
    others = slow_way(monkeypatch)
    whole = request(body())

    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(whole[:-3])
            while not others:
                await asyncio.sleep(0.001)
            if hangs_up:
                writer.close()
            else:
                writer.write(whole[-3:])
                assert await answers(reader, 1) == [200]
            while server.receiver.held_bytes:
                await asyncio.sleep(0.001)
            assert stored(server) == ([] if hangs_up else [body()])
            writer.close()

    asyncio.run(run())


def test_who_hangs_up_in_the_middle_holds_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quick, "_PATIENCE_S", 3_600.0)

    async def run() -> None:
        async with running(tmp_path) as server:
            _, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(request(body())[:-3])
            while not server.receiver.held_bytes:
                await asyncio.sleep(0.001)
            writer.close()
            while server.receiver.held_bytes:
                await asyncio.sleep(0.001)
            assert stored(server) == []

    asyncio.run(run())


class SlowDisk:
    """Writes down when the test lets it."""

    def __init__(self) -> None:
        self.is_flushing, self.may_go_on = threading.Event(), threading.Event()
        self._flush = os.fdatasync

    def __call__(self, descriptor: int) -> None:
        self.is_flushing.set()
        self.may_go_on.wait()
        self._flush(descriptor)


def test_at_the_end_what_is_being_stored_is_answered_before_its_connection_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = SlowDisk()

    async def run() -> None:
        server_ends = asyncio.Event()

        async def serve() -> None:
            async with running(tmp_path) as server:
                ready.set_result(server.http_port)
                await server_ends.wait()

        ready: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        serving = asyncio.create_task(serve())
        reader, writer = await asyncio.open_connection("127.0.0.1", await ready)
        with monkeypatch.context() as slower:
            slower.setattr(os, "fdatasync", slow)
            writer.write(request(body()))
            await asyncio.to_thread(slow.is_flushing.wait)
            server_ends.set()
            await asyncio.sleep(0.2)  # uvicorn looks ten times a second
            slow.may_go_on.set()
            async with asyncio.timeout(4.0):  # an idle connection would be kept for five
                answer = await reader.read()
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in answer
        writer.close()
        await serving

    asyncio.run(run())


def upgrading(content: bytes) -> bytes:
    """As Java's HTTP client begins on a connection."""
    settings = "HTTP2-Settings: AAEAAEAAAAIAAAAB\r\n"
    return request(content, f"Connection: keep-alive, Upgrade, HTTP2-Settings\r\n{settings}Upgrade: h2c\r\n")


def chunked(content: bytes) -> bytes:
    whole = upgrading(content)
    head = whole[: -len(content)].replace(b"Content-Length: %d" % len(content), b"Transfer-Encoding: chunked")
    return head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)


def test_a_request_that_would_change_the_protocol_is_stored_as_any_other(tmp_path: Path) -> None:
    sent = [body(f"span {n}") for n in range(5)]

    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(upgrading(sent[0]))
            assert await answers(reader, 1) == [200]
            writer.write(chunked(sent[1]) + upgrading(sent[2]) + GET + request(sent[3]))
            assert await answers(reader, 4) == [200, 200, 405, 200]
            whole = upgrading(sent[4])
            for part in (whole[:90], whole[90:-40], whole[-40:-3], whole[-3:]):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0)
            assert await answers(reader, 1) == [200]
            assert stored(server) == sent
            writer.write(b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n" + request(sent[0]))
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            assert stored(server) == sent
            writer.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    "endless",
    [
        b"POST /v1/traces HTTP/1.1\r\nX: ",
        b"POST /v1/traces HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 9,
        b"GET /",
        request(b"")[:-21] + b"Transfer-Encoding: chunked\r\n\r\n0\r\nTrailer: ",
        request(b"")[:-21] + b"Transfer-Encoding: chunked\r\n\r\n1;",
    ],
    ids=["a header", "headers", "an address", "a trailer", "an extension"],
)
def test_a_head_that_does_not_end_ends_its_connection(tmp_path: Path, endless: bytes) -> None:
    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(endless)
            with suppress(ConnectionError):
                for _ in range(200):
                    writer.write(b"X: y\r\n" * 200 if endless.endswith(b"\r\n") else b"y" * 1200)
                    await writer.drain()
                    await asyncio.sleep(0)
            with suppress(ConnectionError):
                assert (await reader.read())[:13] in (b"HTTP/1.1 431 ", b"HTTP/1.1 400 ", b"")
            assert server.receiver.held_bytes == 0
            assert stored(server) == []
            writer.close()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_head_that_stands_still_is_told_so_and_one_that_comes_in_pieces_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heads, "HEAD_S", 0.05)

    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            writer.write(request(body())[:30])
            assert (await reader.read()).startswith(b"HTTP/1.1 408 ")
            writer.close()

    asyncio.run(asyncio.wait_for(run(), 30))


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [(b"\r\nPOST /v1", b"HTTP/1.1 200 "), (b"\0 no head\r\n\r\n", b"")],
    ids=["late", "bad"],
)
def test_what_comes_behind_a_request_does_not_answer_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: bytes, told: bytes
) -> None:
    monkeypatch.setattr(heads, "HEAD_S", 0.01)
    slow = SlowDisk()

    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            with monkeypatch.context() as slower:
                slower.setattr(os, "fdatasync", slow)
                writer.write(request(body()))
                await asyncio.to_thread(slow.is_flushing.wait)
                writer.write(meanwhile)
                await asyncio.sleep(0.1)  # many times as long as a head may take
                slow.may_go_on.set()
                assert (await reader.read())[:13] == told
            assert stored(server) == [body()]
            writer.close()

    asyncio.run(asyncio.wait_for(run(), 30))


def test_a_body_may_come_as_slowly_as_it_likes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "HEAD_S", 0.01)
    content = body()
    head = request(content)[: -len(content)]
    head = head.replace(b"Content-Length: %d" % len(content), b"Transfer-Encoding: chunked")

    async def run() -> None:
        async with running(tmp_path) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            for part in (head, b"%x\r\n" % len(content), content, b"\r\n0\r\n", b"\r\n"):
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(0.05)  # several times as long as a head may take
            assert await answers(reader, 1) == [200]
            assert stored(server) == [content]
            writer.close()

    asyncio.run(asyncio.wait_for(run(), 30))
