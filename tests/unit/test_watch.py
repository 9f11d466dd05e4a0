"""The evaluator over a store in memory: what it tells, what it keeps, and what it survives."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from kansoku.catalog.alert_pack import STORE_BEHIND_S, alerts
from kansoku.catalog.alerts import Alert, Compare, Lost, Signal, Some
from kansoku.catalog.fields import CALLS, TOOL_CALLS
from kansoku.catalog.measures import Count
from kansoku.errors import QueryTimeout, SettingError, StoreError, StoreUnavailable
from kansoku.judge.alarm import RESOLVED_KEPT_S, Alarm
from kansoku.judge.notice import Cause, Notice, Told
from kansoku.judge.quiet import Matcher, Wanted
from kansoku.query.rolled import NOTHING
from kansoku.store.port import DEFAULT_LIMITS, QueryLimits, Rows
from kansoku.store.segments import Lag
from kansoku.watch.causing import explained
from kansoku.watch.loop import due_after, run
from kansoku.watch.state import KEPT_S, WatchState
from kansoku.watch.watch import EVERY_S, Watch
from tests.ledgers import MemoryLedger

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kansoku.store.port import Parameter

NOW = 1_790_000_010.0
"""A multiple of the interval."""


def alert(name: str, window_s: int, for_s: int = 60, **changed: object) -> Alert:
    """Holds while the store gives more than 0 for a window of that length.

    Windows of five minutes are of another table than all others, so that they are asked by themselves.
    """
    shipped = next(one for one in alerts() if one.name == "HighErrorRate")
    relation = TOOL_CALLS if window_s == 300 else CALLS
    test = Compare(Signal(Count(relation), window_s), ">", 0.0)
    made = replace(shipped, name=name, test=test, for_s=for_s)
    return replace(made, **changed)  # type: ignore[arg-type]


FIRST, SECOND = alert("ApiOutage", 120, for_s=0), alert("HighErrorRate", 300)


class MemoryStore:
    """Counts rows by the length of the window that is asked for; a fault stands for all, or for one."""

    def __init__(self) -> None:
        self.counts: dict[int, float] = {}
        self.faults: dict[int, StoreError] = {}
        self.fault: StoreError | None = None
        self.stuck: set[int] = set()
        self.windows: list[int] = []
        self.asked = 0
        self.last_told = 0.0

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        assert limits.seconds > 0
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        if "ServiceName" in statement and self.last_told:
            return Rows((), [("shop", int(self.last_told * 1e9), 0)])
        if parameters is None or "rollup_periods" in statement or "rollup_touched" in statement:
            return Rows((), [])
        if "edges" not in parameters:
            self.windows.append(seconds(str(parameters["to"])) - seconds(str(parameters["from"])))
            return Rows((), [])
        *begins, end = json.loads(str(parameters["edges"]))
        self.windows += [end - begin for begin in begins]
        if any(end - begin in self.stuck for begin in begins):
            await asyncio.Event().wait()
        for begin in begins:
            if end - begin in self.faults:
                raise self.faults[end - begin]
        told = [self.counts.get(end - begin, 0.0) for begin in begins] + [0.0]
        return Rows(
            (), [(begin, "", less(*some)) for begin, some in zip(begins, pairwise(told), strict=True)]
        )


class LeaseEnds(MemoryStore):
    """Takes so long to answer, if told to, that the lease of whoever asks is over by then."""

    def __init__(self, ledger: MemoryLedger) -> None:
        super().__init__()
        self.ledger, self.ends = ledger, False

    async def query(
        self,
        statement: str,
        parameters: Mapping[str, Parameter] | None = None,
        *,
        limits: QueryLimits = DEFAULT_LIMITS,
    ) -> Rows:
        if self.ends:
            self.ledger.leading = None
        return await super().query(statement, parameters, limits=limits)


def less(longer: float, shorter: float) -> float:
    """What a longer window has besides a shorter one."""
    return longer - shorter if shorter else longer


def run_sql(path: Path, *statements: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        other.execute(statement)
    other.close()


def seconds(moment: str) -> int:
    hours, minutes, rest = moment.split(" ")[1].split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(rest)


class Hearing:
    """Hears notices."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.fault: BaseException | None = None

    def __call__(self, notice: Notice) -> None:
        if self.fault is not None:
            raise self.fault
        self.notices.append(notice)

    @property
    def changed(self) -> list[tuple[str, str, float]]:
        """Every change that was told: the alert, its state, and since when."""
        return [
            (one.alarm.alert.name, one.alarm.state, notice.at - NOW)
            for notice in self.notices
            for one in notice.changed
        ]

    @property
    def firing(self) -> list[str]:
        return [one.alarm.alert.name for one in self.notices[-1].firing]


