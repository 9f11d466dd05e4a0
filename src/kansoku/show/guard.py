"""Who may ask what: each request against the right that it needs, before any route sees it."""

from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from kansoku.catalog.rights import AUTHORIZATION, OPEN, Right
from kansoku.errors import NotAdmitted, NotPermitted
from kansoku.settings.gate import Gate
from kansoku.show.refusals import refusal

_ASKING: Final = ("/api/query", "/api/alerts/backtest")
"""What is asked by POST, because a question may be long, and changes nothing."""
_CHALLENGE: Final = {"www-authenticate": 'Basic realm="Kansoku", charset="UTF-8"'}
"""Has a browser ask for a name and a password, and send them from then on, as RFC 7617 says."""


class KeyGuard:
    """Answers only requests whose key may make them; a probe needs none."""

    def __init__(self, app: ASGIApp, gate: Gate) -> None:
        self._app = app
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as ASGI has it."""
        if scope["type"] != "http" or scope["path"] == OPEN:
            await self._app(scope, receive, send)
            return
        answer, right = self._app, right_of(scope["method"], scope["path"])
        try:
            self._gate.check(Headers(scope=scope).get(AUTHORIZATION, ""), right)
        except NotAdmitted as error:
            answer = refusal(error.http_status, str(error), headers=_CHALLENGE)
        except NotPermitted as error:
            answer = refusal(error.http_status, str(error), right=right)
        await answer(scope, receive, send)


def right_of(method: str, path: str) -> Right:
    """The right that a request needs: whatever is not known to leave all as it is needs the highest."""
    if path.startswith("/v1/"):
        return "send"
    if method in ("GET", "HEAD") or (method == "POST" and path in _ASKING):
        return "read"
    return "operate"
