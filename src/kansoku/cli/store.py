"""`kansoku store …`: what lies on the disk, for how long, whose it is, and a second copy of it."""

import typer

from kansoku.cli import store_backup, store_erase, store_init, store_retention, store_retry, store_sizes

_HELP = "What is stored: its size, for how long, one user's data erased, backups."


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help=_HELP, no_args_is_help=True)
    for command in (store_sizes, store_retention, store_erase, store_backup, store_retry, store_init):
        command.register(group)
    app.add_typer(group, name="store")