class Setting:
    """A watch with a clock that stands still between evaluations."""

    def __init__(self, path: Path, *watched: Alert) -> None:
        self.path = path
        self.alerts = watched or (FIRST, SECOND)
        self.store, self.told, self.at = MemoryStore(), Hearing(), NOW
        self.leads, self.lag = True, Lag(0, 0.0)
        self.untold: list[float] = []
        self.watch = self.started()

    def started(self) -> Watch:
        self.state = WatchState.open(self.path)
        self.watch = Watch(
            self.store,
            self.state,
            self.alerts,
            clock=lambda: self.at,
            tell=self.told,
            leads=lambda: self.leads,
            lag=lambda _: self.lag,
            untold=lambda since: sum(at >= since for at in self.untold),
        )
        return self.watch

    def restarted(self) -> Watch:
        self.state.close()
        return self.started()

    def until(self, after_s: float) -> None:
        """Evaluates from where it stands until so many seconds after the begin."""
        while self.at <= NOW + after_s:
            asyncio.run(self.watch.evaluate(self.at))
            self.at += EVERY_S

    def silence(self, label: str, value: str, for_s: float) -> str:
        wanted = Wanted((Matcher(label, value),), "Mio", "work", None, self.at + for_s)
        return asyncio.run(self.watch.silence(wanted)).name

    def states(self) -> dict[str, tuple[str, float, float | None]]:
        return {
            one.alarm.alert.name: (one.alarm.state, one.alarm.active_since - NOW, one.alarm.fired_at)
            for one in (seen.told for seen in self.watch.now().alarms)
        }


@pytest.fixture
def it(tmp_path: Path) -> Setting:
    return Setting(tmp_path / "watch.sqlite3")


def test_an_alarm_is_told_once_when_it_fires_and_once_when_it_ends(it: Setting) -> None:
    it.store.counts = {300: 5.0}
    it.until(120)
    it.store.counts = {}
    it.until(180)
    assert it.told.changed == [("HighErrorRate", "firing", 60), ("HighErrorRate", "resolved", 135)]
    assert it.told.notices[-1].firing == ()
    history = asyncio.run(it.watch.history(NOW, NOW + 1_000, 10))
    assert [(one.before, one.state, one.at - NOW) for one in history] == [
        ("firing", "resolved", 135),
        ("pending", "firing", 60),
        ("inactive", "pending", 0),
    ]
    assert asyncio.run(it.watch.history(NOW + 1, NOW + 135, 10)) == history[1:2]
    assert asyncio.run(it.watch.history(NOW, NOW + 1_000, 1)) == history[:1]


def test_a_restart_keeps_a_pending_alarm_a_firing_one_and_one_that_fires_on(tmp_path: Path) -> None:
    slow, kept = alert("Slow", 300, for_s=90), alert("Kept", 120, for_s=0, keep_firing_for_s=60)
    it = Setting(tmp_path / "watch.sqlite3", slow, kept)
    it.store.counts = {300: 5.0, 120: 1.0}
    it.until(30)
    before = it.states()
    assert before["Slow"] == ("pending", 0, None)
    it.store.counts = {300: 5.0}
    it.until(45)
    it.restarted()
    assert it.states() == before
    it.until(90)
    it.restarted()
    assert it.states()["Slow"] == ("firing", 0, NOW + 90)
    it.until(120)
    assert it.told.changed == [("Kept", "firing", 0), ("Slow", "firing", 90), ("Kept", "resolved", 105)]


