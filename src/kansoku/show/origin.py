"""Who may talk to the server from inside a browser: only its own page.

A page elsewhere can point a name of its own at this machine (DNS rebinding) or post to it blindly
(cross-site request forgery). The first is met by taking only host names that are ours, the second by
the headers in which a browser says where a request comes from.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kansoku.show.headers import SECURITY_HEADERS
from kansoku.show.refusals import RequestRefused, refusal

_OPEN = ("/v1/", "/healthz", "/metrics")
"""Paths for exporters, probes and scrapers, which are no browsers and come under any name."""


class HostGuard:
    """Answers only requests to host names that are ours, and adds the security headers to each.

    `hosts` are names besides the loopback's, without ports. An address literal is always taken: a
    foreign page cannot make a browser send one.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.lower().strip("[]") for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        host = _hostname(Headers(scope=scope).get("host", ""))
        answer = self._app if self._takes(scope["path"], host) else _misdirected(host)
        await answer(scope, receive, _with_headers(send))

    def _takes(self, path: str, host: str) -> bool:
        return path.startswith(_OPEN) or host in self._hosts or _is_local(host)


def same_origin(request: Request) -> None:
    """See that a request which acts comes from our own page, or from no browser at all.

    Raises:
        RequestRefused: If a browser says that another site sent it, or it is not JSON, which a
            foreign form cannot send unasked.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise RequestRefused("content-type: send application/json", status=415, field="content-type")
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    ours = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if site not in ("same-origin", "none") or not ours:
        raise RequestRefused("a page of another site may not ask this", status=403)


def _hostname(host: str) -> str:
    """The name in a Host header, without its port."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_local(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _misdirected(host: str) -> ASGIApp:
    return refusal(
        421,
        f"host: this server does not answer to {host!r}; open it by its address, "
        "or start it with that name as --allow-host",
        "host",
    )


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            told = {name for name, _ in message.get("headers", ())}
            message["headers"] = [
                *message.get("headers", ()),
                *(
                    (name.encode(), value.encode())
                    for name, value in SECURITY_HEADERS.items()
                    if name.encode() not in told
                ),
            ]
        await send(message)

    return sending
