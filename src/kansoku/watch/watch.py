"""The evaluator: at each evaluation it finds out where every alert stands, tells it and keeps it.

Order matters. The alarms are kept first, then what changed is handed on, then it is kept that it was: whoever
is killed in between hands it on again, with the same times, and never forgets it.
"""

import asyncio
import logging
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kansoku.catalog.alert_pack import (
    OWN,
)
from kansoku.catalog.alerts import SEVERITIES, Alert, Test
from kansoku.catalog.slos import SLOS, Slo
from kansoku.errors import DefinitionError, SettingError, StoreError
from kansoku.judge.alarm import (
    FAILED,
    RESOLVED_KEPT_S,
    Alarm,
    AlarmState,
    Health,
    Transition,
    step,
)
from kansoku.judge.notice import Notice, Told
from kansoku.judge.quiet import Silence, Wanted, expired, inhibited_by, silenced_by
from kansoku.judge.telling import Mark, owed, telling
from kansoku.judge.watched import AlarmNow, AlertNow, Counts, Past, Watched
from kansoku.query.alert_oracle import lost
from kansoku.query.alert_sql import plan
from kansoku.query.memory import Memory
from kansoku.query.rolled import NOTHING, Held
from kansoku.store.holdings import Holdings
from kansoku.store.port import QueryLimits, Store
from kansoku.store.segments import Lag
from kansoku.watch.asking import BUDGET_S, Found, find, looked
from kansoku.watch.causing import CAP_S, explained
from kansoku.watch.nodes import Nodes
from kansoku.watch.own import OwnFindings, is_failing
from kansoku.watch.records import AlarmRecord, past
from kansoku.watch.state import Kept, WatchState

log = logging.getLogger(__name__)

EVERY_S = 15.0
"""Evaluations lie so many seconds apart, at multiples of it since 1970."""

MOST_SILENCES = 1_000
_SHOWN_S = 7 * 86_400
"""Silences that have been over for longer are not listed."""

_HOLDINGS_S = 2.0
"""So long what the rollups hold is waited for; without it everything is read from the narrow tables."""

_LOOK_S = 3.0
"""So long what has changed is waited for; without it nothing is remembered, and windows are read whole."""

_EXPLAINED = 10
"""For so many fresh alarms of one evaluation it is asked who caused them; a flood explains itself."""

_MOST_UNKEPT = 10_000
_GRAVEST: Mapping[AlarmState, int] = {"firing": 0, "pending": 1, "resolved": 2, "inactive": 3}


@dataclass(frozen=True, slots=True)
class _Fresh:
    """An alarm that has begun to fire, and the test that it fires with."""

    alarm: Alarm
    test: Test


def no_one(_: Notice) -> None:
    """Tells nobody."""