def test_a_store_that_fails_keeps_every_state_and_is_told_after_five_minutes(it: Setting) -> None:
    it.store.counts = {120: 1.0}
    it.until(0)
    it.store.fault = StoreUnavailable("it restarts")
    it.until(15)
    seen = it.watch.now()
    assert {one.alert.name: (one.health, one.error) for one in seen.alerts} == {
        "ApiOutage": ("failed", "it restarts"),
        "HighErrorRate": ("failed", "it restarts"),
        "EvaluationFailing": ("ok", ""),
        "StoreBehind": ("ok", ""),
        "DataSetAside": ("ok", ""),
        "SettingsRefused": ("ok", ""),
        "NodeMissed": ("ok", ""),
        "NoticesLost": ("ok", ""),
    }
    assert it.states()["ApiOutage"] == ("firing", 0, NOW)
    it.until(600)
    assert it.told.changed == [("ApiOutage", "firing", 0), ("EvaluationFailing", "firing", 315)]
    (failing,) = (
        one.told for one in it.watch.now().alarms if one.told.alarm.alert.name == "EvaluationFailing"
    )
    assert failing.causes == (Cause("alert", "ApiOutage", 0.5), Cause("alert", "HighErrorRate", 0.5))
    it.store.fault, it.store.counts = None, {}
    it.until(615)
    assert it.told.changed[2:] == [("ApiOutage", "resolved", 615), ("EvaluationFailing", "resolved", 615)]
    assert it.watch.now().counts.failures == 2 * 40


def test_what_fails_now_and_then_is_no_failing_and_a_restart_forgets_none_that_does(it: Setting) -> None:
    for number in range(80):  # a slow machine: now this alert has no answer, now that one
        it.store.faults = {(120, 300)[number % 2]: QueryTimeout("too slow")}
        it.until(15 * number)
    assert it.told.changed == []
    began = it.at - NOW
    it.until(began + 150)
    it.restarted()
    it.until(began + 330)
    ((name, state, at),) = it.told.changed
    assert (name, state) == ("EvaluationFailing", "firing")
    assert began + 285 <= at <= began + 300
    (failing,) = (one.told for one in it.watch.now().alarms if one.told.alarm.state == "firing")
    assert failing.causes == (Cause("alert", "HighErrorRate", 1.0),)
    it.restarted()
    it.until(began + 345)
    assert len(it.told.changed) == 1


def test_what_was_not_answered_is_asked_first_the_next_time(it: Setting) -> None:
    it.store.faults = {300: QueryTimeout("too slow")}
    it.until(0)
    it.store.windows.clear()
    it.until(15)
    assert it.store.windows == [300, 120]


