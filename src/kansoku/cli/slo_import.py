"""`kansoku slo import`: objectives of Sloth and OpenSLO into a file of settings, all of them or none."""

import os
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, cast

import typer

from kansoku.catalog.settings import ALERTS_TABLE, SLOS_TABLE
from kansoku.catalog.text import Language, Text
from kansoku.cli.server import ServerProblem
from kansoku.cli.table import plain
from kansoku.cli.upkeep import Lang, said, spoken
from kansoku.errors import SettingError

WRONG = 1
"""Exit code where something cannot be taken over, so that nothing was."""

_DAY_S = 86_400
_MOST_DAYS = 90
_DONE = Text(
    "{0}: {1} objectives and {2} alerts written", "{0}: 目標 {1} 件、アラート {2} 件を書き込みました"
)
_NONE = Text(
    "nothing is written; mend what is named above, or take it out of the file",
    "何も書き込んでいません。上記を直すか、ファイルから除いてください",
)
_TAKEN = Text(
    "{0}: has an entry {1} in [[{2}]] already; remove it there, or the objective from the specification",
    "{0}: [[{2}]] に {1} が既にあります。そこから消すか、仕様から目標を除いてください",
)


def import_slos(
    files: Annotated[
        list[Path], typer.Argument(help="Files of Sloth (prometheus/v1) or OpenSLO (openslo/v1).")
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="The file of settings to add the entries to.", show_default="print them"
        ),
    ] = None,
    days: Annotated[
        int,
        typer.Option(
            min=1, max=_MOST_DAYS, help="Days that Sloth's objectives are held over; the format has none."
        ),
    ] = 30,
    *,
    lang: Lang = "",
) -> int:
    """Read objectives of Sloth or OpenSLO into a file of settings: all of them, or none.

    Queries over the metrics that applications export are taken over as conditions on what is stored. What
    cannot be is named with its place and a mend.

    Exit code: 0 taken over, 1 something cannot be, and nothing is written.
    """
    from kansoku.publish.slo_entries import text
    from kansoku.publish.slo_import import imported
    from kansoku.settings.entry import Faults

    language, faults = spoken(lang), Faults(collect=True)
    made = imported([(str(file), _read(file)) for file in files], days * _DAY_S, faults)
    for note in made.notes:
        typer.echo(f"kansoku: {plain(note)}", err=True)
    for fault in faults.found:
        typer.echo(f"kansoku: {plain(str(fault))}", err=True)
    if faults.found:
        sys.stderr.write(f"kansoku: {said(_NONE, language)}\n")
        return WRONG
    written = text(made.entries)
    if output is None:
        _checked(written, "kansoku.toml")
        typer.echo(written, nl=False)
        return 0
    _add(output, written, language)
    counts = (str(len(made.entries.slos)), str(len(made.entries.alerts)))
    typer.echo(said(_DONE, language, plain(str(output)), *counts))
    return 0


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise ServerProblem(
            f"{file}: cannot be read ({error}); it must be a file of UTF-8 text", WRONG
        ) from None


def _add(output: Path, written: str, language: Language) -> None:
    """Adds the entries at the end of the file, which is replaced in one step or stays as it was."""
    before = _read(output) if output.exists() else ""
    _unlike(before, written, str(output), language)
    whole = f"{before.rstrip()}\n\n{written}" if before.strip() else written
    _checked(whole, str(output))
    try:
        _replace(output.resolve(), whole)
    except OSError as error:
        why = f"--output {output}: cannot be written ({error.strerror or error}); name another file"
        raise ServerProblem(why, WRONG) from None


def _unlike(before: str, written: str, name: str, language: Language) -> None:
    """Sees that no entry is there already."""
    try:
        there: Mapping[str, object] = tomllib.loads(before)
    except tomllib.TOMLDecodeError as error:
        raise ServerProblem(f"{name}: {error}; it must be TOML", WRONG) from None
    more: Mapping[str, object] = tomllib.loads(written)
    for table in (SLOS_TABLE, ALERTS_TABLE):
        both = _names(there.get(table)) & _names(more.get(table))
        if both:
            raise ServerProblem(said(_TAKEN, language, plain(name), min(both), table), WRONG)


def _names(table: object) -> set[str]:
    listed = cast("list[object]", table) if isinstance(table, list) else []
    entries = (cast("Mapping[str, object]", one) for one in listed if isinstance(one, dict))
    return {str(one.get("name")) for one in entries}


def _checked(whole: str, name: str) -> None:
    """Sees that the file can be used."""
    from kansoku.settings import parsed
    from kansoku.settings.defined import defined

    try:
        defined(parsed(whole, name))
    except SettingError as error:
        raise ServerProblem(f"{error} (nothing is written)", WRONG) from None


def _replace(output: Path, whole: str) -> None:
    """Puts the text in the file's place; its rights stay."""
    mode = output.stat().st_mode & 0o777 if output.exists() else 0o644
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=output.parent, prefix=f".{output.name}.", delete=False
    ) as file:
        beside = Path(file.name)
        try:
            file.write(whole)
            file.flush()
            os.fsync(file.fileno())
            beside.chmod(mode)
            beside.replace(output)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
