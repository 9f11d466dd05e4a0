"""`kansoku publish`: the alerts for those who judge by a Prometheus of their own."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from kansoku.catalog.alert_pack import alerts
from kansoku.cli.server import ServerProblem
from kansoku.publish.prometheus import rules, unreadable

RULES = "kansoku.rules.yaml"
UNWRITABLE = 1


def register(app: typer.Typer) -> None:
    """Add the commands."""
    published = typer.Typer(help="Write the alerts for engines of your own.", no_args_is_help=True)
    published.command(name="prometheus", help=prometheus.__doc__)(prometheus)
    app.add_typer(published, name="publish")


def prometheus(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder to write to.", show_default=False)
    ],
) -> int:
    """Write alert rules over the metrics that applications export, for `rule_files` of prometheus.yml."""
    path = output / RULES
    try:
        output.mkdir(parents=True, exist_ok=True)
        path.write_text(rules(alerts()), encoding="utf-8")
    except OSError as error:
        why = f"--output {output}: cannot be written ({error.strerror or error}); name another folder"
        raise ServerProblem(why, UNWRITABLE) from None
    sys.stdout.write(f"{path}\n")
    for name, why in unreadable(alerts()).items():
        typer.echo(f"kansoku: {name} is left out: {why}", err=True)
    return 0
