"""The queue by a fixed clock: order, once only, pauses, limits, repeats and restarts."""

from __future__ import annotations

import logging
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kansoku.errors import SettingError
from kansoku.judge.notice import Told
from kansoku.notify.alertmanager import RESEND_S
from kansoku.notify.backoff import GIVE_UP_S, LONGEST_S, pause
from kansoku.notify.bucket import Bucket
from kansoku.notify.delivery import Delivery
from kansoku.notify.item import Item, item_of, loads
from kansoku.notify.lanes import lanes
from kansoku.notify.outbox import FILE, Outbox
from kansoku.notify.outcome import Outcome
from kansoku.notify.queue import Queue
from kansoku.notify.routing import wanted
from kansoku.settings.channels import Channel, Mail, NotifySettings
from tests.alarms import BY_NAME, NOON, notice, settings, told

SENT, DOWN = Outcome("sent", "ok", 200), Outcome("later", "no answer in time")
BUSY, WRONG = Outcome("later", "HTTP 503", 503), Outcome("refused", "HTTP 404", 404)
ROOT = Path(__file__).parents[2]
SECRET = "https://hooks.example/services/verysecret"


@dataclass
class Scripted:
    """Gives outcomes one after the other, the last one for ever, and keeps what it was asked to send."""

    outcomes: list[Outcome] = field(default_factory=lambda: [SENT])
    asked: list[tuple[str, list[Item]]] = field(default_factory=list[tuple[str, list[Item]]])
    arrived: list[Item] = field(default_factory=list[Item])

    def send(self, channel: Channel, items: Sequence[Item], now: float | None = None) -> Outcome:
        assert now is not None
        self.asked.append((channel.common.name, list(items)))
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if outcome.kind == "sent":
            self.arrived += items
        return outcome


class Bench:
    """A queue with a clock of its own, and what it sends to."""

    def __init__(self, path: Path | str, told_of: NotifySettings) -> None:
        self.path, self.settings = Path(path), told_of
        self.now, self.sender = NOON, Scripted()
        self.begin()

    def begin(self) -> None:
        sender: Delivery = self.sender  # type: ignore[assignment]
        self.outbox = Outbox(self.path)
        self.queue = Queue(self.outbox, self.settings, sender, clock=lambda: self.now, chance=lambda: 0.0)

    def restart(self) -> None:
        self.outbox.close()
        self.begin()

    def drain(self, name: str = "ops") -> float:
        """Sends what is due; seconds until more is."""
        for _ in range(1_000):
            if (wait := self.queue.once(name)) > 0:
                return wait
        raise AssertionError("it never comes to rest")

    def spans(self) -> list[list[tuple[str, str, int]]]:
        """Each message that was tried: its alarms by name, state and turn."""
        return [[(one.name, one.state, one.turn) for one in items] for _, items in self.sender.asked]


CHAT = '[[channels]]\nname = "ops"\nkind = "slack"\nurl_env = "URL"\ngroup_wait = "0s"\n'
PAGER = '[[channels]]\nname = "ops"\nkind = "pagerduty"\nkey_env = "KEY"\n'
WAITING = CHAT.replace('"0s"', '"1m"')
MAIL = (
    '[[channels]]\nname = "ops"\nkind = "mail"\nhost = "mx"\nfrom = "k@example.com"\ngroup_wait = "0s"\n'
    'to = ["a@example.com", "b@example.com", "a@example.com"]\n'
)
MANAGER = '[[channels]]\nname = "ops"\nkind = "alertmanager"\nurl = "http://am:9093"\n'


@pytest.fixture
def bench(tmp_path: Path) -> Callable[[str], Bench]:
    return lambda text: Bench(tmp_path / FILE, settings(text))


def test_alarms_of_a_group_are_one_message_and_groups_are_apart(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    changed = [
        told(),
        told("HighLatency", labels={"response_model": "a"}),
        told("ApiOutage"),
        told("Watchdog"),
    ]
    it.queue.told(notice(NOON, changed))
    it.drain()
    assert it.spans() == [
        [("HighErrorRate", "firing", 0), ("ApiOutage", "firing", 0)],
        [("HighLatency", "firing", 0)],
    ]


def test_incidents_go_one_by_one_the_gravest_first(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.queue.told(notice(NOON, [told("RetryStorm"), told("ApiOutage"), told()]))
    it.drain()
    assert [items[0][0] for items in it.spans()] == ["ApiOutage", "HighErrorRate", "RetryStorm"]


def test_a_notice_told_twice_is_sent_once_even_after_a_restart(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.queue.told(notice(NOON, [told()]))
    it.queue.told(notice(NOON, [told()]))
    it.restart()
    it.drain()
    it.restart()
    it.queue.told(notice(NOON, [told()]))
    it.queue.told(notice(NOON + 15, [], [told()]))
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]]


def test_what_fires_and_was_never_told_is_told_as_after_a_silence(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.now = NOON + 900
    it.queue.told(notice(it.now, [], [told()]))
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]]