def test_one_evaluation_has_one_budget_for_all_that_it_asks(
    it: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kansoku.watch.watch.BUDGET_S", 0.2)
    it.store.counts, it.store.stuck = {120: 1.0}, {300, 3_600}
    began = time.monotonic()
    it.until(0)
    assert time.monotonic() - began < 2
    health = {one.alert.name: (one.health, one.error) for one in it.watch.now().alerts}
    assert health["HighErrorRate"] == ("failed", "the store did not answer within the evaluation's time")
    assert it.states()["ApiOutage"] == ("firing", 0, NOW)
    assert it.store.windows == [120, 300]  # nobody is asked who caused it: the time is over


def test_of_alternatives_the_one_that_holds_tells_who_caused_it(tmp_path: Path) -> None:
    either = Some((FIRST.test, SECOND.test))
    it = Setting(tmp_path / "watch.sqlite3", alert("Either", 60, for_s=0, test=either))
    it.store.counts = {300: 3.0}
    it.until(0)
    assert set(it.store.windows[2:]) == {300}


def test_a_statement_that_fails_fails_only_the_alert_that_needs_it(it: Setting) -> None:
    it.store.counts, it.store.faults = {120: 1.0}, {300: QueryTimeout("too slow")}
    it.until(0)
    health = {one.alert.name: one.health for one in it.watch.now().alerts}
    assert (health["ApiOutage"], health["HighErrorRate"]) == ("ok", "failed")
    assert it.told.changed == [("ApiOutage", "firing", 0)]


def test_an_answer_that_cannot_be_read_fails_its_alert_and_stops_nothing(it: Setting) -> None:
    it.store.counts = {300: "none"}  # type: ignore[dict-item]
    it.until(15)
    (seen,) = (one for one in it.watch.now().alerts if one.health == "failed")
    assert seen.alert.name == "HighErrorRate"


def test_a_silenced_alarm_is_told_when_the_silence_ends_while_it_fires(it: Setting) -> None:
    name = it.silence("alertname", "ApiOutage", 600)
    it.store.counts = {120: 1.0}
    it.until(60)
    assert it.told.changed == []
    assert it.told.firing == []
    assert it.watch.now().alarms[0].silenced_by == (name,)
    asyncio.run(it.watch.expire(name))
    it.until(75)
    assert it.told.changed == [("ApiOutage", "firing", 75)]
    assert it.told.notices[-1].changed[0].alarm.fired_at == NOW


def test_what_was_never_told_does_not_end_and_what_was_told_ends_though_silenced(tmp_path: Path) -> None:
    it = Setting(tmp_path / "watch.sqlite3", alert("HighLatency", 120, for_s=0), SECOND)
    it.silence("alertname", "HighLatency", 600)
    it.store.counts = {120: 1.0, 300: 1.0}
    it.until(60)
    it.silence("alertname", "HighErrorRate", 600)
    it.until(75)
    assert it.told.firing == []
    it.store.counts = {}
    it.until(90)
    assert it.told.changed == [("HighErrorRate", "firing", 60), ("HighErrorRate", "resolved", 90)]


def test_an_alarm_that_another_speaks_for_is_told_when_that_one_ends(it: Setting) -> None:
    it.store.counts = {120: 1.0, 300: 1.0}
    it.until(90)
    assert it.told.changed == [("ApiOutage", "firing", 0)]
    assert {one.told.alarm.alert.name: one.inhibited_by for one in it.watch.now().alarms} == {
        "ApiOutage": (),
        "HighErrorRate": ("ApiOutage",),
    }
    it.store.counts = {300: 1.0}
    it.until(105)
    assert it.told.changed[1:] == [("ApiOutage", "resolved", 105), ("HighErrorRate", "firing", 105)]


def test_silences_survive_a_restart_and_may_be_changed_but_not_made_up(it: Setting) -> None:
    name = it.silence("severity", "page", 600)
    it.restarted()
    changed = Wanted((Matcher("severity", "ticket"),), "Aoi", "more work", None, NOW + 900, name)
    made = asyncio.run(it.watch.silence(changed))
    assert asyncio.run(it.watch.silences()) == [made]
    assert (made.name, made.who, made.ends) == (name, "Aoi", NOW + 900)
    with pytest.raises(SettingError, match="id: there is no silence 'none'"):
        asyncio.run(it.watch.silence(replace(changed, name="none")))
    with pytest.raises(SettingError, match="id: "):
        asyncio.run(it.watch.expire("none"))
    it.restarted()
    assert asyncio.run(it.watch.silences()) == [made]
    it.at += 8 * 86_400
    assert asyncio.run(it.watch.silences()) == []


def test_a_notice_that_nobody_took_is_handed_on_again(it: Setting) -> None:
    it.store.counts, it.told.fault = {120: 1.0}, OSError("no room")
    it.until(30)
    assert it.told.changed == []
    assert it.watch.now().counts.untold == 3
    it.told.fault = None
    it.until(60)
    assert it.told.changed == [("ApiOutage", "firing", 45)]
    it.store.counts, it.told.fault = {}, OSError("no room")
    it.until(75)
    it.store.counts, it.told.fault = {120: 1.0}, None
    it.until(90)
    assert it.told.changed[1:] == [("ApiOutage", "resolved", 90), ("ApiOutage", "firing", 90)]


def one_after_another(path: Path) -> None:
    """Evaluations, each in a process of its own that may be killed while it tells; prints what each told.

    Run in a process that has no threads, as those that fork should.
    """
    kept_s = int(RESOLVED_KEPT_S)
    for count, after_s, dies in (
        *((1, 0, True), (1, 15, False), (1, 30, False)),
        *((0, 45, True), (0, 60 + kept_s, False), (0, 75 + kept_s, False)),
    ):
        told = _in_a_child(path, count, after_s, dies=dies)
        print(json.dumps(told), flush=True)  # noqa: T201  (read by the test)


def _in_a_child(path: Path, count: int, after_s: float, *, dies: bool) -> list[str]:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:

        def tell(notice: Notice) -> None:
            for one in notice.changed:
                alarm = one.alarm
                os.write(writing, f"{alarm.state} {alarm.fired_at} {alarm.resolved_at}\n".encode())
            if notice.changed and dies:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            store = MemoryStore()
            store.counts = {120: float(count)}
            watch = Watch(store, WatchState.open(path), (FIRST,), tell=tell, clock=lambda: NOW)
            asyncio.run(watch.evaluate(NOW + after_s))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        lines = told.read().splitlines()
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1]) is dies
    return lines


