"""The file of settings, read again while the server runs: alerts, objectives, budget and channels of it."""

import asyncio
import logging
import time
from dataclasses import dataclass
from pathlib import Path

from kansoku.catalog.alert_pack import OWN
from kansoku.catalog.honesty import SETTINGS_AT_START, SETTINGS_REFUSED, SETTINGS_UNREAD
from kansoku.catalog.settings import CONFIG_FILE
from kansoku.catalog.text import Text
from kansoku.errors import SettingError
from kansoku.notify.queue import Queue
from kansoku.settings import Settings, parsed, written
from kansoku.settings.defined import defined
from kansoku.settings.document import Document
from kansoku.settings.gate import Gate
from kansoku.settings.keys import keys_in
from kansoku.show.reload import Reloaded
from kansoku.show.slos import Promises
from kansoku.watch.watch import Watch

log = logging.getLogger("kansoku.server")

_AT_START = ("prices", "redaction", "server_redacts", "retention")
"""What counts from the next start only."""


@dataclass(frozen=True, slots=True)
class Judging:
    """Who is told of new settings."""

    watch: Watch
    queue: Queue
    promises: Promises


class Reloading:
    """Reads the file again and hands on what is in it, all of it or nothing.

    Args:
        judging: Who is told.
        begun: The settings that the server began with; None for a demo's, which has no file.
        gate: Takes the file of keys, also where the other file cannot be used: a key that was taken away
            must not count on.
        keys: The file of keys, if there is one.
    """

    def __init__(
        self, judging: Judging, begun: Settings | None, gate: Gate | None = None, keys: Path | None = None
    ) -> None:
        self._judging = judging
        self._gate = gate or Gate()
        self._keys = keys
        self._begun = begun
        self._document = None if begun is None else begun.document
        """The file as it was read last, whether it could be used or not."""
        self._turn = asyncio.Lock()
        self._now = Reloaded(at=time.time(), alerts=0, slos=0, channels=0)
        self._tasks: set[asyncio.Task[object]] = set()

    def now(self) -> Reloaded:
        """How the last reading went."""
        return self._now

    async def behind(self) -> tuple[Text, ...]:
        """What of the file of settings does not count at this moment, and what to do, in sentences."""
        if self._begun is None:
            return ()
        told = self._now
        found = [SETTINGS_REFUSED.format((told.error,), (told.error,))] if told.error else []
        found += [SETTINGS_AT_START.format((one,), (one,)) for one in (", ".join(told.at_start),) if one]
        try:
            document = await asyncio.to_thread(written)
        except SettingError as error:
            return (*found, *(() if told.error else (SETTINGS_REFUSED.format((str(error),), (str(error),)),)))
        if _text(document) != _text(self._document):
            name = (document or self._document or Document("", CONFIG_FILE)).name
            found.append(SETTINGS_UNREAD.format((name,), (name,)))
        return tuple(found)

    def soon(self) -> None:
        """Reads it as soon as may be; what is wrong is in the log and in `now`."""
        task = asyncio.ensure_future(self.reload())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def reload(self) -> Reloaded:
        """Reads it, and says how that went. Where the file cannot be used, all stays as it was."""
        async with self._turn:
            try:
                self._now = await self._taken()
            except SettingError as error:
                if self._begun is not None:
                    self._judging.watch.keep(str(error))
                log.error("the settings stay as they were: %s", error)  # noqa: TRY400
                self._now = Reloaded(
                    at=self._now.at,
                    alerts=self._now.alerts,
                    slos=self._now.slos,
                    channels=self._now.channels,
                    error=str(error),
                )
            else:
                log.warning(
                    "the settings were read again: %d alerts, %d objectives, %d channels",
                    self._now.alerts,
                    self._now.slos,
                    self._now.channels,
                )
            return self._now

    async def _taken(self) -> Reloaded:
        if self._begun is None:
            raise SettingError("a demo has no file of settings; run the server without --demo")
        if self._keys is not None:
            self._gate.take(await asyncio.to_thread(keys_in, self._keys))
        document = self._document = await asyncio.to_thread(written)
        told = Settings() if document is None else parsed(document.text, document.name)
        found = defined(told)
        judging = self._judging
        await asyncio.to_thread(judging.queue.take, found.notify)
        judging.queue.expect((*found.alerts, *OWN))
        judging.watch.take(found.alerts, found.slos)
        judging.promises.take(Promises(found.slos, found.budget, found.alerts))
        later = tuple(name for name in _AT_START if getattr(told, name) != getattr(self._begun, name))
        if later:
            log.warning("%s changed too, and counts from the next start", ", ".join(later))
        return Reloaded(
            at=time.time(),
            alerts=len(found.alerts),
            slos=len(found.slos),
            channels=len(found.notify.channels),
            at_start=later,
        )


def _text(document: Document | None) -> str | None:
    return None if document is None else document.text
