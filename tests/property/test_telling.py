"""What is told of alarms over random courses: everything once, and no end that nobody waits for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from kansoku.catalog.alert_pack import alerts
from kansoku.judge.alarm import Alarm, Finding, Holding, step
from kansoku.judge.notice import Told
from kansoku.judge.telling import Mark, owed, telling
from kansoku.judge.watched import AlarmNow

if TYPE_CHECKING:
    from collections.abc import Mapping

ALERT = replace(next(one for one in alerts() if one.name == "HighLatency"), for_s=15, keep_firing_for_s=15)
MODELS = ("a", "b")

moments = st.lists(
    st.tuples(st.sets(st.sampled_from(MODELS)), st.sets(st.sampled_from(MODELS)), st.booleans()), max_size=40
)
"""Of each evaluation: for which models the test holds, which are silenced, and whether the notice is lost."""


@given(moments)
def test_each_firing_is_told_once_and_its_end_to_those_who_know(
    course: list[tuple[set[str], set[str], bool]],
) -> None:
    alarms: tuple[Alarm, ...] = ()
    marks: Mapping[str, Mark] = {}
    heard: list[tuple[str, str, float | None]] = []
    for number, (held, silenced, lost) in enumerate(course):
        at = 15.0 * number
        finding = Finding(tuple(Holding({"response_model": one}, 12.0) for one in sorted(held)))
        before = alarms
        alarms, _ = step(ALERT, alarms, finding, at)
        firings = {one.fingerprint: one.fired_at for one in alarms}
        gone = [one for one in before if owed(one, marks) and firings.get(one.fingerprint) != one.fired_at]
        seen = [now(one, silenced) for one in (*alarms, *gone)]
        notice, after = telling(seen, marks, at)
        loud = {one.told.alarm.fingerprint for one in seen if not one.silenced_by} & firing(alarms)
        assert {one.alarm.fingerprint for one in notice.firing} == loud
        if lost:
            continue
        marks = after
        for one in notice.changed:
            alarm = one.alarm
            told = (alarm.fingerprint, alarm.state, alarm.fired_at)
            assert told not in heard
            if alarm.state == "resolved":
                assert (alarm.fingerprint, "firing", alarm.fired_at) in heard
            heard.append(told)
        assert {(one, "firing", firings[one]) for one in loud} <= set(heard)
        assert not [one for one in alarms if owed(one, marks)]
        assert {*marks} <= {one.told.alarm.fingerprint for one in seen}


def now(alarm: Alarm, silenced: set[str]) -> AlarmNow:
    return AlarmNow(Told(alarm), ("s",) if alarm.labels["response_model"] in silenced else ())


def firing(alarms: tuple[Alarm, ...]) -> set[str]:
    return {one.fingerprint for one in alarms if one.state == "firing"}
