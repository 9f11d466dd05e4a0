"""Judgements of answers: what users thought, and what evaluators found."""

from dataclasses import dataclass
from typing import Any

from kansoku.catalog.outcomes import SCORE_IS_GOOD_FROM, Rating
from kansoku.instrument.session import Session, active, scope, surroundings
from kansoku.instrument.tasks import Task
from kansoku.record.facts import Evaluation, Feedback, Place, Surroundings


def feedback(
    rating: Rating | None = None,
    *,
    score: float | None = None,
    comment: str = "",
    call: object = None,
) -> None:
    """Records what a user thought of an answer. Never raises.

    Args:
        rating: A thumb, `up` or `down`; without one the score decides (from 0.5 up it is `up`).
        score: How good, from 0 to 1.
        comment: The user's words; redacted.
        call: What it is about: the SDK's message, or the task; otherwise the task the code is in.
    """
    session = active()
    if session is None:
        return
    with session.guard.kept("feedback"):
        if rating is None:
            if score is None:
                raise ValueError("feedback needs a rating ('up' or 'down') or a score from 0 to 1")
            rating = "up" if score >= SCORE_IS_GOOD_FROM else "down"
        if rating not in {"up", "down"}:
            raise ValueError(f"rating must be 'up' or 'down', not {rating!r}")
        judged, share = _judged(session, call), _share(session, score)
        unix_ns = session.source.unix_ns()
        session.pipeline.put(
            lambda: Feedback(
                place=judged.place(session),
                started_unix_ns=unix_ns,
                label=rating,
                score=share,
                comment=comment,
                response_id=judged.response_id,
                around=judged.around(session),
            )
        )


def evaluation(
    name: str,
    *,
    label: str = "",
    score: float | None = None,
    explanation: str = "",
    call: object = None,
) -> None:
    """Records what an evaluator found. Never raises.

    `hallucination` with the labels `grounded` and `hallucinated` makes the hallucination rate.

    Args:
        name: What was evaluated; few distinct values.
        label: What was found; few distinct values.
        score: How much, from 0 to 1; for `hallucination`, how surely it is one.
        explanation: Why; redacted.
        call: What it is about: the SDK's message, or the task; otherwise the task the code is in.
    """
    session = active()
    if session is None:
        return
    with session.guard.kept("evaluation"):
        if not label and score is None:
            raise ValueError(f"evaluation {name!r} needs a label or a score from 0 to 1")
        judged, share = _judged(session, call), _share(session, score)
        unix_ns = session.source.unix_ns()
        session.pipeline.put(
            lambda: Evaluation(
                place=judged.place(session),
                started_unix_ns=unix_ns,
                name=name,
                label=label,
                score=share,
                comment=explanation,
                response_id=judged.response_id,
                around=judged.around(session),
            )
        )


@dataclass(frozen=True, slots=True)
class _Judged:
    """What a judgement is about. Asked on the worker, after the calls before it have been read."""

    response_id: str
    here: Place
    surroundings: Surroundings

    def place(self, session: Session) -> Place:
        """The judged call's place, where it is known."""
        found = session.recent.find(self.response_id)
        return self.here if found is None else found[0]

    def around(self, session: Session) -> Surroundings:
        """Whom and what the judged call was for; where that is not known, where the judgement was made."""
        found = session.recent.find(self.response_id)
        return self.surroundings if found is None else found[1]


def _judged(session: Session, call: object) -> _Judged:
    """What is judged: the given message or task, else the task that the code is in."""
    if isinstance(call, Task) and call.place is not None:
        return _Judged("", call.place, call.around)
    found: Any = getattr(call, "id", "")
    current = scope()
    here = session.place() if current is None else current.place
    return _Judged(found if isinstance(found, str) else "", here, surroundings())


def _share(session: Session, score: float | None) -> float | None:
    """The score within 0 and 1; none, and a fault that is counted, where it is no number."""
    with session.guard.kept("score"):
        return None if score is None else min(1.0, max(0.0, float(score)))
    return None