def test_what_cannot_be_sent_is_tried_again_ever_more_slowly_across_restarts(
    bench: Callable[[str], Bench],
) -> None:
    it = bench(CHAT)
    it.sender.outcomes = [BUSY]
    it.queue.told(notice(NOON, [told()]))
    waits: list[float] = []
    while it.now < NOON + 4_000:
        waits.append(it.drain())
        it.restart()
        it.now += waits[-1]
    assert waits[:11] == [5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]
    tries = len(it.spans())
    assert tries == 12
    it.sender.outcomes = [SENT]
    it.now += 900
    it.drain()
    assert len(it.sender.arrived) == 1


def test_after_a_day_it_is_given_up_and_its_end_is_not_told(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [BUSY]
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    it.now = NOON + GIVE_UP_S
    it.drain()
    assert it.queue.numbers().lost == {"ops": 1}
    assert (it.queue.lost_since(it.now), it.queue.lost_since(it.now + 1)) == (1, 0)
    it.sender.outcomes = [SENT]
    it.queue.told(notice(it.now, [told(state="resolved", lasted_s=GIVE_UP_S)]))
    it.drain()
    assert it.sender.arrived == []
    assert it.queue.numbers().waiting == {"ops": 0}


def test_after_days_without_a_server_old_news_are_not_sent(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.queue.told(notice(NOON, [told()]))
    it.now = NOON + 3 * 86_400
    it.restart()
    it.drain()
    assert it.spans() == []
    assert it.queue.numbers().lost == {"ops": 1}


def test_a_wish_to_be_left_alone_for_ever_lasts_an_hour(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.sender.outcomes = [Outcome("later", "HTTP 429", 429, retry_after_s=1e9), SENT]
    it.queue.told(notice(NOON, [told()]))
    assert it.drain() == LONGEST_S
    it.now += LONGEST_S
    it.drain()
    assert len(it.sender.arrived) == 1
    assert it.queue.numbers().lost == {"ops": 0}


def test_a_channel_that_is_left_alone_is_not_while_a_clock_catches_up(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.sender.outcomes = [Outcome("later", "no answer in time"), SENT]
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    it.now = NOON - 6 * 3_600
    it.queue.told(notice(it.now, [told("ApiOutage", fired_at=it.now)]))
    it.drain()
    assert "ApiOutage" in {one.name for one in it.sender.arrived}


def test_names_that_no_alert_has_are_told(
    bench: Callable[[str], Bench], caplog: pytest.LogCaptureFixture
) -> None:
    it = bench(CHAT + 'alerts = ["Watchdog", "HighErrorRates"]\ngroups = ["costs", "latency"]\n')
    with caplog.at_level(logging.WARNING):
        it.queue.expect(BY_NAME.values())
    assert [record.message for record in caplog.records] == [
        "channel ops: alerts names HighErrorRates, which is none",
        "channel ops: groups names costs, which is none",
    ]


def test_a_no_that_cannot_heal_is_not_repeated_at_once(
    bench: Callable[[str], Bench], caplog: pytest.LogCaptureFixture
) -> None:
    it = bench(CHAT)
    it.sender.outcomes = [WRONG]
    with caplog.at_level(logging.WARNING):
        it.queue.told(notice(NOON, [told()]))
        it.drain()
    assert (len(it.spans()), it.queue.numbers().lost) == (1, {"ops": 1})
    assert [record.message for record in caplog.records] == [
        "channel ops: 1 alarms' news are lost (HTTP 404)"
    ]
    it.queue.told(notice(NOON + 60, [], [told()]))
    it.drain()
    assert len(it.spans()) == 1
    it.sender.outcomes = [SENT]
    it.now = NOON + 4 * 3_600
    it.queue.told(notice(it.now, [], [told()]))
    it.drain()
    assert [(one.name, one.turn) for one in it.sender.arrived] == [("HighErrorRate", 1)]


def test_what_was_refused_is_tried_again_after_a_start(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [WRONG, SENT]
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    it.now += 60
    it.restart()
    for _ in range(2):
        it.queue.told(notice(it.now, [], [told()]))
        it.drain()
    assert [(one.name, one.turn) for one in it.sender.arrived] == [("HighErrorRate", 1)]


def test_failing_and_healing_are_logged_once(
    bench: Callable[[str], Bench], caplog: pytest.LogCaptureFixture
) -> None:
    it = bench(CHAT)
    it.sender.outcomes = [DOWN, DOWN, DOWN, SENT]
    with caplog.at_level(logging.INFO):
        it.queue.told(notice(NOON, [told()]))
        for _ in range(4):
            it.now += it.drain()
    assert [record.message for record in caplog.records] == [
        "channel ops: could not be told (no answer in time); it is tried again",
        "channel ops: works again",
    ]
    assert (it.queue.numbers().sent, it.queue.numbers().failed) == ({"ops": 1}, {"ops": 3})


def test_the_other_side_is_not_come_back_to_before_it_wants(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [Outcome("later", "HTTP 429", 429, retry_after_s=600.0), SENT]
    it.queue.told(notice(NOON, [told(), told("ApiOutage")]))
    assert it.drain() == 600
    it.restart()
    it.now += 599
    assert it.drain() == 1
    it.now += 1
    it.drain()
    assert [items[0][0] for items in it.spans()] == ["HighErrorRate", "HighErrorRate", "ApiOutage"]


def test_a_channel_that_nobody_answers_is_asked_once_and_not_for_each_alarm(
    bench: Callable[[str], Bench],
) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [DOWN]
    it.queue.told(notice(NOON, [told(), told("ApiOutage"), told("CostAnomaly")]))
    assert it.drain() == 5
    assert len(it.spans()) == 1


def test_one_message_that_fails_does_not_hold_up_others(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [BUSY, SENT]
    it.queue.told(notice(NOON, [told("ApiOutage"), told()]))
    it.drain()
    assert [one.name for one in it.sender.arrived] == ["HighErrorRate"]
    it.now += 5
    it.drain()
    assert [one.name for one in it.sender.arrived] == ["HighErrorRate", "ApiOutage"]


def test_an_end_never_comes_before_its_beginning(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [BUSY, SENT]
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    it.queue.told(notice(NOON + 2, [told(state="resolved")]))
    it.now = NOON + 2
    assert it.drain() == 3
    assert it.sender.arrived == []
    it.now = NOON + 5
    it.drain()
    assert [one.state for one in it.sender.arrived] == ["firing", "resolved"]


def test_an_end_that_waits_is_dropped_once_its_beginning_is_refused(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.sender.outcomes = [WRONG, SENT]
    it.queue.told(notice(NOON, [told()]))
    it.queue.told(notice(NOON, [told(state="resolved")]))
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]]
    assert it.queue.numbers().waiting == {"ops": 0}


def test_an_end_told_twice_is_sent_once(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.queue.told(notice(NOON, [told()]))
    for _ in range(3):
        it.queue.told(notice(NOON, [told(state="resolved")]))
        it.drain()
    assert [one.state for one in it.sender.arrived] == ["firing", "resolved"]


def test_what_still_waits_is_not_queued_again(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.sender.outcomes = [BUSY]
    for hour in range(9):
        it.now = NOON + hour * 3_600
        it.queue.told(notice(it.now, [], [told()]))
        it.drain()
    assert it.queue.numbers().waiting == {"ops": 1}


def test_above_its_rate_a_channel_gets_one_message_of_all_that_waits(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT + "most_per_hour = 2\n")
    names = ["ApiOutage", "CostAnomaly", "TelemetryLost", "HighToolErrorRate"]
    it.queue.told(notice(NOON, [told(name) for name in names]))
    assert it.drain() == 60
    assert [len(items) for items in it.spans()] == [1, 3]
    it.queue.told(notice(NOON + 60, [told("HighErrorRate", fired_at=NOON + 60)]))
    it.now += 60
    it.restart()
    assert it.drain() == 1_740
    it.now += 1_740
    it.drain()
    assert len(it.spans()) == 3
    assert sorted(one.name for one in it.sender.arrived) == sorted([*names, "HighErrorRate"])


def test_what_goes_on_firing_is_told_again_after_four_hours(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    for quarter in range(9 * 4):
        it.now = NOON + quarter * 900
        it.queue.told(notice(it.now, [told()] if quarter == 0 else [], [told()]))
        it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", turn)] for turn in (0, 1, 2)]
    it.sender.outcomes = [BUSY, SENT]
    it.queue.told(notice(NOON + 12 * 3_600, [], [told()]))
    it.now = NOON + 12 * 3_600
    it.drain()
    ended = told(state="resolved", lasted_s=12 * 3_600 + 60)
    it.queue.told(notice(NOON + 12 * 3_600 + 60, [ended]))
    it.now += 60
    it.drain()
    assert it.spans()[3:] == [[("HighErrorRate", "firing", 3)], [("HighErrorRate", "resolved", 0)]]


def test_a_dead_mans_switch_is_told_as_often_as_it_wants(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT + 'alerts = ["Watchdog"]\nrepeat = "1m"\n')
    for quarter in range(13):
        it.now = NOON + 15 * quarter
        it.queue.told(notice(it.now, [], [told("Watchdog", value=1.0), told()]))
        it.drain()
    assert it.spans() == [[("Watchdog", "firing", turn)] for turn in range(4)]


def test_ends_are_not_told_where_they_are_not_wanted(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT + "send_resolved = false\n")
    it.queue.told(notice(NOON, [told()]))
    it.queue.told(notice(NOON + 9, [told(state="resolved")]))
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]]


def test_alertmanager_hears_each_minute_of_all_that_fires_and_of_ends(bench: Callable[[str], Bench]) -> None:
    it = bench(MANAGER)
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    for quarter in range(1, 9):
        it.now = NOON + 15 * quarter
        it.queue.told(notice(it.now, [], [told()]))
        it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]] * 3
    it.queue.told(notice(NOON + 125, [told("ApiOutage")], [told()]))
    it.drain()
    assert len(it.spans()[-1]) == 2
    it.sender.outcomes = [BUSY, SENT]
    it.queue.told(notice(NOON + 140, [told(state="resolved", lasted_s=140)], [told("ApiOutage")]))
    it.now = NOON + 140
    assert it.drain() == 5
    it.restart()
    it.now += 5
    it.drain()
    assert it.spans()[-1] == it.spans()[-2]
    assert sorted(it.spans()[-1]) == [("ApiOutage", "firing", 0), ("HighErrorRate", "resolved", 0)]
    it.now = NOON + 140 + 15 * 60 + RESEND_S
    it.queue.told(notice(it.now, [], [told("ApiOutage")]))
    it.drain()
    assert it.spans()[-1] == [("ApiOutage", "firing", 0)]


def test_alertmanager_hears_nothing_while_nothing_is_evaluated(bench: Callable[[str], Bench]) -> None:
    it = bench(MANAGER)
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    it.now += 3_600
    it.drain()
    assert len(it.spans()) == 1
    it.queue.told(notice(it.now, [], [told()]))
    it.now += 3_600
    it.restart()
    it.drain()
    assert len(it.spans()) == 1


@pytest.mark.parametrize("kind", [CHAT, PAGER, MANAGER])
def test_a_clock_that_is_set_back_holds_nothing_up(bench: Callable[[str], Bench], kind: str) -> None:
    it = bench(kind)
    it.sender.outcomes = [SENT, BUSY, SENT]
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    it.queue.told(notice(NOON, [told("ApiOutage")], [told()]))
    it.drain()
    it.now = NOON - 7_200
    it.queue.told(notice(it.now, [told("CostAnomaly", fired_at=it.now)], [told(), told("ApiOutage")]))
    it.drain()
    it.now += 5
    it.drain()
    assert {one.name for one in it.sender.arrived} == {"HighErrorRate", "ApiOutage", "CostAnomaly"}


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize("ahead_s", [12 * 3_600, 1_800])
@pytest.mark.parametrize("kind", [CHAT, PAGER])
def test_what_was_tried_while_the_clock_was_ahead_waits_for_no_clock(
    bench: Callable[[str], Bench], kind: str, ahead_s: int, restarted: bool
) -> None:
    it = bench(kind)
    it.sender.outcomes = [BUSY, SENT]
    it.queue.told(notice(NOON, [told()]))
    it.now += ahead_s
    it.drain()
    it.now = NOON
    if restarted:
        it.restart()
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]] * 2


@pytest.mark.parametrize("restarted", [False, True])
def test_what_was_told_while_the_clock_was_ahead_is_repeated_and_makes_room_in_time(
    bench: Callable[[str], Bench], restarted: bool
) -> None:
    it = bench(CHAT + 'repeat = "1h"\nmost_per_hour = 2\n')
    it.now += 12 * 3_600
    for name in ("HighErrorRate", "ApiOutage"):
        it.queue.told(notice(NOON, [told(name)]))
        it.drain()
    it.now = NOON
    if restarted:
        it.restart()
    it.drain()
    it.now += 3_600
    it.queue.told(notice(it.now, [], [told()]))
    it.drain()
    assert it.spans()[-1] == [("HighErrorRate", "firing", 1)]


def test_an_end_that_alertmanager_never_heard_begin_is_not_sent(bench: Callable[[str], Bench]) -> None:
    it = bench(MANAGER)
    it.queue.told(notice(NOON, [told(state="resolved")], [told("ApiOutage")]))
    it.drain()
    assert it.spans() == [[("ApiOutage", "firing", 0)]]


def test_no_secret_is_in_the_database_the_log_or_what_is_printed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = settings(CHAT + "allow_private = true\n")
    delivery = Delivery(found, {"URL": SECRET}, look_up=lambda _h, _p: ["127.0.0.1"])
    outbox = Outbox(tmp_path / FILE)
    queue = Queue(outbox, found, delivery, clock=lambda: NOON)
    with caplog.at_level(logging.DEBUG):
        queue.told(notice(NOON, [told()]))
        queue.once("ops")
    outbox.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"HighErrorRate" in kept
    assert b"verysecret" not in kept
    assert b"hooks.example" not in kept
    assert "verysecret" not in caplog.text + repr(queue.__dict__)
    assert "could not be told" in caplog.text


def test_what_was_taken_outlives_a_kill(tmp_path: Path) -> None:
    """The process ends without any goodbye as soon as the notice is taken."""
    script = (
        "import os, sys, tests.alarms as a\n"
        "from pathlib import Path\n"
        "from tests.unit.test_notify_queue import CHAT, Bench\n"
        "it = Bench(Path(sys.argv[1]), a.settings(CHAT))\n"
        "it.queue.told(a.notice(a.NOON, [a.told()]))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    path = tmp_path / FILE
    ended = subprocess.run([sys.executable, "-c", script, str(path)], check=False, cwd=ROOT)
    assert ended.returncode == -9
    it = Bench(path, settings(CHAT))
    it.queue.told(notice(NOON, [told()]))
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)]]


def test_a_broken_file_is_set_aside_and_a_newer_one_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"no database at all" * 100)
    found = settings("")
    Queue.open(tmp_path, found).close()
    assert len(list(tmp_path.glob(f"{FILE}.broken-*"))) == 1
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("PRAGMA user_version = 2")
    database.close()
    with pytest.raises(SettingError, match="newer Kansoku"):
        Queue.open(tmp_path, found)


def test_a_queue_is_not_opened_without_its_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("URL", raising=False)
    with pytest.raises(SettingError, match=r"line 4: url_env names URL, which is not set; set it"):
        Queue.open(tmp_path, settings(CHAT))


def test_threads_send_by_themselves_and_end(tmp_path: Path) -> None:
    sent = threading.Event()

    class Real(Scripted):
        def send(self, channel: Channel, items: Sequence[Item], now: float | None = None) -> Outcome:
            sent.set()
            return super().send(channel, items, now)

    sender: Delivery = Real()  # type: ignore[assignment]
    queue = Queue(Outbox(tmp_path / FILE), settings(CHAT), sender, clock=lambda: NOON)
    queue.start()
    queue.told(notice(NOON, [told()]))
    assert sent.wait(10)
    queue.close()


def test_a_fault_of_our_own_is_tried_again_and_blocks_nothing(
    bench: Callable[[str], Bench], caplog: pytest.LogCaptureFixture
) -> None:
    it = bench(PAGER)

    class Faulty(Scripted):
        def send(self, channel: Channel, items: Sequence[Item], now: float | None = None) -> Outcome:
            if items[0].name == "ApiOutage":
                raise KeyError(SECRET)
            return super().send(channel, items, now)

    it.sender = Faulty()
    it.restart()
    it.queue.told(notice(NOON, [told("ApiOutage"), told()]))
    assert it.drain() == 5
    assert [one.name for one in it.sender.arrived] == ["HighErrorRate"]
    assert "a fault of Kansoku's own, KeyError, at" in caplog.text
    assert SECRET not in caplog.text


def test_what_another_version_wrote_holds_up_nothing(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT)
    it.queue.told(notice(NOON, [told(), told("ApiOutage")]))
    with sqlite3.connect(it.path) as database:
        database.execute('UPDATE events SET item = \'{"of": "another"}\' WHERE id = 1')
    database.close()
    it.drain()
    assert [one.name for one in it.sender.arrived] == ["ApiOutage"]
    assert it.queue.numbers().lost == {"ops": 1}


def test_old_news_are_forgotten_unless_they_still_fire(bench: Callable[[str], Bench]) -> None:
    it = bench(CHAT + 'repeat = "never"\n')
    it.queue.told(notice(NOON, [told(), told("ApiOutage")]))
    it.drain()
    it.now = NOON + 9 * 86_400
    it.queue.told(notice(it.now, [], [told()]))
    it.queue.told(notice(it.now + 3_600, [], [told()]))
    it.drain()
    assert len(it.spans()) == 1
    with sqlite3.connect(it.path) as database:
        rows = database.execute("SELECT fingerprint FROM events").fetchall()
    database.close()
    assert rows == [(told().alarm.fingerprint,)]


@pytest.mark.parametrize(
    ("route", "names"),
    [
        ("", {"HighErrorRate", "HighLatency"}),
        ('severities = ["page"]', {"HighErrorRate"}),
        ('severities = ["page"]\nalerts = ["Watchdog"]', {"HighErrorRate", "Watchdog"}),
        ('alerts = ["Watchdog"]', {"Watchdog"}),
        ('groups = ["watchdog"]', {"Watchdog"}),
        ('groups = ["latency", "watchdog"]\nseverities = ["ticket"]', {"HighLatency"}),
        ('services = ["shop"]', {"HighLatency"}),
        ('services = ["other"]\nalerts = ["HighErrorRate"]', set[str]()),
    ],
)
def test_routes(route: str, names: set[str]) -> None:
    found = settings(CHAT + route + "\n").channels[0].common.route
    mine = [told(), told("HighLatency", labels={"service": "shop"}), told("Watchdog")]
    assert {one.name for one in map(item_of, mine) if wanted(found, one)} == names


@given(
    attempts=st.integers(1, 10_000),
    chance=st.floats(0, 1),
    asked=st.none() | st.floats(0, 1e6),
)
def test_pauses_grow_to_a_quarter_of_an_hour_and_obey(
    attempts: int, chance: float, asked: float | None
) -> None:
    wait = pause(attempts, chance, asked)
    assert wait >= min(asked or 0, LONGEST_S)
    assert 2.5 <= wait <= max(900, min(asked or 0, LONGEST_S))
    assert pause(attempts, chance) <= pause(attempts + 1, chance)


@given(steps=st.lists(st.floats(0, 1_800), max_size=200), size=st.integers(1, 100))
def test_no_hour_has_more_than_twice_its_messages(steps: list[float], size: int) -> None:
    bucket, sent = Bucket(size, float(size), 0.0), list[float]()
    for step in steps:
        bucket = bucket.now(bucket.at + step)
        while bucket.wait_s == 0:
            bucket = bucket.taken()
            sent.append(bucket.at)
    for at in sent:
        assert sum(at <= other < at + 3_600 for other in sent) <= 2 * size


def test_what_was_sent_is_not_sent_again_while_the_disk_refuses_to_note_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(tmp_path / FILE, settings(CHAT))
    bench.queue.told(notice(NOON, [told()]))

    def refuse(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "end", refuse)
        for _ in range(3):
            with pytest.raises(sqlite3.OperationalError):
                bench.queue.once("ops")
    bench.drain()
    assert [[name for name, _, _ in sent] for sent in bench.spans()] == [["HighErrorRate"]]
    assert (bench.queue.numbers().sent, bench.queue.numbers().waiting) == ({"ops": 1}, {"ops": 0})
    bench.restart()
    bench.queue.told(notice(NOON + 60, (), [told()]))
    bench.drain()
    assert len(bench.spans()) == 1


@given(st.builds(told, st.sampled_from(sorted(BY_NAME)), st.sampled_from(["firing", "resolved"])))
def test_items_survive_the_disk(one: Told) -> None:
    mine = item_of(one)
    assert loads(mine.dumps()) == mine


NAMES = ("HighErrorRate", "ApiOutage", "HighLatency")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fire", "end", "wait", "send", "restart", "again"]),
        st.sampled_from(NAMES),
        st.sampled_from([SENT, SENT, DOWN, BUSY, WRONG]),
        st.sampled_from([0.0, 15.0, 900.0, 20_000.0, 90_000.0]),
    ),
    max_size=40,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("queues")


