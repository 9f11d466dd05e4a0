"""The address of a ClickHouse server or cluster, as `--store` takes it.

    clickhouse://user:password@host:8123/database?cluster=prod&secure=true&quorum=2

It holds a secret, so nothing here shows more of it than `shown` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from kansoku.catalog.settings import STORE_PASSWORD_VARIABLE
from kansoku.errors import SettingError

_PORT, _SECURE_PORT = 8123, 8443
_SCHEMES: Final = {"clickhouse": False, "clickhouses": True}
_OPTIONS = ("cluster", "secure", "ca", "verify", "quorum")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}
_FORM = "clickhouse://user@host:8123/database"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the store is, and who asks.

    Attributes:
        host: A server of the cluster, or what balances between them.
        port: Its HTTP port.
        user: Who asks.
        password: The user's.
        database: The database of the tables.
        cluster: The cluster's name in the servers' configuration; empty for one server.
        secure: Whether it is spoken to over TLS.
        ca: A file with the certificate authority; empty for those the system trusts.
        verify: Whether its certificate is checked.
        quorum: How many replicas must have a segment before it counts as stored: a number, `auto` for most
            of them, or `0` for the one that took it.
    """

    host: str
    port: int
    user: str = "default"
    password: str = field(default="", repr=False)
    database: str = "default"
    cluster: str = ""
    secure: bool = False
    ca: str = ""
    verify: bool = True
    quorum: str = "auto"

    @property
    def shown(self) -> str:
        """The address without its secret."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = f"clickhouse{'s' if self.secure else ''}://{self.user}@{host}:{self.port}/{self.database}"
        return f"{where}?cluster={self.cluster}" if self.cluster else where


def address_of(text: str, environment: Mapping[str, str]) -> Address:
    """The address that the text tells; a password that it leaves out comes from the environment.

    Raises:
        SettingError: If it cannot be used; the message does not repeat it, as it may hold a password.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError:
        raise _wrong(f"is no address; write it as in {_FORM}") from None
    if parts.scheme not in _SCHEMES:
        raise _wrong(f"does not begin with {' or '.join(f'{one}://' for one in _SCHEMES)}")
    if not parts.hostname:
        raise _wrong(f"names no host; write it as in {_FORM}")
    if unknown := sorted(set(options) - set(_OPTIONS)):
        raise _wrong(f"has the unknown option {unknown[0]}; use one of {', '.join(_OPTIONS)}")
    database = unquote(parts.path.strip("/"))
    if "/" in database:
        raise _wrong("names more than one database; write one name behind the host")
    secure = _SCHEMES[parts.scheme] or _flag(options, "secure", otherwise=False)
    return Address(
        host=parts.hostname,
        port=port or (_SECURE_PORT if secure else _PORT),
        user=unquote(parts.username or "default"),
        password=unquote(parts.password or "") or environment.get(STORE_PASSWORD_VARIABLE, ""),
        database=database or "default",
        cluster=options.get("cluster", ""),
        secure=secure,
        ca=options.get("ca", ""),
        verify=_flag(options, "verify", otherwise=True),
        quorum=_quorum(options),
    )


def _flag(options: Mapping[str, str], name: str, *, otherwise: bool) -> bool:
    if name not in options:
        return otherwise
    if (told := options[name].lower()) not in _FLAGS:
        raise _wrong(f"has {name}={options[name]}; use true or false")
    return _FLAGS[told]


def _quorum(options: Mapping[str, str]) -> str:
    told = options.get("quorum", "auto")
    if told != "auto" and not (told.isascii() and told.isdigit()):
        raise _wrong(f"has quorum={told}; use auto or a number of replicas")
    return told


def _wrong(why: str) -> SettingError:
    return SettingError(f"--store: the address {why}")
