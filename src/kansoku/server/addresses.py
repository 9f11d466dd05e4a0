"""Where a started server is."""

import socket
from dataclasses import dataclass
from pathlib import Path

from kansoku.server.settings import ServerSettings, is_loopback
from kansoku.store.clickhouse.address import Address


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where a started server is.

    Attributes:
        url: Where HTTP is answered.
        grpc: Host and port of gRPC.
        data_dir: Where everything is kept.
        redacts: Whether what arrives is redacted.
        store: The ClickHouse it stores in, without the password.
        is_guarded: Whether it takes only requests with a key.
        is_plain: Whether other machines reach it, and read on the way what they send: without TLS.
    """

    url: str
    grpc: str
    data_dir: Path
    redacts: bool = False
    store: str = ""
    is_guarded: bool = False
    is_plain: bool = False


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
    scheme = "http" if settings.certificate is None else "https"
    return Addresses(
        f"{scheme}://{host}:{listener.getsockname()[1]}",
        f"{host}:{grpc_port}",
        settings.data_dir,
        redacts,
        store.shown if store else "",
        is_guarded=settings.keys is not None,
        is_plain=settings.certificate is None and not is_loopback(settings.host),
    )
