"""The traffic of the demo: who comes when, and what they think of the answer afterwards."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import dataclasses
import functools
import logging
import random
import time
from typing import TYPE_CHECKING, assert_never

import anthropic
import httpx2

import kansoku
from kansoku_demo import app, personas, rhythm
from kansoku_demo.app import Visit
from kansoku_demo.cadence import Cadence
from kansoku_demo.features import FEATURES, Feature

if TYPE_CHECKING:
    from collections.abc import Callable

    from anthropic.types import MessageParam

    from kansoku_demo.app import Answered
    from kansoku_demo.personas import Persona

_LOG = logging.getLogger(__name__)

# Visits a second at rate 1.0 in the busiest hour; a visit is 1.7 calls on average.
_VISITS_PER_S = 3.5
_MOST_VISITS_AT_ONCE = 80
_THREADS = 12

_RATED = 0.25
_SATISFIED = 0.92
_SATISFIED_WHEN_UNSOLVED = 0.35
_UNSOLVED = 0.016
_EVALUATED = 0.5
_EVALUATED_FEATURES = frozenset({"knowledge_answers", "search_summary"})
_MOST_TURNS = 3
_TURN_AGAIN = 0.45


@dataclasses.dataclass(slots=True)
class Tally:
    """How many visits came to an end, and how many of them by an error of the SDK."""

    visits: int = 0
    failed: int = 0
    skipped: int = 0


class Workload:
    """Drives the app against the API at `base_url`. `rate` scales the traffic, 1.0 is 3-6 calls/s.

    `pause_s` draws how long a user thinks between two turns of a chat, in seconds.
    """

    def __init__(
        self,
        base_url: str,
        *,
        seed: int,
        rate: float = 1.0,
        clock: Callable[[], float] = time.time,
        pause_s: tuple[float, float] = (2.0, 8.0),
    ) -> None:
        self._rng = random.Random(seed)  # noqa: S311 - a plan, not a secret
        self._rate = rate
        self._clock = clock
        self._pause_s = pause_s
        self._hallucinated = Cadence(every=95, first=40)
        self._running: set[asyncio.Task[None]] = set()
        self._threads = concurrent.futures.ThreadPoolExecutor(_THREADS, "demo-user")
        self._stopped = asyncio.Event()
        self.tally = Tally()
        # A proxy of the environment must not come between the app and an API on this machine.
        self._sync = anthropic.Anthropic(
            base_url=base_url,
            api_key="demo",
            http_client=anthropic.DefaultHttpxClient(trust_env=False),
        )
        self._async = anthropic.AsyncAnthropic(
            base_url=base_url,
            api_key="demo",
            http_client=anthropic.DefaultAsyncHttpxClient(trust_env=False),
        )

    def stop(self) -> None:
        """End `run()`: no visit starts any more. Call it in the event loop."""
        self._stopped.set()

    async def run(self) -> None:
        """Traffic until `stop()`: first each feature once, then by the rhythm of the day."""
        self._open()
        while not self._stopped.is_set():
            busy = rhythm.activity(self._clock())
            wait_s = self._rng.expovariate(_VISITS_PER_S * self._rate * busy)
            if not await self._stopped_within(wait_s):
                self._start_visit()

    async def settle(self, grace_s: float = 3.0) -> None:
        """Wait for the visits under way to end by themselves, but no longer than `grace_s`."""
        if self._running:
            await asyncio.wait(self._running, timeout=grace_s)

    async def close(self) -> None:
        """Break off the visits still under way, and close the clients."""
        late = tuple(self._running)
        for task in late:
            task.cancel()
        self._sync.close()
        await self._async.close()
        await asyncio.gather(*late, return_exceptions=True)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _stopped_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), seconds)
        return self._stopped.is_set()

    def _open(self) -> None:
        """Each feature once, rated and evaluated, so that no part of the page starts empty."""
        for feature in FEATURES.values():
            self._start(self._visit(feature, personas.pick(self._rng)), always_judged=True)

    def _start_visit(self) -> None:
        if len(self._running) >= _MOST_VISITS_AT_ONCE:
            self.tally.skipped += 1
            return
        features = tuple(FEATURES.values())
        feature = self._rng.choices(features, weights=[f.share for f in features])[0]
        self._start(self._visit(feature, personas.pick(self._rng)))

    def _start(self, visit: Visit, *, always_judged: bool = False) -> None:
        task = asyncio.create_task(self._serve(visit, always_judged=always_judged))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _visit(self, feature: Feature, persona: Persona) -> Visit:
        rng = random.Random(self._rng.getrandbits(64))  # noqa: S311 - a plan, not a secret
        return Visit(
            feature=feature,
            persona=persona,
            session_id=f"demo-session-{rng.getrandbits(40):010x}",
            model=feature.pick_model(rng),
            question=_question(feature, persona, rng),
            material=feature.material(rng),
            unsolved=rng.random() < _UNSOLVED,
            rng=rng,
        )

    async def _serve(self, visit: Visit, *, always_judged: bool) -> None:
        self.tally.visits += 1
        try:
            answered = await self._do(visit)
        except (anthropic.AnthropicError, httpx2.HTTPError) as error:
            # The app tells its user that it did not work. Kansoku has recorded why.
            self.tally.failed += 1
            _LOG.debug("visit to %s failed: %r", visit.feature.name, error)
            return
        self._judge(visit, answered, always=always_judged)

    async def _do(self, visit: Visit) -> Answered:
        match visit.feature.name:
            case "support_chat":
                return await self._chat(visit)
            case "search_summary":
                return await self._in_thread(app.search_summary, visit)
            case "ticket_triage":
                return await app.ticket_triage(self._async, visit)
            case "code_review":
                return await self._in_thread(app.code_review, visit)
            case "translation":
                return await app.translation(self._async, visit)
            case "knowledge_answers":
                return await self._in_thread(app.knowledge_answers, visit)
            case _:
                assert_never(visit.feature.name)

    async def _chat(self, visit: Visit) -> Answered:
        history: list[MessageParam] = []
        answered = await app.support_chat(self._async, visit, history)
        for _ in range(_MOST_TURNS - 1):
            if not answered.completed or visit.rng.random() >= _TURN_AGAIN:
                break
            if await self._stopped_within(visit.rng.uniform(*self._pause_s)):
                break
            question = _question(visit.feature, visit.persona, visit.rng)
            visit = dataclasses.replace(visit, question=question)
            answered = await app.support_chat(self._async, visit, history)
        return answered

    async def _in_thread(
        self, do: Callable[[anthropic.Anthropic, Visit], Answered], visit: Visit
    ) -> Answered:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, functools.partial(do, self._sync, visit))

    def _judge(self, visit: Visit, answered: Answered, *, always: bool) -> None:
        if always or visit.rng.random() < _RATED:
            likely = _SATISFIED if answered.completed else _SATISFIED_WHEN_UNSOLVED
            satisfied = visit.rng.random() < likely
            comment = personas.comment(visit.rng, visit.persona.language, satisfied=satisfied)
            kansoku.feedback("up" if satisfied else "down", comment=comment, call=answered.call)
        if visit.feature.name in _EVALUATED_FEATURES and (always or visit.rng.random() < _EVALUATED):
            self._evaluate(answered)

    def _evaluate(self, answered: Answered) -> None:
        hallucinated = self._hallucinated.due()
        kansoku.evaluation(
            "hallucination",
            label="hallucinated" if hallucinated else "grounded",
            score=0.9 if hallucinated else 0.05,
            explanation="a section that does not exist is cited" if hallucinated else "",
            call=answered.call,
        )


def _question(feature: Feature, persona: Persona, rng: random.Random) -> str:
    return rng.choice(feature.exchanges[persona.language]).question
