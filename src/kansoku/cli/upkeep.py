"""A task of maintenance as a command runs it: by the server that keeps the data, or without one."""

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from kansoku.catalog.text import Language, Text
from kansoku.cli.language import language_of
from kansoku.cli.server import REFUSED, UNREACHABLE, Server, ServerProblem
from kansoku.cli.table import plain
from kansoku.errors import QueryRefused, SettingError, StoreError

if TYPE_CHECKING:
    from kansoku.store.segments import Layout

Answered = Mapping[str, object]

Url = Annotated[str, typer.Option(help="The server's address.")]
DataDir = Annotated[
    Path | None,
    typer.Option(help="Open this data directory here, while no server runs on it.", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="The answer as JSON.")]
Lang = Annotated[str, typer.Option(help="en or ja; by default as the locale says.")]

_SILENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Keeper:
    """Runs tasks: over the server's API at `url`, or with the database of `data_dir` opened here."""

    url: str
    data_dir: Path | None = None

    def run(self, task: str, arguments: Answered, told: Callable[[str], None]) -> Answered:
        """The task's answer; `told` hears how far it is.

        Raises:
            ServerProblem: If it could not be done; the code says whose fault it is.
        """
        if self.data_dir is None:
            return self._by_server(task, arguments, told)
        return self._alone(self.data_dir, task, arguments, told)

    def _by_server(self, task: str, arguments: Answered, told: Callable[[str], None]) -> Answered:
        server = Server(self.url, timeout_s=_SILENCE_S)
        for line in server.lines(f"api/store/{task}", arguments):
            if words := str(line.get("told") or ""):
                told(words)
            if "error" in line:
                with server.understood():
                    error = cast("Answered", line["error"])
                    code = REFUSED if error["fault"] == "asker" else UNREACHABLE
                    raise ServerProblem(str(error["message"]), code)
            if "answer" in line:
                return cast("Answered", line["answer"])
        raise ServerProblem(f"the server at {self.url} ended before the task did; run it again", UNREACHABLE)

    def _alone(self, data_dir: Path, task: str, arguments: Answered, told: Callable[[str], None]) -> Answered:
        from kansoku.store.segments import Layout

        layout = Layout(data_dir.absolute())
        if not layout.database.is_dir():
            raise ServerProblem(f"--data-dir {data_dir}: there is no Kansoku data in it", REFUSED)
        try:
            return asyncio.run(_opened(layout, task, arguments, told))
        except (QueryRefused, SettingError) as error:
            raise ServerProblem(str(error), REFUSED) from None
        except StoreError as error:
            raise ServerProblem(
                f"{error}; where a server runs on it, leave --data-dir out and say --url", UNREACHABLE
            ) from None


async def _opened(layout: "Layout", task: str, arguments: Answered, told: Callable[[str], None]) -> Answered:
    """The task's answer, with the spool and the database opened as a server would."""
    from kansoku.receive.spool import Spool
    from kansoku.settings import settings
    from kansoku.store.embedded import EmbeddedStore
    from kansoku.store.upkeep.maintenance import completed

    given = completed(task, arguments, settings().retention, time.time())
    spool = Spool.open(layout)
    try:
        store = EmbeddedStore(layout)
        await store.start()
        try:
            return await store.maintain(task, given, told)
        finally:
            await store.close()
    finally:
        await spool.close()


def spoken(lang: str) -> Language:
    """The language asked for, or the locale's.

    Raises:
        typer.BadParameter: If it is neither of the two.
    """
    match lang:
        case "":
            return language_of(os.environ)
        case "en" | "ja":
            return lang
        case _:
            raise typer.BadParameter(f"{lang!r} is not known; use en or ja", param_hint="--lang")


def tell(words: str) -> None:
    """How far a task is, on stderr."""
    typer.echo(f"kansoku: {plain(words)}", err=True)


def as_json_text(answer: Answered) -> str:
    """The answer as it is printed for programs."""
    return json.dumps(answer, ensure_ascii=False, indent=2)


def said(text: Text, language: Language, *words: str) -> str:
    """The text with its words filled in."""
    return text.format(words, words).as_dict()[language]


def size(value: object) -> str:
    """Bytes as people read them."""
    number = float(cast("float", value))
    for unit in ("B", "KiB", "MiB", "GiB"):
        if number < 1024:  # noqa: PLR2004
            return f"{number:,.0f} {unit}" if unit == "B" else f"{number:,.1f} {unit}"
        number /= 1024
    return f"{number:,.1f} TiB"