class Watch:
    """Every alert's state. `evaluate` is called by one task; everything else from anywhere in its loop.

    Args:
        store: What is asked.
        state: What survives a restart, open.
        alerts: What is evaluated.
        clock: Gives the present in unix seconds.
        tell: Is handed what is to be told, in a thread.
        leads: Whether this node evaluates; of several that share a store, one does.
        ready: Called in a thread before each evaluation, and again until it raises no `sqlite3.Error`: takes
            up what the node that led before was to tell.
        slos: The objectives that alerts guard.
        lag: Tells how far the store is behind with what was received, at a unix second.
        untold: Tells how many news of alarms never arrived since a unix second.
        nodes: How the other nodes stand that share the store.
    """

    def __init__(
        self,
        store: Store,
        state: WatchState,
        alerts: Iterable[Alert],
        *,
        clock: Callable[[], float] = time.time,
        tell: Callable[[Notice], None] = no_one,
        leads: Callable[[], bool] = lambda: True,
        ready: Callable[[], object] = lambda: None,
        slos: Iterable[Slo] = SLOS,
        lag: Callable[[float], Lag] = lambda _: Lag(0, 0.0),
        untold: Callable[[float], int] = lambda _: 0,
        nodes: Nodes | None = None,
    ) -> None:
        self._store = store
        self._state = state
        self._clock = clock
        self._tell = tell
        self._leads = leads
        self._ready = ready
        self._own = OwnFindings(lag, untold, nodes or Nodes())
        self._holdings = Holdings(store)
        self._memory = Memory()
        self._alerts = tuple(alerts)
        self._slos = {slo.name: slo for slo in slos}
        self._wrong = {alert.name: why for alert in self._alerts if (why := _wrong(alert))}
        self._known: dict[str, Told] = {}
        self._marks: Mapping[str, Mark] = {}
        self._next: tuple[tuple[Alert, ...], tuple[Slo, ...]] | None = None
        self._silences: dict[str, Silence] = {}
        self._health: dict[str, Health] = {}
        self._errors: Mapping[str, str] = {}
        self._counts = Counts()
        self._evaluated_at: float | None = None
        self._took_s: float | None = None
        self._heard_since: float | None = None
        self._unkept: list[Past] = []
        self._heard = False
        self._recall(state.kept)

    async def evaluate(self, at: float) -> None:
        """One evaluation, at that moment in unix seconds. Whatever goes wrong in it is kept in and told."""
        self._renew()
        if not await self._leading():
            self._heard_since = None
            await asyncio.to_thread(self._own.tell, at)
            return
        began = time.monotonic()
        until = began + BUDGET_S
        self._rewind(at)
        held = await self._held(at)
        found = await self._find(at, until)
        before = list(self._known.values())
        alarms, changes = self._stepped(found, at)
        self._health |= {name: finding.health for name, finding in found.findings.items()}
        self._errors = found.errors
        self._known = await self._explained(alarms, _fresh(changes, found), at, held, until)
        self._evaluated_at = at
        self._count(evaluations=1, failures=len(found.errors))
        self._unkept = [*self._unkept, *map(past, changes)][-_MOST_UNKEPT:]
        await self._kept(at)
        if self._state.leads():  # or another node evaluates by now, and tells what it finds
            await self._told(before, at)
        self._took_s = time.monotonic() - began

    def take(self, alerts: Iterable[Alert], slos: Iterable[Slo]) -> None:
        """Evaluates these alerts from the next evaluation on.

        Alarms of an alert whose name stays keep their states, changed or not; those of one that is gone end.
        """
        self._next = tuple(alerts), tuple(slos)
        self._own.refused = ""

    def keep(self, refused: str) -> None:
        """Goes on with the alerts that it has, as newer ones cannot be used, and tells so until `take`.

        Args:
            refused: Why they cannot be used.
        """
        self._own.refused = refused

    def leave(self, at: float) -> None:
        """Has the other nodes that share the store know, at that moment in unix seconds, that this one ends.

        Blocking. Nothing is evaluated any more.
        """
        self._own.leave(at)

    def _renew(self) -> None:
        if self._next is None:
            return
        self._alerts, slos = self._next
        self._next = None
        self._slos = {slo.name: slo for slo in slos}
        self._wrong = {alert.name: why for alert in self._alerts if (why := _wrong(alert))}
        names = {alert.name for alert in (*self._alerts, *OWN)}
        self._health = {name: one for name, one in self._health.items() if name in names}
        self._errors = {name: one for name, one in self._errors.items() if name in names}

    def missed(self, evaluations: int) -> None:
        """Count evaluations that were due and could not be made."""
        self._count(missed=evaluations)

    def now(self) -> Watched:
        """Where all alerts stand."""
        alarms = self._seen(self._known.values(), self._clock())
        alarms = sorted(alarms, key=lambda one: _gravity(one.told.alarm))
        states: dict[str, AlarmState] = {}
        for one in alarms:
            states.setdefault(one.told.alarm.alert.name, one.told.alarm.state)
        return Watched(
            self._evaluated_at,
            EVERY_S,
            self._took_s,
            self._leads(),
            self._counts,
            tuple(
                AlertNow(
                    alert,
                    states.get(alert.name, "inactive"),
                    self._health.get(alert.name),
                    self._errors.get(alert.name, ""),
                )
                for alert in (*self._alerts, *OWN)
            ),
            tuple(alarms),
            self._state.set_aside,
            self._own.refused,
            self._heard,
        )

    async def history(self, begin: float, end: float, limit: int) -> Sequence[Past]:
        """The changes from `begin` until before `end`, the newest first, at most `limit`."""
        return await asyncio.to_thread(self._state.changes, begin, end, limit)

    async def silences(self) -> Sequence[Silence]:
        """Every silence that is not long over, the last to end first."""
        await self._heard_of_silences()
        now = self._clock()
        shown = (one for one in self._silences.values() if one.ends > now - _SHOWN_S)
        return sorted(shown, key=lambda one: (-one.ends, one.name))

    async def silence(self, wanted: Wanted) -> Silence:
        """The silence that was made, or changed if it is named.

        Raises:
            SettingError: If it cannot be so; the message begins with the field and says the mend.
        """
        await self._heard_of_silences()
        now = self._clock()
        if wanted.name is not None and wanted.name not in self._silences:
            raise SettingError(f"id: there is no silence {wanted.name!r}; leave it out to make one")
        running = sum(one.state(now) != "expired" for one in self._silences.values())
        if wanted.name is None and running >= MOST_SILENCES:
            raise SettingError(f"matchers: there are {running} silences already; expire some first")
        made = wanted.silence(wanted.name or secrets.token_hex(4), now)
        return await self._silenced(made)

    async def expire(self, name: str) -> Silence:
        """The silence, which is over from now on.

        Raises:
            SettingError: If there is none of that name.
        """
        await self._heard_of_silences()
        if name not in self._silences:
            raise SettingError(f"id: there is no silence {name!r}; see kansoku silence list")
        return await self._silenced(expired(self._silences[name], self._clock()))

    async def _silenced(self, made: Silence) -> Silence:
        try:
            await asyncio.to_thread(self._state.keep_silence, made)
        except sqlite3.Error as error:
            raise SettingError(f"id: the silence could not be written: {error}") from None
        self._silences[made.name] = made
        return made

    async def _leading(self) -> bool:
        """Whether this node evaluates now. What other nodes kept is taken up first."""
        leads, self._heard = self._leads(), False
        try:
            await self._hear_of_silences()
            if leads:
                await asyncio.to_thread(self._ready)
            kept = await asyncio.to_thread(self._state.taken if leads else self._state.followed)
        except sqlite3.Error as error:
            log.warning("what other nodes keep of alerts could not be read: %s", error)
            return False
        if kept is not None:
            self._recall(kept)
        self._heard = self._state.shared
        return leads

    async def _heard_of_silences(self) -> None:
        """As `_hear_of_silences`, if the store answers; what is known is gone by otherwise."""
        try:
            await self._hear_of_silences()
        except sqlite3.Error as error:
            log.warning("what other nodes keep of silences could not be read: %s", error)

    async def _hear_of_silences(self) -> None:
        """Takes up what was silenced, or expired, by way of another node."""
        found = await asyncio.to_thread(self._state.silences)
        if found is not None:
            self._silences = dict(found)

    def _recall(self, kept: Kept) -> None:
        """Takes up where the last server, or the node that led before, left off."""
        known = {alert.name: alert for alert in (*self._alerts, *OWN)}
        self._known = {one.fingerprint: one.told(known) for one in kept.alarms}
        self._marks = {one.fingerprint: one.mark for one in kept.alarms if one.mark}
        self._silences = dict(kept.silences)
        self._evaluated_at = kept.evaluated_at
        self._unkept = []

    def _rewind(self, at: float) -> None:
        """After the clock was set back nothing that is waited for may lie in the future.

        When an alarm fired names it to those who were told: that stays, or they would be told again.
        """
        if self._evaluated_at is None or at >= self._evaluated_at:
            return
        log.warning("the clock was set back by %.0f s; alarms go on from now", self._evaluated_at - at)
        self._known = {
            name: replace(told, alarm=_until(told.alarm, at)) for name, told in self._known.items()
        }
        self._heard_since = None
        self._own.rewind(at)

    async def _held(self, at: float) -> Held:
        try:
            async with asyncio.timeout(_HOLDINGS_S):
                return await self._holdings.at(at, QueryLimits(seconds=_HOLDINGS_S))
        except (StoreError, TimeoutError):
            return NOTHING

    async def _find(self, at: float, until: float) -> Found:
        """What every alert finds; those that wait are not among them, and so stay as they are."""
        gap_s = 0.0 if self._evaluated_at is None else at - self._evaluated_at
        if self._heard_since is None or gap_s > EVERY_S * 4:
            self._heard_since = at
        heard_s = at - self._heard_since
        asked = [
            alert
            for alert in self._alerts
            if alert.name not in self._wrong and all(heard_s >= test.after_s for test in lost(alert.test))
        ]
        # What was not answered the last time is asked first: a slow machine then leaves out others.
        asked.sort(key=lambda alert: alert.name not in self._errors)
        await looked(self._store, self._memory, self._clock(), min(_LOOK_S, until - time.monotonic()))
        found = await find(self._store, asked, at, self._memory, until - time.monotonic())
        await asyncio.to_thread(self._own.look, at)
        if (
            found.away or self._own.late
        ):  # a service may be silent only because what it sent is not stored yet
            self._heard_since = at
        errors = {**found.errors, **self._wrong}
        findings = {**found.findings, **dict.fromkeys(self._wrong, FAILED)}
        fresh = {name: why for name, why in errors.items() if name not in self._errors}
        for why in dict.fromkeys(fresh.values()):
            names = ", ".join(name for name, told in fresh.items() if told == why)
            log.warning("%s could not be evaluated: %s", names, why)
        own = self._own.findings(errors, [told.alarm for told in self._known.values()], at)
        return Found(findings | own, errors, found.away)

    def _stepped(self, found: Found, at: float) -> tuple[list[Alarm], list[Transition]]:
        """Every alarm after the evaluation, and those that changed by it."""
        known: dict[str, list[Alarm]] = {}
        for told in self._known.values():
            known.setdefault(told.alarm.alert.name, []).append(told.alarm)
        alarms: list[Alarm] = []
        changes: list[Transition] = []
        for alert in (*self._alerts, *OWN):
            mine = known.pop(alert.name, [])
            if alert.name not in found.findings:
                alarms += mine
                continue
            after, changed = step(alert, mine, found.findings[alert.name], at)
            alarms += after
            changes += changed
        for alarm in (one for mine in known.values() for one in mine):
            _retire(alarm, at, alarms, changes)
        return alarms, changes

    async def _explained(
        self, alarms: Iterable[Alarm], fresh: Mapping[str, _Fresh], at: float, held: Held, until: float
    ) -> dict[str, Told]:
        """The alarms by fingerprint, those that have begun to fire with their causes."""
        told: dict[str, Told] = {}
        until = min(until, time.monotonic() + CAP_S)
        for name, one in fresh.items():
            left_s = until - time.monotonic()
            told[name] = await explained(
                self._store, one.alarm, one.test, self._slos, at, held=held, cap_s=left_s
            )
        told |= {name: self._own.blamed(one.alarm) for name, one in fresh.items() if is_failing(one.alarm)}
        after: dict[str, Told] = {}
        for alarm in alarms:
            before = told.get(alarm.fingerprint) or self._known.get(alarm.fingerprint)
            after[alarm.fingerprint] = Told(alarm) if before is None else replace(before, alarm=alarm)
        return after

    async def _told(self, before: Iterable[Told], at: float) -> None:
        """Hands on what is to be told, and keeps that it was."""
        gone = (told for told in before if self._left_owed(told.alarm))
        notice, marks = telling(self._seen((*self._known.values(), *gone), at), self._marks, at)
        try:
            await asyncio.to_thread(self._tell, notice)
        except Exception:
            log.exception("what is to be told of alarms could not be handed on; it is tried again")
            self._count(untold=1)
            return
        if marks != self._marks:
            self._marks = marks
            await self._kept(at)

    def _left_owed(self, alarm: Alarm) -> bool:
        """Whether it is no longer known, or fires anew, and its end was never told."""
        now = self._known.get(alarm.fingerprint)
        return owed(alarm, self._marks) and (now is None or now.alarm.fired_at != alarm.fired_at)

    async def _kept(self, at: float) -> None:
        """Writes all that must survive a restart; what could not be written is written the next time."""
        records = [
            AlarmRecord.of(told, self._marks.get(fingerprint)) for fingerprint, told in self._known.items()
        ]
        try:
            await asyncio.to_thread(self._state.keep, at, records, self._unkept)
        except sqlite3.Error as error:
            log.warning("the state of alerts could not be written: %s", error)
            self._count(unsaved=1)
        else:
            self._unkept = []

    def _seen(self, known: Iterable[Told], at: float) -> list[AlarmNow]:
        """Alarms with why they are not told, if they are not."""
        alarms = [told.alarm for told in self._known.values()]
        silences = list(self._silences.values())
        return [
            AlarmNow(
                told,
                tuple(one.name for one in silenced_by(told.alarm, silences, at)),
                tuple(dict.fromkeys(one.alert.name for one in inhibited_by(told.alarm, alarms))),
            )
            for told in known
        ]

    def _count(self, **more: int) -> None:
        """Adds to the counts of those names."""
        counts = self._counts
        self._counts = replace(counts, **{name: getattr(counts, name) + by for name, by in more.items()})


