"""A real uvicorn server, whichever way its logging is set up, writes the same JSON lines."""

import json
import subprocess
import sys

import pytest

CODE = """
import sys, threading, urllib.request, uvicorn, kansoku
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})
BEFORE, CONFIG = sys.argv[1] == "before", {"log_config": None} if sys.argv[2] == "none" else {}
if BEFORE: kansoku.configure_logging(stream=sys.stdout)
config = uvicorn.Config(app, port=0, lifespan="off", **CONFIG)
if not BEFORE: kansoku.configure_logging(stream=sys.stdout)
server = uvicorn.Server(config)
class Once(uvicorn.Server):
    async def startup(self, sockets=None):
        await super().startup(sockets)
        port = self.servers[0].sockets[0].getsockname()[1]
        def ask():
            urllib.request.urlopen(f"http://127.0.0.1:{port}/a%20b?code=s3cr3t", timeout=10)
            self.should_exit = True
        threading.Thread(target=ask).start()
Once(config).run()
"""


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("config", ["none", "own"])
def test_uvicorn_writes_json_lines_without_query_values(order: str, config: str) -> None:
    words = [sys.executable, "-c", CODE, order, config]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    (access,) = [each for each in lines if each["logger"] == "uvicorn.access"]
    assert (access["method"], access["path"], access["status"]) == ("GET", "/a b?code=<REDACTED>", 204)
    assert any(each["logger"] == "uvicorn.error" for each in lines)
    assert "s3cr3t" not in done.stdout + done.stderr
    assert done.stderr == ""
