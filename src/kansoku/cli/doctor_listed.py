"""`kansoku doctor` in the list of commands; it runs before this list is loaded."""

import typer

from kansoku.cli import DOCTOR, doctor


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name=DOCTOR,
        help="Say whether calls of Claude are recorded in this environment. Exit code: 0 all is well, 1 not.",
        context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
        add_help_option=False,
    )(_doctor)


def _doctor(context: typer.Context) -> int:
    return doctor(context.args)