def test_a_server_killed_while_it_tells_tells_the_same_again_and_no_more(tmp_path: Path) -> None:
    code = "import sys; from tests.unit.test_watch import *; one_after_another(Path(sys.argv[1]))"
    words = [sys.executable, "-c", code, str(tmp_path / "watch.sqlite3")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    fired, ended = f"firing {NOW} None", f"resolved {NOW} {NOW + 45}"
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert told == [[fired], [fired], [], [ended], [ended], []]


def test_a_state_that_cannot_be_written_stops_nothing_and_is_written_later(it: Setting) -> None:
    it.store.counts = {120: 1.0}
    it.until(0)
    run_sql(it.path, "ALTER TABLE changes RENAME TO away", "ALTER TABLE silences RENAME TO gone")
    it.store.counts = {}
    it.until(15)
    assert it.watch.now().counts.unsaved > 0
    assert it.told.changed == [("ApiOutage", "firing", 0), ("ApiOutage", "resolved", 15)]
    with pytest.raises(SettingError, match="could not be written"):
        it.silence("severity", "page", 60)
    run_sql(it.path, "ALTER TABLE away RENAME TO changes", "ALTER TABLE gone RENAME TO silences")
    it.until(30)
    assert [one.state for one in asyncio.run(it.watch.history(NOW, NOW + 60, 9))] == ["resolved", "firing"]
    it.restarted()
    assert it.states()["ApiOutage"] == ("resolved", 0, NOW)


def test_an_alert_that_is_removed_ends_and_is_forgotten(it: Setting) -> None:
    it.store.counts = {120: 1.0, 300: 1.0}
    it.until(15)
    it.alerts = (SECOND,)
    it.restarted()
    it.until(30)
    assert it.told.changed[1:] == [("ApiOutage", "resolved", 30)]
    assert it.told.notices[-1].changed[0].alarm.alert.title == FIRST.title
    it.until(60 + RESOLVED_KEPT_S)
    assert set(it.states()) == {"HighErrorRate"}


def test_alerts_taken_up_while_it_runs_keep_the_alarms_of_those_that_stay(it: Setting) -> None:
    it.store.counts = {120: 1.0, 300: 1.0}
    it.until(15)
    before = it.states()
    assert {name: state for name, (state, *_) in before.items()} == {
        "ApiOutage": "firing",
        "HighErrorRate": "pending",
    }
    third = alert("HighLatency", 300)
    it.watch.take((FIRST, replace(SECOND, severity="page"), third), ())
    assert it.states() == before
    it.until(30)
    after = it.states()
    assert after["ApiOutage"] == before["ApiOutage"]
    assert after["HighErrorRate"] == before["HighErrorRate"]
    assert after["HighLatency"][:2] == ("pending", 30)
    it.watch.take((third,), ())
    it.until(45)
    assert {name: state for name, (state, *_) in it.states().items()} == {
        "ApiOutage": "resolved",
        "HighLatency": "pending",
    }
    assert ("ApiOutage", "resolved", 45) in it.told.changed


def test_a_clock_set_back_holds_up_no_alarm(it: Setting) -> None:
    it.store.counts = {120: 1.0, 300: 1.0}
    it.until(15)
    it.at -= 3_600
    began = it.at
    for _ in range(5):
        asyncio.run(it.watch.evaluate(it.at))
        it.at += EVERY_S
    assert it.states()["HighErrorRate"] == ("firing", began - NOW, began + 60)
    assert [one[0] for one in it.told.changed] == ["ApiOutage"]


@pytest.mark.parametrize("restarted", [False, True])
def test_after_a_clock_was_set_back_what_fires_is_not_told_again_and_a_silence_holds(
    tmp_path: Path, restarted: bool
) -> None:
    it = Setting(tmp_path / "watch.sqlite3", FIRST, alert("HighLatency", 300))
    it.store.counts = {120: 1.0}
    it.until(0)
    it.silence("alertname", "HighLatency", for_s=7_200)
    it.store.counts = {120: 1.0, 300: 5.0}
    it.at -= 3_600
    if restarted:
        it.restarted()
    for _ in range(10):
        asyncio.run(it.watch.evaluate(it.at))
        it.at += EVERY_S
    assert {name: state for name, (state, *_) in it.states().items()} == dict.fromkeys(
        ("ApiOutage", "HighLatency"), "firing"
    )
    (still,) = it.told.notices[-1].firing
    assert (still.alarm.alert.name, still.alarm.fired_at) == ("ApiOutage", NOW)
    assert it.told.changed == [("ApiOutage", "firing", 0)]
    it.store.counts = {}
    asyncio.run(it.watch.evaluate(it.at))
    assert [one[:2] for one in it.told.changed] == [("ApiOutage", "firing"), ("ApiOutage", "resolved")]


def test_only_the_node_that_leads_evaluates(it: Setting) -> None:
    it.leads = False
    it.store.counts = {120: 1.0}
    it.until(15)
    assert (it.store.asked, it.told.notices, it.watch.now().evaluated_at) == (0, [], None)
    assert not it.watch.now().leads


def test_a_node_that_lost_its_lease_while_it_evaluated_tells_nothing(it: Setting) -> None:
    ledger, silences = MemoryLedger(leading=1), MemoryLedger()
    it.state.close()
    it.state = WatchState.open(it.path, {"alarms": ledger, "silences": silences}.get)
    store = LeaseEnds(ledger)
    it.watch = Watch(store, it.state, it.alerts, clock=lambda: it.at, tell=it.told)
    it.until(0)
    assert [notice.firing for notice in it.told.notices] == [()]
    store.counts, store.ends = {120: 1.0}, True
    it.until(15)
    assert ledger.leading is None
    assert len(it.told.notices) == 1  # it found the outage, and who leads by now tells it
    store.ends, ledger.leading = False, 2
    it.until(30)
    assert it.told.changed == [("ApiOutage", "firing", 30)]  # as of when it was found and known to all


def test_a_store_that_is_behind_is_told_and_no_service_is_lost_by_it(tmp_path: Path) -> None:
    gone = alert("TelemetryLost", 60, for_s=0, test=Lost(after_s=300, known_s=86_400), by="service")
    it = Setting(tmp_path / "watch.sqlite3", gone)
    it.store.last_told = NOW - 3_600
    it.lag = Lag(40, STORE_BEHIND_S + 1.0)
    it.until(600)
    assert it.told.changed == [("StoreBehind", "firing", 120)]
    (behind,) = (one.told.alarm for one in it.watch.now().alarms)
    assert behind.value == 40
    it.lag = Lag(3, float(STORE_BEHIND_S))
    it.until(885)
    assert it.told.changed[1:] == [("StoreBehind", "resolved", 615)]
    it.until(900)
    assert it.told.changed[2:] == [("TelemetryLost", "firing", 900)]


def test_data_that_could_not_be_stored_is_told_while_it_lies_there(it: Setting) -> None:
    it.lag = Lag(0, 0.0, set_aside=2)
    it.until(15)
    (aside,) = (one.told.alarm for one in it.watch.now().alarms)
    assert (aside.alert.name, aside.state, aside.value) == ("DataSetAside", "firing", 2)
    it.lag = Lag(0, 0.0)
    it.until(30)
    assert it.told.changed == [("DataSetAside", "firing", 0), ("DataSetAside", "resolved", 30)]


def test_news_that_never_arrived_is_told_for_an_hour(it: Setting) -> None:
    it.untold = [NOW - 5]
    it.until(3_630)
    assert it.told.changed == [("NoticesLost", "firing", 0), ("NoticesLost", "resolved", 3_600)]


def test_settings_that_are_refused_are_told_until_newer_ones_are_taken(it: Setting) -> None:
    it.until(15)
    it.watch.keep("kansoku.toml, line 3: target is missing")
    it.until(45)
    assert it.told.changed == [("SettingsRefused", "firing", 30)]
    assert it.watch.now().refused == "kansoku.toml, line 3: target is missing"
    it.watch.take((FIRST,), ())
    it.until(60)
    assert it.told.changed[1:] == [("SettingsRefused", "resolved", 60)]
    assert it.watch.now().refused == ""


def test_a_service_is_not_lost_while_the_server_was_away(tmp_path: Path) -> None:
    gone = alert("TelemetryLost", 60, for_s=0, test=Lost(after_s=300, known_s=86_400), by="service")

    it = Setting(tmp_path / "watch.sqlite3", gone)
    it.store.last_told = NOW - 3_600
    it.until(600)
    assert it.told.changed == [("TelemetryLost", "firing", 300)]
    it.restarted()
    it.until(615)
    assert it.states()["TelemetryLost"][0] == "firing"
    assert len(it.told.changed) == 1


def test_after_the_store_was_away_a_service_is_given_its_time_again(tmp_path: Path) -> None:
    gone = alert("TelemetryLost", 60, for_s=0, test=Lost(after_s=300, known_s=86_400), by="service")
    it = Setting(tmp_path / "watch.sqlite3", gone, FIRST)
    it.store.last_told = NOW - 3_600
    it.until(285)
    it.store.fault = StoreUnavailable("it restarts")
    it.until(300)
    it.store.fault = None
    it.until(600)
    assert it.told.changed == [("TelemetryLost", "firing", 600)]


@pytest.mark.parametrize(
    "damage", ["not a database", "a broken page", "words that cannot be read", "letters that are none"]
)
def test_a_damaged_state_is_set_aside_and_told(tmp_path: Path, damage: str) -> None:
    it = Setting(tmp_path / "watch.sqlite3")
    it.store.counts = {120: 1.0}
    it.until(15)
    if damage == "words that cannot be read":
        run_sql(it.path, "UPDATE alarms SET alarm = '{}'")
    if damage == "letters that are none":
        run_sql(it.path, "UPDATE alarms SET alarm = CAST(x'ff' AS TEXT)")
    it.state.close()
    if damage == "not a database":
        it.path.write_bytes(b"x" * 5_000)
    if damage == "a broken page":
        content = bytearray(it.path.read_bytes())
        content[4096:8192] = os.urandom(4096)
        it.path.write_bytes(bytes(content))
    it.started()
    (aside,) = tmp_path.glob("*.damaged-*")
    assert it.watch.now().set_aside == str(aside)
    assert it.watch.now().alarms == ()
    it.until(30)
    assert it.states()["ApiOutage"][0] == "firing"


def test_the_state_of_a_newer_kansoku_is_refused_and_left_as_it_is(it: Setting) -> None:
    it.state.close()
    run_sql(it.path, "PRAGMA user_version = 2")
    content = it.path.read_bytes()
    with pytest.raises(SettingError, match="newer Kansoku"):
        WatchState.open(it.path)
    assert it.path.read_bytes() == content
    with pytest.raises(SettingError, match="cannot be opened"):
        WatchState.open(it.path.parent / "nowhere" / "watch.sqlite3")


def test_changes_are_kept_for_ninety_days(it: Setting) -> None:
    it.store.counts = {120: 1.0}
    it.until(0)
    for late_s, known in ((KEPT_S, 1), (KEPT_S + 15, 0)):
        it.at = NOW + late_s
        it.until(late_s)
        assert len(asyncio.run(it.watch.history(NOW, NOW + 1, 9))) == known


def test_no_alarm_waits_for_its_causes_once_their_time_is_up(it: Setting) -> None:
    alarm = Alarm(FIRST, {}, "f00d", "firing", 1.0, NOW, NOW)
    told = asyncio.run(explained(it.store, alarm, FIRST.test, {}, NOW, held=NOTHING, cap_s=0.0))
    assert (told, it.store.asked) == (Told(alarm), 0)


def test_an_alert_that_no_store_can_answer_fails_alone(tmp_path: Path) -> None:
    broken = alert("Broken", 60, by="no_such_field")
    it = Setting(tmp_path / "watch.sqlite3", broken, FIRST)
    it.store.counts = {120: 1.0}
    it.until(0)
    health = {one.alert.name: (one.health, bool(one.error)) for one in it.watch.now().alerts}
    assert health["Broken"] == ("failed", True)
    assert health["ApiOutage"] == ("ok", False)


class Beat:
    """A clock that moves only when it is slept on, or while an evaluation takes its time."""

    def __init__(self, takes: Iterable[float], jumps: Mapping[int, float] | None = None) -> None:
        self.now = NOW + 3
        self.takes, self.jumps = iter(takes), dict(jumps or {})
        self.evaluated: list[float] = []
        self.gone = 0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds

    async def evaluate(self, at: float) -> None:
        self.evaluated.append(at - NOW)
        taken = next(self.takes, None)
        if taken is None:
            raise asyncio.CancelledError
        self.now += taken + self.jumps.pop(len(self.evaluated), 0)

    def missed(self, evaluations: int) -> None:
        self.gone += evaluations


def beat(made: Beat) -> Beat:
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(run(made, clock=lambda: made.now, sleep=made.sleep))  # type: ignore[arg-type]
    return made


def test_evaluations_are_due_at_multiples_of_their_interval() -> None:
    assert (due_after(NOW), due_after(NOW + 14.9), due_after(NOW - 0.1)) == (NOW + 15, NOW + 15, NOW)
    made = beat(Beat([0.5, 14.0, 0.5]))
    assert (made.evaluated, made.gone) == ([15, 30, 45, 60], 0)


def test_a_slow_evaluation_is_followed_by_the_newest_that_is_due_and_the_others_are_missed() -> None:
    made = beat(Beat([16.0, 47.0, 1.0]))
    assert (made.evaluated, made.gone) == ([15, 30, 75, 90], 2)


def test_a_clock_that_jumps_neither_stops_the_beat_nor_hurries_it() -> None:
    back = beat(Beat([1.0, 1.0, 1.0], {1: -3_600}))
    assert (back.evaluated, back.gone) == ([15, -3_570, -3_555, -3_540], 0)
    ahead = beat(Beat([1.0, 1.0, 1.0], {1: 3_600}))
    assert (ahead.evaluated, ahead.gone) == ([15, 3_615, 3_630, 3_645], 239)


def test_an_evaluation_that_goes_wrong_does_not_end_the_beat() -> None:
    class Wrong(Beat):
        async def evaluate(self, at: float) -> None:
            await super().evaluate(at)
            raise ZeroDivisionError

    assert beat(Wrong([1.0, 1.0])).evaluated == [15, 30, 45]
