"""Exports with a key and without, by every way in."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest

from kansoku.settings.gate import Gate
from kansoku.settings.keys import keys_of, table_of
from tests.integration.test_receive_quick import answers, request, stored
from tests.integration.test_receive_servers import EXPORT, Running, body, running

if TYPE_CHECKING:
    from pathlib import Path

SENDS, READS = "kansoku_key_for-sending", "kansoku_key_for-reading"
FILE = table_of("app", ["send"], SENDS) + table_of("team", ["read"], READS)
WAYS = {"": 401, "nobodys": 401, READS: 403, SENDS: 200}
"""The answer to a request by the key that it has."""


def gate() -> Gate:
    return Gate(keys_of(FILE, "keys.toml"))


def header(key: str) -> str:
    return f"Authorization: Bearer {key}\r\n" if key else ""


@pytest.mark.parametrize(("key", "status"), WAYS.items())
@pytest.mark.parametrize("way", ["short", "chunked", "json", "large"])
def test_an_export_over_http_needs_a_key_that_may_send(
    tmp_path: Path, way: str, key: str, status: int
) -> None:
    async def run() -> None:
        async with running(tmp_path, gate=gate()) as server:
            found, told, content = await sent(server, way, key)
            assert found == status
            assert (told.get("www-authenticate") == "Bearer") == (status == 401)
            assert (server.spooled() > 0) == (status == 200)
            reasons = {401: {"not_admitted": 1}, 403: {"not_permitted": 1}, 200: {}}
            assert +server.receiver.refusals == reasons[status]
            assert server.receiver.held_bytes == 0
            if status != 200:
                assert b"authorization: the " in content
            assert SENDS.encode() not in content

    asyncio.run(run())


async def sent(server: Running, way: str, key: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer."""
    match way:
        case "chunked":
            told = header(key) + "Transfer-Encoding: chunked\r\n"
            return await server.post(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body()), body()), headers=told)
        case "json":
            spans = b'{"traceId": "%032x", "spanId": "%016x", "name": "x"}' % (1, 1)
            message = b'{"resourceSpans": [{"scopeSpans": [{"spans": [%b]}]}]}' % spans
            return await server.post(message, "application/json", headers=header(key))
        case "large":
            return await server.post(body("x" * 60_000), headers=header(key))
        case _:
            return await server.post(body(), headers=header(key))


def test_requests_of_one_connection_are_let_in_each_by_its_own_key(tmp_path: Path) -> None:
    keys = [SENDS, "", READS, SENDS, "nobodys", SENDS]

    async def run() -> None:
        async with running(tmp_path, gate=gate()) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.http_port)
            for place, key in enumerate(keys):
                writer.write(request(body(f"span {place}"), header(key)))
            assert await answers(reader, len(keys)) == [WAYS[key] for key in keys]
            assert stored(server) == [body(f"span {place}") for place in (0, 3, 5)]
            writer.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("", grpc.StatusCode.UNAUTHENTICATED),
        ("nobodys", grpc.StatusCode.UNAUTHENTICATED),
        (READS, grpc.StatusCode.PERMISSION_DENIED),
        (SENDS, grpc.StatusCode.OK),
    ],
)
def test_an_export_over_grpc_needs_one_too(tmp_path: Path, key: str, code: grpc.StatusCode) -> None:
    async def run() -> None:
        async with (
            running(tmp_path, gate=gate()) as server,
            grpc.aio.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel,
        ):
            told = (("authorization", f"Bearer {key}"),) if key else ()
            exported = channel.unary_unary(EXPORT)(body(), metadata=told)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
            assert await exported.code() == code  # pyright: ignore[reportUnknownMemberType]
            assert (server.spooled() > 0) == (code == grpc.StatusCode.OK)

    asyncio.run(run())
