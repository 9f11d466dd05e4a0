"""Who or what caused an alarm, and what is left of the error budget that it guards, by the store."""

from collections.abc import Mapping

from kansoku.catalog.alerts import Test
from kansoku.catalog.slos import Slo
from kansoku.errors import DefinitionError
from kansoku.judge.alarm import Alarm
from kansoku.judge.budget import Tally, budget
from kansoku.judge.notice import Cause, Told
from kansoku.query import alert_causes
from kansoku.query.rolled import Held
from kansoku.query.slo_sql import read_tally, tally
from kansoku.store.port import Store
from kansoku.watch.asking import asked

CAP_S = 4.0
"""So long may it take for all that began to fire: they are told without causes rather than late."""


async def explained(
    store: Store, alarm: Alarm, test: Test, slos: Mapping[str, Slo], at: float, *, held: Held, cap_s: float
) -> Told:
    """The alarm with what helps to understand it, as far as the store answers within `cap_s` seconds.

    `test` is the one that it fires with: its alert's, or of alternatives the one that holds.
    """
    try:
        found = alert_causes.wrong(test, alarm.labels, at)
        ask = None if found is None else alert_causes.ask(found, alarm.labels)
    except DefinitionError:
        ask = None
    slo = slos.get(alarm.alert.slo or "")
    wanted = [*([ask.statement] if ask else []), *([tally(slo, at, held)] if slo else [])]
    answers, _ = await asked(store, wanted, cap_s)
    causes = [
        Cause(field, value, share)
        for field, shares in (ask.read(answers[0]) if ask and 0 in answers else {}).items()
        for value, share in shares
    ]
    causes.sort(key=lambda one: -one.share)
    last = len(wanted) - 1
    if slo is None or last not in answers:
        return Told(alarm, tuple(causes))
    told = budget(slo, {slo.looks_back(at): Tally(*read_tally(slo, answers[last]))}, at)
    return Told(alarm, tuple(causes), told.left)
