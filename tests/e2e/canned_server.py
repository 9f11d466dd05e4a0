"""A small server that serves the built page under its real policy with canned answers."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.e2e import canned_traces, canned_views
from tests.e2e.canned import MARKERS, VALUES, WINDOWS, Answers, catalog, compared

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

STATIC = Path(__file__).parents[2] / "src" / "kansoku" / "show" / "static"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HELD_S = 30.0
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Handler(BaseHTTPRequestHandler):
    """Routes as the real server does: the API, built files, and index.html for every other path."""

    @property
    def canned(self) -> PageServer:
        """The server that took the request."""
        assert isinstance(self.server, PageServer)
        return self.server

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        path = "/" + address.path.removeprefix(self.canned.prefix)
        self.canned.seen.append(path + (f"?{address.query}" if address.query else ""))
        if path.startswith("/api/"):
            query = parse_qs(address.query)
            status, told = self._api(path.removeprefix("/api/"), query)
            self._answer(status, compared(told) if "compare" in query else told)
        elif path.startswith("/assets/"):
            self._asset(path.removeprefix("/assets/"))
        else:
            self._index()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.canned.silences.append(
            asked | {"id": "s1", "begins": 0.0, "made_at": 0.0, "state": "active", "warnings": []}
        )
        self._answer(200, self.canned.silences[-1])

    def do_DELETE(self) -> None:
        (ended,) = (one for one in self.canned.silences if self.path.endswith(f"/{one['id']}"))
        ended["state"] = "expired"
        self._answer(200, ended)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it)
        """Nothing: the tests read `seen`."""

    def _api(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        answers = self.canned.answers
        window = query.get("window", ["1h"])[0]
        if window not in WINDOWS:
            message = f"window: {window!r} is not known; use one of {', '.join(WINDOWS)}"
            return 400, {"error": {"message": message, "field": "window"}}
        if path.removeprefix("panels/") == answers.held:
            answers.let_go.wait(HELD_S)
        told: dict[str, Callable[[], object]] = {
            "catalog": lambda: catalog(demo=answers.demo),
            "status": lambda: answers.status(window, query.get("feature", [None])[0]),
            "values": lambda: {"values": VALUES},
            "markers": lambda: {"markers": MARKERS},
            "honesty": answers.honesty,
            "slos": canned_views.slos,
            "alerts": canned_views.alerts,
            "alerts/history": canned_views.changes,
            "alerts/backtest": canned_views.past,
            "silences": lambda: {"silences": self.canned.silences},
        }
        if path in told:
            return 200, told[path]()
        searched = canned_traces.told(path, query)
        if searched is not None:
            return 200, searched
        if path.startswith("slos/"):
            return 200, canned_views.slo_history(path.removeprefix("slos/"))
        group = path.removeprefix("panels/")
        if group == answers.broken_group:
            return 503, {"error": {"message": "the query took longer than 10 s"}}
        panels = answers.panels(group)
        return (404, {"error": {"message": "unknown"}}) if panels is None else (200, panels)

    def _asset(self, name: str) -> None:
        file = STATIC / "assets" / name
        if file.is_file():
            self._send(200, TYPES[file.suffix], file.read_bytes())
        else:
            self._send(404, "text/plain", b"no such file")

    def _index(self) -> None:
        html = (STATIC / "index.html").read_text("utf-8")
        html = html.replace("<head>", f'<head><base href="{self.canned.prefix}">', 1)
        self._send(200, "text/html; charset=utf-8", html.encode())

    def _answer(self, status: int, body: object) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", POLICY)
        self.send_header("x-content-type-options", "nosniff")
        self.end_headers()
        self.wfile.write(body)


class PageServer(ThreadingHTTPServer):
    """The canned server, on a free port, below `prefix` as behind a proxy."""

    daemon_threads = True

    def __init__(self, answers: Answers, prefix: str = "/") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers = answers
        self.prefix = prefix
        self.seen: list[str] = []
        self.silences: list[dict[str, object]] = []
        self._running = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self.prefix}"

    def __enter__(self) -> Self:
        self._running.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Stops listening; a second time does nothing."""
        if self._running.is_alive():
            self.shutdown()
            self._running.join()
        self.server_close()