@given(kind=st.sampled_from([CHAT, PAGER]), steps=STEPS)
@hypothesis_settings(max_examples=30, deadline=None)
def test_whatever_happens_an_alarm_begins_before_it_ends_and_is_told_once(
    folder: Path, kind: str, steps: list[tuple[str, str, Outcome, float]]
) -> None:
    for old in folder.iterdir():
        old.unlink()
    it = Bench(folder / FILE, settings(kind))
    firing: dict[str, float] = {}
    last = notice(it.now)
    for what, name, outcome, wait in steps:
        it.sender.outcomes = [outcome]
        it.now += 1
        match what:
            case "fire" if name not in firing:
                firing[name] = it.now
                last = notice(it.now, [told(name, fired_at=it.now)], _on(firing))
                it.queue.told(last)
            case "end" if name in firing:
                began = firing.pop(name)
                ended = told(name, "resolved", began, lasted_s=it.now - began)
                last = notice(it.now, [ended], _on(firing))
                it.queue.told(last)
            case "again":
                it.queue.told(last)
            case "wait":
                it.now += wait
                it.queue.told(notice(it.now, [], _on(firing)))
            case "restart":
                it.restart()
            case _:
                it.drain()
    it.sender.outcomes = [SENT]
    it.now += 80_000
    it.drain()
    assert it.queue.numbers().waiting == {"ops": 0}
    it.outbox.close()
    _in_order(it.sender.arrived)


