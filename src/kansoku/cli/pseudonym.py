"""`kansoku pseudonym`: what a user is called in the telemetry, to look one up."""

import os
import sys
from typing import Annotated

import typer

from kansoku.catalog.settings import USER_ID_KEY_VARIABLE
from kansoku.cli import USAGE
from kansoku.errors import SettingError
from kansoku.redact.pseudonym import Pseudonyms


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="pseudonym", help=pseudonym.__doc__)(pseudonym)


def pseudonym(
    user_id: Annotated[
        str, typer.Argument(help="The id as the application gives it; - reads it from stdin.")
    ],
) -> int:
    """Print the pseudonym of a user; the key is read from KANSOKU_USER_ID_KEY."""
    given = sys.stdin.readline().rstrip("\n") if user_id == "-" else user_id
    key = os.environ.get(USER_ID_KEY_VARIABLE)
    try:
        made = None if key is None else Pseudonyms(key).of("user_id", given)
    except SettingError as problem:
        typer.echo(f"kansoku: {USER_ID_KEY_VARIABLE}: {problem}", err=True)
        return USAGE
    if made is None:
        typer.echo(f"kansoku: set {USER_ID_KEY_VARIABLE} and give a user id", err=True)
        return USAGE
    typer.echo(made)
    return 0
