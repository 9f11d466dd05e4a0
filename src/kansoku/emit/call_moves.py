"""What a call moves: children of instruments, which its words tell, by amounts, which its numbers do.

Calls of the same words move the same children, so those are worked out once for all of them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple, cast

from kansoku.catalog import instruments as i
from kansoku.catalog.fields import AGENT_USAGE, BATCH_RESULT, CHAT
from kansoku.catalog.vocabularies import TOKEN_TYPES
from kansoku.emit.cells import Amounts, Child, Labels
from kansoku.record.facts import Call

_Numbers = tuple[float | None, ...]

_Row = tuple[i.Instrument, Labels, int]
"""A child, and where among a call's numbers its amount is."""

(
    *(_ONCE, _DURATION, _TTFT, _WAIT, _HEADROOM, _USD, _SAVED, _PREMIUM, _UNPRICED, _PROMPT, _OUTPUT),
    _COUNTS,
) = range(12)
"""Where `_numbers` has what; from the last on it has tokens, in the order of `TOKEN_TYPES`."""


class Words(NamedTuple):
    """The words of a call that tell which children it moves."""

    operation: str
    provider: str
    request_model: str
    response_model: str
    outcome: str
    error_type: str
    stop_reason: str
    attempt_statuses: tuple[str, ...]
    unpriced_reason: str


_words = attrgetter(
    *("cost.unpriced_reason" if each == "unpriced_reason" else each for each in Words._fields)
)


def words_of(call: Call) -> tuple[object, ...]:
    """Those of a call, not under their names yet, as they are mostly looked up only."""
    return cast("tuple[object, ...]", _words(call))


def model_of(call: Call) -> str:
    """The model that answered, else the one asked."""
    return call.response_model or call.request_model


@dataclass(frozen=True, slots=True)
class CallMoves:
    """What all calls of the same words move, and what reads by how much out of one's numbers."""

    children: tuple[Child, ...]
    pick: Callable[[_Numbers], Amounts]

    def amounts(self, call: Call) -> Amounts:
        """By how much such a call moves each of the children."""
        return self.pick(_numbers(call))


@lru_cache(maxsize=1024)
def call_moves(words: tuple[object, ...]) -> CallMoves:
    """What calls of these words move."""
    rows = tuple(_rows(Words(*cast("Any", words))))
    return CallMoves(
        tuple((instrument, labels) for instrument, labels, _ in rows),
        itemgetter(*(place for _, _, place in rows)),
    )


def _rows(words: Words) -> Iterator[_Row]:
    """One call's; operations that bill nothing are in the conventions' duration only."""
    model = words.response_model or words.request_model
    if words.operation == AGENT_USAGE:
        yield from _billed(words, model)
        return
    yield from _conventional(words)
    if words.operation == CHAT:
        yield from _chat(words, model)
    elif words.operation == BATCH_RESULT:
        yield i.BATCH_RESULTS, (model, words.outcome), _ONCE
    else:
        return
    yield from _billed(words, model)


def _chat(words: Words, model: str) -> Iterator[_Row]:
    """How a call of the application went: as it saw it, and attempt by attempt."""
    yield i.API_CALLS, (model, words.outcome), _ONCE
    if words.outcome == "ok":
        yield i.API_LATENCY, (model,), _DURATION
        if words.stop_reason:
            yield i.STOP_REASONS, (model, words.stop_reason), _ONCE
        yield i.TTFT, (model,), _TTFT
    elif words.outcome == "error":
        yield i.API_ERRORS, (model, words.error_type), _ONCE
    for status in words.attempt_statuses:
        yield i.API_ATTEMPTS, (model, status), _ONCE
    yield i.HEADROOM, (model,), _HEADROOM
    yield i.RETRY_WAIT, (model,), _WAIT


def _billed(words: Words, model: str) -> Iterator[_Row]:
    """What a call cost and used."""
    yield i.COST, (model,), _USD
    yield i.CACHE_SAVED, (model,), _SAVED
    yield i.CACHE_PREMIUM, (model,), _PREMIUM
    if words.unpriced_reason:
        yield i.UNPRICED_CALLS, (model, words.unpriced_reason), _UNPRICED
    for place, token_type in enumerate(TOKEN_TYPES, _COUNTS):
        yield i.TOKENS, (model, token_type), place


def _conventional(words: Words) -> Iterator[_Row]:
    """The GenAI conventions' own histograms; when a batch's result was computed is not known."""
    who = (words.operation, words.provider, words.request_model)
    if words.operation != BATCH_RESULT:
        yield i.GEN_AI_DURATION, (*who, words.error_type), _DURATION
    yield i.GEN_AI_TOKENS, (*who, "input"), _PROMPT
    yield i.GEN_AI_TOKENS, (*who, "output"), _OUTPUT


def _numbers(call: Call) -> _Numbers:
    """Each number that is added somewhere; unknown ones, and tokens that were not used, add nothing."""
    usage, cost = call.usage, call.cost
    usd = cost.usd
    output = usage.output_tokens
    return (
        1,
        call.duration_s,
        call.ttft_s,
        call.retry_wait_s,
        min([each.ratio for each in call.headroom]) if call.headroom else None,
        usd,
        cost.cache_saved_usd,
        cost.cache_premium_usd,
        1 if usd is None else None,
        usage.prompt_tokens,
        output,
        usage.input_tokens or None,
        output or None,
        usage.cache_read_tokens or None,
        usage.cache_write_tokens or None,
    )
