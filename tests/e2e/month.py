"""A made-up month of an application, recorded by Kansoku's own half and held by a real server."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import cos, tau
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import kansoku
from kansoku.catalog.fields import CHAT, RELATIONS
from kansoku.instrument.session import active
from kansoku.price.usage import Cost, Usage
from kansoku.record.facts import Call, Evaluation, Fact, Feedback, Place, Surroundings, TaskRun, ToolRun
from tests.conformance.history import MODELS, usage

if TYPE_CHECKING:
    from kansoku.catalog.panels import PanelGroup
    from kansoku.query.oracle import Row
    from tests.servers import RunningServer

TABLES = tuple(dict.fromkeys(relation.table for relation in RELATIONS))
DAY_S = 86_400
DAYS = 30
_VISITS = 30
"""On a usual day of each service; a Sunday has half as many."""
SERVICES = (("shop", "production"), ("back-office", "staging"))
_MODELS = ("claude-sonnet-5-5", "claude-haiku-5", "claude-opus-5-5", MODELS[-1])
_FEATURES = ("answer_ticket", "search", "要約")
_ERRORS = ("overloaded_error", "rate_limit_error", "invalid_request_error", "api_error")
_TOOLS = ("weather", "refund", "注文照会")
_TOGETHER = 2_000
_PATIENCE = 5
"""Half minutes: a month lies in thirty parts of each table, and a busy machine takes its time."""


@dataclass(frozen=True)
class Month:
    """The server that holds it, and the end of its time, in unix seconds."""

    server: RunningServer
    end: int

    @property
    def begin(self) -> int:
        """Where it begins."""
        return self.end - DAYS * DAY_S

    def address(self, **filters: str) -> str:
        """What asks for it."""
        return urlencode({"from": self.begin, "to": self.end, **filters})

    def panels(self, group: PanelGroup, **filters: str) -> str:
        """The path of a group's panels."""
        return f"api/panels/{group.id}?{self.address(**filters)}"

    def told(self, group: PanelGroup, **filters: str) -> list[Any]:
        """The group's panels, as the API tells them; those that are reckoned, too."""
        paths = (f"api/panels/{group.id}", f"api/panels/{group.id}/reckoned")
        asked = paths if group.reckoned else paths[:1]
        return [
            panel
            for path in asked
            for panel in self.server.get(f"{path}?{self.address(**filters)}")["panels"]
        ]

    def rows(self) -> dict[str, Sequence[Row]]:
        """All that the server holds, by table."""
        return {table: _rows(self.server, table) for table in TABLES}


def sent(server: RunningServer, end: int) -> None:
    """Sends the month before `end` to the server, and waits until it is stored."""
    begin = end - DAYS * DAY_S
    with ThreadPoolExecutor(1) as aside:  # the browser's driver keeps an event loop on this thread
        count = sum(
            aside.submit(_sent, server.url, at, list(_facts(random.Random(at), begin))).result()
            for at in range(len(SERVICES))
        )
    counted = "SELECT " + " + ".join(f"(SELECT count() FROM {table})" for table in TABLES)
    for _ in range(_PATIENCE):
        if server.query_until(counted, lambda rows: rows == [[count]]) == [[count]]:
            return
    raise AssertionError(f"of {count} rows {server.query(counted)} are stored")


def _sent(url: str, service: int, facts: Sequence[Fact]) -> int:
    """Puts the facts through the application's half, and counts them."""
    name, environment = SERVICES[service]
    kansoku.init(service=name, environment=environment, endpoint=url)
    try:
        session = active()
        assert session is not None
        for first in range(0, len(facts), _TOGETHER):
            for fact in facts[first : first + _TOGETHER]:
                assert session.pipeline.put(lambda fact=fact: fact)
            assert kansoku.flush(30)
    finally:
        kansoku.shutdown()
    return len(facts)


def _facts(dice: random.Random, begin: int) -> Iterator[Fact]:
    for day in range(DAYS):
        visits = _VISITS // 2 if day % 7 == 0 else _VISITS
        for _ in range(visits):
            at_s = _moment(dice)
            yield from _visit(dice, begin + day * DAY_S, at_s, "r1" if day < 18 else "r2")


