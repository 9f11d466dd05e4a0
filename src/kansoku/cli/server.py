"""The running server as a command sees it: an address that answers JSON."""

import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from typing import cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from kansoku.catalog.rights import AUTHORIZATION, BEARER, KEY_VARIABLE, NOT_A_KEY, can_be_key
from kansoku.catalog.settings import URL

UNREACHABLE = 4
"""Exit code when there is no answer to judge by."""
REFUSED = 1
"""Exit code when the server answered that it will not do this."""
_SHUT = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_PART_BYTES = 1 << 16
_REFUSAL_BYTES = 1 << 20


class ServerProblem(Exception):
    """The server did not give the answer; `code` is the exit code that says why."""

    def __init__(self, message: str, code: int) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Server:
    """A Kansoku server by its URL."""

    url: str = URL
    timeout_s: float = 30.0

    def get(self, path: str, **parameters: str) -> dict[str, object]:
        """The answer to a GET.

        Raises:
            ServerProblem: If it cannot be reached or does not answer with data.
        """
        asked = f"?{urlencode(parameters)}" if parameters else ""
        return self._answer(self._request(path + asked))

    def post(self, path: str, body: object) -> dict[str, object]:
        """The answer to a POST of JSON.

        Raises:
            ServerProblem: If it cannot be reached or does not answer with data.
        """
        return self._answer(self._request(path, json.dumps(body).encode()))

    def delete(self, path: str) -> dict[str, object]:
        """The answer to a DELETE.

        Raises:
            ServerProblem: If it cannot be reached or does not answer with data.
        """
        return self._answer(self._request(path, method="DELETE"))

    def lines(self, path: str, body: object) -> Generator[dict[str, object]]:
        """The answers to a POST of JSON that come one a line, each as it comes.

        Raises:
            ServerProblem: If it cannot be reached or does not answer with data.
        """
        request = self._request(path, json.dumps(body).encode())
        try:
            with urlopen(request, timeout=self.timeout_s) as response:  # noqa: S310
                for line in response:
                    with self.understood():
                        found: object = json.loads(line)
                        yield dict(cast("dict[str, object]", found))
        except HTTPError as error:
            with error:
                raise self._refusal(error.code, error.read(_REFUSAL_BYTES)) from None
        except (URLError, OSError, HTTPException) as error:
            raise self._unreachable(getattr(error, "reason", error)) from None

    def _request(self, path: str, data: bytes | None = None, method: str | None = None) -> Request:
        headers = {} if data is None and method is None else {"Content-Type": "application/json"}
        if key := os.environ.get(KEY_VARIABLE, "").strip():
            if not can_be_key(key):
                raise ServerProblem(NOT_A_KEY, REFUSED)
            headers[AUTHORIZATION] = f"{BEARER} {key}"
        return Request(self._address(path), data, headers, method=method)  # noqa: S310

    def _address(self, path: str) -> str:
        try:
            known = urlsplit(self.url).scheme in ("http", "https")
        except ValueError:  # an IPv6 address without its end
            known = False
        if not known:
            raise ServerProblem(f"--url: {self.url!r} is not an http:// or https:// address", REFUSED)
        return f"{self.url.rstrip('/')}/{path}"

    def _answer(self, request: Request) -> dict[str, object]:
        try:
            with urlopen(request, timeout=self.timeout_s) as response:  # noqa: S310
                found: object = json.loads(self._content(response))
        except HTTPError as error:
            with error:
                raise self._refusal(error.code, error.read(_REFUSAL_BYTES)) from None
        except (URLError, OSError, HTTPException) as error:
            raise self._unreachable(getattr(error, "reason", error)) from None
        except (ValueError, RecursionError):
            raise self._foreign() from None
        if not isinstance(found, dict):
            raise self._foreign()
        return cast("dict[str, object]", found)

    def _content(self, response: HTTPResponse) -> bytes:
        """The body; urllib's own timeout starts anew with each byte that drips in."""
        deadline = time.monotonic() + self.timeout_s
        parts: list[bytes] = []
        while part := response.read1(_PART_BYTES):
            if time.monotonic() > deadline:
                raise TimeoutError("timed out")
            parts.append(part)
        return b"".join(parts)

    def _refusal(self, status: int, body: bytes) -> ServerProblem:
        try:
            message = str(json.loads(body)["error"]["message"])
        except (ValueError, KeyError, TypeError):
            return self._foreign(f" (HTTP {status})")
        if status == HTTPStatus.UNAUTHORIZED:
            message = f"{self.url} wants a key; give yours in {KEY_VARIABLE} ({message})"
        is_untold = status >= 500 or status in _SHUT  # noqa: PLR2004
        return ServerProblem(message, UNREACHABLE if is_untold else REFUSED)

    def _unreachable(self, reason: object) -> ServerProblem:
        return ServerProblem(
            f"no Kansoku server answers at {self.url} ({reason}); "
            "start one with `kansoku up`, or name another with --url",
            UNREACHABLE,
        )

    @contextmanager
    def understood(self) -> Generator[None]:
        """Reading an answer in here says whose it is if it has another shape than ours.

        Raises:
            ServerProblem: If it has.
        """
        try:
            yield
        except (AttributeError, KeyError, TypeError, ValueError):
            raise self._foreign() from None

    def _foreign(self, detail: str = "") -> ServerProblem:
        return ServerProblem(
            f"what answers at {self.url} is not a Kansoku server{detail}; name another with --url",
            UNREACHABLE,
        )
