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
from kansoku.query.statement import whole
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
        asks = alert_causes.asks(found, alarm.labels) if found else ()
    except DefinitionError:
        asks = ()
    slo = slos.get(alarm.alert.slo or "")
    left = [alert_causes.tally(slo, at, held)] if slo else []
    answers, _ = await asked(store, [*(one.statement for one in asks), *left], cap_s)
    causes = [
        Cause(ask.field, value, share)
        for place, ask in enumerate(asks)
        if place in answers
        for value, share in ask.read(answers[place])
    ]
    causes.sort(key=lambda one: -one.share)
    if slo is None or len(asks) not in answers:
        return Told(alarm, tuple(causes))
    ((eligible, _n, bad, _m),) = answers[len(asks)]
    told = budget(slo, {slo.window_s: Tally(whole(eligible), whole(bad))})
    return Told(alarm, tuple(causes), told.left)