def _on(firing: dict[str, float]) -> list[Told]:
    return [told(name, fired_at=at) for name, at in firing.items()]


def _in_order(arrived: list[Item]) -> None:
    keys = [(one.fingerprint, one.state, one.at, one.turn) for one in arrived]
    assert len(keys) == len(set(keys))
    for place, one in enumerate(arrived):
        before = [other for other in arrived[:place] if other.fingerprint == one.fingerprint]
        mine = [other for other in before if other.fired_at == one.fired_at]
        if one.state == "resolved":
            assert mine
        assert all(other.state == "firing" for other in mine)
        assert all(other.fired_at <= one.fired_at for other in before)


def test_alarms_that_begin_within_the_minute_are_one_message(bench: Callable[[str], Bench]) -> None:
    it = bench(WAITING)
    it.queue.told(notice(NOON, [told("RetryStorm")]))
    assert it.drain() == 60
    it.now += 45
    it.queue.told(
        notice(it.now, [told("RateLimitNear", fired_at=it.now), told("HighLatency", fired_at=it.now)])
    )
    assert it.drain() == 15
    it.now += 15
    it.drain()
    group, alone = it.spans(), BY_NAME["HighLatency"].group
    assert group == [[("RetryStorm", "firing", 0), ("RateLimitNear", "firing", 0)]]
    assert alone != BY_NAME["RetryStorm"].group
    it.now += 45
    it.drain()
    assert it.spans()[1:] == [[("HighLatency", "firing", 0)]]


