"""A front for tests that speaks ClickHouse's HTTP protocol over chDB, as no server can be installed here.

Run as `python -m tests.clickhouse_front DIRECTORY FD`; it tells its port over the descriptor and ends when
the other side closes it. It takes statements by POST (in the body, or in `query` with data behind it),
`param_…`, settings, Basic authentication and `X-ClickHouse-*` headers, gzip and zstd; it answers in the
format asked for and tells errors by code, as a server does.

What it does not do as a cluster does: `ON CLUSTER` is left out of a statement, a Replicated engine becomes
the plain one with the same window of de-duplication, and to wait for a replica does nothing. Distributed
tables and KeeperMap are real, over one shard and a Keeper in memory. `input()` becomes `file()` over the data
that stood behind the statement.

`/front/fail?code=N&times=M[&after=1]` makes the next M statements fail with that code, before or after they
ran, and `/front/said` gives the statements so far and what each came with, as JSON.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
import socket
import sys
import threading
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast
from urllib.parse import parse_qsl, urlsplit

from backports import zstd

from kansoku.store.library import Connection

if TYPE_CHECKING:
    from collections.abc import Mapping

USER, PASSWORD = "kansoku", "pass/word"
CLUSTER = "prod"
_CONFIG = f"""<clickhouse>
<tcp_port>9000</tcp_port>
<zookeeper><implementation>testkeeper</implementation></zookeeper>
<keeper_map_path_prefix>/keeper_map</keeper_map_path_prefix>
<remote_servers><{CLUSTER}><shard><internal_replication>true</internal_replication>
<replica><host>127.0.0.1</host><port>9000</port></replica></shard></{CLUSTER}></remote_servers>
</clickhouse>"""
_TRANSPORT = frozenset(
    (
        *("query", "database", "default_format", "query_id", "session_id", "user", "password"),
        *("wait_end_of_query", "enable_http_compression", "client_protocol_version", "role"),
        *("send_progress_in_http_headers", "http_headers_progress_interval_ms"),
        *(
            "cancel_http_readonly_queries_on_client_close",
            "session_timeout",
            "http_write_exception_in_output_format",
        ),
    )
)
# Of a real cluster alone, and settings that chDB's ClickHouse takes but that mean nothing here.
_ON_CLUSTER = re.compile(rf" ON CLUSTER '?{CLUSTER}'?")
_REPLICATED = re.compile(r"Replicated(\w*MergeTree)\('/clickhouse/[^']*', '[^']*'(?:, )?")
_WINDOW = re.compile(
    r"replicated_deduplication_window = (\d+), replicated_deduplication_window_seconds = \d+"
)
_INPUT = re.compile(r"\binput\('((?:[^'\\]|\\.)*)'\)")
_DATA = re.compile(rb"\n?FORMAT Protobuf\s*?\n")
_CODE = re.compile(r"Code: (\d+)\.")


UNCOMPILED = "SET compile_expressions = 0, compile_aggregate_expressions = 0, compile_sort_description = 0"
"""For a database of few rows: to compile what it computes takes more time than it saves."""


class _Answer(Protocol):
    def bytes(self) -> bytes: ...


class _Database(Protocol):
    def query(self, query: str, format: str = ..., params: object = ...) -> _Answer: ...  # noqa: A002
    def close(self) -> None: ...


class Failed(Exception):
    """A statement failed with a code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Fault:
    """What the next statements fail with."""

    code: int = 0
    times: int = 0
    after: bool = False


