"""`kansoku publish`: the alerts and panels for those who judge and look with tools of their own."""

import hashlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import typer

from kansoku.catalog.text import LANGUAGES
from kansoku.cli.server import ServerProblem
from kansoku.errors import DefinitionError, SettingError
from kansoku.publish.prometheus import rules, unkept, unreadable
from kansoku.settings import settings
from kansoku.settings.defined import Defined, defined

RULES = "kansoku.rules.yaml"
MONITORS = "kansoku.monitors.json"
UNWRITABLE = 1

Output = Annotated[Path, typer.Option("--output", "-o", help="The folder to write to.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    published = typer.Typer(help="Write the alerts and panels for tools of your own.", no_args_is_help=True)
    for command in (prometheus, alertmanager, grafana, datadog):
        published.command(name=command.__name__, help=command.__doc__)(command)
    app.add_typer(published, name="publish")


def prometheus(
    output: Output,
    service: Annotated[
        str | None,
        typer.Option(help="Rules about this service alone: the job that Prometheus scrapes it by."),
    ] = None,
) -> int:
    """Write alert rules over the metrics that applications export, for `rule_files` of prometheus.yml."""
    known = _defined()
    _write(output, {_rule_file(service): rules(known.alerts, known.slos, service=service)})
    _tell(unreadable(known.alerts), "is left out")
    _tell(unkept(known.slos), "has no series of what is left of its budget")
    return 0


def alertmanager(
    output: Output,
    language: Annotated[Literal["en", "ja"], typer.Option(help="The language of messages.")] = "en",
) -> int:
    """Write alertmanager.yml with routes, inhibitions and places for receivers, and templates of messages."""
    from kansoku.publish.alertmanager import files

    _write(output, files(_defined().alerts, language))
    return 0


def grafana(
    output: Output,
    language: Annotated[
        Literal["en", "ja", "both"], typer.Option(help="The language of the dashboards.")
    ] = "both",
) -> int:
    """Write dashboards over Prometheus, ClickHouse and Loki, and the files that Grafana is provisioned by."""
    from kansoku.publish import grafana as dashboards

    languages = LANGUAGES if language == "both" else (language,)
    _write(output, dashboards.files(languages, _defined().budget))
    _tell(dashboards.unreadable(), "is not told whole by the metrics, and is on kansoku-rows")
    return 0


def datadog(
    output: Output,
    service: Annotated[str | None, typer.Option(help="Monitors of this service alone.")] = None,
    language: Annotated[Literal["en", "ja"], typer.Option(help="The language of messages.")] = "en",
) -> int:
    """Write monitors over the metrics that applications send by DogStatsD."""
    from kansoku.publish.datadog import monitors, untold

    known = _defined().alerts
    try:
        made = monitors(known, language, service)
    except DefinitionError as error:
        raise ServerProblem(f"--service: {error}; give the name that the calls have", UNWRITABLE) from None
    _write(output, {MONITORS: made})
    _tell(untold(known), "is left out")
    return 0


def _rule_file(service: str | None) -> str:
    """A name of its own for each service, so that one folder holds the rules of several."""
    if service is None:
        return RULES
    plain = re.sub(r"[^A-Za-z0-9_.-]", "-", service)
    mark = "" if plain == service else f"-{hashlib.sha256(service.encode()).hexdigest()[:8]}"
    return f"kansoku.{plain}{mark}.rules.yaml"


def _defined() -> Defined:
    """The alerts and objectives as `kansoku.toml` defines them.

    Raises:
        ServerProblem: If the file cannot be used.
    """
    try:
        return defined(settings())
    except SettingError as error:
        raise ServerProblem(str(error), UNWRITABLE) from None


def _write(folder: Path, files: Mapping[str, str]) -> None:
    """Writes the files below the folder, and says which.

    Raises:
        ServerProblem: If one cannot be written.
    """
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            why = f"--output {folder}: cannot be written ({error.strerror or error}); name another folder"
            raise ServerProblem(why, UNWRITABLE) from None
        sys.stdout.write(f"{path}\n")


def _tell(reasons: Mapping[str, str], what: str) -> None:
    for name, why in reasons.items():
        typer.echo(f"kansoku: {name} {what}: {why}", err=True)