def test_a_page_waits_half_a_minute_at_most_and_takes_its_group_along(bench: Callable[[str], Bench]) -> None:
    it = bench(WAITING.replace('"1m"', '"5m"'))
    it.queue.told(notice(NOON, [told("RetryStorm"), told("HighRefusalRate")]))
    page, ticket = (BY_NAME[name].severity for name in ("ApiOutage", "RetryStorm"))
    assert (page, ticket) == ("page", "ticket")
    it.now += 10
    it.queue.told(notice(it.now, [told("ApiOutage", fired_at=it.now)]))
    assert it.drain() == 30
    it.now += 30
    it.drain()
    assert [name for name, _, _ in it.spans()[0]] == ["RetryStorm", "ApiOutage"]


def test_incidents_and_what_is_told_again_wait_for_nobody(bench: Callable[[str], Bench]) -> None:
    it = bench(PAGER)
    it.queue.told(notice(NOON, [told("ApiOutage")]))
    it.drain()
    assert len(it.spans()) == 1
    again = bench(WAITING.replace("ops", "chat") + 'repeat = "2m"\n')
    again.queue.told(notice(NOON, [told()]))
    again.now += 60
    again.drain("chat")
    again.now += 120
    again.queue.told(notice(again.now, [], [told()]))
    again.drain("chat")
    assert again.spans() == [[("HighErrorRate", "firing", 0)], [("HighErrorRate", "firing", 1)]]


