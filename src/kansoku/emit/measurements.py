"""What a fact adds to which instruments."""

from typing import assert_never, get_args

from kansoku.catalog import instruments as i
from kansoku.catalog.fields import BATCH_RESULT, CHAT
from kansoku.catalog.outcomes import Outcome, Rating, TaskOutcome
from kansoku.emit.cells import Cells
from kansoku.record.facts import Call, Evaluation, Fact, Feedback, TaskRun, ToolRun

TOKEN_TYPES = ("input", "output", "cache_read", "cache_creation")
_NO_LABEL = "unlabelled"


def measure(fact: Fact, cells: Cells) -> None:
    """Adds the fact to every instrument that counts it."""
    match fact:
        case Call():
            _call(fact, cells)
        case ToolRun():
            _children(cells, i.TOOL_CALLS, fact.tool, ("ok", "error"))
            cells.add(i.TOOL_CALLS, 1, fact.tool, fact.outcome)
        case TaskRun():
            _children(cells, i.TASKS, fact.name, get_args(TaskOutcome))
            cells.add(i.TASKS, 1, fact.name, fact.label)
        case Feedback():
            cells.add(i.FEEDBACK, 1, fact.label)
            if fact.score is not None:
                cells.observe(i.FEEDBACK_SCORE, fact.score)
        case Evaluation():
            cells.add(i.EVALUATIONS, 1, fact.name, fact.label or _NO_LABEL)
        case _:
            assert_never(fact)


def prepare(cells: Cells) -> None:
    """Makes the children that are known before anything happened."""
    for rating in get_args(Rating):
        cells.touch(i.FEEDBACK, rating)


def prepare_model(cells: Cells, model: str) -> None:
    """Makes a model's children at 0 when it is first asked for, before its first call ends."""
    for outcome in get_args(Outcome):
        cells.touch(i.API_CALLS, model, outcome)
    for token_type in TOKEN_TYPES:
        cells.touch(i.TOKENS, model, token_type)
    cells.touch(i.COST, model)
    cells.touch(i.API_LATENCY, model)
    cells.touch(i.RETRY_WAIT, model)
    cells.touch(i.API_ATTEMPTS, model, "200")


def _children(cells: Cells, instrument: i.Instrument, name: str, outcomes: tuple[str, ...]) -> None:
    """Makes every outcome's child of one name."""
    for outcome in outcomes:
        cells.touch(instrument, name, outcome)


def _call(call: Call, cells: Cells) -> None:
    """Counts one call; operations that bill nothing are in the conventions' duration only."""
    _conventional(call, cells)
    model = call.response_model or call.request_model
    if call.operation == CHAT:
        _chat(call, model, cells)
    elif call.operation == BATCH_RESULT:
        cells.add(i.BATCH_RESULTS, 1, model, call.outcome)
    else:
        return
    _billed(call, model, cells)


def _chat(call: Call, model: str, cells: Cells) -> None:
    """Counts how a call of the application went: as it saw it, and attempt by attempt."""
    prepare_model(cells, model)
    cells.add(i.API_CALLS, 1, model, call.outcome)
    match call.outcome:
        case "ok":
            cells.observe(i.API_LATENCY, call.duration_s, model)
        case "error":
            cells.add(i.API_ERRORS, 1, model, call.error_type)
        case "cancelled" | "aborted":
            pass
    if call.ttft_s is not None:
        cells.observe(i.TTFT, call.ttft_s, model)
    for status in call.attempt_statuses:
        cells.add(i.API_ATTEMPTS, 1, model, status)
    if call.retry_wait_s is not None:
        cells.add(i.RETRY_WAIT, call.retry_wait_s, model)
    for each in call.headroom:
        cells.put(i.RATE_LIMIT_REMAINING, each.ratio, model, each.name)


def _billed(call: Call, model: str, cells: Cells) -> None:
    """Counts what a call cost and used."""
    if call.cost.usd is not None:
        cells.add(i.COST, call.cost.usd, model)
    elif call.cost.unpriced_reason:
        cells.add(i.UNPRICED_CALLS, 1, model, call.cost.unpriced_reason)
    _tokens(call, model, cells)


def _tokens(call: Call, model: str, cells: Cells) -> None:
    """Counts the call's tokens; unknown ones add nothing."""
    usage = call.usage
    counts = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens)
    for token_type, count in zip(TOKEN_TYPES, counts, strict=True):
        if count:
            cells.add(i.TOKENS, count, model, token_type)
    if usage.prompt_tokens:
        cells.hit(usage.cache_read_tokens or 0, usage.prompt_tokens)


def _conventional(call: Call, cells: Cells) -> None:
    """The GenAI conventions' own histograms."""
    who = (call.operation, call.provider, call.request_model)
    if call.operation != BATCH_RESULT:
        cells.observe(i.GEN_AI_DURATION, call.duration_s, *who, call.error_type)
    if call.usage.prompt_tokens is not None:
        cells.observe(i.GEN_AI_TOKENS, call.usage.prompt_tokens, *who, "input")
    if call.usage.output_tokens is not None:
        cells.observe(i.GEN_AI_TOKENS, call.usage.output_tokens, *who, "output")
