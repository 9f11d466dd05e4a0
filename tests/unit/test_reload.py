"""Settings that are read again while everything runs: what is taken up, what stays, and what is refused."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from kansoku.errors import SettingError, StoreUnavailable
from kansoku.notify.outbox import FILE
from kansoku.notify.queue import Queue
from kansoku.server.reloading import Judging, Reloading
from kansoku.settings import parsed
from kansoku.settings import settings as read_settings
from kansoku.settings.defined import defined
from kansoku.show.slos import Promises
from kansoku.store.port import Rows
from kansoku.watch.state import WatchState
from kansoku.watch.watch import Watch
from tests.alarms import NOON, notice, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEFORE = """
[[channels]]
name = "old"
kind = "webhook"
url_env = "HOOK"
"""
AFTER = """
[[channels]]
name = "new"
kind = "webhook"
url_env = "HOOK"
alerts = ["HighErrorRate", "Nothing"]

[[slos]]
name = "ttft"
off = true

[[alerts]]
name = "HighErrorRate"
bound = 0.5

[budget]
monthly_usd = 100

[retention]
traces = 3
"""


class Away:
    """A store that never answers."""

    async def query(self, statement: str, *_: object, **__: object) -> Rows:
        raise StoreUnavailable(f"away: {statement[:10]}")


class Running:
    """A server's parts that are told of new settings."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "kansoku.toml"
        self.file.write_text(BEFORE)
        told = read_settings()
        held = defined(told)
        self.state = WatchState.open(folder / "watch.sqlite3")
        self.watch = Watch(Away(), self.state, held.alerts, slos=held.slos)
        self.queue = Queue.open(folder, held.notify)
        self.promises = Promises(held.slos, held.budget, held.alerts)
        self.reloading = Reloading(Judging(self.watch, self.queue, self.promises), told)

    def alert(self, name: str) -> object:
        return next((one.alert for one in self.watch.now().alerts if one.alert.name == name), None)


@pytest.fixture
def it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setenv("KANSOKU_CONFIG", str(tmp_path / "kansoku.toml"))
    monkeypatch.setenv("HOOK", "https://hook.example/x")
    made = Running(tmp_path)
    yield made
    made.queue.close()
    made.state.close()


def test_alerts_objectives_budget_and_channels_are_taken_up(
    it: Running, caplog: pytest.LogCaptureFixture
) -> None:
    it.file.write_text(AFTER)
    found = asyncio.run(it.reloading.reload())
    expected = defined(parsed(AFTER, "k.toml"))
    assert (found.error, found.at_start, found.channels) == ("", ("retention",), 1)
    assert it.promises == Promises(expected.slos, expected.budget, expected.alerts)
    asyncio.run(it.watch.evaluate(NOON))
    assert it.alert("HighErrorRate") == next(one for one in expected.alerts if one.name == "HighErrorRate")
    assert it.alert("SloBurnTtftSlow") is None
    it.queue.told(notice(NOON, [told()]))
    assert it.queue.numbers().waiting == {"new": 1}
    assert "channel new: alerts names Nothing" in caplog.text
    assert "retention changed too, and counts from the next start" in caplog.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[alerts]]\nname = 3\n", "line 2: alerts.name 3 is no text"),
        ("= 3", "it must be TOML"),
        (BEFORE.replace("HOOK", "NOT_THERE"), "NOT_THERE"),
        ('[[alerts]]\nname = "HighErrorRate"\nchannel = "gone"\n', "'gone' is not known"),
    ],
)
def test_a_file_that_cannot_be_used_changes_nothing(
    it: Running, text: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = Promises(it.promises.slos, it.promises.cost, it.promises.alerts)
    it.file.write_text(text)
    found = asyncio.run(it.reloading.reload())
    assert why in found.error
    assert "the settings stay as they were" in caplog.text
    assert it.reloading.now().error == it.watch.now().refused == found.error
    assert it.promises == before
    it.queue.told(notice(NOON, [told()]))
    assert it.queue.numbers().waiting == {"old": 1}
    it.file.write_text(BEFORE)
    assert asyncio.run(it.reloading.reload()).error == ""
    assert it.watch.now().refused == ""


def test_what_waits_for_a_channel_that_is_gone_is_sent_when_it_is_back(it: Running) -> None:
    it.queue.told(notice(NOON, [told()]))
    it.queue.take(parsed("", "k.toml").notify)
    assert it.queue.once("old") == 60
    assert it.queue.numbers().waiting == {}
    it.queue.take(parsed(BEFORE, "k.toml").notify)
    assert it.queue.numbers().waiting == {"old": 1}


def test_threads_follow_the_channels(it: Running) -> None:
    it.queue.start()
    it.queue.take(parsed(BEFORE + AFTER, "k.toml").notify)
    assert sorted(it.queue.lanes) == ["new", "old"]
    threads = it.queue.threads
    assert sorted(threads) == ["new", "old"]
    it.queue.take(parsed(AFTER, "k.toml").notify)
    threads["old"].join(60)
    assert not threads["old"].is_alive()
    assert it.queue.threads["new"].is_alive()


def test_a_demo_has_nothing_to_read(it: Running) -> None:
    reloading = Reloading(Judging(it.watch, it.queue, it.promises), None)
    assert "a demo has no file" in asyncio.run(reloading.reload()).error
    assert it.watch.now().refused == ""


def test_a_channel_without_its_secret_is_refused_before_anything_changes(it: Running) -> None:
    with pytest.raises(SettingError, match="NOT_THERE"):
        it.queue.take(parsed(BEFORE.replace("HOOK", "NOT_THERE").replace("old", "x"), "k.toml").notify)
    it.queue.told(notice(NOON, [told()]))
    assert it.queue.numbers().waiting == {"old": 1}
    assert (it.file.parent / FILE).exists()


def behind(it: Running) -> list[str]:
    return [one.en for one in asyncio.run(it.reloading.behind())]


def test_a_file_that_was_changed_and_not_read_again_is_told_until_it_is(it: Running) -> None:
    assert behind(it) == []
    it.file.touch()
    assert behind(it) == []
    it.file.write_text(BEFORE + "# a note\n")
    (told,) = behind(it)
    assert told.startswith(f"{it.file} on the disk is not what the server counts by")
    assert "kansoku reload" in told
    assert "SIGHUP" in told
    asyncio.run(it.reloading.reload())
    assert behind(it) == []
    it.file.write_text(AFTER)
    asyncio.run(it.reloading.reload())
    (later,) = behind(it)
    assert later.startswith("retention changed")
    it.file.write_text(BEFORE)
    assert len(behind(it)) == 2


def test_a_refused_file_is_told_as_refused_and_as_unread_once_it_changes_again(it: Running) -> None:
    it.file.write_text("= 3")
    asyncio.run(it.reloading.reload())
    (refused,) = behind(it)
    assert "cannot be used" in refused
    it.file.write_text(AFTER)
    assert [one for one in behind(it) if "was changed and not read again" in one]
    asyncio.run(it.reloading.reload())
    it.file.unlink()
    (_, gone) = behind(it)
    assert "there is no file" in gone
