"""The commands put together, and the exit code that a run of one ends with."""

from collections.abc import Sequence

import typer

from kansoku.cli import (
    USAGE,
    alerts,
    key,
    notify,
    pseudonym,
    publish,
    query,
    reload,
    reprice,
    silence,
    slo,
    status,
    store,
    tail,
    top,
    trace,
    up,
    without_server,
)
from kansoku.cli.server import ServerProblem
from kansoku.cli.table import plain

INTERRUPTED = 130

app = typer.Typer(
    name="kansoku",
    help="Is the AI feature working? Observability for Claude in production.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    up,
    status,
    top,
    alerts,
    slo,
    silence,
    trace,
    tail,
    query,
    reload,
    reprice,
    store,
    notify,
    publish,
    key,
    pseudonym,
    without_server,
):
    command.register(app)


def run(arguments: Sequence[str]) -> int:
    """Run the command that the arguments name; its exit code.

    Wrong arguments end with 64, because 2 means DOWN.
    """
    command = typer.main.get_command(app)
    try:
        ended = command.main(list(arguments), prog_name="kansoku", standalone_mode=False)
    except typer.Abort:
        return INTERRUPTED
    except ServerProblem as problem:
        typer.echo(f"kansoku: {plain(str(problem))}", err=True)
        return problem.code
    except Exception as error:
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        return USAGE
    return ended if isinstance(ended, int) else 0
