"""What is to be told after an evaluation, by what was told before.

An alarm is told when it fires, or later, when nothing keeps it quiet any more. Its end is told to those who
were told of it, whatever keeps it quiet by then, so that nobody waits for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kansoku.judge.alarm import Alarm
from kansoku.judge.notice import Notice
from kansoku.judge.watched import AlarmNow


@dataclass(frozen=True, slots=True)
class Mark:
    """What was told of an alarm: that it has fired since `fired_at`, and whether that it has ended."""

    fired_at: float
    ended: bool = False


def telling(
    alarms: Iterable[AlarmNow], marks: Mapping[str, Mark], at: float
) -> tuple[Notice, Mapping[str, Mark]]:
    """The notice, and what will have been told once it is; marks are by fingerprint, as are those given."""
    known = list(alarms)
    loud = [one for one in known if one.told.alarm.state == "firing" and not _quiet(one)]
    began = [one for one in loud if not _began(one, marks)]
    ended = [one for one in known if owed(one.told.alarm, marks)]
    after = {
        alarm.fingerprint: marks[alarm.fingerprint]
        for alarm in (one.told.alarm for one in known)
        if alarm.fingerprint in marks
    }
    after |= {one.told.alarm.fingerprint: Mark(one.told.alarm.fired_at or at, ended=True) for one in ended}
    after |= {one.told.alarm.fingerprint: Mark(one.told.alarm.fired_at or at) for one in began}
    changed = (*ended, *began)
    return Notice(at, tuple(one.told for one in changed), tuple(one.told for one in loud)), after


def _quiet(one: AlarmNow) -> bool:
    return bool(one.silenced_by or one.inhibited_by)


def _began(one: AlarmNow, marks: Mapping[str, Mark]) -> bool:
    """Whether it has been told that it fires, since when it does."""
    mark = marks.get(one.told.alarm.fingerprint)
    return mark is not None and mark.fired_at == one.told.alarm.fired_at


def owed(alarm: Alarm, marks: Mapping[str, Mark]) -> bool:
    """Whether the alarm has ended, and those who were told of it do not know."""
    mark = marks.get(alarm.fingerprint)
    told = mark is not None and mark.fired_at == alarm.fired_at and not mark.ended
    return told and alarm.state == "resolved"