def test_what_failed_keeps_its_own_pause_beside_one_that_waits(bench: Callable[[str], Bench]) -> None:
    it = bench(WAITING)
    it.sender.outcomes = [BUSY, SENT]
    it.queue.told(notice(NOON, [told("RetryStorm")]))
    it.now += 60
    it.drain()
    assert it.spans() == [[("RetryStorm", "firing", 0)]]
    it.queue.told(notice(it.now, [told("RateLimitNear", fired_at=it.now)]))
    assert it.drain() == 5
    it.now += 5
    it.drain()
    assert it.spans()[1:] == [[("RetryStorm", "firing", 0), ("RateLimitNear", "firing", 0)]]


def test_what_waits_long_to_be_tried_again_is_not_hurried_by_its_group(
    bench: Callable[[str], Bench],
) -> None:
    it = bench(WAITING)
    it.sender.outcomes = [BUSY] * 6 + [SENT]
    it.queue.told(notice(NOON, [told("RetryStorm")]))
    it.now += 60
    for wait in (5, 10, 20, 40, 80, 160):
        assert it.drain() == wait
        it.now += wait if wait < 160 else 0
    it.queue.told(notice(it.now, [told("RateLimitNear", fired_at=it.now)]))
    it.now += 60
    it.drain()
    assert it.spans()[-1] == [("RateLimitNear", "firing", 0)]


