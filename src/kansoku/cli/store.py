"""`kansoku store …`: what lies on the disk, for how long, whose it is, and a second copy of it."""

import typer

from kansoku.cli import (
    store_backup,
    store_discard,
    store_erase,
    store_init,
    store_retention,
    store_retry,
    store_sizes,
)

_HELP = "What is stored: its size, for how long, one user's data erased, backups."
_COMMANDS = (
    store_sizes,
    store_retention,
    store_erase,
    store_backup,
    store_retry,
    store_discard,
    store_init,
)


def register(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(help=_HELP, no_args_is_help=True)
    for command in _COMMANDS:
        command.register(group)
    app.add_typer(group, name="store")
