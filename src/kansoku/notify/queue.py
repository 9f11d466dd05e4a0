"""The queue: notices enter and are on the disk at once; each lane of a channel has a thread of its own.

Nothing is lost by a restart, and nothing is told twice but for a message whose sending was cut off: that one
is sent again, under the same name. Of one alarm a channel hears in order, and of its end only if it heard of
its beginning.
"""

import logging
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from threading import Event as Signal
from threading import Lock, Thread
from traceback import format_tb
from typing import Self

from kansoku.catalog.alerts import Alert
from kansoku.errors import SettingError
from kansoku.judge.notice import Notice
from kansoku.notify.alertmanager import FRESH_S
from kansoku.notify.backoff import GIVE_UP_S, pause
from kansoku.notify.bucket import Bucket
from kansoku.notify.delivery import Delivery, takes_incidents
from kansoku.notify.item import Item, item_of
from kansoku.notify.lanes import channel_of, lanes
from kansoku.notify.outbox import FILE, Event, Outbox
from kansoku.notify.outcome import Outcome
from kansoku.notify.routing import unknown, wanted
from kansoku.settings.channels import PAGE_WAIT_S, REPEAT_S, Alertmanager, Channel, Mail, NotifySettings
from kansoku.store.ledger import Ledger

log = logging.getLogger("kansoku.notify")

_LONGEST_WAIT_S = 60.0
_FAULT_WAIT_S = 30.0
_FORWARD_WAIT_S = 15.0
_CLOSE_S = 5.0
_TIDY_S = 3_600.0
_SET_BACK_S = 60.0
_MOST_TOLD = 500
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Numbers:
    """What `/metrics` and the page tell, by channel.

    Attributes:
        sent: Messages that arrived, since the start.
        failed: Attempts that did not succeed, since the start.
        waiting: Alarms' news that wait now.
        lost: News of the last eight days that never arrived: refused, or given up after a day.
    """

    sent: Mapping[str, int]
    failed: Mapping[str, int]
    waiting: Mapping[str, int]
    lost: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """An attempt to send, how it ended, and what the channel might be sent before it."""

    batch: tuple[Event, ...]
    outcome: Outcome
    at: float
    bucket: Bucket