class PutOff(Scripted):
    """A mail server that puts one recipient off until it is told not to."""

    off = True

    def send(self, channel: Channel, items: Sequence[Item], now: float | None = None) -> Outcome:
        assert isinstance(channel, Mail)
        assert now is not None
        assert channel.everyone == ("a@example.com", "b@example.com")
        (to,) = channel.to
        kept = self.off and to.startswith("b@")
        self.asked.append((to, list(items)))
        return Outcome("later", "SMTP 451 greylisted", 451) if kept else SENT


def test_a_recipient_who_is_put_off_is_tried_again_alone(tmp_path: Path) -> None:
    it = Bench(tmp_path / FILE, settings(MAIL))
    it.sender = PutOff()
    it.restart()
    first, second = lanes(it.settings.channels)

    def drained() -> list[tuple[str, str]]:
        it.sender.asked.clear()
        for lane in (first, second):
            it.drain(lane)
        return [(to[0], one.state) for to, items in it.sender.asked for one in items]

    it.queue.told(notice(NOON, [told()]))
    assert drained() == [("a", "firing"), ("b", "firing")]
    assert it.queue.numbers().waiting == {"ops": 1}
    it.now += 5
    assert drained() == [("b", "firing")]
    it.restart()
    it.now += 10
    ended = told("HighErrorRate", "resolved", lasted_s=15)
    it.queue.told(notice(it.now, [ended]))
    assert drained() == [("a", "resolved"), ("b", "firing"), ("b", "resolved")]
    it.sender.off = False  # type: ignore[attr-defined]
    it.now += 20
    assert drained() == [("b", "firing"), ("b", "resolved")]
    assert it.queue.numbers().sent["ops"] == 2
    assert b"example.com" not in (tmp_path / FILE).read_bytes()