def _moment(dice: random.Random) -> float:
    """A second of a day whose noon is busy and whose night is not."""
    while True:
        at_s = dice.uniform(0, DAY_S - 600)
        if dice.random() < 0.55 - 0.45 * cos(tau * at_s / DAY_S):
            return at_s


def _visit(dice: random.Random, day_s: int, at_s: float, release: str) -> Iterator[Fact]:
    """A task of one call and what belongs to it."""
    trace, began_ns = dice.getrandbits(128), int((day_s + at_s) * 10**9)
    user = f"u-{min(int(dice.expovariate(0.15)), 40)}"
    around = Surroundings("answer", dice.choice(_FEATURES), user, f"s-{user}-{day_s}", release)

    def place() -> Place:
        return Place(trace, dice.getrandbits(64) or 1, 0)

    call = _call(dice, place(), began_ns, around)
    yield call
    if dice.random() < 0.4:
        failed = dice.random() < 0.1
        yield ToolRun(
            place=place(),
            started_unix_ns=began_ns,
            duration_s=dice.lognormvariate(-1, 0.7),
            tool=dice.choice(_TOOLS),
            outcome="error" if failed else "ok",
            error_type="TimeoutError" if failed else "",
            around=around,
        )
    done = call.outcome == "ok" and dice.random() < 0.97
    yield TaskRun(
        place=place(),
        started_unix_ns=began_ns,
        duration_s=call.duration_s,
        name="answer",
        label="completed" if done else "failed",
        around=around,
    )
    if dice.random() < 0.2:
        up = dice.random() < 0.8
        yield Feedback(
            place=place(),
            started_unix_ns=began_ns,
            label="up" if up else "down",
            score=round(dice.uniform(0.6, 1) if up else dice.uniform(0, 0.5), 3),
            comment="" if up else f"回答が違う {dice.randrange(1000)}",
            around=around,
        )
    if dice.random() < 0.15:
        label = "hallucinated" if dice.random() < 0.06 else "grounded"
        yield Evaluation(
            place=place(), started_unix_ns=began_ns, name="hallucination", label=label, around=around
        )


def _cost(dice: random.Random, model: str) -> Cost:
    if model == MODELS[-1]:
        return Cost(unpriced_reason="unknown model")
    return Cost(usd=dice.uniform(0.001, 0.05), source="test")


def _call(dice: random.Random, place: Place, began_ns: int, around: Surroundings) -> Call:
    model = dice.choices(_MODELS, (6, 3, 2, 0.2))[0]
    outcome = dice.choices(("ok", "error", "cancelled", "aborted"), (93, 4, 1, 2))[0]
    answered = outcome in ("ok", "aborted")
    retried = dice.random() < 0.07
    return Call(
        place=place,
        started_unix_ns=began_ns,
        duration_s=dice.lognormvariate(1, 0.8),
        operation=CHAT,
        provider="anthropic",
        request_model=model,
        response_model=model if answered else "",
        outcome=outcome,
        stream=True,
        error_type=dice.choice(_ERRORS) if outcome == "error" else "",
        error_message=f"no. {dice.randrange(1000)}" if outcome == "error" else "",
        attempts=2 if retried else 1,
        attempt_statuses=("529", "200" if answered else "500")
        if retried
        else ("200" if answered else "500",),
        ttft_s=dice.lognormvariate(-0.5, 0.5) if answered else None,
        usage=usage(dice, model) if answered else Usage(),
        cost=_cost(dice, model) if answered else Cost(),
        stop_reason=dice.choices(("end_turn", "max_tokens", "refusal"), (95, 4, 1))[0] if answered else "",
        around=around,
    )


def _rows(server: RunningServer, table: str) -> Sequence[Row]:
    """What the store holds in a table, as the oracle reads it."""
    fields = dict.fromkeys(
        field.name for relation in RELATIONS if relation.table == table for field in relation.fields
    )
    names = ["span_id", *(name for name in fields if name not in ("time", "span_id"))]
    columns = ", ".join(["toUnixTimestamp64Nano(time)", *names])
    found = server.query(f"SELECT {columns} FROM {table}")
    return [dict(zip(("time", *names), cells, strict=True)) for cells in found]
