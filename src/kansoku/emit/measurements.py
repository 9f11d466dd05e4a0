"""What a fact adds to which instruments."""

from collections.abc import Iterator
from typing import assert_never, get_args

from kansoku.catalog import error_types
from kansoku.catalog import instruments as i
from kansoku.catalog.fields import AGENT_USAGE, BATCH_RESULT, CHAT, INVOKE_AGENT
from kansoku.catalog.outcomes import HALLUCINATED, HALLUCINATION, STOP_REASONS, Outcome, Rating, TaskOutcome
from kansoku.catalog.vocabularies import TOKEN_TYPES
from kansoku.emit.cells import Cells, Labels, Move
from kansoku.price.book import UNKNOWN_MODEL
from kansoku.record.facts import AgentRun, Call, Evaluation, Fact, Feedback, TaskRun, ToolRun

_NO_LABEL = "unlabelled"
_NS = 1_000_000_000

Child = tuple[i.Instrument, Labels]


class Measurements:
    """Adds facts to cells, and makes at 0 the children that a new name will have.

    A counter born at 5 has increased by nothing, as a rate reads it.
    """

    def __init__(self, cells: Cells) -> None:
        self._cells = cells
        self._known: set[tuple[str, str]] = set()
        cells.touch((i.FEEDBACK, (rating,)) for rating in get_args(Rating))
        cells.touch(((i.EVALUATIONS, (HALLUCINATION, HALLUCINATED)),))

    def fact(self, fact: Fact) -> None:
        """Adds the fact to every instrument that counts it."""
        if isinstance(fact, (Call, ToolRun, TaskRun)):
            name = fact.name if isinstance(fact, TaskRun) else _subject(fact)
            if (type(fact).__name__, name) not in self._known:
                self._meet(fact, name)
            at_ns = fact.started_unix_ns + int(fact.duration_s * _NS)
            self._cells.apply(moves_of(fact), (fact.place.trace_id, fact.place.span_id, at_ns))
            if isinstance(fact, Call) and fact.headroom:
                model = _model(fact)
                left = [((model, each.name), each.ratio) for each in fact.headroom]
                self._cells.put_all(i.RATE_LIMIT_REMAINING, left)
        else:
            self._cells.apply(moves_of(fact))

    def expect(self, model: str) -> None:
        """Makes a model's children at 0 when it is first asked for, before its first call ends."""
        self._cells.touch(_children_of_model(model))

    def _meet(self, fact: Call | ToolRun | TaskRun, name: str) -> None:
        """Makes the children of a name that has not been seen."""
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
            return _call(fact)
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


def _subject(fact: Call | ToolRun) -> str:
    """The name whose children a call or tool run moves."""
    if isinstance(fact, ToolRun):
        return fact.tool
    return _model(fact) if fact.operation == CHAT else ""


def _model(call: Call) -> str:
    """The model that answered, else the one asked."""
    return call.response_model or call.request_model


def _children_of_model(model: str) -> Iterator[Child]:
    """What a model moves sooner or later."""
    for outcome in get_args(Outcome):
        yield i.API_CALLS, (model, outcome)
    for token_type in TOKEN_TYPES:
        yield i.TOKENS, (model, token_type)
    for stop_reason in STOP_REASONS:
        yield i.STOP_REASONS, (model, stop_reason)
    yield i.COST, (model,)
    yield i.UNPRICED_CALLS, (model, UNKNOWN_MODEL)
    yield i.API_LATENCY, (model,)
    yield i.RETRY_WAIT, (model,)
    for status in (200, *error_types.BY_STATUS):
        yield i.API_ATTEMPTS, (model, str(status))


def _call(call: Call) -> list[Move]:
    """One call; operations that bill nothing are in the conventions' duration only."""
    model = _model(call)
    if call.operation == AGENT_USAGE:
        moves: list[Move] = []
        _billed(call, model, moves)
        return moves
    moves = _conventional(call)
    if call.operation == CHAT:
        _chat(call, model, moves)
    elif call.operation == BATCH_RESULT:
        moves.append((i.BATCH_RESULTS, 1, (model, call.outcome)))
    else:
        return moves
    _billed(call, model, moves)
    return moves


def _chat(call: Call, model: str, moves: list[Move]) -> None:
    """How a call of the application went: as it saw it, and attempt by attempt."""
    moves.append((i.API_CALLS, 1, (model, call.outcome)))
    if call.outcome == "ok":
        moves.append((i.API_LATENCY, call.duration_s, (model,)))
        if call.stop_reason:
            moves.append((i.STOP_REASONS, 1, (model, call.stop_reason)))
    elif call.outcome == "error":
        moves.append((i.API_ERRORS, 1, (model, call.error_type)))
    if call.ttft_s is not None and call.outcome == "ok":
        moves.append((i.TTFT, call.ttft_s, (model,)))
    moves += [(i.API_ATTEMPTS, 1, (model, status)) for status in call.attempt_statuses]
    if call.headroom:
        moves.append((i.HEADROOM, min([each.ratio for each in call.headroom]), (model,)))
    if call.retry_wait_s is not None:
        moves.append((i.RETRY_WAIT, call.retry_wait_s, (model,)))


def _billed(call: Call, model: str, moves: list[Move]) -> None:
    """What a call cost and used; unknown tokens add nothing."""
    if call.cost.usd is not None:
        moves.append((i.COST, call.cost.usd, (model,)))
    elif call.cost.unpriced_reason:
        moves.append((i.UNPRICED_CALLS, 1, (model, call.cost.unpriced_reason)))
    usage = call.usage
    counts = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
    for token_type, count in zip(TOKEN_TYPES, counts, strict=True):
        if count:
            moves.append((i.TOKENS, count, (model, token_type)))


def _conventional(call: Call) -> list[Move]:
    """The GenAI conventions' own histograms; when a batch's result was computed is not known."""
    who = (call.operation, call.provider, call.request_model)
    moves: list[Move] = []
    if call.operation != BATCH_RESULT:
        moves.append((i.GEN_AI_DURATION, call.duration_s, (*who, call.error_type)))
    prompt, output = call.usage.prompt_tokens, call.usage.output_tokens
    if prompt is not None:
        moves.append((i.GEN_AI_TOKENS, prompt, (*who, "input")))
    if output is not None:
        moves.append((i.GEN_AI_TOKENS, output, (*who, "output")))
    return moves