def test_what_was_told_of_a_channel_when_it_was_one_lane_counts_for_each_recipient(tmp_path: Path) -> None:
    old = Bench(tmp_path / FILE, settings(CHAT))
    old.queue.told(notice(NOON, [told()]))
    old.drain()
    old.queue.told(notice(NOON, [told("ApiOutage")]))
    old.outbox.close()
    it = Bench(tmp_path / FILE, settings(MAIL))
    it.queue.told(notice(NOON, [], [told(), told("ApiOutage")]))
    for lane in lanes(it.settings.channels):
        it.drain(lane)
    assert it.spans() == [[("ApiOutage", "firing", 0)]] * 2


def test_the_end_of_an_alarm_is_told_to_who_heard_of_it_whatever_is_wanted_now(
    bench: Callable[[str], Bench],
) -> None:
    it = bench(CHAT + 'severities = ["page"]\n')
    alarm = told()
    assert alarm.alarm.alert.severity == "page"
    it.queue.told(notice(NOON, [alarm]))
    it.drain()
    it.now = NOON + 600
    lower = replace(alarm.alarm.alert, severity="ticket")
    ended = told(state="resolved")
    it.queue.told(notice(NOON + 9, [replace(ended, alarm=replace(ended.alarm, alert=lower))]))
    other = told("HighLatency", labels={"response_model": "a"}, state="resolved")
    it.queue.told(notice(NOON + 9, [other]))
    it.drain()
    assert it.spans() == [[("HighErrorRate", "firing", 0)], [("HighErrorRate", "resolved", 0)]]
