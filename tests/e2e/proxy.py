"""A reverse proxy that shows a server below a path of its own, as one in front of several tools does."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import urlsplit

PATH = "/tools/kansoku"
_OWN = ("connection", "transfer-encoding", "content-length", "keep-alive")
"""What concerns one connection only."""


class _Proxied(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self._pass()

    do_POST = do_DELETE = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing."""

    def _pass(self) -> None:
        """Passes the request on without the path that is the proxy's, and the answer as it comes."""
        proxy = cast("_Proxy", self.server)
        proxy.seen.append(self.path)
        if not self.path.startswith(f"{PATH}/"):
            self.send_error(404)
            return
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        sent = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
        behind = HTTPConnection(proxy.behind, timeout=60)
        try:
            behind.request(self.command, self.path.removeprefix(PATH), body or None, sent)
            answer = behind.getresponse()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in _OWN:
                    self.send_header(name, value)
            self.send_header("connection", "close")
            self.end_headers()
            while part := answer.read1(65_536):
                self.wfile.write(part)
                self.wfile.flush()
        except OSError:
            self.close_connection = True  # the browser left, or the server did
        finally:
            behind.close()


class _Proxy(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, behind: str) -> None:
        super().__init__(("127.0.0.1", 0), _Proxied)
        self.behind = behind
        self.seen: list[str] = []


@contextmanager
def below_a_path(url: str) -> Generator[tuple[str, list[str]]]:
    """Shows the server at `url` below `PATH`: gives the address there, and the paths that are asked for."""
    proxy = _Proxy(urlsplit(url).netloc)
    threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{proxy.server_port}{PATH}/", proxy.seen
    finally:
        proxy.shutdown()
        proxy.server_close()
