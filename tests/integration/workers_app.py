"""An application that several workers of a real server run: `/ask` calls Claude, `/metrics` is mounted."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import anthropic

import kansoku

ASK: Any = {"model": "claude-sonnet-5-5", "max_tokens": 8, "messages": [{"role": "user", "content": "hi"}]}

_port = os.environ.get("APP_PROMETHEUS_PORT")
kansoku.init(
    "workers-app",
    endpoint=os.environ.get("APP_ENDPOINT", "http://127.0.0.1:9"),
    prometheus_port=int(_port) if _port else None,
)
_client = anthropic.Anthropic(base_url=os.environ["APP_API"], api_key="local")
_page = kansoku.metrics_wsgi()
_asgi_page = kansoku.metrics_asgi()


def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The application for gunicorn's own workers."""
    if environ["PATH_INFO"] == "/metrics":
        return _page(environ, start_response)
    _client.messages.create(**ASK)
    start_response("200 OK", [("content-type", "text/plain")])
    return [str(os.getpid()).encode()]


async def asgi(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """The application for uvicorn."""
    if scope["type"] != "http":
        await _lifespan(receive, send)
        return
    if scope["path"] == "/metrics":
        await _asgi_page(scope, receive, send)
        return
    _client.messages.create(**ASK)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})


async def _lifespan(receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """Start and stop, as ASGI asks."""
    for kind in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{kind}.complete"})
