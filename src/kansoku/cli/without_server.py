"""The commands of the application's half in the list of commands; they run before this list is loaded."""

from collections.abc import Callable

import typer

from kansoku.cli import WITHOUT_SERVER, application_command

_HELP = {
    "doctor": "Say whether calls of Claude are recorded in this environment. "
    "Exit code: 0 all is well, 1 not.",
    "redact": "Print a file redacted, or show what would be masked in it. "
    "Exit code: 1 with --check where anything was found.",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for name in WITHOUT_SERVER:
        app.command(
            name=name,
            help=_HELP[name],
            context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
            add_help_option=False,
        )(_command(name))


def _command(name: str) -> Callable[[typer.Context], int]:
    """The function of the command."""

    def run(context: typer.Context) -> int:
        return application_command(name, context.args)

    return run
