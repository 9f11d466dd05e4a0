"""Takes what contenders send. Prints its port; a GET answers bytes and requests by contender and path.

Ends with its standard input, so that it never outlives the benchmark.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

got: Counter[str] = Counter()


class Sink(BaseHTTPRequestHandler):
    """Counts, and says yes to everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Takes a request."""
        got[self.path] += len(self.rfile.read(int(self.headers["content-length"])))
        self._say(b"")

    def do_GET(self) -> None:
        """Tells what came."""
        self._say(json.dumps(got).encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class names it so
        """Says nothing."""

    def _say(self, body: bytes) -> None:
        """Answers 200."""
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    """Serves until standard input ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
