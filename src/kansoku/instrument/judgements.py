"""Judgements of answers: what users thought, and what evaluators found."""

from typing import Any

from kansoku.catalog.outcomes import SCORE_IS_GOOD_FROM, Rating
from kansoku.instrument.session import Session, active, scope, surroundings
from kansoku.instrument.tasks import Task
from kansoku.record.facts import Evaluation, Fact, Feedback, Place


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
        _put(
            session,
            Feedback(
                place=_place(session, call),
                started_unix_ns=session.source.unix_ns(),
                label=rating,
                score=_share(score),
                comment=comment,
                response_id=_response_id(call),
                around=surroundings(),
            ),
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
        _put(
            session,
            Evaluation(
                place=_place(session, call),
                started_unix_ns=session.source.unix_ns(),
                name=name,
                label=label,
                score=_share(score),
                comment=explanation,
                response_id=_response_id(call),
                around=surroundings(),
            ),
        )


def _put(session: Session, fact: Fact) -> None:
    """Queues a judgement."""
    session.pipeline.put(lambda: fact)


def _share(score: float | None) -> float | None:
    """The score within 0 and 1."""
    return None if score is None else min(1.0, max(0.0, float(score)))


def _place(session: Session, call: object) -> Place:
    """Where the judged thing is: the given task, the current one, or a trace of its own."""
    if isinstance(call, Task) and call.place is not None:
        return call.place
    current = scope()
    return session.place() if current is None else current.place


def _response_id(call: object) -> str:
    """The judged message's id."""
    found: Any = getattr(call, "id", "")
    return found if isinstance(found, str) else ""
