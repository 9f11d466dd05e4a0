"""The store asked what the alerts test, and its answers as findings."""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kansoku.catalog.alerts import Alert
from kansoku.catalog.fields import RELATIONS
from kansoku.errors import QueryTimeout, StoreError, StoreUnavailable
from kansoku.judge.alarm import FAILED, Finding, finding
from kansoku.query.alert_sql import Told, plan
from kansoku.query.memory import Memory, look
from kansoku.query.statement import Cells, Statement
from kansoku.store.port import QueryLimits, Store

log = logging.getLogger(__name__)

AT_ONCE = 4
"""So many statements run at once: the page has slots left."""

BUDGET_S = 12.0
"""So long may one evaluation wait for the store, who caused its alarms included: the next is due at 15."""

TABLES = tuple(dict.fromkeys(one.table for one in RELATIONS))

_LEAST_S = 0.5
_TOO_LONG = "the store did not answer within the evaluation's time"


@dataclass(frozen=True, slots=True)
class Found:
    """What one evaluation found, by the alert's name.

    Attributes:
        findings: Of every alert that was asked for.
        errors: Why, of those that failed.
        away: Whether the store was not there for one of them.
    """

    findings: Mapping[str, Finding]
    errors: Mapping[str, str]
    away: bool = False


async def find(
    store: Store, alerts: Sequence[Alert], at: float, memory: Memory, cap_s: float = BUDGET_S
) -> Found:
    """What the alerts find at that moment (unix seconds); a statement that fails fails those that need it."""
    planned = plan(alerts, at, memory)
    answers, faults = await asked(store, [one.statement for one in planned.asks], cap_s)
    planned.remember(answers, memory)
    told = planned.told(answers)
    findings: dict[str, Finding] = {}
    errors: dict[str, str] = {}
    for alert in alerts:
        wrong = [faults[place] for place in planned.places(alert) if place in faults]
        findings[alert.name] = FAILED if wrong else _finding(told, alert, errors)
        if wrong:
            errors[alert.name] = str(wrong[0])
    away = any(isinstance(fault, StoreUnavailable) for fault in faults.values())
    return Found(findings, errors, away)


async def looked(store: Store, memory: Memory, now: float, cap_s: float) -> None:
    """Has the memory forget what has changed by `now`, the clock's unix seconds; all, if that is not told."""
    answers, _ = await asked(store, [look(TABLES)], cap_s)
    if answers:
        memory.heed(answers[0], now)
    else:
        memory.forget()


async def asked(
    store: Store, statements: Sequence[Statement], cap_s: float
) -> tuple[dict[int, Sequence[Cells]], dict[int, StoreError]]:
    """The rows of each statement by its place, or why there are none."""
    turn, until = asyncio.Semaphore(AT_ONCE), time.monotonic() + cap_s

    async def ask(statement: Statement) -> Sequence[Cells] | StoreError:
        async with turn:
            left = until - time.monotonic()
            if left <= 0:
                return QueryTimeout(_TOO_LONG)
            try:
                async with asyncio.timeout(left):
                    found = await store.query(
                        statement.text, statement.parameters, limits=QueryLimits(seconds=max(left, _LEAST_S))
                    )
            except StoreError as error:
                return error
            except TimeoutError:
                return QueryTimeout(_TOO_LONG)
            return StoreError("it has too many values to be split by") if found.truncated else found.rows

    told = await asyncio.gather(*map(ask, statements))
    faults = {place: one for place, one in enumerate(told) if isinstance(one, StoreError)}
    return {place: one for place, one in enumerate(told) if not isinstance(one, StoreError)}, faults


def _finding(told: Told, alert: Alert, errors: dict[str, str]) -> Finding:
    """What the answers say; what cannot be read is a failure of this alert alone."""
    try:
        judged = told.tested(alert)
    except (TypeError, ValueError, LookupError, ArithmeticError) as error:
        log.exception("%s cannot be read", alert.name)
        errors[alert.name] = f"its answer cannot be read: {error}"
        return FAILED
    return FAILED if judged is None else finding(alert, judged)
