"""What a fact adds to which instruments."""

from collections.abc import Iterator
from typing import assert_never, get_args

from kansoku.catalog import error_types
from kansoku.catalog import instruments as i
from kansoku.catalog.fields import CHAT, INVOKE_AGENT
from kansoku.catalog.outcomes import HALLUCINATED, HALLUCINATION, STOP_REASONS, Outcome, Rating, TaskOutcome
from kansoku.catalog.vocabularies import TOKEN_TYPES
from kansoku.emit.call_moves import CallMoves, call_moves, model_of, words_of
from kansoku.emit.cells import Cells, Child, Children, Move, Origin
from kansoku.price.book import UNKNOWN_MODEL
from kansoku.record.facts import AgentRun, Call, Evaluation, Fact, Feedback, TaskRun, ToolRun

_NO_LABEL = "unlabelled"
_NS = 1_000_000_000

_MOST_KNOWN = 1024


class Measurements:
    """Adds facts to cells, and makes at 0 the children that a new name will have.

    A counter born at 5 has increased by nothing, as a rate reads it.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._known: set[tuple[str, str]] = set()
        self._calls: dict[tuple[object, ...], tuple[CallMoves, Children]] = {}
        cells.touch((i.FEEDBACK, (rating,)) for rating in get_args(Rating))
        cells.touch(((i.EVALUATIONS, (HALLUCINATION, HALLUCINATED)),))

    def fact(self, fact: Fact) -> None:
        """Adds the fact to every instrument that counts it."""
        if isinstance(fact, Call):
            self._call(fact)
        elif isinstance(fact, (ToolRun, TaskRun)):
            self._meet(fact, fact.name if isinstance(fact, TaskRun) else fact.tool)
            self._cells.apply(moves_of(fact), _origin(fact))
        else:
            self._cells.apply(moves_of(fact))

    def _call(self, call: Call) -> None:
        """Adds a call; calls of the same words move the same cells."""
        words = words_of(call)
        found = self._calls.get(words)
        if found is None:
            found = self._first(call, words)
        moves, children = found
        self._cells.move(children, moves.amounts(call), _origin(call))
        if call.headroom:
            model = model_of(call)
            self._cells.put_all(
                i.RATE_LIMIT_REMAINING, [((model, each.name), each.ratio) for each in call.headroom]
            )

    def _first(self, call: Call, words: tuple[object, ...]) -> tuple[CallMoves, Children]:
        """What calls of these words move, remembered from the first one on."""
        self._meet(call, model_of(call) if call.operation == CHAT else "")
        moves = call_moves(words)
        if len(self._calls) >= _MOST_KNOWN:
            self._calls.clear()
        self._calls[words] = found = moves, Children(moves.children)
        return found

    def expect(self, model: str) -> None:
        """Makes a model's children at 0 when it is first asked for, before its first call ends."""
        self._cells.touch(_children_of_model(model))

    def _meet(self, fact: Call | ToolRun | TaskRun, name: str) -> None:
        """Makes the children of a name that has not been seen."""
        if (type(fact).__name__, name) in self._known:
            return
        if len(self._known) < self._cells.max_series:
            self._known.add((type(fact).__name__, name))
        match fact:
            case Call():
                self._cells.touch(_children_of_model(name) if fact.operation == CHAT else ())
            case ToolRun():
                self._cells.touch((i.TOOL_CALLS, (name, status)) for status in ("ok", "error"))
            case TaskRun():
                self._cells.touch((i.TASKS, (name, outcome)) for outcome in get_args(TaskOutcome))
            case _:
                assert_never(fact)


def moves_of(fact: Fact) -> list[Move]:
    """What the fact adds to counters, and its observations for histograms."""
    match fact:
        case Call():
            kind = call_moves(words_of(fact))
            pairs = zip(kind.children, kind.amounts(fact), strict=True)
            return [
                (instrument, amount, labels) for (instrument, labels), amount in pairs if amount is not None
            ]
        case ToolRun():
            return [(i.TOOL_CALLS, 1, (fact.tool, fact.outcome))]
        case AgentRun():
            who = (INVOKE_AGENT, "anthropic", fact.request_model, fact.error_type)
            return [(i.GEN_AI_DURATION, fact.duration_s, who)]
        case TaskRun():
            return [(i.TASKS, 1, (fact.name, fact.label))]
        case Feedback():
            rated: list[Move] = [(i.FEEDBACK, 1, (fact.label,))]
            return rated if fact.score is None else [*rated, (i.FEEDBACK_SCORE, fact.score, ())]
        case Evaluation():
            return [(i.EVALUATIONS, 1, (fact.name, fact.label or _NO_LABEL))]
        case _:
            assert_never(fact)


def _origin(fact: Call | ToolRun | TaskRun) -> Origin:
    """Which span it was, and when it ended."""
    at_ns = fact.started_unix_ns + int(fact.duration_s * _NS)
    return fact.place.trace_id, fact.place.span_id, at_ns


def _children_of_model(model: str) -> Iterator[Child]:
    """What a model moves sooner or later."""
    for outcome in get_args(Outcome):
        yield i.API_CALLS, (model, outcome)
    for token_type in TOKEN_TYPES:
        yield i.TOKENS, (model, token_type)
    for stop_reason in STOP_REASONS:
        yield i.STOP_REASONS, (model, stop_reason)
    yield i.COST, (model,)
    yield i.CACHE_SAVED, (model,)
    yield i.CACHE_PREMIUM, (model,)
    yield i.UNPRICED_CALLS, (model, UNKNOWN_MODEL)
    yield i.API_LATENCY, (model,)
    yield i.RETRY_WAIT, (model,)
    for status in (200, *error_types.BY_STATUS):
        yield i.API_ATTEMPTS, (model, str(status))
