"""`kansoku redact`: a file as redaction leaves it, or what would be masked in it.

Needs no part of the server half, so that it runs wherever the application does.
"""

import argparse
import json
import os
import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import replace
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO, get_args

from kansoku.cli import USAGE
from kansoku.cli.redact_text import Place, found, redacted
from kansoku.errors import SettingError
from kansoku.redact.configured import configured
from kansoku.redact.detectors import ENTITIES
from kansoku.redact.redactor import Mode, Redactor
from kansoku.settings import settings
from kansoku.settings.document import Document
from kansoku.settings.redaction import RedactionSettings

FOUND = 1
"""Exit code of `--check` where anything was found."""

UNREADABLE = 66
"""Exit code where a file cannot be read (EX_NOINPUT)."""

_STDIN = "-"


def run(arguments: Sequence[str]) -> int:
    """Redacts, or shows; the exit code."""
    told = _parser().parse_args(arguments)
    try:
        redactor = _redactor(told.mode, told.entities)
    except SettingError as error:
        sys.stderr.write(f"kansoku: {error}\n")
        return USAGE
    try:
        return _all(told, redactor)
    except BrokenPipeError:  # whoever read the output has enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _all(told: argparse.Namespace, redactor: Redactor) -> int:
    """Every file; the exit code."""
    is_any = False
    for name in told.files:
        try:
            with _opened(name) as text:
                is_any = _one(told, name, text, redactor) or is_any
        except OSError as error:
            if isinstance(error, BrokenPipeError):
                raise
            sys.stderr.write(f"kansoku: {name}: {error.strerror or error}\n")
            return UNREADABLE
    sys.stdout.flush()
    return FOUND if told.check and is_any else 0


def _one(told: argparse.Namespace, name: str, text: TextIO, redactor: Redactor) -> bool:
    """Prints one file, or what is found in it; whether anything was."""
    if told.show or told.json or told.check:
        return _shown(found(text, redactor), name, as_json=told.json, values=told.values)
    for piece in redacted(text, redactor):
        sys.stdout.write(piece)
    return False


def _shown(places: Iterable[Place], name: str, *, as_json: bool, values: bool) -> bool:
    """Prints findings, without what was found unless that is asked for; whether there were any."""
    is_any = False
    for one in places:
        is_any = True
        if as_json:
            told = {"file": name, "line": one.line, "column": one.column, "entity": one.entity}
            line = json.dumps({**told, "value": one.value} if values else told, ensure_ascii=False)
        else:
            line = f"{name}:{one.line}:{one.column}: {one.entity}"
            line += f" {json.dumps(one.value, ensure_ascii=False)}" if values else ""
        sys.stdout.write(f"{line}\n")
    return is_any


@contextmanager
def _opened(name: str) -> Generator[TextIO]:
    """The file, or standard input, as text; bytes that are none pass through. Output is written alike."""
    for stream in (sys.stdin, sys.stdout):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape", newline="")
    if name == _STDIN:
        yield sys.stdin
        return
    with Path(name).open(encoding="utf-8", errors="surrogateescape", newline="") as file:
        yield file


def _redactor(mode: str | None, entities: str | None) -> Redactor:
    """The redactor of `kansoku.toml`, with what the arguments say in front.

    Raises:
        SettingError: If a setting or an argument cannot be used.
    """
    told = settings().redaction or RedactionSettings(Document("", ""))
    if mode is not None:
        told = replace(told, mode=mode)
    if entities is not None:
        named = tuple(one.strip().upper() for one in entities.split(",") if one.strip())
        unknown = [one for one in named if one not in ENTITIES]
        if unknown or not named:
            wrong = ", ".join(unknown) or "none"
            raise SettingError(f"--entities: {entities!r} names {wrong}; use any of {', '.join(ENTITIES)}")
        told = replace(told, entities=named)
    return configured(told)


def _parser() -> argparse.ArgumentParser:
    """The arguments."""
    parser = argparse.ArgumentParser(
        prog="kansoku redact",
        description="Print a file redacted, as kansoku.toml says, or show what would be masked in it. "
        "Exit code: 0, or 1 with --check where anything was found.",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="a file of text or JSON lines; - is stdin")
    parser.add_argument("--show", action="store_true", help="line, column and entity of each finding instead")
    parser.add_argument("--json", action="store_true", help="the same as JSON lines")
    parser.add_argument("--values", action="store_true", help="show what was found, too")
    parser.add_argument("--check", action="store_true", help="show, and end with 1 where anything was found")
    parser.add_argument("--mode", choices=get_args(Mode), help="by default as kansoku.toml says")
    parser.add_argument("--entities", metavar="NAMES", help="look for these alone, with commas between")
    return parser