@dataclass
class Front:
    """The state that all requests share."""

    directory: Path
    said: list[str] = field(default_factory=list[str])
    asked: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    fault: Fault = field(default_factory=Fault)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self) -> _Database:
        """A connection of a request's own."""
        address = f"file:{self.directory / 'db'}?config-file={self.directory / 'config.xml'}"
        opened = cast("_Database", Connection(address))
        opened.query(UNCOMPILED)
        return opened

    def fail(self, *, after: bool) -> None:
        """Fails if it is to fail now."""
        with self.lock:
            if self.fault.times == 0 or self.fault.after is not after:
                return
            self.fault.times -= 1
            raise Failed(self.fault.code, f"Code: {self.fault.code}. DB::Exception: made up. (MADE_UP)")


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    front: Front

    def do_GET(self) -> None:
        """`/ping`, the front's own paths, or a reading statement."""
        self._handle(b"")

    def do_POST(self) -> None:
        """A statement."""
        self._handle(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Says nothing."""

    def _handle(self, body: bytes) -> None:
        address = urlsplit(self.path)
        asked = dict(parse_qsl(address.query, keep_blank_values=True))
        if address.path == "/ping":
            return self._send(200, b"Ok.\n", {})
        if address.path.startswith("/front/"):
            return self._send(200, self._own(address.path, asked), {})
        try:
            self.front.fail(after=False)
            kind = self.headers.get("Content-Type", "")
            if kind.startswith("multipart/form-data"):
                asked, body = {**asked, **_fields(kind, body)}, b""
            answer, form = self._run(asked, _inflated(body, self.headers.get("Content-Encoding", "")))
            self.front.fail(after=True)
        except Failed as error:
            status = {516: 403, 62: 400, 60: 404, 81: 404}.get(error.code, 500)
            told = f"{error} (version 26.9.2.1 (official build))\n".encode()
            return self._send(status, told, {"X-ClickHouse-Exception-Code": str(error.code)})
        self._send(200, answer, {"X-ClickHouse-Format": form, "X-ClickHouse-Timezone": "UTC"})
        return None

    def _own(self, path: str, asked: Mapping[str, str]) -> bytes:
        if path == "/front/fail":
            self.front.fault = Fault(int(asked["code"]), int(asked["times"]), asked.get("after") == "1")
        return json.dumps([self.front.said, self.front.asked]).encode()

    def _run(self, asked: Mapping[str, str], body: bytes) -> tuple[bytes, str]:
        self._authenticate(asked)
        whole = asked["query"].encode() + b"\n" + body if "query" in asked else body
        head = _DATA.search(whole)
        text = (whole[: head.start()] if head else whole).decode("utf-8", "surrogateescape")
        with self.front.lock:
            self.front.said.append(text)
            self.front.asked.append({key: value for key, value in asked.items() if key != "password"})
        data = self.front.directory / f"data-{threading.get_ident()}"
        if head:
            data.write_bytes(whole[head.end() :])
        form = asked.get("default_format") or self.headers.get("X-ClickHouse-Format") or "TabSeparated"
        if text.startswith(("KILL QUERY", "SYSTEM SYNC REPLICA")):  # chDB lets nobody name a query
            return b"", form
        try:
            with closing(self.front.open()) as database:
                self._set(database, asked)
                params = {key[6:]: value for key, value in asked.items() if key.startswith("param_")}
                return database.query(_alone(text, data), form, params=params).bytes(), form
        except RuntimeError as error:
            found = _CODE.findall(str(error))
            raise Failed(int(found[-1]) if found else 1002, str(error)) from error
        finally:
            data.unlink(missing_ok=True)

    def _authenticate(self, asked: Mapping[str, str]) -> None:
        given = self.headers.get("Authorization", "")
        if given.startswith("Basic "):
            user, _, password = base64.b64decode(given[6:]).decode().partition(":")
        else:
            user = asked.get("user") or self.headers.get("X-ClickHouse-User", "default")
            password = asked.get("password") or self.headers.get("X-ClickHouse-Key", "")
        if (user, password) != (USER, PASSWORD):
            raise Failed(
                516,
                f"Code: 516. DB::Exception: {user}: Authentication failed: password is incorrect, or there is"
                " no user with such name. (AUTHENTICATION_FAILED)",
            )

    def _set(self, database: _Database, asked: Mapping[str, str]) -> None:
        name = asked.get("database", "default")
        known = database.query("SELECT name FROM system.databases", "TSVRaw").bytes().decode().split("\n")
        if name and name not in known:
            raise Failed(81, f"Code: 81. DB::Exception: Database {name} does not exist. (UNKNOWN_DATABASE)")
        database.query(f"USE `{name or 'default'}`")
        settings = {k: v for k, v in asked.items() if k not in _TRANSPORT and not k.startswith("param_")}
        if settings:
            told = ", ".join(f"{key} = '{_escaped(value)}'" for key, value in settings.items())
            database.query(f"SET {told}")

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        accepted = [one.strip() for one in self.headers.get("Accept-Encoding", "").split(",")]
        encoding = next((one for one in ("zstd", "gzip") if one in accepted and len(body) > 1000), "")
        if encoding:
            body = zstd.compress(body) if encoding == "zstd" else gzip.compress(body)
            headers = {**headers, "Content-Encoding": encoding}
        self.send_response(status)
        for key, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(key, value)
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(body)


def _fields(kind: str, body: bytes) -> dict[str, str]:
    """The fields of a form."""
    form = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    parts = cast("list[EmailMessage]", form.get_payload())
    return {
        str(part.get_param("name", header="content-disposition")): cast(
            "bytes", part.get_payload(decode=True)
        ).decode()
        for part in parts
    }


def _inflated(body: bytes, encoding: str) -> bytes:
    match encoding:
        case "gzip":
            return gzip.decompress(body)
        case "zstd":
            return zstd.decompress(body)
        case _:
            return body


def _alone(statement: str, data: Path) -> str:
    """The statement as one server without replicas takes it, its data in a file."""
    statement = _ON_CLUSTER.sub("", statement)
    statement = _REPLICATED.sub(r"\1(", statement)
    statement = _WINDOW.sub(r"non_replicated_deduplication_window = \1", statement)
    return _INPUT.sub(lambda found: f"file('{data}', 'Protobuf', '{found[1]}')", statement)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def main() -> None:
    """Entry point; see the module."""
    directory, descriptor = sys.argv[1:]
    front = Front(Path(directory))
    front.directory.mkdir(parents=True, exist_ok=True)
    (front.directory / "config.xml").write_text(_CONFIG, encoding="utf-8")
    os.chdir(front.directory)  # ClickHouse keeps a copy of schema texts where it runs
    kept = front.open()  # holds the database open between requests
    handler = type("FrontHandler", (Handler,), {"front": front})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    with socket.socket(fileno=int(descriptor)) as channel:
        channel.sendall(f"{server.server_address[1]}\n".encode())
        threading.Thread(target=server.serve_forever, daemon=True).start()
        channel.recv(1)
    kept.close()
    os._exit(0)


if __name__ == "__main__":
    main()
