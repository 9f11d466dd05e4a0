"""`kansoku store init`: the schema on a ClickHouse server or cluster, made or brought up to date."""

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from kansoku.catalog.settings import STORE_PASSWORD_VARIABLE, STORE_VARIABLE
from kansoku.cli.server import REFUSED, UNREACHABLE, ServerProblem
from kansoku.errors import SettingError, StoreError, StoreUnavailable

if TYPE_CHECKING:
    from kansoku.store.clickhouse.address import Address


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="init", help=init.__doc__)(init)


def init(
    store: Annotated[
        str,
        typer.Option(
            envvar=STORE_VARIABLE,
            help="The ClickHouse: clickhouse://user@host:8123/database;"
            f" its password from {STORE_PASSWORD_VARIABLE}.",
        ),
    ] = "clickhouse://localhost/default",
    cluster: Annotated[
        str, typer.Option(help="The cluster's name in ClickHouse's configuration; none for one server.")
    ] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only print what makes a new database; nothing is asked.")
    ] = False,
) -> int:
    """Make Kansoku's tables in ClickHouse, or bring them up to date. Run it once for a cluster."""
    try:
        address = _address(store, cluster)
        if dry_run:
            _print(address)
        else:
            _install(address)
    except SettingError as error:
        raise ServerProblem(str(error), REFUSED) from None
    except StoreError as error:
        raise ServerProblem(
            str(error), UNREACHABLE if isinstance(error, StoreUnavailable) else REFUSED
        ) from None
    return 0


def _address(store: str, cluster: str) -> "Address":
    from kansoku.store.clickhouse.address import address_of

    found = address_of(store, os.environ)
    return replace(found, cluster=cluster) if cluster else found


def _print(address: "Address") -> None:
    from kansoku.store.clickhouse.installation import script

    for statement in script(address):
        typer.echo(f"{statement};\n")


def _install(address: "Address") -> None:
    from kansoku.store.clickhouse.installation import install
    from kansoku.store.schema.migrations import NEWEST

    install(address, lambda step: typer.echo(f"kansoku: schema version {step.number}: {step.what}", err=True))
    typer.echo(f"The schema at {address.shown} is of version {NEWEST}.")
