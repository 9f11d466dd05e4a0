"""Where a started server is."""

import socket
from dataclasses import dataclass
from pathlib import Path

from kansoku.server.settings import ServerSettings
from kansoku.store.clickhouse.address import Address


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a started server is; `store` is the ClickHouse it stores in, without the password."""

    url: str
    grpc: str
    data_dir: Path
    redacts: bool = False
    store: str = ""


def addresses(
    settings: ServerSettings,
    listener: socket.socket,
    grpc_port: int,
    *,
    redacts: bool,
    store: Address | None,
) -> Addresses:
    """Where the server is, as a person would type it."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{listener.getsockname()[1]}"
    return Addresses(url, f"{host}:{grpc_port}", settings.data_dir, redacts, store.shown if store else "")