def _wrong(alert: Alert) -> str:
    """Why the alert can never be evaluated; empty if it can."""
    try:
        plan((alert,), 0.0)
    except DefinitionError as error:
        return str(error)
    return ""


def _fresh(changes: Iterable[Transition], found: Found) -> dict[str, _Fresh]:
    """The first of those that begin to fire, by their fingerprint."""
    fired = [change.alarm for change in changes if change.alarm.state == "firing"][:_EXPLAINED]
    return {alarm.fingerprint: _Fresh(alarm, _fired_with(alarm, found)) for alarm in fired}


def _fired_with(alarm: Alarm, found: Found) -> Test:
    """The test that the alarm fires with: of alternatives one that holds."""
    held = found.findings[alarm.alert.name].holdings
    first = next((one.first for one in held if one.labels == alarm.labels), None)
    return first or alarm.alert.test


def _until(alarm: Alarm, at: float) -> Alarm:
    """The alarm with nothing that lies after that moment but when it fired, which names it."""
    return replace(
        alarm,
        active_since=min(alarm.active_since, at),
        resolved_at=alarm.resolved_at and min(alarm.resolved_at, at),
        kept_since=alarm.kept_since and min(alarm.kept_since, at),
    )


def _retire(alarm: Alarm, at: float, alarms: list[Alarm], changes: list[Transition]) -> None:
    """An alarm whose alert there is no more: if it fires it ends now, and is kept for a while."""
    if alarm.state == "firing":
        ended = replace(alarm, state="resolved", resolved_at=at)
        alarms.append(ended)
        changes.append(Transition(ended, "firing", at))
    elif alarm.state == "resolved" and at - (alarm.resolved_at or at) <= RESOLVED_KEPT_S:
        alarms.append(alarm)


def _gravity(alarm: Alarm) -> tuple[int, int, float]:
    """What stands first: firing before pending, pages before tickets, the newest first."""
    return _GRAVEST[alarm.state], SEVERITIES.index(alarm.alert.severity), -alarm.active_since
