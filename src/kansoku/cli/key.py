"""`kansoku key`: a new key for a server, and the table of it for the server's file of keys."""

from typing import Annotated, cast

import typer

from kansoku.catalog.rights import KEY_VARIABLE, RIGHTS, Right
from kansoku.cli import USAGE
from kansoku.errors import SettingError
from kansoku.settings.keys import new_key, table_of


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="key", help=key.__doc__)(key)


def key(
    name: Annotated[str, typer.Argument(help="Whose it is: an application, a team, a person.")],
    may: Annotated[list[str], typer.Option(help=f"What it may do: {', '.join(RIGHTS)}; can be repeated.")],
) -> int:
    """Make a key for a server: its table for the file of keys on stdout, the key itself on stderr, once.

    As in: kansoku key support-bot --may send >> keys.toml
    """
    if unknown := [one for one in may if one not in RIGHTS]:
        typer.echo(f"kansoku: --may: {unknown[0]!r} is not known; use some of {', '.join(RIGHTS)}", err=True)
        return USAGE
    made = new_key()
    try:
        table = table_of(name, cast("list[Right]", may), made)
    except SettingError as problem:
        typer.echo(f"kansoku: {problem}", err=True)
        return USAGE
    typer.echo(f"\n{table}", nl=False)
    typer.echo(f"{KEY_VARIABLE}={made}", err=True)
    typer.echo(f"kansoku: give it to {name} now; it is not kept anywhere", err=True)
    return 0
