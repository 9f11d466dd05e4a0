"""Access records of uvicorn and gunicorn as fields; a query's values never show, whatever they are."""

import logging
import re
from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import unquote

from kansoku.catalog import log_keys as keys
from kansoku.emit.snapshot import Json, text_of

SERVERS = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi", "gunicorn.error", "gunicorn.access")
"""Loggers that bring handlers of their own."""

LOG_URLS = frozenset({*SERVERS, "httpx", "httpx2", "urllib3.connectionpool"})
"""Loggers whose messages name the URLs that were asked for: websockets, failed requests, HTTP clients."""

HIDDEN = "<REDACTED>"

_UVICORN_ARGS = 5
_QUERY = re.compile(r"\?(\S+?)([\"')\],.;:]*)(?=\s|$)")

Access = tuple[str, dict[str, Json]]
"""The message and its fields."""


def access(record: logging.LogRecord) -> Access | None:
    """What an access record says, or None if it is no such record."""
    read = _READERS.get(record.name)
    return None if read is None else read(record)


def without_values(path: str) -> str:
    """The path readable, and the names of its query without their values: codes and keys travel there."""
    before, mark, query = path.partition("?")
    if not mark:
        return unquote(before)
    return f"{unquote(before)}?{_names(query)}"


def queries_hidden(message: str) -> str:
    """The message with the values of every query in it hidden."""
    return _QUERY.sub(lambda found: f"?{_names(found[1])}{found[2]}", message) if "?" in message else message


def _names(query: str) -> str:
    """A query's names, each with its value hidden."""
    return "&".join(_hidden(part) for part in query.split("&"))


def _hidden(part: str) -> str:
    """One parameter with its value hidden; one without a name is all value."""
    name, equals, _ = part.partition("=")
    return f"{unquote(name)}={HIDDEN}" if equals else HIDDEN


def _uvicorn(record: logging.LogRecord) -> Access | None:
    """Of uvicorn's arguments: client, method, path with query, HTTP version, status."""
    args = record.args
    if not isinstance(args, tuple) or len(args) != _UVICORN_ARGS:
        return None
    client, method, path, version, status = cast("tuple[object, ...]", args)
    return _told(text_of(client), text_of(method), text_of(path), f"HTTP/{text_of(version)}", status)


def _gunicorn(record: logging.LogRecord) -> Access | None:
    """Of gunicorn's atoms: h, m, U, q, H and s."""
    args: object = record.args
    if not isinstance(args, Mapping):
        return None
    atoms = args
    client, method, path, query, version, status = (text_of(atoms.get(each, "-")) for each in "hmUqHs")
    asked = f"{path}?{query}" if query not in ("", "-") else path
    return _told(client, method, asked, version, status)


def _told(client: str, method: str, path: str, version: str, status: object) -> Access:
    """The message as servers write it, and its fields."""
    asked = without_values(path)
    code = text_of(status)
    fields: dict[str, Json] = {
        keys.CLIENT.name: client,
        keys.METHOD.name: method,
        keys.PATH.name: asked,
        keys.STATUS.name: int(code) if code.isascii() and code.isdigit() else code,
    }
    return f'{client} - "{method} {asked} {version}" {code}', fields


_READERS: dict[str, Callable[[logging.LogRecord], Access | None]] = {
    "uvicorn.access": _uvicorn,
    "gunicorn.access": _gunicorn,
}