class Queue:
    """Tells channels of alarms.

    Args:
        outbox: Where it keeps what is to be told.
        settings: The channels.
        delivery: Sends to them.
        clock: Gives the present in unix seconds.
        chance: Gives a number from 0 to 1, for the pauses between tries.
    """

    def __init__(
        self,
        outbox: Outbox,
        settings: NotifySettings,
        delivery: Delivery,
        *,
        clock: Callable[[], float] = time.time,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._outbox = outbox
        self._channels = lanes(settings.channels)
        self._delivery = delivery
        self._clock = clock
        self._chance = chance
        self._wakes = {name: Signal() for name in self._channels}
        self._stopping = Signal()
        self._threads: dict[str, Thread] = {}
        self._started = False
        self._lock = Lock()
        self._sent, self._failed = Counter[str](), Counter[str]()
        self._failing: set[str] = set()
        self._unnoted: dict[str, _Attempt] = {}
        self._tidied = 0.0
        self._opened_at = self._latest = clock()
        if outbox.leads():
            self._begun()

    @classmethod
    def open(cls, folder: Path, settings: NotifySettings, ledger: Ledger | None = None) -> Self:
        """The queue that is kept in the folder. A file that is no database is set aside, not obeyed.

        Args:
            folder: Where it is kept.
            settings: The channels.
            ledger: In which nodes that share a store have it in common.

        Raises:
            SettingError: If a channel's secret is not there, or the file is of a newer Kansoku.
        """
        delivery = Delivery(settings)
        for channel in settings.channels:
            delivery.check(channel)
        return cls(_outbox(folder / FILE, ledger), settings, delivery)

    def lead(self) -> None:
        """Takes up what the node that led before was to tell, where another did.

        Raises:
            sqlite3.Error: If it cannot; nothing is told until it can.
        """
        if self._outbox.take():
            self._begun()
            for wake in self._wakes.values():
                wake.set()

    @property
    def lanes(self) -> Mapping[str, Channel]:
        """What is told by itself: channels, and of mail each recipient."""
        return self._channels

    @property
    def threads(self) -> Mapping[str, Thread]:
        """The threads that send, by lane."""
        return dict(self._threads)

    def told(self, notice: Notice) -> None:
        """Takes a notice: at the end all of it is on the disk.

        Raises:
            sqlite3.Error: If the disk refuses; nothing of the notice is taken then.
        """
        changed = [item_of(one) for one in notice.changed]
        firing = [item_of(one) for one in notice.firing]
        firing += [one for one in changed if one.state == "firing" and one not in firing]
        ended = [one for one in changed if one.state == "resolved"]
        with self._outbox.change():
            for name, channel in self._channels.items():
                self._take(name, channel, firing, ended, notice.at)
            if abs(notice.at - self._tidied) >= _TIDY_S:
                self._outbox.tidy((one.fingerprint for one in firing), notice.at)
                self._tidied = notice.at
        for wake in self._wakes.values():
            wake.set()

    def take(self, settings: NotifySettings) -> None:
        """Tells these channels from now on. What waits for one that is gone stays on the disk, unsent.

        Raises:
            SettingError: If a channel's secret is not there; all stays as it was.
        """
        delivery = self._delivery.of(settings)
        for channel in settings.channels:
            delivery.check(channel)
        before = self._wakes
        with self._lock:
            self._delivery, self._channels = delivery, lanes(settings.channels)
            self._opened_at = self._clock()
            self._wakes = {name: before.get(name) or Signal() for name in self._channels}
        if self._outbox.leads():
            self._divide()
        if self._started:
            self._begin()
        for wake in (*before.values(), *self._wakes.values()):
            wake.set()

    def expect(self, alerts: Iterable[Alert]) -> None:
        """Says in the log which names in the channels' routes no alert has: nothing would ever be told of."""
        known = list(alerts)
        for channel in {one.common.name: one for one in self._channels.values()}.values():
            for key, name in unknown(channel.common.route, known):
                log.warning("channel %s: %s names %s, which is none", channel.common.name, key, name)

    def once(self, name: str) -> float:
        """Sends at most one message in the lane; seconds until it should be looked at again.

        Of nodes that share a store it sends nothing where this one does not lead.
        """
        channel, now = self._channels.get(name), self._clock()
        if channel is None or not self._outbox.leads():
            return _LONGEST_WAIT_S
        self._heed(now)
        if name in self._unnoted:
            self._unnoted[name] = self._still_waiting(name, self._unnoted[name])
            self._note_attempt(name)
        held = self._outbox.not_before(name) - now
        if held > 0:
            return held
        if isinstance(channel, Alertmanager):
            return self._forward(channel, now)
        return self._message(name, channel, now)

    def _heed(self, now: float) -> None:
        """After the clock was set back nothing waits for it to catch up."""
        with self._lock:
            back_s, self._latest = self._latest - now, now
        if back_s > _SET_BACK_S:
            log.warning("the clock was set back by %.0f s; what waits to be told is told now", back_s)
            self._outbox.rewind(now)

    def start(self) -> None:
        """Begins to send."""
        self._started = True
        self._begin()

    def _begin(self) -> None:
        """Has a thread for each lane that has none."""
        self._threads = {name: one for name, one in self._threads.items() if one.is_alive()}
        for name in self._channels:
            if name not in self._threads:
                thread = Thread(target=self._work, args=(name,), name=f"notify-{name}", daemon=True)
                self._threads[name] = thread
                thread.start()

    def close(self) -> None:
        """Ends within five seconds. What is not sent yet stays on the disk."""
        self._stopping.set()
        for wake in self._wakes.values():
            wake.set()
        until = time.monotonic() + _CLOSE_S
        for thread in self._threads.values():
            thread.join(max(0.0, until - time.monotonic()))
        if not any(thread.is_alive() for thread in self._threads.values()):
            self._outbox.close()

    def numbers(self) -> Numbers:
        """What was sent, what failed, what waits.

        Nothing of what waits where the disk refuses, or another node is to send it.
        """
        waiting, lost = dict.fromkeys(self._channels, 0), dict.fromkeys(self._channels, 0)
        try:
            if self._outbox.leads():
                waiting, lost = self._outbox.numbers(self._channels)
        except sqlite3.Error as error:
            log.warning("the queue of notices cannot be read now (%s)", error)
        with self._lock:
            sent = {name: self._sent[name] for name in self._channels}
            failed = {name: self._failed[name] for name in self._channels}
        return Numbers(*map(_by_channel, (sent, failed, waiting, lost)))

    def lost_since(self, at: float) -> int:
        """How many news of alarms never arrived since then, unix seconds; 0 where the disk refuses."""
        try:
            return self._outbox.lost_since(at)
        except sqlite3.Error as error:
            log.warning("the queue of notices cannot be read now (%s)", error)
            return 0

    def _begun(self) -> None:
        """Has what is kept fit the clock and the channels of this node."""
        now = self._clock()
        if self._outbox.latest() > now + _SET_BACK_S:
            self._outbox.rewind(now)
        self._divide()

    def _divide(self) -> None:
        """What waits of a channel, and was told of it, when it was one lane is that of each of its lanes."""
        for whole in {one.common.name for one in self._channels.values() if isinstance(one, Mail)}:
            self._outbox.divide(whole, [lane for lane in self._channels if channel_of(lane) == whole])

    def _take(
        self, name: str, channel: Channel, firing: Sequence[Item], ended: Sequence[Item], at: float
    ) -> None:
        common = channel.common
        firing = [one for one in firing if wanted(common.route, one)]
        ended = list(ended) if common.send_resolved else []  # of those that were told, whatever is wanted now
        if isinstance(channel, Alertmanager):
            self._outbox.forward(name, firing, ended, at)
            return
        for item in ended:
            self._outbox.forget_repeats(name, item)
            if self._outbox.begun(name, item, sent=False):
                self._outbox.add(name, item, at, _wait_s(channel, item))
        for item in firing:
            turn = self._turn(name, channel, item, at)
            if turn is not None:
                told = replace(item, turn=turn)
                self._outbox.add(name, told, at, _wait_s(channel, told))

    def _turn(self, name: str, channel: Channel, item: Item, at: float) -> int | None:
        """How often the channel was told of what fires, if it is to be told now.

        What it would not have is tried once more after a start, for a setting may have been mended.
        """
        last = self._outbox.last_told(name, item)
        if last is None:
            return 0
        turn, how, when = last
        repeat_s = channel.common.repeat_s
        if how in ("refused", "given_up"):
            mended = when < self._opened_at
            repeat_s = 0 if mended else repeat_s or REPEAT_S
        again = how is not None and repeat_s is not None and at - when >= repeat_s
        return turn + 1 if again else None

    def _message(self, name: str, channel: Channel, now: float) -> float:
        """Sends the most urgent message that is due, and with it what of its group only waits for company."""
        heads = self._heads(name, now)
        due = [events for events in heads.values() if _is_due(events[0], now)]
        if not due:
            later = min((event[0].next_at for event in heads.values()), default=now + _LONGEST_WAIT_S)
            return later - now
        bucket = self._outbox.bucket(name, channel.common.most_per_hour, now)
        if bucket.wait_s > 0:
            return bucket.wait_s
        if takes_incidents(channel):
            batch = [_gravest(due)[0][0]]
        else:
            batch = _batch(heads.values(), due, now, all_groups=bucket.is_last)
        outcome = self._tried(channel, [event.item for event in batch], now)
        self._unnoted[name] = _Attempt(tuple(batch), outcome, now, bucket)
        self._note_attempt(name)
        return 0.0

    def _still_waiting(self, name: str, attempt: _Attempt) -> _Attempt:
        """The attempt without what another node has noted meanwhile."""
        waiting = {event.id: event.item for event in self._outbox.waiting(name)}
        batch = tuple(event for event in attempt.batch if waiting.get(event.id) == event.item)
        return replace(attempt, batch=batch)

    def _note_attempt(self, name: str) -> None:
        """Keeps how the lane's last attempt ended, if that is not kept yet.

        It is remembered until it is: what was sent is not sent again because the disk refuses for a while.
        """
        attempt = self._unnoted.get(name)
        if attempt is None:
            return
        with self._outbox.change():
            self._note(name, attempt.batch, attempt.outcome, attempt.at)
            if attempt.outcome.kind == "sent":
                self._outbox.keep(name, attempt.bucket.taken())
        del self._unnoted[name]
        lost = len(attempt.batch) if attempt.outcome.kind == "refused" else 0
        self._tell(name, attempt.outcome, lost)

    def _heads(self, name: str, now: float) -> dict[str, list[Event]]:
        """What waits, by alarm, in order.

        What is older than a day is given up, and an end whose beginning was never sent is dropped.
        """
        waiting: dict[str, list[Event]] = {}
        events = self._outbox.waiting(name)
        old = [event for event in events if now - event.queued_at >= GIVE_UP_S]
        if old:
            self._outbox.end(old, "given_up", now)
            said = "channel %s: %d alarms' news are lost, as a day was not enough to send"
            log.error(said, channel_of(name), len(old))
        for event in events:
            if event in old:
                continue
            before = waiting.setdefault(event.item.fingerprint, [])
            ends = event.item.state == "resolved"
            begins = any(one.item.fired_at == event.item.fired_at for one in before)
            if ends and not begins and not self._outbox.begun(name, event.item, sent=True):
                self._outbox.end([event], "dropped", now)
            else:
                before.append(event)
        return {fingerprint: events for fingerprint, events in waiting.items() if events}

    def _note(self, name: str, batch: Sequence[Event], outcome: Outcome, now: float) -> None:
        """Keeps how an attempt ended, and when the next one is."""
        match outcome.kind:
            case "sent":
                self._outbox.end(batch, "sent", now, outcome.said)
            case "refused":
                self._outbox.end(batch, "refused", now, outcome.said)
            case "later":
                attempts = max((event.attempts for event in batch), default=0) + 1
                until = now + pause(attempts, self._chance(), outcome.retry_after_s)
                self._outbox.tried(now)
                self._outbox.postpone(batch, until, outcome.said)
                if outcome.status in (None, _TOO_MANY) or outcome.retry_after_s is not None:
                    self._outbox.hold(name, until)

    def _forward(self, channel: Alertmanager, now: float) -> float:
        """Tells Alertmanager what fires, if it is time."""
        name = channel.common.name
        forward = self._outbox.to_forward(name)
        if forward is None:
            return _LONGEST_WAIT_S
        if forward.next_at > now:
            return forward.next_at - now
        if not forward.items or abs(now - forward.at) > FRESH_S:
            self._outbox.forwarded(name, forward, sent=False)
            return 0.0
        outcome = self._tried(channel, forward.items, now)
        if outcome.kind == "later":
            wait = min(pause(forward.attempts + 1, self._chance()), _FORWARD_WAIT_S)
            with self._outbox.change():
                self._outbox.tried(now)
                self._outbox.postpone_forward(name, now + max(wait, outcome.retry_after_s or 0.0))
        else:
            self._outbox.forwarded(name, forward, sent=outcome.kind == "sent")
        self._tell(name, outcome, len(forward.items) if outcome.kind == "refused" else 0)
        return 0.0

    def _tried(self, channel: Channel, items: Sequence[Item], now: float) -> Outcome:
        """One attempt. A fault of our own is tried again like one of the other side's."""
        try:
            return self._delivery.send(channel, items, now)
        except Exception as error:
            _log_fault(channel.common.name, error)
            return Outcome("later", f"a fault of Kansoku's own: {type(error).__name__}", 0)

    def _tell(self, name: str, outcome: Outcome, lost: int) -> None:
        """Counts an outcome, and says once in the log that a lane fails, and that it works again."""
        with self._lock:
            (self._sent if outcome.kind == "sent" else self._failed)[name] += 1
            before = name in self._failing
            (self._failing.discard if outcome.kind == "sent" else self._failing.add)(name)
        channel = channel_of(name)
        if outcome.kind == "sent" and before:
            log.info("channel %s: works again", channel)
        elif outcome.kind == "later" and not before:
            log.warning("channel %s: could not be told (%s); it is tried again", channel, outcome.said)
        if lost:
            log.error("channel %s: %d alarms' news are lost (%s)", channel, lost, outcome.said)

    def _work(self, name: str) -> None:
        while not self._stopping.is_set() and (wake := self._wakes.get(name)) is not None:
            wake.clear()
            try:
                wait = self.once(name)
            except sqlite3.Error as error:
                log.error("channel %s: its queue cannot be used now (%s)", channel_of(name), error)  # noqa: TRY400
                wait = _FAULT_WAIT_S
            except Exception as error:
                _log_fault(channel_of(name), error)
                wait = _FAULT_WAIT_S
            if wait > 0 and not self._stopping.is_set():
                wake.wait(min(wait, _LONGEST_WAIT_S))


def _log_fault(name: str, error: Exception) -> None:
    """Says where a fault of our own is. Its message is left out: it may have an address in it."""
    where = "".join(format_tb(error.__traceback__))
    log.error("channel %s: a fault of Kansoku's own, %s, at\n%s", name, type(error).__name__, where)


def _gravest(due: Iterable[list[Event]]) -> list[list[Event]]:
    """The alarms, the gravest and oldest first."""
    return sorted(due, key=lambda events: (events[0].item.gravity, events[0].id))


def _batch(
    waiting: Iterable[list[Event]], due: Iterable[list[Event]], now: float, *, all_groups: bool
) -> list[Event]:
    """The events of one message: the gravest and oldest first, and with it its group, or all groups.

    What was not tried yet and waits for others of its group goes with them.
    """
    group = _gravest(due)[0][0].item.group
    found: list[Event] = []
    for events in _gravest(waiting):
        if all_groups or events[0].item.group == group:
            found += takewhile(lambda event: _is_due(event, now) or not event.attempts, events)
    return sorted(found, key=lambda event: event.id)[:_MOST_TOLD]


def _wait_s(channel: Channel, item: Item) -> float:
    """For how many seconds the news of an alarm waits for others of its group, so as to be told with them."""
    if takes_incidents(channel) or item.turn:
        return 0.0
    wait_s = float(channel.common.group_wait_s)
    return min(wait_s, PAGE_WAIT_S) if item.severity == "page" else wait_s


def _by_channel(told: Mapping[str, int]) -> Mapping[str, int]:
    """The numbers of lanes as those of their channels."""
    found = Counter[str]()
    for lane, number in told.items():
        found[channel_of(lane)] += number
    return dict(found)


def _is_due(event: Event, now: float) -> bool:
    """Whether it may be sent."""
    return event.next_at <= now


def _outbox(path: Path, ledger: Ledger | None) -> Outbox:
    try:
        return Outbox(path, ledger)
    except sqlite3.OperationalError as error:
        raise SettingError(f"{path}: cannot be opened ({error}); mend the disk or move it away") from None
    except sqlite3.DatabaseError:
        aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
        path.rename(aside)
        log.exception("%s is broken: it is set aside as %s, with what was to be told", path, aside.name)
        return Outbox(path, ledger)
