"""How a server runs, and which settings are refused."""

import ipaddress
import os
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from kansoku.catalog.settings import GRPC_PORT, HOST, PORT
from kansoku.errors import SettingError
from kansoku.server.demo import NEEDED
from kansoku.store.clickhouse.address import Address, address_of

_PATTERN = frozenset("*?{}")


def default_data_dir(*, demo: bool) -> Path:
    """Where data is kept when nothing is said; demo data lies apart from real data."""
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "kansoku" / ("demo" if demo else "data")


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """How a server runs.

    Attributes:
        host: The address it listens on.
        port: OTLP/HTTP, the API and the page; 0 takes a free one.
        grpc_port: OTLP/gRPC; 0 takes a free one.
        data_dir: Where it keeps everything.
        demo: Whether it starts the demo workload and labels its data so.
        no_auth: Whether it may listen on other addresses than this machine's own.
        hosts: Names that a browser may know it by, besides loopback names and addresses.
        base_path: Where a proxy shows it, when it is not at the root of a host.
        redact: Whether what arrives is redacted before it is stored; None takes what `kansoku.toml` says.
        store: The address of the ClickHouse to store in; empty for the embedded store.
        keys: The file that says who may send, read and operate; None lets in everybody.
        certificate: The certificate that HTTP and gRPC are served by, PEM; None serves them without TLS.
        private_key: Its private key, PEM.
    """

    host: str = HOST
    port: int = PORT
    grpc_port: int = GRPC_PORT
    data_dir: Path = field(default_factory=lambda: default_data_dir(demo=False))
    demo: bool = False
    no_auth: bool = False
    hosts: tuple[str, ...] = ()
    base_path: str = "/"
    redact: bool | None = None
    store: str = field(default="", repr=False)
    keys: Path | None = None
    certificate: Path | None = None
    private_key: Path | None = None


def check(settings: ServerSettings) -> None:
    """Refuses settings that would be unsafe or cannot work.

    Raises:
        SettingError: It names the setting and the mend.
    """
    if not is_loopback(settings.host) and settings.keys is None and not settings.no_auth:
        raise SettingError(
            f"--host {settings.host}: other machines reach that address, and nothing says who may come in. "
            "Give a file of keys with --keys (`kansoku key` makes one), or put an authenticating proxy in "
            "front and say --no-auth, or leave --host out"
        )
    if settings.keys is not None and settings.no_auth:
        raise SettingError("--no-auth: lets in everybody, and --keys does not; leave one of them out")
    if found := _PATTERN & set(str(settings.data_dir)):
        raise SettingError(
            f"--data-dir {settings.data_dir}: the store would read {' '.join(sorted(found))} as a pattern;"
            " choose another folder"
        )
    clickhouse(settings)
    if settings.demo and settings.store:
        raise SettingError("--demo: its data lies apart from real data; leave --store out")
    if settings.demo and any(find_spec(each) is None for each in NEEDED):
        raise SettingError(
            "--demo: needs the anthropic SDK; install it with: pip install 'kansoku[server,demo]'"
        )


def clickhouse(settings: ServerSettings) -> Address | None:
    """The ClickHouse to store in, if there is one.

    Raises:
        SettingError: If it cannot be used.
    """
    return address_of(settings.store, os.environ) if settings.store else None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
