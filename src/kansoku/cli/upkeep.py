"""A task of maintenance as a command runs it: by the server that keeps the data, or without one."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from kansoku.cli.server import REFUSED, UNREACHABLE, Server, ServerProblem
from kansoku.errors import QueryRefused, SettingError, StoreError

if TYPE_CHECKING:
    from kansoku.store.segments import Layout

Answered = Mapping[str, object]
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
    from kansoku.store.embedded import EmbeddedStore

    spool = Spool.open(layout)
    try:
        store = EmbeddedStore(layout)
        await store.start()
        try:
            return await store.maintain(task, arguments, told)
        finally:
            await store.close()
    finally:
        await spool.close()
