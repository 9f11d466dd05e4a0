"""`kansoku up`: the server, and with `--demo` a workload that shows what it does."""

import logging
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kansoku.catalog.redaction import SERVER_REDACT_VARIABLE
from kansoku.catalog.rights import KEY_VARIABLE, KEYS_VARIABLE
from kansoku.catalog.settings import GRPC_PORT, HOST, PORT, STORE_PASSWORD_VARIABLE, STORE_VARIABLE
from kansoku.cli import SETUP_HINT
from kansoku.errors import SettingError, StoreUnavailable

if TYPE_CHECKING:
    from kansoku.server.addresses import Addresses

_NEEDED = ("chdb", "fastapi", "grpc", "uvicorn")
CANNOT_START = 1


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="up", help=up.__doc__)(up)


def up(
    *,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="OTLP/HTTP, API and page.")] = PORT,
    grpc_port: Annotated[int, typer.Option(min=0, max=65_535, help="OTLP/gRPC.")] = GRPC_PORT,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = HOST,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where everything is kept.", show_default="in the user's data folder")
    ] = None,
    base_path: Annotated[str, typer.Option(help="Where a proxy shows the server, such as /kansoku/.")] = "/",
    allow_host: Annotated[
        list[str] | None, typer.Option(help="A host name that browsers know the server by.")
    ] = None,
    store: Annotated[
        str,
        typer.Option(
            envvar=STORE_VARIABLE,
            help="Store in ClickHouse: clickhouse://user@host:8123/database, with ?cluster=NAME for a"
            f" cluster; its password from {STORE_PASSWORD_VARIABLE}.",
            show_default="embedded",
        ),
    ] = "",
    demo: Annotated[bool, typer.Option("--demo", help="Add a demo workload, its data kept apart.")] = False,
    keys: Annotated[
        Path | None,
        typer.Option(
            envvar=KEYS_VARIABLE,
            help="The file of keys that says who may send, read and operate; `kansoku key` makes one.",
            show_default="everybody",
        ),
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Speak TLS by this certificate, PEM.", show_default=False)
    ] = None,
    private_key: Annotated[
        Path | None, typer.Option(help="The certificate's private key, PEM.", show_default=False)
    ] = None,
    no_auth: Annotated[
        bool,
        typer.Option(
            "--no-auth", help="Listen on an address that other machines reach, and let in everybody."
        ),
    ] = False,
    redact: Annotated[
        bool | None,
        typer.Option(
            "--redact/--no-redact",
            envvar=SERVER_REDACT_VARIABLE,
            help="Redact what arrives before it is stored, as kansoku.toml says.",
        ),
    ] = None,
) -> int:
    """Receive telemetry, store it, and show whether the AI feature works, until stopped with Ctrl-C."""
    if any(find_spec(name) is None for name in _NEEDED):
        typer.echo(f"kansoku: {SETUP_HINT}", err=True)
        return CANNOT_START
    logging.basicConfig(format="kansoku: %(message)s", level=logging.WARNING, stream=sys.stderr)
    began = time.monotonic()
    typer.echo(f"Kansoku {version('kansoku')} is starting …")
    from kansoku.server.running import serve
    from kansoku.server.settings import ServerSettings, default_data_dir

    settings = ServerSettings(
        host=host,
        port=port,
        grpc_port=grpc_port,
        data_dir=data_dir or default_data_dir(demo=demo),
        demo=demo,
        no_auth=no_auth,
        hosts=tuple(allow_host or ()),
        base_path=base_path,
        redact=redact,
        store=store,
        keys=keys,
        certificate=certificate,
        private_key=private_key,
    )
    try:
        serve(settings, lambda where: _tell(where, time.monotonic() - began, demo=demo))
    except (SettingError, StoreUnavailable) as error:
        typer.echo(f"kansoku: {error}", err=True)
        return CANNOT_START
    typer.echo("Stopped; everything acknowledged is on disk.")
    return 0


def _tell(where: "Addresses", seconds: float, *, demo: bool) -> None:
    """Where the server is, and what to do next."""
    typer.echo(f"  page, API and OTLP/HTTP  {where.url}")
    typer.echo(f"  OTLP/gRPC                {where.grpc}")
    typer.echo(f"  data                     {where.data_dir}")
    if where.store:
        typer.echo(f"  store                    {where.store}")
    if where.redacts:
        typer.echo("  redaction                on: what arrives is redacted before it is stored")
    if where.is_guarded:
        typer.echo(f"  keys                     on: applications and commands give theirs in {KEY_VARIABLE}")
    if where.is_plain:
        typer.echo(
            "  no TLS                   whoever is on the way can read it: give --certificate, or a proxy"
        )
    if demo:
        typer.echo("  demo data: made up by a demo workload, no real traffic")
    else:
        typer.echo(f'  in your app              kansoku.init(service="my-app", endpoint="{where.url}")')
    typer.echo(f"Ready after {seconds:.1f} s. Is it working? kansoku status --url {where.url}")
