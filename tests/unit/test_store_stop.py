"""A store process that does not end when it is asked to."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest

from kansoku.store import embedded
from kansoku.store.embedded import _Child  # pyright: ignore[reportPrivateUsage]


class Writer:
    """Takes what is said to the process."""

    def __init__(self) -> None:
        self.closed = False

    def write(self, _: bytes) -> None:
        pass

    def close(self) -> None:
        self.closed = True


class Stubborn:
    """A process that ends by a kill alone."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self.kills = 0

    def kill(self) -> None:
        self.kills += 1
        self._reader.feed_eof()

    async def wait(self) -> int:
        return -9


def test_a_process_that_does_not_end_is_killed_and_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_STOP_PATIENCE_S", 0.0)

    async def run() -> tuple[int, int, bool]:
        reader, writer = asyncio.StreamReader(), Writer()
        process = Stubborn(reader)
        child = _Child(
            cast("asyncio.subprocess.Process", process), reader, cast("asyncio.StreamWriter", writer)
        )
        child._ready.add_done_callback(lambda done: done.exception())  # pyright: ignore[reportPrivateUsage]
        await child.stop()
        return process.kills, await child.ended(), writer.closed

    assert asyncio.run(run()) == (1, -9, True)
